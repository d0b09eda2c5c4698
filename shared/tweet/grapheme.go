package tweet

import (
	"unicode"
	"unicode/utf8"
)

// maxGrapheme bounds the marks that may be heaped on a letter, so that finding its end
// takes bounded time.
const maxGrapheme = 512

// graphemeLen returns the length in bytes of what a reader takes for one character at
// the start of s: an emoji, a letter with its marks, a Hangul syllable, a conjunct. It
// follows the extended grapheme clusters of UAX #29 but for the rare prepended marks, and
// ends after maxGrapheme bytes.
func graphemeLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	flag := isRegionalIndicator(r) // half of one, which takes one more
	if e := emojiSequence(s, n); e > 0 {
		r, _ = utf8.DecodeLastRuneInString(s[:e])
		n, flag = e, false
	}
	for n < min(len(s), maxGrapheme) {
		next, size := utf8.DecodeRuneInString(s[n:])
		switch {
		case extendsGrapheme(next):
		case r == '\r' && next == '\n':
		case r == zeroWidthJoiner && isPictograph(next):
		case flag && isRegionalIndicator(next):
			flag = false
		case joinsHangul(r, next):
		case isVirama(r) && unicode.Is(unicode.Lo, next):
		default:
			return n
		}
		r = next
		n += size
	}
	return n
}

// extendsGrapheme reports whether r belongs to the character before it.
func extendsGrapheme(r rune) bool {
	if r < 0x300 {
		return false
	}
	switch r {
	case zeroWidthJoiner, 0x200C, 0x0E33, 0x0EB3, 0xFF9E, 0xFF9F:
		return true
	}
	return unicode.Is(unicode.M, r) || isSkinTone(r) || isTag(r)
}

// isPictograph reports symbols that joiners may connect.
func isPictograph(r rune) bool { return r >= 0x2190 && unicode.Is(unicode.So, r) }

// isVirama reports the signs that join two consonants to a conjunct.
func isVirama(r rune) bool {
	switch r {
	case 0x94D, 0x9CD, 0xA4D, 0xACD, 0xB4D, 0xC4D, 0xCCD, 0xD4D, 0x1039, 0x17D2:
		return true
	}
	return false
}

// joinsHangul reports whether two code points of Korean letters make one syllable.
func joinsHangul(r, next rune) bool {
	leading := 0x1100 <= r && r <= 0x115F || 0xA960 <= r && r <= 0xA97C
	vowelOrTrailing := 0x1160 <= next && next <= 0x11FF || 0xD7B0 <= next && next <= 0xD7FB
	if vowelOrTrailing {
		return leading || 0x1160 <= r && r <= 0x11FF || 0xD7B0 <= r && r <= 0xD7FB || isHangulSyllable(r)
	}
	return leading && (0x1100 <= next && next <= 0x115F || isHangulSyllable(next))
}

func isHangulSyllable(r rune) bool { return 0xAC00 <= r && r <= 0xD7A3 }
