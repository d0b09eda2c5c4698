package tweet

import (
	"math"
	"strings"
	"unicode/utf8"
)

// maxLabelLength is the longest label of a domain, as ASCII (RFC 1035).
const maxLabelLength = 63

// isDomain reports whether every label of the domain is short enough in its ASCII form.
// split says that its first code point is only the second half of a surrogate pair, as
// JavaScript may see it.
//
// Scripts without spaces make this matter: a bare domain behind more than some dozen
// ideographs is a part of one overlong label, and X does not take it for a link.
func isDomain(domain string, split bool) bool {
	if strings.HasPrefix(domain, "xn--") {
		latin := false
		for range latinDomains(domain) {
			latin = true
			break
		}
		if !latin {
			return false
		}
	}
	for label := range strings.SplitSeq(domain, ".") {
		if asciiLabelLen(label, split) > maxLabelLength {
			return false
		}
		split = false
	}
	return true
}

// asciiLabelLen returns the length of a label in its ASCII form, or any number above
// [maxLabelLength]. Dots of other scripts divide a label for the encoding only.
func asciiLabelLen(label string, split bool) int {
	if utf8.RuneCountInString(label) > maxLabelLength {
		return maxLabelLength + 1
	}
	runes := []rune(label)
	if split {
		const lowSurrogates = 0xDC00
		runes[0] = lowSurrogates + (runes[0]-0x10000)&0x3FF
	}
	total, start := 0, 0
	for i := 0; i <= len(runes); i++ {
		if i == len(runes) || isForeignDot(runes[i]) {
			total += asciiLen(runes[start:i])
			start = i + 1
			if i < len(runes) {
				total++ // the dot
			}
		}
	}
	return total
}

// isForeignDot reports the full stops that domain names take for a dot (RFC 3490).
func isForeignDot(r rune) bool { return r == '。' || r == '．' || r == '｡' }

// asciiLen returns the length of the code points, encoded if that is necessary.
func asciiLen(label []rune) int {
	for _, r := range label {
		if !isPrintable(r) {
			return len("xn--") + punycodeLen(label)
		}
	}
	return len(label)
}

// isPrintable reports printable ASCII.
func isPrintable(r rune) bool { return ' ' <= r && r <= '~' }

// Parameters of Punycode (RFC 3492, section 5).
const (
	punyBase, punyMin, punyMax = 36, 1, 26
	punySkew, punyDamp         = 38, 700
	punyBias, punyFirst        = 72, 128
)

// punycodeLen returns the length of the Punycode form of the code points (RFC 3492,
// section 6.3).
func punycodeLen(label []rune) int {
	basic := 0
	for _, r := range label {
		if r < punyFirst {
			basic++
		}
	}
	length := basic
	if basic > 0 {
		length++ // the delimiter
	}
	n, delta, bias := rune(punyFirst), 0, punyBias
	for handled := basic; handled < len(label); {
		next := rune(math.MaxInt32)
		for _, r := range label {
			if r >= n {
				next = min(next, r)
			}
		}
		delta += int(next-n) * (handled + 1)
		n = next
		for _, r := range label {
			if r < n {
				delta++
			}
			if r == n {
				length += punyDigits(delta, bias)
				bias = punyAdapt(delta, handled+1, handled == basic)
				delta = 0
				handled++
			}
		}
		delta++
		n++
	}
	return length
}

// punyDigits returns how many digits a delta takes.
func punyDigits(delta, bias int) int {
	for digits, k := 1, punyBase; ; digits, k = digits+1, k+punyBase {
		threshold := min(max(k-bias, punyMin), punyMax)
		if delta < threshold {
			return digits
		}
		delta = (delta - threshold) / (punyBase - threshold)
	}
}

// punyAdapt is the bias after a delta (RFC 3492, section 6.1).
func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (punyBase-punyMin)*punyMax/2; k += punyBase {
		delta /= punyBase - punyMin
	}
	return k + (punyBase-punyMin+1)*delta/(delta+punySkew)
}
