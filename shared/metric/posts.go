package metric

import (
	"context"
	"log/slog"
	"time"

	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/tweet"
)

var (
	_ publish.Observer  = (*Recorder)(nil)
	_ schedule.Observer = (*Recorder)(nil)
)

// PostStored implements [publish.Observer] and [schedule.Observer]. What a change says by itself is all that counts, so
// that a write whose answer was lost, and which is made again, counts once.
func (r *Recorder) PostStored(ctx context.Context, c post.Change) {
	values := ofChange(c)
	if len(values) == 0 {
		return
	}
	p := c.After
	attrs := []slog.Attr{
		slog.String("post_id", p.ID), slog.String("account_id", p.AccountID), slog.String("status", string(p.Status)),
		slog.String("sub_status", string(p.Sub)), slog.Int("published", len(p.Published)), slog.Int("of", p.Size),
	}
	if p.Reason != nil {
		attrs = append(attrs, slog.String("reason", string(p.Reason.Code)))
	}
	r.write(ctx, slog.LevelInfo, "post changed", values, attrs...)
}

// ofChange gives what is measured of a change of a record.
func ofChange(c post.Change) []Value {
	var values []Value
	was, is := c.Before, c.After
	count := func(name Name, when bool) {
		if when {
			values = append(values, one(name))
		}
	}
	became := func(s post.Status) bool { return is.Status == s && was.Status != s }
	unknown := is.Sub == post.Unknown
	more := len(is.Published) > len(was.Published)
	doubted, doubts := inDoubt(was), inDoubt(is)
	count(PostsPublished, became(post.Published))
	count(PostsFailed, became(post.Failed) && !unknown)
	count(PostsUnknown, became(post.Failed) && unknown)
	count(PostsMissed, became(post.Missed))
	count(Rescues, was.Lease.Owner != "" && is.Lease.Term > was.Lease.Term)
	count(DoubtsBegun, !doubted && doubts)
	count(DoubtsFound, doubted && !doubts && more)
	count(DoubtsAbsent, doubted && !doubts && !more && !unknown)
	if more && len(was.Published) == 0 && !c.Due.IsZero() {
		late := max(0, is.Published[0].PostedAt.Sub(c.Due))
		values = append(values, Value{Lateness, float64(late / time.Millisecond)})
	}
	if c.Charged > 0 {
		values = append(values, Value{Dollars, float64(c.Charged) / float64(tweet.Dollar)})
	}
	return values
}

// inDoubt reports whether X may have a tweet of the post's, and nobody is just sending it.
func inDoubt(p post.Post) bool {
	return p.Status == post.Publishing && p.Attempt != nil && (p.Sub == post.Reconciling || p.Lease.Owner == "")
}

// Dispatched implements [schedule.Observer]. It is dispatch's sign of life, so it is written though nothing be due.
func (r *Recorder) Dispatched(ctx context.Context, round schedule.Round) {
	r.write(ctx, slog.LevelInfo, "dispatched", []Value{{OldestDuePost, max(0, round.Oldest.Seconds())}},
		slog.Int("due", round.Due), slog.Int("woken", round.Woken), slog.Int("late", round.Late))
}

// DeadLetter implements [schedule.Observer].
func (r *Recorder) DeadLetter(ctx context.Context, what string, attrs ...slog.Attr) {
	r.write(ctx, slog.LevelError, what, []Value{one(DeadLetters)}, attrs...)
}
