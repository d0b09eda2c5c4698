package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/walltime"
	"spool/shared/wire"
)

// move changes the post that an id is the beginning of, and shows it, or, on
// request, how it goes on.
func (s *session) move(beginning string, follow bool,
	change func(*client.Client, context.Context, string) (wire.Post, error)) error {
	api, id, err := s.find(beginning)
	if err != nil {
		return err
	}
	p, err := change(api, s.ctx, id)
	if err != nil {
		return s.held(api, id, err)
	}
	if follow {
		return watch(s, api, id)
	}
	return s.printPost(api, p)
}

// held adds to a refusal to hurry a post that waits the command that ends the wait.
func (s *session) held(api *client.Client, id string, err error) error {
	p, refused := asProblem(err)
	if !refused || p.Code != fault.Conflict {
		return err
	}
	held, _, rerr := api.GetPost(s.ctx, id)
	if rerr != nil || held.SubStatus != post.Paused {
		return err
	}
	q := *p
	for _, command := range todos(held) {
		q.Todo = strings.TrimSpace(q.Todo + " Next: " + command)
	}
	return &q
}

type nowCommand struct {
	ID    string `arg:"" help:"The id of the post."`
	Yes   bool   `short:"y" help:"Do not ask."`
	Watch bool   `short:"w" help:"Show the thread going out, until it ends."`
}

func (nowCommand) Help() string {
	return "Examples:\n\n  spool now 7K2Q\n  spool now 7K2Q --yes --watch"
}

// Run publishes a post now.
func (c *nowCommand) Run(s *session) error {
	return s.move(c.ID, c.Watch, func(api *client.Client, ctx context.Context, id string) (wire.Post, error) {
		if !c.Yes {
			p, _, err := api.GetPost(ctx, id)
			if err != nil {
				return p, err
			}
			if err := s.confirmNow(false, p); err != nil {
				return p, err
			}
		}
		return api.PublishPost(ctx, id)
	})
}

type cancelCommand struct {
	ID string `arg:"" help:"The id of the post."`
}

func (cancelCommand) Help() string {
	return "What is on X already stays there. spool retry takes the cancellation back.\n\nExamples:\n\n  spool cancel 7K2Q"
}

// Run cancels a post.
func (c *cancelCommand) Run(s *session) error {
	return s.move(c.ID, false, (*client.Client).CancelPost)
}

type retryCommand struct {
	ID    string `arg:"" help:"The id of the post."`
	At    string `xor:"when" placeholder:"TIME" help:"A new time, for a post that was cancelled or missed."`
	TZ    string `name:"tz" placeholder:"ZONE" help:"Time zone of --at. Without it: the post's."`
	Now   bool   `xor:"when" help:"Publish it now, whatever its time was."`
	Yes   bool   `short:"y" help:"Do not ask before publishing."`
	Watch bool   `short:"w" help:"Show the thread going out, until it ends."`
}

func (retryCommand) Help() string {
	return `A post that failed goes on at once: tweets that are out stay, and none goes out twice. A cancellation is taken back: the post waits for
its time again, or is the draft that it was. Where that time has passed, give --at or --now.

Examples:

  spool retry 7K2Q --watch
  spool retry 7K2Q --at "tomorrow 9am"`
}

// Run resumes a post.
func (c *retryCommand) Run(s *session) error {
	return s.move(c.ID, c.Watch, func(api *client.Client, ctx context.Context, id string) (wire.Post, error) {
		if c.At != "" {
			if err := c.consent(ctx, s, api, id); err != nil {
				return wire.Post{}, err
			}
			p, err := api.EditPost(ctx, id, "", wire.EditInput{At: c.At, Zone: c.TZ})
			return p, inTime(err, passedAt)
		}
		if !c.Now {
			p, err := api.RetryPost(ctx, id)
			return p, inTime(err,
				"Give it a new time with --at, such as --at \"tomorrow 9am\", or publish it at once with --now.")
		}
		p, _, err := api.GetPost(ctx, id)
		if err != nil {
			return p, err
		}
		if err := s.confirmNow(c.Yes, p); err != nil {
			return p, err
		}
		if offers(p, post.ActionRetry) {
			return api.RetryPost(ctx, id)
		}
		return api.PublishPost(ctx, id)
	})
}

// consent asks where the new time is now.
func (c *retryCommand) consent(ctx context.Context, s *session, api *client.Client, id string) error {
	if c.Yes || !s.startsNow(c.At, c.TZ) {
		return nil
	}
	p, _, err := api.GetPost(ctx, id)
	if err != nil {
		return err
	}
	return s.confirmNow(false, p)
}

// passedAt is what to do about a time that has passed, where --at gave it.
const passedAt = "Give a time in the future, such as \"tomorrow 9am\"; spool now publishes a post at once."

// inTime says in a command's own words what to do about a time that has passed.
func inTime(err error, todo string) error {
	p, ok := asProblem(err)
	if !ok || p.Code != fault.TimePassed {
		return err
	}
	q := *p
	q.Todo = todo
	return &q
}

// startsNow reports whether a time that somebody gave is this moment, so that what is
// scheduled for it goes out at once.
func (s *session) startsNow(at, zone string) bool {
	location, err := walltime.Zone(cmp.Or(zone, "UTC"))
	if err != nil {
		return false // the API says so
	}
	now := s.Now()
	moment, err := walltime.Parse(at, location, now)
	return err == nil && !moment.At.After(now) && post.Ahead(now, moment.At) == nil
}

// confirmNow asks before what is left of a post goes out at once.
func (s *session) confirmNow(yes bool, p wire.Post) error {
	left := p.TweetCount - len(p.PlatformPostIDs)
	return s.confirm(yes, "Publish “%s” (%s) now?", printable(p.Title), plural(left, "tweet"))
}

type resumeCommand struct {
	Account string `arg:"" optional:"" help:"The user name or id of the account that X locked; without it: the whole app."`
}

func (resumeCommand) Help() string {
	return `When X refuses the app itself (no credits, a spending cap, not enrolled) all posts wait; when it locks an account, those of the account. They
go on by themselves some time after the cause is cleared; this command makes them go on at once.

Examples:

  spool resume
  spool resume @ada`
}

// Run ends the pause of an account, or of the app.
func (c *resumeCommand) Run(s *session) error {
	api, err := s.client()
	if err != nil {
		return err
	}
	resume := api.ResumeApp
	if c.Account != "" {
		account, err := s.account(api, c.Account)
		if err != nil {
			return err
		}
		resume = func(ctx context.Context) (wire.Resumed, error) { return api.ResumeAccount(ctx, account.ID) }
	}
	r, err := resume(s.ctx)
	if err != nil {
		return err
	}
	return s.print(r, func(paint painter) string {
		return resumed(r.Resumed) + "\n" + pauseLines(paint, r.Pause, s.Zone)
	})
}

// resumed says how many posts can go on.
func resumed(posts int) string {
	if posts == 0 {
		return "The pause is over. Nothing was waiting."
	}
	return "The pause is over; " + plural(posts, "post") + " that were waiting can go on."
}

type resolveCommand struct {
	ID        string `arg:"" help:"The id of the post."`
	Tweet     int    `arg:"" help:"The number of the tweet in doubt, from 1."`
	Published string `xor:"outcome" required:"" placeholder:"TWEET-ID" help:"It is on X: its id, or its address there."`
	Absent    bool   `xor:"outcome" required:"" help:"It is not on X."`
	Certain   bool   `help:"With --published: take my word where X shows another text for it, or cannot be asked."`
}

func (resolveCommand) Help() string {
	return `Look at the account's timeline first: what is called absent is sent again by the next retry.
Spool asks X for the tweet, and refuses one that is another post's, too old, or not what this one says.

Examples:

  spool resolve 7K2Q 3 --published 1860000000000000000
  spool resolve 7K2Q 3 --published https://x.com/ada/status/1860000000000000000
  spool resolve 7K2Q 3 --published 1860000000000000000 --certain
  spool resolve 7K2Q 3 --absent`
}

// inAddress finds a tweet's id in its address.
var inAddress = regexp.MustCompile(`/status(?:es)?/(\d+)`)

// Run takes a person's word on a tweet.
func (c *resolveCommand) Run(s *session) error {
	in := wire.ResolveInput{ThreadPosition: c.Tweet, Outcome: "absent"}
	if c.Published != "" {
		in.Outcome, in.PlatformPostID, in.Certain = "published", c.Published, c.Certain
		if found := inAddress.FindStringSubmatch(c.Published); found != nil {
			in.PlatformPostID = found[1]
		}
	}
	return s.move(c.ID, false, func(api *client.Client, ctx context.Context, id string) (wire.Post, error) {
		return api.ResolvePost(ctx, id, in)
	})
}

type duplicateCommand struct {
	ID string `arg:"" help:"The id of the post."`
}

func (duplicateCommand) Help() string { return "Examples:\n\n  spool duplicate 7K2Q" }

// Run duplicates a post.
func (c *duplicateCommand) Run(s *session) error {
	return s.move(c.ID, false, func(api *client.Client, ctx context.Context, id string) (wire.Post, error) {
		return api.DuplicatePost(ctx, id, rand.Text())
	})
}

type deleteCommand struct {
	ID    string `arg:"" help:"The id of the post."`
	FromX bool   `name:"from-x" help:"Delete the thread's tweets from X, and keep the record."`
	Yes   bool   `short:"y" help:"Do not ask."`
}

func (deleteCommand) Help() string {
	return `Without --from-x the record is deleted here, and what is on X stays there.

Examples:

  spool delete 7K2Q
  spool delete 7K2Q --from-x --yes`
}

// Run deletes a post's record, or its tweets.
func (c *deleteCommand) Run(s *session) error {
	api, id, err := s.find(c.ID)
	if err != nil {
		return err
	}
	p, _, err := api.GetPost(s.ctx, id)
	if err != nil {
		return err
	}
	if c.FromX {
		return c.unpublish(s, api, p)
	}
	if err := s.confirm(c.Yes, "Delete the record of “%s”? This cannot be undone.", printable(p.Title)); err != nil {
		return err
	}
	if err := api.DeletePost(s.ctx, id); err != nil {
		return err
	}
	return s.print(struct {
		Deleted string `json:"deleted"`
	}{id}, func(painter) string { return "The record of " + id + " is deleted.\n" })
}

// unpublish deletes the tweets from X and shows how far that is.
func (c *deleteCommand) unpublish(s *session, api *client.Client, p wire.Post) error {
	price := ""
	if p.DeletePrice != nil {
		price = fmt.Sprintf(" X charges up to %v for it.", p.DeletePrice)
	}
	err := s.confirm(c.Yes, "Delete the %s of “%s” from X?%s This cannot be undone.",
		plural(len(p.PlatformPostIDs), "tweet"), printable(p.Title), price)
	if err != nil {
		return err
	}
	if _, err := api.UnpublishPost(s.ctx, p.ID); err != nil {
		return err
	}
	return watch(s, api, p.ID)
}
