package publish

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// A bench holds a run in the middle of its way, with paper around it: what it stores is
// kept, and X, where it is asked, has what the test says. Time is a bubble's. It is for
// the exact waits and limits; that they make a protocol is told in testdata.
type bench struct {
	*run
	t     *testing.T
	begun time.Time
	paper *paper
}

// paper is all that a run asks.
type paper struct {
	saves   []time.Time   // the tries to store
	broken  time.Time     // until when the store fails
	bound   time.Duration // what the last request with a bound had
	loads   int
	load    func() (post.Post, post.Content, error)
	open    func() (Session, error)
	asides  []Expense
	proofs  int
	pauses  []Pause
	paused  []Session
	holds   time.Time // until when a pause that is there already holds
	failed  error     // of pausing, and renewing
	found   map[string]Upload
	digests []string // of the uploads that were asked for last
	saved   []Upload
	ownership
	shown
}

// ownership is whose tweets are.
type ownership struct {
	siblings []post.Post
	since    time.Time // this, and of what post, was asked for siblings
	of       post.Post
	owned    map[string]string
	taken    []string
	owning   error
}

func (o *ownership) Register(context.Context, post.Post, post.Content) error { return o.owning }

func (o *ownership) Siblings(_ context.Context, p post.Post, since time.Time) ([]post.Post, error) {
	o.since, o.of = since, p
	return o.siblings, o.owning
}

func (o *ownership) Owned(context.Context, []string) (map[string]string, error) { return o.owned, nil }

func (o *ownership) Own(_ context.Context, id string, _ post.Post) error {
	o.taken = append(o.taken, id)
	return o.owning
}

// shown is what X has.
type shown struct {
	pages   []Page
	queries []Query
	lookup  func(token, id string) (TimelinePost, error)
	deletes []string
	delete  error
}

func (s *shown) Create(context.Context, string, post.Tweet, string) (string, error) { return "", nil }

func (s *shown) Timeline(_ context.Context, _, _ string, q Query) (Page, error) {
	s.queries = append(s.queries, q)
	return s.pages[min(len(s.queries), len(s.pages))-1], nil
}

func (p *paper) Lookup(ctx context.Context, token, id string) (TimelinePost, error) {
	if end, ok := ctx.Deadline(); ok {
		p.bound = time.Until(end)
	}
	return p.lookup(token, id)
}

func (s *shown) Delete(_ context.Context, _, id string) error {
	s.deletes = append(s.deletes, id)
	return s.delete
}

func (p *paper) Save(ctx context.Context, next post.Post) (post.Post, error) {
	p.saves = append(p.saves, time.Now())
	if end, ok := ctx.Deadline(); ok {
		p.bound = time.Until(end)
	}
	if time.Now().Before(p.broken) {
		return next, context.DeadlineExceeded
	}
	next.Rev++
	return next, nil
}

func (p *paper) Load(context.Context, string) (post.Post, post.Content, error) {
	p.loads++
	return p.load()
}

func (p *paper) Open(context.Context, string) (Session, error) { return p.open() }

func (p *paper) SetAside(_ context.Context, _ Session, e Expense) (post.Charge, *Pause, error) {
	p.asides = append(p.asides, e)
	return post.Charge{Month: "2026-11", Amount: e.Amount}, nil, p.failed
}

func (p *paper) ProbeSucceeded(context.Context, Session) error {
	p.proofs++
	return p.failed
}

func (p *paper) Pause(_ context.Context, s Session, pause Pause) (time.Time, error) {
	p.pauses = append(p.pauses, pause)
	p.paused = append(p.paused, s)
	return p.holds, p.failed
}

func (p *paper) Renew(_ context.Context, s Session) (Session, error) { return s, p.failed }

func (p *paper) Uploads(_ context.Context, _ string, digests []string) (map[string]Upload, error) {
	p.digests = digests
	return p.found, p.failed
}

func (p *paper) SaveUpload(_ context.Context, u Upload) error {
	p.saved = append(p.saved, u)
	return nil
}

// onBench holds a run that has claimed a post of three tweets, of which the first is out,
// and stored the intent to send the second. It has all the time in the world, unless the
// test gives it less.
func onBench(t *testing.T, test func(*bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))) // there were no tweets in 2000
		p := &paper{}
		b := &bench{t: t, begun: time.Now(), paper: p}
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "one"}, {Text: "two"}, {Text: "three"}}}
		rec := post.New(b.begun, "7", c, b.begun, "UTC")
		rec = b.must(rec.Claim(b.begun, "me", Defaults().Lease))
		rec = b.must(rec.Checkpoint(b.begun, post.IDAt(b.begun), Defaults().Lease))
		log := slog.New(slog.DiscardHandler)
		b.run = &run{began: b.begun, order: Order{Alone: true},
			Publisher: &Publisher{
				Posts: p, Accounts: p, X: p, Media: Media{Uploads: p}, Prices: tweet.ListPrices(),
				Config: Defaults(), Now: time.Now, Rand: func() float64 { return 0.5 }, Log: log,
			},
			ctx: t.Context(), owner: "me", rec: rec, content: c, session: Session{AccountID: "7"},
		}
		b.uploads = uploads{Media: b.Media, accountID: "7", now: time.Now, log: log}
		test(b)
	})
}

func (b *bench) must(p post.Post, err error) post.Post {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// within has the invocation end after d.
func (b *bench) within(d time.Duration) *bench {
	ctx, cancel := context.WithTimeout(b.ctx, d)
	b.t.Cleanup(cancel)
	b.ctx = ctx
	return b
}

// came tells what a step came to: the outcome, and where it has left the record. Times
// are from when the bench was set up.
func (b *bench) came(out outcome) string {
	said := []string{[]string{"goOn", "again", "reload", "stop"}[out]}
	if b.err != nil {
		return fmt.Sprintf("%s: %v", said[0], b.err)
	}
	if len(b.paper.saves) == 0 {
		return said[0]
	}
	p := b.rec
	status := string(p.Status)
	if p.Sub != "" {
		status += "/" + string(p.Sub)
	}
	said = append(said, status)
	if p.Attempt != nil {
		said = append(said, "intent")
	}
	if p.Lease.Owner != "" {
		said = append(said, fmt.Sprint("lease ", p.Lease.Until.Sub(b.begun)))
	} else if !p.Due.IsZero() {
		said = append(said, fmt.Sprint("due ", p.Due.Sub(b.begun)))
	}
	if p.Reason != nil {
		said = append(said, string(p.Reason.Code))
	}
	return strings.Join(said, ", ")
}

// want holds what a step came to against what it should.
func (b *bench) want(want string, out outcome) {
	b.t.Helper()
	if got := b.came(out); got != want {
		b.t.Errorf("it came to\n  %s, want\n  %s", got, want)
	}
}

// verdict is an error of X's with a verdict.
type verdict fault.Verdict

func (v verdict) Error() string          { return string(v.Reason.Code) }
func (v verdict) Verdict() fault.Verdict { return fault.Verdict(v) }

// said is X's refusal with a reason.
func said(action fault.Action, code fault.ReasonCode) verdict {
	reason := fault.Reason{Code: code, Sentence: "X said no.", Detail: "no", Transaction: "t1"}
	return verdict{Scope: fault.ScopeAccount, Action: action, Reason: reason}
}

// preparing has the run upload the post's media to X.
func (b *bench) preparing(media ...post.Medium) {
	b.content.Tweets[1].Media = media
	p := b.must(b.rec.HandOver(b.Now()))
	b.rec = b.must(p.Prepare(b.Now(), b.owner, b.Config.Lease, post.Transfer{}))
	b.uploads.known, b.uploads.begun = map[string]Upload{}, map[string]bool{}
}

// deleting has the run delete the post's tweet from X.
func (b *bench) deleting() deletion {
	p := b.must(b.rec.HandOver(b.Now()))
	p = b.must(p.Fail(b.Now(), fault.Reason{}))
	p = b.must(p.Unpublish(b.Now()))
	b.rec = b.must(p.ClaimDeletion(b.Now(), b.owner, b.Config.Lease))
	return deletion{b.run}
}

// id is one that X gives at a time after the bench was set up.
func (b *bench) id(after time.Duration) string { return post.IDAt(b.begun.Add(after)) }
