package mcp

import (
	"cmp"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"spool/shared/tweet"
)

// inputSchema describes a tool's arguments by T's fields: their tags are those of
// package wire (doc, enum, minLength and their like), and all of them count.
func inputSchema[T any]() *jsonschema.Schema { return schemaOf(reflect.TypeFor[T](), true) }

// outputSchema describes a tool's result. It holds the descriptions but none of the
// constraints: an API that is newer than this program may know more statuses, and
// its answers are to be passed on.
func outputSchema[T any]() *jsonschema.Schema { return schemaOf(reflect.TypeFor[T](), false) }

// schemaOf panics for types that JSON has no words for; a test goes through all.
func schemaOf(t reflect.Type, constrained bool) *jsonschema.Schema {
	s, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Time]():     {Type: "string", Format: "date-time"},
		reflect.TypeFor[tweet.Dollars](): {Type: "string", Description: "US dollars, such as 0.015"},
	}})
	if err != nil {
		panic(err)
	}
	annotate(s, t, constrained)
	return s
}

// annotate adds to the schema of a type what the tags of its fields say, all the
// way down.
func annotate(s *jsonschema.Schema, t reflect.Type, constrained bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if constrained && len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil // what is not given is left out
	}
	switch {
	case t.Kind() == reflect.Slice && s.Items != nil:
		annotate(s.Items, t.Elem(), constrained)
	case t.Kind() == reflect.Struct:
		for _, field := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			property := s.Properties[name]
			if field.Anonymous || property == nil {
				continue
			}
			annotate(property, field.Type, constrained)
			property.Description = cmp.Or(field.Tag.Get("doc"), property.Description)
			if constrained {
				constrain(property, field)
			}
		}
	}
}

// constrain adds the constraints of a field's tags.
func constrain(s *jsonschema.Schema, field reflect.StructField) {
	number := func(tag string) *int {
		text, ok := field.Tag.Lookup(tag)
		if !ok {
			return nil
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			panic(fmt.Sprintf("the tag %s of %s is no number", tag, field.Name))
		}
		return &n
	}
	s.MinLength, s.MaxLength = number("minLength"), number("maxLength")
	s.MinItems, s.MaxItems = number("minItems"), number("maxItems")
	s.Minimum, s.Maximum = float(number("minimum")), float(number("maximum"))
	s.Pattern = field.Tag.Get("pattern")
	of := s
	if s.Items != nil {
		of = s.Items
	}
	for _, value := range valuesOf(field) {
		of.Enum = append(of.Enum, value)
	}
}

// valuesOf are the values that a field may have: those of its type, where it is a
// closed set, or of its tag; none where there are no such bounds.
func valuesOf(field reflect.StructField) []string {
	t := field.Type
	for t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if set, ok := reflect.Zero(t).Interface().(interface{ Values() []string }); ok {
		return set.Values()
	}
	if tag, ok := field.Tag.Lookup("enum"); ok {
		return strings.Split(tag, ",")
	}
	return nil
}

func float(n *int) *float64 {
	if n == nil {
		return nil
	}
	f := float64(*n)
	return &f
}
