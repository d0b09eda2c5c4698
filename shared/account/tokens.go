package account

import (
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// This file is what may become of an account's pair of tokens.

// Lease says who refreshes an account, and until when nobody else does.
type Lease struct {
	Owner string
	Term  int64
	Until time.Time
}

// Pair is a pair of tokens as it is stored.
type Pair struct {
	Sealed  []byte
	Expires time.Time // of the access token
	Scopes  []string  // as granted; none: as before
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
)

// Leased reports whether somebody refreshes the account.
func (a Account) Leased(now time.Time) bool {
	return now.Before(a.Lease.Until)
}

// Claim takes the account for one worker. An owner that is still there let its
// lease run out: it may have died after X answered, so the token may be spent.
func (a Account) Claim(owner string, until time.Time) Account {
	a.Spent = a.Spent || a.Lease.Owner != ""
	a.Writer = owner
	a.Lease = Lease{Owner: owner, Term: a.Lease.Term + 1, Until: until}
	return a
}

// Release ends the lease. The term stays, so that terms only grow.
func (a Account) Release() Account {
	a.Lease = Lease{Term: a.Lease.Term}
	return a
}

// Refreshed puts a new pair, sealed for the next version, in the place of the old
// one. The jitter, in [0,1), spreads what the schedule does next.
func (a Account) Refreshed(now time.Time, p Pair, jitter float64) Account {
	a.Sealed, a.Expires, a.Version = p.Sealed, p.Expires, a.Version+1
	if len(p.Scopes) > 0 {
		a.Scopes = p.Scopes
	}
	a.RefreshedAt, a.Failures, a.FailingAt, a.Spent, a.Reason = now, 0, time.Time{}, false, nil
	switch a.Health {
	case Connected:
	case NeedsConnect, Disconnected:
		a = a.tell(now, event.AccountConnected, nil)
		fallthrough
	default:
		a.Health, a.Since = Connected, now
	}
	a.RefreshAt = a.next(now, jitter)
	return a.Release()
}

// Connect puts the pair of a new connection in the place of the old one, if there
// is one. The term that it adds ends any refresh of that.
func (a Account) Connect(now time.Time, p Pair, jitter float64) Account {
	a.UsedAt, a.ConnectedAt = now, now
	a.Lease.Term++
	return a.Refreshed(now, p, jitter)
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

// Fail notes a request to X that did not succeed, and when to try again.
func (a Account) Fail(now time.Time, v fault.Verdict, jitter float64) Account {
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
	return a.Release()
}

// Waits reports whether the last refresh failed and the next is not due yet, with
// the verdict that says so: an outage of X's is not made worse by every post that
// is due in it.
func (a Account) Waits(now time.Time) (v fault.Verdict, waits bool) {
	if a.Reason == nil || !now.Before(a.RefreshAt) {
		return v, false
	}
	return fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Retry, Until: a.RefreshAt, Reason: *a.Reason}, true
}

// TryAgain ends the wait after a refresh that failed, and forgets why it did: the
// next post, or the schedule, asks X at once. It reports whether there is one.
func (a Account) TryAgain(now time.Time) (Account, bool) {
	if a.Health != Connected || a.Reason == nil || a.Leased(now) {
		return a, false
	}
	a.RefreshAt, a.Reason = now, nil
	return a, true
}

// Refuse notes that X no longer takes the refresh token: only its owner can
// connect the account again.
func (a Account) Refuse(now time.Time, reason fault.Reason) Account {
	if a.Spent {
		reason.Sentence = "X's answer to a renewal of the tokens was lost, and X no longer accepts the old ones."
	}
	a.RefreshAt, a.Reason = time.Time{}, &reason
	if a.Health != NeedsConnect {
		a = a.tell(now, event.AccountReconnect, &reason)
		a.Health, a.Since = NeedsConnect, now
	}
	return a.Release()
}

// Disconnect ends the connection for the account's owner. The pair stays until X
// has been told; should this worker die before, the schedule tells X after the lease.
func (a Account) Disconnect(now time.Time) Account {
	if a.Health != Disconnected {
		a.Health, a.Since, a.Failures, a.FailingAt, a.Reason = Disconnected, now, 0, time.Time{}, nil
	}
	a.RefreshAt = a.Lease.Until
	return a
}

// Destroy forgets the pair of a disconnected account. Its version is used up: a
// refresh that is still under way finds that and gives up.
func (a Account) Destroy() Account {
	a.Sealed, a.Expires, a.Version = nil, time.Time{}, a.Version+1
	a.RefreshAt, a.Failures, a.FailingAt, a.Spent, a.Reason = time.Time{}, 0, time.Time{}, false, nil
	return a.Release()
}

// part is a fraction of a duration.
func part(d time.Duration, fraction float64) time.Duration {
	return time.Duration(fraction * float64(d))
}
