// Package owner does to a running Spool what its owner does: connects an account
// of the X simulator in a browser, schedules threads and watches them. The demo
// and the end-to-end tests are built on it, and nothing else may be.
package owner

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"spool/shared/client"
	"spool/shared/wire"
)

// Owner holds the admin key of a Spool.
type Owner struct {
	API *url.URL
	Key string
	// Browser carries the requests of the owner's browser; default: http.DefaultTransport. It has to trust the
	// simulator where that is behind TLS.
	Browser http.RoundTripper
}

// Problem is an error that the API answered.
type Problem = wire.Problem

// Post is a post's record.
type Post struct{ wire.Post }

// Final reports whether nothing happens to the post any more by itself.
func (p Post) Final() bool { return client.Final(p.Post) }

// Client is the owner's client of the API.
func (o *Owner) Client() *client.Client { return &client.Client{Base: o.API, Key: o.Key} }

// Do sends a request with the admin key. An answer of 400 and above is a
// *Problem.
func (o *Owner) Do(ctx context.Context, method, path string, in, out any) error {
	return o.Client().Do(ctx, method, path, in, out)
}

// Connect connects an account of the X simulator, through the pages that a
// browser would go through; as is the user name that signs in and allows.
func (o *Owner) Connect(ctx context.Context, as string) error {
	link, err := o.Client().ConnectAccount(ctx, wire.ConnectInput{})
	if err != nil {
		return err
	}
	b := browser{transport: o.Browser}
	consent, _, err := b.get(ctx, link.StartURL)
	if err != nil {
		return fmt.Errorf("the start page: %w", err)
	}
	callback, err := b.allow(ctx, consent, as)
	if err != nil {
		return err
	}
	if _, page, err := b.get(ctx, callback.String()); err != nil {
		return fmt.Errorf("the callback page: %w: %.300s", err, page)
	}
	return nil
}

// Allow signs in at the X simulator's consent page as a user, allows the access,
// and gives the address that the browser is redirected to.
func Allow(ctx context.Context, authorizeURL, as string) (string, error) {
	consent, err := url.Parse(authorizeURL)
	if err != nil {
		return "", err
	}
	b := browser{}
	callback, err := b.allow(ctx, consent, as)
	if err != nil {
		return "", err
	}
	return callback.String(), nil
}

// Schedule schedules a thread and gives its record.
func (o *Owner) Schedule(ctx context.Context, texts []string, at time.Time) (Post, error) {
	in := wire.PostInput{}
	for _, t := range texts {
		in.Tweets = append(in.Tweets, wire.TweetInput{Text: t})
	}
	if !at.IsZero() {
		in.At = at.Format(time.RFC3339)
	}
	p, err := o.Client().CreatePost(ctx, in, "")
	return Post{p}, err
}

// Post reads a post's record.
func (o *Owner) Post(ctx context.Context, id string) (Post, error) {
	p, _, err := o.Client().GetPost(ctx, id)
	return Post{p}, err
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
type browser struct {
	transport http.RoundTripper
	cookies   []*http.Cookie
}

// allow answers X's consent page, and gives the address that it leads to.
func (b *browser) allow(ctx context.Context, consent *url.URL, as string) (*url.URL, error) {
	q := consent.Query()
	q.Set("auto", "allow")
	q.Set("as", as)
	consent.RawQuery = q.Encode()
	callback, page, err := b.get(ctx, consent.String())
	if err == nil && callback == nil {
		err = fmt.Errorf("it leads nowhere: %.300s", page)
	}
	if err != nil {
		return nil, fmt.Errorf("X's consent page: %w", err)
	}
	return callback, nil
}

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
	transport := b.transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	res, err := transport.RoundTrip(r)
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
