package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"spool/shared/client"
	"spool/shared/post"
	"spool/shared/wire"
)

type listCommand struct {
	Status  []post.Status `help:"Only these: ${statuses}; may be given again."`
	Account string        `help:"Only this account's: its user name or id."`
	Search  string        `placeholder:"WORDS" help:"Only posts whose texts have all of these words, in any order and case."`
	Limit   int           `short:"n" default:"25" help:"At most so many; 0: all."`
}

func (listCommand) Help() string {
	return `Examples:

  spool list
  spool list --status scheduled,publishing
  spool list --search "launch friday"
  spool list -n 0 --json | jq -r '.posts[] | [.id, .status, .title] | @tsv'`
}

// Run lists posts.
func (c *listCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	q := client.PostQuery{Status: c.Status, Search: strings.TrimSpace(c.Search), Limit: pageOf(c.Limit)}
	if c.Account != "" {
		account, err := s.account(api, c.Account)
		if err != nil {
			return err
		}
		q.AccountID = account.ID
	}
	posts, err := s.collect(api, q, c.Limit)
	if err != nil {
		return err
	}
	names := s.names(api)
	return s.print(wire.PostList{Posts: posts}, func(paint painter) string {
		switch {
		case len(posts) == 0 && q.Search != "":
			return "No post has all of these words.\n"
		case len(posts) == 0:
			return "There are no posts here. Next: spool post thread.md --draft\n"
		}
		return s.table(paint, posts, names)
	})
}

// pageOf is the size of the pages that a number of posts is read in.
func pageOf(limit int) int {
	if limit <= 0 || limit > 100 {
		return 100
	}
	return limit
}

// collect reads posts, all of them when limit is 0.
func (s *session) collect(api *client.Client, q client.PostQuery, limit int) ([]wire.Post, error) {
	posts := []wire.Post{}
	for p, err := range api.Posts(s.ctx, q) {
		if err != nil {
			return nil, err
		}
		if posts = append(posts, p); len(posts) == limit {
			break
		}
	}
	return posts, nil
}

// table shows posts in lines. On a narrow terminal each takes two.
func (s *session) table(paint painter, posts []wire.Post, names map[string]string) string {
	rows := make([][4]string, len(posts))
	var widths [4]int
	several := len(names) > 1
	layout := "Mon 02 Jan 2006 15:04 MST"
	if s.slim() {
		layout = "02 Jan 15:04"
	}
	for i, p := range posts {
		at := "–"
		if p.ScheduledAt != nil {
			at = p.ScheduledAt.In(ownZone(p, s.Zone)).Format(layout)
		}
		id := p.ID
		if s.Terminal.Out {
			id = short(id)
		}
		rows[i] = [4]string{id, string(p.Status), at, fmt.Sprintf("%d/%d", len(p.PlatformPostIDs), p.TweetCount)}
		if several {
			rows[i][3] += " " + named(names, p.AccountID)
		}
		for k, cell := range rows[i] {
			widths[k] = max(widths[k], columns(cell))
		}
	}
	taken := widths[0] + widths[1] + widths[2] + widths[3] + 8
	var b strings.Builder
	for i, p := range posts {
		r := rows[i]
		title := printable(p.Title)
		narrow := s.Terminal.Out && s.width()-taken < 12
		switch {
		case narrow:
			if s.slim() && p.ScheduledAt != nil {
				title = p.ScheduledAt.In(ownZone(p, s.Zone)).Format("MST") + "  " + title
			}
			title = "\n    " + cut(title, max(8, s.width()-4))
		case s.Terminal.Out:
			title = "  " + cut(title, s.width()-taken)
		default:
			title = "  " + title
		}
		padded := pad(r[3], widths[3])
		if narrow {
			padded = r[3]
		}
		colour := strings.Replace(pad(r[1], widths[1]), r[1], status(paint, wire.Post{Status: p.Status}), 1)
		fmt.Fprintf(&b, "%s  %s  %s  %s%s\n", paint.as(styleBold, pad(r[0], widths[0])), colour, pad(r[2], widths[2]),
			padded, title)
	}
	return b.String()
}

// slim reports whether a terminal has too few columns for a line of everything.
func (s *session) slim() bool { return s.Terminal.Out && s.width() < 64 }

type failuresCommand struct{}

func (failuresCommand) Help() string {
	return `Examples:

  spool failures
  spool failures --json | jq -r '.posts[].fail_reason.sentence'`
}

// Run lists what needs a person.
func (*failuresCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	posts, err := s.collect(api, client.PostQuery{NeedsYou: true, Limit: pageOf(0)}, 0)
	if err != nil {
		return err
	}
	accounts, err := api.ListAccounts(s.ctx)
	if err != nil {
		return err
	}
	bad := slices.DeleteFunc(accounts.Accounts, func(a wire.Account) bool { return !a.NeedsYou })
	return s.print(struct {
		Posts    []wire.Post    `json:"posts"`
		Accounts []wire.Account `json:"accounts"`
		Pause    *wire.Pause    `json:"pause,omitempty"` // of the whole app
	}{posts, bad, accounts.Pause}, func(paint painter) string {
		var b strings.Builder
		b.WriteString(pauseLines(paint, accounts.Pause, s.Zone))
		for _, p := range posts {
			writeFailure(&b, paint, p, s.Zone)
		}
		for _, a := range bad {
			b.WriteString(accountLines(paint, a, s.Zone))
		}
		if b.Len() == 0 {
			return "Nothing needs you.\n"
		}
		return b.String()
	})
}

// writeFailure shows a post that stopped.
func writeFailure(b *strings.Builder, paint painter, p wire.Post, zone *time.Location) {
	fmt.Fprintf(b, "%s  %s  %s\n", paint.as(styleBold, short(p.ID)), status(paint, p), printable(p.Title))
	at := ""
	if p.ScheduledAt != nil {
		at = ", scheduled for " + when(*p.ScheduledAt, ownZone(p, zone))
	}
	fmt.Fprintf(b, "  %d of %s out%s\n", len(p.PlatformPostIDs), plural(p.TweetCount, "tweet"), at)
	if r := p.FailReason; r != nil {
		fmt.Fprintf(b, "  %s\n", printable(strings.TrimSpace(r.Sentence+" "+r.Todo)))
	}
	for _, command := range remedies(p) {
		fmt.Fprintf(b, "  Next: %s\n", command)
	}
	b.WriteString("\n")
}
