package post

import (
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// This file holds the transitions that a worker makes while it publishes. Those
// that its owner makes are in owner.go.

// MaxTries is how often one tweet is tried again after a clear, transient
// refusal.
const MaxTries = 3

// Claim takes the post for a worker: its lease, and the intent to send the
// first open tweet. An intent that an earlier worker left behind is kept: X may
// have that tweet already, so it is to be settled, not sent.
//
// Due moves to the end of the lease, which is when a rescue makes sense.
func (p Post) Claim(now time.Time, owner string, ttl time.Duration) (Post, error) {
	to, err := p.leave(Claim)
	if err != nil {
		return p, err
	}
	if p.Busy(now) {
		return p, fault.New(fault.Conflict, "Another worker has this post until %s.",
			p.Lease.Until.Format(time.RFC3339))
	}
	if p.Due.IsZero() || now.Before(p.Due) {
		return p, fault.New(fault.Conflict, "This post is not due yet.")
	}
	p = p.change(to, now).lend(now, owner, ttl)
	if p.Attempt != nil {
		p.Sub = Reconciling
		return p, nil
	}
	p.Attempt = &Attempt{At: event.Stored(now)}
	p.Sub, p.Reason = p.going(), nil
	return p, nil
}

// lend gives a worker the lease. One that another has left behind is counted.
func (p Post) lend(now time.Time, owner string, ttl time.Duration) Post {
	p.Crashes = p.Suspicion(now)
	p.Lease = Lease{Owner: owner, Term: p.Lease.Term + 1, Until: event.Stored(now.Add(ttl))}
	p.RunID, p.Due = owner, p.Lease.Until
	return p
}

// Checkpoint records X's id of the tweet that was attempted, and the intent to
// send the next one, in one change. The lease is renewed; Due stays, so that
// the due index is not written.
func (p Post) Checkpoint(now time.Time, id string, ttl time.Duration) (Post, error) {
	p, err := p.accept(Checkpoint, now, id)
	if err != nil {
		return p, err
	}
	p.Attempt = &Attempt{At: event.Stored(now)}
	p.Lease.Until = event.Stored(now.Add(ttl))
	return p, nil
}

// Yield records X's id and leaves the rest to another run, at once.
func (p Post) Yield(now time.Time, id string) (Post, error) {
	p, err := p.accept(Yield, now, id)
	if err != nil {
		return p, err
	}
	return p.release(now), nil
}

// Complete records X's id of the last tweet: all of the thread is on X.
func (p Post) Complete(now time.Time, id string) (Post, error) {
	p, err := p.accept(Complete, now, id)
	if err != nil {
		return p, err
	}
	return p.tell(event.PostPublished).release(time.Time{}), nil
}

// accept appends the attempted tweet to the published ones.
func (p Post) accept(t Transition, now time.Time, id string) (Post, error) {
	to, err := p.attempted(t)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	p = p.receive(id, now)
	p.Sub = ""
	if p.Status == Publishing {
		p.Sub = ThreadPartial
	}
	p.Reason = nil
	return p, nil
}

// receive appends a receipt for the first open tweet and forgets its trials.
func (p Post) receive(id string, now time.Time) Post {
	at := event.Stored(now)
	if p.Attempt != nil {
		at = p.Attempt.At
	}
	// A fresh slice: copies of a Post never share what they append to.
	p.Published = append(p.Published[:len(p.Published):len(p.Published)],
		Receipt{ID: id, AttemptedAt: at, PostedAt: PostedAt(id)})
	p.Attempt, p.Tries, p.Doubted, p.Hold, p.Crashes = nil, 0, time.Time{}, nil, 0
	return p
}

// Look is what reading the timeline for a doubtful tweet came to.
type Look int

// The looks.
const (
	NotLooked Look = iota // the doubt is new, or it was too early for absence to count
	NotThere              // absent, after the settling time
	NotRead               // the read itself failed
	Duplicate             // not read yet; X calls the tweet a duplicate
)

// Doubt keeps the attempt as one that X may have accepted, and waits until next
// to read (again). The lease is released.
func (p Post) Doubt(now, next time.Time, look Look, reason fault.Reason) (Post, error) {
	to, err := p.attempted(Doubt)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	a := *p.Attempt
	switch look {
	case NotThere:
		a.Absent, a.Failed = a.Absent+1, 0
	case NotRead:
		a.Failed++
	case Duplicate:
		a.Duplicate = true
	case NotLooked:
	}
	p.Attempt, p.Sub, p.Reason = &a, Reconciling, &reason
	return p.release(next), nil
}

// Resend settles a doubt as absent and writes the intent to send the same tweet
// again. That it was doubted is remembered: should X now call it a duplicate,
// the earlier request was accepted after all. It counts as one of the tweet's
// tries: after [MaxTries] of them the caller fails the post instead.
func (p Post) Resend(now time.Time, ttl time.Duration) (Post, error) {
	to, err := p.attempted(Resend)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	if p.Doubted.IsZero() {
		p.Doubted = p.Attempt.At
	}
	p.Tries++
	p.Attempt = &Attempt{At: event.Stored(now)}
	p.Lease.Until = event.Stored(now.Add(ttl))
	p.Sub, p.Reason = p.going(), nil
	return p, nil
}

// HandOver drops an intent whose request never left, because its worker was held
// up or its time ends. Another run goes on at once.
func (p Post) HandOver(now time.Time) (Post, error) {
	to, err := p.attempted(HandOver)
	switch {
	case err != nil:
		return p, err
	case p.Sub == Reconciling:
		return p, fault.New(fault.Conflict, "Tweet %d may be on X already.", p.Next()+1)
	}
	p = p.change(to, now)
	p.Sub, p.Attempt = p.going(), nil
	return p.release(now), nil
}

// Backoff notes a clear, transient refusal of the attempted tweet and waits
// until next. After [MaxTries] of them the caller fails the post instead.
func (p Post) Backoff(now, next time.Time, reason fault.Reason) (Post, error) {
	to, err := p.attempted(Backoff)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	p.Tries++
	p.Sub = retry(p.Tries)
	p.Attempt, p.Reason = nil, &reason
	return p.release(next), nil
}

// Park waits until a limit or a pause ends. What was attempted was clearly
// refused, unless it is still in doubt: then the attempt stays, to be settled
// before anything is sent.
func (p Post) Park(now, until time.Time, sub SubStatus, reason fault.Reason, doubt bool) (Post, error) {
	to, err := p.leave(Park)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	if !doubt {
		p.Attempt = nil
	}
	p.Sub, p.Reason = sub, &reason
	return p.hold(now).release(until), nil
}

// Resume ends the waiting of a post that was parked: what it waited for is over
// before its time.
func (p Post) Resume(now time.Time) (Post, error) {
	to, err := p.leave(Resume)
	switch {
	case err != nil:
		return p, err
	case p.Busy(now) || (p.Sub != Paused && p.Sub != RateLimited):
		return p, fault.New(fault.Conflict, "This post does not wait for a pause to end.")
	}
	p = p.change(to, now)
	return p.release(now), nil
}

// Fail ends the post for a reason that trying again would not change. What is
// published stays recorded; [Post.Retry] resumes at the first open tweet, or goes
// on deleting. The attempted tweet is certainly not on X: else it is
// [Post.GiveUp].
func (p Post) Fail(now time.Time, reason fault.Reason) (Post, error) {
	to, err := p.leave(Fail)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	p.Sub, p.Attempt, p.Reason = "", nil, &reason
	return p.tell(event.PostFailed).release(time.Time{}), nil
}

// MaxCrashes is how often in a row the work on a post may end without a word, when its message dies, before it
// is failed. One that is suspected is worked on alone, so it is not the neighbours of what ends processes that come to
// so many.
const MaxCrashes = 3

// Spare leaves a post due whose message died: it is suspected, and gets another chance alone. After [MaxCrashes] the
// caller fails it instead.
func (p Post) Spare(now time.Time) (Post, error) {
	to, err := p.leave(Spare)
	switch {
	case err != nil:
		return p, err
	case p.Busy(now):
		return p, fault.New(fault.Conflict, "A worker has this post until %s.", p.Lease.Until.Format(time.RFC3339))
	}
	p = p.change(to, now)
	p.Crashes++
	return p, nil
}

// GiveUp stops with a doubt that reading could not settle. A person must say
// whether the tweet is out: [Post.Resolve].
func (p Post) GiveUp(now time.Time, reason fault.Reason) (Post, error) {
	to, err := p.attempted(GiveUp)
	if err != nil {
		return p, err
	}
	p = p.change(to, now)
	p.Sub, p.Reason = Unknown, &reason
	return p.tell(event.PostUnknown).release(time.Time{}), nil
}

// retry is the sub-status after so many tries.
func retry(tries int) SubStatus {
	return []SubStatus{Retry1, Retry2, Retry3}[min(tries, MaxTries)-1]
}

// going is the sub-status of a post that is being worked on.
func (p Post) going() SubStatus {
	if len(p.Published) > 0 {
		return ThreadPartial
	}
	return ""
}

// release ends the lease; its term stays, so that terms only grow. The post is
// due again at the given time, or never.
func (p Post) release(due time.Time) Post {
	was := p.Due
	p.Lease.Owner, p.Lease.Until, p.Due = "", time.Time{}, event.Stored(due)
	return p.findable(was)
}

// change moves to a status at a time.
func (p Post) change(to Status, now time.Time) Post {
	p.Status, p.UpdatedAt = to, event.Stored(now)
	if to != Publishing && to != Deleting {
		p.Hold = nil
	}
	return p
}
