package httpapi

import (
	"context"
	"net/http"
	"time"

	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

// viewOf shows a record to a caller, with its texts when there are any.
func (a *API) viewOf(ctx context.Context, p post.Post, c post.Content) wire.Post {
	v := wire.Post{
		ID: p.ID, AccountID: p.AccountID, Title: p.Title, Status: p.Status, SubStatus: p.Sub, RunID: p.RunID,
		Label: p.Label(), Summary: p.Summary(), NeedsYou: p.NeedsOwner(), Actions: actionsOf(ctx, p, a.Now()),
		ScheduledAt: optional(p.ScheduledAt), Zone: p.Zone, NextAt: optional(p.Due), CreatedAt: p.CreatedAt,
		UpdatedAt:       p.UpdatedAt,
		PlatformPostIDs: p.PlatformPostIDs(), TweetCount: p.Size, Withdrawn: p.Removal != nil,
	}
	v.FailReason = viewOfReason(p.Reason)
	if v.FailReason != nil {
		v.FailReason.TodoCode, v.FailReason.Todo = p.Todo()
	}
	if m := p.Media; m != nil && p.Sub == post.MediaUploading {
		v.MediaProgress = &wire.Progress{SentBytes: m.Sent, TotalBytes: m.Total}
	}
	if len(c.Tweets) == 0 {
		return v
	}
	for i, l := range p.Lines() {
		t := wire.Tweet{
			ThreadPosition: l.ThreadPosition, Status: l.Status, PlatformPostID: l.PlatformPostID, ParentPostID: l.ParentPostID,
			AttemptedAt: optional(l.AttemptedAt), PostedAt: optional(l.PostedAt),
		}
		if i < len(c.Tweets) {
			t.Text, t.Extras = c.Tweets[i].Text, extrasOf(c.Tweets[i])
		}
		v.Tweets = append(v.Tweets, t)
	}
	return v
}

// actionsOf are what the caller may do with a post at a time. All of them change
// posts, so all of them are for the same scope.
func actionsOf(ctx context.Context, p post.Post, now time.Time) []wire.Action {
	actions := []wire.Action{}
	if !access.From(ctx).May(access.PostsWrite) {
		return actions
	}
	for _, a := range p.Actions(now) {
		method, verb := requestOf(a)
		actions = append(actions, wire.Action{Action: a, Method: method, Path: "/v1/posts/" + p.ID + verb})
	}
	return actions
}

// requestOf is the request that does something with a post: its method, and what
// follows the post in its path.
func requestOf(a post.Action) (method, verb string) {
	switch a {
	case post.ActionEdit, post.ActionSchedule:
		return http.MethodPatch, ""
	case post.ActionDelete:
		return http.MethodDelete, ""
	case post.ActionRestore:
		return http.MethodPost, "/retry"
	default:
		return http.MethodPost, "/" + string(a)
	}
}

// viewOfReason shows a reason, with what helps.
func viewOfReason(r *fault.Reason) *wire.Reason {
	if r == nil {
		return nil
	}
	return &wire.Reason{
		Code: r.Code, Sentence: r.Sentence, Todo: r.Todo, TodoCode: r.TodoCode(), Detail: r.Detail,
		Transaction: r.Transaction,
	}
}

// optional is nil for no time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
