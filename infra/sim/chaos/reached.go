package chaos

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"spool/shared/post"
)

// This file counts what worlds come by. All of it is seen from outside: in what is
// stored, before and after, and in the requests.

// Reached says how often something occurred: "transition Claim", "row create the
// post: 402 credits_depleted", "reason duplicate_text", "settling: found".
type Reached map[string]int

// ReachedBy is how a transition is counted.
func ReachedBy(t post.Transition) string { return "transition " + string(t) }

// Add adds what another world reached.
func (r Reached) Add(o Reached) {
	for what, n := range o {
		r[what] += n
	}
}

// String lists it, sorted.
func (r Reached) String() string {
	var s strings.Builder
	for _, what := range slices.Sorted(maps.Keys(r)) {
		fmt.Fprintf(&s, "%9d %s\n", r[what], what)
	}
	return s.String()
}

// Missing tells what of all was not reached, and of beyond what was.
func (r Reached) Missing(all []string, beyond map[string]string) (wrong []string) {
	for _, what := range all {
		switch why := beyond[what]; {
		case r[what] == 0 && why == "":
			wrong = append(wrong, what+" was never reached")
		case r[what] > 0 && why != "":
			wrong = append(wrong, fmt.Sprintf("%s was reached, though %s", what, why))
		}
	}
	return wrong
}

// Reached tells what the world came by.
func (w *World) Reached() Reached { return w.reached }

// reach counts something.
func (w *World) reach(what string) {
	w.mu.Lock()
	w.reached[what]++
	w.mu.Unlock()
}

// reason counts a reason that is stored.
func (w *World) reason(code string) {
	if code != "" {
		w.reach("reason " + code)
	}
}

// changed sees a record change under a worker.
func (p *process) changed(was, is post.Post) {
	if is.Rev != was.Rev+1 {
		return // it was stored already
	}
	w := p.w
	if is.Reason != nil {
		w.reason(string(is.Reason.Code))
	}
	made, ok := transition(was, is)
	if !ok {
		w.say("%s changed by no transition that a worker has (see transitions): from %+v to %+v", is.ID, was, is)
		return
	}
	if made.name == post.Removed && is.Status == post.Deleted {
		made.name = post.RemovedLast
	}
	w.reach(ReachedBy(made.name))
	if made.then != "" {
		w.reach(ReachedBy(made.then))
	}
	if how := p.settled(made, was, is); how != "" {
		w.reach("settling: " + how)
	}
}

// transition is what makes the one record of the other, if anything does.
func transition(was, is post.Post) (shape, bool) {
	for _, t := range transitions() {
		if !t.may(was, is) {
			continue
		}
		made, err := t.make(was, is)
		made.Rev, made.Writer = is.Rev, is.Writer
		if err == nil && reflect.DeepEqual(made, is) {
			return t, true
		}
	}
	return shape{}, false
}

// shape is a transition that workers make, or two at once: whether it may have made the
// one of the other, by a cheap look, and what it makes with what the other says.
type shape struct {
	name post.Transition
	then post.Transition // made of it at once; most often none
	look post.Look       // of Doubt
	may  func(was, is post.Post) bool
	make func(was, is post.Post) (post.Post, error)
}

// transitions are those that workers make.
var transitions = sync.OnceValue(func() []shape {
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
		make func(was, is post.Post) (post.Post, error)) shape {
		return shape{name: t, may: may, make: make}
	}
	all := []shape{
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
		{name: post.Resend, then: post.HandOver, may: freed, make: func(was, is post.Post) (post.Post, error) {
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
			return was.Park(is.UpdatedAt, is.Due, is.Sub, *is.Reason, is.Attempt != nil)
		}),
	}
	for _, look := range []post.Look{post.NotLooked, post.NotThere, post.NotRead, post.Duplicate} {
		all = append(all, shape{name: post.Doubt, look: look, may: waits, make: func(was, is post.Post) (post.Post, error) {
			return was.Doubt(is.UpdatedAt, is.Due, look, *is.Reason)
		}})
	}
	return all
})

// settled tells which branch of settling a doubt a change is; empty for none.
func (p *process) settled(made shape, was, is post.Post) string {
	doubt := was.Sub == post.Reconciling && was.Attempt != nil
	code := ""
	if is.Reason != nil {
		code = string(is.Reason.Code)
	}
	switch made.name {
	case post.Claim:
		if is.Sub == post.Reconciling && was.Sub != post.Reconciling {
			return "an intent was found"
		}
	case post.Checkpoint, post.Complete, post.Yield:
		switch {
		case doubt:
			return "found"
		case p.unclear:
			return "found at the first look"
		}
	case post.Doubt:
		return looked(made.look, doubt, code)
	case post.Resend:
		if made.then == post.HandOver {
			return "not there twice, its media first"
		}
		return "not there twice, sent again"
	case post.Park:
		if is.Attempt != nil {
			return "waits for a limit or a pause"
		}
	case post.Fail:
		if doubt {
			return "not there: " + code
		}
	case post.GiveUp:
		return "unknown: " + unknown(is)
	}
	return ""
}

// looked tells what a look at the timeline came to: of a doubt that there was, or is now.
func looked(look post.Look, doubt bool, code string) string {
	switch {
	case look == post.NotThere:
		return "not there once"
	case look == post.NotRead && strings.HasPrefix(code, "same_text_"):
		return "not read: " + code
	case look == post.NotRead:
		return "not read"
	case look == post.Duplicate:
		return "called a duplicate"
	case doubt:
		return "not there, and too early"
	default:
		return "begun"
	}
}

// unknown tells why a person has to say whether a tweet is out.
func unknown(is post.Post) string {
	for _, why := range []string{
		"tweets on the timeline could be it", "has this text already", "could not be read in many tries",
		"no longer connected", "gave up",
		"begins with the same words is unknown", "shows other uploads", "pages of tweets",
	} {
		if strings.Contains(is.Reason.Sentence, why) {
			return why
		}
	}
	return "the timeline is refused"
}

// edge is the transition by which the owner does something with a post.
func edge(what string, is post.Post) post.Transition {
	switch {
	case what == "resolve" && is.Status == post.Published:
		return post.ResolveLast
	case what == "retry" && is.Status == post.Deleting:
		return post.RetryUnpublish
	case what == "restore" && is.Status == post.Draft:
		return post.RestoreDraft
	case what == "publish":
		return post.Schedule
	default:
		return post.Transition(strings.ToUpper(what[:1]) + what[1:]) // its method's name
	}
}
