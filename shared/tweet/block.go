package tweet

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A line is a line of text with something in it.
type line struct {
	first, last int // its atoms
	text        string
	indent      int  // columns of white space before it
	blank       bool // a blank line stands before it
	kind        lineKind
}

type lineKind uint8

const (
	lineProse lineKind = iota
	lineVerse          // prose that was broken on purpose
	lineItem           // begins an item of a list
	lineCode
	lineHeading
)

// rankSeams finds out what lies at each seam: paragraphs, headings, lists and code by
// their lines, sentences and clauses by their punctuation.
func (l *layout) rankSeams(o Options) {
	lines := l.lines()
	classify(lines)
	l.markHeadings(lines, o)
	for i := range lines {
		l.rankWithin(lines[i])
		if i > 0 {
			l.rankBetween(lines[i-1], lines[i], o.OneEach)
		}
	}
}

// markHeadings corrects which lines are headings: those that are marked, and those that
// look it, unless each paragraph, however short, is to have its own post. One that does not
// fit into a post is none.
func (l *layout) markHeadings(lines []line, o Options) {
	for i := range lines {
		b := &lines[i]
		marked := isMarkedHeading(b.text) || slices.Contains(o.Headings, l.atoms[b.first].start)
		switch {
		case b.kind == lineCode:
		case l.weight(b.first, b.last+1) > l.budget, o.OneEach && !marked:
			if b.kind == lineHeading {
				b.kind = lineProse
			}
		case marked && (i == len(lines)-1 || lines[i+1].blank):
			b.kind = lineHeading
		}
	}
}

// lines groups the atoms.
func (l *layout) lines() []line {
	var lines []line
	from := l.atoms[0].start // where the white space before the atom begins
	for i, a := range l.atoms {
		gap := l.text[from:a.start]
		newline := strings.LastIndexByte(gap, '\n')
		if i == 0 || newline >= 0 {
			lines = append(lines, line{
				first:  i,
				indent: columns(gap[newline+1:]),
				blank:  strings.Count(gap, "\n") > 1,
			})
		}
		last := &lines[len(lines)-1]
		last.last = i
		last.text = l.text[l.atoms[last.first].start:a.end]
		from = a.end
	}
	return lines
}

// columns returns the width of an indentation.
func columns(indent string) int {
	n := 0
	for _, r := range indent {
		n++
		if r == '\t' {
			n += 3
		}
	}
	return n
}

// classify tells code, items, headings and verse from prose.
func classify(lines []line) {
	fenced := false
	for start := 0; start < len(lines); {
		end := start + 1
		for end < len(lines) && !lines[end].blank {
			end++
		}
		block := lines[start:end]
		fences := false
		for i := range block {
			if strings.HasPrefix(block[i].text, "```") {
				fenced, fences = !fenced, true
				block[i].kind = lineCode
			} else if fenced {
				block[i].kind = lineCode
			}
		}
		if !fenced && !fences {
			classifyBlock(block, end < len(lines))
		}
		start = end
	}
}

// classifyBlock classifies lines with no blank line between them. followed says that
// something comes after them.
func classifyBlock(block []line, followed bool) {
	switch {
	case len(block) == 1 && followed && isHeading(block[0].text):
		block[0].kind = lineHeading
		return
	case isCode(block):
		for i := range block {
			block[i].kind = lineCode
		}
		return
	}
	symbols := 0
	for _, b := range block {
		if beginsWithSymbol(b.text) {
			symbols++
		}
	}
	for i := range block {
		switch {
		case isItem(block[i].text) || symbols > 1 && beginsWithSymbol(block[i].text):
			block[i].kind = lineItem
		case i > 0 && endsOnPurpose(block[i-1].text, block[i].text):
			block[i].kind = lineVerse
		}
	}
}

// isHeading reports whether a line by itself is a heading: marked as one, or a few words
// without the punctuation of a sentence.
func isHeading(text string) bool {
	if isMarkedHeading(text) {
		return true
	}
	const maxLength, maxWords = 60, 9
	if isItem(text) || utf8.RuneCountInString(text) > maxLength || len(strings.Fields(text)) > maxWords {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(text)
	return !strings.ContainsRune(".!…,;。！，；、", last) && strings.ContainsFunc(text, unicode.IsLetter) && !isEntity(text)
}

// isMarkedHeading reports whether a line begins with the mark of a heading.
func isMarkedHeading(text string) bool {
	rest := strings.TrimLeft(text, "#")
	return len(rest) < len(text) && strings.HasPrefix(rest, " ")
}

// isEntity reports whether text consists of links, tags and mentions.
func isEntity(text string) bool {
	words := strings.Fields(text)
	return len(words) > 0 && len(Entities(text)) == len(words)
}

// isItem reports whether a line begins with the mark of a list: a bullet, or a number or
// letter with a full stop or parenthesis.
func isItem(text string) bool {
	mark, rest, found := strings.Cut(text, " ")
	if !found || strings.TrimSpace(rest) == "" {
		return false
	}
	switch mark {
	case "-", "*", "+", "•", "–", "—", "·", "◦", "▪", "‣", "→", "●", "○", "■":
		return true
	}
	const maxMark = 4
	body := strings.TrimRight(mark, ".)")
	if len(mark) > maxMark || len(mark)-len(body) != 1 || body == "" {
		return false
	}
	body = strings.TrimPrefix(body, "(")
	return len(body) == 1 && isASCIILetter(body[0]) || strings.Trim(body, "0123456789") == ""
}

// beginsWithSymbol reports an emoji, arrow or the like in front of a line.
func beginsWithSymbol(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return emojiSequence(text, size) > 0 || unicode.In(r, unicode.So, unicode.Sm)
}

// endsOnPurpose reports whether a line ends before the next one for another reason than
// that the writer's window was full.
func endsOnPurpose(text, next string) bool {
	const narrow = 48
	if utf8.RuneCountInString(text) < narrow {
		return true
	}
	return endsSentence(text, next)
}

// isCode reports whether the lines are a program or other text whose lines count: all of
// them indented, or most of them with the look of code.
func isCode(block []line) bool {
	const indented = 4
	looks, indents := 0, 0
	for _, b := range block {
		if b.indent >= indented {
			indents++
		}
		if hasCodeLook(b.text) {
			looks++
		}
	}
	return indents == len(block) || looks*2 > len(block) && (len(block) > 1 || looks > 0 && indents > 0)
}

// hasCodeLook reports lines that look like statements.
func hasCodeLook(text string) bool {
	return endsLikeCode(text) || beginsLikeCode(text) ||
		strings.Contains(text, ":=") || strings.Contains(text, " = ") || strings.Contains(text, " => ")
}

func endsLikeCode(text string) bool {
	for _, end := range [...]string{"{", "}", ";", "()", "):", "});", "],", "},", "\\"} {
		if strings.HasSuffix(text, end) {
			return true
		}
	}
	return false
}

func beginsLikeCode(text string) bool {
	for _, begin := range [...]string{
		"$ ", "> ", "//", "#include", "func ", "def ", "import ", "return ", "const ", "let ", "var ", "if (", "for (", "</", "}",
	} {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	return false
}

// rankBetween ranks the seam between two lines.
func (l *layout) rankBetween(above, below line, oneEach bool) {
	s := &l.atoms[above.last].seam
	s.heading = below.kind == lineHeading
	if above.kind == lineHeading {
		s.level = levelParagraph
		s.cost = afterHeadingCost
		return
	}
	announces := (strings.HasSuffix(above.text, ":") || strings.HasSuffix(above.text, "：")) &&
		(below.kind == lineItem || below.kind == lineCode)
	sameCode := endsLikeCode(above.text) && (below.indent > 0 || beginsLikeCode(below.text))
	switch {
	case above.kind == lineCode && below.kind == lineCode:
		s.level = levelCode
		s.must = oneEach && below.blank && !sameCode
	case below.blank:
		s.level = levelParagraph
		s.must = oneEach && !announces
	case below.kind == lineItem:
		s.level = levelItem
	case below.kind != lineProse || above.kind == lineCode:
		s.level = levelLine
	default:
		s.level, s.cost = l.punctuated(above.last)
	}
	if announces && above.kind != lineItem {
		s.cost += afterIntroCost
	}
}
