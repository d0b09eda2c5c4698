package tweet

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// For each beginning of a post the last maxReach possible ends are weighed, and before them
// those at the ends of up to maxLines lines, so that long posts do not make the search
// quadratic. Posts of 280 are within maxReach; of long ones, which are many sentences, fewer
// ends are as good.
const (
	maxReach     = 150
	maxLines     = 100
	maxReachLong = 50
	maxLinesLong = 50
)

// A run is a half-open range of atoms that make a post.
type run struct{ start, end int }

// arrange chooses the posts: the division of the least total cost, found from the end of
// the text to its beginning.
func (l *layout) arrange() []run {
	n := len(l.atoms)
	cost := make([]int, n+1) // of the atoms from i on
	next := make([]int, n)   // where the post that begins at i ends
	headings := l.headingsBefore()
	lines := l.linesBefore()
	reach, more := maxReach, maxLines
	if l.budget > 4*StandardLimit {
		reach, more = maxReachLong, maxLinesLong
	}
	furthest, must := n, n
	for i := n - 1; i >= 0; i-- {
		lead := len(l.lead(i))
		for furthest > i+1 && l.weight(i, furthest)-lead > l.budget {
			furthest--
		}
		if l.atoms[i].seam.must {
			must = i + 1
		}
		last := min(furthest, must)
		for last > i+1 && l.weight(i, last) > l.budget {
			last--
		}
		cost[i] = -1
		for j, tries := last, 0; j > i && tries < reach+more; tries++ {
			total := cost[j] + l.postCost(i, j) + headingCost*(headings[j-1]-headings[i])
			if j < n {
				total += l.atoms[j-1].seam.cost
			}
			if cost[i] < 0 || total < cost[i] {
				cost[i], next[i] = total, j
			}
			if tries < reach {
				j--
			} else {
				j = lines[j]
			}
		}
	}
	var runs []run
	for i := 0; i < n; i = next[i] {
		runs = append(runs, run{i, next[i]})
	}
	return runs
}

// linesBefore returns, for each possible end of a post, the one before it at which a line
// ends, or 0.
func (l *layout) linesBefore() []int {
	before := make([]int, len(l.atoms)+1)
	for j := 2; j < len(before); j++ {
		before[j] = before[j-1]
		if l.atoms[j-2].seam.level >= levelCode {
			before[j] = j - 1
		}
	}
	return before
}

// headingsBefore returns, for each atom, how many seams in front of a heading lie before it.
func (l *layout) headingsBefore() []int {
	count := make([]int, len(l.atoms)+1)
	for i, a := range l.atoms {
		count[i+1] = count[i]
		if a.seam.heading {
			count[i+1]++
		}
	}
	return count
}

// postCost is the cost of a post of the atoms from i up to j by itself: of being a post,
// of the room it leaves or lacks, and of being very short.
func (l *layout) postCost(i, j int) int {
	weight := l.weight(i, j)
	room := l.target - weight
	cost := postCost
	if room >= 0 {
		cost += slackCost * room * room / (l.target * l.target)
	} else {
		cost += overCost * room * room / (l.target * l.target)
	}
	switch {
	case weight*4 > l.budget || weight >= shortPost:
	case j-i <= 2 || weight < orphanPost:
		cost += orphanCost
	default:
		cost += shortCost
	}
	return cost
}

// parts makes a post of a run. The weights of atoms are upper bounds for all but
// contrived texts; where the exact count says otherwise the run is divided further.
func (l *layout) parts(r run) []Part {
	var parts []Part
	for start := r.start; start < r.end; {
		end := r.end
		for end > start+1 && WeightedLength(l.visible(start, end)) > l.budget {
			end--
		}
		s := l.trimmed(start, end)
		if s.start < s.end {
			parts = append(parts, Part{
				Text: l.visible(start, end), Start: s.start, End: s.end,
				Forced: end < len(l.atoms) && l.atoms[end-1].seam.level == levelForced,
			})
		}
		start = end
	}
	return parts
}

func (l *layout) trimmed(start, end int) span {
	return trim(l.text, span{l.atoms[start].start, l.atoms[end-1].end})
}

// visible returns the post of a run: with the mark of the quote that it goes on with, and
// without the indentation of its first line, which its other lines lose as far as they have it.
func (l *layout) visible(start, end int) string {
	s := l.trimmed(start, end)
	text := l.text[s.start:s.end]
	line := &l.lines[l.atoms[start].line]
	indent := line.hang
	if start == line.first {
		indent = line.indent
	}
	if indent != "" {
		text = outdent(text, indent)
	}
	return l.lead(start) + text
}

// outdent moves the lines of a text behind the first one to the left by as many columns as an
// indentation has. From a line on that has less of it, the others are moved by as much less.
func outdent(text, indent string) string {
	first, rest, several := strings.Cut(text, "\n")
	if !several {
		return text
	}
	var b strings.Builder
	b.WriteString(first)
	most := columns(indent)
	for line := range strings.SplitSeq(rest, "\n") {
		body := strings.TrimLeftFunc(line, unicode.IsSpace)
		own := line[:len(line)-len(body)]
		if body != "" {
			most = min(most, columns(own))
		}
		b.WriteByte('\n')
		b.WriteString(unindented(own, most) + body)
	}
	return b.String()
}

// unindented takes columns off an indentation.
func unindented(indent string, n int) string {
	for i, r := range indent {
		if taken := columns(indent[:i]); taken >= n {
			return strings.Repeat(" ", taken-n) + indent[i:]
		}
		if taken := columns(indent[:i+utf8.RuneLen(r)]); taken > n {
			return strings.Repeat(" ", taken-n) + indent[i+utf8.RuneLen(r):]
		}
	}
	return ""
}
