package post

import (
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
)

// SubStatus says what goes on within a status.
type SubStatus string

// The sub-statuses. All but Unknown belong to Publishing.
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
// that ResolveLast is Resolve for the last tweet of a thread. An empty To stays
// where it is. [New] makes the first status.
func Transitions() []Edge {
	return []Edge{
		{"Schedule", []Status{Draft, Scheduled, Missed}, Scheduled},
		{"Edit", []Status{Draft, Scheduled, Missed, Cancelled, Failed}, ""},
		{"Cancel", []Status{Draft, Scheduled, Publishing, Failed, Missed}, Cancelled},
		{"Retry", []Status{Failed, Cancelled, Missed}, Scheduled},
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
		{"Resume", []Status{Publishing}, Publishing},
		{"Fail", []Status{Scheduled, Publishing}, Failed},
		{"GiveUp", []Status{Publishing}, Failed},
		{"Resolve", []Status{Failed}, Failed},
		{"ResolveLast", []Status{Failed}, Published},
	}
}

// leave checks that the transition may start from where the post stands, and
// gives the status that it leads to.
func (p Post) leave(name string) (Status, error) {
	all := Transitions()
	i := slices.IndexFunc(all, func(e Edge) bool { return e.Name == name })
	if slices.Contains(all[i].From, p.Status) {
		if all[i].To == "" {
			return p.Status, nil
		}
		return all[i].To, nil
	}
	return "", fault.New(fault.Conflict, "This post is %s; that is not possible now.", p.Status).
		Todo("Read the post again and decide anew.")
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
