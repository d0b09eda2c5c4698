package dynamo

import (
	"context"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// attrForgotten marks the progress of a post that was deleted.
const attrForgotten = "forgotten"

// forgotten reports whether an item is all that is left of a post.
func forgotten(progress item) bool { return progress.bool(attrForgotten) }

// gonePost is the error of a post that was deleted.
func gonePost(id string) error {
	return fault.New(fault.Gone, "The post %.40q was deleted.", id).Todo("Create a new post. Where the request had an Idempotency-Key, give it a new one.")
}

// Forget deletes a post whose stored revision is still p.Rev: else it answers a
// fault of code Conflict. First its progress gives way to a note that it was
// deleted, without a place in any index; from then on reading it is a fault of
// code Gone. Then its texts go. Calling it again, also for a post that is gone
// already, completes what an earlier call left behind. The note stays until the
// given time: see [post.Remembered].
func (s *Posts) Forget(ctx context.Context, p post.Post, until time.Time) error {
	note := newItem(progressKey(p.ID))
	note.setBool(attrForgotten, true)
	note.setN("rev", p.Rev+1)
	note.setN(attrTTL, until.Unix())
	if err := s.t.swap(ctx, note, p.Rev); err != nil {
		if stored, rerr := s.t.get(ctx, progressKey(p.ID)); rerr != nil || !forgotten(stored) {
			return err
		}
	}
	return s.t.clear(ctx, progressKey(p.ID).pk, contentPrefix)
}
