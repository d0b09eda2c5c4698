package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// about has, for each function, what its lines must have whoever they are about. Whole words of theirs say which do not:
// they are about no one post.
var about = map[string]struct {
	must   []string
	except []string
}{
	"publish": {[]string{"request_id", "post_id", "account_id", "run_id"}, []string{
		"resumed", // all posts of an account
	}},
	"dispatch": {[]string{"request_id"}, nil},
	"refresh":  {[]string{"request_id"}, nil},
	"notify":   {[]string{"request_id"}, nil},
	"callback": {[]string{"request_id"}, nil},
	"api":      {[]string{"request_id"}, nil},
}

// checkLines holds each line that the functions wrote to what an operator looks for in it, and gives how many there are.
func checkLines(t *testing.T, log string) (lines int) {
	t.Helper()
	for line := range strings.Lines(log) {
		function, text, ok := strings.Cut(line, " | ")
		rule, known := about[function]
		if !ok || !known || !strings.HasPrefix(text, "{") {
			continue
		}
		lines++
		var members map[string]any
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			t.Errorf("%v in %s", err, line)
			continue
		}
		said, _ := members["msg"].(string)
		if members["time"] == nil || members["level"] == nil || said == "" {
			t.Errorf("no time, level or message: %s", line)
		}
		must := rule.must
		for _, e := range rule.except {
			if said == e {
				must = must[:1]
			}
		}
		for _, name := range must {
			if value, _ := members[name].(string); value == "" {
				t.Errorf("%s says %q without %s: %s", function, said, name, line)
			}
		}
		if n := strings.Count(text, `"post_id":`); n > 1 {
			t.Errorf("post_id is there %d times: %s", n, line)
		}
	}
	return lines
}
