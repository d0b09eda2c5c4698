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

// fill stores posts.
func (w *world) fill(store *dynamo.Posts, n, accounts int) {
	w.Helper()
	g, ctx := errgroup.WithContext(w.Context())
	g.SetLimit(8)
	for i := range n {
		p, c := Post(i, n, accountID(i%accounts), now)
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
