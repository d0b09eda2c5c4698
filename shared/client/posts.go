package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"spool/shared/post"
	"spool/shared/wire"
)

// PostQuery says which posts are wanted. Its zero value: all, newest first.
type PostQuery struct {
	AccountID string
	Status    []post.Status // one of these
	NeedsYou  bool          // nothing more happens to it until a person does something
	From, To  time.Time     // the scheduled time: at or after From, before To
	Search    string        // words that the texts have, all of them, in any order and case
	Order     string        // "earliest" or "latest" first; empty: latest
	Limit     int           // of a page, at most 100
	Cursor    string        // NextCursor of the page before
}

// values are the query's parameters.
func (q PostQuery) values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("account_id", q.AccountID)
	var statuses []string
	for _, s := range q.Status {
		statuses = append(statuses, string(s))
	}
	set("status", strings.Join(statuses, ","))
	if q.NeedsYou {
		set("needs_you", "true")
	}
	set("q", q.Search)
	set("order", q.Order)
	set("cursor", q.Cursor)
	if q.Limit > 0 {
		set("limit", strconv.Itoa(q.Limit))
	}
	if !q.From.IsZero() {
		set("from", q.From.UTC().Format(time.RFC3339))
	}
	if !q.To.IsZero() {
		set("to", q.To.UTC().Format(time.RFC3339))
	}
	return v
}

// CreatePost schedules a thread, publishes it now, or keeps it as a draft. With an
// idempotency key (at most 255 characters) it may be sent again, and is when it
// gets no answer: the post is made once.
func (c *Client) CreatePost(ctx context.Context, in wire.PostInput, idempotencyKey string) (p wire.Post, err error) {
	_, err = c.do(ctx, keyed(call{method: http.MethodPost, path: posts, in: in, out: &p}, idempotencyKey))
	return p, err
}

// keyed sends an idempotency key along, if there is one.
func keyed(r call, key string) call {
	if key != "" {
		r.header, r.repeatable = map[string]string{"Idempotency-Key": key}, true
	}
	return r
}

// ListPosts reads one page.
func (c *Client) ListPosts(ctx context.Context, q PostQuery) (page wire.PostList, err error) {
	return page, c.get(ctx, posts, q.values(), &page)
}

// Posts reads page after page. It ends with the first error.
func (c *Client) Posts(ctx context.Context, q PostQuery) iter.Seq2[wire.Post, error] {
	return func(yield func(wire.Post, error) bool) {
		for {
			page, err := c.ListPosts(ctx, q)
			if err != nil {
				yield(wire.Post{}, err)
				return
			}
			for _, p := range page.Posts {
				if !yield(p, nil) {
					return
				}
			}
			if q.Cursor = page.NextCursor; q.Cursor == "" {
				return
			}
		}
	}
}

// GetPost reads a post tweet by tweet, and its revision for EditPost.
func (c *Client) GetPost(ctx context.Context, id string) (p wire.Post, etag string, err error) {
	header, err := c.do(ctx, one(http.MethodGet, posts, id, "").with(nil, &p))
	return p, header.Get("ETag"), err
}

// EditPost changes a post. With an etag it is refused, by a problem of code
// stale, when the post has changed since.
func (c *Client) EditPost(ctx context.Context, id, etag string, in wire.EditInput) (p wire.Post, err error) {
	r := one(http.MethodPatch, posts, id, "").with(in, &p)
	if etag != "" {
		r.header = map[string]string{"If-Match": etag}
	}
	_, err = c.do(ctx, r)
	return p, err
}

// PublishPost publishes a post now.
func (c *Client) PublishPost(ctx context.Context, id string) (wire.Post, error) {
	return c.move(ctx, id, "publish", nil)
}

// CancelPost stops what has not gone out.
func (c *Client) CancelPost(ctx context.Context, id string) (wire.Post, error) {
	return c.move(ctx, id, "cancel", nil)
}

// RetryPost resumes at the first tweet that is not out.
func (c *Client) RetryPost(ctx context.Context, id string) (wire.Post, error) {
	return c.move(ctx, id, "retry", nil)
}

// ResolvePost says whether a tweet is on X when Spool cannot know.
func (c *Client) ResolvePost(ctx context.Context, id string, in wire.ResolveInput) (wire.Post, error) {
	return c.move(ctx, id, "resolve", in)
}

// UnpublishPost deletes the published tweets of a post from X.
func (c *Client) UnpublishPost(ctx context.Context, id string) (wire.Post, error) {
	return c.move(ctx, id, "unpublish", nil)
}

// move asks for one transition of a post.
func (c *Client) move(ctx context.Context, id, verb string, in any) (p wire.Post, err error) {
	_, err = c.do(ctx, one(http.MethodPost, posts, id, "/"+verb).with(in, &p))
	return p, err
}

// DuplicatePost makes a draft with the texts and media of a post. The idempotency
// key is as for CreatePost.
func (c *Client) DuplicatePost(ctx context.Context, id, idempotencyKey string) (p wire.Post, err error) {
	_, err = c.do(ctx, keyed(one(http.MethodPost, posts, id, "/duplicate").with(nil, &p), idempotencyKey))
	return p, err
}

// DeletePost deletes a post's record. What is on X stays there.
func (c *Client) DeletePost(ctx context.Context, id string) error {
	_, err := c.do(ctx, one(http.MethodDelete, posts, id, ""))
	return err
}

// Preview shows a thread before it is saved. It changes nothing, so that it is repeated
// when it gets no answer.
func (c *Client) Preview(ctx context.Context, in wire.PreviewInput) (p wire.Preview, err error) {
	_, err = c.do(ctx, call{method: http.MethodPost, path: "/v1/preview", in: in, out: &p, repeatable: true})
	return p, err
}

// PriceMonth gives what a month's schedule costs at X; month is such as 2026-12,
// in UTC.
func (c *Client) PriceMonth(ctx context.Context, month string) (p wire.Price, err error) {
	return p, c.get(ctx, "/v1/price", url.Values{"month": {month}}, &p)
}

// get reads what is at a path.
func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	_, err := c.do(ctx, call{method: http.MethodGet, path: path, query: query, out: out, repeatable: true})
	return err
}

// Final reports whether nothing happens to a post any more by itself.
func Final(p wire.Post) bool { return !p.Status.GoesOn() }
