package chaos_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"spool/infra/chaos"
	"spool/shared/post"
)

// everything is all that worlds can reach, from where each kind is declared.
func everything(t *testing.T) (all []string) {
	for _, e := range post.Transitions() {
		all = append(all, "transition "+e.Name)
	}
	all = append(all, chaos.Rows()...)
	all = append(all, reasons(t)...)
	for _, how := range settlings() {
		all = append(all, "settling: "+how)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// code finds the codes of reasons in source.
var code = regexp.MustCompile(`(?:\b[Cc]ode:\s*|unreadable\{fault\.\w+, |\.Code, [\w.]+ = )"([a-z_]+)"`)

// reasons are all that the product's source has for posts and accounts.
func reasons(t *testing.T) []string {
	found := map[string]bool{}
	for _, dir := range []string{"post", "publish", "schedule", "vault", "xapi", "xauth"} {
		files, err := filepath.Glob("../../shared/" + dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("no source of %s: %v", dir, err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, m := range code.FindAllSubmatch(source, -1) {
				found["reason "+string(m[1])] = true
			}
		}
	}
	return slices.Collect(maps.Keys(found))
}

// settlings are the branches of settling a doubt.
func settlings() []string {
	return []string{
		"begun", "an intent was found", "found at the first look", "found", "not there, and too early", "not there once",
		"not there twice, sent again", "not there twice, its media first", "not there: no_clear_answer", "called a duplicate",
		"not read: twin_in_doubt", "not read: x_unavailable", "not read: answer_lost", "not read: x_unreachable",
		"waits for a limit or a pause",
		"unknown: tweets on the timeline could be it", "unknown: has this text already", "unknown: could not be read in many tries",
		"unknown: gave up", "unknown: the timeline is refused", "unknown: no longer connected",
		"unknown: begins with the same words is unknown", "unknown: shows other uploads", "unknown: pages of tweets",
	}
}

// reached holds a campaign to what it must reach, and to what it is said that it
// cannot.
func reached(t *testing.T, r chaos.Reached, beyond map[string]string) {
	t.Helper()
	all := everything(t)
	for what := range beyond {
		if !slices.Contains(all, what) {
			t.Errorf("%q is said to be beyond reach, and is nothing that there is", what)
		}
	}
	for _, wrong := range r.Missing(all, beyond) {
		t.Error(wrong)
	}
	for _, what := range slices.Sorted(maps.Keys(r)) {
		if !slices.Contains(all, what) {
			t.Error(fmt.Sprint(what, " was reached, and nobody knows of it"))
		}
	}
}
