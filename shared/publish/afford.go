package publish

import (
	"spool/shared/post"
	"spool/shared/tweet"
)

// expense is what the thread costs, and what of that is counted. What has begun is
// counted in the month in which it did; what has not, in the one in which it does.
func (r *run) expense() Expense {
	at := r.Now()
	if r.rec.ScheduledAt.After(at) {
		at = r.rec.ScheduledAt // a worker is awake a little before the second, and uploads media minutes before
	}
	e := Expense{
		PostID: r.rec.ID, At: at, Amount: r.price(r.content.Tweets), Begun: r.rec.Begun(), Counted: r.rec.Charge.Amount,
	}
	switch {
	case r.rec.Charge.Month == "": // there was no budget when it began, if it has
		e.Counted = r.price(r.content.Tweets[:r.rec.Next()])
	case !e.Begun && r.rec.Charge.Month != post.Month(at):
		e.Counted = 0
	}
	return e
}

// price is what X charges for tweets.
func (r *run) price(tweets []post.Tweet) tweet.Dollars {
	return r.Prices.Cost(tweet.UsageOf(post.Drafts(tweets))).Total
}
