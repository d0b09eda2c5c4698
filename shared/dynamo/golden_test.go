package dynamo

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/notify"
	"spool/shared/post"
	"spool/shared/storetest"
)

var add = flag.Bool("golden", false, "write the golden items that there are not yet, of the formats' present versions")

// golden is a kind of item, with the record whose item is kept for each version of
// its format in testdata/KIND/VERSION.json.
type golden struct {
	name    string
	first   int // the version in which this shape of items came
	version int
	record  any // with every field set
	encode  func() (record, error)
	decode  func(item) (any, error)
	asOf    func(version int) any // the record as a version wrote it
}

// without takes from a record what a version of the format, and all before it, did
// not have. Whoever adds a field adds a line.
type without[T any] struct {
	version int
	clear   func(*T)
}

func goldenOf[T any](k kind[T], at key, full T, lacks ...without[T]) golden {
	return golden{
		name: k.name, first: 1, version: k.version, record: full,
		encode: func() (record, error) { return k.encode(at, full) },
		decode: func(it item) (any, error) { return k.decode(it) },
		asOf: func(version int) any {
			then := full
			for _, w := range lacks {
				if version <= w.version {
					w.clear(&then)
				}
			}
			return then
		},
	}
}

// as is the golden of another shape of a kind's items, which came with a version.
func (g golden) as(name string, first int) golden {
	g.name, g.first = name, first
	return g
}

// packed is the JSON of two tweets, packed by the gzip of some day.
func packed(t *testing.T) []byte {
	b, err := base64.StdEncoding.DecodeString(packedThen)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const packedThen = "H4sIAAAAAAAA/zyQwUrzQBRGX2X4Fl1d+H8jFRlKX6QpYdrcpheTmTEzoYYS6Au4cCWI2JULRfAF3PVNXBSXfQRpI91dzuJyzjdZ" +
	"I/JdhIZRo9lYDdRcq92X3X3OXc6k9o+v++ePn/cXUoftw9v35v6wfdqkNsVt4yLnKVTaJP+TaxAqzsVAT9aQHBoVCDdij2chCxBi" +
	"6xkaUpmC//Vo1kYO0JeEsDTJ8OroMQPBlDH78xqdbcbopgTvyhJ6DeejOBugJ2g5gGCdGqjK1YwpoRLbnF4PO0LNvmyzwDGKLQI0" +
	"Fq4s3UpsAeo7spPxBQhzV1WNldj2KDl2mZyzlcRlZgQ61g0TvJE886aOluuwFN/zjs5z+tKIRTf9DQAA//8JKMfMYQEAAA=="

func goldens(t *testing.T) []golden {
	raw, err := tweetsToJSON(storetest.FullContent().Tweets)
	if err != nil {
		t.Fatal(err)
	}
	return []golden{
		goldenOf(progress, progressKey("post"), storetest.FullPost(), without[post.Post]{2, func(p *post.Post) { p.Charge = post.Charge{} }}, without[post.Post]{3, func(p *post.Post) {
			p.Opening, p.Published = "", slices.Clone(p.Published)
			for i := range p.Published {
				p.Published[i].ByPerson = false
			}
		}}, without[post.Post]{4, func(p *post.Post) { p.TimedAt = time.Time{} }}, without[post.Post]{5, func(p *post.Post) { p.Hold, p.Events, p.TellBy = nil, nil, time.Time{} }},
			without[post.Post]{6, func(p *post.Post) { p.Crashes = 0 }}),
		goldenOf(openings, openingsKey("7"), struct{}{}),
		goldenOf(owners, ownerKey("1"), owner{post: "post", position: 2, writer: "writer", kept: true, until: storetest.Start()},
			without[owner]{owners.version, func(o *owner) { o.until = time.Time{} }}), // DynamoDB alone reads it
		goldenOf(contents, contentKey("post", 2), storedContent{json: string(raw), notes: storetest.FullContent().Notes}, without[storedContent]{2, func(c *storedContent) { c.notes = nil }}, without[storedContent]{1, func(c *storedContent) {
			// The same JSON: what is special in HTML was escaped.
			var b bytes.Buffer
			json.HTMLEscape(&b, []byte(c.json))
			c.json = b.String()
		}}),
		goldenOf(contents, contentKey("post", 2), storedContent{packed: packed(t)}).as("content_packed", 2),
		goldenOf(contents, contentKey("post", 2), storedContent{parts: 2, digest: "digest"}).as("content_parts", 2),
		goldenOf(parts, partKey("post", 2, "digest", 1), []byte{1, 2, 255}).as("part", 2),
		goldenOf(tombstones, progressKey("post"), tombstone{account: "7", rev: 9, until: storetest.Start()}, without[tombstone]{2, func(t *tombstone) { t.account = "" }},
			without[tombstone]{tombstones.version, func(t *tombstone) { t.until = time.Time{} }}), // DynamoDB alone reads it
		goldenOf(indexings, foundKey(), indexing{rev: 3, began: storetest.Start(), rounds: 1, at: []string{"post#1", "progress"}}),
		goldenOf(files, fileKey("file"), storetest.FullFile(),
			without[post.File]{2, func(f *post.File) { f.Beyond = nil }}, without[post.File]{3, func(f *post.File) { f.KeyID = "" }},
			without[post.File]{4, func(f *post.File) { f.Unused = time.Time{} }}),
		goldenOf(uploads, uploadKey("7", "digest"), storetest.FullUpload()),
		goldenOf(accounts, accountKey("7"), storetest.FullAccount(), without[account.Account]{2, func(a *account.Account) { a.Events = nil }}),
		goldenOf(pauses, pauseKey("7"), storetest.FullPause(), without[account.Pause]{2, func(p *account.Pause) { p.Told, p.Events = false, nil }}),
		goldenOf(apps, appKey(), storetest.FullApp()),
		goldenOf(budgetRecords, budgetsKey(), storetest.FullBudgets(), without[account.Budgets]{1, func(b *account.Budgets) { b.Reached, b.Events = nil, nil }}),
		goldenOf(reports, reportKey("publish"), storetest.FullReport()),
		goldenOf(channels, channelKey("channel"), storetest.FullChannel(), without[notify.Channel]{1, func(c *notify.Channel) { c.Turn = time.Time{} }}),
		goldenOf(deliveries, deliveryKey("channel", storetest.FullDelivery().ID), storetest.FullDelivery()),
		goldenOf(flows, flowKey("flow"), storetest.FullFlow(), without[connect.Flow]{2, func(f *connect.Flow) { f.Zone = "" }}),
		goldenOf(apiKeys, apiKeyKey("b"), storetest.FullKey()),
		goldenOf(sessions, sessionKey("a", "hash"), storetest.FullSession()),
		goldenOf(idempotencyRecords, idempotencyRecordKey("replay"), storetest.FullIdempotencyRecord()),
	}
}

func TestTheFormatIsTheGoldenItems(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			if missing := storetest.Unset(g.record); len(missing) > 0 && !strings.HasPrefix(g.name, contents.name) && g.name != openings.name {
				t.Errorf("the full record lacks %v", missing)
			}
			r, err := g.encode()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", g.name, fmt.Sprintf("%d.json", g.version))
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && *add {
				write(t, path, r.item)
			}
			if diff := cmp.Diff(asJSON(t, read(t, path)), asJSON(t, r.item)); diff != "" {
				t.Errorf("the item differs from %s (-golden +written): that is another format. "+
					"Count its version up, and run go test ./shared/dynamo -golden:\n%s", path, diff)
			}
		})
	}
}

func TestEveryVersionIsReadForEver(t *testing.T) {
	for _, g := range goldens(t) {
		for version := g.first; version <= g.version; version++ {
			t.Run(fmt.Sprint(g.name, " ", version), func(t *testing.T) {
				got, err := g.decode(read(t, filepath.Join("testdata", g.name, fmt.Sprintf("%d.json", version))))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(g.asOf(version), got, cmp.AllowUnexported(owner{}, storedContent{}, tombstone{}, indexing{})); diff != "" {
					t.Errorf("it is read as another record (-then +now):\n%s", diff)
				}
			})
		}
	}
}

// No folder of golden items may be without its kind: whoever removes a kind would
// leave items behind that nobody reads.
func TestEveryGoldenItemHasItsKind(t *testing.T) {
	kinds := map[string]int{}
	for _, g := range goldens(t) {
		kinds[g.name] = g.version
	}
	paths, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		var version int
		if _, err := fmt.Sscanf(filepath.Base(path), "%d.json", &version); err != nil || version > kinds[filepath.Base(filepath.Dir(path))] {
			t.Errorf("%s is of no kind, or of a version that was never written (%v)", path, err)
		}
	}
}

// Packed contents, and those in parts, are read for ever; how they are packed may
// change with gzip.
func TestPackedContents(t *testing.T) {
	want := storetest.FullContent().Tweets
	for name, room := range map[string]int{"plain": 10_000, "packed": 320, "parts": 100} {
		t.Run(name, func(t *testing.T) {
			c, split, err := store(post.Content{Tweets: want}, room)
			if err != nil || (c.json == "") != (room < 10_000) || len(split) != c.parts || (c.parts > 0) != (room == 100) {
				t.Fatalf("stored as %d bytes of JSON, %d packed, %d parts; %v", len(c.json), len(c.packed), c.parts, err)
			}
			packed := append(c.packed, bytes.Join(split, nil)...)
			raw := []byte(c.json)
			if len(packed) > 0 {
				if raw, err = unpack(packed); err != nil {
					t.Fatal(err)
				}
			}
			got, err := tweetsFromJSON(raw)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v; it differs (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Notes are in the item beside the tweets, which are packed or split for them to have
// room. Whatever is noted, the same tweets are split alike: an earlier try may have
// stored those parts.
func TestNotesTakeRoomFromTheTweets(t *testing.T) {
	c := storetest.FullContent()
	c.Notes = nil
	plain, _, err := store(c, 10_000)
	if err != nil || plain.json == "" {
		t.Fatalf("it does not fit: %v", err)
	}
	_, split, err := store(c, 100)
	if err != nil {
		t.Fatal(err)
	}
	c.Notes = []string{strings.Repeat("n", 10_000-len(plain.json))}
	if got, _, err := store(c, 10_000); err != nil || got.json != "" || !slices.Equal(got.notes, c.Notes) {
		t.Errorf("with its notes it is %d bytes of JSON, %v", len(got.json), err)
	}
	if _, got, err := store(c, 100); err != nil || !cmp.Equal(got, split) {
		t.Errorf("with its notes it is split into %d, without into %d; %v", len(got), len(split), err)
	}
}

func TestWhatWasPackedIsReadForEver(t *testing.T) {
	raw, err := unpack(packed(t))
	if err != nil {
		t.Fatal(err)
	}
	tweets, err := tweetsFromJSON(raw)
	if diff := cmp.Diff(storetest.FullContent().Tweets, tweets); err != nil || diff != "" {
		t.Errorf("%v; it differs (-want +got):\n%s", err, diff)
	}
}

func TestWhatTakesANewerReaderIsRefused(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			r, err := g.encode()
			if err != nil {
				t.Fatal(err)
			}
			r.item["later"] = str("what a newer version knows")
			r.item[attrVersion] = num(int64(g.version) + 1)
			for reader, newer := range map[int]bool{g.version: false, g.version + 1: true} {
				r.item[attrReader] = num(int64(reader))
				if _, err := g.decode(r.item); fault.Is(err, fault.Newer) != newer || !newer && err != nil {
					t.Errorf("takes a reader of %d, the present version is %d: %v", reader, g.version, err)
				}
			}
		})
	}
}

func TestATweetWithWhatIsNotKnownIsRefused(t *testing.T) {
	for raw, newer := range map[string]bool{
		`[{"text":"hello","article":{}}]`: true,
		`[{"text":"hello","media":[{"id":"m","kind":"gif","type":"image/gif","bytes":3,"sha256":"ab","crop":1}]}]`: true,
		`[{"text":"hello"`:  false,
		`[{"text":["no"]}]`: false,
	} {
		it := newItem(contentKey("post", 1))
		it["tweets"] = str(raw)
		_, err := (&Posts{}).read(t.Context(), it, "post", 1)
		if err == nil || fault.Is(err, fault.Newer) != newer {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestAnAttributeOfAnotherTypeIsAnError(t *testing.T) {
	for _, g := range goldens(t) {
		r, err := g.encode()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range r.names {
			if name == attrVersion || name == attrReader || strings.HasPrefix(name, "list_") || strings.HasPrefix(name, "find_") || strings.HasSuffix(name, "_shard") || name == attrTTL {
				continue // nobody reads these
			}
			it := item{}
			for n, v := range r.item {
				it[n] = v
			}
			it[name] = &types.AttributeValueMemberNULL{Value: true}
			if _, err := g.decode(it); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s with a null %s: %v", g.name, name, err)
			}
		}
	}
}

// write stores a golden item. It never replaces one.
func write(t *testing.T, path string, it item) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	e := json.NewEncoder(f)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(asJSON(t, it)); err != nil {
		t.Fatal(err)
	}
}

// read reads a golden item.
func read(t *testing.T, path string) item {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var attrs map[string]map[string]json.RawMessage
	if err := json.Unmarshal(raw, &attrs); err != nil {
		t.Fatal(path, err)
	}
	it := item{}
	for name, v := range attrs {
		it[name] = fromWire(t, v)
	}
	return it
}

// fromWire reads DynamoDB's JSON of a value: one member, named for its type.
func fromWire(t *testing.T, wire map[string]json.RawMessage) types.AttributeValue {
	t.Helper()
	as := func(v any, raw json.RawMessage) {
		if err := json.Unmarshal(raw, v); err != nil {
			t.Fatal(err)
		}
	}
	for kind, raw := range wire {
		switch kind {
		case "S":
			v := &types.AttributeValueMemberS{}
			as(&v.Value, raw)
			return v
		case "N":
			v := &types.AttributeValueMemberN{}
			as(&v.Value, raw)
			return v
		case "B":
			v := &types.AttributeValueMemberB{}
			as(&v.Value, raw)
			return v
		case "BOOL":
			v := &types.AttributeValueMemberBOOL{}
			as(&v.Value, raw)
			return v
		case "L":
			var wires []map[string]json.RawMessage
			as(&wires, raw)
			v := &types.AttributeValueMemberL{}
			for _, w := range wires {
				v.Value = append(v.Value, fromWire(t, w))
			}
			return v
		case "M":
			var wires map[string]map[string]json.RawMessage
			as(&wires, raw)
			v := &types.AttributeValueMemberM{Value: item{}}
			for name, w := range wires {
				v.Value[name] = fromWire(t, w)
			}
			return v
		}
	}
	t.Fatalf("%v is no value of DynamoDB's", wire)
	return nil
}

// asJSON gives an item as DynamoDB's JSON.
func asJSON(t *testing.T, it item) map[string]any {
	t.Helper()
	out := map[string]any{}
	for name, v := range it {
		out[name] = toWire(t, v)
	}
	return out
}

func toWire(t *testing.T, v types.AttributeValue) map[string]any {
	t.Helper()
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": base64.StdEncoding.EncodeToString(v.Value)}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberL:
		l := make([]any, len(v.Value))
		for i, e := range v.Value {
			l[i] = toWire(t, e)
		}
		return map[string]any{"L": l}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": asJSON(t, v.Value)}
	}
	t.Fatalf("a %T", v)
	return nil
}
