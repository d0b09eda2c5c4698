package httpapi

import (
	"context"
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
	used, n, err := a.usedBy(ctx, "", from, from, func(p post.Post) int {
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

// usedBy adds up what posts use of what X charges for, of one account or (empty) of
// all: of each the first tweets, as many as count says. It tells how many posts those
// are. It reads the posts that were to start after since and before the end of a
// month, and the texts of those that count, and no others.
func (a *API) usedBy(ctx context.Context, accountID string, since, month time.Time,
	count func(post.Post) int) (used tweet.Usage, n int, err error) {
	ready, err := a.Posts.Ready(ctx, a.Now())
	if err != nil {
		return used, 0, err
	}
	if !ready {
		return used, 0, fault.New(fault.Unavailable, "The posts of an older version of Spool are still being put in order.").
			Todo("Try again in a moment.").After(time.Second)
	}
	span := post.Span{
		From: post.SortKeyAt(since), To: post.SortKeyAt(month.AddDate(0, 1, 0)), Ascending: true, Limit: mostPage,
	}
	if accountID != "" {
		span.Accounts = []string{accountID}
	}
	for _, shelf := range post.Shelves() {
		if shelf == post.Draft.Shelf() || shelf == post.Missed.Shelf() {
			continue // nothing of those is on X
		}
		for next := ""; ; {
			var entries []post.Entry
			if entries, next, err = a.Posts.Shelf(ctx, shelf, span.Beyond(next)); err != nil {
				return used, n, err
			}
			k, cost, err := a.usedOf(ctx, entries, count)
			if err != nil {
				return used, n, err
			}
			if n, used = n+k, used.Plus(cost); next == "" {
				break
			}
		}
	}
	return used, n, nil
}

// usedOf adds up what some posts use.
func (a *API) usedOf(ctx context.Context, entries []post.Entry,
	count func(post.Post) int) (n int, used tweet.Usage, err error) {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	found, err := a.Posts.Read(ctx, ids)
	if err != nil {
		return 0, used, err
	}
	var posts []post.Post
	for _, p := range found {
		if count(p) > 0 {
			posts = append(posts, p)
		}
	}
	contents, err := a.Posts.Contents(ctx, posts)
	if err != nil {
		return 0, used, err
	}
	for i, c := range contents {
		used = used.Plus(tweet.UsageOf(drafts(c.Tweets[:min(count(posts[i]), len(c.Tweets))])))
	}
	return len(posts), used, nil
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
