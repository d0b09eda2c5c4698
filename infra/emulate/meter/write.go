package meter

import (
	"context"
	"encoding/json"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"
)

// change is the writing of one item.
type change struct {
	table string
	put   json.RawMessage // the item, of a put
	key   json.RawMessage // else

	schema        schema
	before, after item
}

// singleWrite is the part of PutItem's, UpdateItem's and DeleteItem's request that names the item.
type singleWrite struct {
	TableName string
	Item      json.RawMessage
	Key       json.RawMessage
}

// batchWrite is the same of BatchWriteItem's.
type batchWrite struct {
	RequestItems map[string][]struct {
		PutRequest    *struct{ Item json.RawMessage }
		DeleteRequest *struct{ Key json.RawMessage }
	}
}

// write performs a write of one or more items, and looks at each before and after. What the engine shows of the item
// by itself is not asked for: as few requests as can be are the meter's own.
func (p *proxy) write(ctx context.Context, operation string, body []byte) (reply, Counts, error) {
	changes, ok := p.changes(ctx, operation, body)
	if !ok { // the engine will say what is wrong with the request, and that costs nothing
		answer, err := p.engine.call(ctx, operation, body)
		return answer, Counts{}, err
	}
	unlock := p.locks.lock(changes)
	defer unlock()
	written, show := body, shows(operation, body)
	if show != "" {
		written = edit(body, "ReturnValues", json.RawMessage(`"`+show+`"`))
	}
	if show != allOld && !p.lookBefore(ctx, changes) {
		answer, err := p.engine.call(ctx, operation, body)
		return answer, Counts{}, err
	}
	answer, err := p.engine.call(ctx, operation, written)
	if err == nil && answer.ok() && show != "" {
		answer.body, err = changes[0].shown(show, answer.body)
	}
	if err != nil {
		return answer, Counts{}, err
	}
	var total Counts
	for _, c := range changes {
		total = total.plus(p.cost(ctx, operation, show, c, answer))
	}
	return answer, total, nil
}

// What the engine can show of an item that it writes.
const (
	allOld = "ALL_OLD"
	allNew = "ALL_NEW"
)

// shows is what the engine is to show of the item that is written; nothing where several are, and where the caller
// wants to be shown something else.
func shows(operation string, body []byte) string {
	var in struct{ ReturnValues string }
	if json.Unmarshal(body, &in) != nil || in.ReturnValues != "" && in.ReturnValues != "NONE" {
		return ""
	}
	switch operation {
	case "PutItem", "DeleteItem":
		return allOld
	case "UpdateItem":
		return allNew
	default:
		return ""
	}
}

// lookBefore reads the items as they are now, and reports whether it could.
func (p *proxy) lookBefore(ctx context.Context, changes []change) bool {
	for i := range changes {
		var ok bool
		if changes[i].before, ok = p.engine.get(ctx, changes[i].table, changes[i].key); !ok {
			return false
		}
	}
	return true
}

// shown takes what the engine shows of the item out of its answer.
func (c *change) shown(what string, answer []byte) ([]byte, error) {
	var out struct{ Attributes item }
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, err
	}
	if what == allOld {
		c.before = out.Attributes
	} else {
		c.after = out.Attributes
	}
	return edit(answer, "Attributes", nil), nil
}

// changes reads which items a request writes. It fails for a request that the engine will refuse.
func (p *proxy) changes(ctx context.Context, operation string, body []byte) ([]change, bool) {
	var list []change
	if operation == "BatchWriteItem" {
		var in batchWrite
		if json.Unmarshal(body, &in) != nil {
			return nil, false
		}
		for _, table := range slices.Sorted(maps.Keys(in.RequestItems)) {
			for _, w := range in.RequestItems[table] {
				switch {
				case w.PutRequest != nil:
					list = append(list, change{table: table, put: w.PutRequest.Item})
				case w.DeleteRequest != nil:
					list = append(list, change{table: table, key: w.DeleteRequest.Key})
				}
			}
		}
	} else {
		var in singleWrite
		if json.Unmarshal(body, &in) != nil {
			return nil, false
		}
		list = []change{{table: in.TableName, put: in.Item, key: in.Key}}
	}
	for i := range list {
		if !p.complete(ctx, &list[i]) {
			return nil, false
		}
	}
	return list, true
}

// complete adds the schema, and a put's key, which is part of the item.
func (p *proxy) complete(ctx context.Context, c *change) bool {
	var ok bool
	if c.schema, ok = p.engine.schema(ctx, c.table); !ok || c.put == nil {
		return ok
	}
	var attributes map[string]json.RawMessage
	if json.Unmarshal(c.put, &attributes) != nil {
		return false
	}
	maps.DeleteFunc(attributes, func(name string, _ json.RawMessage) bool { return !slices.Contains(c.schema.keys, name) })
	var err error
	c.key, err = json.Marshal(attributes)
	return err == nil
}

// cost is what the change cost, now that the engine has answered, and shown something of it or not.
func (p *proxy) cost(ctx context.Context, operation, shown string, c change, answer reply) Counts {
	if c.put != nil && json.Unmarshal(c.put, &c.after) != nil {
		return Counts{}
	}
	switch {
	case answer.ok():
		if operation == "UpdateItem" && shown != allNew {
			c.after, _ = p.engine.get(ctx, c.table, c.key)
		}
		return c.schema.units(c.before, c.after)
	case conditionFailed(answer):
		if shown == allOld { // it shows nothing when it refuses
			c.before, _ = p.engine.get(ctx, c.table, c.key)
		}
		return Counts{WriteUnits: tableUnits(c.before, c.after)}
	}
	return Counts{}
}

// conditionFailed reports whether the item refused the write. Of the refused update of an item only the item is known,
// not what it would have become: AWS counts the larger one.
func conditionFailed(answer reply) bool {
	var e struct {
		Type string `json:"__type"`
	}
	return json.Unmarshal(answer.body, &e) == nil && strings.HasSuffix(e.Type, "ConditionalCheckFailedException")
}

// locks lets one write at a time pass for an item, and sometimes for a few that share a lock.
type locks struct {
	seed   maphash.Seed
	shards [64]sync.Mutex
	once   sync.Once
}

// lock takes the locks of all the items, in an order that is the same for everybody.
func (l *locks) lock(changes []change) (unlock func()) {
	l.once.Do(func() { l.seed = maphash.MakeSeed() })
	var shards []int
	for _, c := range changes {
		shards = append(shards, int(maphash.String(l.seed, c.table+" "+c.canonicalKey())%uint64(len(l.shards))))
	}
	slices.Sort(shards)
	shards = slices.Compact(shards)
	for _, i := range shards {
		l.shards[i].Lock()
	}
	return func() {
		for _, i := range shards {
			l.shards[i].Unlock()
		}
	}
}

// canonicalKey is the key with its attributes in order.
func (c change) canonicalKey() string {
	var attributes map[string]json.RawMessage
	if json.Unmarshal(c.key, &attributes) != nil {
		return string(c.key)
	}
	text, err := json.Marshal(attributes)
	if err != nil {
		return string(c.key)
	}
	return string(text)
}
