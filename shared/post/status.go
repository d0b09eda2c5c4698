package post

import (
	"cmp"

	"spool/shared/fault"
)

// Status is where a post stands.
type Status string

// The statuses. [Transitions] says how one leads to another.
const (
	Draft      Status = "draft"      // kept, not scheduled
	Scheduled  Status = "scheduled"  // will start at its time
	Publishing Status = "publishing" // has started; SubStatus says what goes on
	Published  Status = "published"  // all of it is on X
	Failed     Status = "failed"     // stopped; Reason says why; retry resumes
	Cancelled  Status = "cancelled"  // stopped by its owner
	Missed     Status = "missed"     // its time passed by more than its lateness limit
	Deleting   Status = "deleting"   // its tweets are being deleted from X, last to first
	Deleted    Status = "deleted"    // none of its tweets is on X any more
)

// SubStatus says what goes on within a status.
type SubStatus string

// The sub-statuses. All but Unknown belong to Publishing; the retries, RateLimited
// and Paused to Deleting as well.
const (
	Retry1         SubStatus = "retry_1" // refused for the moment; tries again
	Retry2         SubStatus = "retry_2"
	Retry3         SubStatus = "retry_3"
	RateLimited    SubStatus = "rate_limited"    // waits for X's limit until Due
	MediaUploading SubStatus = "media_uploading" // X is given the media
	MediaUploaded  SubStatus = "media_uploaded"  // X has all media
	ThreadPartial  SubStatus = "thread_partial"  // some tweets are out, others not yet
	Reconciling    SubStatus = "reconciling"     // X may have a tweet whose answer was lost: being read up
	Paused         SubStatus = "paused"          // the account or the whole app waits, for a reason
	Unknown        SubStatus = "unknown"         // of Failed: only a person can say whether a tweet is out
)

// waits reports whether the post waits for a limit or a pause to end.
func (p Post) waits() bool {
	return (p.Sub == Paused || p.Sub == RateLimited) && p.Reason != nil && !p.Due.IsZero()
}

// waiting refuses to hurry a post that waits: it says for what, and until when.
func waiting(p Post) error {
	return fault.New(fault.Conflict, "This post has begun and waits, until %s at the latest: %s",
		p.Due.Format("2006-01-02 15:04:05 MST"), p.Reason.Sentence).
		Todo("%s", cmp.Or(p.Reason.Todo, "Nothing: Spool goes on by itself."))
}

// words is the status in a sentence that begins with "This post is".
func (s Status) words() string {
	switch s {
	case Deleting:
		return "being deleted from X"
	case Deleted:
		return "deleted from X"
	default:
		return string(s)
	}
}

// GoesOn reports whether something happens to a post of the status by itself.
func (s Status) GoesOn() bool { return s == Scheduled || s == Publishing || s == Deleting }
