package tweet

import (
	"iter"
	"strings"
	"unicode/utf8"
)

// maxLinkLength is the longest link that X recognises, in UTF-16 units, the protocol
// (https:// where none is written) included.
const maxLinkLength = 4096

// maxShortLinkSlug is the longest slug of a t.co link.
const maxShortLinkSlug = 40

// A link is a link as twitter-text finds it. In a domain without protocol that mixes
// scripts, only a part in Latin letters becomes the link: then text between hostEnd and
// tail is dropped from it. Elsewhere the two are equal.
type link struct {
	start, hostEnd int // byte offsets of the domain, with its protocol
	tail, end      int // and of what follows it
}

// url returns what X takes for the link.
func (l link) url(text string) string {
	if l.hostEnd == l.tail {
		return text[l.start:l.end]
	}
	return text[l.start:l.hostEnd] + text[l.tail:l.end]
}

// counted returns the end of the text that the weight of the link stands for:
// twitter-text skips as many UTF-16 units as the link has.
func (l link) counted(text string) int {
	if l.hostEnd == l.tail {
		return l.end
	}
	units := utf16Len(l.url(text))
	for i, r := range text[l.start:] {
		if units < utf16Units(r) {
			return l.start + i
		}
		units -= utf16Units(r)
	}
	return len(text)
}

// links finds the links of text in order.
//
// twitter-text finds them with one large regular expression that is tried at every
// character. The scanner finds the same ones in linear time: a link needs a dot between
// two characters of a domain, so it goes from such dot to such dot, takes the run of
// domain characters around it and analyses that run once.
func links(text string) iter.Seq[link] {
	return func(yield func(link) bool) {
		s := linkScanner{text: text, yield: yield}
		for s.nextRun() {
			if !s.scanRun() {
				return
			}
		}
	}
}

type linkScanner struct {
	text  string
	yield func(link) bool
	// last is where the previous match ended. The character there can only precede a link.
	last int
	// run is the current run of domain characters.
	run hostRun
}

// nextRun moves to the next run that has a dot between two domain characters.
func (s *linkScanner) nextRun() bool {
	from := max(s.last, s.run.end)
	for {
		i := strings.IndexByte(s.text[from:], '.')
		if i < 0 {
			return false
		}
		dot := from + i
		from = dot + 1
		before, _ := utf8.DecodeLastRuneInString(s.text[s.last:dot])
		after, _ := utf8.DecodeRuneInString(s.text[from:])
		if dot > s.last && from < len(s.text) && isDomainRune(before) && isDomainRune(after) {
			s.run.analyse(s.text, s.last, dot)
			return true
		}
	}
}

// scanRun yields the links whose domain lies in the current run. It reports false once
// yield does.
func (s *linkScanner) scanRun() bool {
	for from := s.run.start; from < s.run.end; {
		c, ok := s.candidate(from)
		if !ok {
			return true
		}
		end, ok := s.match(c)
		if !ok {
			return false
		}
		s.last = end
		from = end
	}
	return true
}

// A candidate is a place where the regular expression matches.
type candidate struct {
	start  int  // of the protocol or, without one, of the domain
	domain int  // start of the domain
	end    int  // end of the domain
	before rune // the character before start, 0 at the start of the text
	split  bool // the match starts in the middle of a surrogate pair
}

// candidate finds the first match whose domain starts at or after from in the run.
func (s *linkScanner) candidate(from int) (candidate, bool) {
	if c, ok := s.protocolCandidate(from); ok {
		return c, true
	}
	if c, ok := s.firstCandidate(from); ok {
		return c, true
	}
	for i := from; i < s.run.end; {
		r, size := utf8.DecodeRuneInString(s.text[i:])
		before, ok := s.precededAt(i)
		split := false
		if !ok && r > 0xFFFF {
			// JavaScript sees two surrogates, and the first may precede the second.
			before, split, ok = r, true, true
		}
		if ok && isDomainRune(r) {
			if end := s.run.domainEnd(i); end > 0 {
				return candidate{start: i, domain: i, end: end, before: before, split: split}, true
			}
		}
		i += size
	}
	return candidate{}, false
}

// protocolCandidate matches at the http:// or https:// before the run.
func (s *linkScanner) protocolCandidate(from int) (candidate, bool) {
	if from != s.run.start {
		return candidate{}, false
	}
	start, ok := protocolStart(s.text, s.run.start)
	if !ok {
		return candidate{}, false
	}
	before, ok := s.precededAt(start)
	if !ok {
		return candidate{}, false
	}
	first, _ := utf8.DecodeRuneInString(s.text[s.run.start:])
	if !isDomainRune(first) {
		return candidate{}, false
	}
	end := s.run.domainEnd(s.run.start)
	return candidate{start: start, domain: s.run.start, end: end, before: before}, end > 0
}

// firstCandidate handles the start of the text, where the expression prefers to take the
// first character for the one that precedes a link.
func (s *linkScanner) firstCandidate(from int) (candidate, bool) {
	if from > 0 || s.last > 0 || s.run.start > 0 {
		return candidate{}, false
	}
	r, size := utf8.DecodeRuneInString(s.text)
	next, _ := utf8.DecodeRuneInString(s.text[size:])
	if !canPrecedeLink(r) || r > 0xFFFF || size >= s.run.end || !isDomainRune(next) {
		return candidate{}, false
	}
	end := s.run.domainEnd(size)
	return candidate{start: size, domain: size, end: end, before: r}, end > 0
}

// precededAt returns the character before i and whether a link may follow it there.
func (s *linkScanner) precededAt(i int) (rune, bool) {
	if i == 0 {
		return 0, true
	}
	if i <= s.last {
		return 0, false
	}
	r, _ := utf8.DecodeLastRuneInString(s.text[:i])
	return r, canPrecedeLink(r)
}

// match extends a candidate by its port, path and query, yields the links in it and
// returns where the match ends. It reports false once yield does.
func (s *linkScanner) match(c candidate) (int, bool) {
	domain := s.text[c.domain:c.end]
	pathStart := c.end + portLen(s.text[c.end:])
	pathEnd := pathStart + pathLen(s.text[pathStart:])
	hasPath := pathEnd > pathStart
	end := pathEnd + queryLen(s.text[pathEnd:])
	if !isLinkLength(s.text[c.start:end], c.domain > c.start) || !isDomain(domain, c.split) {
		return end, true
	}
	if c.domain > c.start {
		return end, s.yieldWithProtocol(c.start, end)
	}
	switch c.before {
	case '-', '_', '.', '/':
		return end, true
	}
	return end, s.yieldBare(c, end, hasPath)
}

// yieldWithProtocol yields a link that was written with its protocol.
func (s *linkScanner) yieldWithProtocol(start, end int) bool {
	short, slug := shortLink(s.text[start:end])
	if slug > maxShortLinkSlug {
		return true
	}
	if short > 0 {
		end = start + short
	}
	return s.yield(link{start: start, hostEnd: end, tail: end, end: end})
}

// yieldBare yields the domains of Latin letters in a domain without protocol. Only the
// last one takes the path.
func (s *linkScanner) yieldBare(c candidate, end int, hasPath bool) bool {
	var pending link
	for start, stop := range latinDomains(s.text[c.domain:c.end]) {
		if pending.end > 0 && !s.yield(pending) {
			return false
		}
		stop += c.domain
		pending = link{start: c.domain + start, hostEnd: stop, tail: stop, end: stop}
	}
	if pending.end == 0 {
		return true
	}
	if hasPath {
		pending.tail, pending.end = c.end, end
	}
	return s.yield(pending)
}

// isLinkLength reports whether X would take a link of this length.
func isLinkLength(url string, hasProtocol bool) bool {
	protocol := len("https://")
	if hasProtocol {
		protocol = strings.Index(url, "//") + 2
	}
	return len(url) <= maxLinkLength/2 || protocol+utf16Len(url) <= maxLinkLength
}

// protocolStart returns where the http:// or https:// that ends at end begins.
func protocolStart(text string, end int) (int, bool) {
	for _, protocol := range [...]string{"https://", "http://"} {
		if start := end - len(protocol); start >= 0 && strings.EqualFold(text[start:end], protocol) &&
			isASCII(text[start:end]) {
			return start, true
		}
	}
	return 0, false
}

// canPrecedeLink reports whether a link may begin after r.
func canPrecedeLink(r rune) bool {
	switch {
	case isAlphanumeric(r), r == '@', r == '＠', r == '$', r == '#', r == '＃', isInvalid(r):
		return false
	}
	return true
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
