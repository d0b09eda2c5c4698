package vault_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/vault"
)

// index is what a schedule gives, shard by shard: accounts and errors.
type index struct {
	vault.Schedule
	shards [][]any
}

func (x index) Expiring(_ context.Context, shard int, _ time.Time) iter.Seq2[account.Account, error] {
	return func(yield func(account.Account, error) bool) {
		for _, entry := range x.shards[shard] {
			a, _ := entry.(account.Account)
			err, _ := entry.(error)
			if !yield(a, err) {
				return
			}
		}
	}
}

// TestASweepGoesThroughAllShards: what a newer version of Spool has to do with is passed
// over, and a shard that cannot be read does not keep it from the next.
func TestASweepGoesThroughAllShards(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		connectMany(t, w, 2)
		all, err := w.Store.Accounts(t.Context())
		if err != nil || len(all) != 3 {
			t.Fatal(all, err)
		}
		time.Sleep(simtest.Expired)
		down := errors.New("the index is out of order")
		s := w.Sweeper()
		s.Schedule, s.Shards = index{w.Store, [][]any{
			{fault.New(fault.Newer, "It is newer."), all[0]}, {all[1], down, all[2]}, {all[2]},
		}}, 3
		if err := s.Sweep(t.Context()); !errors.Is(err, down) {
			t.Errorf("got %v, want %v", err, down)
		}
		simtest.Refreshes(t, w, 3)
		if log := w.Log.String(); !strings.Contains(log, "It is newer.") {
			t.Errorf("the log does not tell of what was passed over: %s", log)
		}
	})
}

func TestASweepBeginsWhatItHasTimeFor(t *testing.T) {
	for _, c := range []struct {
		left time.Duration
		want int // refreshes
	}{{time.Minute, 0}, {time.Minute + 1, 1}} {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			time.Sleep(simtest.Expired)
			s := w.Sweeper()
			s.Reserve = time.Minute
			ctx, cancel := context.WithTimeout(t.Context(), c.left)
			defer cancel()
			if err := s.Sweep(ctx); err != nil {
				t.Error(err)
			}
			simtest.Refreshes(t, w, c.want)
		})
	}
}

// TestASweepLeavesAlone what only an index that lags shows to be due, without asking the store.
func TestASweepLeavesAlone(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(a *account.Account)
		asks   bool
	}{
		"what is due now":         {func(a *account.Account) { a.RefreshAt = time.Now() }, true},
		"what is never due":       {func(a *account.Account) { a.RefreshAt = time.Time{} }, false},
		"what is due later":       {func(a *account.Account) { a.RefreshAt = time.Now().Add(1) }, false},
		"what another works on":   {func(a *account.Account) { a.Lease = account.Lease{Owner: "w", Until: time.Now().Add(1)} }, false},
		"what another has let go": {func(a *account.Account) { a.Lease = account.Lease{Owner: "w", Until: time.Now()} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				time.Sleep(simtest.Expired)
				a := simtest.Stored(t, w)
				tc.change(&a)
				s, asked := w.Sweeper(), false
				s.Schedule = index{w.Store, [][]any{{a}}}
				sim.Hook(func(string, bool) error { asked = true; return nil }).Into(s.Vault)
				if err := s.Sweep(t.Context()); err != nil || asked != tc.asks {
					t.Errorf("it asks: %v, want %v (%v)", asked, tc.asks, err)
				}
			})
		})
	}
}

// TestASweepWorksOnSixteenAtATime: each of them waits for X.
func TestASweepWorksOnSixteenAtATime(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		connectMany(t, w, 16) // beside @ada
		time.Sleep(simtest.Expired)
		var mu sync.Mutex
		var began []time.Duration
		start, s := time.Now(), w.Sweeper()
		sim.Hook(func(op string, after bool) error {
			if op == "refresh" && !after {
				time.Sleep(time.Second)
				mu.Lock()
				defer mu.Unlock()
				began = append(began, time.Since(start))
			}
			return nil
		}).Into(s.Vault)
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		slices.Sort(began)
		if n := len(began); n != 17 || began[15] != time.Second || began[16] != 2*time.Second {
			t.Errorf("the refreshes are sent after %v", began)
		}
	})
}

// TestASweepThatRunsOutOfTimeHasServedAllShards: the first ones do not take what there is for the others.
func TestASweepThatRunsOutOfTimeHasServedAllShards(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		connectMany(t, w, 79) // beside @ada
		all, err := w.Store.Accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(simtest.Expired)
		simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Delay: 10 * time.Second, Count: -1}))
		shards := make([][]any, 2)
		for i, a := range all {
			shards[i/70] = append(shards[i/70], a) // 70 and 10
		}
		s := w.Sweeper()
		s.Schedule, s.Shards = index{w.Store, shards}, len(shards)
		ctx, cancel := context.WithTimeout(t.Context(), s.Reserve+15*time.Second) // for two times sixteen
		defer cancel()
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		renewed := 0
		for _, a := range all[70:] {
			if snap, err := w.Store.Snapshot(t.Context(), a.ID); err != nil || snap.Account.Version > a.Version {
				renewed++
			}
		}
		if n := w.Refreshes(); n > 40 || renewed < 10 {
			t.Errorf("of %d refreshes %d were of the second shard, want all 10", n, renewed)
		}
	})
}

func TestASweepWithoutTheSchedulesAppFails(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		down := errors.New("out of order")
		s := w.Sweeper()
		s.Schedule = noApp{w.Store, down}
		if err := s.Sweep(t.Context()); !errors.Is(err, down) {
			t.Errorf("got %v, want %v", err, down)
		}
	})
}

type noApp struct {
	vault.Schedule
	err error
}

func (n noApp) App(context.Context) (account.SealedApp, error) { return account.SealedApp{}, n.err }

// TestHowMuchOfATokensLifeMustBeLeft: below five minutes it is renewed; where that fails,
// what is left serves while it is enough for two requests.
func TestHowMuchOfATokensLifeMustBeLeft(t *testing.T) {
	for _, c := range []struct {
		left      time.Duration
		refreshes int
		opens     bool
	}{
		{5 * time.Minute, 0, true}, {5*time.Minute - 1, 1, true}, {30 * time.Second, 1, true}, {30*time.Second - 1, 1, false},
	} {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Status: 503, Count: -1}))
			a := simtest.Stored(t, w)
			time.Sleep(time.Until(a.Expires) - c.left)
			s, err := w.Vault().Open(t.Context(), simtest.Ada)
			if (err == nil) != c.opens {
				t.Errorf("with %v left: got %v", c.left, err)
			}
			if c.opens && (s.AccountID != simtest.Ada || s.Version != 1 || s.Limit != 280 || s.Token == "" || s.Probe || s.Budgeted) {
				t.Errorf("with %v left the session is %+v", c.left, s)
			}
			simtest.Refreshes(t, w, c.refreshes)
		})
	}
	t.Run("and X's refusal for good is believed", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			if err := w.X.Disconnect("ada"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Until(simtest.Stored(t, w).Expires) - 4*time.Minute)
			if _, err := w.Vault().Open(t.Context(), simtest.Ada); fault.Judge(err).Action != fault.Final {
				t.Errorf("got %v", err)
			}
		})
	})
}

// TestAStoreThatFailsWhileATokenIsRenewed: the store's own error comes back.
func TestAStoreThatFailsWhileATokenIsRenewed(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		s, err := w.Vault().Open(t.Context(), simtest.Ada)
		if err != nil {
			t.Fatal(err)
		}
		down := errors.New("the store is out of order")
		hook := sim.Hook(func(op string, _ bool) error {
			if op == "read" {
				return down
			}
			return nil
		})
		if _, err := hook.Into(w.Vault()).Renew(t.Context(), s); !errors.Is(err, down) {
			t.Errorf("got %v, want %v", err, down)
		}
	})
}
