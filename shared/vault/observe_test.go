package vault_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/vault"
)

// observed remembers what it is told, in a word each.
type observed struct{ told []string }

func (o *observed) say(word string) { o.told = append(o.told, word) }

func (o *observed) Refreshed(_ context.Context, was, is account.Account, cause error) {
	switch {
	case cause != nil && is.Health != was.Health:
		o.say("refused for good")
	case cause != nil:
		o.say("refused")
	case is.Version == was.Version+1:
		o.say("refreshed")
	}
}

func (o *observed) Paused(_ context.Context, id string, _ account.Pause) { o.say("paused " + id) }
func (o *observed) Resumed(_ context.Context, id string)                 { o.say("resumed " + id) }
func (o *observed) Swept(_ context.Context, accounts int) {
	o.say("swept " + string(rune('0'+accounts)))
}
func (o *observed) AccountStored(_ context.Context, was, is account.Account) {
	o.say(string(was.Health) + " to " + string(is.Health))
}

// What becomes of tokens, pauses and connections is told, once each.
func TestWhatBecomesOfTokensIsTold(t *testing.T) {
	pause := func(t *testing.T, v *vault.Vault, scope fault.Scope) publish.Session {
		s, err := v.Open(t.Context(), simtest.Ada)
		if err != nil {
			t.Fatal(err)
		}
		p := publish.Pause{Scope: scope, Until: time.Now().Add(time.Minute), Sub: post.Paused, Reason: fault.ReasonCreditsDepleted.Reason()}
		if _, err := v.Pause(t.Context(), s, p); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, tt := range map[string]struct {
		do   func(t *testing.T, w *sim.World, v *vault.Vault)
		want []string
	}{
		"a new pair": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			_, _ = v.Open(t.Context(), simtest.Ada)
		}, []string{"refreshed"}},
		"a token that X refuses": {func(t *testing.T, w *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			_ = w.X.Disconnect("ada")
			_, _ = v.Open(t.Context(), simtest.Ada)
		}, []string{"refused for good"}},
		"X has a bad moment": {func(t *testing.T, w *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Status: 503}))
			_, _ = v.Open(t.Context(), simtest.Ada)
		}, []string{"refused"}},
		"the key is out of order": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			hook := sim.Hook(func(op string, _ bool) error {
				if op == "open" {
					return errors.New("KMS is out of order")
				}
				return nil
			})
			_, _ = hook.Into(v).Open(t.Context(), simtest.Ada)
		}, []string{"refused"}},
		"an account's pause": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			pause(t, v, fault.ScopeAccount)
		}, []string{"paused " + simtest.Ada}},
		"the app's, which others find, and a probe ends": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			s := pause(t, v, fault.ScopeApp)
			_, _ = v.Pause(t.Context(), s, publish.Pause{Scope: fault.ScopeApp, Until: time.Now().Add(time.Minute), Sub: post.Paused})
			time.Sleep(time.Hour)
			s, err := v.Open(t.Context(), simtest.Ada)
			if err != nil || !s.Probe {
				t.Fatal(s, err)
			}
			if err := v.ProbeSucceeded(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}, []string{"paused ", "resumed "}},
		"an account that its owner disconnects": {func(t *testing.T, _ *sim.World, v *vault.Vault) {
			if _, err := v.Disconnect(t.Context(), simtest.Ada); err != nil {
				t.Fatal(err)
			}
		}, []string{"connected to disconnected"}},
		"a round of the schedule": {func(t *testing.T, w *sim.World, v *vault.Vault) {
			time.Sleep(simtest.Expired)
			s := w.Sweeper()
			s.Vault = v
			for range 2 {
				if err := s.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}, []string{"refreshed", "swept 1", "swept 0"}},
		"a round that fails": {func(t *testing.T, w *sim.World, v *vault.Vault) {
			s := w.Sweeper()
			s.Vault, s.Schedule = v, index{w.Store, [][]any{{errors.New("no index")}}}
			if err := s.Sweep(t.Context()); err == nil {
				t.Fatal("it does not fail")
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				o, v := &observed{}, w.Vault()
				v.Observer = o
				tt.do(t, w, v)
				if !slices.Equal(o.told, tt.want) {
					t.Errorf("told %q, want %q", o.told, tt.want)
				}
			})
		})
	}
}

// Who connects an account again tells how it was before.
func TestAConnectionIsTold(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		_ = w.X.Disconnect("ada")
		time.Sleep(simtest.Expired)
		_, _ = w.Vault().Open(t.Context(), simtest.Ada)
		simtest.MustBe(t, w, account.NeedsConnect)
		o, v := &observed{}, w.Vault()
		v.Observer = o
		pair, err := w.X.Connect("ada")
		if err != nil {
			t.Fatal(err)
		}
		who := account.Account{ID: simtest.Ada, Username: "ada"}
		if _, _, err := v.Connect(t.Context(), vault.App{}, who, vault.Pair{Access: pair.AccessToken, Refresh: pair.RefreshToken}); err != nil {
			t.Fatal(err)
		}
		if want := []string{"reconnect_required to connected"}; !slices.Equal(o.told, want) {
			t.Errorf("told %q, want %q", o.told, want)
		}
	})
}
