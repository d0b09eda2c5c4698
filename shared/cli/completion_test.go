package cli

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestBashCompletesCommandsAndFlags(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here")
	}
	script := spool(t, Stdio{}, "", "completion", "bash").out
	for _, tc := range []struct {
		typed string // the last word is being completed
		want  []string
		not   []string
	}{
		{"spool ", []string{"setup", "post", "completion", "--json"}, []string{"--at"}},
		{"spool po", []string{"post"}, []string{"preview"}},
		{"spool post thread.md --", []string{"--at", "--now", "--media", "--json"}, []string{"--watch-", "--from-x"}},
		{"spool keys ", []string{"list", "create", "revoke"}, []string{"setup"}},
		{"spool --json keys create --sc", []string{"--scope"}, []string{"--yes"}},
	} {
		words := strings.Split(tc.typed, " ")
		program := fmt.Sprintf("%s\nCOMP_WORDS=(%s '')\nCOMP_CWORD=%d\nCOMP_WORDS[COMP_CWORD]='%s'\n_spool\nprintf '%%s\\n' \"${COMPREPLY[@]}\"",
			script, strings.Join(words[:len(words)-1], " "), len(words)-1, words[len(words)-1])
		out, err := exec.CommandContext(t.Context(), bash, "-c", program).CombinedOutput()
		got := strings.Fields(string(out))
		for _, w := range tc.want {
			if err != nil || !slices.Contains(got, w) {
				t.Errorf("%q: %s is not offered, only %v (%v)", tc.typed, w, got, err)
			}
		}
		for _, w := range tc.not {
			if slices.Contains(got, w) {
				t.Errorf("%q: %s is offered", tc.typed, w)
			}
		}
	}
}

// TestScriptsOfOtherShells checks what can be checked where the shells are not
// installed: that every command and flag is there, and that quotes are closed.
func TestScriptsOfOtherShells(t *testing.T) {
	for _, shell := range []string{"zsh", "fish"} {
		script := spool(t, Stdio{}, "", "completion", shell).out
		for _, word := range []string{"setup", "calendar", "revoke", "from-x", "headless", "json"} {
			if !strings.Contains(script, word) {
				t.Errorf("%s lacks %s", shell, word)
			}
		}
		if strings.Count(strings.ReplaceAll(script, `'\''`, ""), "'")%2 != 0 {
			t.Errorf("%s has an open quote", shell)
		}
		if path, err := exec.LookPath(shell); err == nil {
			check := exec.CommandContext(t.Context(), path, "-n", "/dev/stdin")
			check.Stdin = strings.NewReader(script)
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", shell, err, out)
			}
		}
	}
	if got := spool(t, Stdio{}, "", "completion", "csh"); got.status != StatusUsage || !strings.Contains(got.err, "bash") {
		t.Errorf("csh: status %d, %q", got.status, got.err)
	}
}
