// Package schedule sees to it that what is due is worked on, to the second: it wakes
// workers for posts whose time comes, for what may go on before its time, and ends
// what workers failed on again and again.
//
// A round of dispatch reads the due index, a minute and a quarter ahead, and hands each
// post over to the publish queue, with a delay that ends at its time. What it sends when,
// and in which order, is in line.go; which posts it leaves to the queue, since their wake
// is on its way, in memory.go.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"spool/shared/correlate"
	"spool/shared/fault"
	"spool/shared/post"
)

// Wake is the order to look at a post at a time. It is a hint: the truth is in
// the post's record, so a wake that comes twice, late or never does no harm.
type Wake struct {
	PostID string
	// AccountID is the post's account, for the queue to be fair by; empty: it is not known.
	AccountID string
	// Paused stands in place of PostID for all posts that wait for an account, or,
	// when it is [Everybody], for the app: see [Resumer].
	Paused string
	// Check stands in place of both for the order that a worker look at itself, given at
	// DueAt.
	Check bool
	DueAt time.Time
	Delay time.Duration // how long the queue keeps it to itself: whole seconds
	// Again is how often workers were woken for the very same before, and did not take the
	// post: one of those may have ended its process.
	Again int
	// Hops is how many runs of the post's have handed it on to one another by wakes. Lambda
	// ends a chain of a function's own messages at about 16.
	Hops int
}

// Everybody stands for all accounts.
const Everybody = "*"

// Entry is a post in the due index.
type Entry struct {
	PostID string
	At     time.Time // that something is due at for the post
}

// Standing is how a post stands, as far as dispatch goes by it.
type Standing struct {
	AccountID string
	Planned   time.Time // when it was to start
	Left      int       // tweets that are still to be sent, or to be deleted
	Held      bool      // a limit, a pause or a budget holds it up until it is due
	Busy      time.Time // until when a worker holds it; zero: none does
}

// StandingOf tells how a post stands.
func StandingOf(p post.Post) Standing {
	s := Standing{
		AccountID: p.AccountID, Planned: p.ScheduledAt, Left: p.Size - len(p.Published),
		Held: p.Sub == post.Paused || p.Sub == post.RateLimited,
	}
	if p.Status == post.Deleting {
		s.Left = len(p.OnX())
	}
	if p.Lease.Owner != "" {
		s.Busy = p.Lease.Until
	}
	return s
}

// Coming finds the posts for which something is due within a time.
type Coming interface {
	// Coming gives what is due of one shard within a time, its ends included, earliest
	// first. It reads page by page, as they are taken, and may lag behind the records.
	Coming(ctx context.Context, shard int, from, until time.Time) iter.Seq2[Entry, error]
}

// Index finds the posts for which something is due, and tells how they stand.
type Index interface {
	Coming
	// Standings tells how posts stand, perhaps a moment ago. It leaves out what there is
	// no record of, or one that this version of Spool does not understand.
	Standings(ctx context.Context, ids []string) (map[string]Standing, error)
}

// Queue carries wakes to the workers.
type Queue interface {
	// WakeAll sends all wakes, or tells that some may not have been sent.
	WakeAll(ctx context.Context, wakes []Wake) error
}

// Observer is told what was done. It is safe for concurrent use.
type Observer interface {
	// Dispatched tells of a round that ended well.
	Dispatched(ctx context.Context, r Round)
	// DeadLetter tells of a message that workers failed on again and again.
	DeadLetter(ctx context.Context, what string, attrs ...slog.Attr)
	// PostStored tells of a change of a record that is stored.
	PostStored(ctx context.Context, c post.Change)
}

// Round is what a round of dispatch came by. Of the posts that are due, those that it woke
// nobody for have a wake on its way, or their turn comes with a later round.
type Round struct {
	Due    int           // posts in the index, up to [Horizon]
	Woken  int           // of those workers were woken for
	Late   int           // of those due, left behind by an outage
	Oldest time.Duration // how long the one has been due that is due for longest
}

// Posts keeps the records, as for package publish.
type Posts interface {
	Load(ctx context.Context, id string) (post.Post, post.Content, error)
	Save(ctx context.Context, p post.Post) (post.Post, error)
}

const (
	// Horizon is how far ahead one round of dispatch looks. Rounds come every
	// minute, but not to the second.
	Horizon = 75 * time.Second
	// together is how many wakes go to the queue at a time: between two of those a round
	// may end.
	together = 500
	// reading and reserve are how much of the invocation a round leaves when it stops to
	// read, and to hand over.
	reading, reserve = 25 * time.Second, 12 * time.Second
)

// Soon reports whether a post is due before the next round of dispatch is sure
// to find it, so that whoever schedules it wakes a worker at once.
func Soon(now, due time.Time) bool { return due.Sub(now) < Horizon+30*time.Second }

// Dispatcher wakes workers for due posts: those whose time comes, those that
// waited for something, and those whose worker or message was lost. It is safe for
// concurrent use, and remembers what it has sent.
type Dispatcher struct {
	Index  Index
	Queue  Queue
	Shards int
	Now    func() time.Time
	Log    *slog.Logger

	Observer Observer // may be nil

	mu   sync.Mutex // of a round: this process does one at a time
	sent memory
}

// Dispatch is one round. It hands over what it has the time for; the next round goes on.
func (d *Dispatcher) Dispatch(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Now()
	due, err := d.due(ctx, now)
	errs := []error{err}
	tasks, line := d.sent.sift(now, due)
	errs = append(errs, d.look(ctx, tasks))
	woken, err := d.handOver(ctx, line.join(now, tasks))
	if err = errors.Join(append(errs, err)...); err == nil && d.Observer != nil { // a round that failed is no sign of life
		d.Observer.Dispatched(ctx, told(now, due, woken))
	}
	return err
}

// due reads the index, all shards side by side.
func (d *Dispatcher) due(ctx context.Context, now time.Time) ([]Entry, error) {
	shards, errs := make([][]Entry, d.Shards), make([]error, d.Shards)
	var g errgroup.Group
	for n := range shards {
		g.Go(func() error {
			for e, err := range d.Index.Coming(ctx, n, time.Time{}, now.Add(Horizon)) {
				if err != nil { // the other shards are served all the same, and what was read of this one
					errs[n] = fmt.Errorf("shard %d: %w", n, err)
					break
				}
				if !left(ctx, reading) {
					d.Log.WarnContext(ctx, "out of time to read what is due; the next round goes on", "shard", n)
					break
				}
				shards[n] = append(shards[n], e)
			}
			return nil
		})
	}
	_ = g.Wait() // what fails is among errs
	return slices.Concat(shards...), errors.Join(errs...)
}

// look finds out how the posts stand. One of which nothing is known is woken all the same,
// at the time that the index has.
func (d *Dispatcher) look(ctx context.Context, tasks []task) error {
	if len(tasks) == 0 {
		return nil
	}
	ids := make([]string, len(tasks))
	for i, t := range tasks {
		ids[i] = t.PostID
	}
	standings, err := d.Index.Standings(ctx, ids)
	for i := range tasks {
		tasks[i].Standing = standings[tasks[i].PostID]
	}
	return err
}

// handOver sends wakes to the queue, while there is time. It tells how many.
func (d *Dispatcher) handOver(ctx context.Context, tasks []task) (woken int, err error) {
	var errs []error
	for some := range slices.Chunk(tasks, together) {
		if !left(ctx, reserve) {
			d.Log.WarnContext(ctx, "out of time to wake workers; the next round goes on", "left", len(tasks)-woken)
			break
		}
		now := d.Now()
		wakes := make([]Wake, len(some))
		for i, t := range some {
			wakes[i] = t.wake(now)
		}
		if err := d.Queue.WakeAll(ctx, wakes); err != nil {
			errs = append(errs, err) // whatever was sent of these is sent once more
			continue
		}
		woken += len(some)
		d.sent.note(some)
	}
	return woken, errors.Join(errs...)
}

// left reports whether so much of the invocation is left.
func left(ctx context.Context, much time.Duration) bool {
	end, bounded := ctx.Deadline()
	return !bounded || time.Until(end) > much
}

// told is what is told of a round.
func told(now time.Time, due []Entry, woken int) Round {
	r := Round{Due: len(due), Woken: woken}
	for _, e := range due {
		overdue := now.Sub(e.At)
		r.Oldest = max(r.Oldest, overdue)
		if overdue > late {
			r.Late++
		}
	}
	return r
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

// FailDead ends the post of a dead message, unless it has recovered since, or was only
// the neighbour of what ended its workers: that shows when it is worked on alone. A tweet
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
	next, err := dead(p, now)
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
	if saved.Due.IsZero() {
		h.Log.ErrorContext(ctx, "post given up after its message died", "post_id", id, "account_id", p.AccountID,
			"published", len(p.Published), "of", p.Size)
	} else {
		h.Log.WarnContext(ctx, "a message died, and its post gets another chance alone", "post_id", id,
			"account_id", p.AccountID, "crashes", saved.Crashes)
	}
	if h.Observer != nil {
		h.Observer.PostStored(ctx, post.Change{Before: p, After: saved})
	}
	return nil
}

// dead is what becomes of a post that is due when its message has died. Whoever worked
// on it may have died of another in the same batch: until it is certain that it was this one
// it stays due, and is worked on alone.
func dead(p post.Post, now time.Time) (post.Post, error) {
	reason := fault.ReasonWorkerFailed.Reason()
	switch {
	case p.Suspicion(now) < post.MaxCrashes:
		return p.Spare(now)
	case p.Attempt == nil:
		return p.Fail(now, reason)
	}
	reason.Sentence += fmt.Sprintf(" Tweet %d may be on X.", p.Next()+1)
	reason.Todo = "Look at the account's timeline. Resolve the post with the tweet's id, or as absent; then retry it."
	return p.GiveUp(now, reason)
}
