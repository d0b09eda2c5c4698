package meter

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// parse reads an item in DynamoDB's JSON; an empty text is no item.
func parse(t *testing.T, text string) item {
	t.Helper()
	if text == "" {
		return nil
	}
	var it item
	if err := json.Unmarshal([]byte(text), &it); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return it
}

func TestItemSize(t *testing.T) {
	for _, tt := range []struct {
		name, item string
		want       int // each attribute's name "a" is one byte of it
	}{
		{"no item", ``, 0},
		{"an empty item", `{}`, 0},
		{"a string is its bytes in UTF-8", `{"a":{"S":"héllo"}}`, 1 + 6},
		{"a name is its bytes in UTF-8", `{"é":{"S":""}}`, 2},
		{"binary is its bytes, not their base64", `{"a":{"B":"AAEC"}}`, 1 + 3},
		{"a boolean is one byte", `{"a":{"BOOL":false}}`, 1 + 1},
		{"null is one byte", `{"a":{"NULL":true}}`, 1 + 1},
		{"zero is one byte", `{"a":{"N":"0"}}`, 1 + 1},
		{"a number is one byte and one for two digits", `{"a":{"N":"123"}}`, 1 + 3},
		{"zeros at the ends do not count", `{"a":{"N":"001200"}}`, 1 + 2},
		{"nor those of a fraction, nor the point", `{"a":{"N":"1.50"}}`, 1 + 2},
		{"nor the exponent", `{"a":{"N":"12E+30"}}`, 1 + 2},
		{"a sign is one byte", `{"a":{"N":"-12"}}`, 1 + 3},
		{"a list is three bytes and one for each element", `{"a":{"L":[{"S":"xy"},{"BOOL":true}]}}`, 1 + 3 + 3 + 2},
		{"so is a map, with its names", `{"a":{"M":{"k":{"S":"xy"}}}}`, 1 + 3 + 1 + 3},
		{"an empty list is three bytes", `{"a":{"L":[]}}`, 1 + 3},
		{"an empty map is three bytes", `{"a":{"M":{}}}`, 1 + 3},
		{"a set is its elements", `{"a":{"SS":["x","yz"]},"b":{"NS":["1","22"]},"c":{"BS":["AAEC"]}}`, 3 + 3 + 4 + 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := parse(t, tt.item).size(); got != tt.want {
				t.Errorf("size %d, want %d", got, tt.want)
			}
		})
	}
}

// postsTable has one index with keys only, and one with everything.
const postsTable = `{"Table":{"KeySchema":[{"AttributeName":"pk"},{"AttributeName":"sk"}],"GlobalSecondaryIndexes":[
	{"IndexName":"due","KeySchema":[{"AttributeName":"due_shard"},{"AttributeName":"due_at"}],"Projection":{"ProjectionType":"KEYS_ONLY"}},
	{"IndexName":"all","KeySchema":[{"AttributeName":"all_pk"}],"Projection":{"ProjectionType":"ALL"}}],
	"LocalSecondaryIndexes":[
	{"IndexName":"some","KeySchema":[{"AttributeName":"pk"},{"AttributeName":"some_sk"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["note"]}}]}}`

func TestWriteUnits(t *testing.T) {
	var d tableDescription
	if err := json.Unmarshal([]byte(postsTable), &d); err != nil {
		t.Fatal(err)
	}
	text := func(bytes int) string { return strings.Repeat("x", bytes) }
	with := func(attributes string) string { return `{"pk":{"S":"p"},"sk":{"S":"s"}` + attributes + `}` }
	due := func(at, rest string) string {
		return with(`,"due_shard":{"S":"0"},"due_at":{"N":"` + at + `"}` + rest)
	}
	for _, tt := range []struct {
		name, before, after string
		table, indexes      float64
	}{
		{"the smallest item is one unit", "", with(""), 1, 0},
		{"exactly 1 KB is one unit", "", with(`,"a":{"S":"` + text(1024-7) + `"}`), 1, 0},
		{"a byte more is two", "", with(`,"a":{"S":"` + text(1024-6) + `"}`), 2, 0},
		{"the larger of before and after counts", with(`,"a":{"S":"` + text(3000) + `"}`), with(""), 3, 0},
		{"a deletion counts what was there", with(`,"a":{"S":"` + text(3000) + `"}`), "", 3, 0},
		{"deleting nothing is one unit", "", "", 1, 0},
		{"an entry put is one unit", with(""), due("1", ""), 1, 1},
		{"an entry deleted is one unit", due("1", ""), with(""), 1, 1},
		{"an item deleted takes its entry along", due("1", ""), "", 1, 1},
		{"an entry whose key changes is two", due("1", ""), due("2", ""), 1, 2},
		{"an entry that stays as it is costs nothing", due("1", ""), due("1", `,"a":{"S":"x"}`), 1, 0},
		{"half a key is no entry", with(""), with(`,"due_shard":{"S":"0"}`), 1, 0},
		{"keys only are small whatever the item is", "", due("1", `,"a":{"S":"`+text(3000)+`"}`), 3, 1},
		{"an index with everything is as large as the item", "", with(`,"all_pk":{"S":"x"},"a":{"S":"` + text(3000) + `"}`), 3, 3},
		{"a changed entry counts once, its larger side", with(`,"all_pk":{"S":"x"},"a":{"S":"` + text(3000) + `"}`), with(`,"all_pk":{"S":"x"}`), 3, 3},
		{"a local index costs as well", with(`,"some_sk":{"S":"x"},"note":{"S":"a"}`), with(`,"some_sk":{"S":"x"},"note":{"S":"` + text(1100) + `"}`), 2, 2},
		{"what it does not include costs nothing", with(`,"some_sk":{"S":"x"},"other":{"S":"a"}`), with(`,"some_sk":{"S":"x"},"other":{"S":"b"}`), 1, 0},
		{"several indexes add up", "", due("1", `,"all_pk":{"S":"x"},"some_sk":{"S":"x"}`), 1, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := d.schema().units(parse(t, tt.before), parse(t, tt.after))
			if want := (Counts{WriteUnits: tt.table + tt.indexes, IndexWriteUnits: tt.indexes}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// sameJSON compares two texts as JSON.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if errA, errB := json.Unmarshal([]byte(a), &x), json.Unmarshal([]byte(b), &y); errA != nil || errB != nil {
		return a == b
	}
	return reflect.DeepEqual(x, y)
}
