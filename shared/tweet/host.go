package tweet

import (
	"iter"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A hostRun is a run of characters that domains consist of, with dots, hyphens and
// underscores, cut at its dots. In it, the end of a domain that starts anywhere is known
// at once.
type hostRun struct {
	start, end int
	labels     []hostLabel
}

// A hostLabel is the text between two dots of a run.
type hostLabel struct {
	start, end int
	// underscore is the position of the last underscore, or -1: the label before the
	// top-level domain may have none.
	underscore int
	// open: the label begins with a letter or the like, not with a hyphen.
	open bool
	// closed: the label ends in a letter or the like, not in a hyphen, and a dot follows.
	closed bool
	// domain is where the longest domain that starts with this whole label ends, or 0.
	domain int
	// tld is where the top-level domain at the label's start ends, or 0.
	tld int
}

// analyse takes the run around the dot at position dot, but not from before first.
func (h *hostRun) analyse(text string, first, dot int) {
	h.start, h.end = dot, dot
	for h.start > first {
		r, size := utf8.DecodeLastRuneInString(text[first:h.start])
		if !inHostRun(r) {
			break
		}
		h.start -= size
	}
	for h.end < len(text) {
		r, size := utf8.DecodeRuneInString(text[h.end:])
		if !inHostRun(r) {
			break
		}
		h.end += size
	}
	h.cut(text)
	h.link()
}

// cut makes the labels.
func (h *hostRun) cut(text string) {
	h.labels = h.labels[:0]
	for start := h.start; start <= h.end; {
		first, _ := utf8.DecodeRuneInString(text[start:h.end])
		l := hostLabel{start: start, end: h.end, open: isDomainRune(first)}
		if i := strings.IndexByte(text[start:h.end], '.'); i >= 0 {
			l.end = start + i
			last, _ := utf8.DecodeLastRuneInString(text[start:l.end])
			l.closed = l.end > start && isDomainRune(last)
		}
		l.underscore = strings.LastIndexByte(text[start:l.end], '_')
		if l.underscore >= 0 {
			l.underscore += start
		}
		if len(h.labels) > 0 {
			l.tld = start + topLevelDomain(text[start:])
			if l.tld == start {
				l.tld = 0
			}
		}
		h.labels = append(h.labels, l)
		start = l.end + 1
	}
}

// link fills in, from the last label to the first, where domains end.
func (h *hostRun) link() {
	for i := len(h.labels) - 1; i >= 0; i-- {
		if l := &h.labels[i]; l.open {
			l.domain = h.endFrom(i, l.start)
		}
	}
}

// endFrom returns the end of the longest domain that starts at start in label i.
func (h *hostRun) endFrom(i, start int) int {
	l := h.labels[i]
	if !l.closed {
		return 0
	}
	next := h.labels[i+1]
	if next.domain > 0 {
		return next.domain
	}
	if l.underscore < start {
		return next.tld
	}
	return 0
}

// domainEnd returns where the longest domain starting at position start ends, or 0. The
// character there must be one that can begin a label.
func (h *hostRun) domainEnd(start int) int {
	i := sort.Search(len(h.labels), func(i int) bool { return h.labels[i].start > start }) - 1
	l := h.labels[i]
	if start == l.start {
		return l.domain
	}
	return h.endFrom(i, start)
}

// latinDomains finds the domains of Latin letters in a domain: the half-open ranges of
// the only ones that X takes for links without a protocol.
func latinDomains(domain string) iter.Seq2[int, int] {
	return func(yield func(start, end int) bool) {
		for i := 0; i < len(domain); {
			n := latinLabelLen(domain[i:])
			if n == 0 {
				_, size := utf8.DecodeRuneInString(domain[i:])
				i += size
				continue
			}
			start, end, at := i, 0, i
			for n > 0 && at+n < len(domain) && domain[at+n] == '.' {
				at += n + 1
				if tld := topLevelDomain(domain[at:]); tld > 0 {
					end = at + tld
				}
				n = latinLabelLen(domain[at:])
			}
			if end == 0 {
				i = at + n // none begins anywhere in these labels
				continue
			}
			if !yield(start, end) {
				return
			}
			i = end
		}
	}
}

// latinLabelLen returns the length of the Latin letters, digits and hyphens that s
// begins with.
func latinLabelLen(s string) int {
	for i, r := range s {
		if r != '-' && !isAlphanumeric(r) && !isLatinAccent(r) {
			return i
		}
	}
	return len(s)
}

// topLevelDomain returns the length of the known top-level domain, in any case, or of
// the Punycode label that s begins with, or 0.
func topLevelDomain(s string) int {
	n := 0
	for n < len(s) && isAlphanumeric(rune(s[n])) {
		n++
	}
	if n == len(s) || s[n] < utf8.RuneSelf && s[n] != '@' && s[n] != '+' && s[n] != '-' {
		if n > 0 && isTopLevelDomain(s[:n]) {
			return n
		}
		return 0
	}
	if end := longestTopLevelDomain(s); end > 0 {
		return end
	}
	return punycodeLabelLen(s)
}

// maxTopLevelDomain is more than the length in bytes of every known top-level domain.
const maxTopLevelDomain = 48

// longestTopLevelDomain tries every length, for domains of any script. The known ones are
// sorted, so that those with a beginning stand together, the one that is no longer first:
// the search ends where none begins like s any more.
func longestTopLevelDomain(s string) int {
	longest, known := 0, topLevelDomains[:]
	var buf [maxTopLevelDomain + utf8.UTFMax]byte
	begin := buf[:0]
	for end, r := range s {
		if end > 0 && known[0] == string(begin) && endsTopLevelDomain(s[end:]) {
			longest = end
		}
		begin = utf8.AppendRune(begin, foldTopLevel(r))
		known = known[sort.Search(len(known), func(i int) bool { return known[i] >= string(begin) }):]
		known = known[:sort.Search(len(known), func(i int) bool { return !strings.HasPrefix(known[i], string(begin)) })]
		if len(known) == 0 {
			return longest
		}
	}
	if known[0] == string(begin) {
		longest = len(s)
	}
	return longest
}

// endsTopLevelDomain reports whether a top-level domain may end before rest.
func endsTopLevelDomain(rest string) bool {
	r := rune(rest[0])
	return !isAlphanumeric(r) && r != '@' && r != '+' && r != '-'
}

// isTopLevelDomain reports whether s, in any case, is a known top-level domain.
func isTopLevelDomain(s string) bool {
	if len(s) > maxTopLevelDomain {
		return false
	}
	var buf [maxTopLevelDomain + utf8.UTFMax]byte
	folded := buf[:0]
	for _, r := range s {
		folded = utf8.AppendRune(folded, foldTopLevel(r))
		if len(folded) > maxTopLevelDomain {
			return false
		}
	}
	i := sort.Search(len(topLevelDomains), func(i int) bool { return topLevelDomains[i] >= string(folded) })
	return i < len(topLevelDomains) && topLevelDomains[i] == string(folded)
}

// foldTopLevel brings a letter to the case of the table. Like a case-insensitive
// JavaScript pattern it goes through upper case, and never from another script to ASCII.
func foldTopLevel(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	if folded := unicode.ToLower(unicode.ToUpper(r)); folded >= utf8.RuneSelf {
		return folded
	}
	return r
}

// punycodeLabelLen returns the length of the xn-- label that s begins with, or 0.
func punycodeLabelLen(s string) int {
	const prefix = "xn--"
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return 0
	}
	n := len(prefix)
	for n < len(s) && (s[n] == '-' || isAlphanumeric(rune(s[n]))) {
		n++
	}
	if n == len(prefix) {
		return 0
	}
	return n
}

// inHostRun reports whether r can be anywhere in a domain.
func inHostRun(r rune) bool {
	return r == '.' || r == '-' || r == '_' || isDomainRune(r)
}

// isDomainRune reports whether r can begin and end a label: for twitter-text that is
// everything but its punctuation, white space, direction marks and invalid characters.
func isDomainRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isAlphanumeric(r) || r == '"' || r == '`' || r == 0x7F || r < ' ' && (r < '\t' || r > '\r')
	}
	switch {
	case isSpaceRune(r), isDirectionMark(r), isInvalid(r):
		return false
	}
	return true
}

// isSpaceRune reports what twitter-text takes for white space.
func isSpaceRune(r rune) bool {
	switch {
	case r == ' ', '\t' <= r && r <= '\r', r == 0x85, r == 0xA0, r == 0x1680, r == 0x180E,
		0x2000 <= r && r <= 0x200A, r == 0x2028, r == 0x2029, r == 0x202F, r == 0x205F, r == 0x3000:
		return true
	}
	return false
}

// isDirectionMark reports the marks and controls of bidirectional text.
func isDirectionMark(r rune) bool {
	switch {
	case r == 0x061C, r == 0x200E, r == 0x200F, 0x202A <= r && r <= 0x202E, 0x2066 <= r && r <= 0x2069:
		return true
	}
	return false
}
