package httpapi

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/post"
)

// closed is a type of which all values are known.
type closed interface{ Values() []string }

// enumerate puts the values of closed types into the document, where fields and
// parameters have them. Types tell their values once; a tag would be a copy.
func enumerate(doc *huma.OpenAPI) {
	for name, schema := range doc.Components.Schemas.Map() {
		t := doc.Components.Schemas.TypeFromRef("#/components/schemas/" + name)
		for t != nil && t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, field := range reflect.VisibleFields(t) {
			member, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if set, ok := reflect.Zero(field.Type).
				Interface().(closed); ok && schema.Properties[member] != nil && len(schema.Properties[member].Enum) == 0 {
				bound(schema.Properties[member], set)
			}
		}
	}
	posts := doc.Paths["/v1/posts"]
	if posts == nil || posts.Get == nil {
		return
	}
	for _, p := range posts.Get.Parameters {
		if p.Name == "status" {
			bound(p.Schema.Items, post.Status(""))
		}
	}
}

// bound lets a schema take a set's values only.
func bound(s *huma.Schema, set closed) {
	for _, v := range set.Values() {
		s.Enum = append(s.Enum, v)
	}
	s.PrecomputeMessages()
}
