package tweet

import (
	"strings"
	"unicode/utf8"
)

// portLen returns the length of the :port that s begins with, or 0.
func portLen(s string) int {
	if !strings.HasPrefix(s, ":") {
		return 0
	}
	n := 1
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	if n == 1 {
		return 0
	}
	return n
}

// pathLen returns the length of the path that s begins with, or 0. A path is a slash and
// path characters with balanced parentheses at most two deep, up to the last character
// that may end a link and the parentheses right behind it: "(see x.com/a)." ends before
// the closing parenthesis.
func pathLen(s string) int {
	if !strings.HasPrefix(s, "/") {
		return 0
	}
	end := 1
	for i := 1; i < len(s); {
		if n := parenthesesLen(s[i:]); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isPathRune(r) {
			break
		}
		i += size
		if endsPath(r) {
			end = i
		}
	}
	for {
		n := parenthesesLen(s[end:])
		if n == 0 {
			return end
		}
		end += n
	}
}

// parenthesesLen returns the length of the balanced, not empty parentheses that s begins
// with, which may contain one further pair, or 0.
func parenthesesLen(s string) int {
	if !strings.HasPrefix(s, "(") {
		return 0
	}
	n := 1 + pathRunLen(s[1:])
	if n == len(s) {
		return 0
	}
	if s[n] == ')' && n > 1 {
		return n + 1
	}
	if s[n] != '(' {
		return 0
	}
	inner := pathRunLen(s[n+1:])
	n += 1 + inner
	if inner == 0 || n == len(s) || s[n] != ')' {
		return 0
	}
	n++
	n += pathRunLen(s[n:])
	if n == len(s) || s[n] != ')' {
		return 0
	}
	return n + 1
}

// pathRunLen returns the length of the path characters that s begins with.
func pathRunLen(s string) int {
	for i, r := range s {
		if !isPathRune(r) {
			return i
		}
	}
	return len(s)
}

// queryLen returns the length of the query that s begins with, up to the last character
// that may end one, or 0.
func queryLen(s string) int {
	if !strings.HasPrefix(s, "?") {
		return 0
	}
	end := 0
	for i := 1; i < len(s) && isQueryByte(s[i]); i++ {
		if isAlphanumeric(rune(s[i])) || strings.IndexByte("-_&=#/", s[i]) >= 0 {
			end = i + 1
		}
	}
	return end
}

func isQueryByte(b byte) bool {
	return isAlphanumeric(rune(b)) || strings.IndexByte("!?*'@();:&=+$/%#[]-_.,~|", b) >= 0
}

func isPathRune(r rune) bool {
	return isAlphanumeric(r) || strings.ContainsRune("!*';:=+,.$/%#[]-–_~@|&", r) || isPathLetter(r)
}

// endsPath reports whether a path may end in r, which is a path character.
func endsPath(r rune) bool {
	return isAlphanumeric(r) || strings.ContainsRune("+-=_#/", r) || isPathLetter(r)
}

func isPathLetter(r rune) bool {
	return r >= 0xC0 && (isLatinAccent(r) || isCyrillic(r))
}

// isCyrillic reports the Cyrillic letters of a path, and those whose upper case is one.
func isCyrillic(r rune) bool {
	return 0x400 <= r && r <= 0x4FF || 0x1C80 <= r && r <= 0x1C87
}

// isLatinAccent reports the Latin letters beyond ASCII that twitter-text knows. Its
// patterns ignore case the way JavaScript does, through upper case; the letters that
// come in that way only (the Greek iota by way of the combining one) are listed too.
func isLatinAccent(r rune) bool {
	if r < 0x250 {
		return r >= 0xC0 && r != 0xD7 && r != 0xF7
	}
	switch r {
	case 0x253, 0x254, 0x256, 0x257, 0x259, 0x25B, 0x260, 0x263, 0x268, 0x269, 0x26F, 0x272,
		0x275, 0x280, 0x283, 0x288, 0x289, 0x28A, 0x28B, 0x28C, 0x292, 0x2BB,
		0x399, 0x3B9, 0x1FBE, 0x2C65, 0x2C66, 0x2C7E, 0x2C7F, 0xA7DC:
		return true
	}
	return 0x300 <= r && r <= 0x36F || 0x1E00 <= r && r <= 0x1EFF
}

// shortLink returns the length of the t.co link that url begins with, without whatever
// follows its slug and query, and the length of its slug; 0, 0 for any other link.
func shortLink(url string) (length, slug int) {
	rest := url
	if i := strings.Index(rest, "//"); i >= 0 {
		rest = rest[i+2:]
	}
	const host = "t.co/"
	if len(rest) < len(host) || !strings.EqualFold(rest[:len(host)], host) {
		return 0, 0
	}
	rest = rest[len(host):]
	for slug < len(rest) && isAlphanumeric(rune(rest[slug])) {
		slug++
	}
	if slug == 0 {
		return 0, 0
	}
	rest = rest[slug:]
	return len(url) - len(rest) + queryLen(rest), slug
}
