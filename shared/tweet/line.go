package tweet

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A line is a line of a layout with something in it.
type line struct {
	first, last int // its atoms
	indent      string
	blank       bool // a blank line stands before it
	kind        lineKind
	block       int    // the innermost block of lines that holds it, or -1
	begins      bool   // it is the first one of that block
	mark        string // of the quotes that hold it
	hang        string // the indentation of what belongs to its item
}

// maxMark is the longest mark that a post repeats, that of four quotes in one another.
const maxMark = 8

// longestMark returns the length of the longest mark that a post may have to repeat.
func longestMark(blocks []Block) (longest int) {
	var open []Block
	for _, b := range blocks {
		if b.Kind != Quote {
			continue
		}
		open = append(slices.DeleteFunc(open, func(o Block) bool { return o.End <= b.Start }), b)
		sum := 0
		for _, o := range open {
			sum += len(o.Mark)
		}
		longest = max(longest, min(sum, maxMark))
	}
	return longest
}

// findLines groups the atoms.
func (l *layout) findLines() {
	first := l.atoms[0].start
	from := strings.LastIndexByte(l.text[:first], '\n') + 1 // where the white space before the atom begins
	if strings.TrimSpace(l.text[from:first]) != "" {
		from = first
	}
	for i := range l.atoms {
		a := &l.atoms[i]
		gap := l.text[from:a.start]
		newline := strings.LastIndexByte(gap, '\n')
		if i == 0 || newline >= 0 {
			l.lines = append(l.lines, line{
				first: i, indent: gap[newline+1:], blank: strings.Count(gap, "\n") > 1, block: -1,
			})
		}
		a.line = len(l.lines) - 1
		l.lines[a.line].last = i
		from = a.end
	}
	l.findBlocks()
}

// findBlocks tells what the lines are by the blocks that hold them.
func (l *layout) findBlocks() {
	var open []int // the blocks that hold the line, from the outermost
	next := 0
	for i := range l.lines {
		b := &l.lines[i]
		b.hang = b.indent
		start, end := l.atoms[b.first].start, l.atoms[b.last].end
		open = slices.DeleteFunc(open, func(o int) bool { return l.blocks[o].End <= start })
		for ; next < len(l.blocks) && l.blocks[next].Start < end; next++ {
			if k := l.blocks[next].Kind; k == Inline || k == Picture || l.blocks[next].End <= start {
				continue
			}
			open = append(open, next)
			b.begins = true
		}
		for _, o := range open {
			switch l.blocks[o].Kind {
			case Quote:
				if len(b.mark)+len(l.blocks[o].Mark) <= maxMark {
					b.mark += l.blocks[o].Mark
				}
			case Item:
				if l.blocks[o].Start >= start {
					b.hang += strings.Repeat(" ", utf8.RuneCountInString(l.blocks[o].Mark))
				}
			}
		}
		if len(open) > 0 {
			b.block = open[len(open)-1]
			b.kind = l.kindOf(b)
		}
	}
	l.findSymbols()
}

// kindOf returns what a line of a block is.
func (l *layout) kindOf(b *line) lineKind {
	switch l.blocks[b.block].Kind {
	case Heading:
		return lineHeading
	case Code:
		return lineCode
	case Row:
		return lineRow
	case Item:
		if b.begins {
			return lineItem
		}
	}
	return lineProse
}

// findSymbols makes items of the lines of a paragraph that begin with a symbol, where more
// than one does.
func (l *layout) findSymbols() {
	for start := 0; start < len(l.lines); {
		end := start + 1
		for end < len(l.lines) && l.lines[end].block == l.lines[start].block && !l.lines[end].blank {
			end++
		}
		if end-start > 1 && l.lines[start].kind == lineProse {
			l.markSymbols(l.lines[start:end])
		}
		start = end
	}
}

func (l *layout) markSymbols(lines []line) {
	symbols := 0
	for i := range lines {
		if text := l.lineText(&lines[i]); beginsWithSymbol(text) || isItem(text) {
			symbols++
		}
	}
	for i := range lines {
		if text := l.lineText(&lines[i]); symbols > 1 && (beginsWithSymbol(text) || isItem(text)) {
			lines[i].kind = lineItem
		}
	}
}

// lineText returns the text of a line, without its indentation.
func (l *layout) lineText(b *line) string {
	return l.text[l.atoms[b.first].start:l.atoms[b.last].end]
}

// blockOf returns the block that holds a line; that of one which none does is a paragraph.
func (l *layout) blockOf(b *line) Block {
	if b.block < 0 {
		return Block{}
	}
	return l.blocks[b.block]
}
