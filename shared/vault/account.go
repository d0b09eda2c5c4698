package vault

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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

	ConnectedAt time.Time // when its owner allowed the access last
	Notices     []Notice  // what is to be told about it, and has not been yet

	Rev    int64 // of the stored record: each change adds one
	Writer string
}

// Lease says who refreshes an account, and until when nobody else does.
type Lease struct {
	Owner string
	Term  int64
	Until time.Time
}

// newWriter names whoever is about to change a record: the owner of a [Lease], and
// the writer of a revision.
func newWriter() string { return rand.Text() }

// Notice is an event about an account that is to be delivered. It is stored in
// the very write that makes it true.
type Notice struct {
	Kind string    `json:"kind"` // "reconnect_required", or "connected" when the account is back
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

const (
	// idle is after how long without use an account counts as idle. Use is noted
	// where publishing finds the token too old, so an account in daily use falls
	// idle too and is taken up again by its next post, at the cost of one refresh.
	idle = 72 * time.Hour
	// idleEvery is how often an idle account's pair is refreshed: X drops a
	// refresh token that was not used for about six months. It comes up to
	// idleSpread earlier.
	idleEvery  = 30 * 24 * time.Hour
	idleSpread = 24 * time.Hour
	// ahead is how long before its end an access token is refreshed by the
	// schedule, at the least, and spread how much earlier at the most.
	ahead  = 20 * time.Minute
	spread = 15 * time.Minute
	// firstRetry and lastRetry bound the wait after a failed refresh, which
	// doubles each time.
	firstRetry = time.Minute
	lastRetry  = time.Hour
	// maxNotices bounds the outbox of one account.
	maxNotices = 20
	// recheck is how often a post looks whether its account is back.
	recheck = 10 * time.Minute
)

// Lacks names what was not granted of [Scopes]: the account is connected, and
// what needs these is not possible.
func (a Account) Lacks() []string {
	var missing []string
	for _, s := range Scopes() {
		if !slices.Contains(a.Scopes, s) {
			missing = append(missing, s)
		}
	}
	return missing
}

// leased reports whether somebody refreshes the account.
func (a Account) leased(now time.Time) bool {
	return a.Lease.Owner != "" && now.Before(a.Lease.Until)
}

// lease takes the account for one worker. An owner that is still there let its
// lease run out: it may have died after X answered, so the token may be spent.
func (a Account) lease(owner string, until time.Time) Account {
	a.Spent = a.Spent || a.Lease.Owner != ""
	a.Writer = owner
	a.Lease = Lease{Owner: owner, Term: a.Lease.Term + 1, Until: until}
	return a
}

// release ends the lease. The term stays, so that terms only grow.
func (a Account) release() Account {
	a.Lease = Lease{Term: a.Lease.Term}
	return a
}

// take puts a new pair in the place of the old one, sealed for the next version.
func (a Account) take(now time.Time, p Pair, sealed []byte, jitter float64) Account {
	a.Sealed, a.Expires, a.Version = sealed, p.Expires, a.Version+1
	if len(p.Scopes) > 0 {
		a.Scopes = p.Scopes
	}
	a.RefreshedAt, a.Failures, a.FailingAt, a.Spent, a.Reason = now, 0, time.Time{}, false, nil
	switch a.Health {
	case Connected:
	case NeedsConnect, Disconnected:
		a = a.note(now, Connected, fmt.Sprintf("@%s is connected again.", a.Username))
		fallthrough
	default:
		a.Health, a.Since = Connected, now
	}
	a.RefreshAt = a.next(now, jitter)
	return a.release()
}

// next is when the schedule is to refresh the pair: shortly before the access
// token ends, or rarely when nobody uses the account. The jitter, in [0,1),
// spreads accounts that were connected at the same moment.
func (a Account) next(now time.Time, jitter float64) time.Time {
	if now.Sub(a.UsedAt) > idle {
		return now.Add(idleEvery - part(idleSpread, jitter))
	}
	return a.Expires.Add(-ahead - part(spread, jitter))
}

// fail notes a request to X that did not succeed, and when to try again.
func (a Account) fail(now time.Time, v fault.Verdict, jitter float64) Account {
	if a.Failures == 0 {
		a.FailingAt = now
	}
	wait := min(firstRetry<<min(a.Failures, 10), lastRetry)
	a.Failures++
	a.Spent = a.Spent || v.Action == fault.Settle
	a.Reason = &v.Reason
	a.RefreshAt = now.Add(wait + part(wait/2, jitter))
	if v.Until.After(a.RefreshAt) {
		a.RefreshAt = v.Until
	}
	return a.release()
}

// waiting is an error while the last refresh failed and the next try is not due:
// an outage of X's is not made worse by every post that is due in it.
func (a Account) waiting(now time.Time) error {
	if a.Failures == 0 || a.Reason == nil || !now.Before(a.RefreshAt) {
		return nil
	}
	return unrefreshed{verdict: fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Retry, Until: a.RefreshAt, Reason: *a.Reason}}
}

// refuse notes that X no longer takes the refresh token: only its owner can
// connect the account again.
func (a Account) refuse(now time.Time, reason fault.Reason) Account {
	if a.Spent {
		reason.Sentence = "X's answer to a renewal of the tokens was lost, and X does not accept the old ones any more."
	}
	a.RefreshAt, a.Reason = time.Time{}, &reason
	if a.Health != NeedsConnect {
		a = a.note(now, NeedsConnect, reason.Sentence)
		a.Health, a.Since = NeedsConnect, now
	}
	return a.release()
}

// end disconnects the account for its owner. The pair stays until X has been
// told; should this worker die before, the schedule tells X after the lease.
func (a Account) end(now time.Time) Account {
	if a.Health != Disconnected {
		a.Health, a.Since, a.Failures, a.FailingAt, a.Reason = Disconnected, now, 0, time.Time{}, nil
	}
	a.RefreshAt = a.Lease.Until
	return a
}

// destroy forgets the pair of a disconnected account. Its version is used up: a
// refresh that is still under way finds that and gives up.
func (a Account) destroy() Account {
	a.Sealed, a.Expires, a.Version = nil, time.Time{}, a.Version+1
	a.RefreshAt, a.Failures, a.FailingAt, a.Spent, a.Reason = time.Time{}, 0, time.Time{}, false, nil
	return a.release()
}

// note puts a notice into the outbox. When nobody takes them out the oldest go.
func (a Account) note(now time.Time, kind Health, text string) Account {
	kept := a.Notices[max(0, len(a.Notices)-maxNotices+1):]
	a.Notices = append(slices.Clone(kept), Notice{Kind: string(kind), At: now, Text: text})
	return a
}

// admitted is an error, with the verdict that holds the account's posts, when X
// does not let it in.
func (a Account) admitted(now time.Time) error {
	r := fault.Reason{Todo: "Connect the account again; its posts then go on by themselves."}
	switch a.Health {
	case NeedsConnect:
		r.Code, r.Sentence = "reconnect_required", fmt.Sprintf("X no longer accepts the connection of @%s.", a.Username)
	case Disconnected:
		r.Code, r.Sentence = "disconnected", fmt.Sprintf("@%s is disconnected.", a.Username)
	default:
		return nil
	}
	return notAdmitted{r, now.Add(recheck)}
}

// part is a fraction of a duration.
func part(d time.Duration, fraction float64) time.Duration {
	return time.Duration(fraction * float64(d))
}

// pairBinding ties a sealed pair to what it belongs to: moved to another account,
// or put under another version's number, it does not open. An older record that is
// put back whole opens; see the package envelope.
func pairBinding(accountID string, version int64) map[string]string {
	return map[string]string{"purpose": "x-token-pair", "account": accountID, "version": strconv.FormatInt(version, 10)}
}

// appBinding ties the X app's sealed credentials to their version.
func appBinding(version int64) map[string]string {
	return map[string]string{"purpose": "x-app", "version": strconv.FormatInt(version, 10)}
}

// flowBinding ties a sealed verifier to its flow and all that the record says of it:
// whoever rewrites which browser or caller may finish it, where, or until when, has
// a flow that does not open.
func flowBinding(f Flow) map[string]string {
	said := []string{f.Step, f.Browser, f.Caller, f.Redirect, f.Zone, strconv.FormatInt(f.Expires.UnixMilli(), 10)}
	return map[string]string{"purpose": "oauth-flow", "flow": f.Key, "details": hash(strings.Join(said, "\x00"))}
}
