package chaos

import (
	"context"
	"slices"
	"time"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/post"
)

// poisoned is the weather of a world in which nothing goes wrong but that one post ends
// processes: the others are due at the same second, and in its batch.
func poisoned() weather {
	return weather{
		posts: 8, processes: 1, batch: 10, gather: time.Second, burst: true,
		visibility: 30 * time.Minute, receives: 5, until: 6 * time.Hour, invocation: 5 * time.Minute,
		settings: func(s *xsim.Settings) { s.Limits = map[xsim.Endpoint]xsim.Limit{} },
	}
}

// Poison is the moment at which a post ends the processes that work on it.
type Poison string

// The moments.
const (
	BeforeClaim Poison = "before its claim"   // nothing in its record tells of it
	AtTweet     Poison = "at its first tweet" // its intent is stored
)

// poison ends the process at the moment, if it works on the post.
func (p *process) poison(ctx context.Context, at Poison) {
	if p.w.Poison == at && postOf(ctx) == p.w.ids[0] {
		p.kill()
	}
}

// Neighbours tells what became of a poisoned world's posts: whether all but the poison are
// out, by when the last of them was after their second, how many workers ended in the
// middle of the poison alone, and why that was failed.
func (w *World) Neighbours() (out bool, within time.Duration, reason fault.ReasonCode) {
	out = true
	for _, id := range w.ids[1:] {
		p, _ := w.load(id)
		if out = out && p.Status == post.Published; !out {
			return false, 0, ""
		}
		last := slices.MaxFunc(p.Published, func(a, b post.Receipt) int { return a.PostedAt.Compare(b.PostedAt) })
		within = max(within, last.PostedAt.Sub(p.ScheduledAt))
	}
	if p, _ := w.load(w.ids[0]); p.Reason != nil {
		reason = p.Reason.Code
	}
	return out, within, reason
}
