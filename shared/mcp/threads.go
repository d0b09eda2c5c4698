package mcp

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/walltime"
	"spool/shared/wire"
)

type (
	draftInput struct {
		wire.PreviewInput
		Lateness       *int   `json:"lateness_seconds,omitempty" minimum:"0" maximum:"31536000" doc:"By how much it may start late before it counts as missed; 0: however late; left out: as the account says"`
		IdempotencyKey string `json:"idempotency_key,omitempty" maxLength:"255" doc:"Left out, the same arguments stand for the same post. Give a key of your own only to make another post of the very same words"`
	}
	scheduleInput struct {
		ID   string `json:"id,omitempty" minLength:"1" maxLength:"64" doc:"A post that is there: a draft, or one that is scheduled, missed or cancelled and gets another time. In place of text and tweets"`
		At   string `json:"at" minLength:"1" maxLength:"64" doc:"When it starts, which must lie ahead: RFC 3339, or wall-clock time such as 2026-12-01 09:00 or tomorrow 9am in the zone"`
		Zone string `json:"zone,omitempty" maxLength:"64" doc:"IANA time zone of at, such as Europe/Berlin; left out: the post's or the account's"`
		draftInput
	}
	editInput struct {
		ID       string `json:"id" minLength:"1" maxLength:"64" doc:"The post"`
		Revision string `json:"revision,omitempty" maxLength:"64" doc:"From get_post: the edit is refused when the post has changed since"`
		wire.Writing
		Tweets []wire.TweetInput `json:"tweets,omitempty" maxItems:"500" doc:"The whole new thread tweet by tweet, in place of text; tweets that are out already must stay as they are"`
	}
	// created is a post with what the preflight says to it.
	created struct {
		Post     wire.Post       `json:"post" doc:"Its record"`
		Findings []tweet.Finding `json:"findings,omitempty" doc:"What X may refuse or readers may not like"`
		Cost     *tweet.Cost     `json:"cost,omitempty" doc:"What X charges for publishing it"`
	}
)

// threadTools adds the tools by which threads are written.
func (s *Server) threadTools(server *sdk.Server) {
	add(server, tool{
		name: "preview", title: "Preview a thread",
		description: "Shows how a text splits into tweets, or how given tweets look, with each tweet's weighted length, what X would refuse, warnings and X's price. Nothing is stored.",
		hints:       hints{reads: true, repeatable: true},
	}, s.preview)
	add(server, tool{
		name: "create_draft", title: "Keep a thread as a draft",
		description: "Keeps a thread without publishing it, and answers its id, warnings and price. A draft goes out only when schedule_post or publish_post is called for it. " +
			"The same arguments again answer the same post.",
		hints: hints{repeatable: true},
	}, s.createDraft)
	add(server, tool{
		name: "schedule_post", title: "Schedule a thread",
		description: "Gives a thread the time at which it is published on X: a new one (text or tweets), or a draft, scheduled, missed or cancelled post (id). " +
			"Until then cancel_post stops it. The owner must have agreed to the thread, the account and the time. The same arguments again do not make a second post.",
		hints: hints{destructive: true, repeatable: true, reachesX: true},
	}, s.schedule)
	add(server, tool{
		name: "edit_post", title: "Change a thread's texts",
		description: "Replaces the texts of a post that has not gone out, or of the rest of one that has stopped. Its time stays; for another time use schedule_post. What goes out in a moment has to be stopped first.",
		hints:       hints{destructive: true, repeatable: true, reachesX: true},
	}, s.edit)
}

func (s *Server) preview(ctx context.Context, in wire.PreviewInput) (wire.Preview, string, error) {
	p, err := s.Spool.Preview(ctx, in)
	return p, previewWords(p), err
}

func (s *Server) createDraft(ctx context.Context, in draftInput) (created, string, error) {
	key := cmp.Or(in.IdempotencyKey, derived("create_draft", in))
	return s.create(ctx, in, wire.PostInput{Draft: true}, key)
}

// schedule schedules a new thread or one that is there.
func (s *Server) schedule(ctx context.Context, in scheduleInput) (created, string, error) {
	fresh := in.Text != "" || len(in.Tweets) > 0
	switch {
	case fresh == (in.ID != ""):
		return created{}, "", fault.New(fault.Invalid, "It is not clear what is to be scheduled.").At("id").
			Todo("Give the id of a post that is there, or the text or tweets of a new one.")
	case !fresh:
		return s.reschedule(ctx, in)
	}
	zone, err := s.zone(ctx, in.Zone, in.AccountID)
	if err != nil {
		return created{}, "", err
	}
	if err := s.ahead(in.At, zone); err != nil {
		return created{}, "", err
	}
	key := cmp.Or(in.IdempotencyKey, derived("schedule_post", in))
	return s.create(ctx, in.draftInput, wire.PostInput{At: in.At, Zone: in.Zone}, key)
}

// reschedule gives a post that is there a (new) time.
func (s *Server) reschedule(ctx context.Context, in scheduleInput) (created, string, error) {
	p, etag, err := s.Spool.GetPost(ctx, in.ID)
	if err != nil {
		return created{}, "", err
	}
	zone, err := s.zone(ctx, cmp.Or(in.Zone, p.Zone), p.AccountID)
	if err != nil {
		return created{}, "", err
	}
	if err := s.ahead(in.At, zone); err != nil {
		return created{}, "", err
	}
	p, err = s.Spool.EditPost(ctx, in.ID, etag, wire.EditInput{At: in.At, Zone: zone, Lateness: in.Lateness})
	return created{Post: p}, postWords(p), err
}

// zone is the time zone that a time is meant in: the one that is given, else the
// account's. No account is named where there is only one.
func (s *Server) zone(ctx context.Context, given, accountID string) (string, error) {
	if given != "" {
		return given, nil
	}
	list, err := s.Spool.ListAccounts(ctx)
	if err != nil {
		return "", err
	}
	for _, a := range list.Accounts {
		if a.ID == accountID || accountID == "" && len(list.Accounts) == 1 {
			return a.Zone, nil
		}
	}
	return "", nil // the API refuses the account
}

// ahead refuses a time that is now, or so soon that nobody could stop it: no tool
// publishes a new text in one step. What has passed for longer is the API's to refuse, since it alone knows
// whether it is a repetition; so is what is no time at all, or no zone.
func (s *Server) ahead(at, zone string) error {
	location, err := walltime.Zone(cmp.Or(zone, "UTC"))
	if err != nil {
		return nil
	}
	now := s.Now()
	moment, err := walltime.Parse(at, location, now)
	if err != nil || !moment.At.Before(now.Add(max(s.MinLead, time.Nanosecond))) || post.Ahead(now, moment.At) != nil {
		return nil
	}
	soon := fmt.Sprintf("which is less than %v ahead", s.MinLead)
	if !moment.At.After(now) {
		soon = "which is now"
	}
	return fault.New(fault.TimePassed, "This time is %s, %s; this call scheduled nothing.", clock(moment.At.In(location)),
		soon).At("at")
}

// create makes a post of a thread. What X would refuse the API refuses.
func (s *Server) create(ctx context.Context, in draftInput, made wire.PostInput, key string) (created, string, error) {
	shown, err := s.Spool.Preview(ctx, in.PreviewInput)
	if err != nil {
		return created{}, "", err
	}
	made.AccountID, made.Lateness, made.Tweets, made.Writing = in.AccountID, in.Lateness, in.Tweets, in.Writing
	p, err := s.Spool.CreatePost(ctx, made, key)
	if refused, ok := errors.AsType[*wire.Problem](err); ok && refused.Code == fault.Gone {
		return created{}, "", fault.New(fault.Gone, "A post that these very arguments made before was deleted.").
			At("idempotency_key").
			Todo("To make another one of the same words give a key of your own.")
	}
	if err != nil {
		return created{}, "", err
	}
	out := created{Post: p, Findings: shown.Findings, Cost: &shown.Cost}
	return out, createdWords(out, made.Draft), nil
}

// edit replaces the texts of a post. Where a text is given it is split as the
// post's account allows.
func (s *Server) edit(ctx context.Context, in editInput) (created, string, error) {
	p, etag, err := s.Spool.GetPost(ctx, in.ID)
	if err != nil {
		return created{}, "", err
	}
	if err := s.stoppable(p); err != nil {
		return created{}, "", err
	}
	preview := wire.PreviewInput{AccountID: p.AccountID, PostID: p.ID, Tweets: in.Tweets, Writing: in.Writing}
	shown, err := s.Spool.Preview(ctx, preview)
	if err != nil {
		return created{}, "", err
	}
	edit := wire.EditInput{Tweets: in.Tweets, Writing: in.Writing}
	p, err = s.Spool.EditPost(ctx, in.ID, cmp.Or(in.Revision, etag), edit)
	if err != nil {
		return created{}, "", err
	}
	out := created{Post: p, Findings: shown.Findings, Cost: &shown.Cost}
	return out, postWords(p) + aside(out), nil
}

// stoppable refuses a post that goes out so soon that nobody could stop a text that it
// gets now: else what was scheduled for a harmless one would publish another at once.
func (s *Server) stoppable(p wire.Post) error {
	if p.Status != post.Scheduled || p.ScheduledAt == nil || !p.ScheduledAt.Before(s.Now().Add(s.MinLead)) {
		return nil
	}
	return fault.New(fault.Conflict, "This post goes out at %s, which is less than %v ahead; its texts stay.", when(p),
		s.MinLead).
		Todo("To change it stop it with cancel_post first; after the change schedule_post gives it a time.")
}

// derived is the idempotency key of a request that has none: equal arguments of a
// tool have equal keys. A repeated call means the same post whatever the rules of
// splitting have become meanwhile, since a text is split by the API.
func derived(tool string, arguments any) string {
	b, _ := json.Marshal(arguments) // strings and numbers: it cannot fail
	sum := sha256.Sum256(slices.Concat([]byte(tool), []byte{0}, b))
	return "mcp-" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])
}
