package cli

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"spool/shared/client"
	"spool/shared/fault"
	"spool/shared/manuscript"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/wire"
)

type postCommand struct {
	File    string `arg:"" optional:"" default:"-" help:"The manuscript: Markdown (.md), a JSON array of tweets (.json), or plain text; left out, or -, it is read from standard input, as Markdown unless it is such an array."`
	At      string `xor:"when" placeholder:"TIME" help:"When to start: 2026-12-01 09:00, \"tomorrow 9am\", \"friday 17:30\", \"in 90 minutes\", RFC 3339."`
	TZ      string `name:"tz" placeholder:"ZONE" help:"Time zone of --at, such as Europe/Berlin. Without it: the account's."`
	Now     bool   `xor:"when" help:"Publish now, without asking."`
	Draft   bool   `xor:"when" help:"Keep it as a draft."`
	Account string `help:"User name or id of the account that posts; only needed where there are several."`
	textFlags
	Watch bool `help:"Show the thread going out, until it ends."`
	Again bool `help:"Post it although it was handed over before; counts once a day."`
}

func (postCommand) Help() string {
	return `The manuscript's front matter (at, zone, account, numbering, media …) is honoured; flags win.

Repeating the command is safe: the same thread for the same account and time is made once, also when the answer of the first try was
lost. To post it once more on purpose, use --again; X itself refuses the same text for about a day.

Examples:

  spool post thread.md --at "tomorrow 9am" --tz Europe/Berlin
  spool post thread.md --now --watch
  spool post thread.md --draft --media "2=cat.png: A cat asleep"
  echo "Hello" | spool post --now --json`
}

// Run hands a thread over.
func (c *postCommand) Run(s *session) error {
	started := s.Now()
	m, err := s.manuscript(c.File, c.textFlags)
	if err != nil {
		return err
	}
	c.override(&m.Front)
	api, err := s.client()
	if err != nil {
		return err
	}
	account, err := s.account(api, m.Front.Account)
	if err != nil {
		return err
	}
	t, err := s.thread(c.File, m, account)
	if err != nil {
		return err
	}
	if err := c.consent(s, api, t, account); err != nil {
		return err
	}
	p, err := c.hand(s, api, account, t)
	if err != nil {
		return err
	}
	if p.CreatedAt.Before(started.Add(-skew)) {
		s.say("This thread was handed over before, on %s; nothing new was made. To post it once more, add --again.\n",
			when(p.CreatedAt, s.Zone))
	}
	s.notes(p)
	if c.Watch {
		return watch(s, api, p.ID)
	}
	return s.print(p, func(paint painter) string { return handed(paint, p, account, s.Zone) })
}

// notes tells how the API understood a request, each thing once.
func (s *session) notes(p wire.Post) {
	for i, note := range p.Notes {
		if !slices.Contains(p.Notes[:i], note) {
			s.say("%s\n", s.wrapped("Note: "+printable(note)))
		}
	}
}

// skew is by how much this machine's clock and the API's may differ.
const skew = 2 * time.Minute

// override lets the flags win over the front matter.
func (c *postCommand) override(f *manuscript.Front) {
	f.Account, f.Zone, f.At = cmp.Or(c.Account, f.Account), cmp.Or(c.TZ, f.Zone), cmp.Or(c.At, f.At)
	if c.Now || c.Draft {
		f.At = ""
	}
}

// consent asks before a thread goes out at once, unless the flags say so, and says
// before what is out or planned already.
func (c *postCommand) consent(s *session, api *client.Client, t thread, account wire.Account) error {
	if c.Now || c.Draft || t.front.At != "" {
		return nil
	}
	if !s.Terminal.In {
		return fault.New(fault.Invalid, "Neither a flag nor the manuscript says when to post.").
			Todo("Add --now to publish at once, --at TIME to schedule it, or --draft to keep it.")
	}
	texts := make([]string, len(t.Drafts))
	for i, d := range t.Drafts {
		texts[i] = d.Text
	}
	echoes, err := s.echoes(api, account, texts)
	if err != nil {
		return repeatable(err, "Nothing was posted. Run the same command again.")
	}
	for _, f := range echoes {
		s.say("%s\n", s.wrapped("Warning: "+printable(f.Message)))
	}
	cost := tweet.ListPrices().Cost(tweet.UsageOf(t.Drafts))
	return s.confirm(false, "Publish %s as @%s now, for %v at X?", plural(len(t.Drafts), "tweet"), account.Username,
		cost.Total)
}

// hand uploads the files and makes the post.
func (c *postCommand) hand(s *session, api *client.Client, account wire.Account, t thread) (wire.Post, error) {
	if err := s.upload(api, t); err != nil {
		return wire.Post{}, repeatable(err,
			"Nothing was posted. Run the same command again; what is uploaded already is kept.")
	}
	in := wire.PostInput{AccountID: account.ID, Tweets: t.tweets(), At: t.front.At, Draft: c.Draft}
	if in.At != "" {
		in.Zone = t.front.Zone
	}
	again := ""
	if c.Again {
		again = s.Now().UTC().Format(time.DateOnly)
	}
	p, err := api.CreatePost(s.ctx, in, requestKey(in, t, again))
	if problem, ok := asProblem(err); ok && (problem.Field == "Idempotency-Key" || problem.Code == fault.Gone) {
		q := *problem
		q.Detail, q.Code, q.Field = "This thread was handed over before, and nothing new was made.", fault.Gone, ""
		return p, &q
	}
	err = inTime(err, "Give a time in the future, such as --at \"tomorrow 9am\"; --now publishes at once.")
	problem, ok := asProblem(err)
	if ok && (problem.Field == "at" && c.At == "" || problem.Field == "zone" && c.TZ == "") {
		q := *problem
		q.Field = inFile{name: c.File}.place(t.source.FrontField(problem.Field))
		err = &q
	}
	return p, repeatable(err, "Run the same command again: the post is made once.")
}

// repeatable says that repeating the command is safe when the API did not answer.
func repeatable(err error, todo string) error {
	if _, ok := errors.AsType[*client.UnreachableError](err); ok {
		return repeatableError{err, todo}
	}
	return err
}

// requestKey is the Idempotency-Key of a post: what is posted, by whom and when, so
// that the same command always gives the same key. A file counts by its bytes, as its
// id changes when it has to be uploaded again. The time counts as it was
// written: "in 10 minutes" said again is the same request.
func requestKey(in wire.PostInput, t thread, again string) string {
	tweets := make([]wire.TweetInput, len(in.Tweets))
	for i, tw := range in.Tweets {
		tweets[i] = tw
		tweets[i].Media = nil
		for _, m := range t.media[i] {
			tweets[i].Media = append(tweets[i].Media, wire.MediaRefInput{ID: cmp.Or(m.in.SHA256, m.id), AltText: m.alt})
		}
	}
	in.Tweets = tweets
	b, _ := json.Marshal(struct { // strings and numbers: it cannot fail
		Post  wire.PostInput
		Again string
	}{in, again})
	sum := sha256.Sum256(b)
	return "spool-cli-" + hex.EncodeToString(sum[:])
}

// handed tells what became of a thread that was handed over.
func handed(paint painter, p wire.Post, account wire.Account, here *time.Location) string {
	text := fmt.Sprintf("%s  %s  %s as @%s", paint.as(styleBold, p.ID), status(paint, p), plural(p.TweetCount, "tweet"),
		account.Username)
	if p.ScheduledAt != nil {
		text += ", " + when(*p.ScheduledAt, ownZone(p, here))
		if !sameClocks(*p.ScheduledAt, ownZone(p, here), here) {
			text += " (" + p.ScheduledAt.In(here).Format("Mon 15:04 MST") + " here)"
		}
	}
	next := "spool show " + short(p.ID) + " --watch"
	if p.Status == post.Draft {
		next = "spool edit " + short(p.ID) + ` --at "tomorrow 9am"`
	}
	return text + "\nNext: " + next + "\n"
}
