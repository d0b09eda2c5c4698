package vault_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/vault"
)

// notes is an observer that writes down what it is told.
type notes struct {
	mu   sync.Mutex
	told []string
}

func (n *notes) note(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, fmt.Sprintf(format, args...))
}

func (n *notes) Refreshed(_ context.Context, was, is account.Account, cause error) {
	n.note("%s: pair %d %s -> pair %d %s, failed: %v", was.ID, was.Version, was.Health, is.Version, is.Health, cause != nil)
}

func (n *notes) Paused(_ context.Context, id string, p account.Pause) {
	n.note("paused %q, %s", id, p.Reason.Code)
}

func (n *notes) Resumed(_ context.Context, id string) { n.note("resumed %q", id) }

func (n *notes) AccountStored(_ context.Context, was, is account.Account) {
	n.note("%s stored: %q -> %s", is.ID, was.Health, is.Health)
}

func (n *notes) Swept(_ context.Context, accounts int) { n.note("%d accounts were due", accounts) }

// TestAnObserverIsToldWhatBecameOfTokens once it is stored, and of nothing else.
func TestAnObserverIsToldWhatBecameOfTokens(t *testing.T) {
	pause := func() publish.Pause {
		return publish.Pause{Scope: fault.ScopeApp, Until: time.Now().Add(time.Hour), Reason: fault.Reason{Code: "x_unavailable"}}
	}
	down := func(op string) sim.Hook {
		return func(at string, _ bool) error {
			if at == op {
				return errors.New("out of order")
			}
			return nil
		}
	}
	open := func(t *testing.T, v *vault.Vault) { _, _ = v.Open(t.Context(), simtest.Ada) }
	connect := func(t *testing.T, v *vault.Vault) {
		pair := vault.Pair{Access: "new", Refresh: "newer", Expires: time.Now().Add(2 * time.Hour), Scopes: account.Scopes()}
		if _, _, err := v.Connect(t.Context(), vault.App{ClientID: "app"}, account.Account{ID: simtest.Ada}, pair); err != nil {
			t.Fatal(err)
		}
	}
	for name, tc := range map[string]struct {
		does func(t *testing.T, w *sim.World, v *vault.Vault)
		want []string
	}{
		"tokens that are fresh": {func(t *testing.T, _ *sim.World, v *vault.Vault) { open(t, v) }, nil},
		"a refresh": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			open(t, v)
		}, []string{"1815120100: pair 1 connected -> pair 2 connected, failed: false"}},
		"one that X refuses": {func(t *testing.T, w *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			if err := w.X.Disconnect("ada"); err != nil {
				t.Fatal(err)
			}
			open(t, v)
		}, []string{"1815120100: pair 1 connected -> pair 1 reconnect_required, failed: true"}},
		"a pair that does not open": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			open(t, down("open").Into(v))
		}, []string{"1815120100: pair 1 connected -> pair 1 connected, failed: true"}},
		"a worker that was held up": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			var once sync.Once
			open(t, sim.Hook(func(op string, _ bool) error {
				if op == "open" {
					once.Do(func() { time.Sleep(30 * time.Second) })
				}
				return nil
			}).Into(v))
		}, nil},
		"a connection that is made again, and ended": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			connect(t, v)
			if _, err := v.Disconnect(t.Context(), simtest.Ada); err != nil {
				t.Fatal(err)
			}
		}, []string{`1815120100 stored: "connected" -> connected`, `1815120100 stored: "connected" -> disconnected`}},
		"a pause of everything, and its end": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			s := publish.Session{AccountID: simtest.Ada}
			for range 2 { // the second finds it there
				if _, err := v.Pause(t.Context(), s, pause()); err != nil {
					t.Fatal(err)
				}
			}
			s.Probe = true
			if err := v.ProbeSucceeded(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}, []string{`paused "", x_unavailable`, `resumed ""`}},
		"a pause of an account": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			p := publish.Pause{Scope: fault.ScopeAccount, Until: time.Now().Add(time.Hour), Sub: post.RateLimited}
			p.Reason.Code = "rate_limited"
			if _, err := v.Pause(t.Context(), publish.Session{AccountID: simtest.Ada}, p); err != nil {
				t.Fatal(err)
			}
		}, []string{`paused "1815120100", rate_limited`}},
		"pauses that are not stored": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			down("save pause").Into(v)
			_, _ = v.Pause(t.Context(), publish.Session{AccountID: simtest.Ada}, pause())
			_ = v.ProbeSucceeded(t.Context(), publish.Session{AccountID: simtest.Ada, Probe: true})
		}, nil},
		"rounds of the schedule": {func(t *testing.T, w *sim.World, v *vault.Vault) {
			s := w.Sweeper()
			s.Vault = v
			for range 2 {
				if err := s.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(simtest.Expired)
			}
		}, []string{
			"0 accounts were due", "1815120100: pair 1 connected -> pair 2 connected, failed: false", "1 accounts were due",
		}},
		"a round without the app": {func(t *testing.T, w *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			s := w.Sweeper()
			s.Vault, s.Schedule = v, appless{w.Store}
			if err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, []string{"0 accounts were due"}},
		"a round that fails": {func(t *testing.T, w *sim.World, v *vault.Vault) {
			s := w.Sweeper()
			s.Vault, s.Schedule = v, index{w.Store, [][]any{{errors.New("out of order")}}}
			if err := s.Sweep(t.Context()); err == nil {
				t.Error("it does not fail")
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				n, v := &notes{}, w.Vault()
				v.Observer = n
				tc.does(t, w, v)
				if !slices.Equal(n.told, tc.want) {
					t.Errorf("it was told\n%q, want\n%q", n.told, tc.want)
				}
			})
		})
	}
}

// appless is a schedule of accounts without the app's credentials.
type appless struct{ vault.Schedule }

func (appless) App(context.Context) (account.SealedApp, error) { return account.SealedApp{}, nil }
