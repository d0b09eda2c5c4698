package publish_test

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// moves are the transitions that lead to what is stored: more than one where a worker
// makes them at once.
type moves []post.Transition

func (m moves) String() string {
	var names []string
	for _, t := range m {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

// any reports whether one of some transitions is among them.
func (m moves) any(some ...post.Transition) bool {
	return slices.ContainsFunc(m, func(t post.Transition) bool { return slices.Contains(some, t) })
}

// A step is what a worker can store.
type step struct {
	names moves
	// make makes it from what was, with what the outcome says that it was given.
	make func(was, is post.Post) (post.Post, error)
}

// steps are the workers' transitions. Of two with the same outcome the first
// counts.
var steps = []step{
	{moves{post.Prepare}, func(p, is post.Post) (post.Post, error) {
		return p.Prepare(is.UpdatedAt, is.RunID, ttl(is), sentOf(is))
	}},
	{moves{post.Upload}, func(p, is post.Post) (post.Post, error) { return p.Upload(is.UpdatedAt, ttl(is), sentOf(is)) }},
	{moves{post.Await}, func(p, is post.Post) (post.Post, error) { return p.Await(is.UpdatedAt, is.Due, sentOf(is), is.Reason) }},
	{moves{post.Uploaded}, func(p, is post.Post) (post.Post, error) { return p.Uploaded(is.UpdatedAt) }},
	{moves{post.Claim}, func(p, is post.Post) (post.Post, error) { return p.Claim(is.UpdatedAt, is.RunID, ttl(is)) }},
	{moves{post.Checkpoint}, func(p, is post.Post) (post.Post, error) { return p.Checkpoint(is.UpdatedAt, is.Parent(), ttl(is)) }},
	{moves{post.Yield}, func(p, is post.Post) (post.Post, error) { return p.Yield(is.UpdatedAt, is.Parent()) }},
	{moves{post.Complete}, func(p, is post.Post) (post.Post, error) { return p.Complete(is.UpdatedAt, is.Parent()) }},
	{moves{post.Doubt}, doubted(post.NotLooked)},
	{moves{post.Doubt}, doubted(post.NotThere)},
	{moves{post.Doubt}, doubted(post.NotRead)},
	{moves{post.Doubt}, doubted(post.Duplicate)},
	{moves{post.Resend}, func(p, is post.Post) (post.Post, error) { return p.Resend(is.UpdatedAt, ttl(is)) }},
	{moves{post.HandOver}, func(p, is post.Post) (post.Post, error) { return p.HandOver(is.UpdatedAt) }},
	{moves{post.Resend, post.HandOver}, func(p, is post.Post) (post.Post, error) {
		p, err := p.Resend(is.UpdatedAt, time.Minute)
		if err != nil {
			return p, err
		}
		return p.HandOver(is.UpdatedAt)
	}},
	{moves{post.Backoff}, func(p, is post.Post) (post.Post, error) { return p.Backoff(is.UpdatedAt, is.Due, reasonOf(is)) }},
	{moves{post.Park}, func(p, is post.Post) (post.Post, error) {
		return p.Park(is.UpdatedAt, is.Due, is.Sub, reasonOf(is), is.Attempt != nil)
	}},
	{moves{post.Miss}, func(p, is post.Post) (post.Post, error) { return p.Miss(is.UpdatedAt) }},
	{moves{post.Fail}, func(p, is post.Post) (post.Post, error) { return p.Fail(is.UpdatedAt, reasonOf(is)) }},
	{moves{post.GiveUp}, func(p, is post.Post) (post.Post, error) { return p.GiveUp(is.UpdatedAt, reasonOf(is)) }},
	{moves{post.ClaimDeletion}, func(p, is post.Post) (post.Post, error) { return p.ClaimDeletion(is.UpdatedAt, is.RunID, ttl(is)) }},
	{moves{post.Removed}, func(p, is post.Post) (post.Post, error) { return p.Removed(is.UpdatedAt, ttl(is)) }},
	{moves{post.Defer}, func(p, is post.Post) (post.Post, error) { return p.Defer(is.UpdatedAt, is.Due, is.Reason) }},
}

func doubted(look post.Look) func(post.Post, post.Post) (post.Post, error) {
	return func(p, is post.Post) (post.Post, error) { return p.Doubt(is.UpdatedAt, is.Due, look, reasonOf(is)) }
}

func ttl(p post.Post) time.Duration { return p.Lease.Until.Sub(p.UpdatedAt) }

func sentOf(p post.Post) post.Transfer {
	if p.Media == nil {
		return post.Transfer{}
	}
	return *p.Media
}

func reasonOf(p post.Post) fault.Reason {
	if p.Reason == nil {
		return fault.Reason{}
	}
	return *p.Reason
}

// made tells the transitions that lead from what a worker knew to what it stores; none
// when there are none.
func made(was, is post.Post) moves {
	is.Rev, is.Writer = was.Rev, was.Writer
	for _, s := range steps {
		if got, err := s.make(was, is); err == nil && reflect.DeepEqual(got, is) {
			return s.names
		}
	}
	return nil
}
