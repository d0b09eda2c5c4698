package schedule

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"spool/shared/fault"
	"spool/shared/post"
)

const (
	// resumeAhead is how far ahead waiting posts are looked for: the longest
	// pause, and how far its end is spread.
	resumeAhead = post.LongestWait + post.Spread
	// resumeSide is how many posts are resumed side by side.
	resumeSide = 16
)

// Coming finds the posts for which something is due within a time.
type Coming interface {
	// Coming gives the ids of one shard, all of them, its times' ends included. It
	// may lag behind the records.
	Coming(ctx context.Context, shard int, from, until time.Time) iter.Seq2[string, error]
}

// Resumer lets the posts that are paused go on before their time.
type Resumer struct {
	Index  Coming
	Posts  Posts
	Queue  Queue
	Shards int
	Now    func() time.Time
	Log    *slog.Logger
}

// Resume makes the paused posts of an account due now, those of all accounts when
// the id is empty, and wakes workers for them, spread as after an outage. It tells
// how many. What still holds one of them, such as a pause of its account, parks it
// again. Where it fails, or runs out of time, what it has made due goes on with the
// next round of dispatch.
func (r *Resumer) Resume(ctx context.Context, accountID string) (resumed int, err error) {
	now := r.Now()
	ids, err := r.coming(ctx, now)
	errs := []error{err}
	var mu sync.Mutex
	var wakes []Wake
	var g errgroup.Group
	g.SetLimit(resumeSide)
	for _, id := range ids {
		g.Go(func() error {
			ok, err := r.one(ctx, id, accountID)
			mu.Lock()
			defer mu.Unlock()
			if errs = append(errs, err); ok {
				wait := time.Duration(len(wakes)/catchUp) * time.Second
				wakes = append(wakes, Wake{PostID: id, DueAt: now, Delay: wait})
			}
			return nil
		})
	}
	_ = g.Wait() // what fails is among errs
	if len(wakes) > 0 {
		errs = append(errs, r.Queue.WakeAll(ctx, wakes))
		r.Log.InfoContext(ctx, "resumed", "posts", len(wakes))
	}
	return len(wakes), errors.Join(errs...)
}

// coming finds the posts that may be paused.
func (r *Resumer) coming(ctx context.Context, now time.Time) ([]string, error) {
	var ids []string
	var errs []error
	for shard := range r.Shards {
		for id, err := range r.Index.Coming(ctx, shard, now, now.Add(resumeAhead)) {
			if err != nil { // the other shards are served all the same
				errs = append(errs, fmt.Errorf("shard %d: %w", shard, err))
				break
			}
			ids = append(ids, id)
		}
	}
	return ids, errors.Join(errs...)
}

// one makes a post due, if it is paused and the account's.
func (r *Resumer) one(ctx context.Context, id, accountID string) (bool, error) {
	p, _, err := r.Posts.Load(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone):
		return false, nil
	case err != nil:
		return false, err
	case p.Sub != post.Paused || accountID != "" && p.AccountID != accountID || !p.Due.After(r.Now()):
		return false, nil
	}
	if p, err = p.Resume(r.Now()); err != nil {
		return false, nil // it goes on already
	}
	p.Writer = post.NewWriter()
	_, err = r.Posts.Save(ctx, p)
	if fault.Is(err, fault.Conflict) {
		return false, nil // somebody moved it meanwhile
	}
	return err == nil, err
}
