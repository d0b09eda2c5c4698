// Package transition tells by which of the workers' transitions one record of a post
// became the next, from nothing but the two.
package transition

import (
	"reflect"
	"slices"
	"sync"
	"time"

	"spool/shared/post"
)

// Made is what a worker did to a post.
type Made struct {
	Name post.Transition
	Then post.Transition // what it did at once afterwards, before it stored the post; most often nothing
	Look post.Look       // what Doubt was given
}

// Remind is no transition of a post's life: the post has ended, and its events are handed
// over once more.
const Remind post.Transition = "Remind"

// String names it.
func (m Made) String() string {
	if m.Then != "" {
		return string(m.Name) + ", " + string(m.Then)
	}
	return string(m.Name)
}

// Any reports whether it is, or ends with, one of some transitions.
func (m Made) Any(some ...post.Transition) bool {
	return slices.Contains(some, m.Name) || slices.Contains(some, m.Then)
}

// Between gives what makes the one record of the other, and false where nothing does that
// a worker has. Of two transitions that come to the same it is the first of the list.
// Who stored the records, and which revision each is, does not matter.
func Between(was, is post.Post) (Made, bool) {
	for _, w := range ways() {
		if !w.may(was, is) {
			continue
		}
		got, err := w.make(was, is)
		got.Rev, got.Writer = is.Rev, is.Writer
		if err == nil && reflect.DeepEqual(got, is) {
			return w.Made, true
		}
	}
	return Made{}, false
}

// way is what workers can do: whether it may have made the one of the other, by a cheap
// look, and what it makes with what the other says that it was given.
type way struct {
	Made
	may  func(was, is post.Post) bool
	make func(was, is post.Post) (post.Post, error)
}

// ways are all of them.
var ways = sync.OnceValue(func() []way {
	ttl := func(is post.Post) time.Duration { return is.Lease.Until.Sub(is.UpdatedAt) }
	taken := func(was, is post.Post) bool { return is.Lease.Term == was.Lease.Term+1 }
	freed := func(_, is post.Post) bool { return is.Lease.Owner == "" }
	waits := func(_, is post.Post) bool { return is.Lease.Owner == "" && is.Reason != nil }
	held := func(_, is post.Post) bool { return is.Lease.Owner != "" }
	more := func(was, is post.Post) bool { return len(is.Published) == len(was.Published)+1 }
	media := func(_, is post.Post) bool { return is.Media != nil }
	gone := func(_, is post.Post) bool { return is.Removal != nil }
	last := func(is post.Post) string { return is.Published[len(is.Published)-1].ID }
	step := func(t post.Transition, may func(was, is post.Post) bool,
		make func(was, is post.Post) (post.Post, error)) way {
		return way{Made{Name: t}, may, make}
	}
	all := []way{
		step(post.Claim, taken, func(was, is post.Post) (post.Post, error) {
			return was.Claim(is.UpdatedAt, is.Lease.Owner, ttl(is))
		}),
		step(post.Prepare, func(was, is post.Post) bool {
			return taken(was, is) && is.Media != nil
		}, func(was, is post.Post) (post.Post, error) {
			return was.Prepare(is.UpdatedAt, is.Lease.Owner, ttl(is), *is.Media)
		}),
		step(post.ClaimDeletion, taken, func(was, is post.Post) (post.Post, error) {
			return was.ClaimDeletion(is.UpdatedAt, is.Lease.Owner, ttl(is))
		}),
		step(post.Checkpoint, more, func(was, is post.Post) (post.Post, error) {
			return was.Checkpoint(is.UpdatedAt, last(is), ttl(is))
		}),
		step(post.Complete, more, func(was, is post.Post) (post.Post, error) { return was.Complete(is.UpdatedAt, last(is)) }),
		step(post.Yield, more, func(was, is post.Post) (post.Post, error) { return was.Yield(is.UpdatedAt, last(is)) }),
		step(post.Removed, gone, func(was, is post.Post) (post.Post, error) { return was.Removed(is.UpdatedAt, ttl(is)) }),
		step(post.Defer, gone, func(was, is post.Post) (post.Post, error) {
			return was.Defer(is.UpdatedAt, is.Due, is.Reason)
		}),
		step(post.Upload, media, func(was, is post.Post) (post.Post, error) {
			return was.Upload(is.UpdatedAt, ttl(is), *is.Media)
		}),
		step(post.Await, media, func(was, is post.Post) (post.Post, error) {
			return was.Await(is.UpdatedAt, is.Due, *is.Media, is.Reason)
		}),
		step(post.Uploaded, freed, func(was, is post.Post) (post.Post, error) { return was.Uploaded(is.UpdatedAt) }),
		step(post.Resend, held, func(was, is post.Post) (post.Post, error) { return was.Resend(is.UpdatedAt, ttl(is)) }),
		step(post.HandOver, freed, func(was, is post.Post) (post.Post, error) { return was.HandOver(is.UpdatedAt) }),
		{Made{Name: post.Resend, Then: post.HandOver}, freed, func(was, is post.Post) (post.Post, error) {
			next, err := was.Resend(is.UpdatedAt, 1)
			if err != nil {
				return next, err
			}
			return next.HandOver(is.UpdatedAt)
		}},
		step(post.Miss, waits, func(was, is post.Post) (post.Post, error) { return was.Miss(is.UpdatedAt) }),
		step(post.Backoff, waits, func(was, is post.Post) (post.Post, error) {
			return was.Backoff(is.UpdatedAt, is.Due, *is.Reason)
		}),
		step(post.Fail, waits, func(was, is post.Post) (post.Post, error) { return was.Fail(is.UpdatedAt, *is.Reason) }),
		step(post.GiveUp, waits, func(was, is post.Post) (post.Post, error) { return was.GiveUp(is.UpdatedAt, *is.Reason) }),
		step(post.Resume, freed, func(was, is post.Post) (post.Post, error) { return was.Resume(is.UpdatedAt) }),
		step(post.Park, func(was, is post.Post) bool {
			return waits(was, is) && is.Sub != post.Reconciling
		}, func(was, is post.Post) (post.Post, error) {
			next, err := was.Park(is.UpdatedAt, is.Due, is.Sub, *is.Reason, is.Attempt != nil)
			if is.Hold != nil && is.Hold.Told {
				next = next.TellHold(0)
			}
			return next, err
		}),
		step(post.Spare, func(was, is post.Post) bool {
			return is.Crashes == was.Crashes+1 && !taken(was, is)
		}, func(was, is post.Post) (post.Post, error) { return was.Spare(is.UpdatedAt) }),
		step(Remind, func(was, _ post.Post) bool { return was.Untold() }, func(was, is post.Post) (post.Post, error) {
			// What it was made at is not kept: the next time follows from it.
			next := was.Remind(was.UpdatedAt)
			next.TellBy = is.TellBy
			return next, nil
		}),
	}
	for _, look := range []post.Look{post.NotLooked, post.NotThere, post.NotRead, post.Duplicate} {
		all = append(all, way{Made{Name: post.Doubt, Look: look}, waits, func(was, is post.Post) (post.Post, error) {
			return was.Doubt(is.UpdatedAt, is.Due, look, *is.Reason)
		}})
	}
	return all
})
