package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/manuscript"
	"spool/shared/post"
	"spool/shared/wire"
)

type editCommand struct {
	ID   string `arg:"" help:"The id of the post."`
	File string `arg:"" optional:"" help:"The new thread, as for spool post; - is standard input. Without it, and without --at, an editor opens on a terminal, and elsewhere standard input is read."`
	At   string `placeholder:"TIME" help:"A new time; a draft is scheduled by it."`
	TZ   string `name:"tz" placeholder:"ZONE" help:"Time zone of --at. Without it: the post's."`
	Yes  bool   `short:"y" help:"Do not ask before publishing, where the new time is now."`
	textFlags
}

func (editCommand) Help() string {
	return `What a manuscript does not say, such as polls and quotes, stays with the tweet of the same number. The edit is refused when the post has
changed since it was read. The editor is that of VISUAL or EDITOR.

Examples:

  spool edit 7K2Q
  spool edit 7K2Q thread.md
  pbpaste | spool edit 7K2Q
  spool edit 7K2Q --at "friday 17:30"`
}

// Run changes a post.
func (c *editCommand) Run(s *session) error {
	if c.File == "" && c.At == "" && !s.Terminal.In {
		c.File = "-"
	}
	api, id, err := s.find(c.ID)
	if err != nil {
		return err
	}
	p, etag, err := api.GetPost(s.ctx, id)
	if err != nil {
		return err
	}
	in := wire.EditInput{At: c.At, Zone: c.TZ}
	switch {
	case c.File != "":
		m, err := s.manuscript(c.File, c.textFlags)
		if err != nil {
			return err
		}
		if in.At == "" && timed(p) {
			in.At, in.Zone = m.Front.At, m.Front.Zone
		}
		if m.Text == "" && len(m.Posts) == 0 && len(m.Front.Media) == 0 {
			return inFile{c.File, fault.New(fault.Invalid, "You did not say what to change: there is no text.").
				Todo("Name a manuscript, pipe one in, or give --at: spool edit %s thread.md", short(p.ID))}
		}
		if in.Tweets, err = c.rewritten(s, api, p, c.File, m); err != nil {
			return err
		}
	case c.At == "":
		if in, err = c.inEditor(s, api, p); err != nil {
			return err
		}
	}
	if in.At == "" {
		in.Zone = ""
	}
	if in.At != "" && s.startsNow(in.At, cmp.Or(in.Zone, p.Zone)) {
		if err := s.confirmNow(c.Yes, p); err != nil {
			return err
		}
	}
	edited, err := api.EditPost(s.ctx, id, etag, in)
	if err != nil {
		return inTime(err, passedAt)
	}
	s.notes(edited)
	return s.printPost(api, edited)
}

// timed reports whether a post may get a (new) time. What has begun goes on by
// retry, and the time in its manuscript is the one that it had.
func timed(p wire.Post) bool {
	return offers(p, post.ActionSchedule)
}

// rewritten makes the tweets of a manuscript that takes the place of a post's.
func (c *editCommand) rewritten(s *session, api *client.Client, p wire.Post, file string,
	m manuscript.Manuscript) ([]wire.TweetInput, error) {
	account, err := s.account(api, p.AccountID)
	if err != nil {
		return nil, err
	}
	t, err := s.thread(file, m, account)
	if err != nil {
		return nil, err
	}
	if err := s.upload(api, t); err != nil {
		return nil, err
	}
	tweets := t.tweets()
	for i := range min(len(tweets), len(p.Tweets)) {
		inherit(&tweets[i], p.Tweets[i])
	}
	return tweets, nil
}

// inherit keeps what a manuscript does not say.
func inherit(t *wire.TweetInput, old wire.Tweet) {
	if t.Poll == nil {
		t.Poll = old.Poll
	}
	t.QuoteTweetID = cmp.Or(t.QuoteTweetID, old.QuoteTweetID)
	t.CommunityID = cmp.Or(t.CommunityID, old.CommunityID)
	t.MadeWithAI, t.PaidPartnership = t.MadeWithAI || old.MadeWithAI, t.PaidPartnership || old.PaidPartnership
	if t.ReplySettings == "" {
		t.ReplySettings = old.ReplySettings
	}
}

// inEditor has the user edit the post as a manuscript.
func (c *editCommand) inEditor(s *session, api *client.Client, p wire.Post) (in wire.EditInput, err error) {
	if !s.Terminal.Out || s.Desk == nil {
		return in, fault.New(fault.Invalid, "You did not say what to change, and an editor needs a terminal.").
			Todo("Name a manuscript or give --at: spool edit %s thread.md", short(p.ID))
	}
	folder, err := os.MkdirTemp("", "spool-edit-")
	if err != nil {
		return in, err
	}
	name, text := written(p)
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return in, err
	}
	defer func() {
		if err == nil {
			_ = os.RemoveAll(folder)
			return
		}
		s.say("What you wrote is kept in %s\n", path)
	}()
	if err := s.Desk.Edit(s.ctx, path); err != nil {
		return in, fault.New(fault.Invalid, "The editor failed: %v.", err).
			Todo("Set EDITOR to the editor that you use, or name a manuscript.").Because(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return in, err
	}
	if string(data) == text {
		return in, fault.New(fault.Invalid, "Nothing was changed.")
	}
	before, err := manuscript.Parse(name, []byte(text))
	if err != nil {
		return in, err
	}
	m, err := manuscript.Parse(name, data)
	if err != nil {
		return in, inFile{path, err}
	}
	if m.Front.At != before.Front.At || m.Front.Zone != before.Front.Zone {
		in.At, in.Zone = m.Front.At, m.Front.Zone
	}
	in.Tweets, err = c.rewritten(s, api, p, path, m)
	if err == nil && name == jsonForm {
		for i := range min(len(in.Tweets), len(p.Tweets)) {
			in.Tweets[i].Media = refsOf(p.Tweets[i])
		}
	}
	return in, err
}

// The names of a post's forms as a manuscript.
const (
	textForm = "post.txt"
	jsonForm = "post.json"
)

// written gives a post as a manuscript: as text with front matter, or as JSON where
// text would not read back as the same tweets.
func written(p wire.Post) (name, text string) {
	var front, body strings.Builder
	front.WriteString("---\n")
	if p.ScheduledAt != nil {
		zone, err := time.LoadLocation(p.Zone)
		if err != nil {
			zone = time.UTC
		}
		fmt.Fprintf(&front, "at: %s\nzone: %s\n", p.ScheduledAt.In(zone).Format(time.DateTime), zone)
	}
	texts := make([]string, len(p.Tweets))
	media := ""
	for i, t := range p.Tweets {
		texts[i] = t.Text
		for _, m := range t.Media {
			alt, _ := json.Marshal(m.AltText) // JSON is YAML, too
			media += fmt.Sprintf("  - {file: %q, alt: %s, post: %d}\n", manuscript.Uploaded+m.ID, alt, t.ThreadPosition)
		}
	}
	if media != "" {
		front.WriteString("media:\n" + media)
	}
	front.WriteString("---\n")
	body.WriteString(strings.Join(texts, "\n\n---\n\n"))
	text = front.String() + body.String() + "\n"
	if m, err := manuscript.Parse(textForm, []byte(text)); err == nil {
		if thread, err := m.Thread(limit(true)); err == nil {
			var back []string
			for _, d := range thread.Drafts {
				back = append(back, d.Text)
			}
			if slices.Equal(back, texts) {
				return textForm, text
			}
		}
	}
	b, _ := json.MarshalIndent(texts, "", "  ") // texts: it cannot fail
	return jsonForm, string(b) + "\n"
}
