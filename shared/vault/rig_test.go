package vault_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/sim"
	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/vault"
)

const ada = "1815120100" // X's id of @ada

// inWorld runs a test in virtual time, in a world in which @ada is connected.
func inWorld(t *testing.T, test func(t *testing.T, w *sim.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := sim.NewWorld(1)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		test(t, w)
	})
}

// stored is @ada's record.
func stored(t *testing.T, w *sim.World) vault.Account {
	t.Helper()
	snap, err := w.Store.Snapshot(context.Background(), ada)
	if err != nil {
		t.Fatal(err)
	}
	return snap.Account
}

// script has X fail.
func script(t *testing.T, w *sim.World, f xsim.Fault) {
	t.Helper()
	if _, err := w.X.Fault(f); err != nil {
		t.Fatal(err)
	}
}

// tokenFault strikes the token endpoint.
func tokenFault(f xsim.Fault) xsim.Fault {
	f.Method, f.Path = "POST", "/2/oauth2/token"
	return f
}

// works fails the test unless the account opens and X takes its token.
func works(t *testing.T, w *sim.World) {
	t.Helper()
	s, err := w.Vault().Open(t.Context(), ada)
	if err != nil {
		t.Fatalf("the account does not open: %v", err)
	}
	if me, err := w.Client().Me(t.Context(), s.Token); err != nil || me.ID != ada {
		t.Fatalf("X does not take the session's token: %v", err)
	}
}

// mustBe fails the test unless the account has this health.
func mustBe(t *testing.T, w *sim.World, want vault.Health) {
	t.Helper()
	if a := stored(t, w); a.Health != want {
		t.Fatalf("the account is %q (%+v), want %q", a.Health, a.Reason, want)
	}
}

// verdictOf is the verdict of an error that must be there.
func verdictOf(t *testing.T, err error) fault.Verdict {
	t.Helper()
	if err == nil {
		t.Fatal("got no error")
	}
	return fault.Judge(err)
}

// refreshes fails the test unless X was asked this often for a new pair.
func refreshes(t *testing.T, w *sim.World, want int) {
	t.Helper()
	if got := w.Refreshes(); got != want {
		t.Fatalf("X was asked %d times for a new pair, want %d", got, want)
	}
}

// rounds runs the schedule every quarter of an hour.
func rounds(t *testing.T, w *sim.World, d time.Duration) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(15 * time.Minute) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		if err := w.Sweeper().Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
}
