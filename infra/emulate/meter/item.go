package meter

import (
	"strings"
)

// item is an item by its attributes' names; nil is no item.
type item map[string]value

// value is an attribute's value in DynamoDB's JSON, of which one field is set.
type value struct {
	S    *string
	N    *string
	B    []byte
	BOOL *bool
	NULL *bool
	SS   []string
	NS   []string
	BS   [][]byte
	L    []value
	M    item
}

// size is the item's size in bytes: that of the names, as UTF-8, and of the values.
//
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func (it item) size() int {
	n := 0
	for name, v := range it {
		n += len(name) + v.size()
	}
	return n
}

func (v value) size() int {
	switch {
	case v.S != nil:
		return len(*v.S)
	case v.N != nil:
		return numberSize(*v.N)
	case v.BOOL != nil, v.NULL != nil:
		return 1
	case v.L != nil:
		n := 3 // and one byte for each element, here and in a map
		for _, e := range v.L {
			n += 1 + e.size()
		}
		return n
	case v.M != nil:
		return 3 + len(v.M) + v.M.size()
	}
	return len(v.B) + v.setSize()
}

func (v value) setSize() int {
	n := 0
	for _, s := range v.SS {
		n += len(s)
	}
	for _, s := range v.NS {
		n += numberSize(s)
	}
	for _, b := range v.BS {
		n += len(b)
	}
	return n
}

// numberSize is one byte, one for each two significant digits, and one for a sign.
func numberSize(n string) int {
	digits, negative := strings.CutPrefix(n, "-")
	digits = strings.TrimPrefix(digits, "+")
	if i := strings.IndexAny(digits, "eE"); i >= 0 {
		digits = digits[:i]
	}
	if strings.Contains(digits, ".") {
		digits = strings.Replace(strings.TrimRight(digits, "0"), ".", "", 1)
	}
	digits = strings.Trim(digits, "0")
	size := 1 + (len(digits)+1)/2
	if negative {
		size++
	}
	return size
}

// with is the part of the item with these attributes, as far as it has them.
func (it item) with(names []string) item {
	part := item{}
	for _, name := range names {
		if v, ok := it[name]; ok {
			part[name] = v
		}
	}
	return part
}

// has reports whether the item has all of these attributes.
func (it item) has(names []string) bool { return len(it.with(names)) == len(names) }
