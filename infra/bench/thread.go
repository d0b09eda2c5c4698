package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"spool/infra/bench/npm"
	"spool/infra/xsim"
	"spool/shared/clock"
	"spool/shared/post"
	"spool/shared/xapi"
	"spool/shared/xhttp"
)

// thread makes the texts of a thread, like no other of the run.
func thread(name string, tweets int) []string {
	texts := make([]string, tweets)
	for i := range texts {
		texts[i] = fmt.Sprintf("%s, tweet %d of %d: as long as a tweet is as a rule, which is about a hundred and twenty characters of text.",
			name, i+1, tweets)
	}
	return texts
}

// publish stores a thread that is due and invokes the publish function with its message, as its queue does. A long one
// is handed on through the queue, and ends in other invocations.
func (r *rig) publish(ctx context.Context, texts []string) error {
	c := post.Content{Version: 1}
	for _, text := range texts {
		c.Tweets = append(c.Tweets, post.Tweet{Text: text})
	}
	now := time.Now()
	p, err := r.posts.Create(ctx, post.New(now, r.accounts[0], c, now, "UTC"), c)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"post_id": p.ID, "due_at": p.Due})
	if err != nil {
		return err
	}
	event, err := json.Marshal(map[string]any{"Records": []map[string]string{{"messageId": "1", "body": string(body)}}})
	if err != nil {
		return err
	}
	if _, err := r.Function("PublishFunction").Invoke(ctx, event); err != nil {
		return err
	}
	for p.Status = post.Publishing; err == nil && p.Status == post.Publishing; {
		if err = clock.Sleep(ctx, 20*time.Millisecond); err == nil {
			p, _, err = r.posts.Load(ctx, p.ID)
		}
	}
	if err == nil && p.Status != post.Published {
		err = fmt.Errorf("the thread is %s/%s: %+v", p.Status, p.Sub, p.Reason)
	}
	return err
}

// bare sends a thread by the same client as the publish function, which stores nothing.
func bare(ctx context.Context, c *xapi.Client, token string, texts []string) error {
	parent := ""
	for i, text := range texts {
		if i+1 < len(texts) {
			c.Ahead(ctx) // as the publisher does
		}
		id, err := c.Create(ctx, token, post.Tweet{Text: text}, parent)
		if err != nil {
			return err
		}
		parent = id
	}
	return nil
}

// client is a client of X's as the publish function has it.
func (r *rig) client() *xapi.Client {
	c := xapi.New(r.x.url)
	if r.Front != nil {
		transport := xhttp.NewTransport()
		transport.TLSClientConfig.RootCAs = r.Front.Roots()
		c.HTTP, c.Connections = &http.Client{Transport: transport}, transport
	}
	return c
}

// peer has twitter-api-v2 publish threads, and gives the CPU time of all but the first.
func (r *rig) peer(ctx context.Context, p npm.Peers, token string, threads ...[]string) (seconds float64, err error) {
	asked := npm.Threads{URL: r.x.url, Token: token, Threads: threads}
	if r.Front != nil {
		asked.CA = string(r.Front.Certificate)
	}
	return p.Publish(ctx, asked)
}

// token gives a token of a user's.
func (x *x) token(ctx context.Context, username string) (string, error) {
	var pair xsim.Pair
	err := x.control(ctx, "POST", "connect", map[string]string{"user": username}, &pair)
	return pair.AccessToken, err
}

// span is the time from the first tweet's arrival at X to the last's, of what do has sent.
func (x *x) span(ctx context.Context, tweets int, do func() error) (float64, error) {
	_, seen, err := x.creates(ctx, 0)
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	all, _, err := x.creates(ctx, seen)
	if err == nil && len(all) != tweets {
		err = fmt.Errorf("X was asked for %d tweets, and the thread has %d", len(all), tweets)
	}
	if err != nil {
		return 0, err
	}
	return all[len(all)-1].at.Sub(all[0].at).Seconds(), nil
}
