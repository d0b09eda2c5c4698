package tweet

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Kind is what an entity of a text is.
type Kind string

// The kinds of entities.
const (
	KindURL     Kind = "url"
	KindMention Kind = "mention"
	KindHashtag Kind = "hashtag"
	KindCashtag Kind = "cashtag"
)

// An Entity is a part of a text that X makes something of. Start and End are byte
// offsets, half open; Text is the part itself, with its sign.
type Entity struct {
	Kind       Kind
	Start, End int
	Text       string
}

// Entities returns the links, mentions, hashtags and cashtags of text in order. Of two
// that overlap the first one counts.
func Entities(text string) []Entity {
	found := Links(text)
	found = append(found, Mentions(text)...)
	found = append(found, hashtags(text)...)
	found = append(found, Cashtags(text)...)
	slices.SortStableFunc(found, func(a, b Entity) int { return cmp.Compare(a.Start, b.Start) })
	kept := found[:0]
	for _, e := range found {
		if len(kept) == 0 || kept[len(kept)-1].End <= e.Start {
			kept = append(kept, e)
		}
	}
	return kept
}

// Links returns the links of text in order, those without a protocol (example.com)
// included: each makes the post one with a URL, counts 23 and is replaced by t.co.
func Links(text string) []Entity {
	var found []Entity
	for l := range links(text) {
		found = append(found, Entity{Kind: KindURL, Start: l.start, End: l.end, Text: l.url(text)})
	}
	return found
}

// Mentions returns the user names (@user) and lists (@user/list) in text.
func Mentions(text string) []Entity {
	const maxName, maxList = 20, 25
	var found []Entity
	last := 0 // where the previous match ended
	for at, r := range text {
		if !isAtSign(r) || at < last || !mentionAllowed(text[last:at], last > 0) {
			continue
		}
		end := at + utf8.RuneLen(r)
		name := runLen(text[end:], maxName, isNameByte)
		if name == 0 {
			continue
		}
		end += name
		if rest := text[end:]; len(rest) > 1 && rest[0] == '/' && isASCIILetter(rest[1]) {
			end += 1 + runLen(rest[1:], maxList, func(b byte) bool { return isNameByte(b) || b == '-' })
		}
		last = end
		if next, _ := utf8.DecodeRuneInString(text[end:]); isAtSign(next) || isLatinAccent(next) ||
			strings.HasPrefix(text[end:], "://") {
			continue
		}
		found = append(found, Entity{Kind: KindMention, Start: at, End: end, Text: text[at:end]})
	}
	return found
}

// mentionAllowed reports whether a mention may follow before; cut says that the text
// begins earlier.
func mentionAllowed(before string, cut bool) bool {
	r, size := utf8.DecodeLastRuneInString(before)
	if size == 0 {
		return !cut
	}
	if r >= utf8.RuneSelf {
		return !isAtSign(r)
	}
	if !isNameByte(byte(r)) && strings.IndexByte("!#$%&*@", byte(r)) < 0 {
		return true
	}
	return endsInRetweet(before, cut)
}

// endsInRetweet reports whether before ends in the RT of a quoted post.
func endsInRetweet(before string, cut bool) bool {
	if len(before) < 2 || !strings.EqualFold(before[len(before)-2:], "rt") {
		return false
	}
	r, size := utf8.DecodeLastRuneInString(before[:len(before)-2])
	if size == 0 {
		return !cut
	}
	return r >= utf8.RuneSelf || !isNameByte(byte(r)) && strings.IndexByte("+~.-", byte(r)) < 0
}

// hashtags returns the hashtags of text, also those inside links.
func hashtags(text string) []Entity {
	var found []Entity
	last := 0
	for at, r := range text {
		if r != '#' && r != '＃' || at < last {
			continue
		}
		before, size := utf8.DecodeLastRuneInString(text[last:at])
		if size == 0 && last > 0 || size > 0 && !canPrecedeHashtag(before) {
			continue
		}
		start := at + utf8.RuneLen(r)
		end, hasLetter := hashtagEnd(text, start)
		if !hasLetter {
			continue
		}
		last = end
		if next, _ := utf8.DecodeRuneInString(text[end:]); next == '#' || next == '＃' ||
			strings.HasPrefix(text[end:], "://") {
			continue
		}
		found = append(found, Entity{Kind: KindHashtag, Start: at, End: end, Text: text[at:end]})
	}
	return found
}

// hashtagEnd returns where the hashtag whose text begins at start ends, and whether it
// has a letter: numbers alone are none.
func hashtagEnd(text string, start int) (end int, hasLetter bool) {
	for i, r := range text[start:] {
		if i == 0 && (r == emojiPresentation || r == enclosingKeycap) || !isHashtagRune(r) {
			return start + i, hasLetter
		}
		hasLetter = hasLetter || isHashtagLetter(r)
	}
	return len(text), hasLetter
}

func canPrecedeHashtag(r rune) bool {
	return r == 0xFE0E || r == emojiPresentation || r != '&' && !isHashtagRune(r)
}

func isHashtagLetter(r rune) bool {
	return r < utf8.RuneSelf && isASCIILetter(byte(r)) || r >= utf8.RuneSelf && unicode.In(r, unicode.L, unicode.M)
}

func isHashtagRune(r rune) bool {
	return isHashtagLetter(r) || unicode.Is(unicode.Nd, r) ||
		strings.ContainsRune("_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7", r)
}

// Cashtags returns the cashtags ($XYZ) of text.
func Cashtags(text string) []Entity {
	var found []Entity
	last := 0
	for at := 0; at < len(text); at++ {
		if text[at] != '$' || at < last {
			continue
		}
		before, size := utf8.DecodeLastRuneInString(text[last:at])
		if size == 0 && at > 0 || size > 0 && !isSpaceRune(before) {
			continue
		}
		end := cashtagEnd(text, at+1)
		if end == 0 {
			continue
		}
		found = append(found, Entity{Kind: KindCashtag, Start: at, End: end, Text: text[at:end]})
		last = end
	}
	return found
}

// cashtagEnd returns where the symbol that begins at start ends (one to six letters,
// perhaps a dot or underscore and one or two more), or 0 if there is none.
func cashtagEnd(text string, start int) int {
	letters := runLen(text[start:], 7, isASCIILetter)
	if letters == 0 || letters > 6 {
		return 0
	}
	end := start + letters
	if rest := text[end:]; len(rest) > 1 && (rest[0] == '.' || rest[0] == '_') {
		class := runLen(rest[1:], 3, isASCIILetter)
		if (class == 1 || class == 2) && endsCashtag(rest[1+class:]) {
			return end + 1 + class
		}
	}
	if !endsCashtag(text[end:]) {
		return 0
	}
	return end
}

// endsCashtag reports whether a cashtag may end before rest.
func endsCashtag(rest string) bool {
	r, size := utf8.DecodeRuneInString(rest)
	return size == 0 || isSpaceRune(r) && r != 0x85 && r != 0x180E || r == 0xFEFF ||
		r < utf8.RuneSelf && strings.IndexByte("!'#%&()*+,\\-./:;<=>?@[]^_{|}~$", byte(r)) >= 0
}

// runLen returns how many bytes at the start of s, at most limit, are in the set.
func runLen(s string, limit int, in func(byte) bool) int {
	n := 0
	for n < len(s) && n < limit && in(s[n]) {
		n++
	}
	return n
}

func isAtSign(r rune) bool      { return r == '@' || r == '＠' }
func isASCIILetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }
func isNameByte(b byte) bool    { return isASCIILetter(b) || '0' <= b && b <= '9' || b == '_' }
