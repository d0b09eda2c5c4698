package httpapi

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/walltime"
)

// How much a thread is compared with: so much, and no more, is read for each
// preview and each save.
const (
	// duplicateWindow is how long X refuses a text that was posted already.
	duplicateWindow = 24 * time.Hour
	// similarWindow is how long a post counts that is out on another account.
	similarWindow = 7 * 24 * time.Hour
	// recentPosts is how many of the account's posts are looked at, those that were
	// made last.
	recentPosts = 100
	// recentElsewhere is how many posts of other accounts are, in all, and
	// mostElsewhere of how many accounts.
	recentElsewhere = 50
	mostElsewhere   = 25
)

// echoes warns of what a thread says that posts say already which the caller may
// see: of the account, and of the owner's other ones. The post that the thread is
// to be is not compared with itself.
func (a *API) echoes(ctx context.Context, account account.Account, thread []post.Tweet,
	self post.Post) ([]tweet.Finding, error) {
	if len(thread) == 0 || !access.From(ctx).May(access.PostsRead) { // a warning would tell what others say
		return nil, nil
	}
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{account.ID: account.Username}
	ids := []string{account.ID}
	for _, other := range state.Accounts {
		if other.ID != account.ID && len(ids) <= mostElsewhere {
			ids, names[other.ID] = append(ids, other.ID), other.Username
		}
	}
	posts, err := a.newest(ctx, ids)
	if err != nil {
		return nil, err
	}
	title := post.New(a.Now(), account.ID, post.Content{Tweets: thread}, time.Time{}, "").Title
	var likely []post.Post
	for _, p := range posts {
		if p.ID != self.ID && a.echoing(p, p.AccountID == account.ID, title, self.ScheduledAt) {
			likely = append(likely, p)
		}
	}
	contents, err := a.Posts.Contents(ctx, likely)
	if err != nil {
		return nil, err
	}
	said := make([]tweet.Said, len(likely))
	for i, p := range likely {
		said[i] = saidBy(p, contents[i], names[p.AccountID], p.AccountID == account.ID)
	}
	return tweet.Echoes(textsOf(thread), said), nil
}

// newest reads the posts that were made last, the first account's and fewer of each
// other one's.
func (a *API) newest(ctx context.Context, accounts []string) (all []post.Post, err error) {
	found := make([][]post.Post, len(accounts))
	g, ctx := errgroup.WithContext(ctx)
	for i, id := range accounts {
		limit := recentPosts
		if i > 0 {
			limit = recentElsewhere / (len(accounts) - 1)
		}
		g.Go(func() (err error) {
			found[i], err = a.Posts.List(ctx, id, "", limit)
			return err
		})
	}
	err = g.Wait()
	for _, posts := range found {
		all = append(all, posts...)
	}
	return all, err
}

// echoing reports whether a post may say what a thread of the title says that goes
// out at a time. Of the account's own posts that wait only those can that have the
// same title, which is the beginning of the first tweet.
func (a *API) echoing(p post.Post, own bool, title string, at time.Time) bool {
	switch p.Status {
	case post.Scheduled, post.Publishing:
		return !own || p.Title == title
	case post.Published:
		if now := a.Now(); !own || at.Before(now) {
			at = now
		}
		if own {
			return at.Sub(p.UpdatedAt) < duplicateWindow
		}
		return at.Sub(p.UpdatedAt) < similarWindow
	}
	return false
}

// saidBy is a post as the rules of texts take it.
func saidBy(p post.Post, c post.Content, username string, own bool) tweet.Said {
	zone, err := walltime.Zone(p.Zone)
	if err != nil {
		zone = time.UTC
	}
	return tweet.Said{
		PostID: p.ID, AccountID: p.AccountID, Username: username, Own: own, Out: p.Status == post.Published,
		At: p.ScheduledAt.In(zone), Texts: textsOf(c.Tweets),
	}
}

// textsOf are the texts of a thread.
func textsOf(thread []post.Tweet) []string {
	texts := make([]string, len(thread))
	for i, t := range thread {
		texts[i] = t.Text
	}
	return texts
}
