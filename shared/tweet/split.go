package tweet

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// minLimit is the shortest post that Split makes; a single character may weigh 2 and a
// link 23.
const minLimit = 25

// Options say how a text becomes a thread. The zero value makes posts of
// [StandardLimit], merges short paragraphs and does not number.
type Options struct {
	// Limit is the weighted length of a post, the number included; 0 means [StandardLimit].
	Limit int
	// OneEach gives each paragraph a post of its own. Otherwise short ones share a post.
	OneEach bool
	// Headings are the byte offsets of the lines of the text that are headings, where that
	// is known from elsewhere. A line that begins with # is one in any case.
	Headings []int
	// Pictures are the byte offsets at which something stands that makes a post even where
	// there is no text between two explicit breaks.
	Pictures []int
	// Numbering marks the posts of a thread.
	Numbering Numbering
}

func (o Options) limit() int {
	if o.Limit == 0 {
		return StandardLimit
	}
	return o.Limit
}

// A Part is a post of a split text.
type Part struct {
	// Text is what is to be posted, with its number.
	Text string
	// Start and End are the byte offsets, half open, of the part in the text that was split.
	Start, End int
	// Forced says that a word or link had to be cut at the part's end.
	Forced bool
}

// Texts returns the texts of parts.
func Texts(parts []Part) []string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Text
	}
	return texts
}

// Break is the line that always ends a post.
const Break = "---"

// Join writes texts as one with explicit breaks. It splits into the same parts again,
// unless one of them has a line of hyphens, as only a row of them that was cut can.
func Join(texts []string) string {
	return strings.Join(texts, "\n\n"+Break+"\n\n")
}

// Split divides text into posts that are within the limit by [WeightedLength].
//
// It breaks at explicit breaks always, else where an editor would: between paragraphs,
// then lines of a list, sentences, clauses and words, and never inside a word, link,
// mention, hashtag or emoji unless one alone exceeds the limit. A heading goes with what
// follows it. Every character of text is in exactly one part, except white space at the
// ends of parts and the explicit breaks. A text that is blank has no parts, unless there are
// pictures.
//
// The time is linear in the length of text.
func Split(text string, o Options) ([]Part, error) {
	limit := o.limit()
	sections := explicitSections(text)
	if o.Numbering.Format == "" {
		if limit < minLimit {
			return nil, fmt.Errorf("a post needs room for at least %d characters; the limit is %d", minLimit, limit)
		}
		return splitSections(text, sections, limit, o), nil
	}
	format, err := o.Numbering.parse()
	if err != nil {
		return nil, err
	}
	// The numbers take room, and more of it when the thread has more posts than expected.
	for digits := len(fmt.Sprint(atLeast(text, sections, limit))); ; digits++ {
		budget := limit - format.weight(digits)
		if budget < minLimit {
			return nil, fmt.Errorf("the numbering %q leaves %d of %d characters for the text; it needs %d: choose a shorter one", o.Numbering.Format, budget, limit, minLimit)
		}
		parts := splitSections(text, sections, budget, o)
		if len(fmt.Sprint(len(parts))) <= digits {
			return format.apply(parts), nil
		}
	}
}

// atLeast returns how many posts a text makes at the least: what weighs too much for so
// many has no room in them, however it is divided. White space at their ends is not posted.
func atLeast(text string, sections []span, limit int) (posts int) {
	for _, s := range sections {
		s = trim(text, s)
		if s.start == s.end {
			continue
		}
		weight := WeightedLength(text[s.start:s.end])
		for _, r := range text[s.start:s.end] {
			if unicode.IsSpace(r) {
				weight -= 2 // at the most
			}
		}
		posts += max(1, (weight+limit-1)/limit)
	}
	return posts
}

// A span is a half-open range of byte offsets.
type span struct{ start, end int }

// holds reports whether an offset lies within, or at the end.
func (s span) holds(offset int) bool { return s.start <= offset && offset <= s.end }

// explicitSections returns what lies between the explicit breaks.
func explicitSections(text string) []span {
	var sections []span
	start, pos := 0, 0
	for line := range strings.Lines(text) {
		if isBreak(line) {
			sections = append(sections, span{start, pos})
			start = pos + len(line)
		}
		pos += len(line)
	}
	return append(sections, span{start, len(text)})
}

// isBreak reports whether line is an explicit break: three or more hyphens, alone.
func isBreak(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) >= len(Break) && strings.Trim(line, "-") == ""
}

// splitSections splits each section by itself.
func splitSections(text string, sections []span, budget int, o Options) []Part {
	var parts []Part
	for _, s := range sections {
		more := splitSection(text, s, budget, o)
		if at := slices.IndexFunc(o.Pictures, s.holds); len(more) == 0 && at >= 0 {
			more = []Part{{Start: o.Pictures[at], End: o.Pictures[at]}}
		}
		parts = append(parts, more...)
	}
	return parts
}

func splitSection(text string, s span, budget int, o Options) []Part {
	s = trim(text, s)
	if s.start == s.end {
		return nil
	}
	if !o.OneEach && WeightedLength(text[s.start:s.end]) <= budget {
		return []Part{{Text: text[s.start:s.end], Start: s.start, End: s.end}}
	}
	l := newLayout(text, s, budget)
	l.rankSeams(o)
	l.priceSeams()
	var parts []Part
	for _, run := range l.arrange() {
		parts = append(parts, l.parts(run)...)
	}
	return parts
}

// trim takes white space off both ends of a range.
func trim(text string, s span) span {
	s.end = s.start + len(strings.TrimRightFunc(text[s.start:s.end], unicode.IsSpace))
	s.start = s.end - len(strings.TrimLeftFunc(text[s.start:s.end], unicode.IsSpace))
	return s
}
