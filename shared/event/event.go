// Package event holds what a record has to tell. A transition that makes something true
// also puts the event into the record's outbox, so that one write stores both: nobody
// tells of what is not so, and nothing that is so goes untold.
package event

import (
	"slices"
	"time"

	"spool/shared/fault"
)

// Kind is what happened. The kinds are part of the public API: they never change
// their meaning.
type Kind string

// The kinds.
const (
	PostPublished Kind = "post.published" // all of it is on X
	PostFailed    Kind = "post.failed"    // it has stopped
	PostUnknown   Kind = "post.unknown"   // only a person can say whether one of its tweets is on X
	PostMissed    Kind = "post.missed"    // it could not start in time, and was not published
	PostHeld      Kind = "post.held"      // a limit, a pause or a budget holds it up for long

	AccountReconnect Kind = "account.reconnect_required" // X no longer lets Spool in
	AccountConnected Kind = "account.connected"          // an account that was not connected is back
	AccountPaused    Kind = "account.paused"             // X refuses the account, and its posts wait
	AccountResumed   Kind = "account.resumed"            // they go on
	AppPaused        Kind = "app.paused"                 // X refuses the app, and all posts wait
	AppResumed       Kind = "app.resumed"                // they go on

	BudgetReached   Kind = "budget.reached"   // a thread costs more than is left of a month's budget
	ChannelDisabled Kind = "channel.disabled" // nothing reached a channel for days
	Test            Kind = "test"             // somebody wants to see whether a channel works
	Digest          Kind = "digest"           // what a day came to
)

// Kinds are all kinds that a channel may ask for. Tests and digests are of one channel alone.
func Kinds() []Kind {
	return []Kind{
		PostPublished, PostFailed, PostUnknown, PostMissed, PostHeld,
		AccountReconnect, AccountConnected, AccountPaused, AccountResumed, AppPaused, AppResumed,
		BudgetReached, ChannelDisabled,
	}
}

// Values are all kinds that a notice may be of.
func (Kind) Values() []string {
	var all []string
	for _, k := range append(Kinds(), Test, Digest) {
		all = append(all, string(k))
	}
	return all
}

// Event is something that happened to a record. What it says is of the moment at which
// it came true, whatever became of the record since.
type Event struct {
	// Seq is the revision of the record that the event came true with. So the events of
	// a record are in the order of their numbers, and no two have the same.
	Seq    int64
	Kind   Kind
	At     time.Time
	Reason *fault.Reason // why, and what is to be done; nil: nothing needs saying
	Until  time.Time     // of what is held or paused: until when, at the latest
	Done   int           // of a post: how many of its tweets were published
	Whose  string        // of a budget: the account; empty: it is the one for all
}

// Most is how many events an outbox holds. Where nobody takes them out the oldest go.
const Most = 20

// Outbox are the events of a record that nobody has taken over yet, the oldest first.
type Outbox []Event

// Add puts an event in. The outbox that it is called on stays as it is.
func (o Outbox) Add(e Event) Outbox {
	kept := o[max(0, len(o)-Most+1):]
	return append(slices.Clone(kept), e)
}

// After are the events behind a number; nil where there are none.
func (o Outbox) After(seq int64) Outbox {
	i := slices.IndexFunc(o, func(e Event) bool { return e.Seq > seq })
	if i < 0 {
		return nil
	}
	return slices.Clone(o[i:])
}

// Last is the number of the newest event; 0 where there is none.
func (o Outbox) Last() int64 {
	if len(o) == 0 {
		return 0
	}
	return o[len(o)-1].Seq
}

// Stored is a time as records keep it: in UTC, in whole milliseconds.
func Stored(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
