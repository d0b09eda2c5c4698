package tweet

// A level ranks the places where a text can be divided, from the worst to the best.
type level uint8

const (
	levelNone      level = iota // no seam
	levelForced                 // inside something that alone exceeds a post
	levelIdeograph              // between two characters of a script without spaces
	levelWord
	levelClause
	levelSentence
	levelCode // between two lines of code
	levelLine // between two lines of verse
	levelItem // between two items of a list
	levelParagraph
	levels
)

// A seam is a place where one post may end and the next one begin.
type seam struct {
	// cost is what ending a post here costs in units of a hundredth of a post.
	cost  int
	level level
	// heading: what follows is a heading, so it had better begin a post.
	heading bool
	// must: a post ends here in any case.
	must bool
}

// Costs are in hundredths of a post: a seam of cost 100 is as bad as one post more. They
// were found by reading how essays, lists, code and verse come out.
const (
	postCost    = 100
	slackCost   = 50  // of an empty post; less by the square of how full it is
	orphanCost  = 320 // of a post of one or two words
	shortCost   = 60  // of a post that is shorter than shortPost
	headingCost = 40  // of a heading that does not begin its post

	afterHeadingCost   = 500                  // of leaving a heading behind
	insideHeadingCost  = 8 * afterHeadingCost // of dividing one, which would hide what it is
	insideItemCost     = 120                  // of dividing an item of a list, on top of the seam's own
	afterIntroCost     = 90                   // of parting a list from the line that announces it
	strayBreakCost     = 900                  // of beginning a post with hyphens that would pass for a break
	beforeParticleCost = 60                   // of parting a Japanese word from its ending or particle
	smallWordCost      = 20                   // of ending in an article or preposition
	shortPost          = 40                   // weighted characters
	orphanPost         = 12                   // weighted characters, where there are no words to count
)

// seamCosts has for each level the cost of a seam inside a unit that must be divided
// anyway, and inside one that would fit into a post whole: a sentence seam is cheap in a
// paragraph that is too long, and dear in one that is not.
var seamCosts = [levels]struct{ divided, whole int }{
	levelForced:    {1000, 1000},
	levelIdeograph: {170, 260},
	levelWord:      {140, 230},
	levelClause:    {80, 170},
	levelSentence:  {30, 130},
	levelCode:      {30, 260},
	levelLine:      {25, 120},
	levelItem:      {12, 160},
	levelParagraph: {0, 0},
}

// priceSeams adds the cost of each seam's level.
func (l *layout) priceSeams() {
	for v := levelForced; v < levels; v++ {
		// Units of this level lie between seams of a higher one.
		for start := 0; start < len(l.atoms); {
			end := start
			for end < len(l.atoms)-1 && l.atoms[end].seam.level <= v {
				end++
			}
			cost := seamCosts[v].divided
			if l.weight(start, end+1) <= l.budget {
				cost = seamCosts[v].whole
			}
			for i := start; i < end; i++ {
				if s := &l.atoms[i].seam; s.level == v {
					s.cost += cost
				}
			}
			start = end + 1
		}
	}
}
