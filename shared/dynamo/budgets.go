package dynamo

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"spool/shared/account"
	"spool/shared/tweet"
)

// heldBudget and heldPost are the stored shapes. Their names are short, since the
// item is written with every thread where there is a budget.
type (
	heldBudget struct {
		Monthly tweet.Dollars `json:"m"`
		Spent   tweet.Dollars `json:"s"`
	}
	heldPost struct {
		PostID string        `json:"p"`
		Amount tweet.Dollars `json:"a"`
	}
)

// Budgets implements [account.Registry].
func (s *Accounts) Budgets(ctx context.Context) (account.Budgets, error) {
	it, err := s.t.get(ctx, budgetsKey())
	if err != nil {
		return account.Budgets{}, err
	}
	return budgetRecords.decode(it)
}

// SaveBudgets implements [account.Store].
func (s *Accounts) SaveBudgets(ctx context.Context, b account.Budgets) error {
	old := b.Rev
	b.Rev++
	it, err := budgetRecords.encode(budgetsKey(), b)
	if err != nil {
		return err
	}
	return s.t.swap(ctx, it, old)
}

// budgetRecords is the kind of the budgets. Those that were never stored are a nil
// item.
var budgetRecords = kind[account.Budgets]{name: "budgets", version: 2, fields: func(f *form, b *account.Budgets) {
	text(f, "month", &b.Month)
	budgetsOf(f, &b.Of)
	heldPosts(f, &b.Held)
	reached(f, &b.Reached)
	outbox(f, &b.Events)
	count(f, "rev", &b.Rev)
	text(f, "writer", &b.Writer)
}}

// budgetsOf goes over the budgets by account.
func budgetsOf(f *form, all *map[string]account.Budget) {
	var stored map[string]heldBudget
	for id, b := range *all {
		if stored == nil {
			stored = map[string]heldBudget{}
		}
		stored[id] = heldBudget(b)
	}
	document(f, "of", &stored)
	*all = nil
	for id, b := range stored {
		if *all == nil {
			*all = map[string]account.Budget{}
		}
		(*all)[id] = account.Budget(b)
	}
}

// heldPosts goes over what was set aside last.
func heldPosts(f *form, all *[]account.Held) {
	var stored []heldPost
	for _, h := range *all {
		stored = append(stored, heldPost(h))
	}
	document(f, "held", &stored)
	*all = nil
	for _, h := range stored {
		*all = append(*all, account.Held(h))
	}
}

// reached goes over the budgets that a thread did not fit into. The one for all is a *,
// since the empty id is no value of a list's.
func reached(f *form, all *map[string]bool) {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(*all)) {
		ids = append(ids, cmp.Or(id, "*"))
	}
	texts(f, "reached", &ids)
	if f.writing {
		return
	}
	*all = nil
	for _, id := range ids {
		if *all == nil {
			*all = map[string]bool{}
		}
		(*all)[strings.TrimPrefix(id, "*")] = true
	}
}
