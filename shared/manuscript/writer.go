package manuscript

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A writer writes text whose lines have prefixes, and puts line breaks between blocks
// only once something follows.
type writer struct {
	out     strings.Builder
	prefix  string // of each line
	first   string // of the next line in place of prefix, where open
	open    bool
	pending int    // line breaks before the next text
	blank   string // what stands on blank lines among them
	soft    bool   // the source's line ended before the next text
	inside  bool   // the line has its prefix
	start   int    // of the line
}

// separate asks for at least n line breaks before the next text.
func (w *writer) separate(n int) {
	w.soft = false
	if w.open {
		return // nothing stands behind the mark of the item yet
	}
	if w.out.Len() > 0 {
		w.pending = max(w.pending, n)
		w.blank = strings.TrimRight(w.prefix, " ")
	}
	w.inside = false
}

// enter begins an indented part, whose first line begins with mark and the others with
// indent, and returns the function that ends it.
func (w *writer) enter(mark, indent string) (leave func()) {
	outer := w.prefix
	if !w.open {
		w.first = w.prefix
	}
	w.first += mark
	w.open = true
	w.prefix += indent
	return func() {
		w.prefix = outer
		w.open = false
	}
}

// breakSoftly ends a line that goes on with the next text, behind a space if its script
// has spaces.
func (w *writer) breakSoftly() { w.soft = true }

// write writes text, which may have several lines. It returns where the line begins in
// which its first character stands, or -1 where it has none.
func (w *writer) write(s string) (line int) {
	line = -1
	if s == "" {
		return line
	}
	if w.soft {
		w.soft = false
		if needSpace(w.out.String(), s) {
			s = " " + s
		}
	}
	for i, text := range strings.Split(s, "\n") {
		if i > 0 {
			w.pending++
			w.blank = strings.TrimRight(w.prefix, " ")
			w.inside = false
		}
		if text != "" {
			w.flush()
			if line < 0 {
				line = w.start
			}
			w.out.WriteString(text)
		}
	}
	return line
}

// flush writes the pending line breaks and the prefix of the line.
func (w *writer) flush() {
	if w.inside {
		return
	}
	if w.out.Len() == 0 {
		w.pending = 0
	}
	for i := range w.pending {
		if i > 0 {
			w.out.WriteString(w.blank)
		}
		w.out.WriteByte('\n')
	}
	w.start = w.out.Len()
	if w.open {
		w.out.WriteString(w.first)
	} else {
		w.out.WriteString(w.prefix)
	}
	w.pending, w.open, w.inside = 0, false, true
}

// needSpace reports whether a space stands in place of the line break between two lines: not
// between characters of scripts without spaces, nor in a word with a hyphen, as in well-known
// but for pre- and post-war.
func needSpace(above, below string) bool {
	last, size := utf8.DecodeLastRuneInString(above)
	next, _ := utf8.DecodeRuneInString(below)
	if last == '-' {
		before, _ := utf8.DecodeLastRuneInString(above[:len(above)-size])
		word := below[:len(below)-len(strings.TrimLeftFunc(below, unicode.IsLetter))]
		return !unicode.IsLetter(before) || !unicode.IsLetter(next) || joinsWords(word)
	}
	return !withoutSpaces(last) || !withoutSpaces(next)
}

// joinsWords reports the words that follow the first half of a compound.
func joinsWords(word string) bool {
	switch word {
	case "and", "or", "to", "und", "oder", "bis", "bzw", "sowie", "et", "ou", "y", "e", "o", "en", "of", "och", "og",
		"i", "и", "или":
		return true
	}
	return false
}

// withoutSpaces reports the characters of scripts that have no spaces between words.
func withoutSpaces(r rune) bool {
	return 0x3000 <= r && r <= 0x303F || 0xFF00 <= r && r <= 0xFFEF ||
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}
