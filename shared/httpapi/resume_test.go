package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
)

// locked is an API with a connected account that X has locked, and the id of a post
// of its that waits.
func locked(t *testing.T) (s *site, id string) {
	s = newSite(t)
	if _, err := s.Connect(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	made := s.must(http.StatusCreated, "POST", "/v1/posts", `{"tweets":[{"text":"a"}]}`)
	id, _ = made["id"].(string)
	p, _, err := s.Store.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Hour)
	reason := fault.Reason{Code: "account_locked", Sentence: "X has temporarily locked this account.", Todo: "Unlock it."}
	if p, err = p.Park(time.Now(), until, post.Paused, reason, false); err == nil {
		_, err = s.Store.Save(t.Context(), p)
	}
	if err == nil {
		_, err = s.Vault().Pause(t.Context(), publish.Session{AccountID: ada}, publish.Pause{Scope: fault.ScopeAccount, Until: until, Sub: post.Paused, Reason: reason})
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, id
}

// member reads along a path of an answer.
func member(v any, path ...string) any {
	for _, name := range path {
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}

// TestAPauseIsVisible wherever somebody looks, with what ends it.
func TestAPauseIsVisible(t *testing.T) {
	s, id := locked(t)
	for path, at := range map[string][]string{
		"/v1/accounts":        {"accounts", "pause", "reason", "todo_code"},
		"/v1/accounts/" + ada: {"pause", "reason", "todo_code"},
		"/v1/status":          {"pauses", "reason", "todo_code"},
		"/v1/posts/" + id:     {"fail_reason", "todo_code"},
	} {
		if out := s.must(http.StatusOK, "GET", path, ""); member(out, at...) != "resume_account" {
			t.Errorf("%s: %v is %v, want resume_account", path, at, member(out, at...))
		}
	}
	for _, move := range []string{"publish", "retry"} {
		out := s.must(http.StatusConflict, "POST", "/v1/posts/"+id+"/"+move, "")
		if said, _ := out["detail"].(string); !strings.Contains(said, "waits, until 2") || !strings.Contains(said, "locked this account") || out["todo"] != "Unlock it." {
			t.Errorf("%s was refused with %q, %q", move, said, out["todo"])
		}
	}
}

// TestALockedAccountIsResumed by its owner: nothing waits for the hour to end.
func TestALockedAccountIsResumed(t *testing.T) {
	s, id := locked(t)
	if out := s.must(http.StatusOK, "GET", "/v1/accounts/"+ada, ""); out["needs_you"] != true {
		t.Errorf("it needs nobody: %v", out)
	}
	if out := s.must(http.StatusOK, "POST", "/v1/accounts/"+ada+"/resume", ""); out["resumed"] != 1.0 || out["pause"] != nil {
		t.Errorf("got %v", out)
	}
	if out := s.must(http.StatusOK, "GET", "/v1/accounts/"+ada, ""); out["pause"] != nil || out["needs_you"] != false {
		t.Errorf("it is paused still, or needs somebody: %v", out)
	}
	if p, _, err := s.Store.Load(t.Context(), id); err != nil || p.Due.After(time.Now()) {
		t.Errorf("the post is due at %v, %v", p.Due, err)
	}
	if opened, err := s.Vault().Open(t.Context(), ada); err != nil || opened.Pause != nil {
		t.Errorf("it opens as %+v, %v", opened, err)
	}
}
