package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/vault"
)

// TweetInput is one tweet of a thread as its author gives it.
type TweetInput struct {
	Text string `json:"text" minLength:"1" maxLength:"25000" doc:"What the tweet says"`
}

// PostInput is a thread to publish.
type PostInput struct {
	AccountID string       `json:"account_id,omitempty" maxLength:"19" doc:"The account that posts; may be left out when only one is connected"`
	Tweets    []TweetInput `json:"tweets" minItems:"1" maxItems:"500" doc:"The thread, in order"`
	At        string       `json:"at,omitempty" maxLength:"64" doc:"When to start: RFC 3339, or wall-clock time such as 2026-12-01 09:00 in the zone. Left out: now"`
	Zone      string       `json:"zone,omitempty" maxLength:"64" doc:"IANA time zone of at; left out: the account's"`
	Draft     bool         `json:"draft,omitempty" doc:"Keep it as a draft; at is not given then"`
	Lateness  int          `json:"lateness_seconds,omitempty" minimum:"0" maximum:"31536000" doc:"By how much it may start late before it counts as missed; 0: however late"`
}

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
}

// PostView is a post's record.
type PostView struct {
	ID              string      `json:"id"`
	AccountID       string      `json:"account_id"`
	Title           string      `json:"title" doc:"Its first words"`
	Status          string      `json:"status" enum:"draft,scheduled,publishing,published,failed,cancelled,missed"`
	SubStatus       string      `json:"sub_status,omitempty"`
	FailReason      *ReasonView `json:"fail_reason,omitempty" doc:"Why it failed, or what it waits for"`
	RunID           string      `json:"run_id,omitempty" doc:"The run that worked on it last"`
	ScheduledAt     *time.Time  `json:"scheduled_at,omitempty"`
	Zone            string      `json:"zone,omitempty"`
	NextAt          *time.Time  `json:"next_at,omitempty" doc:"When something happens next: the start, or the end of a wait"`
	CreatedAt       time.Time   `json:"created_at"`
	UpdatedAt       time.Time   `json:"updated_at"`
	PlatformPostIDs []string    `json:"platform_post_ids"`
	TweetCount      int         `json:"tweet_count"`
	Tweets          []TweetView `json:"tweets,omitempty" doc:"Tweet by tweet; not in lists"`
	Notes           []string    `json:"notes,omitempty" doc:"What the caller should know about how the request was understood"`
}

type (
	postOutput struct{ Body PostView }
	postByID   struct {
		ID string `path:"id" maxLength:"64"`
	}
	createInput struct{ Body PostInput }
	listInput   struct {
		AccountID string `query:"account_id" maxLength:"19" doc:"Only this account's"`
		Status    string `query:"status" enum:"draft,scheduled,publishing,published,failed,cancelled,missed" doc:"Only those in this status"`
		Limit     int    `query:"limit" minimum:"1" maximum:"50" default:"25"`
		Cursor    string `query:"cursor" maxLength:"64" doc:"next_cursor of the page before"`
	}
	listOutput struct {
		Body struct {
			Posts      []PostView `json:"posts"`
			NextCursor string     `json:"next_cursor,omitempty" doc:"Absent on the last page"`
		}
	}
	resolveInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			ThreadPosition int    `json:"thread_position" minimum:"1"`
			Outcome        string `json:"outcome" enum:"published,absent"`
			PlatformPostID string `json:"platform_post_id,omitempty" maxLength:"19" doc:"X's id, when the outcome is published"`
		}
	}
)

// postRoutes registers the operations on posts.
func (a *API) postRoutes(api huma.API) {
	create := operation(http.MethodPost, "/v1/posts", "create-post", "Schedule a thread, publish it now, or keep it as a draft")
	create.DefaultStatus = http.StatusCreated
	register(a, api, create, a.create)
	register(a, api, operation(http.MethodGet, "/v1/posts", "list-posts", "List posts, newest first"), a.list)
	register(a, api, operation(http.MethodGet, "/v1/posts/{id}", "get-post", "Read a post, tweet by tweet"), a.get)
	for _, verb := range []struct {
		path, summary string
		move          func(post.Post, time.Time) (post.Post, error)
	}{
		{"cancel", "Cancel what has not gone out", post.Post.Cancel},
		{"retry", "Resume at the first tweet that is not out", post.Post.Retry},
		{"publish", "Publish now", func(p post.Post, now time.Time) (post.Post, error) { return p.Schedule(now, now, p.Zone) }},
	} {
		op := operation(http.MethodPost, "/v1/posts/{id}/"+verb.path, verb.path+"-post", verb.summary)
		register(a, api, op, func(ctx context.Context, in *postByID) (*postOutput, error) {
			return a.move(ctx, in.ID, func(p post.Post, _ post.Content) (post.Post, error) { return verb.move(p, a.Now()) })
		})
	}
	register(a, api, operation(http.MethodPost, "/v1/posts/{id}/resolve", "resolve-post", "Say whether a tweet is on X when Spool cannot know"), a.resolve)
}

// create stores a new post, and wakes a worker when it is due soon.
func (a *API) create(ctx context.Context, in *createInput) (*postOutput, error) {
	account, err := a.account(ctx, in.Body.AccountID)
	if err != nil {
		return nil, err
	}
	at, zone, notes, err := a.when(in.Body, account)
	if err != nil {
		return nil, err
	}
	rules, err := a.rules(ctx, account)
	if err != nil {
		return nil, err
	}
	warnings, err := preflight(in.Body.Tweets, rules)
	if err != nil {
		return nil, err
	}
	c := content(in.Body.Tweets)
	p := post.New(a.Now(), account.ID, c, at, zone)
	p.Lateness, p.Writer = time.Duration(in.Body.Lateness)*time.Second, post.NewID()
	if p, err = a.Posts.Create(ctx, p, c); err != nil {
		return nil, err
	}
	a.wake(ctx, p)
	view := viewOf(p, c)
	view.Notes = slices.Concat(notes, warnings)
	return &postOutput{view}, nil
}

// when understands the time that a post is given.
func (a *API) when(in PostInput, account vault.Account) (at time.Time, zone string, notes []string, err error) {
	zone = cmp.Or(in.Zone, account.Zone, "UTC")
	switch {
	case in.Draft && in.At != "":
		return at, zone, nil, fault.New(fault.Invalid, "A draft has no time.").At("at").Todo("Leave out draft to schedule it, or at to keep it.")
	case in.Draft:
		return time.Time{}, zone, nil, nil
	case in.At == "":
		return a.Now(), zone, nil, nil
	}
	if at, err = time.Parse(time.RFC3339, in.At); err != nil {
		return at, zone, nil, fault.New(fault.Invalid, "This is no time.").At("at").Todo("Give one such as 2026-12-01T09:00:00+01:00.")
	}
	return at, zone, nil, nil
}

// account finds the account that is meant.
func (a *API) account(ctx context.Context, id string) (vault.Account, error) {
	state, err := a.Setup.State(ctx)
	if err != nil {
		return vault.Account{}, err
	}
	if id == "" && len(state.Accounts) == 1 {
		return state.Accounts[0], nil
	}
	if id == "" && len(state.Accounts) == 0 {
		return vault.Account{}, fault.New(fault.NotSetUp, "No account is connected yet.").Todo("Connect one: POST /v1/accounts/connect, then open the start link.")
	}
	i := slices.IndexFunc(state.Accounts, func(acc vault.Account) bool { return acc.ID == id })
	if i < 0 {
		names := make([]string, len(state.Accounts))
		for k, acc := range state.Accounts {
			names[k] = fmt.Sprintf("%s (@%s)", acc.ID, acc.Username)
		}
		return vault.Account{}, fault.New(fault.Invalid, "Which account shall post is not clear.").At("account_id").
			Todo("Give one of: %s.", strings.Join(names, ", "))
	}
	return state.Accounts[i], nil
}

// content makes the first version of a thread's content.
func content(tweets []TweetInput) post.Content {
	c := post.Content{Version: 1, Tweets: make([]post.Tweet, len(tweets))}
	for i, t := range tweets {
		c.Tweets[i] = post.Tweet{Text: t.Text}
	}
	return c
}

// get reads a post.
func (a *API) get(ctx context.Context, in *postByID) (*postOutput, error) {
	p, c, err := a.Posts.Load(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &postOutput{viewOf(p, c)}, nil
}

// list reads a page of posts over the wanted accounts.
func (a *API) list(ctx context.Context, in *listInput) (*listOutput, error) {
	ids := []string{in.AccountID}
	if in.AccountID == "" {
		state, err := a.Setup.State(ctx)
		if err != nil {
			return nil, err
		}
		ids = ids[:0]
		for _, acc := range state.Accounts {
			ids = append(ids, acc.ID)
		}
	}
	out := &listOutput{}
	out.Body.Posts = []PostView{}
	for before := in.Cursor; ; {
		page, more, err := a.page(ctx, ids, before, in.Limit)
		if err != nil {
			return nil, err
		}
		for i, p := range page {
			if in.Status != "" && string(p.Status) != in.Status {
				continue
			}
			out.Body.Posts = append(out.Body.Posts, viewOf(p, post.Content{}))
			if len(out.Body.Posts) == in.Limit {
				if more || i < len(page)-1 {
					out.Body.NextCursor = p.Place()
				}
				return out, nil
			}
		}
		if !more {
			return out, nil
		}
		before = page[len(page)-1].Place()
	}
}

// page merges the accounts' lists, newest first.
func (a *API) page(ctx context.Context, accounts []string, before string, limit int) (page []post.Post, more bool, err error) {
	for _, id := range accounts {
		posts, err := a.Posts.List(ctx, id, before, limit+1)
		if err != nil {
			return nil, false, err
		}
		page = append(page, posts...)
	}
	slices.SortFunc(page, func(x, y post.Post) int { return strings.Compare(y.Place(), x.Place()) })
	if len(page) > limit {
		return page[:limit], true, nil
	}
	return page, false, nil
}

// resolve takes a person's word on a tweet whose outcome is unknown.
func (a *API) resolve(ctx context.Context, in *resolveInput) (*postOutput, error) {
	id := in.Body.PlatformPostID
	switch {
	case in.Body.Outcome == "published" && id == "":
		return nil, fault.New(fault.Invalid, "The id of the published tweet is missing.").At("platform_post_id").
			Todo("Give the digits at the end of the tweet's address.")
	case in.Body.Outcome == "absent" && id != "":
		return nil, fault.New(fault.Invalid, "A tweet that is absent has no id.").At("platform_post_id").Todo("Leave it out.")
	}
	return a.move(ctx, in.ID, func(p post.Post, _ post.Content) (post.Post, error) {
		return p.Resolve(a.Now(), in.Body.ThreadPosition, id)
	})
}

// tries is how often a change is decided anew when the post moved meanwhile.
const tries = 3

// move makes one transition. When another writer comes first, the transition is
// decided anew on what that one stored: one wins, and the other is told.
func (a *API) move(ctx context.Context, id string, transition func(post.Post, post.Content) (post.Post, error)) (*postOutput, error) {
	for n := 1; ; n++ {
		p, c, err := a.Posts.Load(ctx, id)
		if err != nil {
			return nil, err
		}
		if p, err = transition(p, c); err != nil {
			return nil, err
		}
		p.Writer = post.NewID()
		p, err = a.Posts.Save(ctx, p)
		if fault.Is(err, fault.Conflict) && n < tries {
			continue
		}
		if err != nil {
			return nil, err
		}
		a.wake(ctx, p)
		return &postOutput{viewOf(p, c)}, nil
	}
}

// wake has a worker look at a post that is due before the next round of
// dispatch is sure to find it. When that fails the round finds it later.
func (a *API) wake(ctx context.Context, p post.Post) {
	now := a.Now()
	if p.Due.IsZero() || !schedule.Soon(now, p.Due) {
		return
	}
	err := a.Waker.WakeAll(ctx, []schedule.Wake{{PostID: p.ID, DueAt: p.Due, Delay: schedule.Delay(now, p.Due)}})
	if err != nil {
		a.Log.WarnContext(ctx, "no worker could be woken; dispatch will", "post_id", p.ID, "error", err)
	}
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
	if len(c.Tweets) == 0 {
		return v
	}
	for i, l := range p.Lines() {
		t := TweetView{
			ThreadPosition: l.ThreadPosition, Status: l.Status, PlatformPostID: l.PlatformPostID, ParentPostID: l.ParentPostID,
			AttemptedAt: optional(l.AttemptedAt), PostedAt: optional(l.PostedAt),
		}
		if i < len(c.Tweets) {
			t.Text = c.Tweets[i].Text
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
