package cli

import (
	"fmt"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

type showCommand struct {
	ID    string `arg:"" help:"The id of the post."`
	Watch bool   `short:"w" help:"Show what happens, tweet by tweet, until the post ends."`
}

func (showCommand) Help() string {
	return `With --watch the exit status is 0 when the post is published, and 6 when it has stopped and needs a person. Ctrl-C ends the watching, not
the post.

Examples:

  spool show 7K2Q
  spool show 7K2Q --watch
  spool show 7K2Q --json | jq -r '.platform_post_ids[]'`
}

// Run shows a post.
func (c *showCommand) Run(s *session) error {
	api, id, err := s.find(c.ID)
	if err != nil {
		return err
	}
	if c.Watch {
		return watch(s, api, id)
	}
	p, _, err := api.GetPost(s.ctx, id)
	if err != nil {
		return err
	}
	return s.printPost(api, p)
}

// idLength is the length of a post's whole id.
const idLength = 26

// maxSearched is how many posts, the newest, a cut id is looked for among.
const maxSearched = 1000

// find gives the whole id of a post, of which only the beginning may be given.
func (s *session) find(id string) (*client.Client, string, error) {
	api, err := s.client()
	if err != nil || len(id) >= idLength {
		return api, id, err
	}
	found, searched := "", 0
	for p, err := range api.Posts(s.ctx, client.PostQuery{Limit: 50}) {
		if err != nil {
			return nil, "", err
		}
		if searched++; searched > maxSearched {
			break
		}
		if len(p.ID) < len(id) || !strings.EqualFold(p.ID[:len(id)], id) {
			continue
		}
		if found != "" {
			return nil, "", fault.New(fault.Invalid, "Several posts begin with %q, %s and %s among them.", id, found, p.ID).
				Todo("Give more of the id.")
		}
		found = p.ID
	}
	if found == "" {
		return nil, "", fault.New(fault.NotFound, "No post begins with %.40q.", id).Todo("Run: spool list")
	}
	return api, found, nil
}

// short is as much of an id as a person needs.
func short(id string) string { return id[:min(8, len(id))] }

// names gives the user names of the accounts, for people. Without them ids are shown.
func (s *session) names(api *client.Client) map[string]string {
	names := map[string]string{}
	if s.json {
		return names
	}
	if list, err := api.ListAccounts(s.ctx); err == nil {
		for _, a := range list.Accounts {
			names[a.ID] = "@" + a.Username
		}
	}
	return names
}

// named gives an account's user name, or its id.
func named(names map[string]string, id string) string {
	if name := names[id]; name != "" {
		return name
	}
	return id
}

// printPost prints a post's record.
func (s *session) printPost(api *client.Client, p wire.Post) error {
	names := s.names(api)
	return s.print(p, func(paint painter) string {
		return record(paint, p, named(names, p.AccountID), s.Zone, s.textWidth())
	})
}

// textWidth is how wide texts may be; 0, no bound, where output is no terminal.
func (s *session) textWidth() int {
	if !s.Terminal.Out {
		return 0
	}
	return max(20, s.width()-2)
}

// record shows a post for people.
func record(paint painter, p wire.Post, account string, here *time.Location, width int) string {
	zone := ownZone(p, here)
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "%s %s\n", paint.as(styleDim, pad(name, 10)), value) }
	line("post", paint.as(styleBold, p.ID))
	line("status", status(paint, p)+": "+printable(p.Summary))
	line("account", account)
	if p.ScheduledAt != nil {
		line("scheduled", when(*p.ScheduledAt, zone))
		if !sameClocks(*p.ScheduledAt, zone, here) {
			line("here", p.ScheduledAt.In(here).Format("Mon 15:04 MST"))
		}
	}
	if p.NextAt != nil && !client.Final(p) && (p.ScheduledAt == nil || !p.NextAt.Equal(*p.ScheduledAt)) {
		line("next at", when(*p.NextAt, zone))
	}
	if m := p.MediaProgress; m != nil {
		line("media", size(m.SentBytes)+" of "+size(m.TotalBytes)+" are with X")
	}
	if r := p.FailReason; r != nil {
		line("reason", printable(r.Sentence))
		if r.Detail != "" {
			line("X says", printable(r.Detail))
		}
		if r.Todo != "" {
			line("to do", printable(r.Todo))
		}
	}
	for _, t := range p.Tweets {
		writeTweet(&b, paint, t, len(p.Tweets), zone, width)
	}
	for i, command := range remedies(p) {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "Next: %s\n", command)
	}
	return b.String()
}

// writeTweet shows a tweet of a record.
func writeTweet(b *strings.Builder, paint painter, t wire.Tweet, total int, zone *time.Location, width int) {
	state := paint.as(styleDim, "not out")
	switch t.Status {
	case post.TweetPublished:
		state = paint.as(styleLink, link(t.PlatformPostID))
		if t.PostedAt != nil {
			state = t.PostedAt.In(zone).Format("15:04:05") + " " + state
		}
	case post.TweetDeleted:
		state = paint.as(styleDim, "deleted from X")
	case post.TweetAttempting:
		state = paint.as(styleWarning, "is being sent, or may be out")
	}
	fmt.Fprintf(b, "\n%s %s\n", paint.as(styleBold, fmt.Sprintf("┌ %d/%d", t.ThreadPosition, total)), state)
	for _, line := range wrap(printable(t.Text), width) {
		fmt.Fprintf(b, "│ %s\n", line)
	}
	for _, m := range t.Media {
		text := "no description"
		if m.AltText != "" {
			text = printable(m.AltText)
		}
		fmt.Fprintf(b, "│ %s\n", paint.as(styleDim, "["+m.Kind+": "+text+"]"))
	}
	if t.Poll != nil {
		fmt.Fprintf(b, "│ %s\n", paint.as(styleDim, "[poll: "+printable(strings.Join(t.Poll.Options, " / "))+"]"))
	}
}

// status is a post's status, coloured.
func status(paint painter, p wire.Post) string {
	text := string(p.Status)
	if p.SubStatus != "" {
		text += "/" + string(p.SubStatus)
	}
	switch p.Status {
	case post.Published:
		return paint.as(styleGood, text)
	case post.Failed, post.Missed:
		return paint.as(styleError, text)
	case post.Publishing, post.Deleting:
		return paint.as(styleWarning, text)
	}
	return text
}
