package httpapi

import (
	"context"
	"fmt"
	"slices"

	"spool/shared/fault"
	"spool/shared/intake"
	"spool/shared/post"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// extrasOf shows what a tweet has beside its text.
func extrasOf(t post.Tweet) wire.Extras {
	v := wire.Extras{
		ReplySettings: t.ReplySettings, QuoteTweetID: t.QuoteID, CommunityID: t.CommunityID,
		MadeWithAI: t.MadeWithAI, PaidPartnership: t.PaidPartnership,
	}
	for _, m := range t.Media {
		v.Media = append(v.Media, wire.MediaRef{ID: m.ID, Kind: string(m.Kind), ContentType: m.Type, AltText: m.AltText})
	}
	if t.Poll != nil {
		v.Poll = &wire.Poll{Options: t.Poll.Options, Minutes: t.Poll.Minutes}
	}
	return v
}

// thread gives a thread as it is stored, with the files that it shows besides those
// of the content that it replaces. Every file must be ready, and the thread no
// larger than what is kept.
func (a *API) thread(ctx context.Context, in []wire.TweetInput,
	old post.Content) ([]post.Tweet, map[string]post.File, error) {
	known := map[string]post.Medium{}
	for _, m := range old.Media(0) {
		known[m.ID] = m
	}
	var ids []string
	for _, t := range in {
		for _, m := range t.Media {
			if _, ok := known[m.ID]; !ok && !slices.Contains(ids, m.ID) {
				ids = append(ids, m.ID)
			}
		}
	}
	files, err := a.files(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	out := make([]post.Tweet, len(in))
	for i, t := range in {
		out[i] = post.Tweet{Text: intake.LF(t.Text), Options: post.Options{
			ReplySettings: t.ReplySettings, QuoteID: t.QuoteTweetID, CommunityID: t.CommunityID,
			MadeWithAI: t.MadeWithAI, PaidPartnership: t.PaidPartnership,
		}}
		if t.Poll != nil {
			out[i].Poll = &post.Poll{Options: t.Poll.Options, Minutes: t.Poll.Minutes}
		}
		for k, m := range t.Media {
			shown, stays := known[m.ID]
			if shown.AltText = intake.LF(m.AltText); !stays {
				f, ok := files[m.ID]
				if err := usable(f, ok, m.ID, fmt.Sprintf("tweets[%d].media[%d].id", i, k)); err != nil {
					return nil, nil, err
				}
				shown = f.Medium(shown.AltText)
			}
			if slices.ContainsFunc(out[i].Media, func(o post.Medium) bool { return o.Digest() == shown.Digest() }) {
				return nil, nil, fault.New(fault.Invalid, "Tweet %d shows the same file twice, which X refuses.", i+1).
					At(fmt.Sprintf("tweets[%d].media[%d].id", i, k)).Todo("Leave one of the two out.")
			}
			out[i].Media = append(out[i].Media, shown)
		}
	}
	return out, files, post.Content{Tweets: out}.Fits()
}

// usable refuses a file that a tweet cannot show.
func usable(f post.File, known bool, id, field string) error {
	switch {
	case !known:
		e := noFile(id)
		e.Code = fault.Invalid
		return e.At(field)
	case f.State == post.FileWaiting:
		return fault.New(fault.Invalid, "The file %q has not been uploaded yet.", f.Name).At(field).
			Todo("Upload it, then try again.")
	case f.State == post.FileRefused:
		return fault.New(fault.Invalid, "%s", f.Reason.Sentence).At(field).Todo("%s", f.Reason.Todo)
	}
	return nil
}

// drafts gives a thread as the rules of texts take it.
func drafts(tweets []post.Tweet) []tweet.Draft { return post.Drafts(tweets) }
