package vault

import (
	"strconv"
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
	Scopes   []string // as granted
	Zone     string   // the default IANA zone of its schedules
	Limit    int      // the weighted length of one tweet: 280, or 25,000 with Premium

	Health Health
	Reason *fault.Reason // why it needs connecting, or what the last refresh met
	Since  time.Time     // of Health

	Sealed  []byte    // the pair, sealed for this account and version
	Version int64     // of the pair: each new pair adds one
	Expires time.Time // of the access token

	Lease       Lease     // who refreshes it now
	RefreshedAt time.Time // the last success
	RefreshAt   time.Time // when the schedule refreshes it next; zero: never
	Failures    int       // failed refreshes in a row
	FailingAt   time.Time // since when
	UsedAt      time.Time // when publishing last asked for a new token
	// Spent says that the answer of a refresh was lost: X may have rotated the
	// pair, and the refresh token that is kept may be used up.
	Spent bool

	ConnectedAt time.Time
	Notices     []Notice // what is to be told about it, and has not been yet

	Rev    int64 // of the stored record: each change adds one
	Writer string
}

// Lease says who refreshes an account, and until when nobody else does.
type Lease struct {
	Owner string
	Term  int64
	Until time.Time
}

// Notice is an event about an account that is to be delivered. It is stored in
// the very write that makes it true.
type Notice struct {
	Kind string    `json:"kind"` // "reconnect_required" or "connected"
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

const (
	// idle is after how long without use an account counts as idle.
	idle = 72 * time.Hour
	// idleEvery is how often an idle account's pair is refreshed: X drops a
	// refresh token that was not used for about six months.
	idleEvery = 30 * 24 * time.Hour
	// ahead is how long before its end an access token is refreshed by the
	// schedule, at the least, and spread how much earlier at the most.
	ahead  = 20 * time.Minute
	spread = 15 * time.Minute
	// maxNotices bounds the outbox of one account.
	maxNotices = 20
)

// store takes a new pair, already sealed for the next version.
func (a Account) store(now time.Time, p Pair, sealed []byte, jitter float64) Account {
	a.Sealed, a.Expires, a.Version = sealed, p.Expires, a.Version+1
	if len(p.Scopes) > 0 {
		a.Scopes = p.Scopes
	}
	a.RefreshedAt, a.Failures, a.FailingAt, a.Spent = now, 0, time.Time{}, false
	a.Lease.Owner, a.Lease.Until = "", time.Time{}
	a.Reason = nil
	if a.Health != Connected {
		a = a.turn(now, Connected, "X lets the account in again.")
	}
	a.RefreshAt = a.next(now, jitter)
	return a
}

// next is when the schedule is to refresh the pair: shortly before the access
// token ends, or rarely when nobody uses the account.
func (a Account) next(now time.Time, jitter float64) time.Time {
	early := time.Duration(jitter * float64(spread))
	if now.Sub(a.UsedAt) > idle {
		return now.Add(idleEvery - 96*early) // 96 × 15 minutes: spread over a day
	}
	return a.Expires.Add(-ahead - early)
}

// fail notes a refresh that did not succeed and when to try again.
func (a Account) fail(now time.Time, v fault.Verdict, jitter float64) Account {
	if a.Failures == 0 {
		a.FailingAt = now
	}
	a.Failures++
	a.Spent = a.Spent || v.Action == fault.Settle
	reason := v.Reason
	a.Reason = &reason
	a.Lease.Owner, a.Lease.Until = "", time.Time{}
	wait := min(time.Minute<<min(a.Failures-1, 10), time.Hour)
	a.RefreshAt = now.Add(wait + time.Duration(jitter*float64(wait)/2))
	if v.Until.After(a.RefreshAt) {
		a.RefreshAt = v.Until
	}
	return a
}

// refuse notes that X no longer takes the refresh token: only its owner can
// connect the account again.
func (a Account) refuse(now time.Time, reason fault.Reason) Account {
	a.Lease.Owner, a.Lease.Until = "", time.Time{}
	a.RefreshAt = time.Time{}
	a = a.turn(now, NeedsConnect, reason.Sentence)
	a.Reason = &reason
	return a
}

// turn changes the health and puts a notice of it into the outbox.
func (a Account) turn(now time.Time, h Health, text string) Account {
	a.Health, a.Since = h, now
	kept := a.Notices[max(0, len(a.Notices)-maxNotices+1):]
	a.Notices = append(kept[:len(kept):len(kept)], Notice{Kind: string(h), At: now, Text: text})
	return a
}

// appBinding ties the X app's sealed credentials to their version.
func appBinding(version int64) map[string]string {
	return map[string]string{"purpose": "x-app", "version": strconv.FormatInt(version, 10)}
}
