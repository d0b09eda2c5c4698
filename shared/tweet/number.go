package tweet

import (
	"fmt"
	"strconv"
	"strings"
)

// Numbering marks each post of a thread of two or more with its place.
type Numbering struct {
	// Format shows the first of the numbers: in it, 1 stands for the place of the post and
	// n for how many there are, as in "1/n", "(1/n)", "1." or "🧵 1 of n". Empty means none.
	Format string
	// First puts the number before the text; otherwise it stands behind it.
	First bool
}

// A numberFormat is a parsed format: the place stands between before and between, the
// total, if there is one, between between and after.
type numberFormat struct {
	before, between, after string
	total, first           bool
}

func (n Numbering) parse() (numberFormat, error) {
	f := numberFormat{first: n.First}
	if strings.ContainsAny(n.Format, "\r\n") {
		return f, fmt.Errorf("the numbering %q must be on one line", n.Format)
	}
	place := strings.IndexByte(n.Format, '1')
	if place < 0 {
		return f, fmt.Errorf("the numbering %q has no 1, which stands for the number of the tweet; write for example 1/n",
			n.Format)
	}
	f.before, f.after = n.Format[:place], n.Format[place+1:]
	if i := loneN(f.after); i >= 0 {
		f.between, f.after, f.total = f.after[:i], f.after[i+1:], true
	}
	return f, nil
}

// loneN returns the position of the first n in s that is not a part of a word, or -1.
func loneN(s string) int {
	for i := range len(s) {
		if s[i] == 'n' && (i == 0 || !isASCIILetter(s[i-1])) && (i+1 == len(s) || !isASCIILetter(s[i+1])) {
			return i
		}
	}
	return -1
}

// label returns the number of a post.
func (f numberFormat) label(place, total int) string {
	label := f.before + strconv.Itoa(place) + f.between
	if f.total {
		label += strconv.Itoa(total)
	}
	return label + f.after
}

// weight returns what the numbers weigh at most in a thread whose length has so many
// digits, with the space that sets them off.
func (f numberFormat) weight(digits int) int {
	const longest = "888888888888888888"
	number, _ := strconv.Atoi(longest[:min(digits, len(longest))])
	return WeightedLength(f.label(number, number)) + 1
}

// apply numbers parts, unless there is only one.
func (f numberFormat) apply(parts []Part) []Part {
	if len(parts) < 2 {
		return parts
	}
	for i := range parts {
		label := f.label(i+1, len(parts))
		switch {
		case parts[i].Text == "":
			parts[i].Text = label
		case f.first:
			parts[i].Text = label + " " + parts[i].Text
		default:
			parts[i].Text += " " + label
		}
	}
	return parts
}
