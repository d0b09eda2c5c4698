package account

import (
	"time"

	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/post"
)

// Holds reports whether the pause lasts.
func (p Pause) Holds(now time.Time) bool { return now.Before(p.Until) }

// Begin puts a pause in the place of the one that is stored, of an account, or of the app
// when the id is empty. One that nothing but time ends is not told of: X's limits come and
// go. Of one that follows another, which nobody has seen end, nothing new is to be told.
func (p Pause) Begin(now time.Time, accountID string, next Pause) Pause {
	next.Rev, next.Told, next.Events = p.Rev, p.Told, p.Events
	if next.Sub == string(post.Paused) && !p.Told {
		why := next.Reason
		next.Told = true
		next.Events = next.Events.Add(event.Event{
			Seq: p.Rev + 1, Kind: kindOf(accountID, event.AccountPaused, event.AppPaused),
			At: event.Stored(now), Reason: &why, Until: event.Stored(next.Until),
		})
	}
	return next
}

// Lift ends the pause: somebody said so, or X takes requests again.
func (p Pause) Lift(now time.Time, accountID string) Pause {
	lifted := Pause{Rev: p.Rev, Events: p.Events}
	if p.Told {
		lifted.Events = lifted.Events.Add(event.Event{
			Seq: p.Rev + 1, Kind: kindOf(accountID, event.AccountResumed, event.AppResumed), At: event.Stored(now),
		})
	}
	return lifted
}

// Handed takes the events up to a number out of the outbox: somebody has them now.
func (p Pause) Handed(seq int64) Pause {
	p.Events = p.Events.After(seq)
	return p
}

// kindOf is the kind of an account's event, or of the app's when the id is empty.
func kindOf(accountID string, account, app event.Kind) event.Kind {
	if accountID == "" {
		return app
	}
	return account
}

// Reach notes that a thread does not fit into what is left of a budget: an account's, or
// the one for all when the id is empty. In a month it is told once of each budget, unless
// that is changed.
func (b Budgets) Reach(now time.Time, accountID string, why fault.Reason) (next Budgets, news bool) {
	if b.Reached[accountID] {
		return b, false
	}
	b.Reached = with(b.Reached, accountID)
	b.Events = b.Events.Add(event.Event{
		Seq: b.Rev + 1, Kind: event.BudgetReached, At: event.Stored(now), Reason: &why, Whose: accountID,
	})
	return b, true
}

// with is a set with one more.
func with(set map[string]bool, one string) map[string]bool {
	larger := map[string]bool{one: true}
	for id := range set {
		larger[id] = true
	}
	return larger
}

// Handed takes the events up to a number out of the outbox: somebody has them now.
func (b Budgets) Handed(seq int64) Budgets {
	b.Events = b.Events.After(seq)
	return b
}
