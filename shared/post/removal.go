package post

import (
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// This file holds the transitions by which a thread leaves X again, and the rule
// by which its record may be forgotten.
//
// A post whose tweets were once asked to be deleted never publishes anything any
// more: a tweet that is not on X is what the owner wants, and not one to be sent.
// So its statuses are Deleting, Deleted, and Failed with a Removal, from where
// Retry leads back to Deleting only.

// Removal is how far the deletion of a post's tweets from X is. They are deleted
// last to first: what is left is the beginning of the thread, and no reply loses
// the tweet that it replies to before it goes itself.
type Removal struct {
	Gone int // how many of Published are not on X any more, counted from the last
}

// OnX are the tweets that X has, as far as the record knows: all that were
// published, less those that were deleted again.
func (p Post) OnX() []Receipt {
	if p.Removal == nil {
		return p.Published
	}
	return p.Published[:len(p.Published)-p.Removal.Gone]
}

// Unpublish asks for the published tweets to be deleted from X, beginning at
// once.
func (p Post) Unpublish(now time.Time) (Post, error) {
	switch {
	case p.Status == Scheduled || p.Status == Publishing:
		return p, fault.New(fault.Conflict, "This post is %s.", p.Status).
			Todo("Cancel it first; what is published by then can be deleted from X.")
	case p.Sub == Unknown:
		return p, unresolved(p)
	case len(p.Published) == 0:
		return p, fault.New(fault.Conflict,
			"Nothing of this post was published, so there is nothing to delete from X.").
			Todo("Delete the post itself if you no longer want it.")
	}
	return p.startDeletion(Unpublish, now)
}

// startDeletion makes the deletion due, from where it stands.
func (p Post) startDeletion(t Transition, now time.Time) (Post, error) {
	to, err := p.leave(t)
	switch {
	case err != nil:
		return p, err
	case p.Busy(now) || p.Attempt != nil:
		return p, fault.New(fault.Conflict, "A worker is still busy with this post.").Todo("Try again in a minute.")
	}
	p = p.change(to, now)
	if p.Removal == nil {
		p.Removal = &Removal{}
	}
	p.Sub, p.Reason, p.Tries, p.Media = "", nil, 0, nil
	return p.release(now), nil
}

// ClaimDeletion takes the post for a worker that deletes its tweets. No intent is
// stored: deleting is safe to repeat, so whoever takes over deletes the same
// tweet once more and finds it gone.
//
// Due moves to the end of the lease, which is when a rescue makes sense.
func (p Post) ClaimDeletion(now time.Time, owner string, ttl time.Duration) (Post, error) {
	to, err := p.leave(ClaimDeletion)
	switch {
	case err != nil:
		return p, err
	case p.Busy(now):
		return p, fault.New(fault.Conflict, "Another worker has this post until %s.",
			p.Lease.Until.Format(time.RFC3339))
	case p.Due.IsZero() || now.Before(p.Due):
		return p, fault.New(fault.Conflict, "This post is not due yet.")
	}
	p = p.change(to, now).lend(now, owner, ttl)
	p.Sub, p.Reason = "", nil
	return p, nil
}

// Removed records that the last tweet that was left is not on X any more. The
// lease is renewed; Due stays, so that the due index is not written. With the
// first tweet of the thread the deletion is done.
func (p Post) Removed(now time.Time, ttl time.Duration) (Post, error) {
	to, err := p.leave(Removed)
	if err != nil {
		return p, err
	}
	if len(p.OnX()) == 1 {
		if to, err = p.leave(RemovedLast); err != nil {
			return p, err
		}
	}
	p = p.change(to, now)
	p.Removal = &Removal{Gone: p.Removal.Gone + 1}
	p.Tries, p.Sub, p.Reason, p.Hold, p.Crashes = 0, "", nil, nil, 0
	if p.Status == Deleted {
		return p.release(time.Time{}), nil
	}
	p.Lease.Until = event.Stored(now.Add(ttl))
	return p, nil
}

// Defer leaves the deletion until next: X refused for the moment, or the worker's
// time ends. With a reason it counts as a try that failed; after [MaxTries] of
// them the caller fails the post instead.
func (p Post) Defer(now, next time.Time, reason *fault.Reason) (Post, error) {
	to, err := p.leave(Defer)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	if p.Sub, p.Reason = "", reason; reason != nil {
		p.Tries++
		p.Sub = retry(p.Tries)
	}
	return p.release(next), nil
}

// beingDeleted refuses to go on with what is to vanish from X.
func beingDeleted() error {
	return fault.New(fault.Conflict, "This post is being deleted from X.").
		Todo("Retry it to delete what is left. To publish the thread again, duplicate it.")
}

// Remembered is for how long it is known of a deleted post that it was there. A
// post's id may come from its caller's idempotency key: while it is known, the
// same request cannot make, and publish, the post anew.
const Remembered = 90 * 24 * time.Hour

// Forget reports whether the post's record may be deleted: nothing goes on with it.
// Whose its tweets are stays known: see publish.Owners.
func (p Post) Forget(now time.Time) error {
	switch {
	case p.Busy(now) || p.Status == Publishing:
		return fault.New(fault.Conflict, "This post is being published.").
			Todo("Cancel it, or wait until it is published or has stopped.")
	case p.Status == Deleting:
		return fault.New(fault.Conflict, "The tweets of this post are being deleted from X.").
			Todo("Wait until that is done.")
	case p.Sub == Unknown:
		return unresolved(p)
	case p.Attempt != nil:
		return fault.New(fault.Conflict, "Tweet %d may be on X already.", p.Next()+1).Todo("Resolve the post first.")
	default:
		return nil
	}
}

// Duplicate makes a draft that says the same, and goes out by the same account.
func (p Post) Duplicate(now time.Time, c Content) (Post, Content) {
	c.Version, c.Notes = 1, nil
	d := New(now, p.AccountID, c, time.Time{}, p.Zone)
	d.Lateness = p.Lateness
	return d, c
}
