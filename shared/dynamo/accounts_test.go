package dynamo_test

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"spool/infra/emulate/meter"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
	"spool/infra/storm"
	"spool/infra/xsim"
	"spool/shared/dynamo"
	"spool/shared/post"
	"spool/shared/vault"
)

var (
	stored   = flag.Int("accounts", 2000, "how many accounts are stored beside those to refresh")
	expiring = flag.Int("expiring", 100, "how many accounts are to be refreshed")
)

// wired is a world whose accounts are in DynamoDB, and a meter of what that reads.
type wired struct {
	*storm.World
	accounts *dynamo.Accounts
	meter    *meter.Meter
}

func newWired(t *testing.T) wired {
	tables := stacktest.NewTables(t)
	engine, err := url.Parse(*tables.DB.Options().BaseEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	m := &meter.Meter{}
	metered := httptest.NewServer(m.DynamoDB(engine))
	t.Cleanup(metered.Close)
	endpoint, err := url.Parse(metered.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := wired{storm.NewWorld(1), dynamo.NewAccounts(stack.Client(endpoint), tables.Accounts, time.Now), m}
	s := w.X.Settings()
	if err := w.connector().PutApp(t.Context(), vault.App{ClientID: s.ClientID, ClientSecret: s.ClientSecret}); err != nil {
		t.Fatal(err)
	}
	return w
}

// vault is a new process's.
func (w wired) vault() *vault.Vault {
	v := w.Vault()
	v.Store = w.accounts
	return v
}

func (w wired) connector() *vault.Connector {
	return &vault.Connector{Vault: w.vault(), Registry: w.accounts, Flows: w.accounts, Grants: w.Authority(), Users: w.Client()}
}

// connect connects accounts of X's.
func (w wired) connect(t *testing.T, usernames ...string) (connected []vault.Account) {
	t.Helper()
	c := w.connector()
	for _, name := range usernames {
		authorize, _, err := c.StartHeadless(t.Context(), "test", storm.Redirect)
		if err != nil {
			t.Fatal(err)
		}
		q, err := w.Allow(authorize, name)
		if err != nil {
			t.Fatal(err)
		}
		a, err := c.Complete(t.Context(), "test", q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		connected = append(connected, a)
	}
	return connected
}

func TestManyWorkersOnDynamoDBMakeOneRefresh(t *testing.T) {
	t.Parallel()
	w := newWired(t)
	w.X.Configure(func(s *xsim.Settings) { s.AccessLife = time.Minute }) // too short to publish with
	account := w.connect(t, "ada")[0]
	w.X.Configure(func(s *xsim.Settings) { s.AccessLife = 2 * time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tokens := make(chan string, 200)
	var wg sync.WaitGroup
	for range cap(tokens) {
		wg.Go(func() {
			s, err := w.vault().Open(ctx, account.ID)
			if err != nil {
				t.Error(err)
			}
			tokens <- s.Token
		})
	}
	wg.Wait()
	close(tokens)
	different := map[string]bool{}
	for token := range tokens {
		different[token] = true
	}
	if n := w.Refreshes(); n != 1 || len(different) != 1 {
		t.Errorf("200 workers made %d refreshes and have %d tokens, want 1 of each", n, len(different))
	}
}

func TestASweepReadsOnlyWhatItRefreshes(t *testing.T) {
	t.Parallel()
	w := newWired(t)
	names := make([]string, *expiring)
	for i := range names {
		names[i] = fmt.Sprintf("user%d", i)
		w.X.AddAccount(xsim.Account{Username: names[i]})
	}
	w.X.Configure(func(s *xsim.Settings) { s.AccessLife = time.Minute })
	w.connect(t, names...)
	w.X.Configure(func(s *xsim.Settings) { s.AccessLife = 2 * time.Hour })
	w.crowd(t, *stored)
	w.meter.Reset()

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	sweeper := &vault.Sweeper{Vault: w.vault(), Schedule: w.accounts, Shards: dynamo.Shards}
	began := time.Now()
	if err := sweeper.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	count := w.meter.Snapshot().Totals[""]
	t.Logf("refreshed %d of %d accounts in %v: %v read units, %v write units, %d requests",
		w.Refreshes(), *stored+*expiring, time.Since(began).Round(time.Millisecond), count.ReadUnits, count.WriteUnits, count.Requests)
	if n := w.Refreshes(); n != *expiring {
		t.Errorf("%d accounts were refreshed, want %d", n, *expiring)
	}
	if count.ReadUnits > float64(*expiring) {
		t.Errorf("refreshing %d accounts read %v units", *expiring, count.ReadUnits)
	}
}

// crowd stores accounts for which nothing is due.
func (w wired) crowd(t *testing.T, n int) {
	t.Helper()
	work := make(chan int)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range work {
				at := time.Now().Add(time.Duration(i) * time.Second)
				_, err := w.accounts.SaveAccount(t.Context(), vault.Account{
					ID: post.IDAt(at), Username: fmt.Sprintf("idle%d", i), Health: vault.Connected, RefreshAt: at.Add(24 * time.Hour),
					Sealed: make([]byte, 400), Version: 1, Writer: post.NewID(),
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
}
