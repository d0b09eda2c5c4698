package httpapi

import (
	"context"
	"slices"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
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
	var used tweet.Usage
	for _, account := range state.Accounts {
		for before := ""; ; {
			page, err := a.Posts.List(ctx, account.ID, before, pricePage)
			if err != nil {
				return nil, err
			}
			if len(page) == 0 {
				break
			}
			before = page[len(page)-1].Place()
			page = slices.DeleteFunc(page, func(p post.Post) bool { return !goesOut(p, from) })
			contents, err := a.Posts.Contents(ctx, page)
			if err != nil {
				return nil, err
			}
			out.Body.Posts += len(page)
			for _, c := range contents {
				used = used.Plus(tweet.UsageOf(drafts(c.Tweets)))
			}
		}
	}
	out.Body.Cost = a.Prices.Cost(used)
	return out, nil
}

// pricePage is how many posts one read brings.
const pricePage = 100

// goesOut reports whether a post starts, or started, in the month that begins at from.
func goesOut(p post.Post, from time.Time) bool {
	switch p.Status {
	case post.Scheduled, post.Publishing, post.Published, post.Deleting, post.Deleted: // X takes no money back
		return !p.ScheduledAt.Before(from) && p.ScheduledAt.Before(from.AddDate(0, 1, 0))
	default:
		return false
	}
}
