package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/client"
	"spool/shared/post"
	"spool/shared/wire"
)

const key = "the-secret-key"

// reply is what a scripted server answers: an error, or a status with a body.
type reply struct {
	err    error
	status int
	kind   string // content type
	body   string
	after  string // Retry-After
}

// script is a transport that answers one reply after the other, the last one for
// ever, and remembers the requests with their times.
type script struct {
	replies  []reply
	requests []*http.Request
	at       []time.Time
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.requests, s.at = append(s.requests, r), append(s.at, time.Now())
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
	a := s.replies[min(len(s.requests), len(s.replies))-1]
	if a.err != nil {
		return nil, a.err
	}
	h := http.Header{"Content-Type": {a.kind}, "Etag": {`"7"`}}
	if a.after != "" {
		h.Set("Retry-After", a.after)
	}
	return &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Header: h, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

// on is a client whose server is the script.
func on(s *script) *client.Client {
	return &client.Client{Base: &url.URL{Scheme: "https", Host: "spool.test"}, Key: key, HTTP: &http.Client{Transport: s}}
}

var (
	lost     = reply{err: errors.New("connection reset")}
	busy     = reply{status: 503, kind: "application/problem+json", body: `{"status":503,"code":"unavailable","detail":"Busy.","todo":"Try again."}`}
	refusal  = reply{status: 422, kind: "application/problem+json", body: `{"status":422,"code":"invalid_request","detail":"No.","field":"at","todo":"Change it."}`}
	gateway  = reply{status: 504, kind: "application/json", body: `{"message":"Endpoint request timed out"}`}
	stranger = reply{status: 404, kind: "text/html", body: "<html>"}
	fine     = reply{status: 200, kind: "application/json", body: `{"id":"P","status":"draft"}`}
)

func TestWhatIsRepeated(t *testing.T) {
	create := func(key string) func(context.Context, *client.Client) error {
		return func(ctx context.Context, c *client.Client) error {
			_, err := c.CreatePost(ctx, wire.PostInput{}, key)
			return err
		}
	}
	get := func(ctx context.Context, c *client.Client) error { _, _, err := c.GetPost(ctx, "P"); return err }
	cancel := func(ctx context.Context, c *client.Client) error { _, err := c.CancelPost(ctx, "P"); return err }
	newKey := func(ctx context.Context, c *client.Client) error {
		_, err := c.CreateKey(ctx, wire.KeyInput{})
		return err
	}
	announce := func(ctx context.Context, c *client.Client) error {
		_, err := c.CreateMedia(ctx, wire.MediaInput{})
		return err
	}
	after := func(r reply, seconds string) reply { r.after = seconds; return r }
	for _, tc := range []struct {
		name    string
		do      func(context.Context, *client.Client) error
		replies []reply
		sent    int
		code    string // of a problem; "lost" for no answer
	}{
		{"a read whose answers are lost", get, []reply{lost, gateway, fine}, 3, ""},
		{"a read that never succeeds", get, []reply{lost}, 3, "lost"},
		{"a read that is refused", get, []reply{refusal}, 1, "invalid_request"},
		{"a read of something else's server", get, []reply{stranger}, 1, "not_spool"},
		{"a read of a busy API", get, []reply{busy, fine}, 2, ""},
		{"a read told to come back soon", get, []reply{after(busy, "7"), fine}, 2, ""},
		{"a read told to come back in an hour", get, []reply{after(busy, "3600"), fine}, 1, "unavailable"},
		{"a creation with a key", create("k"), []reply{lost, fine}, 2, ""},
		{"a creation without one", create(""), []reply{lost, fine}, 1, "lost"},
		{"a change", cancel, []reply{lost, fine}, 1, "lost"},
		{"a new API key", newKey, []reply{lost, fine}, 1, "lost"},
		{"a file's announcement, under a key of its own", announce, []reply{lost, fine}, 2, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: tc.replies}
				err := tc.do(t.Context(), on(s))
				code := ""
				if p, ok := errors.AsType[*wire.Problem](err); ok {
					code = string(p.Code)
				} else if _, ok := errors.AsType[*client.UnreachableError](err); ok {
					code = "lost"
				} else if err != nil {
					t.Fatal(err)
				}
				if len(s.requests) != tc.sent || code != tc.code {
					t.Errorf("sent %d times and got %v; want %d and %q", len(s.requests), err, tc.sent, tc.code)
				}
				if first, last := s.requests[0], s.requests[len(s.requests)-1]; first.Header.Get("Idempotency-Key") != last.Header.Get("Idempotency-Key") {
					t.Error("the repetition has another Idempotency-Key")
				}
				if tc.replies[0].after == "7" && s.at[1].Sub(s.at[0]) < 7*time.Second {
					t.Errorf("came back after %v", s.at[1].Sub(s.at[0]))
				}
			})
		})
	}
}

func TestACallerWhoGivesUpIsNotKeptWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		started := time.Now()
		s := &script{replies: []reply{busy}}
		if _, err := on(s).ListKeys(ctx); err == nil || time.Since(started) > 100*time.Millisecond {
			t.Errorf("got %v after %v", err, time.Since(started))
		}
	})
}

func TestRequestsAreThoseOfTheDocument(t *testing.T) {
	s := &script{replies: []reply{fine}}
	c := on(s)
	c.Base = c.Base.JoinPath("stage")
	ctx := t.Context()
	check := func(want string, err error) {
		t.Helper()
		r := s.requests[len(s.requests)-1]
		if got := r.Method + " " + r.URL.RequestURI(); err != nil || got != want {
			t.Errorf("sent %s (%v), want %s", got, err, want)
		}
		if r.Header.Get("Authorization") != "Bearer "+key || r.Header.Get("User-Agent") != "spool-client" {
			t.Errorf("its header is %v", r.Header)
		}
	}
	_, err := c.ListPosts(ctx, client.PostQuery{
		AccountID: "1", Status: []post.Status{"failed", "missed"}, Search: "two words", Order: "earliest", Limit: 5, Cursor: "c", From: time.Date(2026, 12, 1, 1, 0, 0, 0, time.FixedZone("", 3600)),
	})
	check("GET /stage/v1/posts?account_id=1&cursor=c&from=2026-12-01T00%3A00%3A00Z&limit=5&order=earliest&q=two+words&status=failed%2Cmissed", err)
	_, err = c.ListPosts(ctx, client.PostQuery{NeedsYou: true})
	check("GET /stage/v1/posts?needs_you=true", err)
	_, err = c.RetryPost(ctx, "P2")
	check("POST /stage/v1/posts/P2/retry", err)
	_, err = c.DuplicatePost(ctx, "P", "k")
	check("POST /stage/v1/posts/P/duplicate", err)
	check("DELETE /stage/v1/posts/P", c.DeletePost(ctx, "P"))
	_, err = c.UnpublishPost(ctx, "P")
	check("POST /stage/v1/posts/P/unpublish", err)
	_, err = c.PriceMonth(ctx, "2026-12")
	check("GET /stage/v1/price?month=2026-12", err)
	_, etag, err := c.GetPost(ctx, "P")
	check("GET /stage/v1/posts/P", err)
	_, err = c.EditPost(ctx, "P", etag, wire.EditInput{})
	check("PATCH /stage/v1/posts/P", err)
	if got := s.requests[len(s.requests)-1].Header.Get("If-Match"); got != `"7"` {
		t.Errorf("If-Match is %s", got)
	}
}

func TestAccountsAreReadPageAfterPage(t *testing.T) {
	s := &script{replies: []reply{
		{status: 200, kind: "application/json", body: `{"accounts":[{"id":"1"},{"id":"2"}],"next_cursor":"b#2"}`},
		{status: 200, kind: "application/json", body: `{"accounts":[{"id":"3"}],"pause":{"until":"2026-12-01T00:00:00Z"}}`},
	}}
	l, err := on(s).ListAccounts(t.Context())
	if err != nil || len(l.Accounts) != 3 || l.Accounts[2].ID != "3" || l.Pause == nil || l.NextCursor != "" {
		t.Errorf("got %+v, %v", l, err)
	}
	if got := s.requests[len(s.requests)-1].URL.RawQuery; len(s.requests) != 2 || got != "cursor=b%232" {
		t.Errorf("the last of %d requests asks %q", len(s.requests), got)
	}
}

// TestAnIDNeverBecomesAPath is about ids that a program took from somewhere: what was to cancel must not publish.
func TestAnIDNeverBecomesAPath(t *testing.T) {
	s := &script{replies: []reply{fine}}
	c, ctx := on(s), t.Context()
	for _, id := range []string{"", "P/publish#", "P%2Fpublish%23", "..", ".", "../keys/K", "P?x=1", "P Q", "P\n", "é"} {
		_, cancelled := c.CancelPost(ctx, id)
		_, duplicated := c.DuplicatePost(ctx, id, "k")
		_, _, read := c.GetPost(ctx, id)
		_, edited := c.EditPost(ctx, id, "", wire.EditInput{})
		_, media := c.GetMedia(ctx, id)
		_, account := c.GetAccount(ctx, id)
		_, disconnected := c.DisconnectAccount(ctx, id)
		for _, err := range []error{cancelled, duplicated, read, edited, media, account, disconnected, c.DeletePost(ctx, id), c.RevokeKey(ctx, id)} {
			if p, ok := errors.AsType[*wire.Problem](err); !ok || p.Code != "not_found" || p.Todo == "" {
				t.Errorf("%q: got %v", id, err)
			}
		}
	}
	if len(s.requests) > 0 {
		t.Errorf("%d requests were sent, the first to %s", len(s.requests), s.requests[0].URL)
	}
}

// API Gateway puts U+FFFD where a body is not UTF-8, so that the API refuses it unescaped.
func TestTheReplacementCharacterIsEscaped(t *testing.T) {
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { body, _ = io.ReadAll(r.Body) }))
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := client.Client{Base: base, Key: key}
	if err := c.Do(t.Context(), "POST", "/v1/preview", wire.PreviewInput{Writing: wire.Writing{Text: "a \ufffd b"}}, nil); err != nil {
		t.Fatal(err)
	}
	if string(body) != `{"text":"a \ufffd b"}` {
		t.Errorf("it sends %s", body)
	}
}

func TestTheKeyGoesNowhereElse(t *testing.T) {
	var elsewhere []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		elsewhere = append(elsewhere, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	redirecting := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer redirecting.Close()
	base, _ := url.Parse(redirecting.URL)
	c := &client.Client{Base: base, Key: key}
	if _, err := c.GetStatus(t.Context()); err == nil || len(elsewhere) > 0 {
		t.Errorf("a redirect was followed: %v", err)
	}
	file := strings.NewReader("bytes")
	if err := c.Upload(t.Context(), wire.Upload{Method: "PUT", URL: other.URL}, file, file.Size(), nil); err != nil || elsewhere[0] != "" {
		t.Errorf("the upload carried %q: %v", elsewhere, err)
	}
	c.Key = "two\nlines " + key
	if _, err := c.GetStatus(t.Context()); err == nil || strings.Contains(err.Error(), key) {
		t.Errorf("an impossible key is answered %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://abc.execute-api.eu-central-1.amazonaws.com": true,
		"https://example.com/stage/":                         true,
		"http://127.0.0.1:8080":                              true,
		"http://[::1]:8080":                                  true,
		"http://localhost:8080":                              true,
		"http://example.com":                                 false,
		"http://localhost.example.com":                       false,
		"https://user@example.com":                           false,
		"https://example.com/?key=x":                         false,
		"example.com":                                        false,
		"":                                                   false,
		"https://exa mple":                                   false,
	} {
		if _, err := client.ParseBase(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
	c := &client.Client{Base: &url.URL{Scheme: "http", Host: "example.com"}, Key: key, HTTP: &http.Client{Transport: &script{replies: []reply{fine}}}}
	if _, err := c.GetStatus(t.Context()); err == nil {
		t.Error("the key was sent without encryption")
	}
}

func TestAnUploadWhoseAnswerIsLostIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{lost, {status: 500, body: "<Error/>"}, {status: 200}}}
		var told []int64
		to := wire.Upload{Method: "PUT", URL: "https://bucket.test/file?signature=secret", Headers: map[string]string{"Content-Type": "image/png"}}
		file := strings.NewReader("123456")
		err := on(s).Upload(t.Context(), to, file, 6, func(sent, total int64) { told = append(told, sent, total) })
		if err != nil || len(s.requests) != 3 || s.requests[2].ContentLength != 6 || s.requests[2].Header.Get("Content-Type") != "image/png" {
			t.Errorf("%v after %d requests", err, len(s.requests))
		}
		if len(told) < 2 || told[len(told)-2] != 6 || told[len(told)-1] != 6 {
			t.Errorf("progress was %v", told)
		}
	})
}

func TestARefusedUploadSaysSoWithoutItsSignedAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, a := range []reply{{status: 403, body: "<Error/>"}, lost} {
			to := wire.Upload{Method: "PUT", URL: "https://bucket.test/file?signature=secret"}
			err := on(&script{replies: []reply{a}}).Upload(t.Context(), to, strings.NewReader("1"), 1, nil)
			if err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestAFileThatCannotBeReadIsNotTheNetworksFault(t *testing.T) {
	s := &script{replies: []reply{fine}}
	err := on(s).Upload(t.Context(), wire.Upload{URL: "https://bucket.test/"}, broken{}, 10, nil)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(s.requests) != 1 {
		t.Errorf("got %v after %d requests", err, len(s.requests))
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestNothingIsSentWhereNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	base, _ := url.Parse(server.URL)
	server.Close()
	_, err := (&client.Client{Base: base}).CancelPost(t.Context(), "P")
	if e, ok := errors.AsType[*client.UnreachableError](err); !ok || e.Sent() || e.Host != base.Host {
		t.Errorf("got %v", err)
	}
}

func TestAnEndlessAnswerIsNotRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for b := make([]byte, 1<<20); r.Context().Err() == nil; {
			if _, err := w.Write(b); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	base, _ := url.Parse(server.URL)
	if _, err := (&client.Client{Base: base}).GetStatus(t.Context()); err == nil || !strings.Contains(err.Error(), "more than 8 MB") {
		t.Errorf("got %v", err)
	}
}
