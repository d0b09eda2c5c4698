package dynamo_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"spool/infra/emulate/meter"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
	"spool/shared/account"
	"spool/shared/dynamo"
	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/storetest"
)

// TestWhatIsNotDueCostsNothing: a round of dispatch, and of what finds tokens to be renewed, asks for the same
// requests and units however much is stored beside what is due. (`make bench` has a hundred thousand.)
func TestWhatIsNotDueCostsNothing(t *testing.T) {
	t.Parallel()
	now := storetest.Start()
	g := newGrowth(t, now)
	g.store(0, 20, now)
	var first map[string]meter.Counts
	for stored, more := range []int{30, 300} {
		g.store(1000*(stored+1), more, now.AddDate(0, 0, 1))
		asked := g.round(now)
		// 8 shards of each index, the posts at once, and the accounts shard by shard.
		if all := asked[""]; all.Requests < 8+1+8+1 || all.Requests > 8+1+8+8 || all.WriteUnits > 0 {
			t.Errorf("it asked for %+v", asked)
		}
		if first == nil {
			first = asked
		}
		if diff := cmp.Diff(first, asked); diff != "" {
			t.Errorf("beside %d more (-before +after)\n%s", more, diff)
		}
	}
}

// growth is tables that grow, and a meter of what is asked of them.
type growth struct {
	*testing.T
	meter    meter.Meter
	posts    *dynamo.Posts
	accounts *dynamo.Accounts
	direct   stacktest.Tables
}

func newGrowth(t *testing.T, now time.Time) *growth {
	g := &growth{T: t, direct: stacktest.NewTables(t)}
	engine, err := url.Parse(*g.direct.DB.Options().BaseEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	metered := httptest.NewServer(g.meter.DynamoDB(engine))
	t.Cleanup(metered.Close)
	endpoint, err := url.Parse(metered.URL)
	if err != nil {
		t.Fatal(err)
	}
	db := stack.Client(endpoint)
	g.posts = dynamo.NewPosts(db, g.direct.Posts)
	g.accounts = dynamo.NewAccounts(db, g.direct.Accounts, func() time.Time { return now })
	return g
}

// store stores so many posts and accounts more, for which something is due at a time.
func (g *growth) store(from, n int, at time.Time) {
	g.Helper()
	posts := dynamo.NewPosts(g.direct.DB, g.direct.Posts)
	accounts := dynamo.NewAccounts(g.direct.DB, g.direct.Accounts, time.Now)
	var eg errgroup.Group
	eg.SetLimit(8)
	for i := from; i < from+n; i++ {
		eg.Go(func() error {
			c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "hello"}}}
			p := post.New(at.Add(-time.Hour), fmt.Sprint(1000+i), c, at, "UTC")
			if _, err := posts.Create(g.Context(), p, c); err != nil {
				return err
			}
			_, err := accounts.SaveAccount(g.Context(), account.Account{
				ID: fmt.Sprint(1000 + i), Username: fmt.Sprint("user", i), Health: account.Connected, RefreshAt: at,
			})
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		g.Fatal(err)
	}
}

// round is what a round asks for that knows of no other.
func (g *growth) round(now time.Time) map[string]meter.Counts {
	g.Helper()
	g.meter.Reset()
	q := &sent{}
	d := schedule.Dispatcher{
		Index: g.posts, Queue: q, Shards: dynamo.Shards, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	if err := d.Dispatch(g.Context()); err != nil || len(q.wakes) != 20 {
		g.Fatalf("%d were woken, %v", len(q.wakes), err)
	}
	expiring := 0
	for shard := range dynamo.Shards {
		for _, err := range g.accounts.Expiring(g.Context(), shard, now) {
			if expiring++; err != nil {
				g.Fatal(err)
			}
		}
	}
	if expiring != 20 {
		g.Fatalf("%d tokens are to be renewed", expiring)
	}
	return g.meter.Snapshot().Totals
}

// sent keeps what is sent.
type sent struct{ wakes []schedule.Wake }

// WakeAll implements [schedule.Queue].
func (s *sent) WakeAll(_ context.Context, wakes []schedule.Wake) error {
	s.wakes = append(s.wakes, wakes...)
	return nil
}
