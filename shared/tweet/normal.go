package tweet

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Normalize brings text to normal form C, as X does before it counts and compares.
//
// It differs from package norm where more than thirty marks are heaped on one letter:
// that package parts them by a combining grapheme joiner (stream-safe text, UAX #15),
// which counts, and X does not.
func Normalize(text string) string {
	normal := norm.NFC.String(text)
	if strings.Count(normal, graphemeJoiner) == strings.Count(text, graphemeJoiner) {
		return normal
	}
	var b strings.Builder
	for len(text) > 0 {
		n := segmentLen(text)
		b.WriteString(normalSegment(text[:n]))
		text = text[n:]
	}
	return b.String()
}

const graphemeJoiner = "\u034F"

// segmentLen returns the length of the text up to the next character that no
// normalisation joins to what precedes it.
func segmentLen(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	for n < len(text) {
		p := norm.NFC.PropertiesString(text[n:])
		if p.BoundaryBefore() {
			break
		}
		n += max(p.Size(), 1)
	}
	return n
}

// normalSegment is the normal form C of a segment (Unicode, section 3.11).
func normalSegment(segment string) string {
	normal := norm.NFC.String(segment)
	if strings.Count(normal, graphemeJoiner) == strings.Count(segment, graphemeJoiner) {
		return normal
	}
	return compose(decompose(segment))
}

// A mark is a code point with its canonical combining class; that of letters is 0.
type mark struct {
	r     rune
	class uint8
}

// decompose takes characters apart and brings the marks into their order.
func decompose(segment string) []mark {
	var marks []mark
	for _, r := range segment {
		for _, part := range norm.NFD.String(string(r)) {
			marks = append(marks, mark{part, norm.NFD.PropertiesString(string(part)).CCC()})
		}
	}
	for start := 0; start < len(marks); start++ {
		end := start
		for end < len(marks) && marks[end].class > 0 {
			end++
		}
		slices.SortStableFunc(marks[start:end], func(a, b mark) int { return cmp.Compare(a.class, b.class) })
		start = end
	}
	return marks
}

// compose joins each mark that nothing keeps from it to the letter before it.
func compose(marks []mark) string {
	letter := -1 // of what is kept, where there is one
	kept := marks[:0]
	for _, m := range marks {
		if letter >= 0 {
			last := kept[len(kept)-1]
			if free := len(kept)-1 == letter || last.class > 0 && last.class < m.class; free {
				if both, ok := composite(kept[letter].r, m.r); ok {
					kept[letter].r = both
					continue
				}
			}
		}
		if m.class == 0 {
			letter = len(kept)
		}
		kept = append(kept, m)
	}
	var b strings.Builder
	for _, m := range kept {
		b.WriteRune(m.r)
	}
	return b.String()
}

// composite returns the one character that two stand for.
func composite(letter, m rune) (rune, bool) {
	both := norm.NFC.String(string(letter) + string(m))
	r, size := utf8.DecodeRuneInString(both)
	return r, size == len(both)
}
