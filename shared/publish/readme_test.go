package publish_test

import (
	"os"
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
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, diagram, _ := strings.Cut(string(page), "```mermaid\n")
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
