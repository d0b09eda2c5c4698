package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"spool/shared/storetest"
)

func TestTimesAreThoseOfTheZone(t *testing.T) {
	for _, tc := range []struct{ name, body, want string }{
		{"of the request", `{"tweets":[{"text":"a"}],"at":"2026-12-02 09:00","zone":"America/New_York"}`, "2026-12-02T14:00:00Z"},
		{"of the account", `{"tweets":[{"text":"a"}],"at":"2026-12-02 09:00"}`, "2026-12-02T08:00:00Z"},
		{"of words", `{"tweets":[{"text":"a"}],"at":"tomorrow 9am"}`, "2026-12-02T08:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			if _, out := w.do("GET", "/v1/posts/"+w.create(tc.body), ""); out["scheduled_at"] != tc.want {
				t.Errorf("got %v, want %s", out["scheduled_at"], tc.want)
			}
		})
	}
}

func TestTheZoneThatATimeNamesIsThePosts(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-02 09:00 America/New_York"}`)
	if _, out := w.do("GET", "/v1/posts/"+id, ""); out["zone"] != "America/New_York" || out["scheduled_at"] != "2026-12-02T14:00:00Z" {
		t.Errorf("got %v in %v", out["scheduled_at"], out["zone"])
	}
	if status, out := w.do("PATCH", "/v1/posts/"+id, `{"at":"2026-12-03 09:00 Asia/Tokyo"}`); status != 200 || out["zone"] != "Asia/Tokyo" {
		t.Errorf("moved, got %d %v", status, out)
	}
}

// TestATimeThatHasPassedIsRefused says which instant was understood, in which
// zone, and leaves the post as it is.
func TestATimeThatHasPassedIsRefused(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-02 09:00"}`)
	status, out := w.do("PATCH", "/v1/posts/"+id, `{"at":"2025-12-02 09:00","zone":"Asia/Tokyo"}`)
	said := fmt.Sprint(out["detail"], " ", out["todo"])
	for _, want := range []string{"Tuesday, 2 December 2025, 09:00 (Asia/Tokyo)", "It is Tuesday, 1 December 2026, 18:00 there now", "To publish at once leave the time out"} {
		if !strings.Contains(said, want) {
			t.Errorf("the refusal does not say %q: %s", want, said)
		}
	}
	if status != 422 || out["code"] != "time_passed" || out["field"] != "at" {
		t.Errorf("got %d %v", status, out)
	}
	if _, out := w.do("GET", "/v1/posts/"+id, ""); out["scheduled_at"] != "2026-12-02T08:00:00Z" || out["status"] != "scheduled" {
		t.Errorf("the post is now %v", out)
	}
	if status, out := w.do("PATCH", "/v1/posts/"+id, `{"at":"2026-12-01T08:59:30Z"}`); status != 200 || out["status"] != "scheduled" {
		t.Errorf("half a minute ago is answered %d %v", status, out)
	}
}

// TestAnEmptyTimeIsNotNow: it is a time that somebody forgot to fill in.
func TestAnEmptyTimeIsNotNow(t *testing.T) {
	w := newWorld(t)
	id := w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-02 09:00"}`)
	for _, request := range [][2]string{{"POST", "/v1/posts"}, {"PATCH", "/v1/posts/" + id}} {
		status, out := w.do(request[0], request[1], `{"tweets":[{"text":"b"}],"at":""}`)
		if status != 422 || out["field"] != "at" || out["code"] != "invalid_request" {
			t.Errorf("%s %s answers %d %v", request[0], request[1], status, out)
		}
	}
}

// TestARepetitionIsAnsweredWhenItsTimeHasPassed: the first request was good, and
// its repetition is no new one.
func TestARepetitionIsAnsweredWhenItsTimeHasPassed(t *testing.T) {
	w := newWorld(t)
	now := storetest.Start()
	w.now = func() time.Time { return now }
	w.serve(w.store)
	send := func() (int, map[string]any) {
		status, body, _ := w.with("Idempotency-Key", "once", "POST", "/v1/posts", `{"tweets":[{"text":"a"}],"at":"2026-12-01 12:00"}`)
		var out map[string]any
		if err := json.Unmarshal([]byte(body), &out); err != nil {
			t.Fatal(err)
		}
		return status, out
	}
	_, first := send()
	now = now.Add(48 * time.Hour)
	if status, again := send(); status != 201 || again["id"] != first["id"] || first["id"] == nil {
		t.Errorf("the repetition is answered %d %v, the first %v", status, again, first)
	}
}

// TestACancellationIsTakenBack: retry never publishes what its owner cancelled
// without being told to.
func TestACancellationIsTakenBack(t *testing.T) {
	w := newWorld(t)
	now := storetest.Start()
	w.now = func() time.Time { return now }
	w.serve(w.store)
	christmas := w.create(`{"tweets":[{"text":"a"}],"at":"2026-12-24 18:00"}`)
	draft := w.create(`{"tweets":[{"text":"b"}],"draft":true}`)
	for id, want := range map[string]string{christmas: "scheduled", draft: "draft"} {
		w.do("POST", "/v1/posts/"+id+"/cancel", "")
		if status, out := w.do("POST", "/v1/posts/"+id+"/retry", ""); status != 200 || out["status"] != want {
			t.Errorf("taken back, got %d %v, want %s", status, out, want)
		}
	}
	if _, out := w.do("GET", "/v1/posts/"+christmas, ""); out["scheduled_at"] != "2026-12-24T17:00:00Z" || out["next_at"] != out["scheduled_at"] {
		t.Errorf("it waits for %v, due %v", out["scheduled_at"], out["next_at"])
	}
	w.do("POST", "/v1/posts/"+christmas+"/cancel", "")
	now = now.AddDate(0, 1, 0)
	status, out := w.do("POST", "/v1/posts/"+christmas+"/retry", "")
	if status != 422 || out["code"] != "time_passed" || !strings.Contains(fmt.Sprint(out["detail"]), "Thursday, 24 December 2026, 18:00 (Europe/Berlin)") {
		t.Errorf("after Christmas, got %d %v", status, out)
	}
	if status, out := w.do("PATCH", "/v1/posts/"+christmas, `{"at":"2027-12-24 18:00"}`); status != 200 || out["status"] != "scheduled" {
		t.Errorf("a new time is answered %d %v", status, out)
	}
	w.do("POST", "/v1/posts/"+christmas+"/cancel", "")
	if status, out := w.do("POST", "/v1/posts/"+christmas+"/publish", ""); status != 200 || out["next_at"] != out["updated_at"] {
		t.Errorf("publish is answered %d %v", status, out)
	}
	if len(w.waker.wakes) != 1 {
		t.Errorf("%d workers were woken, want that of publish alone", len(w.waker.wakes))
	}
}
