package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/manuscript"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/walltime"
	"spool/shared/wire"
)

type previewCommand struct {
	File    string `arg:"" optional:"" default:"-" help:"The manuscript: Markdown (.md), a JSON array of tweets (.json), or plain text; left out, or -, it is read from standard input, as Markdown unless it is such an array."`
	Premium bool   `help:"For an account with Premium, whose tweets may have 25,000 characters."`
	Zone    string `placeholder:"NAME" help:"Time zone of the manuscript's time, if it names none itself; without it: this machine's."`
	Account string `placeholder:"NAME" help:"Also ask your Spool whether this account says the same already, or another one of yours nearly the same."`
	Explain bool   `help:"Say of each post what X takes for links, mentions, hashtags and cashtags: a name like README.md becomes a link, and makes the post cost more."`
	textFlags
}

func (previewCommand) Help() string {
	return `Everything is computed on this machine, but for what --account asks. With --json positions are in UTF-16 units. The exit status is 3 when X would refuse the thread.

Examples:

  spool preview thread.md
  spool preview thread.md --numbering 1/n
  spool preview thread.md --account @ada
  spool preview thread.md --json | jq .cost.total`
}

// A preview is what the command prints as JSON.
type preview struct {
	tweet.Thread
	At   *time.Time `json:"at,omitempty"`
	Note string     `json:"at_note,omitempty"`

	file    string         // the manuscript
	explain bool           // what X makes something of
	media   [][]medium     // of each post
	zone    *time.Location // that At is meant in
}

// Run shows the thread.
func (c *previewCommand) Run(s *session) error {
	m, err := s.manuscript(c.File, c.textFlags)
	if err != nil {
		return err
	}
	p, err := c.preview(s, m, s.Now(), s.Zone)
	if err != nil {
		return inFile{c.File, err}
	}
	if c.Account != "" {
		if err := c.ask(s, &p); err != nil {
			return err
		}
	}
	if err := s.print(p, func(paint painter) string { return show(p, paint) }); err != nil {
		return err
	}
	if tweet.HasErrors(p.Findings) {
		return exit(StatusErrors)
	}
	return nil
}

// ask adds what the account's posts say to a preview.
func (c *previewCommand) ask(s *session, p *preview) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	account, err := s.account(api, c.Account)
	if err != nil {
		return err
	}
	texts := make([]string, len(p.Tweets))
	for i, t := range p.Tweets {
		texts[i] = t.Text
	}
	echoes, err := s.echoes(api, account, texts)
	p.Findings = append(p.Findings, echoes...)
	return err
}

// echoes asks the API which posts say already what a thread says, and whether a budget
// can pay for it.
func (s *session) echoes(api *client.Client, account wire.Account, texts []string) ([]tweet.Finding, error) {
	in := wire.PreviewInput{AccountID: account.ID, Tweets: make([]wire.TweetInput, len(texts))}
	for i, text := range texts {
		in.Tweets[i].Text = text
	}
	shown, err := api.Preview(s.ctx, in)
	return slices.DeleteFunc(shown.Findings, func(f tweet.Finding) bool {
		return f.Other == nil && f.Code != tweet.CodeOverBudget
	}), err
}

func (c *previewCommand) preview(s *session, m manuscript.Manuscript, now time.Time,
	zone *time.Location) (p preview, err error) {
	rules := tweet.Rules{Limit: limit(c.Premium), Username: m.Front.Account, Prices: tweet.ListPrices()}
	t, findings, err := s.gather(c.File, m, rules.Limit)
	if err != nil {
		return p, err
	}
	p.Thread = t.Show(t.Drafts, rules)
	t.Locate(findings)
	p.file, p.explain, p.media, p.Findings = c.File, c.Explain, t.media, append(p.Findings, findings...)
	if name := cmp.Or(m.Front.Zone, c.Zone); name != "" {
		if zone, err = walltime.Zone(name); err != nil {
			return p, frontFault(m, "zone", err)
		}
	}
	if m.Front.At == "" {
		return p, nil
	}
	moment, err := walltime.Parse(m.Front.At, zone, now)
	if err != nil {
		return p, frontFault(m, "at", err)
	}
	at := moment.At.UTC()
	p.At, p.Note, p.zone = &at, moment.Note, moment.At.Location()
	if f, ok := errors.AsType[*fault.Error](post.Ahead(now, moment.At)); ok {
		p.Findings = append(p.Findings, tweet.Finding{Severity: tweet.Error, Code: string(f.Code), Line: m.FrontLine("at"),
			Message: f.Message + " Give a time in the future; spool post --now publishes at once."})
	}
	return p, nil
}

// frontFault says at which line of the manuscript a fault of a value of its front matter is.
func frontFault(m manuscript.Manuscript, name string, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || m.FrontLine(name) == 0 {
		return err
	}
	return f.At(m.FrontField(name))
}

// show is a thread for people.
func show(p preview, paint painter) string {
	var b strings.Builder
	for i, shown := range p.Tweets {
		writeCounter(&b, paint, shown, len(p.Tweets))
		writeText(&b, paint, shown)
		if p.explain {
			for _, e := range shown.Entities {
				fmt.Fprintf(&b, "│ %s\n", paint.as(styleDim, printable(explained(e, p.Cost.Prices))))
			}
		}
		for _, m := range p.media[i] {
			alt := "no description"
			if m.alt != "" {
				alt = m.alt
			}
			fmt.Fprintf(&b, "│ %s\n", paint.as(styleDim, printable("["+filepath.Base(m.path)+": "+alt+"]")))
		}
		for _, f := range p.Findings {
			if f.Tweet == shown.Position {
				writeFinding(&b, paint, "│ ", p.file, f)
			}
		}
		b.WriteByte('\n')
	}
	for _, f := range p.Findings {
		if f.Tweet == 0 {
			writeFinding(&b, paint, "", p.file, f)
		}
	}
	writeSummary(&b, p)
	return b.String()
}

// explained says what X makes of a part of a post.
func explained(e tweet.EntityRange, prices tweet.Prices) string {
	if e.Kind == tweet.KindURL {
		return fmt.Sprintf("X makes a link of %q, and the tweet costs %v.", e.Text, prices.PostWithURL)
	}
	return fmt.Sprintf("X makes a %s of %q.", e.Kind, e.Text)
}

// writeCounter writes the line above a post.
func writeCounter(b *strings.Builder, paint painter, post tweet.PreviewedTweet, total int) {
	style := styleDim
	left := fmt.Sprintf("%d left", post.Remaining)
	switch {
	case post.Remaining < 0:
		style = styleError
		left = fmt.Sprintf("%d too many", -post.Remaining)
	case post.Remaining < post.Limit/20:
		style = styleWarning
	}
	counter := fmt.Sprintf("%d of %d, %s", post.Weighted, post.Limit, left)
	fmt.Fprintf(b, "%s %s\n", paint.as(styleBold, fmt.Sprintf("┌ %d/%d", post.Position, total)), paint.as(style, counter))
}

// writeText writes the text of a post, its links and tags and what is over the limit
// marked.
func writeText(b *strings.Builder, paint painter, post tweet.PreviewedTweet) {
	text := newMarked(post)
	for line := range strings.SplitSeq(text.paint(paint), "\n") {
		fmt.Fprintf(b, "│ %s\n", line)
	}
}

// writeFinding writes what is said of a thread, with its line in the file.
func writeFinding(b *strings.Builder, paint painter, margin, file string, f tweet.Finding) {
	style, word := styleDim, "hint"
	switch f.Severity {
	case tweet.Error:
		style, word = styleError, "error"
	case tweet.Warning:
		style, word = styleWarning, "warning"
	}
	fmt.Fprintf(b, "%s%s%s %s\n", margin, printable(placeOf(file, f)), paint.as(style, word+":"), printable(f.Message))
}

// writeSummary writes how many posts go out when, and what they cost.
func writeSummary(b *strings.Builder, p preview) {
	usage := p.Cost.Usage
	fmt.Fprintf(b, "%s, %v: %d at %v and %d with a link at %v", plural(len(p.Tweets), "tweet"), p.Cost.Total,
		usage.Posts, p.Cost.Prices.Post, usage.PostsWithURL, p.Cost.Prices.PostWithURL)
	if usage.MediaMetadata > 0 {
		fmt.Fprintf(b, ", %s of media at %v", plural(usage.MediaMetadata, "description"), p.Cost.Prices.MediaMetadata)
	}
	fmt.Fprintf(b, " (X's prices of %s).\n", p.Cost.Prices.AsOf)
	if p.At != nil {
		fmt.Fprintf(b, "Due %s.\n", p.At.In(p.zone).Format("Monday, 2 January 2006, 15:04:05 MST (-07:00)"))
	}
	if p.Note != "" {
		fmt.Fprintln(b, p.Note)
	}
}
