package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/shared/event"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/wire"
	"spool/shared/wire/wiretest"
)

// fakeAPI answers what it is told to, and keeps what it is asked. infra/e2e has the
// real one.
type fakeAPI struct {
	t       *testing.T
	url     string
	mu      sync.Mutex
	answers map[string][]any // by method and path; one after the other, the last for ever
	asked   map[string][]request
}

// request is what the API was asked.
type request struct {
	header http.Header
	query  string
	body   string
}

// newAPI runs an API that has accounts and posts of all kinds.
func newAPI(t *testing.T) *fakeAPI {
	f := &fakeAPI{t: t, answers: map[string][]any{}, asked: map[string][]request{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	f.answer("GET /v1/accounts", wire.AccountList{Accounts: accounts()})
	f.answer("GET /v1/posts", wire.PostList{Posts: bare(posts())})
	f.answer("GET /v1/status", readyStatus())
	f.answer("POST /v1/health", wire.HealthAsked{AskedAt: start})
	f.answer("GET /v1/health", wellHealth())
	for _, p := range posts() {
		f.answer("GET /v1/posts/"+p.ID, p)
		for _, verb := range []string{"cancel", "retry", "publish", "resolve", "duplicate"} {
			f.answer("POST /v1/posts/"+p.ID+"/"+verb, p)
		}
		f.answer("PATCH /v1/posts/"+p.ID, p)
		f.answer("DELETE /v1/posts/"+p.ID, nil)
	}
	f.answer("POST /v1/posts", find(scheduledID))
	f.answer("POST /v1/preview", wire.Preview{Findings: []tweet.Finding{
		{Tweet: 1, Severity: tweet.Warning, Code: tweet.CodeMention, Message: "It mentions a stranger."},
		{Tweet: 1, Severity: tweet.Warning, Code: tweet.CodeDuplicateOpen, Message: "The same text is to go out already.", Other: &tweet.Other{PostID: scheduledID}},
	}})
	f.answer("POST /v1/keys", wire.Key{ID: "k1", Name: "blog", Key: "spool_k1_secret"})
	f.answer("GET /v1/keys", wire.KeyList{Keys: []wire.Key{{ID: "k1", Name: "blog", Scopes: []string{"posts:read"}, CreatedAt: start}}})
	f.answer("DELETE /v1/keys/k1", nil)
	channel := wire.Channel{ID: "c1", Name: "on call", Kind: "webhook", Address: "https://example.com/…", Events: []event.Kind{event.PostFailed, event.PostUnknown}, State: "on", FailingSince: &start, CreatedAt: start, UpdatedAt: start}
	disabled := wire.Channel{ID: "c2", Name: "team", Kind: "slack", Address: "https://hooks.slack.com/…", Accounts: []string{"1"}, Digest: &wire.Digest{Hour: 7, Zone: "Europe/Berlin"}, State: "disabled", Reason: &wire.Reason{Code: "channel_unreachable", Sentence: "Nothing has reached it for three days. The last attempt: it answered 500."}, CreatedAt: start, UpdatedAt: start}
	delivery := wire.Delivery{ID: "01-post_A_3", NoticeID: "post_A_3", Type: event.PostFailed, Title: "Stopped: Hello", State: "pending", CreatedAt: start, NextAt: &start, Attempts: []wire.Attempt{{At: start, StatusCode: 500, Milliseconds: 20, Error: "it answered 500 Internal Server Error"}}}
	f.answer("GET /v1/channels", wire.ChannelList{Channels: []wire.Channel{channel, disabled}})
	f.answer("PATCH /v1/channels/c1", channel)
	f.answer("DELETE /v1/channels/c1", nil)
	f.answer("POST /v1/channels/c1/test", delivery)
	f.answer("GET /v1/channels/c1/deliveries", wire.DeliveryList{Deliveries: []wire.Delivery{delivery}})
	f.answer("POST /v1/channels/c1/deliveries/01-post_A_3/replay", delivery)
	channel.Secret = "whsec_secret"
	f.answer("POST /v1/channels", channel)
	f.answer("POST /v1/channels/c1/rotate-secret", channel)
	f.answer("DELETE /v1/accounts/1", accounts()[0])
	f.answer("DELETE /v1/accounts/1/data", wire.Erasure{AccountID: "1", Username: "ada", Posts: 3, Done: true})
	f.answer("PATCH /v1/accounts/1", accounts()[0])
	f.answer("POST /v1/app/resume", wire.Resumed{Resumed: 2})
	f.answer("POST /v1/accounts/1/resume", wire.Resumed{Resumed: 1})
	f.answer("POST /v1/accounts/connect", wire.Connection{
		StartURL: "https://spool.test/start", AuthorizeURL: "https://x.test/authorize", ExpiresAt: time.Now().Add(time.Hour),
	})
	f.answer("POST /v1/accounts/connect/complete", accounts()[0])
	budgets := []wire.Budget{{Monthly: 20 * tweet.Dollar, Spent: tweet.Dollar / 2, Left: tweet.Dollar * 39 / 2}}
	f.answer("GET /v1/budget", wire.BudgetList{Month: "2026-11", Budgets: budgets})
	f.answer("PUT /v1/budget", wire.BudgetList{Month: "2026-11", Budgets: budgets})
	f.answer("GET /v1/price", wire.Price{Month: "2026-11", Posts: 2, Cost: tweet.Cost{Total: tweet.Dollar * 215 / 1000}, Budgets: budgets})
	f.answer("PUT /v1/app", wire.App{ClientID: "app"})
	return f
}

// answer sets what a request is answered with: a wire shape, or a *wire.Problem.
func (f *fakeAPI) answer(request string, answers ...any) { f.answers[request] = answers }

// ServeHTTP implements http.Handler.
func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}
	name := r.Method + " " + r.URL.Path
	f.asked[name] = append(f.asked[name], request{r.Header, r.URL.RawQuery, string(body)})
	answers, known := f.answers[name]
	if !known {
		answers = []any{&wire.Problem{Status: 404, Code: "not_found", Detail: "There is nothing at " + name + ".", Todo: "Look elsewhere."}}
	}
	a := answers[min(len(f.asked[name]), len(answers))-1]
	if r.Header.Get("Authorization") != "Bearer key" {
		a = &wire.Problem{Status: 401, Code: "unauthorized", Detail: "This needs a valid key.", Todo: "Send one."}
	}
	switch v := a.(type) {
	case wire.Post:
		a = wiretest.Stand(v, start)
	case wire.PostList:
		v.Posts = slices.Clone(v.Posts)
		for i, p := range v.Posts {
			v.Posts[i] = wiretest.Stand(p, start)
		}
		if r.URL.Query().Get("needs_you") == "true" {
			v.Posts = slices.DeleteFunc(v.Posts, func(p wire.Post) bool { return !p.NeedsYou })
		}
		a = v
	}
	switch v := a.(type) {
	case nil:
		w.WriteHeader(http.StatusNoContent)
		return
	case error:
		p, ok := errors.AsType[*wire.Problem](v)
		if !ok {
			panic(http.ErrAbortHandler) // the answer is lost
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(p.Status)
	default:
		w.Header().Set("Etag", `"7"`)
		w.Header().Set("Content-Type", "application/json")
	}
	_ = json.NewEncoder(w).Encode(a)
}

// errLost has an answer get lost.
var errLost = errors.New("lost")

// last gives the last request of a name.
func (f *fakeAPI) last(name string) request {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.asked[name]
	if len(all) == 0 {
		f.t.Fatalf("nobody asked %s, only %v", name, f.asked)
	}
	return all[len(all)-1]
}

// times is how often something was asked.
func (f *fakeAPI) times(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked[name])
}

// stdio is a world whose environment names the API.
func (f *fakeAPI) stdio() Stdio {
	return Stdio{Env: func(name string) string { return map[string]string{"SPOOL_API": f.url, "SPOOL_KEY": "key"}[name] }, Cache: f.t.TempDir()}
}

// terminal is a world with a terminal of a width.
func (f *fakeAPI) terminal(width int) Stdio {
	std := f.stdio()
	std.Terminal = Terminal{In: true, Out: true, Err: true, Width: width}
	return std
}

// desk is a table whose user answers.
type desk struct {
	secret string
	browse func(address string) error
	edit   func(path string) error
}

func (d desk) Secret() (string, error)                   { return d.secret, nil }
func (d desk) Browse(address string) error               { return d.browse(address) }
func (d desk) Edit(_ context.Context, path string) error { return d.edit(path) }

// The posts of the fake, by what has become of them.
const (
	publishedID = "PUBAAAAAAAAAAAAAAAAAAAAAAA"
	unknownID   = "UNKAAAAAAAAAAAAAAAAAAAAAAA"
	failedID    = "FAIAAAAAAAAAAAAAAAAAAAAAAA"
	missedID    = "MISAAAAAAAAAAAAAAAAAAAAAAA"
	scheduledID = "SCHAAAAAAAAAAAAAAAAAAAAAAA"
	draftID     = "DRAAAAAAAAAAAAAAAAAAAAAAAA"
	cancelledID = "CANAAAAAAAAAAAAAAAAAAAAAAA" // not among posts
)

// start is when the fake's posts were made.
var start = time.Date(2026, 11, 28, 15, 0, 0, 0, time.UTC)

func at(d time.Duration) *time.Time {
	t := start.Add(d)
	return &t
}

func accounts() []wire.Account {
	return []wire.Account{{ID: "1", Username: "ada", Name: "Ada", Health: "connected", Since: start, Zone: "Europe/Berlin", Limit: tweet.StandardLimit, ConnectedAt: start}}
}

func readyStatus() wire.Status {
	s := wire.Status{Ready: true, CallbackURL: "https://spool.test/oauth/x/callback"}
	for _, name := range []string{"credentials", "token", "authorization", "verified"} {
		s.Steps = append(s.Steps, wire.Step{Step: name, Done: true, Text: "The " + name + " are good."})
	}
	return s
}

// posts are a post of each kind.
func posts() []wire.Post {
	kind := func(id, title string, status post.Status, out int, tweets ...string) wire.Post {
		p := wire.Post{
			ID: id, AccountID: "1", Title: title, Status: status, ScheduledAt: at(time.Hour), Zone: "Europe/Berlin",
			CreatedAt: start, UpdatedAt: start, TweetCount: len(tweets), PlatformPostIDs: []string{},
		}
		for i, text := range tweets {
			t := wire.Tweet{ThreadPosition: i + 1, Text: text, Status: "pending"}
			if i < out {
				t.Status, t.PlatformPostID, t.PostedAt = "published", strings.Repeat("9", 18)+string(rune('1'+i)), at(time.Hour+time.Duration(i)*time.Second)
				p.PlatformPostIDs = append(p.PlatformPostIDs, t.PlatformPostID)
			}
			p.Tweets = append(p.Tweets, t)
		}
		return p
	}
	published := kind(publishedID, "Good news from the harbour: the new boat…", "published", 2,
		"Good news from the harbour: the new boat has arrived, see https://example.com/boat", "It is 日本語 painted.")
	published.Tweets[0].Media = []wire.MediaRef{{ID: "m1", Kind: "image", ContentType: "image/png", AltText: "A boat"}}
	unknown := kind(unknownID, "A thread in doubt", "failed", 1, "A thread in doubt", "Second", "Third")
	unknown.SubStatus, unknown.Tweets[1].Status = "unknown", "attempting"
	unknown.FailReason = &wire.Reason{Code: "outcome_unknown", Sentence: "It is unknown whether tweet 2 is on X.", Todo: "Look at the timeline.", TodoCode: "resolve"}
	failed := kind(failedID, "Said before", "failed", 0, "Said before")
	failed.FailReason = &wire.Reason{
		Code: "duplicate_text", Sentence: "X already has a post with this text.", Todo: "Change the text.", TodoCode: "edit", Detail: "You are not allowed to create a Tweet with duplicate content.",
	}
	missed := kind(missedID, "Too late", "missed", 0, "Too late")
	missed.FailReason = &wire.Reason{Code: "missed", Sentence: "Its time passed.", Todo: "Publish it now, or give it a new time.", TodoCode: "reschedule"}
	missed.ScheduledAt = at(-time.Hour)
	draft := kind(draftID, "Some day", "draft", 0, "Some day")
	draft.ScheduledAt = nil
	return []wire.Post{published, unknown, failed, missed, kind(scheduledID, "Soon", "scheduled", 0, "Soon", "Later"), draft}
}

// find gives one of the posts.
func find(id string) wire.Post {
	for _, p := range posts() {
		if p.ID == id {
			return p
		}
	}
	panic("no post " + id)
}

// bare are posts as lists have them.
func bare(posts []wire.Post) []wire.Post {
	for i := range posts {
		posts[i].Tweets = nil
	}
	return posts
}
