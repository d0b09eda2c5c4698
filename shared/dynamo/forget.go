package dynamo

import (
	"context"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// attrForgotten marks the progress of a post that was deleted.
const attrForgotten = "forgotten"

// tombstone is what is left of a post.
type tombstone struct {
	account string // whose post it was; empty: of before that was kept
	rev     int64
	until   time.Time
}

// tombstones is the kind of what takes the place of a progress.
var tombstones = kind[tombstone]{name: "tombstone", version: 3, fields: func(f *form, t *tombstone) {
	marked := true
	boolean(f, attrForgotten, &marked)
	text(f, "account", &t.account)
	count(f, "rev", &t.rev)
	expiry(f, t.until)
}}

// forgotten reports whether an item is all that is left of a post.
func forgotten(progress item) bool { return progress[attrForgotten] != nil }

// gonePost is the error of a post that was deleted.
func gonePost(id string) error {
	return fault.New(fault.Gone, "The post %.40q was deleted.", id).
		Todo("Create a new post. Where the request had an Idempotency-Key, give it a new one.")
}

// Forget deletes a post whose stored revision is still p.Rev: else it answers a
// fault of code Conflict. First its progress gives way to a note that it was
// deleted, without a place in any index; from then on reading it is a fault of
// code Gone. Then its texts go. Whose its tweets were is noted before, for as long:
// a doubt of another post never takes them for its own. Calling it again, also for a post that is gone
// already, completes what an earlier call left behind. The note stays until the
// given time: see [post.Remembered].
func (s *Posts) Forget(ctx context.Context, p post.Post, until time.Time) error {
	if err := s.keepOwners(ctx, p, until); err != nil {
		return err
	}
	note, err := tombstones.encode(progressKey(p.ID), tombstone{account: p.AccountID, rev: p.Rev + 1, until: until})
	if err != nil {
		return err
	}
	if err := s.t.replace(ctx, note, p.Rev); err != nil {
		if stored, rerr := s.t.get(ctx, progressKey(p.ID)); rerr != nil || !forgotten(stored) {
			return err
		}
	}
	if p.Opening != "" {
		if err := s.t.drop(ctx, openingKey(p, p.Opening)); err != nil {
			return err
		}
	}
	return s.t.clear(ctx, progressKey(p.ID).pk, progressSK)
}
