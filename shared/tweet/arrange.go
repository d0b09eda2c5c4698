package tweet

// maxReach bounds how many ends of a post are weighed for each beginning, so that long
// posts do not make the search quadratic. Posts of 280 are within it.
const maxReach = 300

// A run is a half-open range of atoms that make a post.
type run struct{ start, end int }

// arrange chooses the posts: the division of the least total cost, found from the end of
// the text to its beginning.
func (l *layout) arrange() []run {
	n := len(l.atoms)
	cost := make([]int, n+1) // of the atoms from i on
	next := make([]int, n)   // where the post that begins at i ends
	headings := l.headingsBefore()
	furthest, must := n, n
	for i := n - 1; i >= 0; i-- {
		for furthest > i+1 && l.weight(i, furthest) > l.budget {
			furthest--
		}
		if l.atoms[i].seam.must {
			must = i + 1
		}
		cost[i] = -1
		last := min(furthest, must)
		for j := last; j > i && j > last-maxReach; j-- {
			total := cost[j] + l.postCost(i, j) + headingCost*(headings[j-1]-headings[i])
			if j < n {
				total += l.atoms[j-1].seam.cost
			}
			if cost[i] < 0 || total < cost[i] {
				cost[i], next[i] = total, j
			}
		}
	}
	var runs []run
	for i := 0; i < n; i = next[i] {
		runs = append(runs, run{i, next[i]})
	}
	return runs
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
// of the room it leaves, and of being very short.
func (l *layout) postCost(i, j int) int {
	weight := l.weight(i, j)
	room := l.budget - weight
	cost := postCost + slackCost*room*room/(l.budget*l.budget)
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
		s := trim(l.text, span{l.atoms[start].start, l.atoms[end-1].end})
		if s.start < s.end {
			parts = append(parts, Part{
				Text: l.text[s.start:s.end], Start: s.start, End: s.end,
				Forced: end < len(l.atoms) && l.atoms[end-1].seam.level == levelForced,
			})
		}
		start = end
	}
	return parts
}

func (l *layout) visible(start, end int) string {
	s := trim(l.text, span{l.atoms[start].start, l.atoms[end-1].end})
	return l.text[s.start:s.end]
}
