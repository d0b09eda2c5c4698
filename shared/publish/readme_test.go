package publish_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"spool/shared/post"
)

// arrow is one line of the diagram.
var arrow = regexp.MustCompile(`(?m)^ +(\w+) --> (\w+): (.+)$`)

// TestDiagramShowsTheTransitions compares the diagram in README.md with the rules.
func TestDiagramShowsTheTransitions(t *testing.T) {
	_, diagram, _ := strings.Cut(text(t, "README.md"), "```mermaid\n")
	diagram, _, _ = strings.Cut(diagram, "```")
	var drawn, rules []string
	for _, line := range arrow.FindAllStringSubmatch(diagram, -1) {
		for name := range strings.SplitSeq(line[3], ", ") {
			drawn = append(drawn, line[1]+" --> "+line[2]+": "+name)
		}
	}
	for _, e := range post.Transitions() {
		for _, from := range e.From {
			to := e.To
			if to == "" {
				to = from
			}
			rules = append(rules, string(from)+" --> "+string(to)+": "+string(e.Name))
		}
	}
	slices.Sort(drawn)
	slices.Sort(rules)
	for _, r := range rules {
		if !slices.Contains(drawn, r) {
			t.Errorf("the diagram lacks %s", r)
		}
	}
	for i, d := range drawn {
		if !slices.Contains(rules, d) || i > 0 && drawn[i-1] == d {
			t.Errorf("the diagram shows what is no rule, or shows it twice: %s", d)
		}
	}
}

// TestTheCodeHasTheReadmesHeadings: the steps of a run are told in README.md as they stand
// in run.go, in the same order and under the same names.
func TestTheCodeHasTheReadmesHeadings(t *testing.T) {
	_, run, found := strings.Cut(text(t, "README.md"), "\n## A run\n")
	run, _, _ = strings.Cut(run, "\n## ")
	var headings []string
	for _, h := range all(`(?m)^### (\w+)$`, run) {
		headings = append(headings, strings.ToLower(h))
	}
	var steps []string
	for _, name := range all(`(?m)^func \(r \*run\) (\w+)\(.*\) outcome \{$`, text(t, "run.go")) {
		if slices.Contains(headings, name) {
			steps = append(steps, name)
		}
	}
	if !found || len(headings) == 0 || !slices.Equal(steps, headings) {
		t.Errorf("README.md tells of %v, and the code of %v", headings, steps)
	}
	at := -1
	for _, name := range all(`r\.(\w+)`, all(`inOrder\((r\.open, r\.afford, .*)\)`, text(t, "run.go"))[0]) {
		if i := slices.Index(headings, name); i >= 0 && i < at {
			t.Errorf("a run takes the step %s later than README.md says", name)
		} else if i >= 0 {
			at = i
		}
	}
	if at < 0 {
		t.Error("none of the steps that a run takes has a heading")
	}
}
