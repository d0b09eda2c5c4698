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
	levelCode    // between two lines of code
	levelCodeGap // at a blank line of code
	levelLine    // between two lines of verse
	levelItem    // between two items of a list
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
	slackCost   = 50   // of an empty post; less by the square of how full it is
	overCost    = 400  // of a post that is twice as long as it had better be
	orphanCost  = 4000 // of a post of one or two words
	shortCost   = 3000 // of a post that is shorter than shortPost
	headingCost = 40   // of a heading that does not begin its post

	insideItemCost     = 120 // of dividing an item of a list that exceeds a post, on top of the seam's own
	afterIntroCost     = 90  // of parting a list from the line that announces it
	nestedCost         = 15  // of beginning a post with an item of a list in a list
	indentedCost       = 3   // of beginning a post with indented code, for each column of up to maxIndent
	strayBreakCost     = 900 // of beginning a post with hyphens that would pass for a break
	beforeParticleCost = 60  // of parting a Japanese word from its ending or particle
	smallWordCost      = 20  // of ending in an article or preposition
	bracketCost        = 60  // of beginning a post with a parenthesis, or ending it with a colon or dash
	maxIndent          = 12  // columns
	shortPost          = 40  // weighted characters
	orphanPost         = 12  // weighted characters, where there are no words to count

	// The rules that nothing but the limit breaks, the lesser before the greater.
	insideGapCost      = 2_000      // of cutting one of those below at a blank line, where a heading leads to it
	aloneCost          = 10_000     // of leaving a heading behind that cannot go with what it leads to
	insideBlockCost    = 20_000     // of cutting an item, a quote, code or a table that fits
	sameTextCost       = 100_000    // of a post that says the same as another one
	strandedCost       = 1_000_000  // of leaving a heading behind, or who is quoted
	insideInlineCost   = 2_000_000  // of parting a link from its address
	insideCodeLineCost = 4_000_000  // of cutting a line of code
	insideHeadingCost  = 8_000_000  // of dividing a heading, which would hide what it is
	loneMarkCost       = 16_000_000 // of parting a mark from its item
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
	levelCodeGap:   {10, 130},
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
