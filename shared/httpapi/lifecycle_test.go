package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/shared/post"
	"spool/shared/storetest"
)

// longAgo is X's id of a tweet that is old.
const longAgo = "1995000000000000000"

// goneOut makes the post's tweets published.
func goneOut(p post.Post) (post.Post, error) {
	p, err := p.Claim(p.Due, "w", time.Minute)
	for err == nil && p.Next() < p.Size-1 {
		p, err = p.Checkpoint(storetest.Start(), longAgo[:18]+string(rune('0'+p.Next())), time.Minute)
	}
	if err != nil {
		return p, err
	}
	return p.Complete(storetest.Start(), longAgo[:18]+"9")
}

// stopped is a post whose first tweet is out.
func stopped(p post.Post) (post.Post, error) {
	p, err := p.Claim(p.Due, "w", time.Minute)
	if err == nil {
		p, err = p.Checkpoint(storetest.Start(), longAgo, time.Minute)
	}
	if err != nil {
		return p, err
	}
	p, err = p.HandOver(storetest.Start())
	if err != nil {
		return p, err
	}
	return p.Cancel(storetest.Start())
}

func TestUnpublishWakesAWorker(t *testing.T) {
	for name, out := range map[string]func(post.Post) (post.Post, error){"published": goneOut, "cancelled in the middle": stopped} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.create(`{"tweets":[{"text":"a"},{"text":"b"}]}`)
			w.change(id, out)
			w.waker.wakes = nil
			status, body, header := w.with("Accept", "*/*", "POST", "/v1/posts/"+id+"/unpublish", "")
			if status != http.StatusOK || !strings.Contains(body, `"status":"deleting"`) || header.Get("ETag") == "" {
				t.Fatalf("got %d %s", status, body)
			}
			if len(w.waker.wakes) != 1 || w.waker.wakes[0].PostID != id || w.waker.wakes[0].AccountID == "" || w.waker.wakes[0].Delay != 0 {
				t.Errorf("woken: %+v", w.waker.wakes)
			}
		})
	}
}

func TestTheRecordOfADeletionTellsTweetByTweet(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"},{"text":"b"}]}`)
	w.change(id, goneOut)
	w.change(id, func(p post.Post) (post.Post, error) { return p.Unpublish(storetest.Start()) })
	w.change(id, func(p post.Post) (post.Post, error) {
		p, err := p.ClaimDeletion(storetest.Start(), "w", time.Minute)
		if err != nil {
			return p, err
		}
		return p.Removed(storetest.Start(), time.Minute)
	})
	_, got := w.do("GET", "/v1/posts/"+id, "")
	tweets := got["tweets"].([]any)
	for i, want := range []string{"published", "deleted"} {
		if tw := tweets[i].(map[string]any); tw["status"] != want || tw["platform_post_id"] == nil {
			t.Errorf("tweet %d is %v, want %s", i+1, tw, want)
		}
	}
	if ids := got["platform_post_ids"].([]any); got["status"] != "deleting" || got["withdrawn"] != true || len(ids) != 2 {
		t.Errorf("the record says %v", got)
	}
	if _, listed := w.do("GET", "/v1/posts?status=deleting", ""); len(listed["posts"].([]any)) != 1 || listed["posts"].([]any)[0].(map[string]any)["withdrawn"] != true {
		t.Errorf("listed by status: %v", listed)
	}
}

func TestWhatCannotBeRemovedIsRefused(t *testing.T) {
	stay := func(p post.Post) (post.Post, error) { return p, nil }
	claim := func(p post.Post) (post.Post, error) { return p.Claim(p.Due, "w", time.Minute) }
	leave := func(p post.Post) (post.Post, error) {
		p, err := goneOut(p)
		if err == nil {
			p, err = p.Unpublish(storetest.Start())
		}
		return p, err
	}
	for _, tc := range []struct {
		name         string
		before       func(post.Post) (post.Post, error)
		method, path string
		status       int
		says         string
	}{
		{"unpublish of a post that has not gone out", stay, "POST", "/unpublish", 409, "Cancel it first"},
		{"unpublish of a post that is going out", claim, "POST", "/unpublish", 409, "Cancel it first"},
		{"unpublish twice", leave, "POST", "/unpublish", 409, "being deleted from X"},
		{"cancel of a deletion", leave, "POST", "/cancel", 409, "being deleted from X"},
		{"an edit of a deletion", leave, "PATCH", "", 409, "being deleted from X"},
		{"publish of a deletion", leave, "POST", "/publish", 409, "being deleted from X"},
		{"delete of a post that is going out", claim, "DELETE", "", 409, "being published"},
		{"delete while its tweets are deleted", leave, "DELETE", "", 409, "being deleted from X"},
		{"unpublish of nothing", stay, "POST", "x/unpublish", 404, "There is no post"},
		{"delete of nothing", stay, "DELETE", "x", 404, "There is no post"},
		{"a duplicate of nothing", stay, "POST", "x/duplicate", 404, "There is no post"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			id := w.create(`{"tweets":[{"text":"a"},{"text":"b"}]}`)
			w.change(id, tc.before)
			body := ""
			if tc.method == "PATCH" {
				body = `{"tweets":[{"text":"c"}]}`
			}
			status, out := w.do(tc.method, "/v1/posts/"+id+tc.path, body)
			text, _ := json.Marshal(out)
			if status != tc.status || !strings.Contains(string(text), tc.says) {
				t.Errorf("got %d %s, want %d with %q", status, text, tc.status, tc.says)
			}
		})
	}
}

func TestIfMatchIsHonoured(t *testing.T) {
	for _, verb := range []struct{ method, path string }{{"POST", "/unpublish"}, {"DELETE", ""}} {
		w := newWorld(t)
		id := w.create(`{"tweets":[{"text":"a"}]}`)
		_, _, header := w.with("Accept", "*/*", "GET", "/v1/posts/"+id, "")
		w.change(id, goneOut)
		if status, body, _ := w.with("If-Match", header.Get("ETag"), verb.method, "/v1/posts/"+id+verb.path, ""); status != http.StatusPreconditionFailed || !strings.Contains(body, `"stale"`) {
			t.Errorf("%s of an older revision: got %d %s", verb.method, status, body)
		}
		_, _, header = w.with("Accept", "*/*", "GET", "/v1/posts/"+id, "")
		if status, body, _ := w.with("If-Match", header.Get("ETag"), verb.method, "/v1/posts/"+id+verb.path, ""); status >= 300 {
			t.Errorf("%s of the revision that was read: got %d %s", verb.method, status, body)
		}
	}
}

func TestADeletedPostIsGone(t *testing.T) {
	for name, before := range map[string]func(post.Post) (post.Post, error){
		"a scheduled one": func(p post.Post) (post.Post, error) { return p, nil },
		"a published one": goneOut,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.create(`{"tweets":[{"text":"a"}]}`)
			w.change(id, before)
			for range 2 { // repeating it does no harm
				if status, body, _ := w.with("Accept", "*/*", "DELETE", "/v1/posts/"+id, ""); status != http.StatusNoContent || body != "" {
					t.Fatalf("got %d %s", status, body)
				}
			}
			if status, out := w.do("GET", "/v1/posts/"+id, ""); status != http.StatusGone || out["code"] != "gone" {
				t.Errorf("reading it: got %d %v", status, out)
			}
			if _, listed := w.do("GET", "/v1/posts", ""); len(listed["posts"].([]any)) != 0 {
				t.Errorf("listed: %v", listed)
			}
		})
	}
}

// TestARepeatedCreateDoesNotReviveAPost: a client that lost the answer of its
// create sends it again after the post was deleted.
func TestARepeatedCreateDoesNotReviveAPost(t *testing.T) {
	w := newWorld(t)
	const body = `{"tweets":[{"text":"a"}]}`
	_, out, _ := w.with("Idempotency-Key", "k", "POST", "/v1/posts", body)
	var p struct{ ID string }
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := w.with("Accept", "*/*", "DELETE", "/v1/posts/"+p.ID, ""); status != http.StatusNoContent {
		t.Fatalf("delete answered %d", status)
	}
	w.waker.wakes = nil
	if status, out, _ := w.with("Idempotency-Key", "k", "POST", "/v1/posts", body); status != http.StatusGone || !strings.Contains(out, `"gone"`) {
		t.Errorf("the same create again: got %d %s", status, out)
	}
	if posts, _ := w.store.List(t.Context(), "1", "", 10); len(posts) != 0 || len(w.waker.wakes) != 0 {
		t.Errorf("%d posts, %d wakes", len(posts), len(w.waker.wakes))
	}
}

// meanwhile changes a post just before it is forgotten.
type meanwhile struct {
	*storetest.Memory
	change func()
	once   sync.Once
}

func (m *meanwhile) Forget(ctx context.Context, p post.Post, until time.Time) error {
	m.once.Do(m.change)
	return m.Memory.Forget(ctx, p, until)
}

func TestOfADeletionAndAWorkerOneWins(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"}]}`)
	w.serve(&meanwhile{Memory: w.store, change: func() {
		w.change(id, func(p post.Post) (post.Post, error) { return p.Claim(p.Due, "w", time.Minute) })
	}})
	if status, out := w.do("DELETE", "/v1/posts/"+id, ""); status != http.StatusConflict {
		t.Errorf("got %d %v, want a conflict", status, out)
	}
	if _, out := w.do("GET", "/v1/posts/"+id, ""); out["status"] != "publishing" {
		t.Errorf("it is %v", out["status"])
	}
}

// TestTheTweetsOfADeletedRecordHaveAnOwner, for posts that begin with the same words
// and are in doubt, now or later.
func TestTheTweetsOfADeletedRecordHaveAnOwner(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"good morning"},{"text":"b"}]}`)
	w.change(id, goneOut)
	p, _, err := w.store.Load(t.Context(), id)
	if err != nil || len(p.Published) == 0 {
		t.Fatal(p, err)
	}
	if status, body, _ := w.with("Accept", "*/*", "DELETE", "/v1/posts/"+id, ""); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, body)
	}
	owned, err := w.store.Owned(t.Context(), p.PlatformPostIDs())
	for _, tweet := range p.PlatformPostIDs() {
		if owned[tweet] != id {
			t.Errorf("tweet %s is of %q, %v", tweet, owned[tweet], err)
		}
	}
}

func TestADuplicateIsADraft(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"},{"text":"b","reply_settings":"following"}],"at":"2026-12-02 09:00","lateness_seconds":60}`)
	w.waker.wakes = nil
	status, out := w.do("POST", "/v1/posts/"+id+"/duplicate", "")
	if status != http.StatusCreated || out["status"] != "draft" || out["id"] == id || out["zone"] != "Europe/Berlin" || out["account_id"] != "1" {
		t.Fatalf("got %d %v", status, out)
	}
	second := out["tweets"].([]any)[1].(map[string]any)
	if second["text"] != "b" || second["reply_settings"] != "following" {
		t.Errorf("its second tweet is %v", second)
	}
	if p, _, err := w.store.Load(t.Context(), out["id"].(string)); err != nil || p.Lateness != time.Minute || len(w.waker.wakes) != 0 {
		t.Errorf("stored as %+v, %v, with %d wakes", p, err, len(w.waker.wakes))
	}
}

func TestADuplicateMayBeAskedForTwice(t *testing.T) {
	w := newWorld(t)
	one, other := w.create(`{"tweets":[{"text":"a"}],"draft":true}`), w.create(`{"tweets":[{"text":"b"}],"draft":true}`)
	first, body, _ := w.with("Idempotency-Key", "k", "POST", "/v1/posts/"+one+"/duplicate", "")
	again, same, _ := w.with("Idempotency-Key", "k", "POST", "/v1/posts/"+one+"/duplicate", "")
	if first != http.StatusCreated || again != http.StatusCreated || body != same {
		t.Errorf("got %d %s, then %d %s", first, body, again, same)
	}
	if status, _, _ := w.with("Idempotency-Key", "k", "POST", "/v1/posts/"+other+"/duplicate", ""); status != http.StatusUnprocessableEntity {
		t.Errorf("of another post with the key: got %d", status)
	}
	if status, _, _ := w.with("Idempotency-Key", "k", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"draft":true}`); status != http.StatusUnprocessableEntity {
		t.Errorf("a create with the key: got %d", status)
	}
	if posts, _ := w.store.List(t.Context(), "1", "", 10); len(posts) != 3 {
		t.Errorf("there are %d posts", len(posts))
	}
}

func TestARestrictedKeyRemovesAndDuplicatesItsOwnPostsOnly(t *testing.T) {
	s := newSite(t)
	s.putApp()
	s.connect("ada")
	s.connect("grace")
	key := s.key(`{"name":"n","scopes":["posts:write"],"accounts":["` + ada + `"]}`)
	for account, want := range map[string][]int{ada: {409, 201, 204}, grace: {404, 404, 404}} {
		id := s.must(http.StatusCreated, "POST", "/v1/posts", `{"account_id":"`+account+`","tweets":[{"text":"a"}],"draft":true}`)["id"].(string)
		for i, r := range [][2]string{{"POST", "/unpublish"}, {"POST", "/duplicate"}, {"DELETE", ""}} {
			if status, out := s.as(key, r[0], "/v1/posts/"+id+r[1], ""); status != want[i] {
				t.Errorf("%s %s of account %s: got %d %v, want %d", r[0], r[1], account, status, out, want[i])
			}
		}
	}
	reader := s.key(`{"name":"r","scopes":["posts:read"]}`)
	for _, r := range [][2]string{{"POST", "/unpublish"}, {"POST", "/duplicate"}, {"DELETE", ""}} {
		if status, _ := s.as(reader, r[0], "/v1/posts/any"+r[1], ""); status != http.StatusForbidden {
			t.Errorf("%s %s with a key for reading: got %d", r[0], r[1], status)
		}
	}
}
