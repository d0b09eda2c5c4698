package cli

import (
	"slices"
	"strings"
	"testing"

	"spool/shared/fault"
	"spool/shared/wire"
)

// TestEveryCureHasItsCommand: whatever stops or holds a post, spool failures names
// the command that helps. That every reason has a cure is tested beside the cures.
func TestEveryCureHasItsCommand(t *testing.T) {
	var known []string
	for path := range leaves(t) {
		known = append(known, strings.Fields(path)[0])
	}
	for _, todo := range fault.Todos() {
		cure := todo.Code
		for _, p := range []wire.Post{
			{Status: "publishing", SubStatus: "paused"}, {Status: "deleting", SubStatus: "paused", Withdrawn: true},
			{Status: "failed"}, {Status: "failed", Withdrawn: true}, {Status: "failed", SubStatus: "unknown"}, {Status: "missed"},
		} {
			p.ID, p.AccountID, p.FailReason = "7K2QAAAAAAAA", "7", &wire.Reason{Code: "c", TodoCode: string(cure)}
			commands := remedies(p)
			if len(commands) == 0 {
				t.Errorf("a post that is %s/%s, to be cured by %s, has no command", p.Status, p.SubStatus, cure)
			}
			for _, command := range commands {
				if words := strings.Fields(command); words[0] != "spool" || !slices.Contains(known, words[1]) {
					t.Errorf("%s: there is no command %q", cure, command)
				}
			}
		}
		held := wire.Post{Status: "publishing", SubStatus: "paused", AccountID: "7", FailReason: &wire.Reason{TodoCode: string(cure)}}
		if commands := remedies(held); cure != fault.TodoWait && cure != fault.TodoRetry && cure != fault.TodoResolve && strings.Contains(commands[0], "by itself") {
			t.Errorf("nobody does anything about %s: %v", cure, commands)
		}
	}
}
