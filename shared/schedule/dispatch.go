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

	"spool/shared/correlate"
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
	// Check stands in place of both for the order that a worker look at itself, given at
	// DueAt.
	Check bool
	DueAt time.Time
	Delay time.Duration // how long the queue keeps it to itself: whole seconds
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

// Observer is told what was done. It is safe for concurrent use.
type Observer interface {
	// Dispatched tells of a round: how many posts workers were woken for, how many of those an outage left behind, and
	// how long the one has been due that is due for longest.
	Dispatched(ctx context.Context, posts, late int, oldest time.Duration)
	// DeadLetter tells of a message that workers failed on again and again.
	DeadLetter(ctx context.Context, what string, attrs ...slog.Attr)
	// PostStored tells of a change of a record that is stored.
	PostStored(ctx context.Context, c post.Change)
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

	Observer Observer // may be nil
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
	oldest, backlog := waited(now, wakes), spread(now, wakes)
	if len(wakes) > 0 {
		errs = append(errs, d.Queue.WakeAll(ctx, wakes))
	}
	err := errors.Join(errs...)
	if err == nil && d.Observer != nil { // a round that failed is no sign of life
		d.Observer.Dispatched(ctx, len(wakes), backlog, oldest)
	}
	return err
}

// waited is how long the one has been due that is due for longest.
func waited(now time.Time, wakes []Wake) (longest time.Duration) {
	for _, w := range wakes {
		longest = max(longest, now.Sub(w.DueAt))
	}
	return longest
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
	Posts    Posts
	Now      func() time.Time
	Log      *slog.Logger
	Observer Observer // may be nil
}

// Handle does what is left to do for a dead message. The message is done, and counted, when it gives no error.
func (h *DeadLetterHandler) Handle(ctx context.Context, w Wake) error {
	what, attr := "workers failed on a post again and again", slog.String("post_id", w.PostID)
	switch {
	case w.Check: // whoever asked knows that there was no answer
		what, attr = "a worker could not look at itself", slog.Time("asked_at", w.DueAt)
	case w.PostID == "": // an order to look for paused posts, which go on at their time
		what, attr = "paused posts could not be resumed before their time", slog.String("account_id", w.Paused)
	default:
		if err := h.FailDead(correlate.With(ctx, attr), w.PostID); err != nil {
			return err
		}
	}
	if h.Observer != nil {
		h.Observer.DeadLetter(ctx, what, attr)
	}
	return nil
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
	saved, err := h.Posts.Save(ctx, next)
	switch {
	case fault.Is(err, fault.Conflict):
		return nil // somebody moved it, so it lives
	case err != nil:
		return err
	}
	h.Log.ErrorContext(ctx, "post given up after its message died", "post_id", id, "account_id", p.AccountID,
		"published", len(p.Published), "of", p.Size)
	if h.Observer != nil {
		h.Observer.PostStored(ctx, post.Change{Before: p, After: saved})
	}
	return nil
}
