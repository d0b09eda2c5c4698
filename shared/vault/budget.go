package vault

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
)

// recheckBudget is how often a post that a budget holds looks whether it may go on,
// though nobody said so. It is below how far ahead posts are looked for when one is
// raised.
const recheckBudget = 6 * time.Hour

// SetAside implements [publish.Budgets]. Of two threads that want the last of a
// budget at once, one gets it: each write is of the revision that it was decided on.
func (v *Vault) SetAside(
	ctx context.Context, s publish.Session, e publish.Expense,
) (post.Charge, *publish.Pause, error) {
	charge := post.Charge{Month: post.Month(e.At), Amount: max(e.Amount, e.Counted)}
	for {
		snap, err := v.Store.Snapshot(ctx, s.AccountID)
		if err != nil {
			return charge, nil, err
		}
		b := snap.Budgets.In(charge.Month)
		if !b.Hold(s.AccountID) {
			return charge, nil, nil
		}
		next, by, ok := b.SetAside(s.AccountID, account.Expense(e))
		var wait *publish.Pause
		if !ok {
			wait = v.overBudget(snap.Account, by, b.Of[by], e)
			var news bool
			if next, news = b.Reach(v.Now(), by, wait.Reason); !news {
				return charge, wait, nil
			}
		}
		next.Writer = account.NewWriter()
		if err = v.Store.SaveBudgets(ctx, next); !fault.Is(err, fault.Conflict) {
			return charge, wait, err
		}
	}
}

// overBudget is the wait of a thread that a budget does not allow.
func (v *Vault) overBudget(a account.Account, by string, b account.Budget, e publish.Expense) *publish.Pause {
	whose := "all accounts"
	if by != "" {
		whose = "@" + cmp.Or(a.Username, by)
	}
	r := fault.ReasonBudgetSpent.Reason().Says(
		fmt.Sprintf("X charges %v for this thread, but only %v is left of the monthly budget of %v of %s.",
			e.Amount, max(0, b.Monthly-b.Spent), b.Monthly, whose))
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
