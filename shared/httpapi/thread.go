package httpapi

import (
	"context"
	"fmt"
	"slices"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// TweetInput is one tweet of a thread as its author gives it.
type TweetInput struct {
	Text            string          `json:"text,omitempty" maxLength:"25000" doc:"What the tweet says; may be left out beside media"`
	Media           []MediaRefInput `json:"media,omitempty" maxItems:"4" doc:"Up to 4 pictures, or 1 GIF, or 1 video"`
	Poll            *PollInput      `json:"poll,omitempty"`
	ReplySettings   string          `json:"reply_settings,omitempty" enum:"following,mentionedUsers,subscribers,verified" doc:"Who may reply; left out: everybody"`
	QuoteTweetID    string          `json:"quote_tweet_id,omitempty" pattern:"^[0-9]{1,19}$" doc:"The tweet that it quotes"`
	CommunityID     string          `json:"community_id,omitempty" pattern:"^[0-9]{1,19}$" doc:"The community that it is posted to"`
	MadeWithAI      bool            `json:"made_with_ai,omitempty" doc:"Its media were made by AI"`
	PaidPartnership bool            `json:"paid_partnership,omitempty" doc:"Somebody paid for it"`
}

// MediaRefInput names a file.
type MediaRefInput struct {
	ID      string `json:"id" maxLength:"64" doc:"From POST /v1/media"`
	AltText string `json:"alt_text,omitempty" maxLength:"1000" doc:"What it shows, for those who cannot see it"`
}

// PollInput is a question with two to four answers.
type PollInput struct {
	Options []string `json:"options" minItems:"2" maxItems:"4" doc:"The answers, of 1 to 25 characters"`
	Minutes int      `json:"duration_minutes" minimum:"5" maximum:"10080"`
}

// MediaRefView is a file that a tweet shows.
type MediaRefView struct {
	ID          string `json:"id"`
	Kind        string `json:"kind" enum:"image,gif,video"`
	ContentType string `json:"content_type"`
	AltText     string `json:"alt_text,omitempty"`
}

// ExtrasView is what a tweet has beside its text.
type ExtrasView struct {
	Media           []MediaRefView `json:"media,omitempty"`
	Poll            *PollInput     `json:"poll,omitempty"`
	ReplySettings   string         `json:"reply_settings,omitempty"`
	QuoteTweetID    string         `json:"quote_tweet_id,omitempty"`
	CommunityID     string         `json:"community_id,omitempty"`
	MadeWithAI      bool           `json:"made_with_ai,omitempty"`
	PaidPartnership bool           `json:"paid_partnership,omitempty"`
}

// extrasOf shows what a tweet has beside its text.
func extrasOf(t post.Tweet) ExtrasView {
	v := ExtrasView{
		ReplySettings: t.ReplySettings, QuoteTweetID: t.QuoteID, CommunityID: t.CommunityID,
		MadeWithAI: t.MadeWithAI, PaidPartnership: t.PaidPartnership,
	}
	for _, m := range t.Media {
		v.Media = append(v.Media, MediaRefView{ID: m.ID, Kind: string(m.Kind), ContentType: m.Type, AltText: m.AltText})
	}
	if t.Poll != nil {
		v.Poll = &PollInput{Options: t.Poll.Options, Minutes: t.Poll.Minutes}
	}
	return v
}

// thread gives a thread as it is stored, with the files that it shows. Every file
// must be ready.
func (a *API) thread(ctx context.Context, in []TweetInput) ([]post.Tweet, map[string]post.File, error) {
	var ids []string
	for _, t := range in {
		for _, m := range t.Media {
			if !slices.Contains(ids, m.ID) {
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
		out[i] = post.Tweet{Text: t.Text, Options: post.Options{
			ReplySettings: t.ReplySettings, QuoteID: t.QuoteTweetID, CommunityID: t.CommunityID,
			MadeWithAI: t.MadeWithAI, PaidPartnership: t.PaidPartnership,
		}}
		if t.Poll != nil {
			out[i].Poll = &post.Poll{Options: t.Poll.Options, Minutes: t.Poll.Minutes}
		}
		for k, m := range t.Media {
			f, ok := files[m.ID]
			if err := usable(f, ok, m.ID, fmt.Sprintf("tweets[%d].media[%d].id", i, k)); err != nil {
				return nil, nil, err
			}
			shown := f.Medium(m.AltText)
			if slices.ContainsFunc(out[i].Media, func(o post.Medium) bool { return o.Digest() == shown.Digest() }) {
				return nil, nil, fault.New(fault.Invalid, "Tweet %d shows the same file twice, which X refuses.", i+1).
					At(fmt.Sprintf("tweets[%d].media[%d].id", i, k)).Todo("Leave one of the two out.")
			}
			out[i].Media = append(out[i].Media, shown)
		}
	}
	return out, files, nil
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
			Todo("Upload it to the address that POST /v1/media answered, then try again.")
	case f.State == post.FileRefused:
		return fault.New(fault.Invalid, "%s", f.Reason.Sentence).At(field).Todo("%s", f.Reason.Todo)
	}
	return nil
}

// drafts gives a thread as the rules of texts take it.
func drafts(tweets []post.Tweet) []tweet.Draft {
	d := make([]tweet.Draft, len(tweets))
	for i, t := range tweets {
		d[i] = tweet.Draft{Text: t.Text, ReplySettings: t.ReplySettings, QuoteID: t.QuoteID}
		for _, m := range t.Media {
			d[i].Media = append(d[i].Media, tweet.Medium{Kind: m.Kind, Bytes: m.Bytes, AltText: m.AltText})
		}
		if t.Poll != nil {
			d[i].Poll = &tweet.Poll{Options: t.Poll.Options, Minutes: t.Poll.Minutes}
		}
	}
	return d
}
