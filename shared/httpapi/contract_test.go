package httpapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"spool/infra/sim"
	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/media/mediatest"
	"spool/shared/notify"
	"spool/shared/post"
)

// contract is an API that is held to its own document: what it accepts must be a
// request that the document describes, and what it answers an answer.
type contract struct {
	t      testing.TB
	api    http.Handler
	doc    *openapi3.T
	router routers.Router
	mu     sync.Mutex
	good   map[string]int // requests that were accepted, by operation
	bad    map[string]int // and those that were refused
}

// holdTo reads an API's document, and holds the API to it.
func holdTo(t testing.TB, api http.Handler) *contract {
	t.Helper()
	c := &contract{t: t, api: api, good: map[string]int{}, bad: map[string]int{}}
	rec := httptest.NewRecorder()
	api.ServeHTTP(rec, httptest.NewRequest("GET", "/v1/openapi.json", nil))
	if rec.Code != http.StatusOK {
		t.Fatalf("the document is answered with %d: %s", rec.Code, rec.Body)
	}
	var err error
	if c.doc, err = openapi3.NewLoader().LoadFromData(rec.Body.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := c.doc.Validate(t.Context()); err != nil {
		t.Fatalf("it is no OpenAPI document: %v", err)
	}
	settle(c.doc)
	if c.router, err = gorillamux.NewRouter(c.doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// settle takes null out of the types of parameters: no text in an address is null,
// and the validator splits up only what cannot be anything but a list.
func settle(doc *openapi3.T) {
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			for _, p := range op.Parameters {
				types := slices.DeleteFunc(p.Value.Schema.Value.Type.Slice(), func(kind string) bool { return kind == openapi3.TypeNull })
				p.Value.Schema.Value.Type = (*openapi3.Types)(&types)
			}
		}
	}
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Error(err)
	}
	again := func() *http.Request {
		q := r.Clone(r.Context())
		q.Body = io.NopCloser(bytes.NewReader(body))
		return q
	}
	rec := httptest.NewRecorder()
	c.api.ServeHTTP(rec, again())
	if route, params, err := c.router.FindRoute(r); err == nil {
		c.check(&openapi3filter.RequestValidationInput{Request: plain(again()), Route: route, PathParams: params, Options: strict()}, rec, body)
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	w.Write(rec.Body.Bytes())
}

// plain is a request without what the API overlooks: parameters without a value,
// members that are null, that a body, which is always JSON, does not say so, and a
// body where it has no meaning in HTTP.
func plain(r *http.Request) *http.Request {
	body, _ := io.ReadAll(r.Body)
	if r.Method == http.MethodGet || r.Method == http.MethodDelete {
		body = nil
	}
	var members any
	if json.Unmarshal(body, &members) == nil {
		body, _ = json.Marshal(withoutNull(members))
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	q := r.URL.Query()
	maps.DeleteFunc(q, func(_ string, values []string) bool { return strings.Join(values, "") == "" })
	r.URL.RawQuery = q.Encode()
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// withoutNull takes the members that are null out of a JSON value.
func withoutNull(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, m any) bool { return m == nil })
		for name, m := range v {
			v[name] = withoutNull(m)
		}
	case []any:
		for i, m := range v {
			v[i] = withoutNull(m)
		}
	}
	return v
}

// strict is how requests and answers are held to the document. Keys are left to the
// tests of access.
func strict() *openapi3filter.Options {
	o := &openapi3filter.Options{
		MultiError: true, RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	}
	o.WithCustomSchemaErrorFunc(func(e *openapi3.SchemaError) string { // else it quotes the whole schema
		return fmt.Sprintf("%s at /%s", e.Reason, strings.Join(e.JSONPointer(), "/"))
	})
	return o
}

// check holds one answer to the document.
func (c *contract) check(in *openapi3filter.RequestValidationInput, rec *httptest.ResponseRecorder, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := in.Route.Operation.OperationID
	if rec.Code < http.StatusBadRequest {
		c.good[id]++
		if err := openapi3filter.ValidateRequest(in.Request.Context(), in); err != nil {
			c.t.Errorf("%s accepted what the document does not describe: %v\n%.500q", id, err, body)
		}
	} else {
		c.bad[id]++
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Options: in.Options}
	err := openapi3filter.ValidateResponse(in.Request.Context(), out.SetBodyBytes(rec.Body.Bytes()))
	if said := in.Route.Operation.Responses.Status(rec.Code); said == nil { // which the validator overlooks
		err = errors.New("there is no such status")
	} else if said.Value.Content == nil && rec.Body.Len() > 0 {
		err = errors.New("there is no body")
	}
	if err != nil {
		c.t.Errorf("%s answered %d, not as the document describes it: %v\n%s", id, rec.Code, err, rec.Body)
	}
}

// mustHaveDriven fails the test unless each operation was accepted and refused at
// least once.
func (c *contract) mustHaveDriven() {
	c.t.Helper()
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if c.good[op.OperationID] == 0 || c.bad[op.OperationID] == 0 {
				c.t.Errorf("%s (%s %s) was accepted %d times and refused %d times", op.OperationID, method, path, c.good[op.OperationID], c.bad[op.OperationID])
			}
		}
	}
}

func TestEveryOperationIsAsTheDocumentSays(t *testing.T) {
	s := newSite(t)
	c := holdTo(t, s.api)
	s.api = c
	driveSetup(s)
	driveMedia(s)
	drivePosts(s)
	driveSessions(s)
	s.must(200, "POST", "/v1/app/resume", "")
	s.must(202, "POST", "/v1/health", "")
	s.must(200, "GET", "/v1/health?asked_at=2026-12-01T09:00:00.123Z", "")
	s.must(200, "PUT", "/v1/budget", `{"monthly":"20.00"}`)
	s.must(200, "GET", "/v1/budget", "")
	driveChannels(s)
	s.must(200, "POST", "/v1/accounts/"+ada+"/resume", "")
	s.must(200, "DELETE", "/v1/accounts/"+ada, "")
	driveRefusals(s)
	s.must(200, "DELETE", "/v1/accounts/"+ada+"/data", "")
	c.mustHaveDriven()
}

func driveChannels(s *site) {
	made := s.must(201, "POST", "/v1/channels", `{"name":"on call","kind":"webhook","url":"https://example.com/hook/secret","events":["post.failed"],"accounts":["`+ada+`"],"digest":{"hour":7,"zone":"Europe/Berlin"}}`)
	at := "/v1/channels/" + made["id"].(string)
	s.must(200, "GET", "/v1/channels", "")
	s.must(200, "GET", at, "")
	s.must(200, "PATCH", at, `{"on":false}`)
	s.must(409, "POST", at+"/test", "")
	s.must(200, "PATCH", at, `{"name":"night","url":"https://example.org","events":[],"accounts":[],"digest":{"hour":0,"zone":""},"on":true}`)
	s.must(200, "POST", at+"/rotate-secret", "")
	s.must(202, "POST", at+"/test", "")
	log := s.must(200, "GET", at+"/deliveries?limit=1", "")["deliveries"].([]any)
	sent := log[0].(map[string]any)["id"].(string)
	s.must(409, "POST", at+"/deliveries/"+sent+"/replay", "") // it is on its way
	d, err := s.Store.Delivery(s.t.Context(), made["id"].(string), sent)
	if err != nil {
		s.t.Fatal(err)
	}
	d.State, d.Due, d.Writer = notify.Failed, time.Time{}, "sender"
	if _, err := s.Store.SaveDelivery(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
	s.must(202, "POST", at+"/deliveries/"+sent+"/replay", "")
	if got, _ := s.as(adminKey, "DELETE", at, ""); got != 204 {
		s.t.Errorf("deleting a channel answered %d", got)
	}
	s.must(404, "GET", at, "")
}

func driveSetup(s *site) {
	s.must(200, "GET", "/v1/status", "")
	s.must(409, "POST", "/v1/accounts/connect", "")
	s.putApp()
	s.must(201, "POST", "/v1/accounts/connect", "")
	s.connect("ada")
	s.must(400, "POST", "/v1/accounts/connect/complete", `{"redirect_url":"`+sim.Redirect+`?state=a&code=b"}`)
	s.must(200, "GET", "/v1/accounts", "")
	s.must(200, "GET", "/v1/accounts/"+ada, "")
	s.must(200, "PATCH", "/v1/accounts/"+ada, `{"zone":"Europe/Berlin","lateness_seconds":60}`)
	s.must(201, "POST", "/v1/keys", `{"name":"other","scopes":["posts:read"],"accounts":["`+ada+`"],"expires_at":"2099-01-01T00:00:00Z"}`)
	keys := s.must(200, "GET", "/v1/keys", "")["keys"].([]any)
	if got, _ := s.as(adminKey, "DELETE", "/v1/keys/"+keys[0].(map[string]any)["id"].(string), ""); got != 204 {
		s.t.Errorf("revoking answered %d", got)
	}
}

func driveMedia(s *site) {
	picture := mediatest.PNG(8, 8, 1)
	m := s.must(201, "POST", "/v1/media", announcement("a.png", "image/png", picture))
	id := m["id"].(string)
	s.must(200, "GET", "/v1/media/"+id, "")
	s.shelf.put(post.File{ID: id}.UploadKey(), picture)
	if ready := s.must(200, "GET", "/v1/media/"+id, ""); ready["state"] != "ready" {
		s.t.Errorf("the file is %v", ready)
	}
	s.must(201, "POST", "/v1/posts", `{"tweets":[{"text":"with a picture","media":[{"id":"`+id+`","alt_text":"a square"}]}],"draft":true}`)
	s.must(201, "POST", "/v1/posts", `{"tweets":[{"text":"which?","poll":{"options":["a","b"],"duration_minutes":60},"reply_settings":"following"}],"draft":true}`)
}

func drivePosts(s *site) {
	s.must(200, "POST", "/v1/preview", `{"text":"One. Two.\n---\nThree https://example.com","numbering":{"format":"1/n"}}`)
	s.must(200, "GET", "/v1/price?month=2026-12", "")
	draft := s.must(201, "POST", "/v1/posts", `{"tweets":[{"text":"one"},{"text":"two"}],"draft":true}`)["id"].(string)
	at := "/v1/posts/" + draft
	s.must(200, "GET", at, "")
	s.must(200, "PATCH", at, `{"at":"2098-01-01T00:00:00Z","tweets":[{"text":"three"}]}`)
	s.must(409, "POST", at+"/resolve", `{"thread_position":1,"outcome":"absent"}`)
	s.must(200, "POST", at+"/cancel", "")
	s.must(200, "POST", at+"/retry", "")
	s.must(200, "POST", at+"/publish", "")
	s.must(201, "POST", at+"/duplicate", "")
	s.must(200, "GET", "/v1/posts?status=failed,scheduled&limit=1&from=2026-01-01T00:00:00Z", "")
	out := s.published("gone tomorrow")
	s.must(200, "POST", "/v1/posts/"+out+"/unpublish", "")
	byHand, err := s.X.PostByHand("ada", "who knows", "")
	if err != nil {
		s.t.Fatal(err)
	}
	s.must(200, "POST", "/v1/posts/"+s.doubtful("who knows")+"/resolve", `{"thread_position":1,"outcome":"published","platform_post_id":"`+byHand.ID+`"}`)
	s.must(200, "POST", at+"/cancel", "")
	if got, body := s.as(adminKey, "DELETE", at, ""); got != 204 {
		s.t.Errorf("deleting answered %d: %v", got, body)
	}
	s.must(410, "GET", at, "")
}

// moved is the id of a new post after transitions that a worker would make.
func (s *site) moved(text string, moves ...func(post.Post) (post.Post, error)) string {
	s.t.Helper()
	id := s.must(201, "POST", "/v1/posts", `{"tweets":[{"text":"`+text+`"}]}`)["id"].(string)
	p, _, err := s.Store.Load(s.t.Context(), id)
	for _, move := range moves {
		if err == nil {
			p, err = move(p)
		}
	}
	if err == nil {
		_, err = s.Store.Save(s.t.Context(), p)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// claimed is a post that a worker has.
func claimed(p post.Post) (post.Post, error) { return p.Claim(p.Due, "w", time.Minute) }

// published is a post that is on X.
func (s *site) published(text string) string {
	return s.moved(text, claimed, func(p post.Post) (post.Post, error) { return p.Complete(time.Now(), "1995000000000000001") })
}

// doubtful is a post of which only a person can say whether it is on X.
func (s *site) doubtful(text string) string {
	return s.moved(text, claimed, func(p post.Post) (post.Post, error) {
		return p.GiveUp(time.Now(), fault.Reason{Code: "x", Sentence: "X.", Todo: "Y."})
	})
}

func driveSessions(s *site) {
	cookie := ""
	in := func(method, path, body string, want int) {
		s.t.Helper()
		r := httptest.NewRequest(method, "https://spool.test"+path, strings.NewReader(body))
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		if cookie != "" {
			r.Header.Set("Cookie", cookie)
		}
		rec := httptest.NewRecorder()
		s.api.ServeHTTP(rec, r)
		if rec.Code != want {
			s.t.Errorf("%s %s answered %d, want %d: %s", method, path, rec.Code, want, rec.Body)
		}
		if set, _, ok := strings.Cut(rec.Header().Get("Set-Cookie"), ";"); ok {
			cookie = set
		}
	}
	in("POST", "/v1/session", `{"key":"`+adminKey+`"}`, 200)
	in("GET", "/v1/session", "", 200)
	in("DELETE", "/v1/session", "", 204)
	cookie = ""
	in("POST", "/v1/session", `{"key":"`+adminKey+`"}`, 200)
	in("DELETE", "/v1/sessions", "", 204)
	in("GET", "/v1/session", "", 401)
	in("POST", "/v1/session", `{"key":"wrong"}`, 401)
}

// driveRefusals has every operation refuse a caller without a key.
func driveRefusals(s *site) {
	c := s.api.(*contract)
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			if got, _ := s.as("wrong", method, strings.ReplaceAll(path, "{id}", "x"), ""); got < 400 {
				s.t.Errorf("%s %s answered a wrong key with %d", method, path, got)
			}
		}
	}
	s.must(404, "GET", "/v1/posts/none", "")
	s.must(422, "GET", "/v1/posts?status=odd", "")
	s.must(422, "POST", "/v1/posts", `{"tweets":[{"text":""}]}`)
	s.must(400, "POST", "/v1/preview", `{`)
	s.must(413, "PUT", "/v1/app", `{"client_id":"`+strings.Repeat("x", 2_600_000)+`"}`)
}

// announcement is the body that announces a file.
func announcement(name, contentType string, b []byte) string {
	return fmt.Sprintf(`{"filename":%q,"content_type":%q,"bytes":%d,"sha256":%q}`, name, contentType, len(b), access.Sum(string(b)))
}

func TestTheDocumentIsComplete(t *testing.T) {
	s := newSite(t)
	c := holdTo(t, s.api)
	err := c.doc.WalkSchemas(func(at string, ref *openapi3.SchemaRef) error {
		for _, example := range ref.Value.Examples { // those of whole bodies are held to their schemas with the document
			if err := ref.Value.VisitJSON(example, openapi3.EnableJSONSchema2020()); err != nil {
				t.Errorf("the example at %s is not as its schema says: %v", at, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			t.Run(op.OperationID, func(t *testing.T) {
				if op.Summary == "" || op.Description == "" || len(op.Tags) != 1 || op.Tags[0] == "" || op.Security == nil || len(*op.Security) == 0 {
					t.Errorf("%s %s: summary %q, description %q, tags %v, security %v", method, path, op.Summary, op.Description, op.Tags, op.Security)
				}
				for _, status := range []string{"401", "403", "422", "429", "500", "503"} {
					if r := op.Responses.Value(status); r == nil || *r.Value.Description == "" || r.Value.Content["application/problem+json"] == nil {
						t.Errorf("it does not say what %s means", status)
					}
				}
				if r := op.Responses.Value("429"); r == nil || r.Value.Headers["Retry-After"] == nil {
					t.Error("429 has no Retry-After")
				}
				if op.RequestBody != nil && op.RequestBody.Value.Content["application/json"].Example == nil {
					t.Error("its body has no example")
				}
			})
		}
	}
}

func TestTheDocumentNeedsNoKey(t *testing.T) {
	s := newSite(t)
	for path, contentType := range map[string]string{
		"/v1/openapi.json": "application/openapi+json", "/v1/openapi.yaml": "application/openapi+yaml", "/docs": "text/html; charset=utf-8",
	} {
		for method, want := range map[string]int{"GET": 200, "HEAD": 200, "POST": 401} {
			rec := httptest.NewRecorder()
			s.api.ServeHTTP(rec, httptest.NewRequest(method, path, nil))
			if got := rec.Header().Get("Content-Type"); rec.Code != want || want == 200 && got != contentType {
				t.Errorf("%s %s answered %d as %s", method, path, rec.Code, got)
			}
		}
	}
}
