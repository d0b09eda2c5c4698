package cli

import (
	"strings"
	"testing"
	"time"

	"spool/shared/wire"
)

// passedAnswer is how the API refuses a time.
func passedAnswer() *wire.Problem {
	return &wire.Problem{
		Status: 422, Code: "time_passed", Field: "at", Todo: "Leave at out.",
		Detail: "This time has passed: Monday, 1 December 2025, 09:00 (Europe/Berlin). It is Saturday, 28 November 2026, 16:00 there now.",
	}
}

// TestATimeThatHasPassedIsRefused in the words of each command.
func TestATimeThatHasPassedIsRefused(t *testing.T) {
	manuscript := file(t, "late.md", "---\nat: 2025-12-01 09:00\nzone: Europe/Berlin\n---\nHello")
	for _, tc := range []struct {
		name   string
		args   []string
		status int
		says   string // on either output
	}{
		{"post", []string{"post", file(t, "a.md", "Hello"), "--at", "2025-12-01 09:00"}, StatusRefused, "--now publishes at once"},
		{"post by its front matter", []string{"post", manuscript}, StatusRefused, "--now publishes at once"},
		{"post, with its line", []string{"post", manuscript}, StatusRefused, "late.md:2"},
		{"preview, with its line", []string{"preview", manuscript}, StatusErrors, "late.md:2: error: This time has passed"},
		{"preview of an unreadable time", []string{"preview", file(t, "when.md", "---\nnumbering: 1/n\nat: whenever\n---\nHello")}, StatusFailure, "when.md:3"},
		{"preview of a zone alone", []string{"preview", file(t, "zone.md", "---\nzone: Mars/Olympus\n---\nHello")}, StatusFailure, "zone.md:2"},
		{"preview of front matter", []string{"preview", manuscript}, StatusErrors, "This time has passed: Monday, 1 December 2025, 09:00 (Europe/Berlin)."},
		{"preview as JSON", []string{"preview", manuscript, "--json"}, StatusErrors, `"code":"time_passed"`},
		{"edit", []string{"edit", scheduledID, "--at", "2025-12-01 09:00"}, StatusRefused, "spool now publishes a post at once"},
		{"retry with a time", []string{"retry", missedID, "--at", "2025-12-01 09:00"}, StatusRefused, "spool now publishes a post at once"},
		{"retry of what was missed", []string{"retry", missedID}, StatusRefused, `Give it a new time with --at, such as --at "tomorrow 9am", or publish it at once with --now.`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newAPI(t)
			for _, request := range []string{"POST /v1/posts", "PATCH /v1/posts/" + scheduledID, "PATCH /v1/posts/" + missedID, "POST /v1/posts/" + missedID + "/retry"} {
				f.answer(request, passedAnswer())
			}
			r := spool(t, f.stdio(), "", tc.args...)
			if r.status != tc.status || !strings.Contains(r.out+r.err, tc.says) {
				t.Errorf("status %d, %s%s, want %d and %q", r.status, r.out, r.err, tc.status, tc.says)
			}
		})
	}
}

// TestRetryAsksBeforeItPublishes what did not fail; what failed goes on as it is.
func TestRetryAsksBeforeItPublishes(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		args     []string
		asks     bool
		request  string // that is made; empty: none
	}{
		{"what failed goes on", "", []string{failedID}, false, "POST /v1/posts/" + failedID + "/retry"},
		{"a cancellation is taken back", "", []string{cancelledID}, false, "POST /v1/posts/" + cancelledID + "/retry"},
		{"at a new time", "", []string{cancelledID, "--at", "tomorrow 9am", "--tz", "Asia/Tokyo"}, false, "PATCH /v1/posts/" + cancelledID},
		{"now, with a yes", "y\n", []string{cancelledID, "--now"}, true, "POST /v1/posts/" + cancelledID + "/publish"},
		{"now, with a no", "n\n", []string{cancelledID, "--now"}, true, ""},
		{"now, said before", "", []string{cancelledID, "--now", "--yes"}, false, "POST /v1/posts/" + cancelledID + "/publish"},
		{"at a time that is now, with a yes", "y\n", []string{cancelledID, "--at", "now"}, true, "PATCH /v1/posts/" + cancelledID},
		{"at a time that is now, with a no", "n\n", []string{cancelledID, "--at", "now"}, true, ""},
		{"at a time that is now, said before", "", []string{cancelledID, "--at", "now", "--yes"}, false, "PATCH /v1/posts/" + cancelledID},
		{"now, of what failed", "", []string{failedID, "--now", "--yes"}, false, "POST /v1/posts/" + failedID + "/retry"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newAPI(t)
			cancelled := find(draftID)
			cancelled.ID, cancelled.Status = cancelledID, "cancelled"
			f.answer("GET /v1/posts/"+cancelledID, cancelled)
			for _, verb := range []string{"retry", "publish"} {
				f.answer("POST /v1/posts/"+cancelledID+"/"+verb, cancelled)
			}
			f.answer("PATCH /v1/posts/"+cancelledID, cancelled)
			r := spool(t, f.terminal(100), tc.in, append([]string{"retry"}, tc.args...)...)
			if asked := strings.Contains(r.err, "now? [y/N]"); asked != tc.asks || (r.status == StatusOK) != (tc.request != "") {
				t.Errorf("status %d, asked %v: %s", r.status, asked, r.err)
			}
			for _, request := range []string{
				"POST /v1/posts/" + failedID + "/retry", "POST /v1/posts/" + cancelledID + "/retry",
				"POST /v1/posts/" + cancelledID + "/publish", "PATCH /v1/posts/" + cancelledID,
			} {
				if n := f.times(request); (n == 1) != (request == tc.request) {
					t.Errorf("%s was asked for %d times", request, n)
				}
			}
		})
	}
}

// TestEditAsksBeforeItPublishes where the new time is now.
func TestEditAsksBeforeItPublishes(t *testing.T) {
	for _, tc := range []struct {
		in, at      string
		more        []string
		asks, edits bool
	}{
		{"y\n", "now", nil, true, true},
		{"n\n", "now", nil, true, false},
		{"", "now", []string{"--yes"}, false, true},
		{"", "tomorrow 9am", nil, false, true},
	} {
		f := newAPI(t)
		r := spool(t, f.terminal(100), tc.in, append([]string{"edit", draftID, "--at", tc.at}, tc.more...)...)
		asked, edited := strings.Contains(r.err, "now? [y/N]"), f.times("PATCH /v1/posts/"+draftID) == 1
		if asked != tc.asks || edited != tc.edits {
			t.Errorf("%+v: asked %v, edited %v: %s", tc, asked, edited, r.err)
		}
	}
}

// TestAFailedPostKeepsItsTimeWhenItIsRewritten: its manuscript still names the time
// that it had.
func TestAFailedPostKeepsItsTimeWhenItIsRewritten(t *testing.T) {
	f := newAPI(t)
	r := spool(t, f.stdio(), "", "edit", failedID, file(t, "again.md", "---\nat: 2025-12-01 09:00\n---\nOther words"))
	if in := f.edited(failedID); r.status != StatusOK || in.At != "" || len(in.Tweets) != 1 {
		t.Errorf("status %d, the API was asked %+v: %s", r.status, in, r.err)
	}
}

// TestTimesAreShownInTheZoneOfTheirPost through the change of its clocks, and in
// UTC to programs.
func TestTimesAreShownInTheZoneOfTheirPost(t *testing.T) {
	p := find(scheduledID)
	p.Zone = "America/New_York"
	for _, tc := range []struct{ at, own, here string }{
		{"2026-12-01T14:00:00Z", "09:00", "14:00"},
		{"2027-06-01T13:00:00Z", "09:00", "13:00"},
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		p.ScheduledAt = &at
		f := newAPI(t)
		f.answer("GET /v1/posts", wire.PostList{Posts: bare([]wire.Post{p})})
		f.answer("GET /v1/posts/"+p.ID, p)
		f.answer("POST /v1/posts", p)
		own := at.In(ownZone(p, nil)).Format("MST")
		text := file(t, "thread.md", "Hello")
		for name, args := range map[string][]string{
			"list": {"list"}, "show": {"show", p.ID}, "calendar": {"calendar", "--month", tc.at[:7]},
			"post": {"post", text, "--at", "2027-12-01 09:00"}, "cancel": {"cancel", p.ID},
		} {
			f.answer("POST /v1/posts/"+p.ID+"/cancel", p)
			r := spool(t, f.stdio(), "", args...)
			if !strings.Contains(r.out, tc.own) || !strings.Contains(r.out, own) {
				t.Errorf("%s of what is due at %s does not show %s %s: %s", name, tc.at, tc.own, own, r.out)
			}
			if name != "list" && !strings.Contains(r.out, tc.here) {
				t.Errorf("%s of what is due at %s does not say when that is here: %s", name, tc.at, r.out)
			}
			if r = spool(t, f.stdio(), "", append(args, "--json")...); !strings.Contains(r.out, `"scheduled_at":"`+tc.at+`"`) {
				t.Errorf("%s --json of what is due at %s prints %s", name, tc.at, r.out)
			}
		}
	}
}

// TestANewAccountStartsInTheZoneOfTheTerminal that connects it.
func TestANewAccountStartsInTheZoneOfTheTerminal(t *testing.T) {
	f := newAPI(t)
	if r := spool(t, f.stdio(), "https://spool.test/?code=x\n", "connect", "--headless"); r.status != StatusOK {
		t.Fatalf("status %d: %s", r.status, r.err)
	}
	if body := f.last("POST /v1/accounts/connect").body; body != `{"headless":true,"zone":"UTC"}` {
		t.Errorf("the API was asked %s", body)
	}
	if name := (&session{Stdio: Stdio{Zone: time.Local}}).zoneName(); name != "" && time.Local.String() == "Local" {
		t.Errorf("a zone without a name is called %q", name)
	}
}

// TestWhatIsSaidAlreadyIsToldBefore a thread is posted, and by a preview that is to
// ask.
func TestWhatIsSaidAlreadyIsToldBefore(t *testing.T) {
	const echo = "The same text is to go out already."
	text := file(t, "thread.md", "Soon\n\n---\n\nLater")
	for _, tc := range []struct {
		name, in string
		args     []string
		asked    int // how often the API was
	}{
		{"a preview asks nobody", "", []string{"preview", text}, 0},
		{"a preview for an account", "", []string{"preview", text, "--account", "@ada"}, 1},
		{"posting at once", "n\n", []string{"post", text}, 1},
		{"posting without a question", "", []string{"post", text, "--now"}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newAPI(t)
			r := spool(t, f.terminal(100), tc.in, tc.args...)
			said := r.out + r.err
			if n := f.times("POST /v1/preview"); n != tc.asked || strings.Contains(said, echo) != (n > 0) || strings.Contains(said, "a stranger") {
				t.Errorf("asked %d times, it says %s", n, said)
			}
			if question := strings.Index(said, "[y/N]"); question >= 0 && strings.Index(said, echo) > question {
				t.Errorf("it asks before it tells: %s", said)
			}
			if tc.asked > 0 && f.last("POST /v1/preview").body != `{"account_id":"1","tweets":[{"text":"Soon"},{"text":"Later"}]}` {
				t.Errorf("the API was asked %s", f.last("POST /v1/preview").body)
			}
		})
	}
}
