package httpapi

import (
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/wire"
)

// viewOf shows a record, with its texts when there are any.
func viewOf(p post.Post, c post.Content) wire.Post {
	v := wire.Post{
		ID: p.ID, AccountID: p.AccountID, Title: p.Title, Status: string(p.Status), SubStatus: string(p.Sub), RunID: p.RunID,
		ScheduledAt: optional(p.ScheduledAt), Zone: p.Zone, NextAt: optional(p.Due), CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		PlatformPostIDs: p.PlatformPostIDs(), TweetCount: p.Size, Withdrawn: p.Removal != nil,
	}
	v.FailReason = viewOfReason(p.Reason)
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

// viewOfReason shows a reason, with what helps.
func viewOfReason(r *fault.Reason) *wire.Reason {
	if r == nil {
		return nil
	}
	return &wire.Reason{Code: r.Code, Sentence: r.Sentence, Todo: r.Todo, Cure: string(r.Cure()), Detail: r.Detail, Transaction: r.Transaction}
}

// optional is nil for no time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
