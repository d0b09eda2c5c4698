package xapi

import (
	"context"
	"net/http"

	"spool/shared/fault"
	"spool/shared/post"
)

// CreatePostRequest is the body of POST /2/tweets, with every field that X
// allows there and no other. Ids are decimal strings of at most 19 digits.
type CreatePostRequest struct {
	Text  string `json:"text"` // always sent: X refuses its absence
	Reply *Reply `json:"reply,omitempty"`
	Media *Media `json:"media,omitempty"`
	Poll  *Poll  `json:"poll,omitempty"`
	// ReplySettings is following, mentionedUsers, subscribers or verified.
	ReplySettings         string       `json:"reply_settings,omitempty"`
	QuoteTweetID          string       `json:"quote_tweet_id,omitempty"`
	CommunityID           string       `json:"community_id,omitempty"`
	ShareWithFollowers    bool         `json:"share_with_followers,omitempty"`
	ForSuperFollowersOnly bool         `json:"for_super_followers_only,omitempty"`
	MadeWithAI            bool         `json:"made_with_ai,omitempty"`
	PaidPartnership       bool         `json:"paid_partnership,omitempty"`
	Nullcast              bool         `json:"nullcast,omitempty"`
	CardURI               string       `json:"card_uri,omitempty"`
	DirectMessageDeepLink string       `json:"direct_message_deep_link,omitempty"`
	Geo                   *Geo         `json:"geo,omitempty"`
	EditOptions           *EditOptions `json:"edit_options,omitempty"`
}

// Reply says which post is replied to.
type Reply struct {
	InReplyToTweetID    string   `json:"in_reply_to_tweet_id"`
	ExcludeReplyUserIDs []string `json:"exclude_reply_user_ids,omitempty"`
}

// Media attaches 1 to 4 uploaded media, with at most 10 people tagged.
type Media struct {
	MediaIDs      []string `json:"media_ids"`
	TaggedUserIDs []string `json:"tagged_user_ids,omitempty"`
}

// Poll has 2 to 4 options of 1 to 25 characters, and runs 5 to 10,080 minutes.
type Poll struct {
	Options         []string `json:"options"`
	DurationMinutes int      `json:"duration_minutes"`
}

// Geo is a place that X knows.
type Geo struct {
	PlaceID string `json:"place_id"`
}

// EditOptions names the post that the new one replaces.
type EditOptions struct {
	PreviousPostID string `json:"previous_post_id"`
}

// CreatePostResponse is X's answer to a CreatePostRequest, with status 201.
type CreatePostResponse struct {
	Data struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	} `json:"data"`
}

// User is an account of X's.
type User struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Name     string `json:"name"`
}

// Create posts one tweet, as a reply to parent unless that is empty, and answers
// its id. It sends exactly one request; none where X has not got a medium of the
// tweet yet.
func (c *Client) Create(ctx context.Context, token string, t post.Tweet, parent string) (string, error) {
	r := CreatePostRequest{
		Text: t.Text, ReplySettings: t.ReplySettings, QuoteTweetID: t.QuoteID, CommunityID: t.CommunityID,
		MadeWithAI: t.MadeWithAI, PaidPartnership: t.PaidPartnership,
	}
	if parent != "" {
		r.Reply = &Reply{InReplyToTweetID: parent}
	}
	if t.Poll != nil {
		r.Poll = &Poll{Options: t.Poll.Options, DurationMinutes: t.Poll.Minutes}
	}
	for _, m := range t.Media {
		if !post.ValidID(m.PlatformID) {
			return "", notUploaded{m.ID}
		}
		if r.Media == nil {
			r.Media = &Media{}
		}
		r.Media.MediaIDs = append(r.Media.MediaIDs, m.PlatformID)
	}
	return c.CreatePost(ctx, token, r)
}

// notUploaded is a tweet that was not sent, since X does not have this medium.
type notUploaded struct{ id string }

var _ fault.Judged = notUploaded{}

func (e notUploaded) Error() string { return "the medium " + e.id + " has not been uploaded to X" }

// Verdict is to upload the medium and try again.
func (e notUploaded) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopePost, Action: fault.Retry, Reason: mediaNotReady(e.Error())}
}

// CreatePost posts what the request says and answers the new id. It sends
// exactly one request. Source: https://docs.x.com/x-api/posts/create-post.
func (c *Client) CreatePost(ctx context.Context, token string, r CreatePostRequest) (string, error) {
	var out CreatePostResponse
	got, err := c.do(ctx, call{op: OpCreate, token: token, method: http.MethodPost, path: "/2/tweets", body: r}, &out)
	if err != nil {
		return "", err
	}
	if !post.ValidID(out.Data.ID) {
		return "", got.refusal()
	}
	return out.Data.ID, nil
}

// Me reads who the token belongs to.
func (c *Client) Me(ctx context.Context, token string) (User, error) {
	var out struct {
		Data User `json:"data"`
	}
	got, err := c.do(ctx, call{op: OpMe, token: token, method: http.MethodGet, path: "/2/users/me"}, &out)
	if err != nil {
		return User{}, err
	}
	if !post.ValidID(out.Data.ID) {
		return User{}, got.refusal()
	}
	return out.Data, nil
}

// Who is Me for package vault.
func (c *Client) Who(ctx context.Context, token string) (id, username, name string, err error) {
	u, err := c.Me(ctx, token)
	return u.ID, u.Username, u.Name, err
}

// Delete removes a post of the user's own. Deleting twice does no harm.
func (c *Client) Delete(ctx context.Context, token, id string) error {
	if err := checkID("id", id); err != nil {
		return err
	}
	var out struct {
		Data struct {
			Deleted bool `json:"deleted"`
		} `json:"data"`
	}
	got, err := c.do(ctx, call{op: OpDelete, token: token, method: http.MethodDelete, path: "/2/tweets/" + id}, &out)
	if err != nil {
		return err
	}
	if !out.Data.Deleted {
		return got.refusal()
	}
	return nil
}
