package publish

import (
	"time"

	"spool/shared/post"
)

// This file is about tables that were set back to an earlier time. More may have become of a post that they know than
// its record says: every tweet of it that the record does not have may be on X. So each is looked for before it is
// sent, as one in doubt is; what is there is recorded, and the next is looked for.
//
// That a tweet is not there counts at once. What has sent it ended when the tables were set back, long before anybody
// said that this may go on.

// restored reports whether the post may have become more than its record says.
func (r *run) restored() bool { return r.rec.CreatedAt.Before(r.Config.Restored) }

// lost is since when a tweet may have been sent that the record does not know of; zero where it knows all.
func (r *run) lost() time.Time {
	if !r.restored() {
		return time.Time{}
	}
	return r.Config.Restored.Add(-post.Skew - r.Config.Settle)
}

// lookBack looks for the tweet that is to be sent next, where an earlier history may have sent it.
func (r *run) lookBack() outcome {
	if !r.restored() {
		return goOn
	}
	switch found, err := r.look(); {
	case err != nil:
		return r.timelineUnread(err)
	case len(found) == 0:
		return goOn
	case len(found) == 1:
		return r.adopt(found[0])
	default:
		return r.undecided(found)
	}
}
