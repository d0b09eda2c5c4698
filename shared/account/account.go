// Package account is what Spool keeps of X accounts: who they are, whether X lets
// them in, who renews their tokens now, what is to be told about them, the pauses
// that hold their posts, and what X may charge for them.
//
// The records have one method per transition and do no I/O; a conditional write
// enforces what each started from (see [Store]). [Service] carries out what an
// account's owner decides. What is in a sealed pair only the package vault knows.
package account

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// Health says whether X lets an account in.
type Health string

// The healths.
const (
	Connected    Health = "connected"
	NeedsConnect Health = "reconnect_required" // X refused its tokens for good; Reason says why
	Disconnected Health = "disconnected"       // its owner ended it; its history stays
)

// Account is an X account as Spool keeps it, with its sealed token pair.
type Account struct {
	ID       string // X's user id
	Username string
	Name     string
	Scopes   []string      // as granted
	Zone     string        // the default IANA zone of its schedules
	Lateness time.Duration // by how much its posts may start late; zero: however late
	Limit    int           // the weighted length of one tweet: 280, or up to 25,000 with Premium

	Health Health
	Reason *fault.Reason // why it needs connecting, or what the last refresh met
	Since  time.Time     // of Health

	// Sealed is the pair, sealed for this account and version. A disconnected
	// account keeps it only until X has been told to end the access.
	Sealed  []byte
	Version int64     // of the pair: each new pair adds one, and so does destroying it
	Expires time.Time // of the access token

	Lease       Lease     // who refreshes it now
	RefreshedAt time.Time // the last success
	RefreshAt   time.Time // when the schedule does something for it next; zero: never
	Failures    int       // failed refreshes in a row
	FailingAt   time.Time // since when
	UsedAt      time.Time // when publishing last asked for a new token
	// Spent says that the answer of a refresh was lost: X may have rotated the
	// pair, and the refresh token that is kept may be used up.
	Spent bool

	ConnectedAt time.Time    // when its owner allowed the access last
	Events      event.Outbox // what is to be told of it, and was not handed over yet

	Rev    int64 // of the stored record: each change adds one
	Writer string
}

// Recheck is how often a post looks whether its account is back.
const Recheck = 10 * time.Minute

// NewWriter names whoever is about to change a record: the owner of a [Lease], and
// the writer of a revision.
func NewWriter() string { return rand.Text() }

// Scopes are what Spool asks X for.
func Scopes() []string {
	return []string{"tweet.read", "tweet.write", "users.read", "media.write", "offline.access"}
}

// MissingScopes are those of [Scopes] that were not granted: the account is
// connected, and what needs these is not possible.
func (a Account) MissingScopes() []string {
	var missing []string
	for _, s := range Scopes() {
		if !slices.Contains(a.Scopes, s) {
			missing = append(missing, s)
		}
	}
	return missing
}

// Usable is an error, with the verdict that holds the account's posts, when X
// does not let it in.
func (a Account) Usable(now time.Time) error {
	var r fault.Reason
	switch a.Health {
	case NeedsConnect:
		r = fault.ReasonReconnect.Reason().Says(fmt.Sprintf("X no longer accepts the connection of @%s.", a.Username))
	case Disconnected:
		r = fault.ReasonDisconnected.Reason().Says(fmt.Sprintf("@%s is disconnected.", a.Username))
	default:
		return nil
	}
	return unusable{r, now.Add(Recheck)}
}

// unusable is the error of an account that X does not let in.
type unusable struct {
	reason fault.Reason
	until  time.Time // when to look again
}

func (e unusable) Error() string { return e.reason.Sentence }
func (e unusable) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Final, Until: e.until, Reason: e.reason}
}

// tell puts an event into the outbox.
func (a Account) tell(now time.Time, k event.Kind, why *fault.Reason) Account {
	a.Events = a.Events.Add(event.Event{Seq: a.Rev + 1, Kind: k, At: event.Stored(now), Reason: why})
	return a
}

// Handed takes the events up to a number out of the outbox: somebody has them now.
func (a Account) Handed(seq int64) Account {
	a.Events = a.Events.After(seq)
	return a
}
