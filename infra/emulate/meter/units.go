package meter

import (
	"math"
	"reflect"
	"slices"
)

const (
	writeUnit = 1 << 10 // bytes that one write unit pays for
	readUnit  = 4 << 10 // bytes that one read unit pays for
)

// schema is what of a table decides on the units of a write.
type schema struct {
	keys    []string
	indexes []index
}

// index is a secondary index, global or local: both cost the same.
type index struct {
	keys      []string // its own
	all       bool     // projects every attribute
	projected []string // else: its keys, the table's, and what it includes
}

// entry is the item's entry in the index, or nil: an item without the index's keys is not in it.
func (ix index) entry(it item) item {
	switch {
	case it == nil || !it.has(ix.keys):
		return nil
	case ix.all:
		return it
	}
	return it.with(ix.projected)
}

// units is what a write costs that makes after of before, where nil is no item: one unit for each started KB of the
// larger one in the table, and in each index one for each started KB of the projected entry that is put, deleted or
// changed. An entry whose key changes is deleted and put; one that stays as it is costs nothing.
//
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
func (s schema) units(before, after item) Counts {
	c := Counts{WriteUnits: tableUnits(before, after)}
	for _, ix := range s.indexes {
		c.IndexWriteUnits += ix.units(ix.entry(before), ix.entry(after))
	}
	c.WriteUnits += c.IndexWriteUnits
	return c
}

// tableUnits is also what a write costs that its condition refuses: it touches no index.
func tableUnits(before, after item) float64 {
	return max(1, units(max(before.size(), after.size()), writeUnit))
}

func (ix index) units(before, after item) float64 {
	switch {
	case before == nil && after == nil, reflect.DeepEqual(before, after):
		return 0
	case before == nil:
		return units(after.size(), writeUnit)
	case after == nil:
		return units(before.size(), writeUnit)
	case !reflect.DeepEqual(before.with(ix.keys), after.with(ix.keys)):
		return units(before.size(), writeUnit) + units(after.size(), writeUnit)
	}
	return units(max(before.size(), after.size()), writeUnit)
}

// units is how many units, each for so many bytes, pay for size bytes.
func units(size, bytes int) float64 { return math.Ceil(float64(size) / float64(bytes)) }

// halved is what reading costs: half, unless the read is strongly consistent.
func halved(units float64, consistent bool) float64 {
	if consistent {
		return units
	}
	return units / 2
}

// tableDescription is the part of DescribeTable's answer that schema comes from.
type tableDescription struct {
	Table struct {
		KeySchema              []keyElement
		GlobalSecondaryIndexes []indexDescription
		LocalSecondaryIndexes  []indexDescription
	}
}

type keyElement struct{ AttributeName string }

type indexDescription struct {
	KeySchema  []keyElement
	Projection struct {
		ProjectionType   string
		NonKeyAttributes []string
	}
}

func (d tableDescription) schema() schema {
	s := schema{keys: names(d.Table.KeySchema)}
	for _, ix := range slices.Concat(d.Table.GlobalSecondaryIndexes, d.Table.LocalSecondaryIndexes) {
		keys := names(ix.KeySchema)
		s.indexes = append(s.indexes, index{
			keys: keys, all: ix.Projection.ProjectionType == "ALL",
			projected: slices.Concat(keys, s.keys, ix.Projection.NonKeyAttributes),
		})
	}
	return s
}

func names(elements []keyElement) []string {
	var list []string
	for _, e := range elements {
		list = append(list, e.AttributeName)
	}
	return list
}
