package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"spool/shared/fault"
	"spool/shared/post"
)

const (
	// resumeAhead is how far ahead waiting posts are looked for: the longest pause, and
	// what earlier versions of Spool added to it.
	resumeAhead = post.LongestWait + time.Minute
	// resumeSide is how many posts are resumed side by side.
	resumeSide = 16
)

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
// the id is empty, and wakes workers for them, round the accounts and as a stream, as after an outage. It tells
// how many. What still holds one of them, such as a pause of its account, parks it
// again. What a minute is not enough for goes on with the next rounds of dispatch, and so
// does what was made due where this fails, or runs out of time.
func (r *Resumer) Resume(ctx context.Context, accountID string) (resumed int, err error) {
	now := r.Now()
	ids, err := r.coming(ctx, now)
	errs := []error{err}
	var mu sync.Mutex
	var tasks []task
	var g errgroup.Group
	g.SetLimit(resumeSide)
	for _, id := range ids {
		g.Go(func() error {
			t, ok, err := r.one(ctx, id, accountID)
			mu.Lock()
			defer mu.Unlock()
			if errs = append(errs, err); ok {
				tasks = append(tasks, t)
			}
			return nil
		})
	}
	_ = g.Wait() // what fails is among errs
	if resumed = len(tasks); resumed > 0 {
		errs = append(errs, r.Queue.WakeAll(ctx, r.wakes(now, tasks)))
		r.Log.InfoContext(ctx, "resumed", "posts", resumed)
	}
	return resumed, errors.Join(errs...)
}

// wakes are those of the first minute.
func (r *Resumer) wakes(now time.Time, tasks []task) (wakes []Wake) {
	roundTheAccounts(now, tasks)
	for i, at := 0, now; i < len(tasks) && at.Sub(now) <= Horizon; i++ {
		tasks[i].at, tasks[i].early = at, true
		wakes = append(wakes, tasks[i].wake(now))
		at = at.Add(pace(tasks[i].weight()))
	}
	return wakes
}

// coming finds the posts that may be paused.
func (r *Resumer) coming(ctx context.Context, now time.Time) ([]string, error) {
	var ids []string
	var errs []error
	for shard := range r.Shards {
		for e, err := range r.Index.Coming(ctx, shard, now, now.Add(resumeAhead)) {
			if err != nil { // the other shards are served all the same
				errs = append(errs, fmt.Errorf("shard %d: %w", shard, err))
				break
			}
			ids = append(ids, e.PostID)
		}
	}
	return ids, errors.Join(errs...)
}

// one makes a post due, if it is paused and the account's.
func (r *Resumer) one(ctx context.Context, id, accountID string) (t task, ok bool, err error) {
	p, _, err := r.Posts.Load(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone):
		return t, false, nil
	case err != nil:
		return t, false, err
	case p.Sub != post.Paused || accountID != "" && p.AccountID != accountID || !p.Due.After(r.Now()):
		return t, false, nil
	}
	if p, err = p.Resume(r.Now()); err != nil {
		return t, false, nil // it goes on already
	}
	p.Writer = post.NewWriter()
	_, err = r.Posts.Save(ctx, p)
	if fault.Is(err, fault.Conflict) {
		return t, false, nil // somebody moved it meanwhile
	}
	return task{Entry: Entry{p.ID, p.Due}, Standing: StandingOf(p)}, err == nil, err
}
