package publish_test

import (
	"reflect"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// A step is a transition that a worker can make.
type step struct {
	name string
	// make makes it from what was, with what the outcome says that it was given.
	make func(was, is post.Post) (post.Post, error)
}

// steps are the workers' transitions. Of two with the same outcome the first
// counts.
var steps = []step{
	{"Prepare", func(p, is post.Post) (post.Post, error) {
		return p.Prepare(is.UpdatedAt, is.RunID, ttl(is), sentOf(is))
	}},
	{"Upload", func(p, is post.Post) (post.Post, error) { return p.Upload(is.UpdatedAt, ttl(is), sentOf(is)) }},
	{"Await", func(p, is post.Post) (post.Post, error) { return p.Await(is.UpdatedAt, is.Due, sentOf(is), is.Reason) }},
	{"Uploaded", func(p, is post.Post) (post.Post, error) { return p.Uploaded(is.UpdatedAt) }},
	{"Claim", func(p, is post.Post) (post.Post, error) { return p.Claim(is.UpdatedAt, is.RunID, ttl(is)) }},
	{"Checkpoint", func(p, is post.Post) (post.Post, error) { return p.Checkpoint(is.UpdatedAt, is.Parent(), ttl(is)) }},
	{"Yield", func(p, is post.Post) (post.Post, error) { return p.Yield(is.UpdatedAt, is.Parent()) }},
	{"Complete", func(p, is post.Post) (post.Post, error) { return p.Complete(is.UpdatedAt, is.Parent()) }},
	{"Doubt", doubted(post.NotLooked)},
	{"Doubt", doubted(post.NotThere)},
	{"Doubt", doubted(post.NotRead)},
	{"Doubt", doubted(post.Duplicate)},
	{"Resend", func(p, is post.Post) (post.Post, error) { return p.Resend(is.UpdatedAt, ttl(is)) }},
	{"HandOver", func(p, is post.Post) (post.Post, error) { return p.HandOver(is.UpdatedAt) }},
	{"Resend, HandOver", func(p, is post.Post) (post.Post, error) {
		p, err := p.Resend(is.UpdatedAt, time.Minute)
		if err != nil {
			return p, err
		}
		return p.HandOver(is.UpdatedAt)
	}},
	{"Backoff", func(p, is post.Post) (post.Post, error) { return p.Backoff(is.UpdatedAt, is.Due, reasonOf(is)) }},
	{"Park", func(p, is post.Post) (post.Post, error) {
		return p.Park(is.UpdatedAt, is.Due, is.Sub, reasonOf(is), is.Attempt != nil)
	}},
	{"Miss", func(p, is post.Post) (post.Post, error) { return p.Miss(is.UpdatedAt) }},
	{"Fail", func(p, is post.Post) (post.Post, error) { return p.Fail(is.UpdatedAt, reasonOf(is)) }},
	{"GiveUp", func(p, is post.Post) (post.Post, error) { return p.GiveUp(is.UpdatedAt, reasonOf(is)) }},
	{"Withdraw", func(p, is post.Post) (post.Post, error) { return p.Withdraw(is.UpdatedAt, is.RunID, ttl(is)) }},
	{"Removed", func(p, is post.Post) (post.Post, error) { return p.Removed(is.UpdatedAt, ttl(is)) }},
	{"Defer", func(p, is post.Post) (post.Post, error) { return p.Defer(is.UpdatedAt, is.Due, is.Reason) }},
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

// transition names the one that leads from what a worker knew to what it stores;
// empty when none does.
func transition(was, is post.Post) string {
	is.Rev, is.Writer = was.Rev, was.Writer
	for _, s := range steps {
		if got, err := s.make(was, is); err == nil && reflect.DeepEqual(got, is) {
			return s.name
		}
	}
	return ""
}
