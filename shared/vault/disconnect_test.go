package vault_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/vault"
)

func TestDisconnecting(t *testing.T) {
	mustEnd := func(t *testing.T, w *sim.World) {
		t.Helper()
		a := simtest.Stored(t, w)
		if a.Health != account.Disconnected || a.Sealed != nil || !a.RefreshAt.IsZero() || a.Reason != nil || a.Username != "ada" {
			t.Fatalf("the record is %+v, want its history without the pair", a)
		}
	}
	session := func(t *testing.T, w *sim.World) string {
		s, err := w.Vault().Open(t.Context(), simtest.Ada)
		if err != nil {
			t.Fatal(err)
		}
		return s.Token
	}
	t.Run("revokes, destroys the pair and holds the posts", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			token := session(t, w)
			if _, err := w.Connector().Disconnect(t.Context(), simtest.Ada); err != nil {
				t.Fatal(err)
			}
			mustEnd(t, w)
			if _, err := w.Client().Me(t.Context(), token); err == nil {
				t.Error("X still takes the token")
			}
			_, err := w.Vault().Open(t.Context(), simtest.Ada)
			if v := simtest.VerdictOf(t, err); v.Reason.Code != "disconnected" || v.Reason.Todo == "" || !v.Until.After(time.Now()) {
				t.Errorf("a post's verdict is %+v", v)
			}
			if _, err := w.Connector().Disconnect(t.Context(), simtest.Ada); err != nil {
				t.Errorf("disconnecting twice: %v", err)
			}
			simtest.Rounds(t, w, 3*time.Hour)
			simtest.Refreshes(t, w, 0)
		})
	})
	t.Run("tells X later when it cannot now", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			token := session(t, w)
			simtest.Script(t, w, xsim.Fault{Path: "/2/oauth2/revoke", Status: 503, Count: 3})
			a, err := w.Connector().Disconnect(t.Context(), simtest.Ada)
			if err != nil || a.Health != account.Disconnected || a.Reason == nil || a.Reason.Code != "revoke_pending" {
				t.Fatalf("got %+v, %v", a, err)
			}
			if !strings.Contains(a.Reason.Detail, "X is having problems") {
				t.Errorf("the detail is %q, want what came of telling X", a.Reason.Detail)
			}
			if _, err := w.Vault().Open(t.Context(), simtest.Ada); err == nil {
				t.Error("the account still opens")
			}
			simtest.Rounds(t, w, time.Hour)
			mustEnd(t, w)
			if _, err := w.Client().Me(t.Context(), token); err == nil {
				t.Error("X still takes the token")
			}
		})
	})
	t.Run("is finished by the schedule when its worker died", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			ctx, cancel := context.WithCancel(t.Context())
			hook := sim.Hook(func(op string, _ bool) error {
				if op == "revoke" || ctx.Err() != nil {
					cancel()
					return errors.New("killed")
				}
				return nil
			})
			hook.Into(w.Vault()).Disconnect(ctx, simtest.Ada)
			if a := simtest.Stored(t, w); a.Health != account.Disconnected || len(a.Sealed) == 0 {
				t.Fatalf("the record is %+v", a)
			}
			simtest.Rounds(t, w, time.Hour)
			mustEnd(t, w)
		})
	})
	t.Run("waits for a refresh that is under way", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			time.Sleep(simtest.Expired)
			simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Delay: 5 * time.Second}))
			token := make(chan string)
			go func() { token <- session(t, w) }()
			time.Sleep(time.Second)
			if _, err := w.Connector().Disconnect(t.Context(), simtest.Ada); err != nil {
				t.Fatal(err)
			}
			mustEnd(t, w)
			if _, err := w.Client().Me(t.Context(), <-token); err == nil {
				t.Error("X still takes the token of the refresh")
			}
		})
	})
	t.Run("gives up after a while when the refresh does not end", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			time.Sleep(simtest.Expired)
			simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Delay: 14 * time.Second}))
			done := make(chan string)
			go func() { done <- session(t, w) }()
			time.Sleep(time.Second)
			_, err := w.Connector().Disconnect(t.Context(), simtest.Ada)
			simtest.MustRefuse(t, err, fault.Unavailable, "Try again in a moment")
			<-done
			simtest.MustBe(t, w, account.Connected)
		})
	})
	t.Run("is not undone by a worker that stalled in a refresh", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			time.Sleep(simtest.Expired)
			hook := sim.Hook(func(op string, after bool) error {
				if op == "refresh" && after {
					time.Sleep(time.Minute)
				}
				return nil
			})
			done := make(chan error)
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				_, err := hook.Into(w.Vault()).Open(ctx, simtest.Ada)
				done <- err
			}()
			time.Sleep(50 * time.Second)
			if _, err := w.Connector().Disconnect(t.Context(), simtest.Ada); err != nil {
				t.Fatal(err)
			}
			if v := simtest.VerdictOf(t, <-done); v.Reason.Code != "disconnected" {
				t.Errorf("the stalled worker's verdict is %+v", v)
			}
			mustEnd(t, w)
		})
	})
	t.Run("ends with a new connection, which posts go on with", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			if _, err := w.Connector().Disconnect(t.Context(), simtest.Ada); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Connect(t.Context(), "ada"); err != nil {
				t.Fatal(err)
			}
			simtest.MustBe(t, w, account.Connected)
			simtest.Works(t, w)
		})
	})
	t.Run("of an unknown account is refused", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			if _, err := w.Connector().Disconnect(t.Context(), "404"); !fault.Is(err, fault.NotFound) {
				t.Errorf("got %v, want not_found", err)
			}
		})
	})
}

// revoking remembers which tokens X is asked to end.
type revoking struct {
	vault.Authority
	tokens []string
}

func (r *revoking) Revoke(_ context.Context, _ vault.App, token string) error {
	r.tokens = append(r.tokens, token)
	return nil
}

func TestXIsAskedToEndTheTokensThatThereAre(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		v, x := w.Vault(), &revoking{}
		v.Authority = x
		for _, p := range []vault.Pair{{Access: "a", Refresh: "b"}, {Access: "c"}, {Refresh: "d"}, {}} {
			v.Revoke(t.Context(), vault.App{ClientID: "app"}, p)
		}
		if want := []string{"b", "a", "c", "d"}; !slices.Equal(x.tokens, want) {
			t.Errorf("it is asked to end %q, want %q", x.tokens, want)
		}
	})
}
