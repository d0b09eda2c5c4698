package post

import (
	"cmp"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// This file holds what posts have to tell: the transitions that make something true put
// an event into the outbox, and whoever tells of the events takes them out.

// Hold is a time in which nothing of a post goes out, though it is due.
type Hold struct {
	Since time.Time
	Told  bool // that it is long
}

// HeldFor is how long a hold may last, unless a deployment says otherwise, before it is
// told of. It is longer than the window of X's ordinary limits.
const HeldFor = 30 * time.Minute

// Bounds of the wait before events are handed over once more. It is as long as they have
// waited already: so what can be told of nobody for a while never crowds the due index.
const (
	remindFirst = 5 * time.Minute
	remindLast  = 6 * time.Hour
)

// hold notes that the post is held up, unless it is already.
func (p Post) hold(now time.Time) Post {
	if p.Hold == nil {
		p.Hold = &Hold{Since: event.Stored(now)}
	}
	return p
}

// TellHold puts the hold of a post that has just been parked into its outbox, once, when
// it lasts longer than so much.
func (p Post) TellHold(longer time.Duration) Post {
	if p.Hold == nil || p.Hold.Told || p.Due.Sub(p.Hold.Since) <= longer {
		return p
	}
	p.Hold = &Hold{Since: p.Hold.Since, Told: true}
	return p.tell(event.PostHeld)
}

// tell puts into the outbox what the transition that makes p has made true.
func (p Post) tell(k event.Kind) Post {
	e := event.Event{Seq: p.Rev + 1, Kind: k, At: p.UpdatedAt, Reason: p.Reason, Done: len(p.Published)}
	if k == event.PostHeld {
		e.Until = p.Due
	}
	p.Events = p.Events.Add(e)
	return p.findable(time.Time{})
}

// findable keeps a post with events in the due index when nothing else is due for it: at
// the place that it had there, which costs no write.
func (p Post) findable(was time.Time) Post {
	switch {
	case !p.Due.IsZero() || len(p.Events) == 0:
		p.TellBy = time.Time{}
	case p.TellBy.IsZero():
		p.TellBy = cmp.Or(was, p.UpdatedAt)
	}
	return p
}

// IndexedAt is the time that the post is in the due index with; zero: it is not there.
func (p Post) IndexedAt() time.Time { return cmp.Or(p.Due, p.TellBy) }

// Untold reports whether the post is woken for nothing but its events.
func (p Post) Untold() bool { return p.Due.IsZero() && !p.TellBy.IsZero() }

// Remind puts off when the events are handed over once more.
func (p Post) Remind(now time.Time) Post {
	if len(p.Events) > 0 {
		waited := now.Sub(p.Events[0].At)
		p.TellBy = event.Stored(now.Add(min(max(waited, remindFirst), remindLast)))
	}
	return p
}

// Handed takes the events up to a number out of the outbox: somebody has them now. A
// post that a worker holds keeps them until it is free, since the worker's next write
// must find the record as the worker left it.
func (p Post) Handed(now time.Time, seq int64) (Post, error) {
	if p.Busy(now) {
		return p, fault.New(fault.Conflict, "A worker has this post until %s.", p.Lease.Until.Format(time.RFC3339))
	}
	p.Events = p.Events.After(seq)
	return p.findable(time.Time{}), nil
}
