package wire

import "spool/shared/tweet"

// TweetInput is one tweet of a thread as its author gives it.
type TweetInput struct {
	Text            string          `json:"text,omitempty" maxLength:"25000" doc:"What the tweet says; may be left out beside media"`
	Media           []MediaRefInput `json:"media,omitempty" maxItems:"4" doc:"Up to 4 pictures, or 1 GIF, or 1 video"`
	Poll            *Poll           `json:"poll,omitempty" doc:"A question with two to four answers, in place of media; the question is the tweet's text"`
	ReplySettings   string          `json:"reply_settings,omitempty" enum:"following,mentionedUsers,subscribers,verified" doc:"Who may reply; left out: everybody"`
	QuoteTweetID    string          `json:"quote_tweet_id,omitempty" pattern:"^[0-9]{1,19}$" doc:"The tweet that it quotes"`
	CommunityID     string          `json:"community_id,omitempty" pattern:"^[0-9]{1,19}$" doc:"The community that it is posted to"`
	MadeWithAI      bool            `json:"made_with_ai,omitempty" doc:"Its media were made by AI"`
	PaidPartnership bool            `json:"paid_partnership,omitempty" doc:"Somebody paid for it"`
}

// TweetOf is a draft without its media.
func TweetOf(d tweet.Draft) TweetInput {
	t := TweetInput{
		Text: d.Text, ReplySettings: d.ReplySettings, QuoteTweetID: d.QuoteID, CommunityID: d.CommunityID,
		MadeWithAI: d.MadeWithAI, PaidPartnership: d.PaidPartnership,
	}
	if d.Poll != nil {
		t.Poll = &Poll{Options: d.Poll.Options, Minutes: d.Poll.Minutes}
	}
	return t
}

// MediaRefInput names a file.
type MediaRefInput struct {
	ID      string `json:"id" maxLength:"64" doc:"From POST /v1/media"`
	AltText string `json:"alt_text,omitempty" maxLength:"1000" doc:"What it shows, for those who cannot see it"`
}

// Poll is a question with two to four answers.
type Poll struct {
	Options []string `json:"options" minItems:"2" maxItems:"4" doc:"The answers, of 1 to 25 characters"`
	Minutes int      `json:"duration_minutes" minimum:"5" maximum:"10080" doc:"How long one can vote"`
}

// Extras is what a tweet has beside its text.
type Extras struct {
	Media           []MediaRef `json:"media,omitempty"`
	Poll            *Poll      `json:"poll,omitempty"`
	ReplySettings   string     `json:"reply_settings,omitempty"`
	QuoteTweetID    string     `json:"quote_tweet_id,omitempty"`
	CommunityID     string     `json:"community_id,omitempty"`
	MadeWithAI      bool       `json:"made_with_ai,omitempty"`
	PaidPartnership bool       `json:"paid_partnership,omitempty"`
}

// MediaRef is a file that a tweet shows.
type MediaRef struct {
	ID          string `json:"id"`
	Kind        string `json:"kind" enum:"image,gif,video"`
	ContentType string `json:"content_type"`
	AltText     string `json:"alt_text,omitempty"`
}
