package xapi

import (
	"slices"
	"strings"
)

// AuthorText is the text as its author wrote it, as far as X still knows: each
// t.co link becomes what it leads to, the link that X adds for attached media
// goes, and &amp; &lt; &gt; become the characters. A link that was written
// without https:// comes back with it.
func (p Post) AuthorText() string {
	for _, n := range []*Note{p.Note, p.NotePost} {
		if n != nil && n.Text != "" {
			// The link of the media is among the entities of the short text.
			return p.undo(n.Text, slices.Concat(n.Entities.URLs, p.Entities.URLs))
		}
	}
	return p.undo(p.Text, p.Entities.URLs)
}

// undo turns X's text back. Links are found by their own text, not by their
// positions, which X counts in code points of a text that may have changed
// since. One pass, so that nothing that was put in is replaced again.
func (p Post) undo(text string, links []URLEntity) string {
	for _, l := range links {
		head, ok := strings.CutSuffix(text, l.URL)
		if ok && l.URL != "" && (l.MediaKey != "" || p.shows(l.ExpandedURL)) {
			text = strings.TrimSuffix(head, " ")
		}
	}
	var b strings.Builder
	for text != "" {
		from, to := match(text, links)
		b.WriteString(to)
		text = text[len(from):]
	}
	return b.String()
}

// shows reports whether a link leads to the post's own media. No author can have
// written it: the id is younger than the text.
func (p Post) shows(link string) bool {
	own := "/status/" + p.ID
	return p.ID != "" && (strings.Contains(link, own+"/photo/") || strings.Contains(link, own+"/video/"))
}

// match gives what stands at the beginning of text, and what its author wrote
// there.
func match(text string, links []URLEntity) (from, to string) {
	switch {
	case strings.HasPrefix(text, "&amp;"):
		return "&amp;", "&"
	case strings.HasPrefix(text, "&lt;"):
		return "&lt;", "<"
	case strings.HasPrefix(text, "&gt;"):
		return "&gt;", ">"
	}
	for _, l := range links {
		rest, ok := strings.CutPrefix(text, l.URL)
		if ok && l.URL != "" && l.ExpandedURL != "" && !continues(rest) {
			return l.URL, l.ExpandedURL
		}
	}
	return text[:1], text[:1]
}

// continues reports whether a t.co link would go on with rest, so that what was
// matched is only the beginning of another one.
func continues(rest string) bool {
	if rest == "" {
		return false
	}
	c := rest[0]
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}
