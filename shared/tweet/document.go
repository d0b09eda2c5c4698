package tweet

import (
	"cmp"
	"slices"
	"strconv"
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
// they have their numbers. Headings above the first one go with it.
func (d *Document) Divide() {
	var dividers []Block
	total := ""
	held := 0 // where what may hold paragraphs ends
	for _, b := range d.Blocks {
		switch b.Kind {
		case Quote, Code, Item, Table:
			held = max(held, b.End)
		case Paragraph, Heading:
			place, of := placeOf(d.Text[b.Start:b.End])
			if b.Start < held || place == 0 {
				continue
			}
			if place == 1 && len(dividers) == 1 {
				dividers = nil // the one before it began nothing
			}
			if place != len(dividers)+1 || place > 1 && of != total {
				continue
			}
			total = of
			dividers = append(dividers, Block{Kind: Divider, Start: b.Start, End: b.Start})
		}
	}
	if len(dividers) > 1 {
		if d.isTitled(dividers[0].Start) {
			dividers = dividers[1:]
		}
		d.Add(dividers...)
		d.Numbered = true
		return
	}
	d.Numbered = d.endsNumbered()
}

// isTitled reports whether nothing but headings, and something of them, stands before an offset
// in its section.
func (d *Document) isTitled(offset int) (titled bool) {
	for _, b := range d.Blocks {
		switch {
		case b.Start >= offset:
			return titled
		case b.Kind == Divider:
			titled = false
		case b.Kind == Heading:
			titled = true
		case b.Kind != Inline:
			return false
		}
	}
	return titled
}

// endsNumbered reports whether the texts between the dividers end with their places, 1/3, 2/3 and
// 3/3.
func (d *Document) endsNumbered() bool {
	place, total := 0, ""
	for _, sec := range d.sections() {
		s := trim(d.Text, sec.span)
		if s.start == s.end {
			continue
		}
		place++
		text := d.Text[s.start:s.end]
		m := placeBehind().FindStringSubmatch(text[strings.LastIndexByte(text, '\n')+1:])
		if m == nil || m[1] != strconv.Itoa(place) || place > 1 && m[2] != total {
			return false
		}
		total = m[2]
	}
	return place > 1 && (total == strconv.Itoa(place) || total == "n")
}

// place is what a text begins with that tells its place in a thread: 3/, 3/7, (3/n), [3/7] or
// 🧵 3/. A fraction (1/2cm) or a name (24/7er) is none.
var place = pattern(`^[^\pL\pN\pP\s]*\s?[(\[]?([0-9]{1,3})/([0-9]{0,3}|n)[)\]]?(?:[\s:.]|$|\p{Lu}|\p{Lo})`)

// placeBehind is what a text ends with that tells its place: 3/7, (3/7) or [3/n].
var placeBehind = pattern(`(?:^|[\s(\[])([0-9]{1,3})/([0-9]{1,3}|n)[)\]]?$`)

// placeOf returns the place of a text in a thread and of how many it is, as they are written,
// or 0.
func placeOf(text string) (number int, total string) {
	const most = 80
	m := place().FindStringSubmatch(text[:min(len(text), most)])
	if m == nil {
		return 0, ""
	}
	number, _ = strconv.Atoi(m[1])
	return number, m[2]
}
