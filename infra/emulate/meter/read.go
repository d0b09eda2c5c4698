package meter

import (
	"context"
	"encoding/json"
)

// reading is the part of a read's request that decides on its units.
type reading struct {
	IndexName              string
	ConsistentRead         bool
	ReturnConsumedCapacity string
	RequestItems           map[string]struct {
		Keys           []json.RawMessage
		ConsistentRead bool
	}
}

// readAnswer is the part of a read's answer that does.
type readAnswer struct {
	Item             item
	Items            []item
	Responses        map[string][]item
	ConsumedCapacity capacity
}

// read performs a read and asks what it consumed.
func (p *proxy) read(ctx context.Context, operation string, body []byte) (reply, Counts, error) {
	var in reading
	if json.Unmarshal(body, &in) != nil { // the engine will say what is wrong with it
		answer, err := p.engine.call(ctx, operation, body)
		return answer, Counts{}, err
	}
	asked := in.ReturnConsumedCapacity != "" && in.ReturnConsumedCapacity != "NONE"
	if !asked {
		body = edit(body, "ReturnConsumedCapacity", json.RawMessage(`"TOTAL"`))
	}
	answer, err := p.engine.call(ctx, operation, body)
	if err != nil || !answer.ok() {
		return answer, Counts{}, err
	}
	var out readAnswer
	if err := json.Unmarshal(answer.body, &out); err != nil {
		return reply{}, Counts{}, err
	}
	if !asked {
		answer.body = edit(answer.body, "ConsumedCapacity", nil)
	}
	c := Counts{ReadUnits: in.units(out)}
	if in.IndexName != "" {
		c.IndexReadUnits = c.ReadUnits
	}
	return answer, c, nil
}

// units is what a read cost. The engine knows what it read, also where a projection or filter shows less of it, but
// counts characters for bytes and nothing for an empty result; what the items shown come to, and one unit, are the
// least.
func (in reading) units(out readAnswer) float64 {
	if in.RequestItems != nil {
		return max(in.batchUnits(out), out.ConsumedCapacity.total())
	}
	shown := out.Item.size()
	for _, it := range out.Items {
		shown += it.size()
	}
	return max(halved(max(1, units(shown, readUnit)), in.ConsistentRead), out.ConsumedCapacity.total())
}

// batchUnits rounds up each item by itself, and takes one unit for an item that is not there.
func (in reading) batchUnits(out readAnswer) float64 {
	sum := 0.0
	for table, asked := range in.RequestItems {
		found := out.Responses[table]
		n := float64(len(asked.Keys) - len(found))
		for _, it := range found {
			n += max(1, units(it.size(), readUnit))
		}
		sum += halved(n, asked.ConsistentRead)
	}
	return sum
}

// edit sets a member of a JSON object, or removes it when v is nil.
func edit(object []byte, name string, v json.RawMessage) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return object
	}
	if v == nil {
		delete(members, name)
	} else {
		members[name] = v
	}
	out, err := json.Marshal(members)
	if err != nil {
		return object
	}
	return out
}
