package dynamo_test

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"spool/infra/emulate/meter"
	"spool/infra/sim"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/dynamo"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/vault"
)

var (
	stored   = flag.Int("accounts", 2000, "how many accounts are stored beside those to refresh")
	expiring = flag.Int("expiring", 100, "how many accounts are to be refreshed")
)

// wired is a world whose accounts are in DynamoDB, and a meter of what that reads.
type wired struct {
	*sim.World
	tables   stacktest.Tables
	accounts *dynamo.Accounts
	meter    *meter.Meter
}

func newWired(t *testing.T) wired {
	tables := stacktest.NewTables(t)
	m := &meter.Meter{}
	w := wired{sim.NewWorld(1), tables, dynamo.NewAccounts(meteredClient(t, tables, m), tables.Accounts, time.Now), m}
	s := w.X.Settings()
	if err := w.connector().PutApp(t.Context(), vault.App{ClientID: s.ClientID, ClientSecret: s.ClientSecret}); err != nil {
		t.Fatal(err)
	}
	return w
}

// meteredClient gives a client of the tables' engine whose requests a meter counts.
func meteredClient(t *testing.T, tables stacktest.Tables, m *meter.Meter) *dynamodb.Client {
	t.Helper()
	engine, err := url.Parse(*tables.DB.Options().BaseEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(m.DynamoDB(engine))
	t.Cleanup(server.Close)
	endpoint, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return stack.Client(endpoint)
}

// vault is a new process's.
func (w wired) vault() *vault.Vault {
	v := w.Vault()
	v.Store = w.accounts
	return v
}

func (w wired) connector() *connect.Connector {
	c := w.Connector()
	c.Vault, c.Accounts.Store, c.Accounts.Registry = w.vault(), w.accounts, w.accounts
	c.Apps, c.Flows = w.accounts, w.accounts
	return c
}

// connect connects accounts of X's.
func (w wired) connect(t *testing.T, usernames ...string) (connected []account.Account) {
	t.Helper()
	c := w.connector()
	for _, name := range usernames {
		authorize, _, err := c.StartHeadless(t.Context(), "test", sim.Redirect, "Europe/Berlin")
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
				_, err := w.accounts.SaveAccount(t.Context(), account.Account{
					ID: post.IDAt(at), Username: fmt.Sprintf("idle%d", i), Health: account.Connected, RefreshAt: at.Add(24 * time.Hour),
					Sealed: make([]byte, 400), Version: 1, Writer: post.NewWriter(),
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

// An older worker neither refreshes nor changes an account that a newer one stored,
// and goes on to the next.
func TestAnOlderSweepLeavesNewerAccountsAlone(t *testing.T) {
	t.Parallel()
	w := newWired(t)
	w.X.Configure(func(s *xsim.Settings) { s.AccessLife = time.Minute })
	connected := w.connect(t, "ada", "grace")
	newer, older := connected[0], connected[1]
	item := func(a account.Account) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "account#" + a.ID}, "sk": &types.AttributeValueMemberS{Value: "account"}}
	}
	key := item(newer)
	other, err := w.tables.DB.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &w.tables.Accounts, Key: item(older)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.tables.DB.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &w.tables.Accounts, Key: key, UpdateExpression: aws.String("SET reader = :r, refresh_at = :now, expiring_shard = :shard"),
		ExpressionAttributeValues: map[string]types.AttributeValue{ // it comes first, in the shard of the other
			":r": &types.AttributeValueMemberN{Value: "99"}, ":now": &types.AttributeValueMemberN{Value: "1"}, ":shard": other.Item["expiring_shard"],
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := (&vault.Sweeper{Vault: w.vault(), Schedule: w.accounts, Shards: dynamo.Shards}).Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(w.Log.String(), "left to a newer version of Spool") {
		t.Errorf("the log does not tell:\n%s", w.Log.String())
	}
	if snap, err := w.accounts.Snapshot(t.Context(), older.ID); err != nil || snap.Account.Version != older.Version+1 || w.Refreshes() != 1 {
		t.Errorf("the other account has version %d after %d refreshes, %v", snap.Account.Version, w.Refreshes(), err)
	}
	for name, act := range map[string]func() error{
		"open":       func() error { _, err := w.vault().Open(t.Context(), newer.ID); return err },
		"renew":      func() error { _, err := w.vault().Renew(t.Context(), publish.Session{AccountID: newer.ID}); return err },
		"disconnect": func() error { _, err := w.vault().Disconnect(t.Context(), newer.ID); return err },
	} {
		if err := act(); !fault.Is(err, fault.Newer) {
			t.Errorf("%s: got %v, want newer_format", name, err)
		}
	}
	out, err := w.tables.DB.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &w.tables.Accounts, Key: key})
	if err != nil || revision(out.Item) != newer.Rev || w.Refreshes() != 1 {
		t.Errorf("the account was written: its revision is %d, was %d; %v", revision(out.Item), newer.Rev, err)
	}
}

// revision is an item's.
func revision(it map[string]types.AttributeValue) int64 {
	v, _ := it["rev"].(*types.AttributeValueMemberN)
	if v == nil {
		return 0
	}
	n, _ := strconv.ParseInt(v.Value, 10, 64)
	return n
}
