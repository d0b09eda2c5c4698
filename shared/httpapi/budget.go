package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// Budgeting keeps what X may charge in a month.
type Budgeting interface {
	// Budgets are the budgets as they are in a month ([post.Month]).
	Budgets(ctx context.Context, month string) (account.Budgets, error)
	// SetBudget changes one: see [connect.Connector.SetBudget].
	SetBudget(ctx context.Context, accountID string, monthly, spent tweet.Dollars) error
}

type (
	budgetInput   struct{ Body wire.BudgetInput }
	budgetsOutput struct{ Body wire.BudgetList }
)

// budgetRoutes registers the operations on budgets.
func (a *API) budgetRoutes(r *routes) {
	register(a, r,
		operation(http.MethodGet, "/v1/budget", "get-budgets", "What X may charge in this month, and what is left",
			access.PostsRead), a.budgets)
	register(a, r,
		operation(http.MethodPut, "/v1/budget", "set-budget", "Set what X may charge in a month, for an account or in all",
			access.Admin), a.setBudget)
}

func (a *API) budgets(ctx context.Context, _ *struct{}) (*budgetsOutput, error) {
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	out := &budgetsOutput{}
	out.Body.Month = post.Month(a.Now())
	out.Body.Budgets, err = a.budgetsIn(ctx, out.Body.Month, state.Accounts)
	return out, err
}

// budgetsIn shows the budgets in a month: the one of all accounts, and those of the
// accounts given.
func (a *API) budgetsIn(ctx context.Context, month string, accounts []account.Account) ([]wire.Budget, error) {
	b, err := a.Setup.Budgets(ctx, month)
	if err != nil {
		return nil, err
	}
	all := []wire.Budget{}
	for _, acc := range slices.Concat([]account.Account{{}}, accounts) {
		if budget, ok := b.Of[acc.ID]; ok {
			left := max(0, budget.Monthly-budget.Spent)
			all = append(all, wire.Budget{
				AccountID: acc.ID, Username: acc.Username, Monthly: budget.Monthly, Spent: budget.Spent, Left: left,
			})
		}
	}
	return all, nil
}

// overBudget warns of a thread that a budget cannot pay for in its month: it will
// wait. What has begun never waits.
func (a *API) overBudget(ctx context.Context, acc account.Account, thread []post.Tweet,
	p post.Post) ([]tweet.Finding, error) {
	if len(thread) == 0 || len(p.Published) > 0 {
		return nil, nil
	}
	at := a.Now()
	if p.ScheduledAt.After(at) {
		at = p.ScheduledAt
	}
	b, err := a.Setup.Budgets(ctx, post.Month(at))
	if err != nil {
		return nil, err
	}
	price := a.Prices.Cost(tweet.UsageOf(drafts(thread))).Total
	for _, of := range []account.Account{{}, acc} {
		budget, holds := b.Of[of.ID]
		left := max(0, budget.Monthly-budget.Spent)
		if !holds || price <= left {
			continue
		}
		until := "the budget is raised or the next month begins"
		if price > budget.Monthly {
			until = "the budget is raised"
		}
		return []tweet.Finding{{Code: tweet.CodeOverBudget, Severity: tweet.Warning, Message: fmt.Sprintf(
			"X charges %v for this thread, but only %v is left of the budget of %v of %s for %s (UTC). It will wait until %s.",
			price, left, budget.Monthly, whose(of), at.UTC().Format("January 2006"), until)}}, nil
	}
	return nil, nil
}

// whose names the account of a budget; the one for all has none.
func whose(account account.Account) string {
	if account.ID == "" {
		return "all accounts"
	}
	return "@" + account.Username
}

// maxBudget bounds a budget, so that no sum overflows.
const maxBudget = 1_000_000 * tweet.Dollar

// setBudget sets a budget. What went out in this month before there was one counts.
func (a *API) setBudget(ctx context.Context, in *budgetInput) (*budgetsOutput, error) {
	if in.Body.Monthly > maxBudget {
		return nil, fault.New(fault.Invalid, "This is more than a budget can be.").At("monthly").
			Todo("Give at most %d dollars; or 0, which ends the budget.", maxBudget/tweet.Dollar)
	}
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	if in.Body.AccountID != "" && !slices.ContainsFunc(state.Accounts, func(acc account.Account) bool {
		return acc.ID == in.Body.AccountID
	}) {
		return nil, fault.New(fault.Invalid, "There is no such account.").At("account_id").
			Todo("List the accounts to find its id.")
	}
	month := post.Month(a.Now())
	now, err := a.Setup.Budgets(ctx, month)
	if err != nil {
		return nil, err
	}
	var spent tweet.Dollars
	if _, known := now.Of[in.Body.AccountID]; !known && in.Body.Monthly > 0 {
		if spent, err = a.spentIn(ctx, month, in.Body.AccountID); err != nil {
			return nil, err
		}
	}
	if err := a.Setup.SetBudget(ctx, in.Body.AccountID, in.Body.Monthly, spent); err != nil {
		return nil, err
	}
	return a.budgets(ctx, nil)
}

// spentIn is what X has charged, as far as the records tell, for what went out in a
// month of an account or (empty) of all, and was to begin in it or in the one before.
func (a *API) spentIn(ctx context.Context, month, accountID string) (tweet.Dollars, error) {
	from, err := time.Parse("2006-01", month)
	if err != nil {
		return 0, err
	}
	used, _, err := a.usedBy(ctx, accountID, from.AddDate(0, -1, 0), from, func(p post.Post) int {
		if len(p.Published) == 0 || !within(p.Published[0].PostedAt, from) {
			return 0
		}
		return len(p.Published)
	})
	return a.Prices.Cost(used).Total, err
}
