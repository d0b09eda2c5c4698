package manuscript

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf16"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// A Thread is what a manuscript makes for an account.
type Thread struct {
	Drafts []tweet.Draft
	// Files are those of each of the drafts, in the order of their media.
	Files [][]File

	manuscript Manuscript
	parts      []tweet.Part
	moved      []Image // to the next post, or to one more behind all others
}

// Thread divides the manuscript into posts, for an account whose posts may be limit long: the
// text is split by the options of the front matter, each picture goes with the post that it
// stands in.
func (m Manuscript) Thread(limit int) (Thread, error) {
	t := Thread{manuscript: m}
	var err error
	if t.parts, err = m.split(limit); err != nil {
		return t, err
	}
	texts := m.Posts
	if texts == nil {
		texts = tweet.Texts(t.parts)
	}
	if t.Files, t.moved, err = m.files(t.parts, len(texts)); err != nil {
		return t, err
	}
	t.Drafts = make([]tweet.Draft, len(t.Files))
	for i, text := range texts {
		t.Drafts[i].Text = text
	}
	for i, shown := range t.Files {
		for _, f := range shown {
			t.Drafts[i].Media = append(t.Drafts[i].Media, tweet.Medium{Kind: mediumKind(f.Path), AltText: f.Alt})
		}
	}
	return t, m.addOptions(t.Drafts)
}

// split divides the text.
func (m Manuscript) split(limit int) ([]tweet.Part, error) {
	parts, err := tweet.SplitThread(m.Document, m.splitOptions(limit))
	if many, ok := errors.AsType[*tweet.TooManyTweetsError](err); ok {
		e := fault.New(fault.Invalid, "This makes more than %d tweets, which no thread may have.", tweet.MaxThread).
			Todo("Divide it into several threads.").Because(err)
		if line := m.lines.line(many.Offset); line > 0 {
			return nil, e.At(lineField(line))
		}
		return nil, e
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "The text cannot be split: %v.", err).At(m.FrontField("numbering"))
	}
	return parts, nil
}

// Show is how the thread will look. drafts are its own, after their media were looked at.
func (t Thread) Show(drafts []tweet.Draft, r tweet.Rules) tweet.Thread {
	m := t.manuscript
	shown := tweet.PreviewParts(m.Text, t.parts, drafts, r)
	if m.Text != m.source { // the parts lie in another text
		t.showLines(shown.Tweets)
	}
	for i := range min(len(t.parts), len(shown.Tweets)) {
		shown.Tweets[i].Line = m.lines.line(t.parts[i].Start)
	}
	t.Locate(shown.Findings)
	shown.Findings = append(shown.Findings, t.Findings()...)
	return shown
}

// showLines says of tweets which lines of the source they are made of.
func (t Thread) showLines(shown []tweet.PreviewedTweet) {
	var all []tweet.Range // the lines, in UTF-16 code units, without their ends
	start := 0
	for line := range strings.Lines(t.manuscript.source) {
		units := len(utf16.Encode([]rune(line)))
		all = append(all, tweet.Range{Start: start, End: start + units - strings.Count(line, "\n")})
		start += units
	}
	lines := t.manuscript.lines
	for i := range min(len(t.parts), len(shown)) {
		p := t.parts[i]
		first, last := lines.line(p.Start), lines.line(max(p.Start, p.End-1))
		shown[i].Source = nil
		if 0 < first && first <= last && last <= len(all) {
			shown[i].Source = &tweet.Range{Start: all[first-1].Start, End: all[last-1].End}
		}
	}
}

// Locate says of findings about the drafts at which lines these begin, or what the front matter
// says of them, where that is known.
func (t Thread) Locate(findings []tweet.Finding) {
	for i, f := range findings {
		if f.Line > 0 || f.Tweet <= 0 {
			continue
		}
		if findings[i].Line = t.manuscript.Front.lineOf(f); findings[i].Line == 0 && f.Tweet <= len(t.parts) {
			findings[i].Line = t.manuscript.lines.line(t.parts[f.Tweet-1].Start)
		}
	}
}

// lineOf returns the line of the value that a finding is about, or 0.
func (f Front) lineOf(about tweet.Finding) (line int) {
	switch about.Code {
	case tweet.CodePollOptions, tweet.CodePollDuration:
		for _, p := range f.Polls {
			if p.Tweet == about.Tweet {
				line = p.Line
			}
		}
	case tweet.CodeReplySettings:
		for _, r := range f.Replies {
			if r.Tweet == about.Tweet {
				line = r.Line
			}
		}
	case tweet.CodeQuote:
		for _, q := range f.Quotes {
			if q.Tweet == about.Tweet {
				line = q.Line
			}
		}
	}
	return line
}

// Findings are those about the manuscript, with the posts that they are about.
func (t Thread) Findings() []tweet.Finding {
	m := t.manuscript
	m.Findings = slices.Clone(m.Findings)
	for _, image := range t.moved {
		m.find(image.Line, CodeMovedPicture, image.File)
	}
	for i, f := range m.Findings {
		if at := m.lines.offset(m.Text, f.Line); at >= 0 && f.Code != CodeFrontMatter {
			m.Findings[i].Tweet = partAt(t.parts, at)
		}
	}
	return m.Findings
}

// addOptions gives posts what the front matter says of them.
func (m Manuscript) addOptions(drafts []tweet.Draft) (err error) {
	of := func(name string, number, line int) *tweet.Draft {
		if number > len(drafts) {
			place := m.FrontField(name)
			if line > 0 {
				place = lineField(line)
			}
			err = fault.New(fault.Invalid, "The front matter has %s for tweet %d of %d.", name, number, len(drafts)).
				At(place)
			return new(tweet.Draft)
		}
		return &drafts[number-1]
	}
	for _, p := range m.Front.Polls {
		of("polls", p.Tweet, p.Line).Poll = &tweet.Poll{Options: p.Options, Minutes: p.Minutes}
	}
	for _, q := range m.Front.Quotes {
		of("quotes", q.Tweet, q.Line).QuoteID = q.Of
	}
	for _, r := range m.Front.Replies {
		of("replies", r.Tweet, r.Line).ReplySettings = r.By
	}
	for _, n := range m.Front.MadeWithAI.Some {
		of("made_with_ai", n, 0).MadeWithAI = true
	}
	for _, n := range m.Front.Paid.Some {
		of("paid_partnership", n, 0).PaidPartnership = true
	}
	for i := range drafts {
		d := &drafts[i]
		d.MadeWithAI = d.MadeWithAI || m.Front.MadeWithAI.All && len(d.Media) > 0
		d.PaidPartnership = d.PaidPartnership || m.Front.Paid.All
	}
	if len(drafts) > 0 {
		drafts[0].CommunityID = m.Front.Community
	}
	return err
}
