package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"spool/shared/manuscript"
	"spool/shared/schedule"
	"spool/shared/tweet"
)

type previewCommand struct {
	File      string  `arg:"" help:"The manuscript: Markdown (.md), a JSON array of posts (.json), or plain text; - is Markdown from standard input."`
	JSON      bool    `name:"json" help:"Print JSON, with positions in UTF-16 units."`
	Premium   bool    `help:"For an account with Premium, whose posts may have 25,000 characters."`
	Numbering *string `placeholder:"1/n" help:"Number the posts, for example 1/n, (1/n) or none. The front matter's numbering is the default."`
	Each      bool    `help:"Give each paragraph a post of its own."`
	Zone      string  `placeholder:"NAME" help:"Time zone of the manuscript's time, if it names none itself." default:"UTC"`
}

// A preview is what the command prints as JSON.
type preview struct {
	tweet.Thread
	At   *time.Time `json:"at,omitempty"`
	Note string     `json:"at_note,omitempty"`
}

// Run shows the thread.
func (c *previewCommand) Run(s *session) error {
	data, err := s.read(c.File)
	if err != nil {
		return err
	}
	name := c.File
	if name == "-" {
		name = "stdin.md"
	}
	m, err := manuscript.Parse(name, data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	c.override(&m.Front)
	p, err := c.preview(m, s.Now())
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(s.Out)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(p)
	} else {
		err = show(s.Out, p, s.Color)
	}
	if err == nil && tweet.HasErrors(p.Findings) {
		return exit(StatusErrors)
	}
	return err
}

// override lets flags win over the front matter.
func (c *previewCommand) override(f *manuscript.Front) {
	if c.Numbering != nil {
		f.Numbering = *c.Numbering
		if f.Numbering == "none" {
			f.Numbering = ""
		}
	}
	f.OneEach = f.OneEach || c.Each
	if f.Zone == "" {
		f.Zone = c.Zone
	}
}

func (c *previewCommand) preview(m manuscript.Manuscript, now time.Time) (preview, error) {
	thread, err := m.Preview(tweet.Rules{Limit: limit(c.Premium), Username: m.Front.Account, Prices: tweet.ListPrices()})
	if err != nil || m.Front.At == "" {
		return preview{Thread: thread}, err
	}
	zone, err := schedule.Zone(m.Front.Zone)
	if err != nil {
		return preview{}, err
	}
	moment, err := schedule.ParseTime(m.Front.At, zone, now)
	return preview{Thread: thread, At: &moment.At, Note: moment.Note}, err
}

// show prints a thread for people.
func show(out io.Writer, p preview, color bool) error {
	var b strings.Builder
	paint := painter(color)
	for _, post := range p.Posts {
		writeCounter(&b, paint, post, len(p.Posts))
		writeText(&b, paint, post)
		for _, f := range p.Findings {
			if f.Post == post.Position {
				writeFinding(&b, paint, "│ ", f)
			}
		}
		b.WriteByte('\n')
	}
	for _, f := range p.Findings {
		if f.Post == 0 {
			writeFinding(&b, paint, "", f)
		}
	}
	writeSummary(&b, p)
	_, err := io.WriteString(out, b.String())
	return err
}

// writeCounter writes the line above a post.
func writeCounter(b *strings.Builder, paint painter, post tweet.PostPreview, total int) {
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
func writeText(b *strings.Builder, paint painter, post tweet.PostPreview) {
	text := newMarked(post)
	for line := range strings.SplitSeq(text.paint(paint), "\n") {
		fmt.Fprintf(b, "│ %s\n", line)
	}
}

func writeFinding(b *strings.Builder, paint painter, margin string, f tweet.Finding) {
	style, word := styleDim, "hint"
	switch f.Severity {
	case tweet.Error:
		style, word = styleError, "error"
	case tweet.Warning:
		style, word = styleWarning, "warning"
	}
	fmt.Fprintf(b, "%s%s %s\n", margin, paint.as(style, word+":"), printable(f.Message))
}

// writeSummary writes how many posts go out when, and what they cost.
func writeSummary(b *strings.Builder, p preview) {
	usage := p.Cost.Usage
	fmt.Fprintf(b, "%s, %v: %d at %v and %d with a link at %v", plural(len(p.Posts), "post"), p.Cost.Total,
		usage.Posts, p.Cost.Prices.Post, usage.PostsWithURL, p.Cost.Prices.PostWithURL)
	if usage.MediaMetadata > 0 {
		fmt.Fprintf(b, ", %s of media at %v", plural(usage.MediaMetadata, "description"), p.Cost.Prices.MediaMetadata)
	}
	fmt.Fprintf(b, " (X's prices of %s).\n", p.Cost.Prices.AsOf)
	if p.At != nil {
		fmt.Fprintf(b, "Due %s.\n", p.At.Format("Monday, 2 January 2006, 15:04:05 MST (-07:00)"))
	}
	if p.Note != "" {
		fmt.Fprintln(b, p.Note)
	}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
