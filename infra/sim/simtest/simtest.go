// Package simtest is what tests of accounts and their tokens say of a world. It is
// only for them.
package simtest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/sim"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/fault"
)

const (
	// Ada is X's id of @ada.
	Ada = "1815120100"
	// Expired is when a pair of a new account is too old to publish with.
	Expired = 2 * time.Hour
)

// InWorld runs a test in virtual time, in a world in which @ada is connected.
func InWorld(t *testing.T, test func(t *testing.T, w *sim.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := sim.NewWorld(1)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		test(t, w)
	})
}

// Stored is @ada's record.
func Stored(t *testing.T, w *sim.World) account.Account {
	t.Helper()
	snap, err := w.Store.Snapshot(context.Background(), Ada)
	if err != nil {
		t.Fatal(err)
	}
	return snap.Account
}

// Script has X fail.
func Script(t *testing.T, w *sim.World, f xsim.Fault) {
	t.Helper()
	if _, err := w.X.Fault(f); err != nil {
		t.Fatal(err)
	}
}

// TokenFault strikes the token endpoint.
func TokenFault(f xsim.Fault) xsim.Fault {
	f.Method, f.Path = "POST", "/2/oauth2/token"
	return f
}

// Works fails the test unless the account opens and X takes its token.
func Works(t *testing.T, w *sim.World) {
	t.Helper()
	s, err := w.Vault().Open(t.Context(), Ada)
	if err != nil {
		t.Fatalf("the account does not open: %v", err)
	}
	if me, err := w.Client().Me(t.Context(), s.Token); err != nil || me.ID != Ada {
		t.Fatalf("X does not take the session's token: %v", err)
	}
}

// MustBe fails the test unless the account has this health.
func MustBe(t *testing.T, w *sim.World, want account.Health) {
	t.Helper()
	if a := Stored(t, w); a.Health != want {
		t.Fatalf("the account is %q (%+v), want %q", a.Health, a.Reason, want)
	}
}

// VerdictOf is the verdict of an error that must be there.
func VerdictOf(t *testing.T, err error) fault.Verdict {
	t.Helper()
	if err == nil {
		t.Fatal("got no error")
	}
	return fault.Judge(err)
}

// Refreshes fails the test unless X was asked this often for a new pair.
func Refreshes(t *testing.T, w *sim.World, want int) {
	t.Helper()
	if got := w.Refreshes(); got != want {
		t.Fatalf("X was asked %d times for a new pair, want %d", got, want)
	}
}

// Rounds runs the schedule every quarter of an hour.
func Rounds(t *testing.T, w *sim.World, d time.Duration) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(15 * time.Minute) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		if err := w.Sweeper().Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
}

// MustRefuse fails the test unless err is a refusal that says why and what to do.
func MustRefuse(t *testing.T, err error, code fault.Code, words string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != code || !strings.Contains(f.Message+" "+f.Fix, words) || f.Fix == "" {
		t.Fatalf("got %+v, want a fault of code %s with %q and a way on", err, code, words)
	}
}
