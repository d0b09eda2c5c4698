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
	Position  int           `json:"position"` // from 1
	Text      string        `json:"text"`
	Weighted  int           `json:"weighted_length"`
	Limit     int           `json:"limit"`
	Remaining int           `json:"remaining"` // negative when the post is too long
	Valid     bool          `json:"valid"`
	Over      *Range        `json:"over,omitempty"`   // what is beyond the limit
	Source    *Range        `json:"source,omitempty"` // where the post lies in the text that was split
	Entities  []EntityRange `json:"entities"`
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

// ErrTooManyTweets says that a text makes more than [MaxThread] posts.
var ErrTooManyTweets = fmt.Errorf("the text makes more than %d tweets, which no thread may have", MaxThread)

// PreviewText splits a plain text and shows the thread. The options' limit is that of the
// rules. A text that makes too many posts is ErrTooManyPosts.
func PreviewText(text string, o Options, r Rules) (Thread, error) {
	o.Limit = r.Limit
	parts, err := SplitThread(Plain(text), o)
	if err != nil {
		return Thread{}, err
	}
	drafts := make([]Draft, len(parts))
	for i, p := range parts {
		drafts[i].Text = p.Text
	}
	return PreviewParts(text, parts, drafts, r), nil
}

// SplitThread is [Split] for a thread that is to be posted: a document that makes more than
// [MaxThread] posts is ErrTooManyPosts, mostly before it is split.
func SplitThread(d Document, o Options) ([]Part, error) {
	if d.AtLeast(o) > MaxThread {
		return nil, ErrTooManyTweets
	}
	parts, err := Split(d, o)
	if err == nil && len(parts) > MaxThread {
		return nil, ErrTooManyTweets
	}
	return parts, err
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
