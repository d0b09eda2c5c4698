package xapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"spool/shared/publish"
)

// postFields are what Spool reads of a post.
const postFields = "created_at,conversation_id,referenced_tweets,in_reply_to_user_id,entities,note_tweet," +
	"attachments,author_id"

// pageSize is the most that X gives at once.
const pageSize = "100"

// Post is a post as X shows it.
type Post struct {
	ID              string      `json:"id"`
	AuthorID        string      `json:"author_id,omitempty"`
	Text            string      `json:"text"` // with t.co links and HTML entities
	CreatedAt       time.Time   `json:"created_at,omitzero"`
	ConversationID  string      `json:"conversation_id,omitempty"`
	InReplyToUserID string      `json:"in_reply_to_user_id,omitempty"`
	Referenced      []Reference `json:"referenced_tweets,omitempty"`
	Entities        Entities    `json:"entities,omitzero"`
	Attachments     Attachments `json:"attachments,omitzero"`
	// Note is the whole of a text that is longer than 280.
	Note *Note `json:"note_tweet,omitempty"`

	// The same under the names of X's OpenAPI document.
	ReferencedPosts []Reference `json:"referenced_posts,omitempty"`
	NotePost        *Note       `json:"note_post,omitempty"`
}

// Attachments are what a post shows, by X's keys, such as 3_1880028106020515840.
type Attachments struct {
	MediaKeys []string `json:"media_keys,omitempty"`
}

// Reference is another post that a post refers to. Type is retweeted, quoted or
// replied_to.
type Reference struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Note is a long text, with links of its own.
type Note struct {
	Text     string   `json:"text"`
	Entities Entities `json:"entities,omitzero"`
}

// Entities are what X found in a text.
type Entities struct {
	URLs []URLEntity `json:"urls,omitempty"`
}

// URLEntity is one link: URL is the t.co one in the text, ExpandedURL what it
// leads to. Start and End are positions in code points. MediaKey marks the link
// that X adds for attached media.
type URLEntity struct {
	Start       int    `json:"start"`
	End         int    `json:"end"`
	URL         string `json:"url"`
	ExpandedURL string `json:"expanded_url"`
	MediaKey    string `json:"media_key,omitempty"`
}

// TimelineResponse is X's answer to a read of a timeline.
type TimelineResponse struct {
	Data   []Post            `json:"data"`
	Meta   *TimelineMeta     `json:"meta"`
	Errors []json.RawMessage `json:"errors"`
}

// TimelineMeta says what a page holds.
type TimelineMeta struct {
	ResultCount int    `json:"result_count"`
	NextToken   string `json:"next_token"`
}

// Timeline reads one page, of up to 100, of the user's own posts, newest first.
// An answer that X gives with errors and without posts is an error, since it
// does not say that there are none.
func (c *Client) Timeline(ctx context.Context, token, userID string, q publish.Query) (publish.Page, error) {
	if err := checkID("user_id", userID); err != nil {
		return publish.Page{}, err
	}
	query := url.Values{"max_results": {pageSize}, "tweet.fields": {postFields}}
	if q.Since != "" {
		query.Set("since_id", q.Since)
	}
	if q.Cursor != "" {
		query.Set("pagination_token", q.Cursor)
	}
	var out TimelineResponse
	got, err := c.do(ctx, call{
		op: OpTimeline, token: token, method: http.MethodGet, path: "/2/users/" + userID + "/tweets", query: query,
	}, &out)
	if err != nil {
		return publish.Page{}, err
	}
	if out.Meta == nil || (len(out.Data) == 0 && len(out.Errors) > 0) {
		return publish.Page{}, got.refusal()
	}
	page := publish.Page{Posts: make([]publish.TimelinePost, len(out.Data)), Next: out.Meta.NextToken}
	for i, p := range out.Data {
		page.Posts[i] = p.timelinePost()
	}
	return page, nil
}

// Lookup reads one post.
func (c *Client) Lookup(ctx context.Context, token, id string) (publish.TimelinePost, error) {
	if err := checkID("id", id); err != nil {
		return publish.TimelinePost{}, err
	}
	var out struct {
		Data *Post `json:"data"`
	}
	got, err := c.do(ctx, call{
		op: OpLookup, token: token, method: http.MethodGet, path: "/2/tweets/" + id,
		query: url.Values{"tweet.fields": {postFields}},
	}, &out)
	if err != nil {
		return publish.TimelinePost{}, err
	}
	if out.Data == nil || out.Data.ID == "" {
		return publish.TimelinePost{}, got.refusal()
	}
	return out.Data.timelinePost(), nil
}

// timelinePost is the post in the publisher's terms.
func (p Post) timelinePost() publish.TimelinePost {
	s := publish.TimelinePost{ID: p.ID, Author: p.AuthorID, Text: p.AuthorText(), Media: p.Attachments.MediaKeys}
	for _, r := range append(p.Referenced[:len(p.Referenced):len(p.Referenced)], p.ReferencedPosts...) {
		if r.Type == "replied_to" {
			s.Parent = r.ID
		}
	}
	return s
}
