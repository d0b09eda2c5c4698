// Package owner does to a running Spool what its owner does: connects an account
// in a browser, schedules threads over HTTP and watches them. The demo and the
// end-to-end tests are built on it.
package owner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Owner holds the admin key of a Spool.
type Owner struct {
	API *url.URL
	Key string
}

// Problem is an error that the API answered.
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Field  string `json:"field"`
	Todo   string `json:"todo"`
}

// Error gives the problem in a line.
func (p *Problem) Error() string {
	return fmt.Sprintf("%d %s: %s %s", p.Status, p.Code, p.Detail, p.Todo)
}

// Post is the part of a post's record that is looked at here.
type Post struct {
	ID         string `json:"id"`
	Status     string `json:"status"`
	SubStatus  string `json:"sub_status"`
	FailReason *struct {
		Code, Sentence, Todo, Detail string
	} `json:"fail_reason"`
	RunID           string    `json:"run_id"`
	ScheduledAt     time.Time `json:"scheduled_at"`
	PlatformPostIDs []string  `json:"platform_post_ids"`
	Tweets          []struct {
		ThreadPosition int       `json:"thread_position"`
		Text           string    `json:"text"`
		Status         string    `json:"status"`
		PlatformPostID string    `json:"platform_post_id"`
		ParentPostID   string    `json:"parent_post_id"`
		PostedAt       time.Time `json:"posted_at"`
	} `json:"tweets"`
}

// Final reports whether nothing happens to the post any more by itself.
func (p Post) Final() bool {
	switch p.Status {
	case "published", "failed", "cancelled", "missed":
		return true
	}
	return false
}

// Do sends a request with the admin key. An answer of 400 and above is a
// *Problem.
func (o *Owner) Do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, o.API.String()+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+o.Key)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 400 {
		p := &Problem{Status: res.StatusCode, Detail: string(raw)}
		_ = json.Unmarshal(raw, p) // an answer that is no problem document is shown as it is
		return p
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// Connect connects an account of the X simulator, through the pages that a
// browser would go through; as is the user name that signs in and allows.
func (o *Owner) Connect(ctx context.Context, as string) error {
	var link struct {
		StartURL string `json:"start_url"`
	}
	if err := o.Do(ctx, http.MethodPost, "/v1/accounts/connect", nil, &link); err != nil {
		return err
	}
	b := browser{}
	consent, _, err := b.get(ctx, link.StartURL)
	if err != nil {
		return fmt.Errorf("the start page: %w", err)
	}
	q := consent.Query()
	q.Set("auto", "allow")
	q.Set("as", as)
	consent.RawQuery = q.Encode()
	callback, _, err := b.get(ctx, consent.String())
	if err != nil {
		return fmt.Errorf("X's consent page: %w", err)
	}
	if _, page, err := b.get(ctx, callback.String()); err != nil {
		return fmt.Errorf("the callback page: %w: %.300s", err, page)
	}
	return nil
}

// Schedule schedules a thread and gives its record.
func (o *Owner) Schedule(ctx context.Context, texts []string, at time.Time) (Post, error) {
	type tweet struct {
		Text string `json:"text"`
	}
	in := struct {
		Tweets []tweet `json:"tweets"`
		At     string  `json:"at,omitempty"`
	}{}
	for _, t := range texts {
		in.Tweets = append(in.Tweets, tweet{t})
	}
	if !at.IsZero() {
		in.At = at.Format(time.RFC3339)
	}
	var p Post
	return p, o.Do(ctx, http.MethodPost, "/v1/posts", in, &p)
}

// Post reads a post's record.
func (o *Owner) Post(ctx context.Context, id string) (Post, error) {
	var p Post
	return p, o.Do(ctx, http.MethodGet, "/v1/posts/"+id, nil, &p)
}

// Watch reads the record over and over, tells each, and answers the first that
// done is true of.
func (o *Owner) Watch(ctx context.Context, id string, tell func(Post), done func(Post) bool) (Post, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		p, err := o.Post(ctx, id)
		if err != nil {
			return p, err
		}
		tell(p)
		if done(p) {
			return p, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return p, fmt.Errorf("the post is still %s %s: %w", p.Status, p.SubStatus, ctx.Err())
		}
	}
}

// browser keeps cookies as a browser does on a loopback address: there it also
// takes and sends those that are marked Secure, which net/http's jar does not.
type browser struct{ cookies []*http.Cookie }

// get opens a page without following its redirect, and gives the address that it
// leads to, or the page.
func (b *browser) get(ctx context.Context, address string) (next *url.URL, page []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	if page, err = io.ReadAll(io.LimitReader(res.Body, 1<<20)); err != nil {
		return nil, nil, err
	}
	b.cookies = append(b.cookies, res.Cookies()...)
	switch next, err := res.Location(); {
	case err == nil:
		return next, page, nil
	case res.StatusCode == http.StatusOK:
		return nil, page, nil
	default:
		return nil, page, fmt.Errorf("answered %s", res.Status)
	}
}
