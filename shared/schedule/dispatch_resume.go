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

const (
	// resumeAhead is how far ahead waiting posts are looked for: the longest
	// pause, and how far its end is spread.
	resumeAhead = 7 * time.Hour
	// resumeLimit bounds what one call resumes of one shard. What is beyond it
	// goes on at the time that it has.
	resumeLimit = 500
)

// Resumer lets the posts that are paused go on before their time.
type Resumer struct {
	Index  Index
	Posts  Posts
	Queue  Queue
	Shards int
	Now    func() time.Time
	Log    *slog.Logger
}

// Resume makes the paused posts due now and wakes workers for them, spread as
// after an outage. It tells how many. What still holds one of them, such as a
// pause of its account, parks it again.
func (r *Resumer) Resume(ctx context.Context) (resumed int, err error) {
	now := r.Now()
	var wakes []Wake
	var errs []error
	for shard := range r.Shards {
		ids, _, err := r.Index.Due(ctx, shard, now.Add(resumeAhead), resumeLimit)
		if err != nil {
			errs = append(errs, fmt.Errorf("shard %d: %w", shard, err))
		}
		for _, id := range ids {
			ok, err := r.one(ctx, id)
			if errs = append(errs, err); ok {
				wakes = append(wakes, Wake{PostID: id, DueAt: now, Delay: time.Duration(len(wakes)/catchUp) * time.Second})
			}
		}
	}
	if len(wakes) > 0 {
		errs = append(errs, r.Queue.WakeAll(ctx, wakes))
		r.Log.InfoContext(ctx, "resumed", "posts", len(wakes))
	}
	return len(wakes), errors.Join(errs...)
}

// one makes a post due, if it is paused.
func (r *Resumer) one(ctx context.Context, id string) (bool, error) {
	p, _, err := r.Posts.Load(ctx, id)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) || err == nil && p.Sub != post.Paused {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if p, err = p.Resume(r.Now()); err != nil {
		return false, nil // it goes on already
	}
	p.Writer = post.NewID()
	_, err = r.Posts.Save(ctx, p)
	if fault.Is(err, fault.Conflict) {
		return false, nil // somebody moved it meanwhile
	}
	return err == nil, err
}
