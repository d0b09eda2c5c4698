// Package publish puts threads on X: each tweet once, in order, whatever fails.
//
// X has no idempotency key. So the publisher stores the intent to send a tweet
// before the request leaves, and the answer together with the next intent in
// one conditional write after it. Whoever finds an intent without an answer
// never sends: it reads the account's timeline until it knows. N tweets cost
// N+1 writes.
//
// Nothing waits in memory. A limit, a pause or a doubt puts the post back into
// the due index with its time and ends the run.
package publish

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// Config holds the protocol's times.
type Config struct {
	// Lease is how long a worker may go without a checkpoint before another may
	// take over. It covers Request and Store, and the clocks' skew.
	Lease time.Duration
	// Settle is how long after an attempt X may still commit it. Absence from
	// the timeline counts only after that.
	Settle time.Duration
	// Apart is the least time between the two reads that prove absence.
	Apart time.Duration
	// Glance is how long to wait for a tweet to appear before the first read.
	Glance time.Duration
	// Request bounds one request to X, Store one change of the record.
	Request, Store time.Duration
	// Early is how much before its time a post may be prepared; a wake-up that
	// comes earlier than that is dropped.
	Early time.Duration
}

// Defaults are the times that Spool runs with.
func Defaults() Config {
	return Config{
		Lease: 45 * time.Second, Settle: 2 * time.Minute, Apart: 15 * time.Second, Glance: 2 * time.Second,
		Request: 15 * time.Second, Store: 10 * time.Second, Early: 5 * time.Second,
	}
}

// Publisher publishes posts. It is safe for concurrent use.
type Publisher struct {
	Posts    Posts
	Accounts Accounts
	X        X
	Config   Config
	Now      func() time.Time
	Rand     func() float64 // in [0,1): the jitter
	Log      *slog.Logger
}

// errLost says that another worker has the post, or that its owner changed it:
// whoever sees it stops at once.
var errLost = errors.New("the post changed under this worker")

// Publish does what is due for the post: starts it, goes on with it, or settles
// its doubt. A post for which nothing is due, or that somebody else works on,
// is left alone. All outcomes that X or the rules decide are in the record; the
// error is of Spool's own storage, and calling again is right.
func (p *Publisher) Publish(ctx context.Context, id string) error {
	for range 3 {
		err := p.once(ctx, id)
		if !errors.Is(err, errLost) {
			return err
		}
		// Someone changed the post between the read and the claim: look again.
		// After the claim it is not ours any more, and looking again finds that.
	}
	return nil
}

// once is one try of Publish, from a fresh read.
func (p *Publisher) once(ctx context.Context, id string) error {
	rec, content, err := p.Posts.Load(ctx, id)
	if fault.Is(err, fault.NotFound) {
		p.Log.WarnContext(ctx, "woken for a post that does not exist", "post_id", id)
		return nil
	}
	if err != nil {
		return err
	}
	now := p.Now()
	if rec.Due.IsZero() || rec.Busy(now) || rec.Due.After(now.Add(p.Config.Early)) {
		p.Log.DebugContext(ctx, "nothing is due", "post_id", id, "status", rec.Status, "due", rec.Due)
		return nil
	}
	r := &run{Publisher: p, rec: rec, content: content, owner: post.NewID()}
	r.log = p.Log.With("post_id", rec.ID, "account_id", rec.AccountID, "run_id", r.owner)
	return r.do(ctx)
}

// run is one worker's work on one post.
type run struct {
	*Publisher
	log     *slog.Logger
	owner   string
	rec     post.Post
	content post.Content
	session Session
	renewed bool // the access token was renewed in this run
}

// do takes the post and works on it.
func (r *run) do(ctx context.Context) error {
	if r.rec.Overdue(r.Now()) {
		return r.end(ctx)(r.rec.Miss(r.Now()))
	}
	if ok, err := r.open(ctx); !ok {
		return err
	}
	if err := r.awaitDue(ctx); err != nil {
		return err
	}
	if !r.timeFor(ctx, 1) {
		return nil // it is in the due index still, and another invocation has time
	}
	if err := r.keep(ctx)(r.rec.Claim(r.Now(), r.owner, r.Config.Lease)); err != nil {
		return err
	}
	if r.rec.Sub == post.Reconciling {
		return r.settle(ctx)
	}
	return r.send(ctx)
}

// open opens the account. It answers false when the post has to wait, or failed.
func (r *run) open(ctx context.Context) (bool, error) {
	s, err := r.Accounts.Open(ctx, r.rec.AccountID)
	if fault.Is(err, fault.NotFound) {
		return false, r.end(ctx)(r.rec.Fail(r.Now(), accountGone))
	}
	if _, judged := errors.AsType[fault.Judged](err); judged {
		v := fault.Judge(err)
		return false, r.wait(ctx, Pause{Until: r.soonest(v.Until), Sub: post.Paused, Reason: v.Reason}, r.rec.Attempt != nil)
	}
	if err != nil {
		return false, err
	}
	r.session = s
	if s.Pause != nil {
		return false, r.wait(ctx, *s.Pause, r.rec.Attempt != nil)
	}
	return true, nil
}

// awaitDue waits the moment that remains until the post's time: a wake-up comes
// a little early, so that everything is ready when the second begins.
func (r *run) awaitDue(ctx context.Context) error {
	return pause(ctx, r.rec.Due.Sub(r.Now()))
}

// send sends the attempted tweet, and goes on to the last as long as all is
// well. The intent of the tweet to send is stored already.
func (r *run) send(ctx context.Context) error {
	for {
		id, err := r.create(ctx)
		if err != nil {
			again, err := r.refused(ctx, err)
			if !again {
				return err
			}
			continue
		}
		if r.session.Probe {
			if err := r.Accounts.Proved(ctx, r.session); err != nil {
				r.log.WarnContext(ctx, "the app's pause could not be ended", "error", err)
			}
			r.session.Probe = false
		}
		if more, err := r.accept(ctx, id); !more {
			return err
		}
	}
}

// create sends the attempted tweet, unless the worker was held up for so long
// that its lease may run out before X answers.
func (r *run) create(ctx context.Context) (string, error) {
	if r.Now().Add(r.Config.Request).After(r.rec.Lease.Until) {
		return "", held{}
	}
	ctx, cancel := context.WithTimeout(ctx, r.Config.Request)
	defer cancel()
	return r.X.Create(ctx, r.session.Token, r.content.Tweets[r.rec.Next()], r.rec.Parent())
}

// held is the error of a worker that was held up before it sent anything.
type held struct{}

func (held) Error() string { return "the worker was held up before the request left" }
func (held) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopePost, Action: fault.Retry, Reason: fault.Reason{
		Code: "held_up", Sentence: "The worker was held up; nothing was sent.",
	}}
}

// accept records an id. It answers true when the intent of the next tweet is
// stored with it.
func (r *run) accept(ctx context.Context, id string) (more bool, err error) {
	now := r.Now()
	switch {
	case r.rec.Next()+1 >= r.rec.Size:
		return false, r.end(ctx)(r.rec.Complete(now, id))
	case r.timeFor(ctx, 1):
		err := r.keep(ctx)(r.rec.Checkpoint(now, id, r.Config.Lease))
		return err == nil, err
	default:
		return false, r.end(ctx)(r.rec.Yield(now, id))
	}
}

// keep stores a transition and goes on from it. It insists until the time is
// up, since what it stores may be known nowhere else.
func (r *run) keep(ctx context.Context) func(post.Post, error) error {
	return func(next post.Post, err error) error {
		if err != nil {
			return errors.Join(errLost, err)
		}
		next.Writer = r.owner
		for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
			saved, err := r.save(ctx, next)
			switch {
			case err == nil:
				r.rec = saved
				return nil
			case fault.Is(err, fault.Conflict):
				r.log.InfoContext(ctx, "the post changed under this worker, which stops", "error", err)
				return errLost
			}
			r.log.WarnContext(ctx, "storing the record failed; trying again", "error", err)
			if perr := pause(ctx, wait); perr != nil {
				return err
			}
		}
	}
}

// save is one try to store.
func (r *run) save(ctx context.Context, p post.Post) (post.Post, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Config.Store)
	defer cancel()
	return r.Posts.Save(ctx, p)
}

// end stores the transition that ends the run.
func (r *run) end(ctx context.Context) func(post.Post, error) error {
	return func(next post.Post, err error) error {
		if err := r.keep(ctx)(next, err); err != nil {
			return err
		}
		attrs := []any{"status", r.rec.Status, "sub_status", r.rec.Sub, "published", len(r.rec.Published), "of", r.rec.Size}
		if r.rec.Reason != nil {
			attrs = append(attrs, "reason", r.rec.Reason.Code, "detail", r.rec.Reason.Detail, "transaction", r.rec.Reason.Transaction)
		}
		if !r.rec.Due.IsZero() {
			attrs = append(attrs, "next", r.rec.Due)
		}
		r.log.InfoContext(ctx, "run ended", attrs...)
		return nil
	}
}

// timeFor reports whether the invocation has time for n more requests to X and
// the change that records each.
func (r *run) timeFor(ctx context.Context, n int) bool {
	end, bounded := ctx.Deadline()
	return !bounded || time.Until(end) >= time.Duration(n)*(r.Config.Request+r.Config.Store)
}

// pause waits, unless the context ends first. Times that have passed are no wait.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
