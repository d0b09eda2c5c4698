package tweet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// An atom is a stretch of text that is kept together: a word, or an ideograph where
// writing has no spaces. White space follows it, or nothing.
type atom struct {
	span
	// weight is at least what the atom adds to the weight of any post.
	weight int
	// gap is the weight of the white space up to the next atom.
	gap int
	// seam is the possible end of a post behind the atom.
	seam seam
	// line is the number of the line that it lies in.
	line int
}

// A layout is a section of a text, cut into atoms, on its way to becoming posts.
type layout struct {
	text   string
	blocks []Block
	budget int // the weight of a post
	room   int // the weight of a post beside the mark of a quote that goes on in it
	target int // the weight that it had better not exceed
	atoms  []atom
	lines  []line
	small  bool // sentences begin with small letters
	// before[i] is the weight of all atoms and gaps before atom i.
	before []int
}

// newLayout cuts a section that begins and ends with something visible.
func newLayout(text string, s span, blocks []Block, budget int) *layout {
	section := text[s.start:s.end]
	l := &layout{text: text, blocks: blocks, budget: budget, small: writtenSmall(section)}
	l.room = budget - longestMark(blocks)
	l.atoms = make([]atom, 0, 16+strings.Count(section, " ")*5/4)
	entities := Entities(section)
	quotes := blocks
	for pos := l.skipMarks(&quotes, s.start, s.end); pos < s.end; {
		word := span{pos, pos + wordLen(text[pos:s.end])}
		gapEnd := l.skipMarks(&quotes, s.end-len(trimLeftBreakable(text[word.end:s.end])), s.end)
		for len(entities) > 0 && s.start+entities[0].End <= word.start {
			entities = entities[1:]
		}
		l.addWord(word, s.start, entities)
		last := &l.atoms[len(l.atoms)-1]
		last.gap = gapWeight(text[word.end:gapEnd])
		last.seam = seam{level: levelWord}
		pos = gapEnd
	}
	if len(l.atoms) == 0 { // nothing but marks
		l.addWord(s, s.start, nil)
	}
	l.before = make([]int, len(l.atoms)+1)
	for i, a := range l.atoms {
		l.before[i+1] = l.before[i] + a.weight + a.gap
	}
	l.findLines()
	return l
}

// skipMarks returns what comes behind the blank lines of a quote that begin at pos: those
// with nothing but marks. quotes are the blocks from there on.
func (l *layout) skipMarks(quotes *[]Block, pos, end int) int {
	for pos < end && l.text[pos] == '>' {
		for len(*quotes) > 0 && ((*quotes)[0].Kind != Quote || (*quotes)[0].End <= pos) {
			*quotes = (*quotes)[1:]
		}
		line, _, _ := strings.Cut(l.text[pos:end], "\n")
		if len(*quotes) == 0 || (*quotes)[0].Start > pos || strings.Trim(line, "> \t") != "" {
			break
		}
		pos = end - len(trimLeftBreakable(l.text[pos+len(line):end]))
	}
	return pos
}

// weight returns an upper bound of the weight of a post of the atoms from i up to, not
// including, j.
func (l *layout) weight(i, j int) int {
	return l.before[j] - l.before[i] - l.atoms[j-1].gap + len(l.lead(i))
}

// lead returns the mark that a post needs which begins with atom i, inside a line of a quote.
func (l *layout) lead(i int) string {
	line := &l.lines[l.atoms[i].line]
	if i == line.first {
		return ""
	}
	return line.mark
}

// wordLen returns the length of text up to the next white space that a line may break
// at. White space below a combining mark is a part of the word.
func wordLen(s string) int {
	for i, r := range s {
		if isBreakable(r) {
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if !extendsGrapheme(next) {
				return i
			}
		}
	}
	return len(s)
}

func trimLeftBreakable(s string) string {
	for i, r := range s {
		if !isBreakable(r) {
			return s[i:]
		}
	}
	return ""
}

// isBreakable reports white space other than the spaces that hold words together.
func isBreakable(r rune) bool {
	switch r {
	case 0xA0, 0x2007, 0x202F:
		return false
	}
	return unicode.IsSpace(r)
}

func gapWeight(gap string) int {
	weight := 0
	for _, r := range gap {
		weight += runeWeight(r)
	}
	return weight
}

// addWord adds the atoms of a word: the pieces between the places where scripts without
// spaces may be broken, or, where one piece alone exceeds a post, as much of it as fits.
func (l *layout) addWord(word span, offset int, entities []Entity) {
	for start := word.start; start < word.end; {
		end, level := l.pieceEnd(start, word.end, offset, entities)
		if weight := WeightedLength(l.text[start:end]); weight <= l.room {
			l.atoms = append(l.atoms, atom{span: span{start, end}, weight: weight, seam: seam{level: level}})
			if level == levelIdeograph && beginsWithHiragana(l.text[end:word.end]) {
				l.atoms[len(l.atoms)-1].seam.cost = beforeParticleCost
			}
		} else {
			l.addForced(span{start, end})
			l.atoms[len(l.atoms)-1].seam.level = level
		}
		start = end
	}
}

// addForced adds the atoms of a piece that exceeds a post: as few as can be, and where it is
// the writing of a language without spaces, of about the same weight. The first one leaves room
// for the mark before it.
func (l *layout) addForced(piece span) {
	budget := l.room
	if n := len(l.atoms); n > 0 {
		if mark := l.text[l.atoms[n-1].start:piece.start]; isMarkAlone(mark) {
			budget -= WeightedLength(mark)
		}
	}
	left := WeightedLength(l.text[piece.start:piece.end])
	for start := piece.start; start < piece.end; budget = l.room {
		if hasNoSpaces(l.text[start:piece.end]) {
			posts := max(1, (left+2*l.room-budget-1)/l.room)
			budget = min(budget, max(minLimit, (left+posts-1)/posts))
		}
		end := start + prefixLen(l.text[start:piece.end], budget)
		end = beforeVowel(l.text, start, end)
		weight := WeightedLength(l.text[start:end])
		l.atoms = append(l.atoms, atom{span: span{start, end}, weight: weight, seam: seam{level: levelForced}})
		left -= weight
		start = end
	}
}

// hasNoSpaces reports whether a text begins in a script of letters whose words have no spaces
// between them.
func hasNoSpaces(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return unicode.In(first, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// beforeVowel returns where a text may be cut at an offset or a little before it: in Thai and
// Lao, which have no spaces between words, in front of a vowel that always begins a syllable.
func beforeVowel(text string, start, end int) int {
	const near = 60 // bytes, of 20 letters
	window := max(start+1, end-near)
	next, size := utf8.DecodeRuneInString(text[end:])
	if !unicode.In(next, unicode.Thai, unicode.Lao) {
		return end
	}
	if i := strings.LastIndexAny(text[window:end+size], "เแโใไເແໂໃໄ"); i >= 0 {
		return window + i
	}
	return end
}

// isMarkAlone reports whether text is the mark of an item or a quote.
func isMarkAlone(text string) bool {
	return len(text) <= 8 && (isItem(text+"x") || strings.Trim(text, "> ") == "")
}

// pieceEnd returns where the piece of a word that begins at start may end, and what kind
// of seam is there.
func (l *layout) pieceEnd(start, wordEnd, offset int, entities []Entity) (int, level) {
	if isASCII(l.text[start:wordEnd]) {
		return wordEnd, levelWord
	}
	pos := start
	for pos < wordEnd {
		for len(entities) > 0 && offset+entities[0].End <= pos {
			entities = entities[1:]
		}
		if len(entities) > 0 && offset+entities[0].Start <= pos {
			pos = offset + entities[0].End
		} else {
			pos += graphemeLen(l.text[pos:wordEnd])
		}
		if pos >= wordEnd {
			break
		}
		if level := ideographicSeam(l.text[start:pos], l.text[pos:wordEnd]); level != levelNone {
			return pos, level
		}
	}
	return wordEnd, levelWord
}

// prefixLen returns the length of the longest run of whole characters at the start of s
// that weighs at most budget; of code points if one character alone weighs more.
func prefixLen(s string, budget int) int {
	if end := prefixOf(s, budget, graphemeLen); end > 0 {
		return end
	}
	return prefixOf(s, budget, func(s string) int {
		_, size := utf8.DecodeRuneInString(s)
		return size
	})
}

// prefixOf adds up characters, whose length next returns, as long as they are within
// budget. It returns 0 where not even the first one is, unless that is a single code point.
func prefixOf(s string, budget int, next func(string) int) int {
	ends := []int{0}
	for end, left := 0, budget; end < len(s); {
		n := next(s[end:])
		if left -= WeightedLength(s[end : end+n]); left < 0 {
			break
		}
		end += n
		ends = append(ends, end)
	}
	// What is cut off may look like links, which weigh more than their characters. To take
	// a character away lowers the weight by less than two links.
	last := len(ends) - 1
	if last > 2*StandardLimit && WeightedLength(s[:ends[last]]) > budget {
		// Each weighing is of all of it, so a long run is closed in on by halves.
		low := 1
		for high := last - 1; low < high; {
			if middle := (low + high + 1) / 2; WeightedLength(s[:ends[middle]]) <= budget {
				low = middle
			} else {
				high = middle - 1
			}
		}
		last = low
	}
	for last > 1 {
		over := WeightedLength(s[:ends[last]]) - budget
		if over <= 0 {
			break
		}
		last = max(1, last-1-over/(2*linkWeight))
	}
	return ends[last]
}
