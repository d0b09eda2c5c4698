package tweet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file guesses what the lines of a plain text are.

// A textLine is a line of a plain text with something in it, without the white space
// around it.
type textLine struct {
	span
	text   string
	indent int  // columns of white space before it
	blank  bool // a blank line stands before it
	kind   lineKind
}

type lineKind uint8

const (
	lineProse lineKind = iota
	lineItem           // begins an item of a list
	lineQuote
	lineCode
	lineHeading
	lineRow
)

// Plain guesses the blocks of a plain text: what looks like a heading, list, quote or code
// to a reader. A line of three hyphens is a divider, as is one of more that underlines nothing;
// but none is between two lines of ```.
func Plain(text string) Document {
	d := Document{Text: text}
	var lines []textLine
	blank := false
	pos := 0
	fences := fencesOf(text)
	for line := range strings.Lines(text) {
		start := pos
		pos += len(line)
		body := strings.TrimSpace(line)
		for len(fences) > 0 && fences[0].end <= start {
			fences = fences[1:]
		}
		fenced := len(fences) > 0 && fences[0].start <= start
		switch {
		case body == "":
			blank = true
			continue
		case isBreak(line) && !fenced && (len(body) == len(Break) || blank || len(lines) == 0):
			d.Blocks = append(d.Blocks, blocksOf(lines)...)
			d.Blocks = append(d.Blocks, Block{Kind: Divider, Start: start, End: pos})
			lines, blank = nil, false
			continue
		}
		indent := strings.Index(line, body)
		lines = append(lines, textLine{
			span: span{start + indent, start + indent + len(body)}, text: body,
			indent: columns(line[:indent]), blank: blank && len(lines) > 0,
		})
		blank = false
	}
	d.Blocks = append(d.Blocks, blocksOf(lines)...)
	d.Divide()
	return d
}

// fenceOf returns the mark that begins or ends code in a line, or nothing.
func fenceOf(line string) string {
	for _, mark := range [...]string{"```", "~~~"} {
		if strings.HasPrefix(line, mark) {
			return mark
		}
	}
	return ""
}

// fencesOf returns what stands between two fences each.
func fencesOf(text string) (fences []span) {
	open, begin, pos := "", 0, 0
	for line := range strings.Lines(text) {
		switch mark := fenceOf(strings.TrimSpace(line)); {
		case mark == "":
		case open == "":
			open, begin = mark, pos
		case mark == open:
			fences = append(fences, span{begin, pos})
			open = ""
		}
		pos += len(line)
	}
	return fences
}

// columns returns the width of an indentation.
func columns(indent string) int {
	const tab = 4
	n := 0
	for _, r := range indent {
		if r == '\t' {
			n += tab - n%tab
			continue
		}
		n++
	}
	return n
}

// blocksOf returns the blocks of the lines between two dividers.
func blocksOf(lines []textLine) []Block {
	classify(lines)
	var blocks []Block
	for start := 0; start < len(lines); {
		first, end := lines[start], start+1
		for end < len(lines) && continues(first, lines[end-1], lines[end]) {
			end++
		}
		b := Block{Start: first.start, End: lines[end-1].end}
		switch first.kind {
		case lineHeading:
			b.Kind, b.Level = Heading, len(first.text)-len(strings.TrimLeft(first.text, "#"))
		case lineItem:
			b.Kind, b.Mark = Item, itemMark(first.text)
		case lineQuote:
			b.Kind, b.Mark = Quote, quoteMark(first.text)
		case lineCode:
			b.Kind = Code
		}
		blocks = append(blocks, b)
		start = end
	}
	return blocks
}

// continues reports whether next, which follows last, belongs to the block that begins
// with first.
func continues(first, last, next textLine) bool {
	if first.kind == lineCode {
		return next.kind == lineCode && (!next.blank || goesOn(last, next))
	}
	switch {
	case next.blank, first.kind == lineHeading:
		return false
	case first.kind == lineItem:
		return next.kind == lineProse && next.indent > first.indent
	}
	return next.kind == first.kind
}

// goesOn reports whether code goes on behind a blank line.
func goesOn(last, next textLine) bool {
	return endsLikeCode(last.text) && (next.indent > 0 || beginsLikeCode(next.text))
}

// classify tells code, quotes, items and headings from prose.
func classify(lines []textLine) {
	open := "" // the mark of the code that the lines are in
	for start := 0; start < len(lines); {
		end := start + 1
		for end < len(lines) && !lines[end].blank {
			end++
		}
		block := lines[start:end]
		fences := false
		for i := range block {
			mark := fenceOf(block[i].text)
			if open != "" || mark != "" {
				block[i].kind = lineCode
			}
			fences = fences || mark != ""
			switch {
			case open == "":
				open = mark
			case mark == open:
				open = ""
			}
		}
		if open == "" && !fences {
			classifyBlock(block, end < len(lines))
		}
		start = end
	}
}

// classifyBlock classifies lines with no blank line between them. followed says that
// something comes after them.
func classifyBlock(block []textLine, followed bool) {
	if isMarkedHeading(block[0].text) && (len(block) > 1 || followed) {
		block[0].kind = lineHeading
		if block = block[1:]; len(block) == 0 {
			return
		}
	}
	switch {
	case isQuote(block):
		setKind(block, lineQuote)
		return
	case len(block) == 1 && followed && isHeading(block[0].text):
		block[0].kind = lineHeading
		return
	case isCode(block):
		setKind(block, lineCode)
		return
	}
	symbols := 0
	for _, b := range block {
		if beginsWithSymbol(b.text) {
			symbols++
		}
	}
	for i := range block {
		if isItem(block[i].text) || symbols > 1 && beginsWithSymbol(block[i].text) {
			block[i].kind = lineItem
		}
	}
}

func setKind(block []textLine, k lineKind) {
	for i := range block {
		block[i].kind = k
	}
}

// isQuote reports whether all lines have the mark of a quote.
func isQuote(block []textLine) bool {
	for _, b := range block {
		if b.text[0] != '>' || !strings.HasPrefix(b.text[1:], " ") && b.text != ">" {
			return false
		}
	}
	return true
}

// quoteMark returns the mark of a quote that a line begins with.
func quoteMark(text string) string {
	return text[:len(text)-len(strings.TrimLeft(text, "> "))]
}

// isHeading reports whether a line by itself looks like a heading: a few words without the
// punctuation of a sentence.
func isHeading(text string) bool {
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
	case "-", "*", "+", "•", "–", "—", "·", "◦", "▪", "‣", "→", "●", "○", "■", "☐", "☑":
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

// itemMark returns the mark of an item: a bullet or number, or a symbol, and the space
// behind it.
func itemMark(text string) string {
	mark := len(text)
	if i := strings.IndexByte(text, ' '); i >= 0 {
		mark = i + 1
	}
	if !isItem(text) {
		mark = graphemeLen(text)
	}
	return text[:mark] + text[mark:len(text)-len(strings.TrimLeft(text[mark:], " "))]
}

// beginsWithSymbol reports an emoji, arrow or the like in front of a line.
func beginsWithSymbol(text string) bool {
	r, size := utf8.DecodeRuneInString(text)
	return emojiSequence(text, size) > 0 || unicode.In(r, unicode.So, unicode.Sm)
}

// isCode reports whether the lines are a program or other text whose lines count: all of
// them indented, or most of them with the look of code.
func isCode(block []textLine) bool {
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
	return indents == len(block) && !isItem(block[0].text) ||
		looks*2 > len(block) && (len(block) > 1 || looks > 0 && indents > 0)
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
		"$ ", "//", "#include", "func ", "def ", "import ", "return ", "const ", "let ", "var ", "if (", "for (", "</", "}",
	} {
		if strings.HasPrefix(text, begin) {
			return true
		}
	}
	return false
}
