package cli

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/tweet"
	"spool/shared/wire"
)

var update = flag.Bool("update", false, "write what the commands print to testdata")

// TestOutput compares what commands print with testdata: on a terminal, on one that is
// narrow, with colours, and in a pipe.
func TestOutput(t *testing.T) {
	unfinished := wire.Status{CallbackURL: "https://spool.test/oauth/x/callback", Steps: []wire.Step{
		{Step: "credentials", Text: "Spool does not know your X app yet.", Todo: "Make an app."}, {Step: "token", Text: "There are no tokens yet."},
		{Step: "authorization", Text: "No account has given Spool access yet."}, {Step: "verified", Text: "X has not said yet who connected."},
	}}
	broken := accounts()
	broken[0].NeedsYou, broken[0].Health, broken[0].Missing = true, "reconnect_required", []string{"media.write"}
	broken[0].Reason = &wire.Reason{Sentence: "X no longer accepts its tokens.", Todo: "Connect it again."}
	locked := accounts()
	locked[0].NeedsYou = true
	locked[0].Pause = &wire.Pause{AccountID: "1", Username: "ada", SubStatus: "paused", Until: start.Add(time.Hour), Reason: wire.Reason{
		Code: "account_locked", Sentence: "X has temporarily locked this account.", Todo: "Unlock it on X.", TodoCode: "resume_account",
	}}
	broke := &wire.Pause{SubStatus: "paused", Until: start.Add(time.Hour), Reason: wire.Reason{
		Code: "credits_depleted", Sentence: "The X app has no credits left.", Todo: "Buy some.", TodoCode: "resume_app",
	}}
	for _, tc := range []struct {
		name    string
		width   int // of the terminal; 0 for a pipe
		color   bool
		args    []string
		prepare func(*fakeAPI)
	}{
		{"list", 100, false, []string{"list"}, nil},
		{"list-colour", 100, true, []string{"list"}, nil},
		{"list-narrow", 40, false, []string{"list"}, nil},
		{"list-pipe", 0, true, []string{"list"}, nil},
		{"list-empty", 0, false, []string{"list"}, func(f *fakeAPI) { f.answer("GET /v1/posts", wire.PostList{}) }},
		{"list-search-none", 0, false, []string{"list", "--search", " two words "}, func(f *fakeAPI) { f.answer("GET /v1/posts", wire.PostList{}) }},
		{"show-published", 60, false, []string{"show", "pub"}, nil},
		{"show-published-narrow", 40, true, []string{"show", publishedID}, nil},
		{"show-unknown-pipe", 0, false, []string{"show", unknownID}, nil},
		{"failures", 80, false, []string{"failures"}, func(f *fakeAPI) {
			paused, going := find(scheduledID), find(draftID)
			paused.Status, paused.SubStatus = "publishing", "paused"
			paused.FailReason = &wire.Reason{Code: "credits_depleted", Sentence: "The X app has no credits.", Todo: "Buy some.", TodoCode: "resume_app"}
			going.Status = "publishing"
			stuck := find(publishedID)
			stuck.Status, stuck.Withdrawn = "failed", true
			stuck.FailReason = &wire.Reason{Code: "not_permitted", Sentence: "Tweet 2 could not be deleted from X.", Todo: "Retry the post later.", TodoCode: "edit"}
			f.answer("GET /v1/posts", wire.PostList{Posts: bare([]wire.Post{find(unknownID), find(failedID), find(missedID), paused, going, stuck})})
			f.answer("GET /v1/accounts", wire.AccountList{Accounts: broken})
		}},
		{"failures-none", 80, false, []string{"failures"}, func(f *fakeAPI) { f.answer("GET /v1/posts", wire.PostList{}) }},
		{"calendar", 80, false, []string{"calendar", "--month", "2026-11", "--tz", "Europe/Berlin"}, nil},
		{"calendar-narrow-colour", 40, true, []string{"calendar"}, nil},
		{"calendar-pipe", 0, false, []string{"calendar", "--month", "2027-02"}, func(f *fakeAPI) { f.answer("GET /v1/posts", wire.PostList{}) }},
		{"status", 80, true, []string{"status"}, nil},
		{"status-unfinished", 80, false, []string{"status"}, func(f *fakeAPI) { f.answer("GET /v1/status", unfinished) }},
		{"accounts", 80, false, []string{"accounts"}, nil},
		{"accounts-broken", 80, true, []string{"accounts"}, func(f *fakeAPI) { f.answer("GET /v1/accounts", wire.AccountList{Accounts: broken}) }},
		{"budget", 80, false, []string{"budget"}, nil},
		{"budget-none", 80, false, []string{"budget"}, func(f *fakeAPI) { f.answer("GET /v1/budget", wire.BudgetList{Month: "2026-11"}) }},
		{"calendar-over-budget", 80, false, []string{"calendar", "--month", "2026-11", "--tz", "UTC"}, func(f *fakeAPI) {
			f.answer("GET /v1/price", wire.Price{Month: "2026-11", Posts: 2, Cost: tweet.Cost{Total: 3 * tweet.Dollar}, Budgets: []wire.Budget{{Monthly: 2 * tweet.Dollar, Spent: tweet.Dollar, Left: tweet.Dollar}}})
		}},
		{"accounts-paused", 80, false, []string{"accounts"}, func(f *fakeAPI) {
			f.answer("GET /v1/accounts", wire.AccountList{Accounts: locked, Pause: broke})
		}},
		{"failures-paused", 80, false, []string{"failures"}, func(f *fakeAPI) {
			f.answer("GET /v1/posts", wire.PostList{})
			f.answer("GET /v1/accounts", wire.AccountList{Accounts: locked, Pause: broke})
		}},
		{"status-paused", 80, false, []string{"status"}, func(f *fakeAPI) {
			paused := readyStatus()
			paused.Pauses = []wire.Pause{*broke, *locked[0].Pause}
			f.answer("GET /v1/status", paused)
		}},
		{"resume-account", 80, false, []string{"resume", "@ada"}, func(f *fakeAPI) {
			f.answer("POST /v1/accounts/1/resume", wire.Resumed{Resumed: 1, Pause: broke})
		}},
		{"now-paused", 80, false, []string{"now", scheduledID, "--yes"}, func(f *fakeAPI) {
			held := find(scheduledID)
			held.Status, held.SubStatus, held.FailReason = "publishing", "paused", &locked[0].Pause.Reason
			f.answer("GET /v1/posts/"+scheduledID, held)
			f.answer("POST /v1/posts/"+scheduledID+"/publish", &wire.Problem{Status: 409, Code: "conflict",
				Detail: "This post has begun and waits, until 2026-11-28 16:00:00 UTC at the latest: X has temporarily locked this account.", Todo: "Unlock it on X."})
		}},
		{"keys", 80, false, []string{"keys"}, nil},
		{"notify", 80, false, []string{"notify"}, nil},
		{"notify-none", 80, false, []string{"notify"}, func(f *fakeAPI) { f.answer("GET /v1/channels", wire.ChannelList{}) }},
		{"notify-log", 80, false, []string{"notify", "log", "c1"}, nil},
		{"refused-narrow", 40, true, []string{"cancel", publishedID}, func(f *fakeAPI) {
			f.answer("POST /v1/posts/"+publishedID+"/cancel", &wire.Problem{Status: 409, Code: "conflict", Detail: "This post is published; that is not possible now.", Todo: "Read the post again."})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newAPI(t)
			if tc.prepare != nil {
				tc.prepare(f)
			}
			std := f.stdio()
			if tc.width > 0 {
				std = f.terminal(tc.width)
			}
			std.Color = tc.color
			r := spool(t, std, "", tc.args...)
			got := fmt.Sprintf("%s\n-- standard error --\n%s\n-- status %d --\n", r.out, r.err, r.status)
			path := filepath.Join("testdata", tc.name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if diff := cmp.Diff(string(want), got); err != nil || diff != "" {
				t.Errorf("%v, -want +got (go test -update writes it anew):\n%s", err, diff)
			}
			for line := range strings.Lines(r.out) {
				if n := columns(withoutColour(line)); tc.width > 0 && n > tc.width+1 && !strings.Contains(line, "https://") {
					t.Errorf("a line has %d columns of %d: %s", n, tc.width, line)
				}
			}
			if tc.width == 0 && strings.Contains(r.out+r.err, "\x1b") {
				t.Error("a pipe gets colours")
			}
		})
	}
}

// withoutColour takes the escape sequences of colours away.
func withoutColour(text string) string {
	parts := strings.Split(text, "\x1b[")
	for i := range parts[1:] {
		_, parts[i+1], _ = strings.Cut(parts[i+1], "m")
	}
	return strings.Join(parts, "")
}
