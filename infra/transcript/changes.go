package transcript

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"spool/shared/fault"
)

// Changes lists the fields in which two records of one type differ, a line for each,
// in the order in which the type has them.
func Changes(from, to any) string {
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
	case string, []byte:
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
