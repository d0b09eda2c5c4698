package httpapi

import (
	"cmp"
	"errors"
	"fmt"

	"spool/shared/fault"
	"spool/shared/manuscript"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// A written thread is one as its author gives it: tweet by tweet, or as a text.
type written struct {
	tweets     []wire.TweetInput
	text       bool
	manuscript manuscript.Manuscript // of a text
	made       manuscript.Thread     // of a text
}

// writtenIn reads what a request has of a thread. A text has no tweets before it is divided.
func writtenIn(tweets []wire.TweetInput, in wire.Writing) (w written, err error) {
	switch {
	case in.Text != "" && len(tweets) > 0:
		return w, fault.New(fault.Invalid, "There are both tweets and a text.").At("text").Todo("Leave one of the two out.")
	case len(tweets) > 0 && in != (wire.Writing{}):
		return w, fault.New(fault.Invalid, "Only a text is split and numbered, and there are tweets.").At("tweets").
			Todo("Give a text, or leave out format, one_each and numbering.")
	case len(tweets) > 0:
		return written{tweets: tweets}, nil
	case in.Text == "":
		return w, fault.New(fault.Invalid, "There is nothing to post.").At("tweets").
			Todo("Give the tweets of a thread, or a text to split.")
	}
	m, err := manuscriptOf(in)
	return written{text: true, manuscript: m}, err
}

// divide makes tweets of a text, for an account whose tweets may be limit long.
func (w *written) divide(limit int) (err error) {
	if !w.text {
		return nil
	}
	w.made, err = w.manuscript.Thread(limit)
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Field == "numbering" {
		return f.At("numbering.format")
	}
	if err != nil {
		return err
	}
	w.tweets = make([]wire.TweetInput, len(w.made.Drafts))
	for i, d := range w.made.Drafts {
		w.tweets[i] = wire.TweetOf(d)
		for _, f := range w.made.Files[i] {
			if id, ok := f.ID(); ok {
				w.tweets[i].Media = append(w.tweets[i].Media, wire.MediaRefInput{ID: id, AltText: f.Alt})
			}
		}
	}
	return nil
}

// complete gives a request what it leaves out and the front matter of its text says: the
// time and its zone. notes tell what of that is not used.
func (w written) complete(in wire.PostInput) (_ wire.PostInput, notes []string) {
	front := w.manuscript.Front
	if in.At != "" {
		return in, nil
	}
	in.Zone = cmp.Or(in.Zone, front.Zone)
	switch {
	case !in.Draft:
		in.At = front.At
	case front.At != "":
		notes = []string{"The time in the front matter is not used: this is a draft."}
	}
	return in, notes
}

// blame names the line of the text in a fault of what the request in leaves out, and the text
// says.
func (w written) blame(err error, in wire.PostInput) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || !w.text {
		return err
	}
	var tweet, medium int
	if _, err := fmt.Sscanf(f.Field, "tweets[%d].media[%d]", &tweet, &medium); err == nil {
		return f.At(lineField(w.made.Files[tweet][medium].Line))
	}
	if f.Field == "at" && in.At == "" || f.Field == "zone" && in.Zone == "" {
		return f.At(w.manuscript.FrontField(f.Field))
	}
	return err
}

// lineField names a line of a text as the place of a fault; 0: the text as a whole.
func lineField(line int) string {
	if line == 0 {
		return "text"
	}
	return fmt.Sprintf("line %d", line)
}

// manuscriptOf reads a text.
func manuscriptOf(in wire.Writing) (m manuscript.Manuscript, err error) {
	m = manuscript.Typed(in.Text)
	if in.Format == string(manuscript.Markdown) {
		if m, err = manuscript.ParseAs(manuscript.Markdown, []byte(in.Text)); err != nil {
			return m, err
		}
		m = m.OnlyUploaded()
	}
	m.Front.OneEach = m.Front.OneEach || in.OneEach
	if n := in.Numbering; n != nil {
		m.Front.Numbering, m.Front.NumberFirst = n.Format, n.First
	}
	return m, nil
}

// show is how the thread will look. drafts are what its tweets are as they would be stored.
func (w written) show(drafts []tweet.Draft, rules tweet.Rules) tweet.Thread {
	if !w.text {
		return tweet.Preview(drafts, rules)
	}
	return w.made.Show(drafts, rules)
}

// checked refuses what X would refuse, all of it at once, and notes what the owner
// should know.
func (w written) checked(drafts []tweet.Draft, rules tweet.Rules) (notes []string, err error) {
	p := problemOf(fault.New(fault.Invalid, "X would refuse this thread.").
		Todo("Correct each of the errors; a preview shows where they are."))
	findings := tweet.Check(drafts, rules)
	if w.text {
		w.made.Locate(findings)
		findings = append(findings, w.made.Findings()...)
	}
	for _, f := range findings {
		if f.Severity == tweet.Error {
			p.Errors = append(p.Errors, w.refusal(f))
		}
	}
	if len(p.Errors) > 0 {
		p.Field, p.Detail = p.Errors[0].Field, p.Errors[0].Message
		return nil, listed(p, len(p.Errors))
	}
	for _, f := range foremost(findings) {
		notes = append(notes, w.words(f))
	}
	return notes, nil
}

// refusal says where the thread breaks a rule.
func (w written) refusal(f tweet.Finding) wire.FieldError {
	e := wire.FieldError{Field: "tweets", Code: f.Code, Message: w.words(f)}
	switch {
	case w.text:
		e.Field = lineField(f.Line)
	case f.Tweet > 0:
		e.Field = fmt.Sprintf("tweets[%d].%s", f.Tweet-1, partOf(f.Code))
	}
	return e
}

// words are the sentence of a finding, with its line in a text.
func (w written) words(f tweet.Finding) string {
	switch {
	case w.text && f.Line > 0 && f.Tweet > 0:
		return fmt.Sprintf("Line %d, tweet %d: %s", f.Line, f.Tweet, f.Message)
	case w.text && f.Line > 0:
		return fmt.Sprintf("Line %d: %s", f.Line, f.Message)
	}
	return f.Message
}
