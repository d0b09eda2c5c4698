// Package schedule sees to it that what is due is worked on, to the second: it wakes
// workers for posts whose time comes, for what may go on before its time, and ends
// what workers failed on again and again.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// Wake is the order to look at a post at a time. It is a hint: the truth is in
// the post's record, so a wake that comes twice, late or never does no harm.
type Wake struct {
	PostID string
	// Paused stands in place of PostID for all posts that wait for an account, or,
	// when it is [Everybody], for the app: see [Resumer].
	Paused string
	DueAt  time.Time
	Delay  time.Duration // how long the queue keeps it to itself: whole seconds
}

// Everybody stands for all accounts.
const Everybody = "*"

// Index finds the posts for which something is due.
type Index interface {
	// Due gives the ids of one shard that are due until a time, earliest first,
	// and at most limit, with their times. It may lag behind the records.
	Due(ctx context.Context, shard int, until time.Time, limit int) ([]string, []time.Time, error)
}

// Queue carries wakes to the workers.
type Queue interface {
	// WakeAll sends all wakes, or tells that some may not have been sent.
	WakeAll(ctx context.Context, wakes []Wake) error
}

// Posts keeps the records, as for package publish.
type Posts interface {
	Load(ctx context.Context, id string) (post.Post, post.Content, error)
	Save(ctx context.Context, p post.Post) (post.Post, error)
}

const (
	// Horizon is how far ahead one round of dispatch looks. Rounds come every
	// minute, but not to the second; what is seen twice is woken twice, which
	// costs one read.
	Horizon = 75 * time.Second
	// headStart is how much before its time a worker is woken, so that it has
	// started, read the post and opened the account when the second begins.
	headStart = time.Second
	// shardLimit bounds what one round wakes of one shard, and so all of them.
	shardLimit = 100
	// late is after what time a post counts as left behind by an outage.
	late = 5 * time.Minute
	// catchUp is how many posts a second an outage's backlog is spread to.
	catchUp = 5
)

// Delay is how long the queue is to keep a wake for a post that is due at a
// time. Whole seconds, rounded down: the worker waits the rest of the way.
func Delay(now, due time.Time) time.Duration {
	return max(0, (due.Sub(now) - headStart).Truncate(time.Second))
}

// Soon reports whether a post is due before the next round of dispatch is sure
// to find it, so that whoever schedules it wakes a worker at once.
func Soon(now, due time.Time) bool { return due.Sub(now) < Horizon+30*time.Second }

// Dispatcher wakes workers for due posts: those whose time comes, those that
// waited for something, and those whose worker or message was lost.
type Dispatcher struct {
	Index  Index
	Queue  Queue
	Shards int
	Now    func() time.Time
	Log    *slog.Logger
}

// Dispatch is one round.
func (d *Dispatcher) Dispatch(ctx context.Context) error {
	now := d.Now()
	var wakes []Wake
	var errs []error
	for shard := range d.Shards {
		ids, at, err := d.Index.Due(ctx, shard, now.Add(Horizon), shardLimit)
		if err != nil { // the other shards are served all the same
			errs = append(errs, fmt.Errorf("shard %d: %w", shard, err))
			continue
		}
		for i, id := range ids {
			wakes = append(wakes, Wake{PostID: id, DueAt: at[i], Delay: Delay(now, at[i])})
		}
	}
	backlog := spread(now, wakes)
	if len(wakes) > 0 {
		errs = append(errs, d.Queue.WakeAll(ctx, wakes))
		d.Log.InfoContext(ctx, "dispatched", "posts", len(wakes), "late", backlog)
	}
	return errors.Join(errs...)
}

// spread delays what an outage left behind, so that it goes out as a stream
// and not as a burst. It tells how many those are.
func spread(now time.Time, wakes []Wake) (backlog int) {
	for i := range wakes {
		if now.Sub(wakes[i].DueAt) > late {
			wakes[i].Delay = time.Duration(backlog/catchUp) * time.Second
			backlog++
		}
	}
	return backlog
}

// DeadLetterHandler ends posts whose message went to the dead-letter queue: one worker
// after the other failed on them.
type DeadLetterHandler struct {
	Posts Posts
	Now   func() time.Time
	Log   *slog.Logger
}

// FailDead ends the post of a dead message, unless it has recovered since. A tweet
// that may be on X is left for a person to say.
func (h *DeadLetterHandler) FailDead(ctx context.Context, id string) error {
	p, _, err := h.Posts.Load(ctx, id)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) {
		return nil
	}
	if fault.Is(err, fault.Newer) {
		h.Log.WarnContext(ctx, "a dead message's post is left to a newer version of Spool", "post_id", id, "error", err)
		return nil // it stays due
	}
	if err != nil {
		return err
	}
	now := h.Now()
	if p.Due.IsZero() || p.Due.After(now) || p.Busy(now) {
		return nil // it ended, or waits for its time, or somebody works on it
	}
	reason := fault.ReasonWorkerFailed.Reason()
	next, err := p.Fail(now, reason)
	if p.Attempt != nil {
		reason.Sentence += fmt.Sprintf(" Tweet %d may be on X.", p.Next()+1)
		reason.Todo = "Look at the account's timeline. Resolve the post with the tweet's id, or as absent; " +
			"then retry it."
		next, err = p.GiveUp(now, reason)
	}
	if err != nil {
		return nil // it ended meanwhile
	}
	next.Writer = post.NewWriter()
	_, err = h.Posts.Save(ctx, next)
	if fault.Is(err, fault.Conflict) {
		return nil // somebody moved it, so it lives
	}
	h.Log.ErrorContext(ctx, "post given up after its message died",
		"post_id", id, "published", len(p.Published), "of", p.Size)
	return err
}
