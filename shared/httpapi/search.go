package httpapi

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"spool/shared/post"
)

// words are the words of a search, in the form in which texts are compared.
func words(search string) []string { return strings.Fields(fold(search)) }

// fold leaves out what searches do not tell apart: case, and forms of the same letter.
func fold(text string) string { return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(text))) }

// contains reports whether all of the words are somewhere in a thread.
func contains(c post.Content, words []string) bool {
	if len(words) == 0 {
		return true
	}
	var all strings.Builder
	for _, t := range c.Tweets {
		all.WriteString(t.Text)
		all.WriteByte('\n')
	}
	text := fold(all.String())
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
