package tweet

import (
	"cmp"
	"slices"
	"strings"
)

// A Document is a text and what the parts of it are to a reader. [Plain] guesses them; a
// format that has marks for them knows.
type Document struct {
	Text string
	// Blocks are in the order of their beginnings; one that holds others stands before them.
	Blocks []Block
	// Numbered says that the posts have the numbers that the writer gave them.
	Numbered bool
}

// A Block is a stretch of a document's text that is one thing to a reader.
type Block struct {
	Kind BlockKind
	// Start and End are byte offsets, half open. A block begins behind the white space of its
	// first line, with its mark.
	Start, End int
	// Mark is what the first line of an item, and each line of a quote, begins with. A post
	// that goes on with a quote repeats it.
	Mark string
	// Level is that of a heading, from 1; 0 says that a line only looks like one.
	Level int
}

// A BlockKind is what a block is.
type BlockKind uint8

// The kinds of blocks.
const (
	Paragraph BlockKind = iota
	Heading             // goes with what follows it
	Quote
	Code
	Item // of a list, without the items of lists in it, which come after it
	Table
	Row
	Divider // the explicit end of a post
	Picture // makes a post even where there is no text between two dividers; it has no text
	Inline  // inside a line, but one thing: a link with its address, a piece of code
)

// whole reports whether a block is one that is not cut where it fits into a post.
func (b Block) whole() bool {
	switch b.Kind {
	case Heading, Quote, Code, Item, Table, Row, Inline:
		return true
	}
	return false
}

// Break is the line that always ends a post.
const Break = "---"

// isBreak reports whether line is an explicit break: three or more hyphens, alone.
func isBreak(line string) bool {
	line = strings.TrimSpace(line)
	return len(line) >= len(Break) && strings.Trim(line, "-") == ""
}

// A span is a half-open range of byte offsets.
type span struct{ start, end int }

// A section is what lies between two explicit breaks.
type section struct {
	span
	blocks []Block
}

// sections divides a document at its dividers.
func (d Document) sections() []section {
	var sections []section
	start, first := 0, 0
	for i, b := range d.Blocks {
		if b.Kind == Divider {
			sections = append(sections, section{span{start, b.Start}, d.Blocks[first:i]})
			start, first = b.End, i+1
		}
	}
	return append(sections, section{span{start, len(d.Text)}, d.Blocks[first:]})
}

// Add puts blocks among those of the document: those without text before others that begin
// at the same place.
func (d *Document) Add(blocks ...Block) {
	if len(blocks) == 0 {
		return
	}
	d.Blocks = append(d.Blocks, blocks...)
	slices.SortStableFunc(d.Blocks, func(a, b Block) int {
		if a.Start == b.Start && (a.End == a.Start) != (b.End == b.Start) {
			return cmp.Compare(a.End, b.End)
		}
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
}

// Divide makes paragraphs that are numbered 1/, 2/ and so on begin posts, and says that
// they have their numbers.
func (d *Document) Divide() {
	var dividers []Block
	held := 0 // where what may hold paragraphs ends
	for _, b := range d.Blocks {
		switch b.Kind {
		case Quote, Code, Item, Table:
			held = max(held, b.End)
		case Paragraph, Heading:
			if b.Start >= held && placeOf(d.Text[b.Start:b.End]) == len(dividers)+1 {
				dividers = append(dividers, Block{Kind: Divider, Start: b.Start, End: b.Start})
			}
		}
	}
	if len(dividers) > 1 {
		d.Add(dividers...)
		d.Numbered = true
	}
}

// placeOf returns the number of a text that begins with its place in a thread, such as
// 3/ or 3/7 or (3/7), or 0.
func placeOf(text string) int {
	text = strings.TrimPrefix(text, "(")
	const most = 3
	place, digits := 0, runLen(text, most, isDigit)
	for i := range digits {
		place = place*10 + int(text[i]-'0')
	}
	if digits == 0 || len(text) == digits || text[digits] != '/' {
		return 0
	}
	rest := text[digits+1:]
	total := runLen(rest, most, isDigit)
	if total == 0 && strings.HasPrefix(rest, "n") {
		total = 1
	}
	rest = strings.TrimPrefix(rest[total:], ")")
	if rest != "" && !strings.ContainsRune(" \n\t:.", rune(rest[0])) {
		return 0 // 1/2cm, 24/7er
	}
	return place
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
