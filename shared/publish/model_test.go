package publish_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"spool/shared/post"
)

// text reads a file of the package.
func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// all are what a pattern's group matches in a text.
func all(pattern, in string) (found []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(in, -1) {
		found = append(found, m[1])
	}
	return found
}

// TestModelHasTheTransitions compares the model's transitions with the rules: each is
// in the model, or its README says why it is not.
func TestModelHasTheTransitions(t *testing.T) {
	modelled := all(`(?m)^inline ([A-Z]\w+)\(`, text(t, "model/protocol.pml"))
	_, without, _ := strings.Cut(text(t, "model/README.md"), "## What is not in the model")
	left := all("`([A-Z][A-Za-z]+)`", without)
	var rules []string
	for _, e := range post.Transitions() {
		name := string(e.Name)
		rules = append(rules, name)
		if !slices.Contains(modelled, name) && !slices.Contains(left, name) {
			t.Errorf("the model has no %s, and its README does not say why", name)
		}
	}
	for _, name := range modelled {
		if !slices.Contains(rules, name) {
			t.Errorf("the model's %s is no transition", name)
		}
	}
	for _, name := range left {
		if !slices.Contains(rules, name) || slices.Contains(modelled, name) {
			t.Errorf("the model's README leaves out %s, which is no transition, or is modelled", name)
		}
	}
}

// TestModelHasWhatCanStillGoWrong: each point of the list in README.md has a run that
// shows it, or the model's README says that it has none.
func TestModelHasWhatCanStillGoWrong(t *testing.T) {
	_, points, _ := strings.Cut(text(t, "README.md"), "## What can still go wrong")
	points, _, _ = strings.Cut(points, "\n## ")
	listed := all(`(?m)^- \*\*(.+?)\*\*`, points)
	runs := all(`(?m)\| point: (.+)$`, text(t, "model/runs.txt"))
	_, without, _ := strings.Cut(text(t, "model/README.md"), "so\nthis point has no run:")
	runs = append(runs, all(`(?m)^- (.+)$`, without)...)
	if len(listed) == 0 {
		t.Fatal("the list of what can still go wrong was not found")
	}
	for _, p := range listed {
		if !slices.Contains(runs, p) {
			t.Errorf("no run of the model shows, and its README does not except: %s", p)
		}
	}
	for _, p := range runs {
		if !slices.Contains(listed, p) {
			t.Errorf("the model shows what README.md does not list: %s", p)
		}
	}
}
