package vault_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/infra/xsim"
	"spool/shared/vault"
)

const day = 24 * time.Hour

func TestAnAccountThatNobodyUsesLivesOnFewRefreshes(t *testing.T) {
	if testing.Short() {
		t.Skip("it is long")
	}
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		simtest.Rounds(t, w, 4*day) // until it falls idle
		busy := w.Refreshes()
		simtest.Rounds(t, w, 365*day)
		if n := w.Refreshes() - busy; n < 12 || n > 13 {
			t.Errorf("an idle year took %d refreshes, want one a month", n)
		}
		simtest.Works(t, w)
	})
}

func TestAnAccountInUseIsRefreshedAheadOfItsPosts(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		inline := 0
		for range 30 { // a post a day
			before := w.Refreshes()
			simtest.Works(t, w)
			inline += w.Refreshes() - before
			simtest.Rounds(t, w, day)
		}
		if inline > 10 {
			t.Errorf("%d of 30 posts had to wait for a refresh", inline)
		}
	})
}

func TestTheScheduleKeepsPairsThatPublishingFindsFresh(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		for range 2 * 24 * 4 {
			simtest.Rounds(t, w, 15*time.Minute)
			if left := time.Until(simtest.Stored(t, w).Expires); left < vault.Defaults().MinLife {
				t.Fatalf("after a round the token has %v left", left)
			}
		}
	})
}

// connectMany connects n accounts at the same moment.
func connectMany(t *testing.T, w *sim.World, n int) {
	t.Helper()
	for i := range n {
		w.X.AddAccount(xsim.Account{Username: fmt.Sprintf("user%d", i)})
		if _, err := w.Connect(t.Context(), fmt.Sprintf("user%d", i)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASweepLeavesWhatItHasNoTimeForToTheNext(t *testing.T) {
	if testing.Short() {
		t.Skip("it is long")
	}
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		connectMany(t, w, 400)
		time.Sleep(simtest.Expired)
		simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Delay: 10 * time.Second, Count: -1}))
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if err := w.Sweeper().Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		first := w.Refreshes()
		if took := time.Since(began); took > 2*time.Minute || first == 0 || first > 16*8 {
			t.Errorf("the sweep took %v and made %d refreshes", took, first)
		}
		simtest.Rounds(t, w, time.Hour)
		for a, err := range w.Store.Expiring(t.Context(), 0, time.Now()) {
			t.Errorf("@%s is still to be refreshed (%v)", a.Username, err)
		}
		simtest.Refreshes(t, w, 401)
	})
}

func TestASweepKeepsOffAccountsThatAreBeingRefreshed(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Delay: 10 * time.Second}))
		done := make(chan error)
		go func() {
			_, err := w.Vault().Open(t.Context(), simtest.Ada)
			done <- err
		}()
		time.Sleep(time.Second)
		began := time.Now()
		if err := w.Sweeper().Sweep(t.Context()); err != nil || time.Since(began) > 0 {
			t.Errorf("the sweep took %v (%v)", time.Since(began), err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		simtest.Refreshes(t, w, 1)
	})
}

func TestASweepWithoutTheAppDoesNothing(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, _ *sim.World) {
		if err := sim.NewWorld(2).Sweeper().Sweep(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
