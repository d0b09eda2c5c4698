package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"spool/shared/fault"
	"spool/shared/wire"
)

// route is an operation. Huma works out by reflection how its requests are read and
// checked: to do so for every operation, and their document, would be most of the
// function's start. So each is put together when it is first asked for.
type route struct {
	op     huma.Operation
	answer reflect.Type // of its body; nil: it has none
	add    func(huma.API)
}

// routes are the API's operations.
type routes []route

// routes gives all of them.
func (a *API) routes() routes {
	var r routes
	for _, add := range []func(*routes){
		a.postRoutes, a.lifecycleRoutes, a.previewRoutes, a.mediaRoutes, a.setupRoutes, a.accountRoutes, a.keyRoutes,
		a.sessionRoutes, a.resumeRoutes, a.budgetRoutes, a.healthRoutes, a.channelRoutes,
	} {
		add(&r)
	}
	return r
}

// register adds an operation. What its handler returns as an error is answered
// as a problem.
func register[I, O any](a *API, r *routes, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	answer := func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			p := problemOf(err)
			if p.Code == fault.Internal {
				a.Log.ErrorContext(ctx, "request failed", "operation", op.OperationID, "error", err)
			}
			return nil, p
		}
		return out, nil
	}
	one := route{op: op, add: func(api huma.API) { huma.Register(api, op, answer) }}
	if body, ok := reflect.TypeFor[O]().FieldByName("Body"); ok {
		one.answer = body.Type
	}
	*r = append(*r, one)
}

// router gives, for an escaped path, the router of the operations below the same /v1/…, which is made when it is first
// asked for. It is safe for concurrent use.
func (r routes) router() func(escaped string) *http.ServeMux {
	below := map[string]routes{}
	for _, one := range r {
		below[firstOf(one.op.Path)] = append(below[firstOf(one.op.Path)], one)
	}
	routers := map[string]func() *http.ServeMux{}
	for first, some := range below {
		routers[first] = sync.OnceValue(some.mux)
	}
	nothing := http.NewServeMux()
	return func(escaped string) *http.ServeMux {
		if made, ok := routers[firstOf(escaped)]; ok {
			return made()
		}
		return nothing
	}
}

// firstOf is what stands in an escaped path after /v1/, up to the next slash, as [http.ServeMux] reads it: a slash that
// is escaped is none.
func firstOf(escaped string) string {
	parts := strings.SplitN(path.Clean(escaped), "/", 4) // "", "v1", "posts", …
	if len(parts) < 3 {
		return ""
	}
	first, err := url.PathUnescape(parts[2])
	if err != nil {
		return ""
	}
	return first
}

// mux routes requests to them.
func (r routes) mux() *http.ServeMux {
	m := http.NewServeMux()
	for _, one := range r {
		m.HandleFunc(one.op.Method+" "+one.op.Path, one.serve())
	}
	return m
}

// serve answers the operation's requests. It is safe for concurrent use.
func (r route) serve() http.HandlerFunc {
	made := sync.OnceValue(func() http.HandlerFunc {
		var m single
		config := settings()
		config.Components.Schemas = requests{config.Components.Schemas, r.answer}
		api := humago.New(&m, config)
		r.add(api)
		enumerate(api.OpenAPI())
		return m.HandlerFunc
	})
	return func(w http.ResponseWriter, req *http.Request) { made()(w, req) }
}

// requests has the schemas by which requests are checked. Those of answers are for the document alone.
type requests struct {
	huma.Registry
	answer reflect.Type
}

// Schema implements [huma.Registry].
func (r requests) Schema(t reflect.Type, allowRef bool, hint string) *huma.Schema {
	if t == r.answer || t == reflect.TypeFor[wire.Problem]() {
		return &huma.Schema{}
	}
	return r.Registry.Schema(t, allowRef, hint)
}

// single is huma's router of one route, which the API's own has found already.
type single struct{ http.HandlerFunc }

// HandleFunc implements [humago.Mux].
func (s *single) HandleFunc(_ string, serve func(http.ResponseWriter, *http.Request)) {
	s.HandlerFunc = serve
}

// document describes all of them.
func (r routes) document() *huma.OpenAPI {
	api := humago.New(http.NewServeMux(), settings())
	for _, one := range r {
		one.add(api)
	}
	doc := api.OpenAPI()
	noticeWebhook(doc)
	enumerate(doc)
	describe(doc)
	return doc
}

// settings are how huma reads, checks and describes.
func settings() huma.Config {
	config := huma.DefaultConfig("Spool", "1")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema member in every answer
	config.RejectUnknownQueryParameters = true
	config.Formats = formats()
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer"},
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie,
			Description: "A browser that is signed in; see sign-in"},
	}
	config.Security = []map[string][]string{{"key": {}}, {"session": {}}}
	return config
}
