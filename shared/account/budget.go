package account

import (
	"context"
	"maps"
	"slices"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// Budgets are what their owner allows X to charge in a month, and what was set
// aside of it. They are one record: a thread is set aside of its account's and of
// the one for all at once, or of neither. Without a budget nothing is counted.
type Budgets struct {
	Month string            // that Spent is of, in UTC; see [post.Month]
	Of    map[string]Budget // by account; the one for all under the empty id
	// Held are the last posts that something was set aside for, the newest at the
	// end: the record of a post may not say so yet, when its worker died in between.
	Held    []Held
	Reached map[string]bool // by account: that a thread did not fit, and that this was told
	Events  event.Outbox    // what is to be told of them, and was not handed over yet

	Rev    int64 // of the stored record; 0 when there is none
	Writer string
}

// Budget is one of them.
type Budget struct {
	Monthly tweet.Dollars
	Spent   tweet.Dollars // set aside in the month
}

// Held is what was set aside for a post in the month.
type Held struct {
	PostID string
	Amount tweet.Dollars
}

// Expense is what publishing a thread costs at X.
type Expense struct {
	PostID  string
	Amount  tweet.Dollars // of the whole thread
	Counted tweet.Dollars // what its record says is counted already
	At      time.Time     // decides the month
	Begun   bool          // some of it is on X, or may be: it goes on whatever it costs
}

// maxHeld bounds how many posts are remembered: more than work side by side, so
// that one whose worker died is taken up again before it is forgotten. One that is
// forgotten would be counted twice, and never too little.
const maxHeld = 24

// In gives the budgets as they are in a month: with a new one nothing is spent. Their maps
// are their own.
func (b Budgets) In(month string) Budgets {
	of := make(map[string]Budget, len(b.Of))
	for id, budget := range b.Of {
		if b.Month != month {
			budget.Spent = 0
		}
		of[id] = budget
	}
	if b.Month != month {
		b.Held, b.Reached = nil, nil
	}
	b.Month, b.Of, b.Reached = month, of, maps.Clone(b.Reached)
	return b
}

// Hold reports whether there is a budget for the account.
func (b Budgets) Hold(accountID string) bool {
	_, all := b.Of[""]
	_, own := b.Of[accountID]
	return all || own
}

// SetAside counts a thread. It gives the account of the budget that does not
// allow it, if there is one; what has begun already is counted all the same, so that
// no thread stops half way.
func (b Budgets) SetAside(accountID string, e Expense) (next Budgets, refusedBy string, ok bool) {
	i := slices.IndexFunc(b.Held, func(h Held) bool { return h.PostID == e.PostID })
	known := e.Counted
	if i >= 0 {
		known = max(known, b.Held[i].Amount)
	}
	more := max(0, e.Amount-known)
	scopes := []string{"", accountID}
	for _, id := range scopes {
		if budget, holds := b.Of[id]; holds && more > 0 && !e.Begun && budget.Spent+more > budget.Monthly {
			return b, id, false
		}
	}
	b.Of, b.Held = maps.Clone(b.Of), slices.Clone(b.Held)
	for _, id := range scopes {
		if budget, holds := b.Of[id]; holds {
			budget.Spent += more
			b.Of[id] = budget
		}
	}
	if i >= 0 {
		b.Held = slices.Delete(b.Held, i, i+1)
	}
	b.Held = append(b.Held, Held{PostID: e.PostID, Amount: max(e.Amount, known)})
	b.Held = b.Held[max(0, len(b.Held)-maxHeld):]
	return b, "", true
}

// Without are the budgets when nothing is known of an account any more.
func (b Budgets) Without(accountID string) Budgets {
	b.Of, b.Reached = maps.Clone(b.Of), maps.Clone(b.Reached)
	delete(b.Of, accountID)
	delete(b.Reached, accountID)
	b.Events = slices.DeleteFunc(slices.Clone(b.Events), func(e event.Event) bool { return e.Whose == accountID })
	return b
}

// Budgets are the budgets as they are in a month. What was spent in one that is over
// is not known any more.
func (s *Service) Budgets(ctx context.Context, month string) (Budgets, error) {
	b, err := s.Registry.Budgets(ctx)
	return b.In(month), err
}

// SetBudget changes a budget: of an account, or of all where the id is empty. Zero
// ends it. Where there was none, spent is what has gone out in this month before.
// What waited for it goes on, or waits again.
func (s *Service) SetBudget(ctx context.Context, accountID string, monthly, spent tweet.Dollars) error {
	if accountID != "" {
		if _, err := s.Store.Snapshot(ctx, accountID); err != nil {
			return err
		}
	}
	for {
		stored, err := s.Registry.Budgets(ctx)
		if err != nil {
			return err
		}
		b := stored.In(post.Month(s.Now()))
		budget, was := b.Of[accountID]
		if !was {
			budget.Spent = spent
		}
		budget.Monthly = monthly
		if b.Of[accountID] = budget; monthly <= 0 {
			delete(b.Of, accountID)
		}
		delete(b.Reached, accountID)
		b.Writer = NewWriter()
		err = s.Store.SaveBudgets(ctx, b)
		switch {
		case fault.Is(err, fault.Conflict):
			continue
		case err != nil:
			return err
		}
		return s.goOn(ctx, accountID)
	}
}
