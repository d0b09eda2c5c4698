package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

type (
	listInput struct {
		AccountID string    `query:"account_id" maxLength:"19" doc:"Only this account's posts"`
		Status    []string  `query:"status" enum:"draft,scheduled,publishing,published,failed,cancelled,missed,deleting,deleted" doc:"Only posts in one of these statuses, such as failed,missed; may also be repeated"`
		From      time.Time `query:"from" doc:"Only posts whose scheduled_at is this time or later (RFC 3339)" example:"2026-12-01T00:00:00Z"`
		To        time.Time `query:"to" doc:"Only posts whose scheduled_at is earlier than this (RFC 3339)" example:"2027-01-01T00:00:00Z"`
		Limit     int       `query:"limit" minimum:"1" maximum:"100" default:"25" doc:"The most posts that one answer has"`
		Cursor    string    `query:"cursor" maxLength:"64" doc:"next_cursor of the answer before"`
	}
	listOutput struct{ Body wire.PostList }
)

// listing tells in the document what a list costs.
const listing = "Newest first, by when the posts were made. Filters are looked for post by post, and one request looks at 500 posts at the most: " +
	"an answer may therefore hold fewer posts than the limit, or none, and still have a next_cursor. The list ends where next_cursor is absent."

// joined gives parameters that a query repeats as one with commas, which is how
// lists are taken; of anything but a list huma would drop all but the first.
func joined(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, repeats := r.URL.Query(), false
		for name, values := range query {
			if len(values) > 1 {
				query[name], repeats = []string{strings.Join(values, ",")}, true
			}
		}
		if repeats {
			r = r.Clone(r.Context())
			r.URL.RawQuery = query.Encode()
		}
		next.ServeHTTP(w, r)
	})
}

// matches reports whether a list shall show a post.
func (in *listInput) matches(p post.Post) bool {
	switch {
	case len(in.Status) > 0 && !slices.Contains(in.Status, string(p.Status)):
		return false
	case in.From.IsZero() && in.To.IsZero():
		return true
	case p.ScheduledAt.IsZero():
		return false
	}
	return !p.ScheduledAt.Before(in.From) && (in.To.IsZero() || p.ScheduledAt.Before(in.To))
}

// filtered reports whether a list may leave posts out.
func (in *listInput) filtered() bool {
	return len(in.Status) > 0 || !in.From.IsZero() || !in.To.IsZero()
}

// list answers a page of the posts of the wanted accounts.
func (a *API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	if !in.To.IsZero() && !in.From.Before(in.To) {
		return nil, fault.New(fault.Invalid, "This time span is empty: to is not after from.").At("query.to").Todo("Give a later to, or an earlier from.")
	}
	accounts, err := a.listed(ctx, in.AccountID)
	if err != nil {
		return nil, err
	}
	page := in.Limit + 1
	if in.filtered() {
		page = mostPage
	}
	w := newWalk(a.Posts, accounts, in.Cursor, page)
	out := &listOutput{}
	out.Body.Posts = []wire.Post{}
	for {
		more, err := w.fill(ctx)
		if err != nil {
			return nil, err
		}
		if more && (len(out.Body.Posts) == in.Limit || w.spent) {
			out.Body.NextCursor = w.place
		}
		if !more || out.Body.NextCursor != "" {
			return out, nil
		}
		if p := w.next(); in.matches(p) {
			out.Body.Posts = append(out.Body.Posts, viewOf(p, post.Content{}))
		}
	}
}

// listed are the accounts whose posts are wanted: one, or all.
func (a *API) listed(ctx context.Context, id string) ([]string, error) {
	if id != "" {
		return []string{id}, nil
	}
	state, err := a.Setup.State(ctx)
	ids := make([]string, len(state.Accounts))
	for i, acc := range state.Accounts {
		ids[i] = acc.ID
	}
	return ids, err
}

const (
	mostPage = 100 // records that are read at once
	mostRead = 500 // records that one request reads
)

// walk goes over the posts of several accounts, newest first.
type walk struct {
	posts Lists
	runs  []run  // one for each account
	page  int    // how many records of an account are read at once
	read  int    // how many were read
	place string // of the last post that was given; at first where to start
	spent bool   // no more may be read
}

// run is what has been read of an account's list and not been given yet.
type run struct {
	account, before string
	posts           []post.Post
	ended           bool
}

// newWalk begins before a place in the merged list; empty: at the newest.
func newWalk(posts Lists, accounts []string, before string, page int) *walk {
	w := &walk{posts: posts, place: before, runs: make([]run, len(accounts))}
	for i, id := range accounts {
		w.runs[i] = run{account: id, before: before}
	}
	if len(accounts) > 0 {
		w.page = page/len(accounts) + 1
	}
	return w
}

// fill reads on where an account's posts are used up, and reports whether there is
// a next post or, when spent is set, may be one.
func (w *walk) fill(ctx context.Context) (more bool, err error) {
	var empty []*run
	for i := range w.runs {
		if r := &w.runs[i]; len(r.posts) == 0 && !r.ended {
			empty = append(empty, r)
		}
	}
	if len(empty) > 0 && w.read > 0 && w.read+len(empty)*w.page > mostRead {
		w.spent = true
		return true, nil
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, r := range empty {
		g.Go(func() error { return r.fill(ctx, w.posts, w.page) })
	}
	if err := g.Wait(); err != nil {
		return false, err
	}
	for _, r := range empty {
		w.read += len(r.posts)
	}
	return slices.ContainsFunc(w.runs, func(r run) bool { return len(r.posts) > 0 }), nil
}

// fill reads a page. Only an empty one is the last: where posts were deleted just
// now a page may be short.
func (r *run) fill(ctx context.Context, posts Lists, page int) (err error) {
	if r.posts, err = posts.List(ctx, r.account, r.before, page); err != nil {
		return err
	}
	r.ended = len(r.posts) == 0
	if !r.ended {
		r.before = r.posts[len(r.posts)-1].Place()
	}
	return nil
}

// next gives the newest post that was not given yet. There is one: fill said so.
func (w *walk) next() post.Post {
	var newest *run
	for i := range w.runs {
		if r := &w.runs[i]; len(r.posts) > 0 && (newest == nil || r.posts[0].Place() > newest.posts[0].Place()) {
			newest = r
		}
	}
	p := newest.posts[0]
	newest.posts, w.place = newest.posts[1:], p.Place()
	return p
}
