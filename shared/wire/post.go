package wire

import (
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// PostInput is a thread to publish.
type PostInput struct {
	AccountID string       `json:"account_id,omitempty" maxLength:"19" doc:"The account that posts; may be left out when only one is connected"`
	Tweets    []TweetInput `json:"tweets,omitempty" minItems:"1" maxItems:"500" doc:"The thread, in order"`
	Writing
	At       string `json:"at,omitempty" minLength:"1" maxLength:"64" doc:"When to start: RFC 3339, or wall-clock time such as 2026-12-01 09:00 in the zone. Left out: now"`
	Zone     string `json:"zone,omitempty" maxLength:"64" doc:"IANA time zone of at; left out: the account's"`
	Draft    bool   `json:"draft,omitempty" doc:"Keep it as a draft; at is not given then"`
	Lateness *int   `json:"lateness_seconds,omitempty" minimum:"0" maximum:"31536000" doc:"By how much it may start late before it counts as missed; 0: however late; left out: as the account says"`
}

// EditInput is what is to change of a post. What is left out stays.
type EditInput struct {
	Tweets []TweetInput `json:"tweets,omitempty" minItems:"1" maxItems:"500" doc:"The whole new thread; tweets that are out already must stay as they are"`
	Writing
	At       string `json:"at,omitempty" minLength:"1" maxLength:"64" doc:"A (new) time, as for a new post; a draft is scheduled by it"`
	Zone     string `json:"zone,omitempty" maxLength:"64" doc:"IANA time zone of at"`
	Lateness *int   `json:"lateness_seconds,omitempty" minimum:"0" maximum:"31536000"`
}

// Post is a post's record.
type Post struct {
	ID              string         `json:"id"`
	AccountID       string         `json:"account_id"`
	Title           string         `json:"title" doc:"Its first words"`
	Status          post.Status    `json:"status"`
	SubStatus       post.SubStatus `json:"sub_status,omitempty"`
	Label           string         `json:"label" doc:"How it stands, in a word or two"`
	Summary         string         `json:"summary" doc:"How it stands, in a sentence or two; fail_reason says why, and next_at until when"`
	NeedsYou        bool           `json:"needs_you" doc:"Nothing more happens to it until a person does something. What its owner stopped on purpose needs nobody"`
	Actions         []Action       `json:"actions" nullable:"false" doc:"What the caller may do with it now, what takes it further first; none where the caller's key may not change posts. When something moved it meanwhile the request is refused all the same"`
	FailReason      *Reason        `json:"fail_reason,omitempty" doc:"Why it failed, or what it waits for"`
	RunID           string         `json:"run_id,omitempty" doc:"The run that worked on it last"`
	ScheduledAt     *time.Time     `json:"scheduled_at,omitempty"`
	Zone            string         `json:"zone,omitempty"`
	NextAt          *time.Time     `json:"next_at,omitempty" doc:"When something happens next: the start, or the end of a wait"`
	CreatedAt       time.Time      `json:"created_at"`
	UpdatedAt       time.Time      `json:"updated_at"`
	Withdrawn       bool           `json:"withdrawn,omitempty" doc:"Its tweets were asked to be deleted from X: nothing more of it is published"`
	PlatformPostIDs []string       `json:"platform_post_ids" nullable:"false" doc:"X's ids of the published tweets, in order; those that were deleted again among them"`
	TweetCount      int            `json:"tweet_count"`
	MediaProgress   *Progress      `json:"media_progress,omitempty" doc:"While its media are uploaded to X"`
	DeletePrice     *tweet.Dollars `json:"delete_price,omitempty" doc:"The most that X charges for deleting from it what is there of the post; not in lists"`
	Tweets          []Tweet        `json:"tweets,omitempty" doc:"Tweet by tweet; not in lists"`
	Notes           []string       `json:"notes,omitempty" doc:"What the caller should know about how the request was understood"`
}

// Action is something that may be done with a post, and the request that does it.
type Action struct {
	Action post.Action `json:"action" doc:"resolve: say whether the tweet in doubt is on X; retry: go on where it stopped, be it with publishing or with deleting from X; restore: take the cancellation back; publish: publish what is left now; schedule: give it a new time; edit: change what is not out yet; cancel: nothing more of it goes out; duplicate: make a draft that says the same; unpublish: delete its tweets from X; delete: delete the record, while X keeps the tweets"`
	Method string      `json:"method" enum:"POST,PATCH,DELETE"`
	Path   string      `json:"path" doc:"Below the API's address" example:"/v1/posts/7K2QAB/cancel"`
}

// Tweet is one tweet of a thread as the record has it.
type Tweet struct {
	ThreadPosition int              `json:"thread_position" doc:"From 1"`
	Text           string           `json:"text,omitempty"`
	Status         post.TweetStatus `json:"status" doc:"deleted: was on X, and no longer is"`
	PlatformPostID string           `json:"platform_post_id,omitempty" doc:"X's id"`
	ParentPostID   string           `json:"parent_post_id,omitempty" doc:"The id that it replies to"`
	AttemptedAt    *time.Time       `json:"attempted_at,omitempty"`
	PostedAt       *time.Time       `json:"posted_at,omitempty"`
	Extras
}

// Reason says why a post stands where it stands.
type Reason struct {
	Code        fault.ReasonCode `json:"code"`
	Sentence    string           `json:"sentence"`
	Todo        string           `json:"todo,omitempty"`
	TodoCode    fault.TodoCode   `json:"todo_code,omitempty" doc:"What to do about it, for programs. wait: nothing; retry: try again, once that is done which todo says; edit: change what the post says or shows; reschedule: give it a new time, or publish it now; duplicate: publish the thread again, as a copy; resolve: say whether the tweet is on X; connect: connect the account again; resume_account, resume_app: let it go on, once X does; set_app: give the X app's credentials; raise_budget: or wait for the next month. What has failed is to be retried afterwards"`
	Detail      string           `json:"detail,omitempty" doc:"X's own words"`
	Transaction string           `json:"transaction,omitempty" doc:"X's x-transaction-id"`
}

// Progress is how much of a post's media X has.
type Progress struct {
	SentBytes  int64 `json:"sent_bytes"`
	TotalBytes int64 `json:"total_bytes"`
}

// PostList is a page of posts.
type PostList struct {
	Posts      []Post `json:"posts" nullable:"false"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Absent on the last page"`
	// SearchedUntil tells of a page that is not full though there may be more.
	SearchedUntil *time.Time `json:"searched_until,omitempty" doc:"Present where one request did not look through all there is: it found this up to this time, and next_cursor goes on from there"`
}

// ResolveInput is a person's word on a tweet whose outcome is unknown.
type ResolveInput struct {
	ThreadPosition int    `json:"thread_position" minimum:"1" doc:"The tweet in doubt, counted from 1"`
	Outcome        string `json:"outcome" enum:"published,absent" doc:"published: the tweet is on X; absent: it is not"`
	PlatformPostID string `json:"platform_post_id,omitempty" maxLength:"19" doc:"X's id, when the outcome is published"`
	Certain        bool   `json:"certain,omitempty" doc:"Take my word where X shows another text for the tweet, or cannot be asked"`
}
