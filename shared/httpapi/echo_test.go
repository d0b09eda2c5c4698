package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"spool/shared/account"
	"spool/shared/post"
	"spool/shared/storetest"
)

// codes are those of a preview's findings.
func codes(preview map[string]any) (found []string) {
	for _, f := range preview["findings"].([]any) {
		found = append(found, f.(map[string]any)["code"].(string))
	}
	return found
}

// TestTheSameTextTwiceIsWarnedOf at preview and at save, with the other post and its
// time.
func TestTheSameTextTwiceIsWarnedOf(t *testing.T) {
	w := newWorld(t)
	const thread = `"tweets":[{"text":"Good news from the harbour"},{"text":"More tomorrow"}]`
	first := w.create(`{` + thread + `,"at":"2026-12-24 18:00"}`)
	for name, body := range map[string]string{
		"tweets": `{` + thread + `}`, "text": `{"text":"Good news from the harbour\n---\nSomething else"}`,
	} {
		_, out := w.do("POST", "/v1/preview", body)
		if !slices.Equal(codes(out), []string{"duplicate_of_scheduled"}) {
			t.Fatalf("%s: the findings are %v", name, out["findings"])
		}
		f := out["findings"].([]any)[0].(map[string]any)
		other, _ := f["other"].(map[string]any)
		if f["severity"] != "warning" || f["tweet"] != 1.0 || other["post_id"] != first || other["scheduled_at"] != "2026-12-24T17:00:00Z" {
			t.Errorf("%s: the finding is %v", name, f)
		}
		if said := fmt.Sprint(f["message"]); !strings.Contains(said, first) || !strings.Contains(said, "Thursday, 24 December 2026, 18:00 CET") {
			t.Errorf("%s: it says %q", name, said)
		}
	}
	if _, out := w.do("POST", "/v1/preview", `{"post_id":"`+first+`",`+thread+`}`); len(codes(out)) > 0 {
		t.Errorf("a post is a duplicate of itself: %v", out["findings"])
	}
	noted := func(name string, out map[string]any, want bool) {
		t.Helper()
		if got := strings.Contains(fmt.Sprint(out["notes"]), "The same text is to go out on this account already"); got != want {
			t.Errorf("%s notes %v", name, out["notes"])
		}
	}
	_, out := w.do("POST", "/v1/posts", `{`+thread+`,"draft":true}`)
	noted("a draft of the same", out, true)
	draft := fmt.Sprint(out["id"])
	_, out = w.do("PATCH", "/v1/posts/"+draft, `{"at":"tomorrow 9am"}`)
	noted("the draft that gets a time", out, true)
	_, out = w.do("PATCH", "/v1/posts/"+draft, `{"tweets":[{"text":"Other news"}]}`)
	noted("the draft that says something else", out, false)
	_, out = w.do("PATCH", "/v1/posts/"+first, `{"at":"2026-12-25 18:00"}`)
	noted("the first one at another time", out, false)
	w.do("POST", "/v1/posts/"+first+"/cancel", "")
	if _, out := w.do("POST", "/v1/preview", `{`+thread+`}`); len(codes(out)) > 0 {
		t.Errorf("what is cancelled goes out: %v", out["findings"])
	}
}

// TestWhatIsOutIsWarnedOfWhileXRefusesIt and no longer.
func TestWhatIsOutIsWarnedOfWhileXRefusesIt(t *testing.T) {
	w := newWorld(t)
	now := storetest.Start()
	w.now = func() time.Time { return now }
	w.serve(w.store)
	id := w.create(`{"tweets":[{"text":"Thanks for reading"}]}`)
	w.change(id, func(p post.Post) (post.Post, error) { return p.Claim(p.Due, "worker", time.Minute) })
	w.change(id, func(p post.Post) (post.Post, error) { return p.Complete(now, "1995000000000000000") })
	for _, tc := range []struct {
		after time.Duration
		want  []string
	}{{time.Hour, []string{"duplicate_of_recent"}}, {25 * time.Hour, nil}} {
		now = storetest.Start().Add(tc.after)
		if _, out := w.do("POST", "/v1/preview", `{"tweets":[{"text":"News"},{"text":"Thanks for reading"}]}`); !slices.Equal(codes(out), tc.want) {
			t.Errorf("after %v the findings are %v, want %v", tc.after, out["findings"], tc.want)
		}
	}
	now = storetest.Start().Add(time.Hour)
	for at, want := range map[string]bool{"2026-12-01 18:00": true, "2026-12-04 18:00": false} {
		_, out := w.do("POST", "/v1/posts", `{"tweets":[{"text":"News"},{"text":"Thanks for reading"}],"at":"`+at+`"}`)
		if got := strings.Contains(fmt.Sprint(out["notes"]), id); got != want {
			t.Errorf("for %s the notes are %v", at, out["notes"])
		}
		w.do("POST", fmt.Sprintf("/v1/posts/%s/cancel", out["id"]), "")
	}
}

// TestNearlyTheSameOnAnotherAccountIsWarnedOf to those who may see that account; a
// restricted key does not learn of it.
func TestNearlyTheSameOnAnotherAccountIsWarnedOf(t *testing.T) {
	w := newWorld(t, account.Account{ID: "1", Username: "ada", Health: account.Connected}, account.Account{ID: "2", Username: "bob", Health: account.Connected})
	other := w.create(`{"account_id":"2","at":"2026-12-24 18:00","tweets":[{"text":"Good news from the harbour: the new boat is here"}]}`)
	const thread = `{"account_id":"1","tweets":[{"text":"Good news from the harbour: our new boat is here!"}]}`
	_, key := w.do("POST", "/v1/keys", `{"name":"ada","scopes":["posts:write"],"accounts":["1"]}`)
	send := func(bearer, path, body string) map[string]any {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+bearer)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.api.ServeHTTP(rec, r)
		var out map[string]any
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil || rec.Code >= 300 {
			t.Fatalf("%s answered %d %s", path, rec.Code, rec.Body)
		}
		return out
	}
	restricted := fmt.Sprint(key["key"])
	out := send(adminKey, "/v1/preview", thread)
	if !slices.Equal(codes(out), []string{"similar_on_other_account"}) || !strings.Contains(fmt.Sprint(out["findings"]), other) ||
		!strings.Contains(fmt.Sprint(out["findings"]), "automation policy") {
		t.Errorf("the findings are %v", out["findings"])
	}
	if out := send(restricted, "/v1/preview", thread); len(codes(out)) > 0 {
		t.Errorf("a key for another account is told %v", out["findings"])
	}
	if out := send(restricted, "/v1/posts", thread); out["notes"] != nil {
		t.Errorf("a key for another account is told %v", out["notes"])
	}
	if out := send(adminKey, "/v1/posts", strings.Replace(thread, "here!", "here, too!", 1)); !strings.Contains(fmt.Sprint(out["notes"]), other) {
		t.Errorf("saved, it notes %v", out["notes"])
	}
}
