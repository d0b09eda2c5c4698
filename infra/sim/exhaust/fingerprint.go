package exhaust

import (
	"cmp"
	"hash/maphash"
	"reflect"
	"slices"
	"sync"
	"time"
)

// key is of all fingerprints of this run.
var key = maphash.MakeSeed()

// Fingerprint hashes values with all that is in them, fields that are not exported
// as well; functions and channels are left out, and so is what Omit names.
type Fingerprint struct {
	// Omit has fields that the future does not depend on, as "package.Type.Field".
	Omit map[string]bool
	// Alias has fields with random names, of which it matters only which are the
	// same: each name is taken for the order in which it first comes.
	Alias map[string]bool

	types sync.Map // of []field, by reflect.Type
}

// hashing is one fingerprint in the making.
type hashing struct {
	*Fingerprint
	h     maphash.Hash
	names map[string]uint64
}

// field is a part of a struct that counts.
type field struct {
	at    int
	alias bool
}

// Of hashes values. It may be called concurrently.
func (f *Fingerprint) Of(values ...any) uint64 {
	h := hashing{Fingerprint: f, names: map[string]uint64{"": 0}}
	h.h.SetSeed(key)
	for _, v := range values {
		h.add(reflect.ValueOf(v))
	}
	return h.h.Sum64()
}

func (f *hashing) number(n uint64) {
	var b [9]byte // one more than it needs, so that numbers do not run together with texts
	for i := range 8 {
		b[i] = byte(n >> (8 * i))
	}
	_, _ = f.h.Write(b[:])
}

func (f *hashing) text(s string) {
	f.number(uint64(len(s)))
	_, _ = f.h.WriteString(s)
}

// instant is the type of times: of them only the instant counts.
var instant = reflect.TypeFor[time.Time]()

func (f *hashing) add(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		f.number(map[bool]uint64{true: 1}[v.Bool()])
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		f.number(uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		f.number(v.Uint())
	case reflect.String:
		f.text(v.String())
	case reflect.Pointer, reflect.Interface:
		if f.number(0); !v.IsNil() {
			f.number(1)
			f.add(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		f.number(uint64(v.Len()))
		for i := range v.Len() {
			f.add(v.Index(i))
		}
	case reflect.Map:
		f.addMap(v)
	case reflect.Struct:
		f.addStruct(v)
	case reflect.Func, reflect.Chan, reflect.Invalid:
	default:
		panic("a state has a " + v.Kind().String())
	}
}

func (f *hashing) addStruct(v reflect.Value) {
	if v.Type() == instant {
		f.addTime(v)
		return
	}
	for _, part := range f.fields(v.Type()) {
		if !part.alias {
			f.add(v.Field(part.at))
			continue
		}
		name := v.Field(part.at).String()
		n, ok := f.names[name]
		if !ok {
			n = uint64(len(f.names))
			f.names[name] = n
		}
		f.number(n)
	}
}

// addTime adds the instant: with a reading of the monotonic clock or without, the
// seconds and nanoseconds are in other places (see package time).
func (f *hashing) addTime(v reflect.Value) {
	wall, ext := v.Field(0).Uint(), v.Field(1).Int()
	const monotonic = 1 << 63
	if wall&monotonic != 0 {
		const from1885 = 59453308800 // seconds from the year 1 to the year 1885
		ext = int64(wall<<1>>31) + from1885
	}
	f.number(uint64(ext))
	f.number(wall & (1<<30 - 1))
}

func (f *Fingerprint) fields(t reflect.Type) []field {
	if known, ok := f.types.Load(t); ok {
		return known.([]field)
	}
	var all []field
	for i := range t.NumField() {
		if name := t.String() + "." + t.Field(i).Name; !f.Omit[name] {
			all = append(all, field{i, f.Alias[name]})
		}
	}
	f.types.Store(t, all)
	return all
}

// addMap adds the entries in the order of their keys.
func (f *hashing) addMap(v reflect.Value) {
	keys := v.MapKeys()
	slices.SortFunc(keys, compare)
	f.number(uint64(len(keys)))
	for _, k := range keys {
		f.add(k)
		f.add(v.MapIndex(k))
	}
}

// compare orders keys of maps.
func compare(a, b reflect.Value) int {
	switch a.Kind() {
	case reflect.String:
		return cmp.Compare(a.String(), b.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cmp.Compare(a.Int(), b.Int())
	case reflect.Array:
		for i := range a.Len() {
			if c := compare(a.Index(i), b.Index(i)); c != 0 {
				return c
			}
		}
		return 0
	case reflect.Struct:
		for i := range a.NumField() {
			if c := compare(a.Field(i), b.Field(i)); c != 0 {
				return c
			}
		}
		return 0
	default:
		panic("a state has keys of kind " + a.Kind().String())
	}
}
