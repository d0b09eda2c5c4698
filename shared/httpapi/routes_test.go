package httpapi

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// An operation that is put together alone, without the schemas of its answers, checks its requests as the document says.
func TestOperationsCheckRequestsByTheDocument(t *testing.T) {
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	// described is an operation and the schemas that come with it.
	described := func(r route, answer bool) (*huma.Operation, map[string]*huma.Schema) {
		config := settings()
		if !answer {
			config.Components.Schemas = requests{config.Components.Schemas, r.answer}
		}
		api := humago.New(http.NewServeMux(), config)
		r.add(api)
		var op *huma.Operation
		for _, item := range api.OpenAPI().Paths {
			for _, one := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
				if one != nil {
					op = one
				}
			}
		}
		return op, api.OpenAPI().Components.Schemas.Map()
	}
	all := (&API{Log: slog.New(slog.DiscardHandler)}).routes()
	if len(all) < 40 {
		t.Fatalf("there are %d operations", len(all))
	}
	for _, r := range all {
		whole, schemas := described(r, true)
		alone, own := described(r, false)
		if text(alone.RequestBody) != text(whole.RequestBody) || text(alone.Parameters) != text(whole.Parameters) {
			t.Errorf("%s takes other requests", r.op.OperationID)
		}
		for name, schema := range own {
			if text(schema) != text(schemas[name]) {
				t.Errorf("%s checks a %s by another schema", r.op.OperationID, name)
			}
		}
	}
}
