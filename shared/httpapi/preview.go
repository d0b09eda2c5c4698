package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// viewOfPreview adds to a preview what the posts have beside their text.
func viewOfPreview(t tweet.Thread, thread []post.Tweet) wire.Preview {
	v := wire.Preview{Tweets: make([]wire.PreviewTweet, len(t.Tweets)), Findings: foremost(t.Findings), Cost: t.Cost}
	for i, p := range t.Tweets {
		v.Tweets[i].PreviewedTweet = p
		if i < len(thread) {
			v.Tweets[i].Extras = extrasOf(thread[i])
		}
	}
	return v
}

// mostFindings bounds what is said of a thread: nobody reads more, and an answer has
// its limits, as has the item that notes are kept in.
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
		Severity: tweet.Hint, Code: "more_findings", Message: fmt.Sprintf("%d more findings are not listed.",
			len(all)-mostFindings),
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
func (a *API) previewRoutes(r *routes) {
	op := operation(http.MethodPost, "/v1/preview", "preview",
		"Show a thread as it will look, what X would say to it and what it costs", access.PostsWrite)
	register(a, r, op, a.preview)
	register(a, r,
		operation(http.MethodGet, "/v1/price", "price-month", "What a month's schedule costs at X",
			access.PostsRead), a.price)
}

// preview shows a thread before it is saved.
func (a *API) preview(ctx context.Context, in *previewInput) (*previewOutput, error) {
	w, err := writtenIn(in.Body.Tweets, in.Body.Writing)
	if err != nil {
		return nil, err
	}
	account, known, err := a.previewAccount(ctx, in.Body.AccountID, w)
	if err != nil {
		return nil, err
	}
	shown, thread, err := a.shown(ctx, in.Body.PostID, w, a.rules(account))
	if err != nil {
		return nil, err
	}
	if in.Body.PostID == "" {
		shown.Findings = append(shown.Findings, a.frontFindings(ctx, in.Body.AccountID, account, w)...)
	}
	if known {
		warnings, err := a.warnings(ctx, account, thread, post.Post{ID: in.Body.PostID})
		if err != nil {
			return nil, err
		}
		shown.Findings = append(shown.Findings, warnings...)
	}
	return &previewOutput{viewOfPreview(shown, thread)}, nil
}

// shown is the thread of a preview, and what the rules say to it.
func (a *API) shown(ctx context.Context, id string, w written,
	rules tweet.Rules) (shown tweet.Thread, thread []post.Tweet, err error) {
	if err := w.divide(rules.Limit); err != nil {
		return shown, nil, err
	}
	var old post.Content // of the post that the thread is to be: its files stay
	if id != "" {
		if _, old, err = a.Posts.Load(ctx, id); err != nil {
			return shown, nil, err
		}
	}
	thread, _, err = a.thread(ctx, w.tweets, old)
	if err != nil {
		return shown, nil, w.blame(err, wire.PostInput{})
	}
	return w.show(drafts(thread), rules), thread, nil
}

// previewAccount is the account that is meant. While none is connected, or the front matter
// names one that is not, X's common rules hold.
func (a *API) previewAccount(ctx context.Context, id string, w written) (acc account.Account, known bool, err error) {
	acc, err = a.author(ctx, id, w)
	if id == "" && err != nil && fault.CodeOf(err) != fault.Internal {
		return account.Account{}, false, nil
	}
	return acc, err == nil, err
}

// frontFindings are what a new post would be refused for, of the front matter of its text: the
// account, the time and the zone, which a request may give in its place.
func (a *API) frontFindings(ctx context.Context, id string, acc account.Account, w written) (found []tweet.Finding) {
	front := w.manuscript.Front
	add := func(err error, name string) {
		if f, ok := errors.AsType[*fault.Error](err); ok && f.Code != fault.Internal {
			found = append(found, tweet.Finding{
				Line: w.manuscript.FrontLine(name), Severity: tweet.Error, Code: string(f.Code), Message: f.Message + " " + f.Fix,
			})
		}
	}
	if front.Account != "" && acc.ID == "" {
		_, err := a.author(ctx, id, w)
		add(err, "account")
	}
	switch _, err := zoneOf(cmp.Or(front.Zone, acc.Zone, "UTC")); {
	case err != nil:
		add(err, "zone")
	case front.At != "":
		_, _, _, err := a.instant(front.At, cmp.Or(front.Zone, acc.Zone, "UTC"))
		add(err, "at")
	}
	return found
}

// rules are what an account's threads are checked against.
func (a *API) rules(account account.Account) tweet.Rules {
	return tweet.Rules{Limit: account.Limit, Username: account.Username, Prices: a.Prices}
}

// preflight refuses what X would refuse, and notes what the owner should know of a
// thread that is to be the post p.
func (a *API) preflight(ctx context.Context, account account.Account, w written, thread []post.Tweet,
	p post.Post) (notes []string, err error) {
	notes, err = w.checked(drafts(thread), a.rules(account))
	if err != nil {
		return nil, err
	}
	more, err := a.noted(ctx, account, thread, p)
	return append(notes, more...), err
}

// noted are the warnings of a thread as notes.
func (a *API) noted(ctx context.Context, account account.Account, thread []post.Tweet,
	p post.Post) (notes []string, err error) {
	warnings, err := a.warnings(ctx, account, thread, p)
	for _, f := range warnings {
		notes = append(notes, f.Message)
	}
	return notes, err
}

// warnings are of what the thread does not show: what is said already, and what
// is left to pay with. Of p, the post that it is to be, counts what is known.
func (a *API) warnings(ctx context.Context, account account.Account, thread []post.Tweet,
	p post.Post) ([]tweet.Finding, error) {
	echoes, err := a.echoes(ctx, account, thread, p)
	if err != nil {
		return nil, err
	}
	costly, err := a.overBudget(ctx, account, thread, p)
	return append(echoes, costly...), err
}

// partOf is the part of a tweet that a finding is about.
func partOf(code string) string {
	switch code {
	case tweet.CodeTooManyMedia, tweet.CodeMixedMedia, tweet.CodeMediumTooLarge, tweet.CodeUnknownMedium,
		tweet.CodeMediumBeyond, tweet.CodeMediumStill, tweet.CodeAltText, tweet.CodeExclusive:
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
