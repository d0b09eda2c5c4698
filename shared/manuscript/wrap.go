package manuscript

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"

	"spool/shared/lazyregexp"
	"spool/shared/tweet"
)

// Lines of paragraphs that are at most narrow columns wide were broken on purpose; longer
// ones by the window that they were written in, where another word had no room. Items of lists
// stand in narrower windows.
const narrow, narrowItem = 56, 30

// A wraps remembers how wide the lines of a block are.
type wraps struct {
	block ast.Node
	width int // in columns, of the longest line
	item  bool
}

// keep reports whether the line break before the offset next of the source, or at it, stays
// one.
func (w *wraps) keep(source []byte, block ast.Node, next int) bool {
	if w.block != block {
		*w = wraps{block: block}
		lines := block.Lines()
		for i := range lines.Len() {
			segment := lines.At(i)
			w.width = max(w.width, width(strings.TrimSpace(string(segment.Value(source)))))
		}
		_, w.item = block.Parent().(*ast.ListItem)
	}
	above, below := linesAround(source, next)
	if w.item && w.width < narrow && (w.width >= narrowItem && !beginsPoint(below) || endsSentence(above, below)) {
		return false
	}
	return breaks(above, below, w.width)
}

// beginsPoint reports whether a line begins with what begins a sentence or a point: a) and the
// like.
func beginsPoint(line string) bool {
	return beginsAnew(line) || beginsWithSign(line) || enumerator.MatchString(line)
}

var enumerator = lazyregexp.New(`^[A-Za-z0-9]{1,2}[.)] `)

// endsSentence reports whether a line is the last word of the sentence above.
func endsSentence(above, below string) bool {
	return !endsFully(above) && endsFully(below) && !strings.Contains(below, " ") && !beginsPoint(below)
}

// linesAround returns the lines that end and begin at the line break at an offset or before
// it, without the marks of what holds them.
func linesAround(source []byte, offset int) (above, below string) {
	end := offset
	for end > 0 && (end >= len(source) || source[end] != '\n') && source[end-1] == '\n' {
		end--
	}
	for end < len(source) && source[end] != '\n' {
		end++
	}
	start := strings.LastIndexByte(string(source[max(0, end-400):end]), '\n') + 1 + max(0, end-400)
	rest := source[min(end+1, len(source)):]
	rest = rest[:min(len(rest), 400)]
	line, _, _ := strings.Cut(string(rest), "\n")
	return bare(string(source[start:end])), bare(line)
}

// bare takes the marks of quotes, and white space, off a line.
func bare(line string) string { return strings.Trim(line, "> \t\r") }

// breaks reports whether a line break was made on purpose, in a paragraph whose longest line
// is width columns wide.
func breaks(above, below string, widest int) bool {
	if beginsWithSign(below) || strings.HasPrefix(above, "[!") || widest < narrow || isBar(above) || isBar(below) ||
		isTable(above, below) {
		return true
	}
	word, _, _ := strings.Cut(below, " ")
	full := 10*(width(above)+1+width(word)) > 9*widest
	return !full && (endsFully(above) && beginsAnew(below) || width(above) < narrow && beginsAnew(below))
}

// isBar reports whether a line is drawn, as below a heading.
func isBar(line string) bool {
	return len(line) >= 3 && strings.IndexByte("-=~_*#", line[0]) >= 0 && strings.Trim(line, line[:1]) == ""
}

// isTable reports whether two lines are of a table that is made with spaces: all gaps of the one
// that has fewer lie over or under gaps of the other.
func isTable(above, below string) bool {
	a, b := gaps(above), gaps(below)
	if len(a) > len(b) {
		a, b = b, a
	}
	const wide = 3 // columns; prose that is set in block has narrower ones
	wideEnough := false
	for _, gap := range a {
		over := slices.IndexFunc(b, func(other [2]int) bool {
			wideEnough = wideEnough || other[1]-other[0] >= wide
			return min(gap[1], other[1])-max(gap[0], other[0]) >= 2
		})
		if over < 0 {
			return false
		}
		wideEnough = wideEnough || gap[1]-gap[0] >= wide
	}
	return len(a) > 0 && wideEnough
}

// gaps returns where a line has two spaces or more, in columns: also behind a full stop, where
// old prose has two.
func gaps(line string) (found [][2]int) {
	if !strings.Contains(line, "  ") && !strings.Contains(line, "\t") {
		return nil
	}
	at, begin := 0, -1
	for _, r := range line {
		switch {
		case r == ' ' && begin < 0, r == '\t' && begin < 0:
			begin = at
		case r != ' ' && r != '\t' && begin >= 0:
			if at-begin > 1 {
				found = append(found, [2]int{begin, at})
			}
			begin = -1
		}
		if at++; r == '\t' {
			const tab = 8
			at += tab - 1 - (at-1)%tab
		}
	}
	return found
}

// endsFully reports whether a line ends with the punctuation of a sentence.
func endsFully(line string) bool {
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(line, "*_\"”’)»」』\\ "))
	return strings.ContainsRune(".!?…:;。！？：；।؟", last)
}

// beginsAnew reports whether a line begins with a capital, a number with or without its sign,
// or a letter of a script that has no capitals.
func beginsAnew(line string) bool {
	line = strings.TrimLeft(line, "*_\"“‘(«„「『[¿¡")
	first, size := utf8.DecodeRuneInString(line)
	if strings.ContainsRune("+-−", first) {
		first, _ = utf8.DecodeRuneInString(line[size:])
		return unicode.IsDigit(first)
	}
	return unicode.IsLetter(first) && !unicode.IsLower(first) || unicode.IsDigit(first)
}

// beginsWithSign reports whether a line begins with an emoji, an arrow or a bullet.
func beginsWithSign(line string) bool {
	first, _ := utf8.DecodeRuneInString(line)
	symbol := unicode.In(first, unicode.So, unicode.Sm) || strings.ContainsRune("•·–—―‣▪", first)
	return first > unicode.MaxASCII && symbol ||
		strings.Contains(line[:min(len(line), 8)], "\u20e3")
}

// width returns how many columns a text takes.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if withoutSpaces(r) || unicode.Is(unicode.Hangul, r) {
			n++
		}
	}
	return n
}

// unwrapped joins the lines of prose in a plain text that was wrapped by an editor.
func unwrapped(text string) string {
	d := tweet.Plain(text)
	var b strings.Builder
	last := 0
	for _, block := range d.Blocks {
		if block.Kind != tweet.Paragraph && block.Kind != tweet.Item || block.Start < last {
			continue
		}
		b.WriteString(text[last:block.Start])
		b.WriteString(joined(text[block.Start:block.End]))
		last = block.End
	}
	b.WriteString(text[last:])
	return b.String()
}

// joined joins the lines of a paragraph that were not broken on purpose.
func joined(paragraph string) string {
	lines := strings.Split(paragraph, "\n")
	widest := 0
	for _, line := range lines {
		widest = max(widest, width(strings.TrimSpace(line)))
	}
	var b strings.Builder
	b.WriteString(lines[0])
	for i, line := range lines[1:] {
		above, below := bare(lines[i]), bare(line)
		if breaks(above, below, widest) {
			b.WriteString("\n" + line)
			continue
		}
		if needSpace(above, below) {
			b.WriteByte(' ')
		}
		b.WriteString(strings.TrimLeft(line, " \t"))
	}
	return b.String()
}
