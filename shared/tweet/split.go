package tweet

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minLimit is the shortest post that Split makes; a single character may weigh 2 and a
// link 23.
const minLimit = 25

// Options say how a text becomes a thread. The zero value makes posts of
// [StandardLimit], merges short paragraphs and does not number.
type Options struct {
	// Limit is the weighted length of a post, the number included; 0 means [StandardLimit].
	Limit int
	// OneEach gives each paragraph a post of its own. Otherwise short ones share a post.
	OneEach bool
	// Target is the weighted length that posts had better not exceed; 0: they may be full.
	Target int
	// Numbering marks the posts of a thread.
	Numbering Numbering
}

func (o Options) limit() int {
	if o.Limit == 0 {
		return StandardLimit
	}
	return o.Limit
}

// A Part is a post of a split text.
type Part struct {
	// Text is what is to be posted, with its number.
	Text string
	// Start and End are the byte offsets, half open, of the part in the text that was split.
	Start, End int
	// Forced says that a word or link had to be cut at the part's end.
	Forced bool
}

// Texts returns the texts of parts.
func Texts(parts []Part) []string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Text
	}
	return texts
}

// Join writes texts as one with explicit breaks. It splits into the same parts again,
// unless one of them has a line of hyphens, as only a row of them that was cut can.
func Join(texts []string) string {
	return strings.Join(texts, "\n\n"+Break+"\n\n")
}

// Split divides a document into posts that are within the limit by [WeightedLength].
//
// It breaks at dividers always, else where an editor would: between paragraphs, then items
// of a list, lines of verse or code, sentences, clauses and words.
//
//   - A heading goes with what follows it, even where that must be cut for it.
//   - Items, quotes, tables and code that fit into a post are not cut. Longer code is cut
//     between its lines, at blank ones first, and longer tables between their rows.
//   - A link and its address, and a line of code, stay together where they fit.
//   - A mark stays with its item. A quote that goes on in the next post has its mark there,
//     too, and its attribution stays with its end.
//   - A post that begins with an indented line has its other lines moved to the left by as
//     much, until one has less room; those behind it are moved by no more than that.
//   - A word, link, mention, hashtag or emoji is only cut where it alone exceeds a post.
//   - A post of a few words is avoided where something can join it.
//
// Every character of the text is in exactly one part, except white space at the ends of
// parts and of indentations, the marks of blank lines of quotes, and dividers. A text that
// is blank has no parts, unless there are pictures.
//
// The time is linear in the length of the text.
func Split(d Document, o Options) ([]Part, error) {
	limit := o.limit()
	sections := d.sections()
	if o.Numbering.Format == "" || d.Numbered {
		if limit < minLimit {
			return nil, fmt.Errorf("a tweet needs room for at least %d characters; the limit is %d", minLimit, limit)
		}
		return splitSections(d.Text, sections, limit, o), nil
	}
	format, err := o.Numbering.parse()
	if err != nil {
		return nil, err
	}
	// The numbers take room, and more of it when the thread has more posts than expected.
	least := 0
	for _, sec := range sections {
		least += atLeast(d.Text, sec, limit)
	}
	for digits := len(fmt.Sprint(least)); ; digits++ {
		budget := limit - format.weight(digits)
		if budget < minLimit {
			return nil, fmt.Errorf(
				"the numbering %q leaves %d of %d characters for the text; it needs %d: choose a shorter one", o.Numbering.Format,
				budget, limit, minLimit)
		}
		parts := splitSections(d.Text, sections, budget, o)
		if len(fmt.Sprint(len(parts))) <= digits {
			return format.apply(parts), nil
		}
	}
}

// atLeast returns how many posts a section makes at the least: what weighs too much for so
// many has no room in them, however it is divided.
func atLeast(text string, sec section, limit int) (posts int) {
	s := trim(text, sec.span)
	if s.start == s.end {
		return 0
	}
	weight := WeightedLength(text[s.start:s.end])
	for _, r := range text[s.start:s.end] {
		if unicode.IsSpace(r) || r == '>' {
			weight -= 2 // at the most: white space at their ends is not posted
		}
	}
	return max(1, (weight+limit-1)/limit)
}

// room returns where in its text a document has about filled as many posts as it may have, or
// where the text ends if it may do with them.
func (d Document) room(posts, limit int) int {
	for _, sec := range d.sections() {
		n := atLeast(d.Text, sec, limit)
		if n > posts {
			at := sec.start + int(int64(sec.end-sec.start)*int64(posts)/int64(n))
			for !utf8.RuneStart(d.Text[at]) {
				at++
			}
			return at
		}
		posts -= n
	}
	return len(d.Text)
}

// until returns the beginning of a document.
func (d Document) until(end int) Document {
	if end == len(d.Text) {
		return d
	}
	blocks := d.Blocks
	d.Text, d.Blocks = d.Text[:end], nil
	for _, b := range blocks {
		if b.Start < end {
			b.End = min(b.End, end)
			d.Blocks = append(d.Blocks, b)
		}
	}
	return d
}

// splitSections splits each section by itself. Posts of the same text, of which X refuses the
// second one, are divided in another way where there is one, unless numbers tell them apart.
func splitSections(text string, sections []section, budget int, o Options) []Part {
	parts := make([][]Part, len(sections))
	for i, s := range sections {
		parts[i] = splitSection(text, s, budget, o, nil)
	}
	if o.Numbering.Format == "" {
		tellApart(parts, func(i int, avoid []int) []Part { return splitSection(text, sections[i], budget, o, avoid) })
	}
	return slices.Concat(parts...)
}

// splitSection splits a section, and ends no post at the offsets to be avoided if that can be
// helped.
func splitSection(text string, sec section, budget int, o Options, avoid []int) []Part {
	s := trim(text, sec.span)
	if s.start == s.end {
		at := slices.IndexFunc(sec.blocks, func(b Block) bool { return b.Kind == Picture })
		if at < 0 {
			return nil
		}
		return []Part{{Start: sec.blocks[at].Start, End: sec.blocks[at].Start}}
	}
	l := newLayout(text, s, sec.blocks, budget)
	if fits := o.Target == 0 ||
		o.Target >= budget; !o.OneEach && fits && WeightedLength(l.visible(0, len(l.atoms))) <= budget {
		return l.parts(run{0, len(l.atoms)})
	}
	l.rankSeams(o)
	for i := range l.atoms {
		if slices.Contains(avoid, l.atoms[i].end) {
			l.atoms[i].seam.cost += sameTextCost
		}
	}
	l.target = budget
	if o.Target > 0 {
		l.target = min(budget, max(o.Target, minLimit))
	}
	var parts []Part
	for _, run := range l.arrange() {
		parts = append(parts, l.parts(run)...)
	}
	return parts
}

// trim takes white space off both ends of a range.
func trim(text string, s span) span {
	s.end = s.start + len(strings.TrimRightFunc(text[s.start:s.end], unicode.IsSpace))
	s.start = s.end - len(strings.TrimLeftFunc(text[s.start:s.end], unicode.IsSpace))
	return s
}
