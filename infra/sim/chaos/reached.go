package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"spool/infra/sim/transition"
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
	made, ok := transition.Between(was, is)
	if !ok {
		w.say("%s changed by no transition that a worker has (see package transition): from %+v to %+v", is.ID, was, is)
		return
	}
	if made.Name == post.Removed && is.Status == post.Deleted {
		made.Name = post.RemovedLast
	}
	w.reach(ReachedBy(made.Name))
	if made.Then != "" {
		w.reach(ReachedBy(made.Then))
	}
	if how := p.settled(made, was, is); how != "" {
		w.reach("settling: " + how)
	}
}

// settled tells which branch of settling a doubt a change is; empty for none.
func (p *process) settled(made transition.Made, was, is post.Post) string {
	doubt := was.Sub == post.Reconciling && was.Attempt != nil
	code := ""
	if is.Reason != nil {
		code = string(is.Reason.Code)
	}
	switch made.Name {
	case post.Claim:
		if is.Sub == post.Reconciling && was.Sub != post.Reconciling {
			return "an intent was found"
		}
	case post.Checkpoint, post.Complete, post.Yield:
		switch {
		case doubt:
			return "found"
		case p.isUnclear(is.ID):
			return "found at the first look"
		}
	case post.Doubt:
		return looked(made.Look, doubt, code)
	case post.Resend:
		if made.Then == post.HandOver {
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

// isUnclear reports whether the last request for a tweet of a post got no clear answer.
func (p *process) isUnclear(id string) bool {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.unclear[id]
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
