package post_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"spool/shared/fault"
	"spool/shared/post"
)

// TestChanges tells for each transition what it changes of a record, and nothing else
// may. The record is one in which everything is set that can be; the clock runs in a
// zone, and finer than a record keeps. go test ./shared/post -args -rewrite writes
// testdata/changes anew.
func TestChanges(t *testing.T) {
	told := map[post.Transition]bool{}
	datadriven.RunTest(t, "testdata/changes", func(t *testing.T, d *datadriven.TestData) string {
		told[post.Transition(d.Cmd)] = true
		move := moves()[post.Transition(d.Cmd)]
		if move == nil {
			t.Fatalf("there is no transition %q", d.Cmd)
		}
		var said strings.Builder
		situations := thread(t)
		for _, name := range slices.Sorted(maps.Keys(situations)) {
			from := full(situations[name])
			if to, err := move(from); err == nil {
				fmt.Fprintf(&said, "%s\n%s", name, changes(from, to))
			}
		}
		return said.String()
	})
	for name := range moves() {
		if !told[name] {
			t.Errorf("testdata/changes does not tell of %s", name)
		}
	}
}

// full sets what a record may have besides, and leaves the situation as it is.
func full(p post.Post) post.Post {
	if p.Reason == nil {
		p.Reason = &fault.Reason{Code: "earlier"}
	}
	if p.Media == nil {
		p.Media = &post.Transfer{Sent: 3, Total: 9}
	}
	p.Media.Tries = 1
	p.Tries, p.Lateness, p.RunID = 2, time.Second, "earlier"
	if p.Lease.Owner == "" {
		p.Lease = post.Lease{Owner: "earlier", Term: 7, Until: now.Add(-time.Hour)}
	}
	return p
}

// changes lists the fields that differ.
func changes(from, to post.Post) string {
	var said strings.Builder
	a, b := reflect.ValueOf(from), reflect.ValueOf(to)
	for i := range a.NumField() {
		if was, is := value(a.Field(i)), value(b.Field(i)); was != is {
			fmt.Fprintf(&said, "  %s: %s -> %s\n", a.Type().Field(i).Name, was, is)
		}
	}
	return said.String()
}

// value writes a field's value as one that a reader can compare.
func value(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Time:
		if x.IsZero() {
			return "never"
		}
		return x.Format(time.RFC3339Nano)
	case fault.Reason:
		return string(x.Code)
	case string:
		return fmt.Sprintf("%q", x)
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return "none"
		}
		return value(v.Elem())
	case reflect.Struct:
		var fields []string
		for i := range v.NumField() {
			if !v.Field(i).IsZero() {
				fields = append(fields, v.Type().Field(i).Name+" "+value(v.Field(i)))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	case reflect.Slice:
		var elements []string
		for i := range v.Len() {
			elements = append(elements, value(v.Index(i)))
		}
		return "[" + strings.Join(elements, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}
