package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/intake"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/vault"
	"spool/shared/wire"
)

// viewOfPreview adds to a preview what the posts have beside their text.
func viewOfPreview(t tweet.Thread, thread []post.Tweet) wire.Preview {
	v := wire.Preview{Posts: make([]wire.PreviewPost, len(t.Posts)), Findings: foremost(t.Findings), Cost: t.Cost}
	for i, p := range t.Posts {
		v.Posts[i].PostPreview = p
		if i < len(thread) {
			v.Posts[i].Extras = extrasOf(thread[i])
		}
	}
	return v
}

// mostFindings bounds what is said of a thread: nobody reads more, and an answer has
// its limits.
const mostFindings = 200

// foremost are the findings, or of very many the errors before all others.
func foremost(all []tweet.Finding) []tweet.Finding {
	if len(all) <= mostFindings {
		return all
	}
	errorsFirst := slices.Clone(all)
	slices.SortStableFunc(errorsFirst, func(a, b tweet.Finding) int {
		return cmp.Compare(severityRank(a.Severity), severityRank(b.Severity))
	})
	return append(errorsFirst[:mostFindings:mostFindings], tweet.Finding{
		Severity: tweet.Hint, Code: "more_findings", Message: fmt.Sprintf("%d more findings are not listed.", len(all)-mostFindings),
	})
}

// severityRank sorts errors before all else.
func severityRank(s tweet.Severity) int {
	if s == tweet.Error {
		return 0
	}
	return 1
}

type (
	previewInput  struct{ Body wire.PreviewInput }
	previewOutput struct{ Body wire.Preview }
)

// previewRoutes registers the preview.
func (a *API) previewRoutes(api huma.API) {
	op := operation(http.MethodPost, "/v1/preview", "preview", "Show a thread as it will look, what X would say to it and what it costs", access.PostsWrite)
	register(a, api, op, a.preview)
	register(a, api, operation(http.MethodGet, "/v1/price", "price-month", "What a month's schedule costs at X", access.PostsRead), a.price)
}

// preview shows a thread before it is saved.
func (a *API) preview(ctx context.Context, in *previewInput) (*previewOutput, error) {
	rules, err := a.previewRules(ctx, in.Body.AccountID)
	if err != nil {
		return nil, err
	}
	switch b := in.Body; {
	case (b.Text == "") == (len(b.Tweets) == 0):
		return nil, fault.New(fault.Invalid, "Give either a text to split, or the tweets of a thread.").At("text")
	case b.Text == "":
		thread, _, err := a.thread(ctx, b.Tweets)
		if err != nil {
			return nil, err
		}
		return &previewOutput{viewOfPreview(tweet.Preview(drafts(thread), rules), thread)}, nil
	}
	o := tweet.Options{OneEach: in.Body.OneEach}
	if n := in.Body.Numbering; n != nil {
		o.Numbering = tweet.Numbering{Format: n.Format, First: n.First}
	}
	thread, err := tweet.PreviewText(intake.LF(in.Body.Text), o, rules)
	if errors.Is(err, tweet.ErrTooManyPosts) {
		return nil, fault.New(fault.Invalid, "This makes more than %d tweets, which no thread may have.", tweet.MaxThread).At("text").
			Todo("Divide the text into several threads.").Because(err)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s", sentence(err.Error())).At("numbering.format").Because(err)
	}
	return &previewOutput{viewOfPreview(thread, nil)}, nil
}

// previewRules are the rules of the account that is meant, or X's common ones
// while no account is connected.
func (a *API) previewRules(ctx context.Context, id string) (tweet.Rules, error) {
	account, err := a.account(ctx, id)
	if id == "" && err != nil && fault.CodeOf(err) != fault.Internal {
		return tweet.Rules{Prices: a.Prices}, nil
	}
	if err != nil {
		return tweet.Rules{}, err
	}
	return a.rules(ctx, account)
}

const (
	// duplicateWindow is how long X refuses a text that was posted already.
	duplicateWindow = 24 * time.Hour
	// recentPosts is how many of an account's posts are looked at for it.
	recentPosts = 25
)

// rules are what the account's threads are checked against.
func (a *API) rules(ctx context.Context, account vault.Account) (tweet.Rules, error) {
	r := tweet.Rules{Limit: account.Limit, Username: account.Username, Prices: a.Prices}
	posts, err := a.Posts.List(ctx, account.ID, "", recentPosts)
	if err != nil {
		return r, err
	}
	var recent []post.Post
	for _, p := range posts {
		if p.Status == post.Published && a.Now().Sub(p.UpdatedAt) < duplicateWindow {
			recent = append(recent, p)
		}
	}
	contents, err := a.Posts.Contents(ctx, recent)
	for _, c := range contents {
		for _, t := range c.Tweets {
			r.Recent = append(r.Recent, t.Text)
		}
	}
	return r, err
}

// preflight refuses what X would refuse, all of it at once, and notes what the
// owner should know.
func preflight(thread []post.Tweet, r tweet.Rules) (notes []string, err error) {
	p := problemOf(fault.New(fault.Invalid, "X would refuse this thread.").Todo("Correct each of the errors; POST /v1/preview shows them in place."))
	for _, f := range tweet.Check(drafts(thread), r) {
		if f.Severity != tweet.Error {
			notes = append(notes, f.Message)
			continue
		}
		field := "tweets"
		if f.Post > 0 {
			field = fmt.Sprintf("tweets[%d].%s", f.Post-1, partOf(f.Code))
		}
		p.Errors = append(p.Errors, wire.FieldError{Field: field, Code: f.Code, Message: f.Message})
	}
	if len(p.Errors) == 0 {
		return notes, nil
	}
	p.Field, p.Detail = p.Errors[0].Field, p.Errors[0].Message
	return nil, listed(p, len(p.Errors))
}

// partOf is the part of a tweet that a finding is about.
func partOf(code string) string {
	switch code {
	case tweet.CodeTooManyMedia, tweet.CodeMixedMedia, tweet.CodeMediumTooLarge, tweet.CodeUnknownMedium, tweet.CodeMediumBeyond, tweet.CodeMediumStill, tweet.CodeAltText, tweet.CodeExclusive:
		return "media"
	case tweet.CodePollOptions, tweet.CodePollDuration:
		return "poll"
	case tweet.CodeReplySettings:
		return "reply_settings"
	case tweet.CodeQuote:
		return "quote_tweet_id"
	}
	return "text"
}
