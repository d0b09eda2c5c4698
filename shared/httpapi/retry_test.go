package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/storetest"
)

// failing is a setup that cannot be read.
type failing struct {
	oneAccount
	err error
}

func (f failing) State(context.Context) (connect.State, error) { return connect.State{}, f.err }

func TestProblemsSayWhenToTryAgain(t *testing.T) {
	claim := func(p post.Post) (post.Post, error) { return p.Claim(p.Due, "w", 30*time.Second) }
	for _, tc := range []struct {
		name   string
		before []func(post.Post) (post.Post, error)
		setup  error
		method string
		path   string // of the post
		status int
		after  string
	}{
		{"a post that is going out: when the worker is done or dead", []func(post.Post) (post.Post, error){claim}, nil, "POST", "/cancel", 409, "30"},
		{"the same for an edit", []func(post.Post) (post.Post, error){claim}, nil, "PATCH", "", 409, "30"},
		{"a tweet in doubt: when it is looked for", []func(post.Post) (post.Post, error){claim, func(p post.Post) (post.Post, error) {
			return p.Doubt(storetest.Start(), storetest.Start().Add(2*time.Minute), post.NotLooked, fault.Reason{Code: "answer_lost"})
		}}, nil, "POST", "/cancel", 409, "120"},
		{"a post in another state: never", nil, nil, "POST", "/retry", 409, ""},
		{"an unknown post: never", nil, nil, "POST", "x/cancel", 404, ""},
		{"a service that is away", nil, fault.New(fault.Unavailable, "Away."), "PATCH", "", 503, "5"},
		{"a defect", nil, errors.New("canary"), "PATCH", "", 500, "5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			id := w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-01T09:00:00.123Z"}`)
			for _, move := range tc.before {
				w.change(id, move)
			}
			if tc.setup != nil {
				w.setup = failing{err: tc.setup}
				w.serve(w.store)
			}
			body := ""
			if tc.method == http.MethodPatch {
				body = `{"tweets":[{"text":"b"}]}`
			}
			status, text, header := w.with("X-Test", "1", tc.method, "/v1/posts/"+id+tc.path, body)
			if got := header.Get("Retry-After"); status != tc.status || got != tc.after {
				t.Errorf("answered %d, Retry-After %q; want %d, %q: %s", status, got, tc.status, tc.after, text)
			}
		})
	}
}
