package post

import (
	"cmp"
	"slices"

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

// Edge is one transition: its name and the statuses that it connects.
type Edge struct {
	Name string
	From []Status
	To   Status
}

// Transitions is the whole state machine. Each name is a method of [Post], save
// that ResolveLast is Resolve for the last tweet of a thread, RestoreDraft is
// Restore of a post that never had a time, RetryUnpublish is Retry of a deletion
// that failed, and RemovedLast is Removed for the last tweet that was left on X. An empty To stays where it is. [New] makes the first status.
func Transitions() []Edge {
	return []Edge{
		{"Schedule", []Status{Draft, Scheduled, Missed, Cancelled}, Scheduled},
		{"Edit", []Status{Draft, Scheduled, Missed, Cancelled, Failed}, ""},
		{"Cancel", []Status{Draft, Scheduled, Publishing, Failed, Missed}, Cancelled},
		{"Retry", []Status{Failed}, Scheduled},
		{"Restore", []Status{Cancelled, Missed}, Scheduled},
		{"RestoreDraft", []Status{Cancelled}, Draft},
		{"Miss", []Status{Scheduled, Publishing}, Missed},
		{"Claim", []Status{Scheduled, Publishing}, Publishing},
		{"Prepare", []Status{Scheduled, Publishing}, Publishing},
		{"Upload", []Status{Publishing}, Publishing},
		{"Await", []Status{Publishing}, Publishing},
		{"Uploaded", []Status{Publishing}, Publishing},
		{"Checkpoint", []Status{Publishing}, Publishing},
		{"Complete", []Status{Publishing}, Published},
		{"Yield", []Status{Publishing}, Publishing},
		{"Doubt", []Status{Publishing}, Publishing},
		{"Resend", []Status{Publishing}, Publishing},
		{"HandOver", []Status{Publishing}, Publishing},
		{"Backoff", []Status{Publishing}, Publishing},
		{"Park", []Status{Scheduled, Publishing}, Publishing},
		{"Park", []Status{Deleting}, Deleting},
		{"Resume", []Status{Publishing, Deleting}, ""},
		{"Fail", []Status{Scheduled, Publishing, Deleting}, Failed},
		{"GiveUp", []Status{Publishing}, Failed},
		{"Resolve", []Status{Failed}, Failed},
		{"ResolveLast", []Status{Failed}, Published},
		{"Unpublish", []Status{Published, Failed, Cancelled}, Deleting},
		{"RetryUnpublish", []Status{Failed}, Deleting},
		{"Withdraw", []Status{Deleting}, Deleting},
		{"Removed", []Status{Deleting}, Deleting},
		{"RemovedLast", []Status{Deleting}, Deleted},
		{"Defer", []Status{Deleting}, Deleting},
	}
}

// leave checks that the transition may start from where the post stands, and
// gives the status that it leads to.
func (p Post) leave(name string) (Status, error) {
	for _, e := range Transitions() {
		if e.Name == name && slices.Contains(e.From, p.Status) {
			return cmp.Or(e.To, p.Status), nil
		}
	}
	if p.waits() {
		return "", waiting(p)
	}
	return "", fault.New(fault.Conflict, "This post is %s; that is not possible now.", p.Status.words()).
		Todo("Read the post again and decide anew.")
}

// waits reports whether the post waits for a limit or a pause to end.
func (p Post) waits() bool {
	return (p.Sub == Paused || p.Sub == RateLimited) && p.Reason != nil && !p.Due.IsZero()
}

// waiting refuses to hurry a post that waits: it says for what, and until when.
func waiting(p Post) error {
	return fault.New(fault.Conflict, "This post has begun and waits, until %s at the latest: %s", p.Due.Format("2006-01-02 15:04:05 MST"), p.Reason.Sentence).
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

// attempted checks that the transition may start from where the post stands, and
// that there is an attempt that it can be about.
func (p Post) attempted(name string) (Status, error) {
	if to, err := p.leave(name); err != nil || p.Attempt != nil {
		return to, err
	}
	return "", fault.New(fault.Conflict, "No tweet of this post is being attempted.").
		Todo("Read the post again and decide anew.")
}
