package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

type (
	listInput struct {
		AccountID string    `query:"account_id" maxLength:"19" doc:"Only this account's posts"`
		Status    []string  `query:"status" doc:"Only posts in one of these statuses, such as failed,missed; may also be repeated"`
		NeedsYou  bool      `query:"needs_you" doc:"Only posts to which nothing more happens until a person does something"`
		From      time.Time `query:"from" doc:"Only posts whose scheduled_at is this time or later (RFC 3339)" example:"2026-12-01T00:00:00Z"`
		To        time.Time `query:"to" doc:"Only posts whose scheduled_at is earlier than this (RFC 3339)" example:"2027-01-01T00:00:00Z"`
		Limit     int       `query:"limit" minimum:"1" maximum:"100" default:"25" doc:"The most posts that one answer has"`
		Order     string    `query:"order" enum:"latest,earliest" default:"latest" doc:"What comes first"`
		Search    string    `query:"q" maxLength:"200" doc:"Only posts whose texts have all of these words, in any order and case"`
		Cursor    string    `query:"cursor" maxLength:"64" pattern:"^[0-9]{14}-[0-9A-Z]+(\\.[0-9]{1,14})?$" doc:"next_cursor of the answer before"`
	}
	listOutput struct{ Body wire.PostList }
)

// listing tells in the document how lists are ordered, and what they cost.
const listing = "Posts come by when they were made; with a status, needs_you, from or to they come by scheduled_at instead, drafts by when they were made. " +
	"A cursor is a place in that order: posts that move while you page are never shown twice, and those that do not move are never left out. " +
	"One request looks at a bounded number of posts. Where that does not find as many as the limit, the answer holds fewer, or none, " +
	"and searched_until tells how far it came. The list ends where next_cursor is absent."

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

// filtered reports whether a list is of some statuses or times only.
func (in *listInput) filtered() bool {
	return len(in.Status) > 0 || in.NeedsYou || !in.From.IsZero() || !in.To.IsZero()
}

// wants reports whether a list is to show posts of a status.
func (in *listInput) wants(s post.Status) bool {
	return (len(in.Status) == 0 || slices.Contains(in.Status, string(s))) && (!in.NeedsYou || s.MayNeedOwner())
}

// matches reports whether a list is to show a post.
func (in *listInput) matches(p post.Post) bool {
	switch {
	case !in.wants(p.Status), in.NeedsYou && !p.NeedsOwner(), in.AccountID != "" && p.AccountID != in.AccountID:
		return false
	case in.From.IsZero() && in.To.IsZero():
		return true
	case p.ScheduledAt.IsZero():
		return false
	}
	return !p.ScheduledAt.Before(in.From) && (in.To.IsZero() || p.ScheduledAt.Before(in.To))
}

// list answers a page of the posts of the wanted accounts.
func (a *API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	if !in.To.IsZero() && !in.From.Before(in.To) {
		return nil, fault.New(fault.Invalid, "This time span is empty: to is not after from.").At("query.to").
			Todo("Give a later to, or an earlier from.")
	}
	f := a.finder(in)
	if err := f.page(ctx); err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Posts = make([]wire.Post, len(f.found))
	for i, p := range f.found {
		out.Body.Posts[i] = a.viewOf(ctx, p, post.Content{})
	}
	if f.more {
		out.Body.NextCursor = f.cursor()
	}
	if f.partial {
		out.Body.SearchedUntil = optional(post.SortKeyTime(f.place))
	}
	return out, nil
}
