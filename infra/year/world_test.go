package year

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"spool/infra/emulate/meter"
	"spool/infra/sim"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/dynamo"
	"spool/shared/httpapi"
	"spool/shared/post"
	"spool/shared/tweet"
)

// now is when lists are asked for.
var now = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

const key = "admin"

// world is the API over tables that a meter counts the reading of.
type world struct {
	*testing.T
	api   http.Handler
	meter meter.Meter
	all   []post.Post // what is stored
	words map[string]string
}

func newWorld(t *testing.T, posts, accounts int) *world {
	tables := stacktest.NewTables(t)
	w := &world{T: t, words: map[string]string{}}
	store := dynamo.NewPosts(tables.DB, tables.Posts)
	w.fill(store, posts, accounts)
	w.upgraded(store)
	clock := func() time.Time { return now }
	for i := range accounts {
		a := account.Account{ID: accountID(i), Username: "user" + accountID(i), Zone: "Europe/Berlin", Limit: 280, Health: account.Connected, ConnectedAt: now}
		if _, err := dynamo.NewAccounts(tables.DB, tables.Accounts, clock).SaveAccount(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}

	engine, err := url.Parse(*tables.DB.Options().BaseEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	metered := httptest.NewServer(w.meter.DynamoDB(engine))
	t.Cleanup(metered.Close)
	endpoint, err := url.Parse(metered.URL)
	if err != nil {
		t.Fatal(err)
	}
	db := stack.Client(endpoint)
	registry := dynamo.NewAccounts(db, tables.Accounts, clock)
	c := sim.NewWorld(1).Connector()
	c.Vault.Store, c.Accounts.Store, c.Accounts.Registry, c.Apps, c.Flows = registry, registry, registry, registry, registry
	w.api = (&httpapi.API{
		Posts: dynamo.NewPosts(db, tables.Posts), Setup: httpapi.SetupOf(c),
		Keys: registry, KeySum: access.Sum(key), Prices: tweet.ListPrices(), Now: clock, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Limits: httpapi.Limits{Rate: 1e9, Burst: 1e9, FailureRate: 1e9, FailureBurst: 1e9},
	}).Handler()
	return w
}

// upgraded has the table be one in which no posts of older versions are any more.
func (w *world) upgraded(store *dynamo.Posts) {
	w.Helper()
	for _, at := range []time.Time{now.AddDate(0, 0, -1), now} {
		for range 1 + len(w.all)/100 { // a call goes over 2,000 items, of which a post has a few
			if _, err := store.Ready(w.Context(), at); err != nil {
				w.Fatal(err)
			}
		}
	}
}

func accountID(i int) string { return fmt.Sprint(1000 + i) }

// fill stores posts: a fifth is to go out in the next sixty days, the others were made
// in the three hundred days before.
func (w *world) fill(store *dynamo.Posts, n, accounts int) {
	w.Helper()
	g, ctx := errgroup.WithContext(w.Context())
	g.SetLimit(8)
	for i := range n {
		p, c := made(i, n, accountID(i%accounts))
		w.all, w.words[p.ID] = append(w.all, p), c.Tweets[0].Text
		g.Go(func() error { return create(ctx, store, p, c) })
	}
	if err := g.Wait(); err != nil {
		w.Fatal(err)
	}
}

func create(ctx context.Context, store *dynamo.Posts, p post.Post, c post.Content) error {
	_, err := store.Create(ctx, p, c)
	return err
}

// made is the i-th of n posts.
func made(i, n int, accountID string) (post.Post, post.Content) {
	word := "thread"
	if i%50 == 7 {
		word = "Zanzibar"
	}
	c := post.Content{Version: 1}
	for k := range 3 {
		c.Tweets = append(c.Tweets, post.Tweet{Text: fmt.Sprintf("Tweet %d of %s %d says a little of what there is to say, as long as a tweet is as a rule, and 日本語 too.", k+1, word, i)})
	}
	if i%5 == 0 {
		at := now.Add(time.Duration(i+1) * (60 * 24 * time.Hour / time.Duration(n)))
		return post.New(now.Add(-time.Duration(i+1)*time.Second), accountID, c, at, "Europe/Berlin"), c
	}
	created := now.Add(-time.Duration(i+1) * (300 * 24 * time.Hour / time.Duration(n)))
	at := created.Add(time.Hour)
	status := post.Published
	switch i % 100 {
	case 1, 2:
		status = post.Failed
	case 3:
		status = post.Missed
	case 4, 6:
		status = post.Cancelled
	case 7, 8:
		status, at = post.Draft, time.Time{}
	case 9:
		status = post.Deleted
	case 11:
		status = post.Publishing
	}
	p := post.New(created, accountID, c, at, "Europe/Berlin")
	p.Status, p.Due = status, time.Time{}
	switch status {
	case post.Published:
		for k := range c.Tweets {
			t := at.Add(time.Duration(k) * time.Second)
			p.Published = append(p.Published, post.Receipt{ID: post.IDAt(t), AttemptedAt: t, PostedAt: t})
		}
	case post.Publishing:
		p.Sub, p.Due = post.Paused, now.Add(time.Duration(1+i%360)*time.Minute)
	}
	return p, c
}
