package account_test

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
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/storetest"
	"spool/shared/vault"
)

// waiting remembers whose posts were to go on.
type waiting struct{ accounts []string }

func (w *waiting) GoOn(_ context.Context, accountID string) error {
	w.accounts = append(w.accounts, accountID)
	return nil
}

// hold pauses @ada, or the app, for a reason.
func hold(t *testing.T, w *sim.World, scope fault.Scope, sub post.SubStatus, code fault.ReasonCode) {
	t.Helper()
	p := publish.Pause{Scope: scope, Until: time.Now().Add(time.Hour), Sub: sub, Reason: fault.Reason{Code: code, Sentence: string(code)}}
	if _, err := w.Vault().Pause(t.Context(), publish.Session{AccountID: simtest.Ada}, p); err != nil {
		t.Fatal(err)
	}
}

// TestCures: whatever clears what an account or the app waits for ends the wait at
// once, and has the posts go on.
func TestCures(t *testing.T) {
	for name, tc := range map[string]struct {
		scope fault.Scope
		sub   post.SubStatus
		code  fault.ReasonCode
		cure  func(t *testing.T, w *sim.World, c *connect.Connector) error
		goOn  []string // whose posts
		held  bool     // still, afterwards
	}{
		"a locked account is resumed by its owner": {
			scope: fault.ScopeAccount, sub: post.Paused, code: "account_locked", goOn: []string{simtest.Ada},
			cure: func(t *testing.T, _ *sim.World, c *connect.Connector) error {
				return c.Accounts.ResumeAccount(t.Context(), simtest.Ada)
			},
		},
		"connecting again ends the account's pause": {
			scope: fault.ScopeAccount, sub: post.Paused, code: "media_scope_missing", goOn: []string{simtest.Ada}, cure: reconnect,
		},
		"connecting again shows that the app is let in": {
			scope: fault.ScopeApp, sub: post.Paused, code: "app_credentials_refused", goOn: []string{""}, cure: reconnect,
		},
		"connecting again says nothing of the app's credits": {
			scope: fault.ScopeApp, sub: post.Paused, code: "credits_depleted", goOn: []string{simtest.Ada}, held: true, cure: reconnect,
		},
		"new credentials are those of another app": {
			scope: fault.ScopeApp, sub: post.Paused, code: "credits_depleted", goOn: []string{""},
			cure: func(t *testing.T, _ *sim.World, c *connect.Connector) error {
				return c.PutApp(t.Context(), vault.App{ClientID: xsim.DefaultClientID, ClientSecret: xsim.DefaultClientSecret})
			},
		},
		"X's limit for an account ends at its time": {
			scope: fault.ScopeAccount, sub: post.RateLimited, code: "rate_limited", goOn: []string{simtest.Ada}, held: true,
			cure: func(t *testing.T, _ *sim.World, c *connect.Connector) error {
				return c.Accounts.ResumeAccount(t.Context(), simtest.Ada)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				hold(t, w, tc.scope, tc.sub, tc.code)
				wait := &waiting{}
				c := w.Connector()
				c.Accounts.Waiting = wait
				if pauses, err := c.Accounts.Pauses(t.Context(), []string{simtest.Ada}); err != nil || len(pauses) != 1 {
					t.Fatalf("before, the pauses are %v, %v", pauses, err)
				}
				if err := tc.cure(t, w, c); err != nil {
					t.Fatal(err)
				}
				s, err := w.Vault().Open(t.Context(), simtest.Ada)
				if err != nil || s.Probe || (s.Pause != nil) != tc.held {
					t.Errorf("afterwards the session is %+v, %v", s, err)
				}
				if !slices.Equal(wait.accounts, tc.goOn) {
					t.Errorf("the posts of %q go on, want %q", wait.accounts, tc.goOn)
				}
			})
		})
	}
}

// reconnect connects @ada again.
func reconnect(t *testing.T, w *sim.World, c *connect.Connector) error {
	authorize, _, err := c.StartHeadless(t.Context(), "caller", "https://spool.test"+connect.CallbackPath, "Europe/Berlin")
	if err != nil {
		return err
	}
	q, err := w.Allow(authorize, "ada")
	if err != nil {
		return err
	}
	_, err = c.Complete(t.Context(), "caller", "?"+q.Encode())
	return err
}

// TestNewCredentialsEndTheWaitAfterAFailedRefresh: X refused the app at the token
// endpoint, and then the owner gives Spool the right secret.
func TestNewCredentialsEndTheWaitAfterAFailedRefresh(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Count: 1, Status: 401, Body: `{"error":"unauthorized_client","error_description":"Missing valid authorization header"}`}))
		time.Sleep(2 * time.Hour)
		if _, err := w.Vault().Open(t.Context(), simtest.Ada); fault.Judge(err).Reason.Code != "app_credentials_refused" {
			t.Fatalf("got %v", err)
		}
		if simtest.Stored(t, w).Failures != 1 {
			t.Fatalf("the account does not wait: %+v", simtest.Stored(t, w))
		}
		if err := w.Connector().PutApp(t.Context(), vault.App{ClientID: xsim.DefaultClientID, ClientSecret: xsim.DefaultClientSecret}); err != nil {
			t.Fatal(err)
		}
		if a := simtest.Stored(t, w); a.Reason != nil {
			t.Errorf("the account still shows %q", a.Reason.Sentence)
		}
		simtest.Works(t, w)
	})
}

func TestAnAccountThatXDoesNotLetInIsNotResumed(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		if _, err := w.Connector().Disconnect(t.Context(), simtest.Ada); err != nil {
			t.Fatal(err)
		}
		err := w.Connector().Accounts.ResumeAccount(t.Context(), simtest.Ada)
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != fault.Reconnect || f.Field != "id" || f.Fix == "" {
			t.Errorf("got %v, want reconnect_required", err)
		}
		if err := w.Connector().Accounts.ResumeAccount(t.Context(), "1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want not_found", err)
		}
	})
}

func TestSettingsOfAnAccount(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		for _, bad := range []account.Settings{{Zone: new("Mars/Olympus")}, {Zone: new("")}, {Zone: new("Local")}, {Limit: new(279)}, {Limit: new(25_001)}} {
			_, err := w.Connector().Accounts.Configure(t.Context(), simtest.Ada, bad)
			field := "limit"
			if bad.Zone != nil {
				field = "zone"
			}
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != fault.Invalid || f.Field != field {
				t.Errorf("%+v: got %v, want invalid_request at %s", bad, err, field)
			}
		}
		a, err := w.Connector().Accounts.Configure(t.Context(), simtest.Ada, account.Settings{
			Zone: new("Asia/Tokyo"), Limit: new(25_000), Lateness: new(time.Hour),
		})
		if err != nil || a.Zone != "Asia/Tokyo" || a.Limit != 25_000 || a.Lateness != time.Hour {
			t.Fatalf("got %+v, %v", a, err)
		}
		if a, err = w.Connector().Accounts.Configure(t.Context(), simtest.Ada, account.Settings{Limit: new(280)}); err != nil || a.Zone != "Asia/Tokyo" || a.Limit != 280 || a.Lateness != time.Hour {
			t.Fatalf("got %+v, %v", a, err)
		}
		simtest.Works(t, w)
	})
}

// resumed remembers whose pauses it is told have ended.
type resumed struct{ accounts []string }

func (r *resumed) Resumed(_ context.Context, accountID string) {
	r.accounts = append(r.accounts, accountID)
}

// That a pause was ended is told; that there was none to end is not.
func TestTheEndOfAPauseIsTold(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		hold(t, w, fault.ScopeAccount, post.Paused, "account_locked")
		hold(t, w, fault.ScopeApp, post.Paused, "credits_depleted")
		c, told := w.Connector(), &resumed{}
		c.Accounts.Observer = told
		for range 2 {
			if err := c.Accounts.ResumeAccount(t.Context(), simtest.Ada); err != nil {
				t.Fatal(err)
			}
			if err := c.Accounts.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(told.accounts, []string{simtest.Ada, ""}) {
			t.Errorf("told of %q", told.accounts)
		}
	})
}

// What could not be stored has not ended.
func TestAPauseThatCannotBeEndedIsNotTold(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		hold(t, w, fault.ScopeAccount, post.Paused, "account_locked")
		c, told := w.Connector(), &resumed{}
		c.Accounts.Observer = told
		sim.Hook(func(op string, _ bool) error {
			if op == "save pause" {
				return errDown
			}
			return nil
		}).IntoService(c.Accounts)
		if err := c.Accounts.ResumeAccount(t.Context(), simtest.Ada); !errors.Is(err, errDown) || len(told.accounts) > 0 {
			t.Errorf("told of %q: %v", told.accounts, err)
		}
	})
}

// A pause that only somebody ends outlasts whatever else is planned.
func TestAHeldAppWaitsForSomebody(t *testing.T) {
	owned(t, func(s *account.Service, m *storetest.Memory) {
		why := fault.ReasonCreditsDepleted.Reason()
		for range 2 { // the second finds the first
			if err := s.Hold(t.Context(), why); err != nil {
				t.Fatal(err)
			}
		}
		snap, err := m.Snapshot(t.Context(), "7")
		if err != nil {
			t.Fatal(err)
		}
		p, year := snap.AppPause, 365*24*time.Hour
		if p.Sub != string(post.Paused) || p.Reason != why || !p.Until.Equal(s.Now().Add(10*year)) || len(p.Events) != 1 {
			t.Errorf("it is held %+v", p)
		}
	})
}
