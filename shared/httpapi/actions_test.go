package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/storetest"
)

// bodies are what the requests of actions say.
func bodies() map[string]string {
	return map[string]string{
		"resolve":  `{"thread_position":1,"outcome":"absent"}`,
		"schedule": `{"at":"2026-12-24T09:00:00Z"}`,
		"edit":     `{"tweets":[{"text":"a"},{"text":"another"}]}`,
	}
}

// requests are those of all actions on a post.
func requests(id string) map[string][2]string {
	all := map[string][2]string{
		"edit": {"PATCH", ""}, "schedule": {"PATCH", ""}, "delete": {"DELETE", ""}, "restore": {"POST", "/retry"}, "retry": {"POST", "/retry"},
	}
	for _, a := range post.Actions() {
		if _, known := all[string(a)]; !known {
			all[string(a)] = [2]string{"POST", "/" + string(a)}
		}
	}
	for a, r := range all {
		all[a] = [2]string{r[0], "/v1/posts/" + id + r[1]}
	}
	return all
}

// TestWhatAPostOffersItDoes: each action that a post's record names is done by its
// request, and the requests of all others are refused.
func TestWhatAPostOffersItDoes(t *testing.T) {
	reason := fault.Reason{Code: "credits_depleted", Sentence: "X refused."}
	claim := func(p post.Post) (post.Post, error) { return p.Claim(p.Due, "w", time.Minute) }
	after := func(step func(post.Post) (post.Post, error), next func(post.Post) (post.Post, error)) func(post.Post) (post.Post, error) {
		return func(p post.Post) (post.Post, error) {
			p, err := step(p)
			if err != nil {
				return p, err
			}
			return next(p)
		}
	}
	start := storetest.Start()
	for name, tc := range map[string]struct {
		body   string
		before func(post.Post) (post.Post, error)
		needs  bool
	}{
		"draft":     {`{"tweets":[{"text":"a"},{"text":"b"}],"draft":true}`, nil, false},
		"scheduled": {`{"tweets":[{"text":"a"},{"text":"b"}],"at":"2026-12-01T09:00:00Z"}`, nil, false},
		"claimed":   {"", claim, false},
		"paused": {"", func(p post.Post) (post.Post, error) {
			return p.Park(start, start.Add(time.Hour), post.Paused, reason, true)
		}, true},
		"failed":  {"", after(claim, func(p post.Post) (post.Post, error) { return p.Fail(start, reason) }), true},
		"unknown": {"", after(claim, func(p post.Post) (post.Post, error) { return p.GiveUp(start, reason) }), true},
		"cancelled before its time": {`{"tweets":[{"text":"a"},{"text":"b"}],"at":"2026-12-02T09:00:00Z"}`,
			func(p post.Post) (post.Post, error) { return p.Cancel(start) }, false},
		"cancelled":               {"", func(p post.Post) (post.Post, error) { return p.Cancel(start) }, false},
		"cancelled in the middle": {"", stopped, false},
		"published":               {"", goneOut, false},
		"deleting":                {"", after(goneOut, func(p post.Post) (post.Post, error) { return p.Unpublish(start) }), false},
	} {
		if tc.body == "" {
			tc.body = `{"tweets":[{"text":"a"},{"text":"b"}],"at":"2026-12-01T09:00:00Z"}`
		}
		// Retry and restore are one request: where either is offered it is done.
		for action := range requests("") {
			t.Run(name+"/"+action, func(t *testing.T) {
				w := newWorld(t)
				id := w.create(tc.body)
				if tc.before != nil {
					w.change(id, tc.before)
				}
				_, got := w.do("GET", "/v1/posts/"+id, "")
				if got["needs_you"] != tc.needs {
					t.Errorf("it needs somebody: %v", got["needs_you"])
				}
				want := requests(id)[action]
				offered := false
				for _, a := range got["actions"].([]any) {
					a := a.(map[string]any)
					method, path := a["method"].(string), a["path"].(string)
					if a["action"] == action && want != [2]string{method, path} {
						t.Fatalf("%s is to be done by %s %s", action, method, path)
					}
					offered = offered || a["action"] == action || strings.HasSuffix(want[1], "/retry") && strings.HasSuffix(path, "/retry")
				}
				rec := w.send(want[0], want[1], bodies()[action])
				if done := rec.Code < 300; done != offered {
					t.Errorf("%s is offered: %v, and answered with %d %s", action, offered, rec.Code, rec.Body)
				}
				if !offered && rec.Code != http.StatusConflict && rec.Code != http.StatusUnprocessableEntity {
					t.Errorf("%s is refused with %d %s", action, rec.Code, rec.Body)
				}
			})
		}
	}
}

// TestWhoMayNotChangePostsIsOfferedNothing though lists and records show the rest.
func TestWhoMayNotChangePostsIsOfferedNothing(t *testing.T) {
	w := newWorld(t)
	w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-02T09:00:00Z"}`)
	offers := func() int {
		_, list := w.do("GET", "/v1/posts", "")
		return len(list["posts"].([]any)[0].(map[string]any)["actions"].([]any))
	}
	if n := offers(); n == 0 {
		t.Error("its owner is offered nothing")
	}
	_, made := w.do("POST", "/v1/keys", `{"name":"reader","scopes":["posts:read"]}`)
	w.key = made["key"].(string)
	if n := offers(); n != 0 {
		t.Errorf("a key that may only read is offered %d actions", n)
	}
}

// TestWhatHasStoppedDoesNotGoOnByItself, though its reason is one that passes.
func TestWhatHasStoppedDoesNotGoOnByItself(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-01T09:00:00Z"}`)
	w.change(id, func(p post.Post) (post.Post, error) {
		return p.Fail(storetest.Start(), fault.ReasonRateLimited.Reason())
	})
	_, got := w.do("GET", "/v1/posts/"+id, "")
	reason := got["fail_reason"].(map[string]any)
	if reason["code"] != "rate_limited" || reason["todo_code"] != "retry" || strings.Contains(reason["todo"].(string), "by itself") {
		t.Errorf("the reason is %v", reason)
	}
}
