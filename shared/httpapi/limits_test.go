package httpapi_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"spool/shared/access"
	"spool/shared/httpapi"
	"spool/shared/storetest"
	"spool/shared/tweet"
)

// crowd is an API with narrow limits and a clock that the test sets.
type crowd struct {
	*world
	now time.Time
}

func newCrowd(t *testing.T) *crowd {
	c := &crowd{newWorld(t), storetest.Start()}
	c.api = (&httpapi.API{
		Posts: c.store, Setup: c.setup, Waker: c.waker, Keys: c.store, KeySum: access.Sum(adminKey), Prices: tweet.ListPrices(),
		Now: func() time.Time { return c.now }, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Limits: httpapi.Limits{Rate: 2, Burst: 3, FailureRate: 0.1, FailureBurst: 2},
	}).Handler()
	return c
}

// ask sends a request from an address.
func (c *crowd) ask(key, from string) (status int, after, body string) {
	r := httptest.NewRequest("GET", "/v1/accounts", nil)
	r.RemoteAddr = from
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	rec := httptest.NewRecorder()
	c.api.ServeHTTP(rec, r)
	return rec.Code, rec.Header().Get("Retry-After"), rec.Body.String()
}

// mustAnswer sends requests, which must be answered so.
func (c *crowd) mustAnswer(key, from string, statuses ...int) (after, body string) {
	c.t.Helper()
	for i, want := range statuses {
		var got int
		if got, after, body = c.ask(key, from); got != want {
			c.t.Errorf("request %d was answered %d, want %d: %s", i+1, got, want, body)
		}
	}
	return after, body
}

func TestACallerWhoComesTooFastIsToldToWait(t *testing.T) {
	c := newCrowd(t)
	other := ""
	{
		_, out := c.do("POST", "/v1/keys", `{"name":"other","scopes":["accounts"]}`)
		other = out["key"].(string)
	}
	after, body := c.mustAnswer(adminKey, "192.0.2.1", 200, 200, 429)
	if after != "1" || !strings.Contains(body, `"code":"rate_limited"`) || !strings.Contains(body, "Wait 1 s") || !strings.Contains(body, `"retry_after":1`) {
		t.Errorf("Retry-After %q: %s", after, body)
	}
	c.mustAnswer(other, "192.0.2.1", 200, 200, 200, 429) // has a bucket of its own
	c.now = c.now.Add(500 * time.Millisecond)
	c.mustAnswer(adminKey, "192.0.2.1", 200, 429)
	c.now = c.now.Add(time.Hour)
	c.mustAnswer(adminKey, "192.0.2.1", 200, 200, 200, 429)
}

func TestAnAddressWithWrongKeysIsToldToWait(t *testing.T) {
	c := newCrowd(t)
	after, body := c.mustAnswer("wrong", "192.0.2.1:4711", 401, 401, 429)
	if after != "10" || !strings.Contains(body, `"code":"rate_limited"`) || strings.Contains(body, "unauthorized") {
		t.Errorf("Retry-After %q: %s", after, body)
	}
	c.mustAnswer("wrong", "192.0.2.1:4712", 429)
	c.mustAnswer("wrong", "192.0.2.2", 401)
	c.mustAnswer(adminKey, "192.0.2.1", 200) // a valid key is not locked out
	c.mustAnswer("wrong", "[2001:db8::1]:1", 401)
	c.mustAnswer("wrong", "2001:db8::2", 401)
	c.mustAnswer("wrong", "2001:db8:0:0:ffff::3", 429) // the same line
	c.mustAnswer("wrong", "2001:db8:0:1::3", 401)
	c.now = c.now.Add(10 * time.Second)
	c.mustAnswer("wrong", "192.0.2.1", 401, 429)
}

func TestWhoPresentsNoKeyGuessesAtNone(t *testing.T) {
	newCrowd(t).mustAnswer("", "192.0.2.1", 401, 401, 401, 401)
}

func TestWhoComesOftenIsRememberedAmongMany(t *testing.T) {
	c := newCrowd(t)
	c.mustAnswer("wrong", "192.0.2.1", 401, 401, 429)
	for i := range 10_000 {
		c.ask("wrong", fmt.Sprintf("10.%d.%d.1", i>>8, i&255))
		if i%1000 == 0 {
			c.mustAnswer("wrong", "192.0.2.1", 429)
		}
	}
	c.mustAnswer("wrong", "192.0.2.1", 429)
}

func TestTheDefaultsLetAPersonWork(t *testing.T) {
	w := newWorld(t)
	for range 60 {
		if status, out := w.do(http.MethodGet, "/v1/accounts", ""); status != 200 {
			t.Fatalf("answered %d: %v", status, out)
		}
	}
	if status, _ := w.do(http.MethodGet, "/v1/accounts", ""); status != 429 {
		t.Errorf("the 61st request of one moment was answered %d", status)
	}
}
