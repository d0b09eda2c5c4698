package tweet

import "fmt"

// A Thread is a preview: how posts will look, what X would say to them and what they
// cost. All positions are in UTF-16 code units, half open.
type Thread struct {
	Tweets   []PreviewedTweet `json:"tweets"`
	Findings []Finding        `json:"findings"`
	Cost     Cost             `json:"cost"`
}

// A PreviewedTweet is one post of a preview.
type PreviewedTweet struct {
	Position  int    `json:"position"` // from 1
	Text      string `json:"text"`
	Weighted  int    `json:"weighted_length"`
	Limit     int    `json:"limit"`
	Remaining int    `json:"remaining"` // negative when the post is too long
	Valid     bool   `json:"valid"`
	Over      *Range `json:"over,omitempty"` // what is beyond the limit
	// Source is where the post lies in the text that was split. Of a text with markup it is
	// whole lines, and Line the number of the first, from 1.
	Source *Range `json:"source,omitempty"`
	Line   int    `json:"line,omitempty"`

	Entities []EntityRange `json:"entities"`
}

// A Range is a part of a text in UTF-16 code units, half open.
type Range struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// An EntityRange is an entity of a post's text.
type EntityRange struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
	Range
}

// Preview shows a thread of given posts.
func Preview(thread []Draft, r Rules) Thread {
	if r.Limit == 0 {
		r.Limit = StandardLimit
	}
	t := Thread{
		Tweets:   make([]PreviewedTweet, len(thread)),
		Findings: Check(thread, r),
		Cost:     r.Prices.Cost(UsageOf(thread)),
	}
	for i, d := range thread {
		t.Tweets[i] = previewPost(i+1, d.Text, r.Limit)
	}
	return t
}

// A TooManyTweetsError says that a text makes more than [MaxThread] posts.
type TooManyTweetsError struct {
	Offset int // of the text, where the first post begins that is too many
}

func (*TooManyTweetsError) Error() string {
	return fmt.Sprintf("the text makes more than %d tweets, which no thread may have", MaxThread)
}

// SplitThread is [Split] for a thread that is to be posted: a document that makes more than
// [MaxThread] posts is a [TooManyTweetsError]. Of one that is much too long only the
// beginning is split, to say where it is.
func SplitThread(d Document, o Options) ([]Part, error) {
	room := d.room(MaxThread, o.limit())
	parts, err := Split(d.until(room), o)
	switch {
	case err != nil:
		return nil, err
	case len(parts) > MaxThread:
		return nil, &TooManyTweetsError{parts[MaxThread].Start}
	case room < len(d.Text):
		return nil, &TooManyTweetsError{room}
	}
	return parts, nil
}

// PreviewParts shows a thread that was split from text: drafts has one post for each of
// the parts.
func PreviewParts(text string, parts []Part, drafts []Draft, r Rules) Thread {
	t := Preview(drafts, r)
	units := unitCounter{text: text}
	for i, p := range parts {
		t.Tweets[i].Source = &Range{Start: units.at(p.Start), End: units.at(p.End)}
		if p.Forced {
			t.Findings = append(t.Findings, Finding{
				Tweet: i + 1, Severity: Warning, Code: CodeCutWord,
				Message: "The tweet ends inside a word that is too long for one tweet. Shorten it or divide it by hand.",
			})
		}
	}
	return t
}

func previewPost(position int, text string, limit int) PreviewedTweet {
	count := Weigh(text, limit)
	p := PreviewedTweet{
		Position: position, Text: text,
		Weighted: count.Weighted, Limit: limit, Remaining: limit - count.Weighted, Valid: count.Valid,
		Entities: []EntityRange{},
	}
	if count.Weighted > limit {
		p.Over = &Range{Start: utf16Len(text[:overAt(text, limit)]), End: utf16Len(text)}
	}
	units := unitCounter{text: text}
	for _, e := range Entities(text) {
		p.Entities = append(p.Entities, EntityRange{
			Kind: e.Kind, Text: e.Text, Range: Range{Start: units.at(e.Start), End: units.at(e.End)},
		})
	}
	return p
}

// overAt returns the byte offset in text of the first unit that is beyond the limit, or
// the length of text.
func overAt(text string, limit int) int {
	weight, normal := 0, 0 // normal is an offset in the normalised text
	found := false
	for p := range pieces(Normalize(text)) {
		if weight += p.weight; weight > limit {
			found = true
			break
		}
		normal += len(p.text)
	}
	if !found {
		return len(text)
	}
	// Follow the normalisation segment by segment.
	for pos := 0; pos < len(text); {
		n := segmentLen(text[pos:])
		normal -= len(normalSegment(text[pos : pos+n]))
		if normal < 0 {
			return pos
		}
		pos += n
	}
	return len(text)
}
