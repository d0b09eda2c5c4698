package tweet

import (
	"regexp"
	"strings"
)

var (
	scheme = regexp.MustCompile(`(?i)https?://`)
	// appended is what X itself puts behind a text for media and quotes.
	appended = regexp.MustCompile(`(?: (?:t\.co/\w+|pic\.(?:x|twitter)\.com/\w+|(?:x|twitter)\.com/\w+/status/\d+(?:/(?:photo|video)/\d)?))+$`)
)

// Canonical reduces a text to what X keeps of it, so that what was sent and what
// a timeline shows compare equal: NFC, single spaces, links without their scheme
// and final slash, and without the links that X appends.
//
// Keys are stored that are made of it: a text of which it gives something else
// from one version to the next is not found under its old key.
func Canonical(text string) string {
	words := strings.Fields(scheme.ReplaceAllString(Normalize(text), ""))
	for i, w := range words {
		words[i] = strings.TrimSuffix(w, "/")
	}
	return appended.ReplaceAllString(strings.Join(words, " "), "")
}
