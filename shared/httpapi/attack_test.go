package httpapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/getkin/kin-openapi/openapi3"

	"spool/shared/access"
	"spool/shared/gateway"
	"spool/shared/media/mediatest"
	"spool/shared/post"
)

// siege is an API as strangers reach it: by what API Gateway makes of their requests.
type siege struct {
	*site
	doc    *openapi3.T
	invoke func(e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)
	tried  map[string]int // attempts by group
	victim string         // the id of a post that only its owner may touch
}

// secret is what stands in the victim's post.
const secret = "the-victims-words"

func newSiege(t *testing.T) *siege {
	s := &siege{site: newSite(t), tried: map[string]int{}}
	handle := gateway.Handler(s.api)
	s.invoke = func(e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		return handle(t.Context(), e)
	}
	s.putApp()
	s.connect("ada")
	s.victim = s.must(201, "POST", "/v1/posts", `{"tweets":[{"text":"`+secret+`"}],"at":"2098-01-01T00:00:00Z"}`)["id"].(string)
	res := s.send("", request{method: "GET", path: "/v1/openapi.json"})
	var err error
	if s.doc, err = openapi3.NewLoader().LoadFromData([]byte(res.Body)); err != nil {
		t.Fatal(err)
	}
	return s
}

// request is one attempt. The path is as API Gateway tells it: decoded.
type request struct {
	method, path, query, body string
	headers                   map[string]string
	cookies                   []string
}

// send sends an attempt. Whatever it is, the function does not fail, tells no other origin anything, sends nobody
// elsewhere, and answers what Lambda can pass on.
func (s *siege) send(group string, r request) events.APIGatewayV2HTTPResponse {
	s.t.Helper()
	s.tried[group]++
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RawPath: r.path, RawQueryString: r.query, Body: r.body, Cookies: r.cookies,
		Headers: map[string]string{"x-forwarded-proto": "https"},
	}
	if r.body != "" {
		e.Headers["content-type"] = "application/json"
	}
	maps.Copy(e.Headers, r.headers)
	e.RequestContext.Stage, e.RequestContext.DomainName = "$default", "spool.test"
	e.RequestContext.HTTP.Method, e.RequestContext.HTTP.SourceIP = r.method, "192.0.2.1"
	res, err := s.invoke(e)
	switch {
	case err != nil:
		s.t.Fatalf("%s: %s %q made the function fail: %v", group, r.method, r.path, err)
	case res.StatusCode >= 500 || res.StatusCode >= 300 && res.StatusCode < 400:
		s.t.Errorf("%s: %s %q is answered %d %.300s", group, r.method, r.path, res.StatusCode, res.Body)
	case res.Headers["access-control-allow-origin"] != "" || res.Headers["location"] != "":
		s.t.Errorf("%s: %s %q is answered with %v", group, r.method, r.path, res.Headers)
	case len(res.Body) > 5<<20:
		s.t.Errorf("%s: %s %q is answered with %d bytes", group, r.method, r.path, len(res.Body))
	}
	return res
}

// caller is who sends a request.
type caller struct {
	name    string
	headers map[string]string
	cookies []string
	scopes  []access.Scope // what they may do; nil: they are nobody
	refused int            // the status that nobody gets
}

func bearer(key string) map[string]string { return map[string]string{"authorization": "Bearer " + key} }

// callers are all kinds of them: keys and sessions of each scope, of none, of another account, that ended in each way.
func (s *siege) callers() []caller {
	s.t.Helper()
	all := []caller{
		{name: "nobody", refused: 401},
		{name: "a guess", headers: bearer("spool_0123456789abcdef_guess"), refused: 401},
		{name: "another scheme", headers: map[string]string{"authorization": "Basic " + adminKey}, refused: 401},
		{name: "a key in the query", refused: 401},
		{name: "a session of no key", cookies: []string{"__Host-spool=admin.guess"}, refused: 401},
		{name: "the admin's hash", headers: bearer(access.Sum(adminKey)), refused: 401},
		{name: "the admin", headers: bearer(adminKey), scopes: []access.Scope{access.Admin}},
	}
	cookieOf := func(key string) []string {
		for _, c := range s.signIn(key) {
			return []string{c.Name + "=" + c.Value}
		}
		return nil
	}
	for _, scope := range access.Scopes() {
		key := s.key(fmt.Sprintf(`{"name":"n","scopes":[%q]}`, scope))
		all = append(all,
			caller{name: "a key for " + string(scope), headers: bearer(key), scopes: []access.Scope{scope}},
			caller{name: "a session for " + string(scope), cookies: cookieOf(key), scopes: []access.Scope{scope}})
	}
	revoked := s.must(201, "POST", "/v1/keys", `{"name":"n","scopes":["admin"]}`)
	session := cookieOf(revoked["key"].(string))
	out := cookieOf(adminKey)
	if got, _ := s.as(adminKey, "DELETE", "/v1/keys/"+revoked["id"].(string), ""); got != 204 {
		s.t.Fatalf("revoking answered %d", got)
	}
	s.send("", request{method: "DELETE", path: "/v1/session", cookies: out, headers: map[string]string{"sec-fetch-site": "same-origin"}})
	k, ended, err := (&access.Keyring{Store: s.Store, Sessions: s.Store, Now: func() time.Time { return time.Now().Add(-2 * time.Hour) }}).
		Make(s.t.Context(), access.Key{Name: "n", Scopes: []access.Scope{access.Admin}, ExpiresAt: time.Now().Add(-time.Hour)})
	if err != nil || k.ID == "" {
		s.t.Fatal(err)
	}
	return append(all,
		caller{name: "a revoked key", headers: bearer(revoked["key"].(string)), refused: 401},
		caller{name: "a session of a revoked key", cookies: session, refused: 401},
		caller{name: "a session that was signed out", cookies: out, refused: 401},
		caller{name: "an expired key", headers: bearer(ended), refused: 401},
		caller{name: "the admin's session on another site", cookies: cookieOf(adminKey), headers: map[string]string{"sec-fetch-site": "cross-site"}, refused: 403})
}

// operation is one of the document, with an address at which nothing is.
type operation struct {
	id, method, path string
	scopes           []access.Scope // one of which admits
}

func (s *siege) operations() (all []operation) {
	for path, item := range s.doc.Paths.Map() {
		for method, op := range item.Operations() {
			o := operation{id: op.OperationID, method: method, path: path}
			if op.Security != nil {
				for _, requirement := range *op.Security {
					for _, name := range requirement["key"] {
						o.scopes = append(o.scopes, access.Scope(name))
					}
				}
			}
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return all
}

// at is an operation's address for one thing of its kind.
func (o operation) at(postID, accountID, keyID string) string {
	id := postID
	switch {
	case strings.HasPrefix(o.path, "/v1/accounts/"):
		id = accountID
	case strings.HasPrefix(o.path, "/v1/keys/"):
		id = keyID
	}
	return strings.ReplaceAll(o.path, "{id}", id)
}

const nowhere = "AAAAAAAAAAAAAAAAAAAAAAAAAA"

// body is one that no operation takes: who may call it learns that, and who may not does not come so far.
const body = `{"no such member":1}`

// TestAttacks tries what strangers, guests and neighbours could. `make attack` shows how many tries there were.
func TestAttacks(t *testing.T) {
	s := newSiege(t)
	callers := s.callers()
	t.Run("every operation by every caller", func(t *testing.T) { s.everyOperation(callers) })
	t.Run("another account's things", func(t *testing.T) { s.anotherAccount() })
	t.Run("paths", func(t *testing.T) { s.paths() })
	t.Run("bodies", func(t *testing.T) { s.bodies() })
	t.Run("sizes", func(t *testing.T) { s.sizes() })
	p, _, err := s.Store.Load(t.Context(), s.victim)
	if err != nil || p.Status != post.Scheduled || p.Rev != 1 {
		t.Errorf("the victim's post is %s in revision %d, %v", p.Status, p.Rev, err)
	}
	total := 0
	for _, group := range slices.Sorted(maps.Keys(s.tried)) {
		t.Logf("%5d attempts: %s", s.tried[group], group)
		total += s.tried[group]
	}
	if t.Logf("%5d in all", total); total < 400 {
		t.Error("these are too few")
	}
}

// everyOperation calls each operation as each caller. Who may call it is refused for the body or the address at most.
func (s *siege) everyOperation(callers []caller) {
	for _, o := range s.operations() {
		if o.id == "sign-in" {
			continue // for nobody in particular; see sizes
		}
		for _, c := range callers {
			r := request{method: o.method, path: o.at(nowhere, "99", "0000000000000000"), headers: maps.Clone(c.headers), cookies: c.cookies}
			if o.method != http.MethodGet && o.method != http.MethodDelete {
				r.body = body
			}
			if c.name == "a key in the query" {
				r.query = "key=" + url.QueryEscape(adminKey) + "&access_token=" + url.QueryEscape(adminKey)
			}
			if c.cookies != nil && r.headers["sec-fetch-site"] == "" {
				r.headers = map[string]string{"sec-fetch-site": "same-origin"}
			}
			if o.id == "sign-out" || o.id == "sign-out-everywhere" {
				if c.scopes != nil {
					continue // it would end the callers
				}
			}
			res := s.send("operations × callers", r)
			safe := o.method == http.MethodGet
			may := slices.ContainsFunc(c.scopes, func(scope access.Scope) bool { return scope == access.Admin || slices.Contains(o.scopes, scope) })
			switch {
			case c.scopes == nil && c.refused == 403 && safe: // a link from elsewhere may lead to what only shows
			case c.scopes == nil && res.StatusCode != c.refused:
				s.t.Errorf("%s as %s: got %d, want %d: %.200s", o.id, c.name, res.StatusCode, c.refused, res.Body)
			case c.scopes != nil && !may && res.StatusCode != 403:
				s.t.Errorf("%s as %s: got %d, want 403: %.200s", o.id, c.name, res.StatusCode, res.Body)
			case may && (res.StatusCode == 401 || res.StatusCode == 403):
				s.t.Errorf("%s as %s is refused with %d: %.200s", o.id, c.name, res.StatusCode, res.Body)
			}
			linked := safe && c.refused == 403 // which the other site cannot read
			if strings.Contains(res.Body, secret) && !linked && !slices.Contains(c.scopes, access.PostsRead) && !slices.Contains(c.scopes, access.Admin) {
				s.t.Errorf("%s as %s shows a post's text: %.300s", o.id, c.name, res.Body)
			}
			if len(res.Body) > 10_000 && c.scopes == nil {
				s.t.Errorf("%s answers %d bytes to %s", o.id, len(res.Body), c.name)
			}
		}
	}
}

// grace connects another account, and gives its id.
func (s *siege) grace() (id string) {
	s.t.Helper()
	s.connect("grace")
	for _, a := range s.must(200, "GET", "/v1/accounts", "")["accounts"].([]any) {
		if other := a.(map[string]any)["id"].(string); other != ada {
			id = other
		}
	}
	return id
}

// anotherAccount calls each operation on the victim's things with a key that may do everything but is for another account.
func (s *siege) anotherAccount() {
	other := s.grace()
	key := s.key(fmt.Sprintf(`{"name":"neighbour","scopes":["posts:read","posts:write","accounts"],"accounts":[%q]}`, other))
	for _, o := range s.operations() {
		r := request{method: o.method, path: o.at(s.victim, ada, "0000000000000000"), headers: bearer(key)}
		for _, with := range []string{"", "{}", `{"draft":true,"account_id":"` + ada + `","tweets":[{"text":"x"}]}`, `{"account_id":"` + ada + `","text":"x"}`, `{"thread_position":1,"outcome":"absent"}`} {
			if o.method == http.MethodGet && with != "" {
				continue
			}
			r.body = with
			if with != "" {
				r.headers = maps.Clone(r.headers)
			}
			res := s.send("another account's things", r)
			if strings.Contains(res.Body, secret) || strings.Contains(res.Body, `"`+ada+`"`) {
				s.t.Errorf("%s shows what is another account's: %.300s", o.id, res.Body)
			}
			named := strings.Contains(o.path, "{id}") && !strings.HasPrefix(o.path, "/v1/keys/")
			if named && res.StatusCode != 404 && res.StatusCode != 403 && res.StatusCode != 422 && res.StatusCode != 400 {
				s.t.Errorf("%s of another account's: got %d %.200s", o.id, res.StatusCode, res.Body)
			}
		}
	}
	for _, query := range []string{"account_id=" + ada, "limit=100", "status=scheduled", "from=2097-01-01T00:00:00Z&to=2099-01-01T00:00:00Z"} {
		res := s.send("another account's things", request{method: "GET", path: "/v1/posts", query: query, headers: bearer(key)})
		if strings.Contains(res.Body, secret) || strings.Contains(res.Body, s.victim) {
			s.t.Errorf("the list with %s shows another account's: %.300s", query, res.Body)
		}
	}
}

// paths tries addresses that might come to mean another one.
func (s *siege) paths() {
	victim := "/v1/posts/" + s.victim
	for _, path := range []string{
		victim + "/publish#/cancel", victim + "/publish?/cancel", victim + "%2Fpublish%23/cancel", victim + "%2fpublish", victim + "/../" + s.victim + "/publish",
		victim + "//publish", victim + "/./publish", victim + "/publish/", victim + "/publish;x", victim + "\\publish", victim + "/publish\x00", victim + "/publish\n",
		"/v1/posts/../keys/0000000000000000", "/v1/posts/..%2Fkeys%2F0000000000000000", "/v1/posts/%2e%2e/keys/0000000000000000", "//v1/posts/" + s.victim + "/publish",
		"/v1/posts/" + strings.ToLower(s.victim) + "/publish", "/v1/posts/" + s.victim + "\u202e/publish", "/%25", "/%00", "/%", "/v1/posts/%0a", "//[::1", "", "*", "/v1", "/v1/",
		"/V1/posts/" + s.victim + "/publish", "/v1/posts/" + strings.Repeat("A", 8000), "/" + strings.Repeat("a/", 4000), "/\xff\xfe", "/assets/../v1/keys", "/assets/%2e%2e/%2e%2e/etc/passwd",
	} {
		for _, method := range []string{"GET", "POST", "DELETE", "PATCH", "PUT", "OPTIONS", "TRACE", "GET /", ""} {
			for _, headers := range []map[string]string{nil, bearer(adminKey)} {
				res := s.send("paths", request{method: method, path: path, headers: headers})
				if res.StatusCode < 400 {
					s.t.Errorf("%s %q: got %d %.200s", method, path, res.StatusCode, res.Body)
				}
			}
		}
	}
}

// bodies tries what is no body of the operation.
func (s *siege) bodies() {
	deep := strings.Repeat(`{"tweets":[`, 10_000)
	for _, with := range []string{
		"null", "[]", "1", `"x"`, "{", deep, strings.Repeat("[", 100_000), `{"tweets":[null]}`, `{"tweets":[[]]}`, `{"tweets":{"0":{"text":"x"}}}`,
		`{"tweets":[{"text":1}]}`, `{"tweets":[{"text":"x","text":"y"}],"at":"9999-12-31T23:59:59Z","zone":"../../etc/passwd"}`, `{"tweets":[{"text":"x"}],"zone":"` + strings.Repeat("A", 60) + `"}`,
		`{"tweets":[{"text":"x","media":[{"id":"../` + s.victim + `"}]}]}`, `{"tweets":[{"text":"x","quote_tweet_id":"1 OR 1=1"}]}`, `{"Tweets":[{"Text":"x"}]}`, "{\"tweets\":[{\"text\":\"\xff\"}]}",
		`{"tweets":[{"text":"\ud83d"}]}`, `{"__proto__":{"admin":true}}`, `{"tweets":[],"draft":true}`, `{"lateness_seconds":-1}`, `{"lateness_seconds":1e400}`, `{"expires_at":"now"}`,
		`{"name":"x","scopes":["root"]}`, `{"name":"x","scopes":["admin"],"accounts":["1"]}`, `{"name":"\u0000","scopes":["posts:read"]}`, `{"redirect_url":"javascript:alert(1)"}`,
		`{"filename":"../../x","content_type":"text/html","bytes":1,"sha256":"x"}`, `{"client_id":"` + strings.Repeat("x", 10_000) + `"}`,
	} {
		for _, o := range s.operations() {
			if o.method == http.MethodGet || o.method == http.MethodDelete {
				continue
			}
			path := o.at(nowhere, "99", "0000000000000000")
			res := s.send("bodies", request{method: o.method, path: path, body: with, headers: bearer(adminKey)})
			if res.StatusCode < 400 && !bodiless(o) {
				s.t.Errorf("%s takes %.100q: %d %.200s", o.id, with, res.StatusCode, res.Body)
			}
			if len(res.Body) > 100_000 {
				s.t.Errorf("%s answers %.100q with %d bytes", o.id, with, len(res.Body))
			}
		}
	}
}

// bodiless reports whether an operation takes no body, or one that may be empty.
func bodiless(o operation) bool {
	return strings.HasPrefix(o.path, "/v1/app/") || o.id == "connect-account" || o.id == "start-health-check"
}

// sizes tries what costs much, as nobody and as somebody.
func (s *siege) sizes() {
	many := strings.Repeat(`"a":1,`, 50_000)
	for _, with := range []string{`{` + many + `"key":"x"}`, `{"key":"` + strings.Repeat("x", 300_000) + `"}`, `{"key":[` + strings.TrimSuffix(strings.Repeat("1,", 200_000), ",") + `]}`} {
		res := s.send("sizes", request{method: "POST", path: "/v1/session", body: with})
		if res.StatusCode != http.StatusRequestEntityTooLarge || len(res.Body) > 1000 {
			s.t.Errorf("signing in with %d bytes: got %d in %d bytes", len(with), res.StatusCode, len(res.Body))
		}
	}
	ones := strings.TrimSuffix(strings.Repeat("1,", 100_000), ",")
	for _, path := range []string{"/v1/posts", "/v1/preview"} {
		for _, with := range []string{`{"tweets":[` + ones + `]}`, `{` + many + `"text":"x"}`, `{"text":` + mustJSON(strings.Repeat("a.b-", 74_750)) + `,"numbering":{"format":"1/n"}}`} {
			if res := s.send("sizes", request{method: "POST", path: path, body: with, headers: bearer(adminKey)}); res.StatusCode < 400 || len(res.Body) > 20_000 {
				s.t.Errorf("%s with %d bytes: got %d in %d bytes", path, len(with), res.StatusCode, len(res.Body))
			}
		}
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestWhatAScopeMaySee is about keys that may write and not read, and about files of others.
func TestWhatAScopeMaySee(t *testing.T) {
	s := newSiege(t)
	s.moved("what was said") // published a moment ago
	writer := bearer(s.key(`{"name":"writer","scopes":["posts:write"]}`))
	for _, r := range []request{
		{method: "POST", path: "/v1/posts/" + s.victim + "/duplicate"},
		{method: "PATCH", path: "/v1/posts/" + s.victim, body: `{"lateness_seconds":60}`},
		{method: "POST", path: "/v1/posts/" + s.victim + "/cancel"},
		{method: "POST", path: "/v1/posts/" + s.victim + "/retry"},
	} {
		r.headers = writer
		if res := s.send("scopes", r); res.StatusCode >= 300 || strings.Contains(res.Body, secret) {
			t.Errorf("%s %s answers a key that may not read %d %s", r.method, r.path, res.StatusCode, res.Body)
		}
	}
	for _, path := range []string{"/v1/preview", "/v1/posts"} {
		guess := request{method: "POST", path: path, headers: writer, body: `{"tweets":[{"text":"` + secret + `"}]}`}
		if path == "/v1/posts" {
			guess.body = `{"tweets":[{"text":"` + secret + `"}],"at":"2098-01-01T00:00:00Z"}`
		}
		if res := s.send("scopes", guess); res.StatusCode >= 300 || strings.Contains(res.Body, "duplicate_of") || strings.Contains(res.Body, s.victim) {
			t.Errorf("%s tells that the text is another post's: %d %s", path, res.StatusCode, res.Body)
		}
	}
}

func TestANeighbourDoesNotLearnThatAPostWasDeleted(t *testing.T) {
	s := newSiege(t)
	other := s.key(`{"name":"n","scopes":["posts:read","posts:write"],"accounts":["` + s.grace() + `"]}`)
	mine := s.key(`{"name":"n","scopes":["posts:read","posts:write"],"accounts":["` + ada + `"]}`)
	for range 2 { // also of a deletion that is repeated
		if got, out := s.as(mine, "DELETE", "/v1/posts/"+s.victim, ""); got != 204 {
			t.Fatalf("deleting answered %d %v", got, out)
		}
		for method, path := range map[string]string{"GET": "", "DELETE": "", "PATCH": "", "POST": "/publish"} {
			if got, out := s.as(other, method, "/v1/posts/"+s.victim+path, `{"lateness_seconds":1}`); got != 404 {
				t.Errorf("%s %s: a neighbour gets %d %v", method, path, got, out)
			}
		}
		if got, _ := s.as(mine, "GET", "/v1/posts/"+s.victim, ""); got != 410 {
			t.Errorf("its own key gets %d", got)
		}
	}
}

func TestAFileIsTheKeysThatAnnouncedIt(t *testing.T) {
	s := newSiege(t)
	picture := mediatest.PNG(8, 8, 1)
	id := s.must(201, "POST", "/v1/media", announcement("a.png", "image/png", picture))["id"].(string)
	s.shelf.put(post.File{ID: id}.UploadKey(), picture)
	shown := s.must(201, "POST", "/v1/posts", `{"draft":true,"tweets":[{"text":"x","media":[{"id":"`+id+`"}]}]}`)["id"].(string)
	restricted := s.key(`{"name":"n","scopes":["posts:read","posts:write"],"accounts":["` + ada + `"]}`)
	if got, out := s.as(restricted, "GET", "/v1/media/"+id, ""); got != 404 {
		t.Errorf("it reads the owner's file: %d %v", got, out)
	}
	if got, out := s.as(restricted, "POST", "/v1/posts", `{"draft":true,"tweets":[{"text":"x","media":[{"id":"`+id+`"}]}]}`); got != 422 {
		t.Errorf("it shows the owner's file: %d %v", got, out)
	}
	if got, out := s.as(restricted, "PATCH", "/v1/posts/"+shown, `{"tweets":[{"text":"y","media":[{"id":"`+id+`","alt_text":"a square"}]}]}`); got != 200 {
		t.Errorf("what the post shows already cannot stay: %d %v", got, out)
	}
	status, out := s.as(restricted, "POST", "/v1/media", announcement("b.png", "image/png", picture))
	if status != 201 {
		t.Fatalf("announcing answered %d %v", status, out)
	}
	own := out["id"].(string)
	s.shelf.put(post.File{ID: own}.UploadKey(), picture)
	if got, out := s.as(restricted, "POST", "/v1/posts", `{"draft":true,"tweets":[{"text":"x","media":[{"id":"`+own+`"}]}]}`); got != 201 {
		t.Errorf("its own file: %d %v", got, out)
	}
	s.must(200, "GET", "/v1/media/"+own, "") // to the admin all files are there
}

// BenchmarkStrangers shows what requests of nobody in particular cost: 20 ms of CPU is what each may take. Its bytes are
// those of the answer; documents and pages are the same for everybody, and caches keep them.
func BenchmarkStrangers(b *testing.B) {
	site := newSite(b)
	handle := gateway.Handler(site.api)
	for name, r := range map[string]request{
		"a wrong key":                     {method: "GET", path: "/v1/posts", headers: bearer("spool_0123456789abcdef_guess")},
		"no key, 2 MB":                    {method: "POST", path: "/v1/posts", body: strings.Repeat("x", 2<<20)},
		"a sign-in by a guess":            {method: "POST", path: "/v1/session", body: `{"key":"spool_0123456789abcdef_guess"}`},
		"a sign-in of a kilobyte of junk": {method: "POST", path: "/v1/session", body: `{` + strings.Repeat(`"a":1,`, 160) + `"key":"x"}`},
		"a sign-in of 2 MB":               {method: "POST", path: "/v1/session", body: `{` + strings.Repeat(`"a":1,`, 350_000) + `"key":"x"}`},
		"an unclean path":                 {method: "GET", path: "/" + strings.Repeat("../", 2000)},
		"the API's document":              {method: "GET", path: "/v1/openapi.json"},
		"the document for people":         {method: "GET", path: "/docs"},
	} {
		b.Run(name, func(b *testing.B) {
			e := events.APIGatewayV2HTTPRequest{RawPath: r.path, Body: r.body, Headers: map[string]string{"content-type": "application/json"}}
			maps.Copy(e.Headers, r.headers)
			e.RequestContext.Stage, e.RequestContext.HTTP.Method, e.RequestContext.HTTP.SourceIP = "$default", r.method, "192.0.2.1"
			var res events.APIGatewayV2HTTPResponse
			for b.Loop() {
				var err error
				if res, err = handle(b.Context(), e); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(res.Body)), "bytes/answer")
		})
	}
}
