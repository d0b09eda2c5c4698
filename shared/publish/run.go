package publish

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"spool/shared/clock"
	"spool/shared/fault"
	"spool/shared/post"
)

// run is one worker's work on one post.
type run struct {
	*Publisher
	log     *slog.Logger
	owner   string
	rec     post.Post
	content post.Content
	session Session
	uploads uploads
	renewed bool // the access token was renewed in this run
}

// do takes the post and works on it.
func (r *run) do(ctx context.Context) error {
	if r.rec.Status == post.Deleting {
		return r.unpublish(ctx)
	}
	if r.rec.Overdue(r.Now()) {
		return r.end(ctx)(r.rec.Miss(r.Now()))
	}
	if ok, err := r.open(ctx); !ok {
		return err
	}
	if ok, err := r.afford(ctx); !ok {
		return err
	}
	// A wake-up comes a little early, so that everything is ready when the
	// second begins.
	if err := clock.Sleep(ctx, r.rec.Due.Sub(r.Now())); err != nil {
		return err
	}
	if ok, err := r.prepare(ctx); !ok {
		return err
	}
	if !r.canBegin(ctx) {
		return nil // it stays in the due index, and another invocation has more time
	}
	if err := r.register(ctx); err != nil {
		return err
	}
	if err := r.keep(ctx)(r.rec.Claim(r.Now(), r.owner, r.Config.Lease)); err != nil {
		return err
	}
	if r.rec.Sub == post.Reconciling {
		return r.settle(ctx)
	}
	return r.send(ctx)
}

// register notes what a post begins with where its record does not say so: it was
// stored before that was noted, or by a version that saw openings otherwise. It costs
// a request, for such posts only.
func (r *run) register(ctx context.Context) error {
	if r.rec.Opening == r.content.Opening() {
		return nil
	}
	if err := r.Posts.Register(ctx, r.rec, r.content); err != nil {
		return err
	}
	r.rec.Opening = r.content.Opening() // stored with the claim
	return nil
}

// open opens the account. It answers false when the post has to wait, or failed.
func (r *run) open(ctx context.Context) (bool, error) {
	s, err := r.Accounts.Open(ctx, r.rec.AccountID)
	inDoubt := r.rec.Attempt != nil
	if err != nil {
		r.session.AccountID = r.rec.AccountID
		return false, r.shut(ctx, err, inDoubt)
	}
	if r.session = s; s.Pause != nil {
		return false, r.wait(ctx, *s.Pause, inDoubt)
	}
	return true, nil
}

// send sends the attempted tweet, and goes on to the last as long as all is
// well. The intent of the tweet to send is stored already.
func (r *run) send(ctx context.Context) error {
	for {
		if !r.canSend(ctx) {
			return r.handOver(ctx)
		}
		id, err := r.create(ctx)
		if err != nil {
			again, err := r.refused(ctx, err)
			if !again {
				return err
			}
			continue
		}
		r.proved(ctx)
		if more, err := r.accept(ctx, id); !more {
			return err
		}
	}
}

// canBegin reports whether there is time to store an intent, and then to send.
func (r *run) canBegin(ctx context.Context) bool {
	return left(ctx, r.Config.Store+r.Config.Request+r.Config.Store)
}

// canSend reports whether a request that leaves now ends within the lease, and
// can be recorded before the invocation ends.
func (r *run) canSend(ctx context.Context) bool {
	return !r.Now().Add(r.Config.Request).After(r.rec.Lease.Until) && left(ctx, r.Config.Request+r.Config.Store)
}

// handOver lets go of a tweet whose request has not left.
func (r *run) handOver(ctx context.Context) error {
	r.log.WarnContext(ctx, "the worker was held up before it sent", "position", r.rec.Next()+1)
	if err := r.end(ctx)(r.rec.HandOver(r.Now())); err != nil {
		return err
	}
	return errStale // this invocation may have the time to go on itself
}

// create sends the attempted tweet.
func (r *run) create(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Config.Request)
	defer cancel()
	return r.X.Create(ctx, r.session.Token, r.uploads.attach(r.content.Tweets[r.rec.Next()]), r.rec.Parent())
}

// proved tells that X takes requests again, when this run was to find that out.
func (r *run) proved(ctx context.Context) {
	if !r.session.Probe {
		return
	}
	if err := r.Accounts.Proved(ctx, r.session); err != nil {
		r.log.WarnContext(ctx, "the app's pause could not be ended; the next probe will", "error", err)
	}
	r.session.Probe = false
}

// accept records an id. It answers true when the intent of the next tweet is
// stored with it.
func (r *run) accept(ctx context.Context, id string) (more bool, err error) {
	now := r.Now()
	switch {
	case r.rec.Next()+1 >= r.rec.Size:
		return false, r.end(ctx)(r.rec.Complete(now, id))
	case r.canBegin(ctx) && r.attached(ctx, r.rec.Next()+1):
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
			return errors.Join(errStale, err)
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
				return errStale
			}
			r.log.WarnContext(ctx, "storing the record failed; trying again", "error", err)
			if clock.Sleep(ctx, wait) != nil {
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
