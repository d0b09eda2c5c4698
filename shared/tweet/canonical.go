package tweet

import (
	"regexp"
	"strings"
	"sync"
)

var (
	scheme = pattern(`(?i)https?://`)
	// appended is what X itself puts behind a text for media and quotes.
	appended = pattern(`(?: (?:t\.co/\w+|pic\.(?:x|twitter)\.com/\w+|(?:x|twitter)\.com/\w+/status/\d+(?:/(?:photo|video)/\d)?))+$`)
)

// pattern compiles a regular expression when it is first used, and not before a function's first event.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// Canonical reduces a text to what X keeps of it, so that what was sent and what
// a timeline shows compare equal: NFC, single spaces, links without their scheme
// and final slash, and without the links that X appends.
//
// Keys are stored that are made of it: a text of which it gives something else
// from one version to the next is not found under its old key.
func Canonical(text string) string {
	words := strings.Fields(scheme().ReplaceAllString(Normalize(text), ""))
	for i, w := range words {
		words[i] = strings.TrimSuffix(w, "/")
	}
	return appended().ReplaceAllString(strings.Join(words, " "), "")
}
