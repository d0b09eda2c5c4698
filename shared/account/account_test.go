package account

import (
	"errors"
	"slices"
	"testing"
	"time"

	"spool/shared/fault"
)

func TestAccountsThatWereConnectedTogetherAreNotRefreshedTogether(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	const n = 100_000
	for _, c := range []struct {
		outcome string
		used    time.Time
		within  time.Duration // from the first to the last
	}{
		{"those in use within a quarter of an hour", now, spread},
		{"idle ones within a day", now.Add(-idle - time.Second), idleSpread},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			minutes := map[int64]int{}
			for i := range n {
				a := Account{UsedAt: c.used, Expires: now.Add(2 * time.Hour)}
				minutes[a.next(now, float64(i)/n).Unix()/60]++
			}
			fair := n / int(c.within.Minutes())
			for minute, count := range minutes {
				if count > fair+fair/2+1 {
					t.Errorf("minute %d has %d accounts, want about %d", minute, count, fair)
				}
			}
		})
	}
}

func TestWaitsAfterFailuresGrowToAnHour(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	var a Account
	var waits []time.Duration
	for range 9 {
		a = a.Fail(now, fault.Verdict{Action: fault.Retry}, 0)
		waits = append(waits, a.RefreshAt.Sub(now))
	}
	m := time.Minute
	if want := []time.Duration{m, 2 * m, 4 * m, 8 * m, 16 * m, 32 * m, 60 * m, 60 * m, 60 * m}; !slices.Equal(waits, want) {
		t.Errorf("the waits are %v, want %v", waits, want)
	}
	if b := a.Fail(now, fault.Verdict{Action: fault.Wait, Until: now.Add(24 * time.Hour)}, 0); b.RefreshAt != now.Add(24*time.Hour) {
		t.Errorf("X's limit ends in 24 h, and the next try is after %v", b.RefreshAt.Sub(now))
	}
}

func TestWhatWasNotGrantedIsNamed(t *testing.T) {
	all := []string{"tweet.read", "tweet.write", "users.read", "media.write", "offline.access"}
	if got := (Account{}).MissingScopes(); !slices.Equal(got, all) {
		t.Errorf("of a connection that may do nothing %q are missing, want %q", got, all)
	}
	if got := (Account{Scopes: all[2:]}).MissingScopes(); !slices.Equal(got, all[:2]) {
		t.Errorf("%q are missing, want %q", got, all[:2])
	}
}

// TestXLetsInWhoIsConnected: else all posts of the account wait, and look again from
// time to time.
func TestXLetsInWhoIsConnected(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	for health, want := range map[Health]fault.Verdict{
		NeedsConnect: {Scope: fault.ScopeAccount, Action: fault.Final, Until: now.Add(10 * time.Minute), Reason: fault.Reason{
			Code: "reconnect_required", Sentence: "X no longer accepts the connection of @ada.",
		}},
		Disconnected: {Scope: fault.ScopeAccount, Action: fault.Final, Until: now.Add(10 * time.Minute), Reason: fault.Reason{
			Code: "disconnected", Sentence: "@ada is disconnected.",
		}},
	} {
		err := Account{Username: "ada", Health: health}.Usable(now)
		j, judged := errors.AsType[fault.Judged](err)
		if !judged {
			t.Fatalf("%s: got %v, without a verdict", health, err)
		}
		got := j.Verdict()
		if got.Reason.Todo == "" || err.Error() != want.Reason.Sentence {
			t.Errorf("%s: got %v: %+v", health, err, got)
		}
		if got.Reason.Todo = ""; got != want {
			t.Errorf("%s: got %+v, want %+v", health, got, want)
		}
	}
	for _, health := range []Health{Connected, ""} {
		if err := (Account{Health: health}).Usable(now); err != nil {
			t.Errorf("%q: got %v", health, err)
		}
	}
}

// TestAfterAFailureTheNextTryIsWaitedFor until its time, unless why it failed is cleared.
func TestAfterAFailureTheNextTryIsWaitedFor(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	down := fault.Reason{Code: "down", Sentence: "X is down."}
	a := Account{Health: Connected, Failures: 1, Reason: &down, RefreshAt: now.Add(time.Minute)}
	want := fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Retry, Until: a.RefreshAt, Reason: down}
	if got, waits := a.Waits(now); !waits || got != want {
		t.Errorf("got %+v, %v; want %+v", got, waits, want)
	}
	if _, waits := a.Waits(a.RefreshAt); waits {
		t.Error("it still waits when its time has come")
	}
	again, ok := a.TryAgain(now)
	if _, waits := again.Waits(now.Add(-time.Second)); !ok || waits { // by a clock that is late
		t.Error("it waits though somebody has cleared why")
	}
}
