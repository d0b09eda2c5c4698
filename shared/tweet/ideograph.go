package tweet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ideographicSeam says whether a word may be broken between before and after, neither of
// which is empty: in Chinese and Japanese, which have no spaces, and after a dash. The
// rules on what may not begin or end a line (kinsoku) are those of JIS X 4051.
func ideographicSeam(before, after string) level {
	left, _ := utf8.DecodeLastRuneInString(before)
	right, _ := utf8.DecodeRuneInString(after)
	if left == '—' && unicode.IsLetter(right) && !isIdeographic(right) {
		return levelClause
	}
	if !isIdeographic(left) && !isIdeographic(right) {
		return levelNone
	}
	if noLineStart(right) || noLineEnd(left) {
		return levelNone
	}
	switch tail := strings.TrimRight(before, closers); {
	case strings.ContainsAny(lastRune(tail), "。！？｡‼⁉"), strings.HasSuffix(tail, "……"):
		return levelSentence
	case strings.ContainsAny(lastRune(before), "，、；：､…"), strings.HasSuffix(before, "——"):
		return levelClause
	}
	if unicode.IsDigit(left) || unicode.IsDigit(right) ||
		!isIdeographic(left) && !isSpaceOrPunct(left) && !unicode.IsLetter(left) {
		return levelNone // a number and its unit, a symbol and its word
	}
	if isKatakana(left) && isKatakana(right) {
		return levelNone // inside a word for certain
	}
	return levelIdeograph
}

// isKatakana reports the script of loanwords, with its mark for long vowels.
func isKatakana(r rune) bool { return unicode.Is(unicode.Katakana, r) || r == 'ー' }

// beginsWithHiragana reports the script of particles and endings.
func beginsWithHiragana(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Hiragana, r)
}

func lastRune(s string) string {
	_, size := utf8.DecodeLastRuneInString(s)
	return s[len(s)-size:]
}

func isSpaceOrPunct(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) }

// isIdeographic reports the characters of scripts that are written without spaces and
// may be broken almost anywhere, and their punctuation.
func isIdeographic(r rune) bool {
	switch {
	case r < 0x2E80:
		return false
	case 0x3000 <= r && r <= 0x303F, 0xFF00 <= r && r <= 0xFFEF, r == 'ー':
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo)
}

// noLineStart reports what must not be separated from the character before it.
func noLineStart(r rune) bool {
	return strings.ContainsRune("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ々〻ゝゞヽヾー・：；！？、。，．‥…—–～〜％‰℃°", r) ||
		strings.ContainsRune(closers, r) || strings.ContainsRune(".,:;!?%", r) || isSpaceRune(r)
}

// noLineEnd reports what must not be separated from the character after it.
func noLineEnd(r rune) bool {
	return strings.ContainsRune("「『（［｛〔〈《【〖“‘([{«‹¿¡￥＄$£€#@＃＠", r)
}

// closers end a quotation or parenthesis, behind the punctuation of the sentence.
const closers = "\"'”’»›)]}」』）］｝〕〉》】〗*_"
