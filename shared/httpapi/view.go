package httpapi

import (
	"time"

	"spool/shared/post"
)

// ReasonView says why a post stands where it stands.
type ReasonView struct {
	Code        string `json:"code"`
	Sentence    string `json:"sentence"`
	Todo        string `json:"todo,omitempty"`
	Detail      string `json:"detail,omitempty" doc:"X's own words"`
	Transaction string `json:"transaction,omitempty" doc:"X's x-transaction-id"`
}

// TweetView is one tweet of a thread as the record has it.
type TweetView struct {
	ThreadPosition int        `json:"thread_position" doc:"From 1"`
	Text           string     `json:"text,omitempty"`
	Status         string     `json:"status" enum:"pending,attempting,published"`
	PlatformPostID string     `json:"platform_post_id,omitempty" doc:"X's id"`
	ParentPostID   string     `json:"parent_post_id,omitempty" doc:"The id that it replies to"`
	AttemptedAt    *time.Time `json:"attempted_at,omitempty"`
	PostedAt       *time.Time `json:"posted_at,omitempty"`
	ExtrasView
}

// ProgressView is how much of a post's media X has.
type ProgressView struct {
	SentBytes  int64 `json:"sent_bytes"`
	TotalBytes int64 `json:"total_bytes"`
}

// PostView is a post's record.
type PostView struct {
	ID              string        `json:"id"`
	AccountID       string        `json:"account_id"`
	Title           string        `json:"title" doc:"Its first words"`
	Status          string        `json:"status" enum:"draft,scheduled,publishing,published,failed,cancelled,missed"`
	SubStatus       string        `json:"sub_status,omitempty"`
	FailReason      *ReasonView   `json:"fail_reason,omitempty" doc:"Why it failed, or what it waits for"`
	RunID           string        `json:"run_id,omitempty" doc:"The run that worked on it last"`
	ScheduledAt     *time.Time    `json:"scheduled_at,omitempty"`
	Zone            string        `json:"zone,omitempty"`
	NextAt          *time.Time    `json:"next_at,omitempty" doc:"When something happens next: the start, or the end of a wait"`
	CreatedAt       time.Time     `json:"created_at"`
	UpdatedAt       time.Time     `json:"updated_at"`
	PlatformPostIDs []string      `json:"platform_post_ids"`
	TweetCount      int           `json:"tweet_count"`
	MediaProgress   *ProgressView `json:"media_progress,omitempty" doc:"While its media are uploaded to X"`
	Tweets          []TweetView   `json:"tweets,omitempty" doc:"Tweet by tweet; not in lists"`
	Notes           []string      `json:"notes,omitempty" doc:"What the caller should know about how the request was understood"`
}

// viewOf shows a record, with its texts when there are any.
func viewOf(p post.Post, c post.Content) PostView {
	v := PostView{
		ID: p.ID, AccountID: p.AccountID, Title: p.Title, Status: string(p.Status), SubStatus: string(p.Sub), RunID: p.RunID,
		ScheduledAt: optional(p.ScheduledAt), Zone: p.Zone, NextAt: optional(p.Due), CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		PlatformPostIDs: p.PlatformPostIDs(), TweetCount: p.Size,
	}
	if p.Reason != nil {
		r := ReasonView(*p.Reason)
		v.FailReason = &r
	}
	if m := p.Media; m != nil && p.Sub == post.MediaUploading {
		v.MediaProgress = &ProgressView{SentBytes: m.Sent, TotalBytes: m.Total}
	}
	if len(c.Tweets) == 0 {
		return v
	}
	for i, l := range p.Lines() {
		t := TweetView{
			ThreadPosition: l.ThreadPosition, Status: l.Status, PlatformPostID: l.PlatformPostID, ParentPostID: l.ParentPostID,
			AttemptedAt: optional(l.AttemptedAt), PostedAt: optional(l.PostedAt),
		}
		if i < len(c.Tweets) {
			t.Text, t.ExtrasView = c.Tweets[i].Text, extrasOf(c.Tweets[i])
		}
		v.Tweets = append(v.Tweets, t)
	}
	return v
}

// optional is nil for no time.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
