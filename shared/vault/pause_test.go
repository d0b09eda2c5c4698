package vault_test

import (
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/vault"
)

// open opens Ada's account.
func open(t *testing.T, v *vault.Vault) publish.Session {
	t.Helper()
	s, err := v.Open(t.Context(), simtest.Ada)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A pause of the account that was told ends when X takes a request again: that is told
// too, and once.
func TestAnAccountThatRecoversIsTold(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		v := w.Vault()
		for _, sub := range []post.SubStatus{post.RateLimited, post.Paused} {
			p := publish.Pause{Scope: fault.ScopeAccount, Until: time.Now().Add(time.Hour), Sub: sub}
			if _, err := v.Pause(t.Context(), open(t, v), p); err != nil {
				t.Fatal(err)
			}
			// Whoever was at work on another post has had an answer of X's meanwhile.
			if err := v.ProbeSucceeded(t.Context(), publish.Session{AccountID: simtest.Ada}); err != nil {
				t.Fatal(err)
			}
			if s := open(t, v); s.Pause == nil || s.Recovers {
				t.Fatalf("%s: while it is paused: %+v", sub, s)
			}
			time.Sleep(time.Hour)
			s := open(t, v)
			if s.Pause != nil || s.Recovers != (sub == post.Paused) {
				t.Errorf("%s: after its pause: %+v", sub, s)
			}
			if err := v.ProbeSucceeded(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		if s := open(t, v); s.Recovers {
			t.Errorf("it recovers once more: %+v", s)
		}
		snap, err := w.Store.Snapshot(t.Context(), simtest.Ada)
		if err != nil {
			t.Fatal(err)
		}
		told := snap.AccountPause.Events
		if len(told) != 2 || told[0].Kind != event.AccountPaused || told[1].Kind != event.AccountResumed {
			t.Errorf("it tells %+v", told)
		}
	})
}

// Where many workers store a pause at the same moment, one of them succeeds: the others
// need not.
func TestAPauseThatOthersStoreIsTriedThrice(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		tries := 0
		v := sim.Hook(func(op string, after bool) error {
			if op != "save pause" || after {
				return nil
			}
			tries++
			return fault.New(fault.Conflict, "This changed at the same moment.")
		}).Into(w.Vault())
		p := publish.Pause{Scope: fault.ScopeAccount, Until: time.Now().Add(time.Hour), Sub: post.Paused}
		if until, err := v.Pause(t.Context(), open(t, v), p); err != nil || !until.Equal(p.Until) || tries != 3 {
			t.Errorf("it was tried %d times, and ends at %v, %v", tries, until, err)
		}
	})
}
