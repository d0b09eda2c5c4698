package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
	"spool/shared/wire/wiretest"
)

// TestEveryReasonHasItsCommand: whatever stops or holds a post, spool failures names
// the command that helps.
func TestEveryReasonHasItsCommand(t *testing.T) {
	var known []string
	for path := range leaves(t) {
		known = append(known, strings.Fields(path)[0])
	}
	for _, reason := range fault.Reasons() {
		for _, p := range []wire.Post{
			{Status: "publishing", SubStatus: "paused"}, {Status: "deleting", SubStatus: "paused", Withdrawn: true},
			{Status: "failed"}, {Status: "failed", Withdrawn: true}, {Status: "failed", SubStatus: "unknown"}, {Status: "missed"},
		} {
			p.ID, p.AccountID, p.FailReason = "7K2QAAAAAAAA", "7", &wire.Reason{Code: reason.Code, TodoCode: reason.TodoCode}
			commands := remedies(wiretest.Stand(p, start))
			if len(commands) == 0 {
				t.Errorf("a post that is %s/%s because of %s has no command", p.Status, p.SubStatus, reason.Code)
			}
			for _, command := range commands {
				if words := strings.Fields(command); words[0] != "spool" || !slices.Contains(known, words[1]) {
					t.Errorf("%s: there is no command %q", reason.Code, command)
				}
			}
		}
		held := wire.Post{Status: "publishing", SubStatus: "paused", AccountID: "7", FailReason: &wire.Reason{TodoCode: reason.TodoCode}}
		passes := []fault.TodoCode{fault.TodoWait, fault.TodoRetry, fault.TodoResolve}
		if commands := remedies(held); !slices.Contains(passes, reason.TodoCode) && strings.Contains(commands[0], "by itself") {
			t.Errorf("nobody does anything about %s: %v", reason.Code, commands)
		}
	}
}

// TestACancellationIsUndoneWhereItCanBe: not after the post's time has passed, when
// retry would be refused.
func TestACancellationIsUndoneWhereItCanBe(t *testing.T) {
	p := find(scheduledID)
	p.Status = post.Cancelled
	for name, c := range map[string]struct {
		at   time.Duration
		want []string
	}{
		"before its time": {time.Hour, []string{"spool retry SCHAAAAA    to undo the cancellation"}},
		"after its time":  {-time.Hour, []string{`spool edit SCHAAAAA --at "tomorrow 9am"`, "spool now SCHAAAAA"}},
	} {
		p.ScheduledAt = at(c.at)
		if got := remedies(wiretest.Stand(p, start)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
