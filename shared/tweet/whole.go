package tweet

import "sort"

// keepWhole raises the cost of the seams inside a block that fits into a post.
func (l *layout) keepWhole(b Block) {
	if !b.whole() {
		return
	}
	first := sort.Search(len(l.atoms), func(i int) bool { return l.atoms[i].end > b.Start })
	end := sort.Search(len(l.atoms), func(i int) bool { return l.atoms[i].start >= b.End })
	if end <= first {
		return
	}
	if b.Kind == Quote {
		l.keepAttribution(b, first, end)
	}
	if l.weight(first, end) > l.budget {
		return
	}
	cost := insideBlockCost
	switch b.Kind {
	case Inline:
		cost = insideInlineCost
	case Heading:
		cost = insideHeadingCost
	}
	for i := first; i < end-1; i++ {
		l.atoms[i].seam.cost += cost
	}
	if b.Kind == Quote || b.Kind == Code || b.Kind == Table {
		l.leadIn(first, end)
	}
}

// leadIn decides what becomes of a heading, or a few words, above a block that fits into a post
// but not together with it. Where a blank line divides the block well it is cut there; else
// the heading may stay behind, since what it goes with cannot follow it.
func (l *layout) leadIn(first, end int) {
	top := l.atoms[first].line
	if top == 0 || l.lines[top].first != first {
		return
	}
	head, last := top-1, l.atoms[end-1].line
	isHeading := l.lines[head].kind == lineHeading
	for isHeading && head > 0 && l.lines[head-1].kind == lineHeading {
		head--
	}
	start := l.lines[head].first
	if l.weight(start, end) <= l.budget || !isHeading && l.weight(start, first) >= shortPost {
		return
	}
	divided := false
	for i := top + 2; i < last; i++ { // two lines at least are above and below
		seam := l.lines[i].first - 1
		if l.lines[i].blank && l.weight(start, seam+1) <= l.budget {
			l.atoms[seam].seam.cost -= insideBlockCost - insideGapCost
			divided = true
		}
	}
	if isHeading && !divided {
		l.atoms[first-1].seam.cost -= strandedCost - aloneCost
	}
}

// keepAttribution keeps who is quoted with the end of the quote, where both stand in a line.
func (l *layout) keepAttribution(b Block, first, end int) {
	const longest = 20 // words
	last := l.lines[l.atoms[end-1].line].first
	for i := end - 1; i > max(first, last, end-longest); i-- {
		if isSource(l.text[l.atoms[i].start:b.End]) {
			for k := i - 1; k < end-1; k++ {
				l.atoms[k].seam.cost += strandedCost
			}
			return
		}
	}
}
