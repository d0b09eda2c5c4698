package tweet

import (
	"strings"
	"unicode/utf8"
)

// Count says how X counts a text. Its offsets are UTF-16 code units of the text as
// given, and its ends are inclusive, as twitter-text has them.
type Count struct {
	Weighted   int  `json:"weighted_length"`
	Limit      int  `json:"limit"`
	Valid      bool `json:"valid"`      // not empty, within the limit, no invalid character
	Permillage int  `json:"permillage"` // Weighted in thousandths of Limit

	DisplayStart int `json:"display_range_start"`
	DisplayEnd   int `json:"display_range_end"`
	ValidStart   int `json:"valid_range_start"`
	ValidEnd     int `json:"valid_range_end"` // the last unit that is still within the limit
}

// Weigh counts text for an account whose posts may be limit long, [StandardLimit]
// or [PremiumLimit].
func Weigh(text string, limit int) Count {
	normal := Normalize(text)
	total := utf16Len(text)
	c := Count{Limit: limit, Valid: true, DisplayEnd: max(total-1, 0)}
	units, validEnd := 0, 0 // both in UTF-16 units of the normalised text
	for p := range pieces(normal) {
		c.Weighted += p.weight
		units += utf16Len(p.text)
		c.Valid = c.Valid && !p.invalid
		if c.Valid && c.Weighted <= limit {
			validEnd = units - 1
		}
	}
	// Like twitter-text, move the end by what normalisation took away, wherever it was.
	c.ValidEnd = validEnd + total - units
	c.Valid = c.Valid && c.Weighted > 0 && c.Weighted <= limit
	c.Permillage = c.Weighted * 1000 / limit
	return c
}

// WeightedLength returns the length of text as X counts it.
func WeightedLength(text string) int {
	if n, ok := weighASCII(text); ok {
		return n
	}
	weight := 0
	for p := range pieces(Normalize(text)) {
		weight += p.weight
	}
	return weight
}

// weighASCII weighs a text of ASCII characters, where everything but links weighs its
// length. It reports false for any other text.
func weighASCII(text string) (int, bool) {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return 0, false
		}
	}
	weight := len(text)
	if strings.IndexByte(text, '.') < 0 {
		return weight, true
	}
	for l := range links(text) {
		weight += linkWeight - (l.end - l.start)
	}
	return weight, true
}

// A piece is what X counts at once: a link, an emoji or a single character.
type piece struct {
	text    string
	weight  int
	invalid bool // a character that no post may contain
}

// pieces cuts a normalised text into the units that X counts.
func pieces(text string) func(yield func(piece) bool) {
	return func(yield func(piece) bool) {
		pos := 0
		for l := range links(text) {
			if l.start < pos {
				continue // inside the part that an earlier link was counted for
			}
			if !characters(text[pos:l.start], yield) {
				return
			}
			pos = l.counted(text)
			if !yield(piece{text: text[l.start:pos], weight: linkWeight}) {
				return
			}
		}
		characters(text[pos:], yield)
	}
}

// characters yields the emoji and the characters of a text without links. It reports
// false once yield does.
func characters(text string, yield func(piece) bool) bool {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		p := piece{weight: runeWeight(r), invalid: isInvalid(r)}
		if n := emojiSequence(text[i:], size); n > 0 {
			p = piece{weight: 2}
			size = n
		}
		p.text = text[i : i+size]
		if !yield(p) {
			return false
		}
		i += size
	}
	return true
}

// runeWeight is the weight of a code point outside links and emoji sequences.
func runeWeight(r rune) int {
	switch {
	case r <= 0x10FF,
		0x2000 <= r && r <= 0x200D,
		0x2010 <= r && r <= 0x201F,
		0x2032 <= r && r <= 0x2037:
		return 1
	}
	return 2
}

// isInvalid reports the characters that X refuses: the byte order mark and the two
// noncharacters at the end of the basic plane.
func isInvalid(r rune) bool {
	return r == 0xFEFF || r == 0xFFFE || r == 0xFFFF
}

// utf16Len returns the length of s in UTF-16 code units.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += utf16Units(r)
	}
	return n
}

func utf16Units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// A unitCounter converts byte offsets of a text, in ascending order, to UTF-16 units.
type unitCounter struct {
	text       string
	pos, units int
}

func (c *unitCounter) at(offset int) int {
	c.units += utf16Len(c.text[c.pos:offset])
	c.pos = offset
	return c.units
}
