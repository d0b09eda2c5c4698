package post

import (
	"cmp"
	"slices"

	"spool/shared/fault"
)

// Transition names a way from one status to another, or one that stays where it is.
// [Transitions] says between which; [New] makes the first status.
type Transition string

// The transitions that a post's owner makes. Each is the method of [Post] that has its
// name, unless it says otherwise.
const (
	Schedule       Transition = "Schedule"       // gives it a (new) time
	Edit           Transition = "Edit"           // changes what is not published yet
	Cancel         Transition = "Cancel"         // stops it: nothing more goes out
	Retry          Transition = "Retry"          // goes on at the first open tweet, at once
	Restore        Transition = "Restore"        // takes a cancellation back: it waits for its time again
	RestoreDraft   Transition = "RestoreDraft"   // is Restore of one that never had a time
	Resolve        Transition = "Resolve"        // takes a person's word on a tweet whose outcome is unknown
	ResolveLast    Transition = "ResolveLast"    // is Resolve of the thread's last tweet, which is on X
	Unpublish      Transition = "Unpublish"      // asks for its tweets to be deleted from X
	RetryUnpublish Transition = "RetryUnpublish" // is Retry of a deletion that stopped
)

// The transitions that a worker makes before it publishes. The media are uploaded to X
// without an intent to send a tweet.
const (
	Miss     Transition = "Miss"     // ends what did not start in time
	Prepare  Transition = "Prepare"  // takes it, to upload its media to X
	Upload   Transition = "Upload"   // notes how much X has of the media, and renews the lease
	Await    Transition = "Await"    // leaves the media: X is at work on them, refused them for now, or time is up
	Uploaded Transition = "Uploaded" // X has all media
)

// The transitions that a worker makes while it publishes.
const (
	Claim      Transition = "Claim"      // takes it, with the intent to send the first open tweet
	Checkpoint Transition = "Checkpoint" // records a tweet, and the intent to send the next
	Yield      Transition = "Yield"      // records a tweet, and leaves the rest to another run
	Complete   Transition = "Complete"   // records the last tweet
	Doubt      Transition = "Doubt"      // waits to read whether X has the tweet
	Resend     Transition = "Resend"     // X does not have it: writes the intent to send it again
	HandOver   Transition = "HandOver"   // drops an intent whose request has not left
	Backoff    Transition = "Backoff"    // waits after a clear, transient refusal
	Park       Transition = "Park"       // waits for a limit or a pause to end
	Resume     Transition = "Resume"     // that is over before its time
	Spare      Transition = "Spare"      // leaves it due though its message died
	Fail       Transition = "Fail"       // stops for a reason that trying again would not change
	GiveUp     Transition = "GiveUp"     // stops with a doubt that only a person can settle
)

// The transitions that a worker makes while it deletes the tweets from X.
const (
	ClaimDeletion Transition = "ClaimDeletion" // takes it, to delete its tweets
	Removed       Transition = "Removed"       // records that the last tweet that was left is gone
	RemovedLast   Transition = "RemovedLast"   // is Removed of the thread's first tweet: none is left
	Defer         Transition = "Defer"         // goes on later: X refused for now, or time is up
)

// Edge is a transition and the statuses that it connects.
type Edge struct {
	Name Transition
	From []Status
	To   Status // empty: it stays where it is
}

// Transitions is the whole state machine.
func Transitions() []Edge {
	return []Edge{
		{Schedule, []Status{Draft, Scheduled, Missed, Cancelled}, Scheduled},
		{Edit, []Status{Draft, Scheduled, Missed, Cancelled, Failed}, ""},
		{Cancel, []Status{Draft, Scheduled, Publishing, Failed, Missed}, Cancelled},
		{Retry, []Status{Failed}, Scheduled},
		{Restore, []Status{Cancelled, Missed}, Scheduled},
		{RestoreDraft, []Status{Cancelled}, Draft},
		{Miss, []Status{Scheduled, Publishing}, Missed},
		{Claim, []Status{Scheduled, Publishing}, Publishing},
		{Prepare, []Status{Scheduled, Publishing}, Publishing},
		{Upload, []Status{Publishing}, Publishing},
		{Await, []Status{Publishing}, Publishing},
		{Uploaded, []Status{Publishing}, Publishing},
		{Checkpoint, []Status{Publishing}, Publishing},
		{Complete, []Status{Publishing}, Published},
		{Yield, []Status{Publishing}, Publishing},
		{Doubt, []Status{Publishing}, Publishing},
		{Resend, []Status{Publishing}, Publishing},
		{HandOver, []Status{Publishing}, Publishing},
		{Backoff, []Status{Publishing}, Publishing},
		{Park, []Status{Scheduled, Publishing}, Publishing},
		{Park, []Status{Deleting}, Deleting},
		{Resume, []Status{Publishing, Deleting}, ""},
		{Spare, []Status{Scheduled, Publishing, Deleting}, ""},
		{Fail, []Status{Scheduled, Publishing, Deleting}, Failed},
		{GiveUp, []Status{Publishing}, Failed},
		{Resolve, []Status{Failed}, Failed},
		{ResolveLast, []Status{Failed}, Published},
		{Unpublish, []Status{Published, Failed, Cancelled}, Deleting},
		{RetryUnpublish, []Status{Failed}, Deleting},
		{ClaimDeletion, []Status{Deleting}, Deleting},
		{Removed, []Status{Deleting}, Deleting},
		{RemovedLast, []Status{Deleting}, Deleted},
		{Defer, []Status{Deleting}, Deleting},
	}
}

// leave checks that the transition may start from where the post stands, and
// gives the status that it leads to.
func (p Post) leave(t Transition) (Status, error) {
	for _, e := range Transitions() {
		if e.Name == t && slices.Contains(e.From, p.Status) {
			return cmp.Or(e.To, p.Status), nil
		}
	}
	if p.waits() {
		return "", waiting(p)
	}
	return "", fault.New(fault.Conflict, "This post is %s; that is not possible now.", p.Status.words()).
		Todo("Read the post again, then decide.")
}

// attempted checks that the transition may start from where the post stands, and
// that there is an attempt that it can be about.
func (p Post) attempted(t Transition) (Status, error) {
	if to, err := p.leave(t); err != nil || p.Attempt != nil {
		return to, err
	}
	return "", fault.New(fault.Conflict, "No tweet of this post is being attempted.").
		Todo("Read the post again, then decide.")
}
