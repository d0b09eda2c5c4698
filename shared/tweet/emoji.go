package tweet

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// emojiSequence returns the length in bytes of the longest emoji of more than one code
// point at the start of text, or 0. first is the length of the first code point.
//
// Emoji of one code point need no table: each weighs 2 as any character of its range.
func emojiSequence(text string, first int) int {
	next, _ := utf8.DecodeRuneInString(text[first:])
	if !continuesEmoji(next) {
		return 0
	}
	// Narrow the sorted table code point by code point to the sequences that begin like text.
	candidates := emojiSequences[:]
	longest := 0
	for end := first; len(candidates) > 0; {
		prefix := text[:end]
		low := sort.SearchStrings(candidates, prefix)
		high := low + sort.Search(len(candidates)-low, func(i int) bool {
			return !strings.HasPrefix(candidates[low+i], prefix)
		})
		candidates = candidates[low:high]
		if len(candidates) > 0 && candidates[0] == prefix {
			longest = end
		}
		if end == len(text) {
			break
		}
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	if longest == first {
		return 0
	}
	return longest
}

// continuesEmoji reports whether r can be the second code point of an emoji.
func continuesEmoji(r rune) bool {
	switch {
	case r == zeroWidthJoiner, r == emojiPresentation, r == enclosingKeycap,
		isSkinTone(r), isRegionalIndicator(r), isTag(r):
		return true
	}
	return false
}

const (
	zeroWidthJoiner   = 0x200D
	enclosingKeycap   = 0x20E3
	emojiPresentation = 0xFE0F
)

func isSkinTone(r rune) bool          { return 0x1F3FB <= r && r <= 0x1F3FF }
func isRegionalIndicator(r rune) bool { return 0x1F1E6 <= r && r <= 0x1F1FF }
func isTag(r rune) bool               { return 0xE0020 <= r && r <= 0xE007F }
