package main

import (
	"fmt"
	"strings"
)

// parse reads the list of the accepted survivors: comments that give a reason, and
// below each the names of the mutants that it holds for. An empty line ends the
// reason. It gives the reasons by the mutants' names.
func parse(text string) (map[string]string, error) {
	accepted := map[string]string{}
	reason, named := "", false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		comment, isComment := strings.CutPrefix(line, "#")
		switch {
		case line == "":
			reason, named = "", false
		case isComment:
			if named {
				reason, named = "", false
			}
			reason = strings.TrimSpace(reason + " " + strings.TrimSpace(comment))
		case reason == "":
			return nil, fmt.Errorf("line %d: this mutant has no reason above it, in a line that begins with #", i+1)
		case accepted[line] != "":
			return nil, fmt.Errorf("line %d: this mutant is listed twice", i+1)
		default:
			accepted[line], named = reason, true
		}
	}
	return accepted, nil
}
