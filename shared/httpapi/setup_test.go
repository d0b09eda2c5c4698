package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/xsim"
	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/httpapi"
	"spool/shared/idempotency"
	"spool/shared/notify"
	"spool/shared/publish"
	"spool/shared/retain"
	"spool/shared/schedule"
	"spool/shared/storetest"
	"spool/shared/tweet"
)

const grace = "1906120900" // X's id of @grace; @ada's is ada

const ada = "1815120100"

// site is an API with everything behind it: a real setup on a simulated X, and
// stores in memory.
type site struct {
	*sim.World
	t     testing.TB
	shelf *shelf
	api   http.Handler
}

func newSite(t testing.TB) *site {
	w, files := sim.NewWorld(1), &shelf{files: map[string][]byte{}}
	now, log := func() time.Time { return time.Now().UTC() }, slog.New(slog.NewTextHandler(&w.Log, nil))
	return &site{w, t, files, (&httpapi.API{
		Posts: w.Store, Files: w.Store, Blobs: files, Setup: httpapi.SetupOf(w.Connector()), Waker: &waker{}, Keys: w.Store, Sessions: w.Store, KeySum: access.Sum(adminKey),
		Resolver:    &publish.Resolver{Posts: w.Store, Accounts: w.Vault(), X: w.Client(), Now: now},
		Idempotency: &idempotency.Store{Records: w.Store, Seal: w.Sealer, Now: now, Log: log},
		Keeper:      &retain.Keeper{Store: w.Store, Accounts: w.Store, Blobs: files, Now: now, Log: log},
		Channels:    channels(w.Store),
		Resumer:     &schedule.Resumer{Index: w.Store, Posts: w.Store, Queue: &waker{}, Shards: 1, Now: now, Log: log},
		Prices:      tweet.ListPrices(), Limits: unlimited(), Now: now, Log: log,
	}).Handler()}
}

// channels are the owner's decisions about channels, over a store.
func channels(store *storetest.Memory) *notify.Service {
	return &notify.Service{
		Channels: store, Deliveries: store, Accounts: store, SendsMail: true, Seal: storetest.NewSealer(), Queue: &sim.Looks{}, Networks: notify.Public,
		Now: func() time.Time { return time.Now().UTC() }, Log: slog.New(slog.DiscardHandler),
	}
}

// shelf keeps files in memory. What is sent to an address that it signed is put
// there by the test.
type shelf struct {
	mu    sync.Mutex
	files map[string][]byte
	signs int
}

var _ httpapi.Blobs = (*shelf)(nil)

func (s *shelf) put(key string, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[key] = b
}

func (s *shelf) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, key)
	return nil
}

func (s *shelf) Presign(_ context.Context, key, contentType string, _ int64, _ [32]byte) (string, map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signs++
	return fmt.Sprintf("https://files.test/%s?signature=%d", key, s.signs), map[string]string{"Content-Type": contentType}, nil
}

func (s *shelf) Stat(_ context.Context, key string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.files[key]
	if !ok {
		return 0, fault.New(fault.NotFound, "There is no such file.")
	}
	return int64(len(b)), nil
}

func (s *shelf) Copy(_ context.Context, from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[to] = s.files[from]
	return nil
}

func (s *shelf) Open(_ context.Context, key string, _ int64) io.ReaderAt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.NewReader(s.files[key])
}

// as sends a request with a key.
func (s *site) as(key, method, path, body string) (int, map[string]any) {
	s.t.Helper()
	r := httptest.NewRequest(method, "https://spool.test"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	s.api.ServeHTTP(rec, r)
	out := map[string]any{}
	if rec.Body.Len() > 0 {
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
			s.t.Fatalf("%s %s answered %d with no JSON: %s", method, path, rec.Code, rec.Body)
		}
	}
	return rec.Code, out
}

// must sends a request with the admin key, which must be answered so.
func (s *site) must(status int, method, path, body string) map[string]any {
	s.t.Helper()
	got, out := s.as(adminKey, method, path, body)
	if got != status {
		s.t.Fatalf("%s %s answered %d, want %d: %v", method, path, got, status, out)
	}
	return out
}

// key makes an API key.
func (s *site) key(body string) string {
	s.t.Helper()
	return s.must(http.StatusCreated, "POST", "/v1/keys", body)["key"].(string)
}

// connect connects an account the headless way.
func (s *site) connect(username string) map[string]any {
	s.t.Helper()
	out := s.must(http.StatusCreated, "POST", "/v1/accounts/connect", `{"headless":true}`)
	q, err := s.Allow(out["authorize_url"].(string), username)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.must(http.StatusOK, "POST", "/v1/accounts/connect/complete", `{"redirect_url":"`+sim.Redirect+"?"+q.Encode()+`"}`)
}

// putApp stores the credentials of the simulated app.
func (s *site) putApp() {
	s.must(http.StatusOK, "PUT", "/v1/app", `{"client_id":"`+xsim.DefaultClientID+`","client_secret":"`+xsim.DefaultClientSecret+`"}`)
}

// mustStand fails the test unless exactly these steps of the setup are done, and
// the next thing to do says this.
func (s *site) mustStand(next string, done ...string) {
	s.t.Helper()
	out := s.must(http.StatusOK, "GET", "/v1/status", "")
	var got []string
	for _, step := range out["steps"].([]any) {
		if step := step.(map[string]any); step["done"] == true {
			got = append(got, step["step"].(string))
		}
	}
	if !slices.Equal(got, done) || !strings.Contains(out["next"].(string), next) || out["ready"] != (len(done) == 4) {
		s.t.Fatalf("done are %v, next is %q, ready %v; want %v and %q", got, out["next"], out["ready"], done, next)
	}
}

func TestTheSetupStepByStep(t *testing.T) {
	s := newSite(t)
	s.mustStand("callback address " + sim.Redirect)
	s.must(http.StatusConflict, "POST", "/v1/accounts/connect", "")
	s.putApp()
	s.mustStand("Connect the account", "credentials")
	out := s.must(http.StatusCreated, "POST", "/v1/accounts/connect", "")
	if start, _ := out["start_url"].(string); !strings.HasPrefix(start, "https://spool.test/oauth/x/start?ticket=") || out["authorize_url"] != nil {
		t.Errorf("connecting answers %v", out)
	}
	account := s.connect("ada")
	if account["username"] != "ada" || account["health"] != "connected" || account["missing_scopes"] != nil {
		t.Errorf("the account is %v", account)
	}
	s.mustStand("schedule a thread", "credentials", "token", "authorization", "verified")
	s.must(http.StatusOK, "GET", "/v1/accounts/"+ada, "")
	s.must(http.StatusNotFound, "GET", "/v1/accounts/"+grace, "")
}

func TestALimitedAccountIsNamed(t *testing.T) {
	s := newSite(t)
	s.X.Configure(func(c *xsim.Settings) {
		c.GrantScopes = strings.Fields("tweet.read tweet.write users.read offline.access")
	})
	s.putApp()
	if got := s.connect("ada")["missing_scopes"]; len(got.([]any)) != 1 || got.([]any)[0] != "media.write" {
		t.Errorf("missing are %v", got)
	}
	s.mustStand("schedule a thread", "credentials", "token", "authorization", "verified")
}

func TestErasingAnAccount(t *testing.T) {
	s := newSite(t)
	s.putApp()
	s.connect("ada")
	s.connect("grace")
	s.must(http.StatusCreated, "POST", "/v1/posts", `{"draft":true,"account_id":"`+ada+`","tweets":[{"text":"a"}]}`)
	s.must(http.StatusCreated, "POST", "/v1/posts", `{"draft":true,"account_id":"`+grace+`","tweets":[{"text":"b"}]}`)
	if _, err := s.X.Fault(xsim.Fault{Path: "/2/oauth2/revoke", Status: 503}); err != nil {
		t.Fatal(err)
	}
	out := s.must(http.StatusOK, "DELETE", "/v1/accounts/"+ada+"/data", "")
	if reason, _ := out["reason"].(map[string]any); out["done"] != false || out["again_after_seconds"] == nil || reason["code"] != "revoke_pending" {
		t.Errorf("X was not told, and the answer is %v", out)
	}
	s.X.ClearFaults()
	if out = s.must(http.StatusOK, "DELETE", "/v1/accounts/"+ada+"/data", ""); out["done"] != true || out["posts"] != 1.0 {
		t.Errorf("the answer is %v", out)
	}
	s.must(http.StatusNotFound, "GET", "/v1/accounts/"+ada, "")
	s.must(http.StatusNotFound, "DELETE", "/v1/accounts/"+ada+"/data", "")
	s.must(http.StatusOK, "GET", "/v1/accounts/"+grace, "")
	if posts := s.must(http.StatusOK, "GET", "/v1/posts", "")["posts"].([]any); len(posts) != 1 {
		t.Errorf("left are the posts %v", posts)
	}
}

func TestDisconnectingAnAccount(t *testing.T) {
	s := newSite(t)
	s.putApp()
	s.connect("ada")
	if out := s.must(http.StatusOK, "DELETE", "/v1/accounts/"+ada, ""); out["health"] != "disconnected" || out["reason"] != nil || out["needs_you"] != false {
		t.Errorf("the account is %v", out)
	}
	s.mustStand("Connect the account", "credentials")
	s.connect("ada")
	if _, err := s.X.Fault(xsim.Fault{Path: "/2/oauth2/revoke", Status: 503}); err != nil {
		t.Fatal(err)
	}
	out := s.must(http.StatusOK, "DELETE", "/v1/accounts/"+ada, "")
	if reason, _ := out["reason"].(map[string]any); out["health"] != "disconnected" || reason["code"] != "revoke_pending" {
		t.Errorf("a failed revoke is not reported: %v", out)
	}
	s.must(http.StatusNotFound, "DELETE", "/v1/accounts/404", "")
}

func TestAnAccountsSettings(t *testing.T) {
	s := newSite(t)
	s.putApp()
	s.connect("ada")
	out := s.must(http.StatusOK, "PATCH", "/v1/accounts/"+ada, `{"zone":"Europe/Berlin","limit":25000}`)
	if out["zone"] != "Europe/Berlin" || out["limit"] != 25000.0 {
		t.Errorf("the account is %v", out)
	}
	for _, bad := range []string{`{"zone":"Mars"}`, `{"limit":1}`, `{"health":"connected"}`} {
		if out := s.must(http.StatusUnprocessableEntity, "PATCH", "/v1/accounts/"+ada, bad); out["field"] == nil || out["todo"] == nil {
			t.Errorf("%s: %v", bad, out)
		}
	}
}

func TestBadWordsToTheSetupAreRefused(t *testing.T) {
	s := newSite(t)
	s.putApp()
	for _, tc := range []struct{ method, path, body string }{
		{"PUT", "/v1/app", `{}`},
		{"PUT", "/v1/app", `{"client_id":"a b"}`},
		{"PUT", "/v1/app", `{"client_id":"a","secret":"b"}`},
		{"POST", "/v1/accounts/connect", `{"headless":"yes"}`},
		{"POST", "/v1/accounts/connect/complete", `{}`},
		{"POST", "/v1/accounts/connect/complete", `{"redirect_url":"https://spool.test/"}`},
		{"POST", "/v1/accounts/connect/complete", `{"redirect_url":"` + strings.Repeat("x", 5000) + `"}`},
		{"POST", "/v1/keys", `{"name":"n","scopes":[]}`},
		{"POST", "/v1/keys", `{"name":"n","scopes":["all"]}`},
		{"POST", "/v1/keys", `{"name":"n","scopes":["posts:read"],"accounts":[]}`}, // who names none does not mean all
		{"POST", "/v1/keys", `{"name":"n","scopes":["posts:read"],"accounts":["404"]}`},
		{"POST", "/v1/keys", `{"name":"n","scopes":["posts:read"],"expires_at":"2001-01-01T00:00:00Z"}`},
	} {
		out := s.must(http.StatusUnprocessableEntity, tc.method, tc.path, tc.body)
		if out["code"] != "invalid_request" || out["field"] == nil || out["todo"] == nil {
			t.Errorf("%s %s %.60s: %v", tc.method, tc.path, tc.body, out)
		}
	}
}

func TestKeysAreMadeListedAndRevoked(t *testing.T) {
	s := newSite(t)
	text := s.key(`{"name":"blog","scopes":["posts:read","posts:write"]}`)
	if status, _ := s.as(text, "GET", "/v1/status", ""); status != http.StatusOK {
		t.Errorf("the new key got %d", status)
	}
	keys := s.must(http.StatusOK, "GET", "/v1/keys", "")["keys"].([]any)
	k := keys[0].(map[string]any)
	if len(keys) != 1 || k["name"] != "blog" || k["key"] != nil || k["used_at"] == nil {
		t.Errorf("the list is %v", keys)
	}
	s.must(http.StatusNoContent, "DELETE", "/v1/keys/"+k["id"].(string), "")
	s.must(http.StatusNotFound, "DELETE", "/v1/keys/"+k["id"].(string), "")
	if status, out := s.as(text, "GET", "/v1/status", ""); status != http.StatusUnauthorized || out["todo"] == nil {
		t.Errorf("the revoked key got %d %v", status, out)
	}
}

func TestEveryOperationHoldsToItsScopes(t *testing.T) {
	s := newSite(t)
	keys := map[string]string{}
	for _, scope := range access.Scopes() {
		keys[string(scope)] = s.key(`{"name":"n","scopes":["` + string(scope) + `"]}`)
	}
	paths := s.must(http.StatusOK, "GET", "/v1/openapi.json", "")["paths"].(map[string]any)
	tried := 0
	for path, methods := range paths {
		for method, op := range methods.(map[string]any) {
			security, _ := op.(map[string]any)["security"].([]any)
			if op.(map[string]any)["operationId"] == "sign-in" { // takes a key in its body
				continue
			}
			var admitted []any
			if len(security) == 2 { // a key, or a session that was made with one
				admitted, _ = security[0].(map[string]any)["key"].([]any)
			}
			if len(admitted) == 0 {
				t.Errorf("%s %s declares no scope", method, path)
			}
			for scope, key := range keys {
				tried++
				may := scope == "admin" || slices.Contains(admitted, any(scope))
				status, out := s.as(key, strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "x"), "")
				if refused := status == http.StatusForbidden; refused == may || refused && out["code"] != "forbidden" {
					t.Errorf("%s %s with a key for %s: %d %v", method, path, scope, status, out["code"])
				}
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d combinations were tried", tried)
	}
}

func TestARestrictedKeyReachesItsAccountsOnly(t *testing.T) {
	s := newSite(t)
	s.putApp()
	s.connect("ada")
	s.connect("grace")
	key := s.key(`{"name":"n","scopes":["posts:read","posts:write","accounts"],"accounts":["` + ada + `"]}`)
	hers := s.must(http.StatusCreated, "POST", "/v1/posts", `{"account_id":"`+grace+`","tweets":[{"text":"hers"}],"draft":true}`)["id"].(string)
	own := s.must(http.StatusCreated, "POST", "/v1/posts", `{"account_id":"`+ada+`","tweets":[{"text":"own"}],"draft":true}`)["id"].(string)
	for _, tc := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/v1/posts/" + own, "", 200},
		{"GET", "/v1/posts/" + hers, "", 404},
		{"PATCH", "/v1/posts/" + hers, `{"tweets":[{"text":"x"}]}`, 404},
		{"POST", "/v1/posts/" + hers + "/cancel", "", 404},
		{"POST", "/v1/posts/" + hers + "/publish", "", 404},
		{"GET", "/v1/posts?account_id=" + grace, "", 403},
		{"POST", "/v1/posts", `{"account_id":"` + grace + `","tweets":[{"text":"x"}]}`, 422},
		{"POST", "/v1/posts", `{"tweets":[{"text":"x"}],"draft":true}`, 201}, // to its only account
		{"GET", "/v1/accounts/" + grace, "", 404},
		{"PATCH", "/v1/accounts/" + grace, `{"zone":"UTC"}`, 403},
		{"DELETE", "/v1/accounts/" + grace, "", 403},
		{"POST", "/v1/accounts/connect", "", 403},
		{"POST", "/v1/accounts/connect", `{"headless":true}`, 403},
		{"PATCH", "/v1/accounts/" + ada, `{"zone":"Europe/Berlin"}`, 200},
	} {
		if status, out := s.as(key, tc.method, tc.path, tc.body); status != tc.want {
			t.Errorf("%s %s %s: got %d %v, want %d", tc.method, tc.path, tc.body, status, out, tc.want)
		}
	}
	for path, list := range map[string]string{"/v1/posts": "posts", "/v1/accounts": "accounts"} {
		_, out := s.as(key, "GET", path, "")
		for _, v := range out[list].([]any) {
			if v := v.(map[string]any); v["account_id"] == grace || v["id"] == grace {
				t.Errorf("%s shows %v", path, v)
			}
		}
	}
}
