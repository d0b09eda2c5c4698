package tweet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// rankSeams finds out what lies at each seam: blocks and lines by the structure of the
// document, sentences and clauses by their punctuation; and what ending a post there costs.
func (l *layout) rankSeams(o Options) {
	for i := range l.lines {
		b := &l.lines[i]
		if b.kind == lineHeading && (o.OneEach && l.blockOf(b).Level == 0 || l.weight(b.first, b.last+1) > l.budget) {
			b.kind = lineProse // it only looked like one, or is none with so many words
		}
	}
	for i := range l.lines {
		l.rankWithin(&l.lines[i])
		if i > 0 {
			l.rankBetween(&l.lines[i-1], &l.lines[i], o.OneEach)
		}
	}
	l.priceSeams()
	for _, b := range l.blocks {
		l.keepWhole(b)
	}
}

// rankWithin ranks the seams inside a line.
func (l *layout) rankWithin(b *line) {
	inside := 0
	switch {
	case b.kind == lineCode && l.weight(b.first, b.last+1) <= l.budget:
		inside = insideCodeLineCost
	case b.kind == lineItem:
		inside = insideItemCost
		if l.weight(b.first, b.last+1) <= l.budget {
			inside = insideBlockCost
		}
	}
	marks := true // all so far are marks
	for i := b.first; i < b.last; i++ {
		s := &l.atoms[i].seam
		s.cost += inside
		if marks = marks && l.isMark(b, i); marks {
			s.cost += loneMarkCost
			continue
		}
		if s.level == levelWord && b.kind != lineCode {
			var cost int
			s.level, cost = l.punctuated(i)
			s.cost += cost
		}
	}
}

// isMark reports whether an atom, which only marks stand before in its line, is a mark of an
// item or a quote.
func (l *layout) isMark(b *line, i int) bool {
	word := l.word(i)
	if b.mark != "" && strings.Trim(word, ">") == "" {
		return true
	}
	block := l.blockOf(b)
	if block.Kind == Item {
		return l.atoms[i].start < block.Start+len(strings.TrimRight(block.Mark, " "))
	}
	return b.kind == lineItem && i == b.first
}

// rankBetween ranks the seam between two lines.
func (l *layout) rankBetween(above, below *line, oneEach bool) {
	s := &l.atoms[above.last].seam
	s.heading = below.kind == lineHeading
	if above.kind == lineHeading {
		s.level = levelParagraph
		s.cost = strandedCost
		return
	}
	announces := l.announces(above, below)
	same := above.block == below.block
	switch {
	case above.kind == lineCode && below.kind == lineCode && same:
		s.level = levelCode
		if below.blank {
			s.level = levelCodeGap
		}
		s.cost += indentedCost * min(columns(below.indent), maxIndent)
	case below.blank:
		s.level = levelParagraph
		s.must = oneEach && !announces
	case below.kind == lineItem || below.kind == lineRow:
		s.level = levelItem
		if below.indent != "" {
			s.cost += nestedCost
		}
	case below.begins && !same || above.kind == lineCode || below.kind != lineProse:
		s.level = levelLine
	case endsOnPurpose(l.lineText(above), l.lineText(below)):
		s.level = levelLine
	default:
		s.level, s.cost = l.punctuated(above.last)
	}
	if announces {
		s.cost += afterIntroCost
	}
	if l.isAttribution(above, below) {
		s.cost += strandedCost
	}
}

// announces reports whether the line above introduces what is below.
func (l *layout) announces(above, below *line) bool {
	text := l.lineText(above)
	if !strings.HasSuffix(text, ":") && !strings.HasSuffix(text, "：") {
		return false
	}
	switch l.blockOf(below).Kind {
	case Item, Code, Quote, Table, Row:
		return above.block != below.block
	}
	return below.kind == lineItem
}

// isAttribution reports whether the line below says who is quoted above.
func (l *layout) isAttribution(above, below *line) bool {
	return above.mark != "" && isSource(strings.TrimLeft(l.lineText(below), "> "))
}

// isSource reports a dash and a few words that begin like a name.
func isSource(text string) bool {
	const longest = 100
	r, size := utf8.DecodeRuneInString(text)
	if r != '—' && r != '–' && r != '―' && r != '-' && r != '~' || len(text) > longest {
		return false
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text[size:], "-[@*_ \u00a0"))
	return unicode.IsLetter(first) && !unicode.IsLower(first)
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
