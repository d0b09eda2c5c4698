package schedule_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/xapi"
)

// town is a world of several accounts, with workers that take wakes in the order in which they come, forty at a time.
type town struct {
	*testing.T
	*sim.World
	schedule.Dispatcher
	publisher *publish.Publisher
	workers   chan struct{}
	loud      account.Account   // who has many posts
	quiet     []account.Account // who have one each
}

// slowX answers after a while.
type slowX struct{ to http.RoundTripper }

func (x slowX) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(300 * time.Millisecond)
	return x.to.RoundTrip(r)
}

// inTown runs a test in a world whose app X lets send so many tweets a day, and where no account has a limit of its own.
func inTown(t *testing.T, limit int, test func(*town)) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		w.X.Configure(func(s *xsim.Settings) { s.Limits = map[xsim.Endpoint]xsim.Limit{xsim.CreatePost: {App24h: limit}} })
		x := xapi.New(sim.Endpoint)
		x.HTTP = &http.Client{Transport: slowX{w}}
		c := &town{T: t, World: w, workers: make(chan struct{}, 40), loud: simtest.Stored(t, w)}
		c.publisher = &publish.Publisher{
			Posts: w.Store, Accounts: w.Vault(), X: x, Config: publish.Defaults(), Now: time.Now, Rand: func() float64 { return 0.5 },
			Log: slog.New(slog.DiscardHandler),
		}
		c.Dispatcher = schedule.Dispatcher{Index: w.Store, Queue: c, Shards: 1, Now: time.Now, Log: discard}
		for i := range 10 {
			name := fmt.Sprintf("quiet%d", i)
			w.X.AddAccount(xsim.Account{Username: name})
			a, err := w.Connect(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			c.quiet = append(c.quiet, a)
		}
		test(c)
	})
}

// WakeAll implements [schedule.Queue].
func (c *town) WakeAll(_ context.Context, wakes []schedule.Wake) error {
	for i, w := range wakes {
		go func() {
			time.Sleep(w.Delay + time.Duration(i)*time.Microsecond)
			c.workers <- struct{}{}
			defer func() { <-c.workers }()
			if err := c.publish(w.PostID); err != nil {
				c.Error(err)
			}
		}()
	}
	return nil
}

// schedules stores a post of an account's.
func (c *town) schedules(a account.Account, n int, at time.Time) {
	c.Helper()
	content := post.Content{Version: 1, Tweets: []post.Tweet{{Text: fmt.Sprintf("the %dth of @%s", n, a.Username)}}}
	p := post.New(time.Now(), a.ID, content, at, "UTC")
	p.Opening = content.Opening()
	if _, err := c.Store.Create(c.Context(), p, content); err != nil {
		c.Fatal(err)
	}
}

// passes lets time pass, with a round of dispatch each minute.
func (c *town) passes(d time.Duration) {
	c.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Minute) {
		if err := c.Dispatch(c.Context()); err != nil {
			c.Fatal(err)
		}
	}
}

// out tells how many posts of the one with many are on X, and of how many others, and since when at the latest those are.
func (c *town) out() (loud, quiet int, latest time.Time) {
	c.Helper()
	for _, a := range append(c.quiet, c.loud) {
		posts, err := c.Store.List(c.Context(), a.ID, "", 1000)
		if err != nil {
			c.Fatal(err)
		}
		for _, p := range posts {
			switch {
			case p.Status != post.Published:
			case a.ID == c.loud.ID:
				loud++
			default:
				quiet++
				if at := p.Published[0].AttemptedAt; at.After(latest) {
					latest = at
				}
			}
		}
	}
	return loud, quiet, latest
}

// TestAFloodLeavesTheOthersTheirShare: an account has 500 posts due at nine, and ten others one each. The app's limit of X's is
// for 60 tweets a day. All the others' are among those, at their second.
func TestAFloodLeavesTheOthersTheirShare(t *testing.T) {
	inTown(t, 60, func(c *town) {
		nine := time.Now().Truncate(time.Minute).Add(10*time.Minute + 30*time.Second)
		for i := range 500 {
			c.schedules(c.loud, i, nine)
		}
		for i, a := range c.quiet {
			c.schedules(a, i, nine)
		}
		c.passes(time.Until(nine) + 10*time.Minute)
		loud, quiet, latest := c.out()
		if loud != 50 || quiet != 10 || latest.Sub(nine) > 2*time.Second {
			t.Errorf("%d of the one's and %d of the others' are out, the latest %v late", loud, quiet, latest.Sub(nine))
		}
	})
}

// TestAfterALimitTheOthersAreInTurn: their posts became due only after the one's had used up what X takes in a day, of which
// 440 wait. When the next day begins, the others are among the first.
func TestAfterALimitTheOthersAreInTurn(t *testing.T) {
	inTown(t, 60, func(c *town) {
		nine := time.Now().Truncate(time.Minute).Add(10*time.Minute + 30*time.Second)
		for i := range 500 {
			c.schedules(c.loud, i, nine)
		}
		for i, a := range c.quiet {
			c.schedules(a, i, nine.Add(time.Hour))
		}
		c.passes(time.Until(nine) + 2*time.Hour)
		if loud, quiet, _ := c.out(); loud != 60 || quiet != 0 {
			t.Fatalf("on the first day %d of the one's and %d of the others' are out", loud, quiet)
		}
		time.Sleep(time.Until(nine.Add(24*time.Hour - 10*time.Minute)))
		c.passes(30 * time.Minute)
		if loud, quiet, _ := c.out(); loud != 110 || quiet != 10 {
			t.Errorf("on the second day %d of the one's and %d of the others' are out", loud-60, quiet)
		}
	})
}

func (c *town) publish(id string) error {
	return c.publisher.Publish(c.Context(), publish.Order{PostID: id, Alone: true})
}
