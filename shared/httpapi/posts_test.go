package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/httpapi"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/retain"
	"spool/shared/schedule"
	"spool/shared/storetest"
	"spool/shared/tweet"
)

// adminKey is the key of the tests.
const adminKey = "admin-key-of-the-tests"

// oneAccount is a setup with one connected account, or with those given.
type oneAccount struct {
	httpapi.Setup
	accounts []account.Account
}

func (s oneAccount) State(context.Context) (connect.State, error) {
	return connect.State{ClientID: "client", Accounts: s.accounts}, nil
}

func (oneAccount) Pauses(context.Context, []string) (map[string]account.Pause, error) {
	return nil, nil
}

func (oneAccount) Budgets(context.Context, string) (b account.Budgets, err error) { return b, nil }

// waker remembers the wakes.
type waker struct{ wakes []schedule.Wake }

func (w *waker) WakeAll(_ context.Context, wakes []schedule.Wake) error {
	w.wakes = append(w.wakes, wakes...)
	return nil
}

// world is an API on a store in memory.
type world struct {
	t     *testing.T
	store *storetest.Memory
	waker *waker
	setup httpapi.Setup
	api   http.Handler
	// limits are the API's; zero: the ones of the deployed function.
	limits httpapi.Limits
	now    func() time.Time // nil: [storetest.Start]
	key    string           // the admin key, at first
}

// unlimited lets a test send as much as it likes.
func unlimited() httpapi.Limits {
	return httpapi.Limits{Rate: 1e9, Burst: 1e9, FailureRate: 1e9, FailureBurst: 1e9}
}

func newWorld(t *testing.T, accounts ...account.Account) *world {
	if accounts == nil {
		accounts = []account.Account{{ID: "1", Username: "ada", Zone: "Europe/Berlin", Limit: 280, Health: account.Connected}}
	}
	w := &world{t: t, key: adminKey, store: storetest.NewMemory(storetest.Start), waker: &waker{}, setup: oneAccount{accounts: accounts}}
	w.serve(w.store)
	return w
}

// serve makes the API on a store.
func (w *world) serve(posts httpapi.Posts) {
	log := slog.New(slog.NewTextHandler(w.t.Output(), nil))
	now := w.now
	if now == nil {
		now = storetest.Start
	}
	w.api = (&httpapi.API{
		Posts: posts, Setup: w.setup, Waker: w.waker, Resolver: w.resolver(), Keys: w.store, KeySum: access.Sum(adminKey),
		Resumer: &schedule.Resumer{Index: w.store, Posts: w.store, Queue: w.waker, Shards: 1, Now: storetest.Start, Log: log},
		Keeper:  &retain.Keeper{Store: w.store, Now: now, Log: log}, Prices: tweet.ListPrices(), Limits: w.limits, Now: now, Log: log,
	}).Handler()
}

// resolver asks an X that has one tweet, which says “a”.
func (w *world) resolver() *publish.Resolver {
	return &publish.Resolver{Posts: w.store, Accounts: anybody{}, X: oneTweet(post.IDAt(storetest.Start())), Now: storetest.Start}
}

// anybody opens accounts without asking.
type anybody struct{ publish.Accounts }

func (anybody) Open(_ context.Context, id string) (publish.Session, error) {
	return publish.Session{AccountID: id}, nil
}

// oneTweet is the id of all that X has.
type oneTweet string

func (o oneTweet) Lookup(_ context.Context, _, id string) (publish.TimelinePost, error) {
	if id != string(o) {
		return publish.TimelinePost{}, gone{}
	}
	return publish.TimelinePost{ID: id, Author: "1", Text: "a"}, nil
}

// gone is X's answer to what it does not have.
type gone struct{}

func (gone) Error() string { return "not found" }
func (gone) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopePost, Action: fault.Final, Reason: fault.Reason{Code: fault.ReasonNotFound, Sentence: "It is not there."}}
}

// do sends a request with the admin key.
func (w *world) do(method, path, body string) (int, map[string]any) {
	w.t.Helper()
	rec := w.send(method, path, body)
	var out map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		w.t.Fatalf("%s %s answered %d with no JSON: %s", method, path, rec.Code, rec.Body)
	}
	if rec.Code >= 400 && rec.Header().Get("Content-Type") != "application/problem+json" {
		w.t.Errorf("%s %s answered a problem as %s", method, path, rec.Header().Get("Content-Type"))
	}
	return rec.Code, out
}

// send sends a request with the world's key.
func (w *world) send(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	return rec
}

// create makes a post and gives its id.
func (w *world) create(body string) string {
	w.t.Helper()
	status, out := w.do("POST", "/v1/posts", body)
	if status != http.StatusCreated {
		w.t.Fatalf("create answered %d: %v", status, out)
	}
	return out["id"].(string)
}

// change stores a transition that a worker would make.
func (w *world) change(id string, transition func(post.Post) (post.Post, error)) {
	w.t.Helper()
	p, _, err := w.store.Load(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	if p, err = transition(p); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.store.Save(w.t.Context(), p); err != nil {
		w.t.Fatal(err)
	}
}

func TestAPostIsScheduledAndRead(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"one"},{"text":"two"}],"at":"2026-12-01T10:00:00+01:00","lateness_seconds":60}`)
	status, got := w.do("GET", "/v1/posts/"+id, "")
	if status != http.StatusOK {
		t.Fatalf("got %d: %v", status, got)
	}
	want := map[string]any{
		"id": id, "account_id": "1", "title": "one", "status": "scheduled", "scheduled_at": "2026-12-01T09:00:00Z", "next_at": "2026-12-01T09:00:00Z",
		"zone": "Europe/Berlin", "created_at": "2026-12-01T09:00:00.123Z", "updated_at": "2026-12-01T09:00:00.123Z",
		"platform_post_ids": []any{}, "tweet_count": 2.0, "label": "Scheduled", "summary": "It goes out now.", "needs_you": false,
		"actions": []any{
			map[string]any{"action": "publish", "method": "POST", "path": "/v1/posts/" + id + "/publish"},
			map[string]any{"action": "schedule", "method": "PATCH", "path": "/v1/posts/" + id},
			map[string]any{"action": "edit", "method": "PATCH", "path": "/v1/posts/" + id},
			map[string]any{"action": "cancel", "method": "POST", "path": "/v1/posts/" + id + "/cancel"},
			map[string]any{"action": "duplicate", "method": "POST", "path": "/v1/posts/" + id + "/duplicate"},
			map[string]any{"action": "delete", "method": "DELETE", "path": "/v1/posts/" + id},
		},
		"tweets": []any{
			map[string]any{"thread_position": 1.0, "text": "one", "status": "pending"},
			map[string]any{"thread_position": 2.0, "text": "two", "status": "pending"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the record differs (-want +got):\n%s", diff)
	}
}

func TestWorkersAreWokenForWhatIsDueSoon(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       []time.Duration // the delays of the wakes
	}{
		{"now", `{"tweets":[{"text":"a"}]}`, []time.Duration{0}},
		{"in a minute: a second early, in whole seconds", `{"tweets":[{"text":"a"}],"at":"2026-12-01T09:01:00Z"}`, []time.Duration{58 * time.Second}},
		{"in an hour: dispatch will", `{"tweets":[{"text":"a"}],"at":"2026-12-01T10:00:00Z"}`, nil},
		{"never: a draft", `{"tweets":[{"text":"a"}],"draft":true}`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			w.create(tc.body)
			var got []time.Duration
			for _, wake := range w.waker.wakes {
				got = append(got, wake.Delay)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("the wakes differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBadInputIsRefusedAndNothingStored(t *testing.T) {
	long := strings.Repeat("x", 25_001)
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		code, field              string
	}{
		{"no JSON", "POST", "/v1/posts", `{`, 400, "invalid_request", ""},
		{"no body", "POST", "/v1/posts", ``, 400, "invalid_request", ""},
		{"not an object", "POST", "/v1/posts", `[]`, 422, "invalid_request", ""},
		{"no tweets", "POST", "/v1/posts", `{}`, 422, "invalid_request", "tweets"},
		{"an empty thread", "POST", "/v1/posts", `{"tweets":[]}`, 422, "invalid_request", "tweets"},
		{"an unknown field", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"when":"now"}`, 422, "invalid_request", "when"},
		{"an unknown field of a tweet", "POST", "/v1/posts", `{"tweets":[{"text":"a","txt":""}]}`, 422, "invalid_request", "tweets[0].txt"},
		{"a text that is no text", "POST", "/v1/posts", `{"tweets":[{"text":1}]}`, 422, "invalid_request", "tweets[0].text"},
		{"an empty tweet", "POST", "/v1/posts", `{"tweets":[{"text":"a"},{"text":""}]}`, 422, "invalid_request", "tweets[1].text"},
		{"a blank tweet", "POST", "/v1/posts", `{"tweets":[{"text":"a"},{"text":" \n"}]}`, 422, "invalid_request", "tweets[1].text"},
		{"a tweet beyond any limit", "POST", "/v1/posts", `{"tweets":[{"text":"` + long + `"}]}`, 422, "invalid_request", "tweets[0].text"},
		{"a time that is none", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"at":"soon"}`, 422, "invalid_request", "at"},
		{"a zone that is none", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"at":"2026-12-02 09:00","zone":"Mars/Base"}`, 422, "invalid_request", "zone"},
		{"a time that the clocks skip", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"at":"2027-03-28 02:30"}`, 422, "invalid_request", "at"},
		{"a year that is wrong", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"at":"2025-12-01 09:00"}`, 422, "time_passed", "at"},
		{"an instant that has passed", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"at":"2026-12-01T08:58:59Z"}`, 422, "time_passed", "at"},
		{"the midnight that is over", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"at":"today midnight"}`, 422, "time_passed", "at"},
		{"a draft with a time", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"at":"2026-12-01T10:00:00Z","draft":true}`, 422, "invalid_request", "at"},
		{"a negative lateness", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"lateness_seconds":-1}`, 422, "invalid_request", "lateness_seconds"},
		{"a foreign account", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"account_id":"2"}`, 422, "invalid_request", "account_id"},
		{"a body over the limit", "POST", "/v1/posts", `{"tweets":[{"text":"` + strings.Repeat("x", 2_500_001) + `"}]}`, 413, "too_large", ""},
		{"an unknown post", "GET", "/v1/posts/nope", ``, 404, "not_found", ""},
		{"an unknown status", "GET", "/v1/posts?status=odd", ``, 422, "invalid_request", "query.status[0]"},
		{"an unknown parameter", "GET", "/v1/posts?page=2", ``, 422, "invalid_request", "query.page"},
		{"an unknown address", "GET", "/v2", ``, 404, "not_found", ""},
		{"a method that is not taken", "DELETE", "/v1/posts", ``, 405, "method_not_allowed", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			status, out := w.do(tc.method, tc.path, tc.body)
			if status != tc.status || out["code"] != tc.code || out["field"] != nil && out["field"] != tc.field || tc.field != "" && out["field"] == nil {
				t.Errorf("got %d %v at %v, want %d %s at %s\n%v", status, out["code"], out["field"], tc.status, tc.code, tc.field, out)
			}
			if out["detail"] == "" || out["status"] != float64(status) {
				t.Errorf("the problem says too little: %v", out)
			}
			if posts, _ := w.store.List(t.Context(), "1", "", 10); len(posts) > 0 {
				t.Errorf("something was stored: %v", posts)
			}
		})
	}
}

func TestWithoutAKeyNothingIsSaid(t *testing.T) {
	w := newWorld(t)
	for _, header := range []string{"", "Bearer", "Bearer wrong", "Basic " + adminKey, adminKey} {
		r := httptest.NewRequest("GET", "/v1/posts", nil)
		r.Header.Set("Authorization", header)
		rec := httptest.NewRecorder()
		w.api.ServeHTTP(rec, r)
		if rec.Code != http.StatusUnauthorized || !bytes.Contains(rec.Body.Bytes(), []byte(`"unauthorized"`)) {
			t.Errorf("with %q: got %d %s", header, rec.Code, rec.Body)
		}
	}
}

func TestWhichAccountPosts(t *testing.T) {
	for _, tc := range []struct {
		name     string
		accounts []account.Account
		status   int
		code     string
	}{
		{"none is connected", []account.Account{}, 409, "not_set_up"},
		{"which of two must be said", []account.Account{{ID: "1"}, {ID: "2"}}, 422, "invalid_request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, out := newWorld(t, tc.accounts...).do("POST", "/v1/posts", `{"tweets":[{"text":"a"}]}`)
			if status != tc.status || out["code"] != tc.code {
				t.Errorf("got %d %v, want %d %s", status, out, tc.status, tc.code)
			}
		})
	}
}

func TestCancelRetryPublishResolve(t *testing.T) {
	reason := fault.Reason{Code: "x", Sentence: "X refused."}
	claim := func(p post.Post) (post.Post, error) { return p.Claim(p.Due, "worker", time.Minute) }
	both := func(fs ...func(post.Post) (post.Post, error)) func(post.Post) (post.Post, error) {
		return func(p post.Post) (post.Post, error) {
			var err error
			for _, f := range fs {
				if p, err = f(p); err != nil {
					return p, err
				}
			}
			return p, nil
		}
	}
	fail := both(claim, func(p post.Post) (post.Post, error) { return p.Fail(storetest.Start(), reason) })
	unknown := both(claim, func(p post.Post) (post.Post, error) { return p.GiveUp(storetest.Start(), reason) })
	stay := func(p post.Post) (post.Post, error) { return p, nil }
	for _, tc := range []struct {
		name   string
		before func(post.Post) (post.Post, error)
		verb   string
		body   string
		status int
		want   string // the status of the post, or the code of the problem
	}{
		{"a scheduled post is cancelled", stay, "cancel", "", 200, "cancelled"},
		{"a post that is going out is not", claim, "cancel", "", 409, "conflict"},
		{"a failed post is retried", fail, "retry", "", 200, "scheduled"},
		{"a scheduled post needs no retry", stay, "retry", "", 409, "conflict"},
		{"a scheduled post is published now", stay, "publish", "", 200, "scheduled"},
		{"a failed post is not published anew", fail, "publish", "", 409, "conflict"},
		{"an unknown tweet is absent", unknown, "resolve", `{"thread_position":1,"outcome":"absent"}`, 200, "failed"},
		{"an unknown tweet is published", unknown, "resolve", `{"thread_position":1,"outcome":"published","platform_post_id":"` + post.IDAt(storetest.Start()) + `"}`, 200, "published"},
		{"what X does not have is published", unknown, "resolve", `{"thread_position":1,"outcome":"published","platform_post_id":"` + post.IDAt(storetest.Start().Add(time.Second)) + `"}`, 422, "tweet_not_on_x"},
		{"what X does not have is published for certain", unknown, "resolve", `{"thread_position":1,"outcome":"published","certain":true,"platform_post_id":"` + post.IDAt(storetest.Start().Add(time.Second)) + `"}`, 422, "tweet_not_on_x"},
		{"published before it was sent", unknown, "resolve", `{"thread_position":1,"outcome":"published","platform_post_id":"1995000000000000000"}`, 422, "tweet_too_early"},
		{"the wrong position", unknown, "resolve", `{"thread_position":2,"outcome":"absent"}`, 422, "invalid_request"},
		{"published without an id", unknown, "resolve", `{"thread_position":1,"outcome":"published"}`, 422, "invalid_request"},
		{"absent with an id", unknown, "resolve", `{"thread_position":1,"outcome":"absent","platform_post_id":"1"}`, 422, "invalid_request"},
		{"published under what is no id", unknown, "resolve", `{"thread_position":1,"outcome":"published","platform_post_id":"abc"}`, 422, "invalid_request"},
		{"nothing is unknown", fail, "resolve", `{"thread_position":1,"outcome":"absent"}`, 409, "conflict"},
		{"an unknown post is not retried", unknown, "retry", "", 409, "conflict"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			id := w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-01T09:00:00Z"}`)
			w.change(id, tc.before)
			status, out := w.do("POST", "/v1/posts/"+id+"/"+tc.verb, tc.body)
			got := out["status"]
			if status >= 400 {
				got = out["code"]
			}
			if status != tc.status || got != tc.want {
				t.Errorf("got %d %v, want %d %s\n%v", status, got, tc.status, tc.want, out)
			}
		})
	}
}

func TestListsPageByPageAcrossAccounts(t *testing.T) {
	w := newWorld(t, account.Account{ID: "1"}, account.Account{ID: "2"})
	var want []string
	for i := range 7 {
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: fmt.Sprint(i)}}}
		at := storetest.Start().Add(time.Duration(i) * time.Second)
		p := post.New(at, fmt.Sprint(1+i%2), c, at, "")
		if i == 3 {
			p, _ = p.Cancel(at)
		} else {
			want = append([]string{p.ID}, want...)
		}
		if _, err := w.store.Create(t.Context(), p, c); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for path, pages := "/v1/posts?limit=2&status=scheduled", 0; ; pages++ {
		_, out := w.do("GET", path, "")
		for _, p := range out["posts"].([]any) {
			got = append(got, p.(map[string]any)["id"].(string))
		}
		cursor, more := out["next_cursor"].(string)
		if !more {
			if pages != 2 {
				t.Errorf("got %d pages before the last", pages)
			}
			break
		}
		path = "/v1/posts?limit=2&status=scheduled&cursor=" + cursor
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the list differs (-want +got):\n%s", diff)
	}
}

// overtaken is a store on which another writer comes first, once.
type overtaken struct {
	*storetest.Memory
	first func(post.Post) (post.Post, error)
}

func (o *overtaken) Save(ctx context.Context, p post.Post) (post.Post, error) {
	if first := o.first; first != nil {
		o.first = nil
		q, _, err := o.Load(ctx, p.ID)
		if err != nil {
			return p, err
		}
		if q, err = first(q); err != nil {
			return p, err
		}
		if _, err := o.Memory.Save(ctx, q); err != nil {
			return p, err
		}
	}
	return o.Memory.Save(ctx, p)
}

func TestOfTwoChangesAtOnceTheLoserDecidesAnew(t *testing.T) {
	for _, tc := range []struct {
		name   string
		first  func(post.Post) (post.Post, error)
		status int
	}{
		{"a worker came first, so it is too late", func(p post.Post) (post.Post, error) { return p.Claim(p.Due, "w", time.Minute) }, 409},
		{"a change that does not matter came first", func(p post.Post) (post.Post, error) { return p.Schedule(storetest.Start(), p.Due, "UTC") }, 200},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			id := w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-01T09:00:00Z"}`)
			w.serve(&overtaken{w.store, tc.first})
			if status, out := w.do("POST", "/v1/posts/"+id+"/cancel", ""); status != tc.status {
				t.Errorf("got %d %v, want %d", status, out, tc.status)
			}
		})
	}
}

func TestWhatXWouldRefuseIsNotSaved(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", 281)
	status, out := w.do("POST", "/v1/posts", `{"tweets":[{"text":"fine"},{"text":"`+long+`"},{"text":"$A and $B"}]}`)
	errs, _ := out["errors"].([]any)
	if status != 422 || out["field"] != "tweets[1].text" || len(errs) != 2 {
		t.Errorf("got %d %v", status, out)
	}
	if posts, _ := w.store.List(t.Context(), "1", "", 10); len(posts) > 0 {
		t.Errorf("something was stored: %v", posts)
	}
}

func TestATextThatIsOutAlreadyIsNotSavedAgain(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"said already"}],"at":"2026-12-01T09:00:00Z"}`)
	w.change(id, func(p post.Post) (post.Post, error) { return p.Claim(p.Due, "w", time.Minute) })
	w.change(id, func(p post.Post) (post.Post, error) { return p.Complete(storetest.Start(), "1995000000000000000") })
	status, out := w.do("POST", "/v1/preview", `{"tweets":[{"text":"said already"}]}`)
	findings, _ := out["findings"].([]any)
	if status != 200 || len(findings) == 0 {
		t.Errorf("got %d %v", status, out)
	}
}

func TestPreview(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		status     int
		posts      int
	}{
		{"a text is split", `{"text":"one\n---\ntwo","numbering":{"format":"1/n"}}`, 200, 2},
		{"a thread is shown as it stands", `{"tweets":[{"text":"one"},{"text":"two"},{"text":"three"}]}`, 200, 3},
		{"each paragraph, however short", `{"text":"Good morning\n\nToday I ship it\n\nWish me luck","one_each":true}`, 200, 3},
		{"each paragraph, in Japanese, from Windows", `{"text":"おはよう\r\n\r\n今日は出荷します\r\n\r\n応援してね","one_each":true}`, 200, 3},
		{"neither", `{}`, 422, 0},
		{"both", `{"text":"a","tweets":[{"text":"b"}]}`, 422, 0},
		{"a numbering that is none", `{"text":"a","numbering":{"format":"x"}}`, 422, 0},
		{"a foreign account", `{"text":"a","account_id":"9"}`, 422, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, out := newWorld(t).do("POST", "/v1/preview", tc.body)
			posts, _ := out["tweets"].([]any)
			if status != tc.status || len(posts) != tc.posts {
				t.Errorf("got %d %v", status, out)
			}
		})
	}
}

// X counts and shows LF, whatever a line's end was written as.
func TestLineEndsAreXs(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{
		`{"tweets":[{"text":"one\r\ntwo\rthree","poll":{"options":["a","b"],"duration_minutes":5}}],"draft":true}`,
		`{"tweets":[{"text":"one\ntwo\nthree","poll":{"options":["a","b"],"duration_minutes":5}}],"draft":true}`,
	} {
		_, c, _ := w.store.Load(t.Context(), w.create(body))
		if got := c.Tweets[0].Text; got != "one\ntwo\nthree" {
			t.Errorf("%s is stored as %q", body, got)
		}
	}
	id := w.create(`{"tweets":[{"text":"a"}],"draft":true}`)
	if status, out := w.do("PATCH", "/v1/posts/"+id, `{"tweets":[{"text":"b\r\nc"}]}`); status != 200 {
		t.Fatalf("got %d %v", status, out)
	}
	if _, c, _ := w.store.Load(t.Context(), id); c.Tweets[0].Text != "b\nc" {
		t.Errorf("edited it is %q", c.Tweets[0].Text)
	}
	for _, body := range []string{`{"text":"one\r\n\r\ntwo\r"}`, `{"tweets":[{"text":"one\r\n\rtwo"}]}`} {
		_, out := w.do("POST", "/v1/preview", body)
		if first := out["tweets"].([]any)[0].(map[string]any); first["text"] != "one\n\ntwo" || first["weighted_length"] != 8.0 {
			t.Errorf("%s is shown as %v", body, first)
		}
	}
}

func TestAByteOrderMarkBeforeTheBodyIsPassedOver(t *testing.T) {
	if status, out := newWorld(t).do("POST", "/v1/preview", "\ufeff"+`{"text":"a \ufffd b"}`); status != 200 {
		t.Errorf("got %d %v", status, out)
	}
}

// lifted remembers that the app's pause was lifted.
type lifted struct {
	httpapi.Setup
	resumed *bool
}

func (l lifted) Resume(context.Context) error {
	*l.resumed = true
	return nil
}

func TestPausedPostsGoOnWhenTheAppIsResumed(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-01T09:00:00Z"}`)
	w.change(id, func(p post.Post) (post.Post, error) {
		return p.Park(storetest.Start(), storetest.Start().Add(time.Hour), post.Paused, fault.Reason{Code: "credits_depleted"}, false)
	})
	w.waker.wakes = nil
	var resumed bool
	w.setup = lifted{w.setup, &resumed}
	w.serve(w.store)
	status, out := w.do("POST", "/v1/app/resume", "")
	if status != 200 || out["resumed"] != 1.0 || !resumed || len(w.waker.wakes) != 1 {
		t.Errorf("got %d %v, %v; woken %v", status, out, resumed, w.waker.wakes)
	}
	if p, _, _ := w.store.Load(t.Context(), id); p.Due.After(storetest.Start()) {
		t.Errorf("it is due at %v", p.Due)
	}
}

func TestThePostsLatenessIsTheAccountsUnlessItSaysSo(t *testing.T) {
	for body, want := range map[string]time.Duration{
		`{"tweets":[{"text":"a"}]}`:                       time.Hour,
		`{"tweets":[{"text":"a"}],"lateness_seconds":0}`:  0,
		`{"tweets":[{"text":"a"}],"lateness_seconds":60}`: time.Minute,
	} {
		w := newWorld(t, account.Account{ID: "1", Limit: 280, Lateness: time.Hour})
		if p, _, _ := w.store.Load(t.Context(), w.create(body)); p.Lateness != want {
			t.Errorf("%s: got %v, want %v", body, p.Lateness, want)
		}
	}
}

func TestTheMonthHasAPrice(t *testing.T) {
	w := newWorld(t)
	w.create(`{"tweets":[{"text":"a"},{"text":"see example.com"}],"at":"2026-12-31T23:59:59Z"}`)
	w.create(`{"tweets":[{"text":"b"}],"at":"2027-01-01T00:00:00Z"}`)
	w.create(`{"tweets":[{"text":"c"}],"draft":true}`)
	status, out := w.do("GET", "/v1/price?month=2026-12", "")
	if cost, _ := out["cost"].(map[string]any); status != 200 || out["posts"] != 1.0 || cost["total"] != "0.215" {
		t.Errorf("got %d %v", status, out)
	}
	if status, out := w.do("GET", "/v1/price?month=December", ""); status != 422 || out["field"] != "query.month" {
		t.Errorf("got %d %v", status, out)
	}
}

func TestTheDocumentDescribesTheOperations(t *testing.T) {
	_, doc := newWorld(t).do("GET", "/v1/openapi.json", "")
	paths := doc["paths"].(map[string]any)
	for _, path := range []string{"/v1/posts", "/v1/posts/{id}", "/v1/posts/{id}/resolve", "/v1/app", "/v1/status"} {
		if paths[path] == nil {
			t.Errorf("%s is missing", path)
		}
	}
}
