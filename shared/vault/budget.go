package vault

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
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
	Held []Held

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

// maxHeld bounds how many posts are remembered: more than work side by side, so
// that one whose worker died is taken up again before it is forgotten. One that is
// forgotten would be counted twice, and never too little.
const maxHeld = 24

// recheckBudget is how often a post that a budget holds looks whether it may go on,
// though nobody said so. It is below how far ahead posts are looked for when one is
// raised.
const recheckBudget = 6 * time.Hour

// In gives the budgets as they are in a month: with a new one nothing is spent.
func (b Budgets) In(month string) Budgets {
	of := make(map[string]Budget, len(b.Of))
	for id, budget := range b.Of {
		if b.Month != month {
			budget.Spent = 0
		}
		of[id] = budget
	}
	if b.Month != month {
		b.Held = nil
	}
	b.Month, b.Of = month, of
	return b
}

// hold reports whether there is a budget for the account.
func (b Budgets) hold(accountID string) bool {
	_, all := b.Of[""]
	_, own := b.Of[accountID]
	return all || own
}

// setAside counts a thread. It answers the account of the budget that does not
// allow it, if there is one; what has begun already is counted all the same, so that
// no thread stops half way.
func (b Budgets) setAside(accountID string, e publish.Expense) (next Budgets, refusedBy string, ok bool) {
	i := slices.IndexFunc(b.Held, func(h Held) bool { return h.PostID == e.PostID })
	known := e.Counted
	if i >= 0 {
		known = max(known, b.Held[i].Amount)
	}
	more := max(0, e.Amount-known)
	scopes := slices.Compact([]string{"", accountID})
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

// SetAside implements [publish.Purse]. Of two threads that want the last of a
// budget at once, one gets it: each write is of the revision that it was decided on.
func (v *Vault) SetAside(ctx context.Context, s publish.Session, e publish.Expense) (post.Charge, *publish.Pause, error) {
	charge := post.Charge{Month: post.Month(e.At), Amount: max(e.Amount, e.Counted)}
	for {
		snap, err := v.Store.Snapshot(ctx, s.AccountID)
		if err != nil {
			return charge, nil, err
		}
		b := snap.Budgets.In(charge.Month)
		if !b.hold(s.AccountID) {
			return charge, nil, nil
		}
		next, by, ok := b.setAside(s.AccountID, e)
		if !ok {
			return charge, v.overBudget(snap.Account, by, b.Of[by], e), nil
		}
		next.Writer = newWriter()
		if err = v.Store.SaveBudgets(ctx, next); !fault.Is(err, fault.Conflict) {
			return charge, nil, err
		}
	}
}

// overBudget is the wait of a thread that a budget does not allow.
func (v *Vault) overBudget(a Account, by string, b Budget, e publish.Expense) *publish.Pause {
	whose := "all accounts"
	if by != "" {
		whose = "@" + cmp.Or(a.Username, by)
	}
	r := fault.Reason{
		Code: "budget_spent",
		Sentence: fmt.Sprintf("X charges %v for this thread, but only %v is left of the monthly budget of %v of %s.",
			e.Amount, max(0, b.Monthly-b.Spent), b.Monthly, whose),
		Todo: "Raise the budget; or wait: the thread goes out when the next month begins, in UTC.",
	}
	if e.Amount > b.Monthly {
		r.Todo = "Raise the budget: the thread costs more than a whole month's."
	}
	year, month, _ := e.At.UTC().Date()
	until := time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
	if soon := v.Now().Add(recheckBudget); soon.Before(until) {
		until = soon
	}
	return &publish.Pause{Scope: fault.ScopePost, Until: until, Sub: post.Paused, Reason: r}
}

// Budgets are the budgets as they are in a month.
func (c *Connector) Budgets(ctx context.Context, month string) (Budgets, error) {
	b, err := c.Registry.Budgets(ctx)
	if b.Month > month { // a month that is over, of which nothing is known any more
		b.Month = ""
	}
	return b.In(month), err
}

// SetBudget changes a budget: of an account, or of all where the id is empty. Zero
// ends it. Where there was none, spent is what has gone out in this month before.
// What waited for it goes on, or waits again.
func (c *Connector) SetBudget(ctx context.Context, accountID string, monthly, spent tweet.Dollars) error {
	if accountID != "" {
		if _, err := c.Vault.Store.Snapshot(ctx, accountID); err != nil {
			return err
		}
	}
	for {
		stored, err := c.Registry.Budgets(ctx)
		if err != nil {
			return err
		}
		b := stored.In(post.Month(c.Vault.Now()))
		budget, was := b.Of[accountID]
		if !was {
			budget.Spent = spent
		}
		budget.Monthly = monthly
		if b.Of[accountID] = budget; monthly <= 0 {
			delete(b.Of, accountID)
		}
		b.Writer = newWriter()
		err = c.Vault.Store.SaveBudgets(ctx, b)
		switch {
		case fault.Is(err, fault.Conflict):
			continue
		case err != nil:
			return err
		}
		return c.goOn(ctx, accountID)
	}
}
