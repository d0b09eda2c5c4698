package httpapi

import (
	"context"
	"slices"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/vault"
	"spool/shared/wire"
)

type (
	priceInput struct {
		Month string `query:"month" required:"true" maxLength:"7" pattern:"^[0-9]{4}-[0-9]{2}$" doc:"Such as 2026-12, in UTC" example:"2026-12"`
	}
	priceOutput struct{ Body wire.Price }
)

// price adds up what the threads of a month cost, those that are out and those
// that are to come.
func (a *API) price(ctx context.Context, in *priceInput) (*priceOutput, error) {
	from, err := time.Parse("2006-01", in.Month)
	if err != nil {
		return nil, fault.New(fault.Invalid, "This is no month.").At("query.month").Todo("Give one such as 2026-12.")
	}
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	out := &priceOutput{}
	out.Body.Month = in.Month
	used, n, err := a.usedBy(ctx, state.Accounts, func(p post.Post) int {
		if !goesOut(p, from) {
			return 0
		}
		return p.Size
	})
	if err != nil {
		return nil, err
	}
	out.Body.Posts, out.Body.Cost = n, a.Prices.Cost(used)
	out.Body.Budgets, err = a.budgetsIn(ctx, in.Month, state.Accounts)
	return out, err
}

// pricePage is how many posts one read brings.
const pricePage = 100

// usedBy adds up what accounts' posts use of what X charges for: of each the first
// tweets, as many as count says. It tells how many posts those are.
func (a *API) usedBy(ctx context.Context, accounts []vault.Account, count func(post.Post) int) (used tweet.Usage, n int, err error) {
	for _, account := range accounts {
		for before := ""; ; {
			page, err := a.Posts.List(ctx, account.ID, before, pricePage)
			if err != nil {
				return used, n, err
			}
			if len(page) == 0 {
				break
			}
			before = page[len(page)-1].Place()
			page = slices.DeleteFunc(page, func(p post.Post) bool { return count(p) == 0 })
			contents, err := a.Posts.Contents(ctx, page)
			if err != nil {
				return used, n, err
			}
			n += len(page)
			for i, c := range contents {
				used = used.Plus(tweet.UsageOf(drafts(c.Tweets[:min(count(page[i]), len(c.Tweets))])))
			}
		}
	}
	return used, n, nil
}

// goesOut reports whether a post starts, or started, in the month that begins at from.
func goesOut(p post.Post, from time.Time) bool {
	switch p.Status {
	case post.Scheduled, post.Publishing, post.Published, post.Deleting, post.Deleted: // X takes no money back
		return within(p.ScheduledAt, from)
	default:
		return false
	}
}

// within reports whether a time lies in the month that begins at from.
func within(t, from time.Time) bool { return !t.Before(from) && t.Before(from.AddDate(0, 1, 0)) }
