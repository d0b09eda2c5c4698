package manuscript

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A lineMap tells from which line of the source each part of a text is.
type lineMap []struct{ offset, line int }

func (m *lineMap) add(offset, line int) {
	n := len(*m)
	switch {
	case n > 0 && (*m)[n-1].offset == offset:
		(*m)[n-1].line = line
	case n == 0 || (*m)[n-1].line != line:
		*m = append(*m, struct{ offset, line int }{offset, line})
	}
}

// line returns the line of an offset of the text, or 0.
func (m lineMap) line(offset int) int {
	i := sort.Search(len(m), func(i int) bool { return m[i].offset > offset })
	if i == 0 {
		return 0
	}
	return m[i-1].line
}

// offset returns where what is from a line of the source begins in the text, or where what is
// from a later one would; -1: nothing is.
func (m lineMap) offset(text string, line int) int {
	i := sort.Search(len(m), func(i int) bool { return m[i].line >= line })
	if i == len(m) {
		return -1
	}
	at := m[i].offset
	if m[i].line > line {
		return at
	}
	return at + len(text[at:]) - len(strings.TrimLeftFunc(text[at:], unicode.IsSpace))
}

// linesOf maps a text that differs from its source, whose first line has a number, in white
// space alone.
func linesOf(source, text string, line int) lineMap {
	var m lineMap
	at := 0 // in text
	for above := range strings.Lines(source) {
		for _, r := range above {
			if unicode.IsSpace(r) {
				continue
			}
			at += len(text[at:]) - len(strings.TrimLeftFunc(text[at:], unicode.IsSpace))
			m.add(at, line)
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
		}
		line++
	}
	return m
}
