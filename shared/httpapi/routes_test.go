package httpapi

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
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

// The routers of a part each lead where one of all operations would.
func TestRequestsFindTheirOperations(t *testing.T) {
	all := (&API{Log: slog.New(slog.DiscardHandler)}).routes()
	one, parts := all.mux(), all.router()
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		for _, target := range []string{
			"/", "/v1", "/v1/", "/v1/posts", "/v1/posts/", "/v1//posts", "//v1/posts", "/v1/./posts", "/v1/posts/../keys", "/v1/posts/..%2Fkeys",
			"/v1/p%6Fsts", "/v1/posts%2FA", "/v1%2Fposts", "/v2/posts", "/posts", "/v1/posts/A/cancel", "/v1/posts/A/cancel/more", "/v1/nothing",
			"/v1/accounts/1/resume", "/v1/app/resume", "/v1/session", "/v1/sessions", "/v1/keys/%2e%2e", "/v1/%",
		} {
			r := httptest.NewRequest(method, "/", nil)
			u, err := r.URL.Parse("http://spool.example" + target)
			if err != nil {
				continue // no request can have it
			}
			r.URL = u
			want, wantPattern := one.Handler(r)
			got, gotPattern := parts(u.EscapedPath()).Handler(r)
			if gotPattern != wantPattern {
				t.Errorf("%s %s is led to %q, want %q", method, target, gotPattern, wantPattern)
			}
			if wantPattern != "" {
				continue
			}
			a, b := httptest.NewRecorder(), httptest.NewRecorder()
			got.ServeHTTP(a, r)
			want.ServeHTTP(b, r)
			if a.Code != b.Code || a.Header().Get("Allow") != b.Header().Get("Allow") {
				t.Errorf("%s %s is answered %d %v, want %d %v", method, target, a.Code, a.Header(), b.Code, b.Header())
			}
		}
	}
}
