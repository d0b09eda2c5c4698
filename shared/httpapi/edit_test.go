package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/storetest"
)

// with sends a request with one more header, and gives the status and the body.
func (w *world) with(header, value, method, path, body string) (int, string, http.Header) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+adminKey)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(header, value)
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String(), rec.Header()
}

func TestEdit(t *testing.T) {
	claim := func(p post.Post) (post.Post, error) { return p.Claim(p.Due, "w", time.Minute) }
	partly := func(p post.Post) (post.Post, error) {
		p, err := claim(p)
		if err == nil {
			p, err = p.Checkpoint(storetest.Start(), "1995000000000000000", time.Minute)
		}
		if err == nil {
			p, err = p.Fail(storetest.Start(), fault.Reason{Code: "x"})
		}
		return p, err
	}
	stay := func(p post.Post) (post.Post, error) { return p, nil }
	for _, tc := range []struct {
		name   string
		before func(post.Post) (post.Post, error)
		body   string
		status int
		texts  string // afterwards
		at     string
	}{
		{"new texts", stay, `{"tweets":[{"text":"c"}]}`, 200, "c", "2026-12-01T09:00:00Z"},
		{"a new time", stay, `{"at":"2026-12-02T09:00:00+01:00"}`, 200, "a b", "2026-12-02T08:00:00Z"},
		{"both", stay, `{"tweets":[{"text":"c"}],"at":"2026-12-02T08:00:00Z"}`, 200, "c", "2026-12-02T08:00:00Z"},
		{"nothing", stay, `{}`, 422, "a b", "2026-12-01T09:00:00Z"},
		{"a zone alone", stay, `{"zone":"UTC"}`, 422, "a b", "2026-12-01T09:00:00Z"},
		{"a text that X refuses", stay, `{"tweets":[{"text":"` + strings.Repeat("x", 281) + `"}]}`, 422, "a b", "2026-12-01T09:00:00Z"},
		{"too late: it is going out", claim, `{"tweets":[{"text":"c"}]}`, 409, "a b", "2026-12-01T09:00:00Z"},
		{"the open rest of a thread", partly, `{"tweets":[{"text":"a"},{"text":"c"}]}`, 200, "a c", "2026-12-01T09:00:00Z"},
		{"what is out already", partly, `{"tweets":[{"text":"c"},{"text":"b"}]}`, 409, "a b", "2026-12-01T09:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			id := w.create(`{"tweets":[{"text":"a"},{"text":"b"}],"at":"2026-12-01T09:00:00Z"}`)
			w.change(id, tc.before)
			if status, out := w.do("PATCH", "/v1/posts/"+id, tc.body); status != tc.status {
				t.Errorf("got %d %v, want %d", status, out, tc.status)
			}
			_, out := w.do("GET", "/v1/posts/"+id, "")
			var texts []string
			for _, tweet := range out["tweets"].([]any) {
				texts = append(texts, tweet.(map[string]any)["text"].(string))
			}
			if got := strings.Join(texts, " "); got != tc.texts || out["scheduled_at"] != tc.at {
				t.Errorf("it says %q at %v, want %q at %s", got, out["scheduled_at"], tc.texts, tc.at)
			}
		})
	}
}

func TestAnEditOfAnOlderRevisionIsRefused(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"}],"draft":true}`)
	_, _, header := w.with("Accept", "*/*", "GET", "/v1/posts/"+id, "")
	tag := header.Get("ETag")
	if status, body, _ := w.with("If-Match", tag, "PATCH", "/v1/posts/"+id, `{"tweets":[{"text":"b"}]}`); status != http.StatusOK {
		t.Fatalf("got %d %s", status, body)
	}
	status, body, _ := w.with("If-Match", tag, "PATCH", "/v1/posts/"+id, `{"tweets":[{"text":"c"}]}`)
	if status != http.StatusPreconditionFailed || !strings.Contains(body, `"stale"`) {
		t.Errorf("got %d %s", status, body)
	}
}

func TestOfManyEditsAtOnceOneIsStoredWhole(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"}],"draft":true}`)
	_, _, header := w.with("Accept", "*/*", "GET", "/v1/posts/"+id, "")
	var wg sync.WaitGroup
	won := make(chan string, 20)
	for i := range 20 {
		wg.Go(func() {
			text := fmt.Sprintf("edit %d", i)
			status, _, _ := w.with("If-Match", header.Get("ETag"), "PATCH", "/v1/posts/"+id, `{"tweets":[{"text":"`+text+`"}]}`)
			if status == http.StatusOK {
				won <- text
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Fatalf("%d edits of one revision succeeded", len(won))
	}
	if _, c, err := w.store.Load(t.Context(), id); err != nil || c.Tweets[0].Text != <-won {
		t.Errorf("stored %v, %v", c, err)
	}
}

func TestAnIdempotencyKeyMakesOnePost(t *testing.T) {
	w := newWorld(t)
	const one, other = `{"tweets":[{"text":"a"}]}`, `{"tweets":[{"text":"b"}]}`
	var wg sync.WaitGroup
	ids := make(chan string, 20)
	for range 20 {
		wg.Go(func() {
			status, body, _ := w.with("Idempotency-Key", "k", "POST", "/v1/posts", one)
			if status != http.StatusCreated {
				t.Errorf("got %d %s", status, body)
			}
			_, rest, _ := strings.Cut(body, `"id":"`)
			id, _, _ := strings.Cut(rest, `"`)
			ids <- id
		})
	}
	wg.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Errorf("got the posts %s and %s", first, id)
		}
	}
	if status, body, _ := w.with("Idempotency-Key", "k", "POST", "/v1/posts", other); status != http.StatusUnprocessableEntity {
		t.Errorf("another request with the key: got %d %s", status, body)
	}
	if posts, _ := w.store.List(t.Context(), "1", "", 10); len(posts) != 1 {
		t.Errorf("there are %d posts", len(posts))
	}
}

func TestADraftIsScheduledByTheClocksOfItsAccount(t *testing.T) {
	w := newWorld(t) // whose account lives in Berlin
	id := w.create(`{"tweets":[{"text":"a"}],"draft":true}`)
	status, out := w.do("PATCH", "/v1/posts/"+id, `{"at":"2026-12-02 09:00"}`)
	if status != http.StatusOK || out["scheduled_at"] != "2026-12-02T08:00:00Z" || out["zone"] != "Europe/Berlin" {
		t.Errorf("got %d %v", status, out)
	}
}
