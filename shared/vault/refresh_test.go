package vault_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/publish"
	"spool/shared/storetest"
	"spool/shared/vault"
	"spool/shared/xauth"
)

func TestAWarmProcessAsksTheSealerNothing(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		v := w.Vault()
		sealer := w.Sealer.(*storetest.Sealer)
		before := sealer.Opened.Load()
		for range 3 {
			if _, err := v.Open(t.Context(), simtest.Ada); err != nil {
				t.Fatal(err)
			}
		}
		if got := sealer.Opened.Load() - before; got != 1 {
			t.Errorf("three runs opened %d secrets, want 1", got)
		}
		simtest.Refreshes(t, w, 0)
	})
}

func TestOfManyWorkersOneRefreshesAndTheOthersUseItsPair(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Delay: 3 * time.Second}))
		tokens := map[string]int{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				s, err := w.Vault().Open(t.Context(), simtest.Ada)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				tokens[s.Token]++
			})
		}
		wg.Wait()
		simtest.Refreshes(t, w, 1)
		if len(tokens) != 1 {
			t.Errorf("the workers have %d different tokens, want 1", len(tokens))
		}
		simtest.Works(t, w)
	})
}

func TestAWorkerWhoseTokenWasRefusedTakesTheNewerPairThatIsThere(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		s, err := w.Vault().Open(t.Context(), simtest.Ada)
		if err != nil {
			t.Fatal(err)
		}
		one, err := w.Vault().Renew(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		two, err := w.Vault().Renew(t.Context(), s)
		if err != nil || two.Token != one.Token {
			t.Fatalf("the second worker has another token (%v)", err)
		}
		simtest.Refreshes(t, w, 1)
	})
}

func TestALostAnswerIsTriedOnceMore(t *testing.T) {
	for _, c := range []struct {
		outcome string
		drop    xsim.Drop
		want    account.Health
	}{
		{"and X's refusal then says that the old pair was used up", xsim.DropAfter, account.NeedsConnect},
		{"and works where X had not rotated the pair", xsim.DropBefore, account.Connected},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				time.Sleep(simtest.Expired)
				simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Drop: c.drop}))
				_, err := w.Vault().Open(t.Context(), simtest.Ada)
				if v := simtest.VerdictOf(t, err); v.Action == fault.Final || v.Until.IsZero() {
					t.Fatalf("the lost answer's verdict is %+v, want one that waits", v)
				}
				if a := simtest.Stored(t, w); !a.Spent || a.Failures != 1 || a.Health != account.Connected {
					t.Fatalf("the record does not carry the doubt: %+v", a)
				}
				simtest.Rounds(t, w, time.Hour)
				simtest.Refreshes(t, w, 2)
				simtest.MustBe(t, w, c.want)
				if c.want == account.Connected {
					simtest.Works(t, w)
					return
				}
				a := simtest.Stored(t, w)
				if !strings.Contains(a.Reason.Sentence, "lost") || a.Reason.Todo == "" {
					t.Errorf("the reason does not tell what happened: %+v", a.Reason)
				}
				if len(a.Events) != 1 || a.Events[0].Kind != event.AccountReconnect {
					t.Errorf("the outbox holds %+v, want the one notice", a.Events)
				}
			})
		})
	}
}

func TestAWorkerThatDiesAroundItsRequest(t *testing.T) {
	for _, c := range []struct {
		outcome string
		after   bool
		want    account.Health
	}{
		{"before it left costs nothing but the lease", false, account.Connected},
		{"after X's answer leaves a pair that X refuses", true, account.NeedsConnect},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				time.Sleep(simtest.Expired)
				died := make(chan struct{})
				go func() {
					defer close(died)
					hook := sim.Hook(func(op string, after bool) error {
						if op == "refresh" && after == c.after {
							runtime.Goexit()
						}
						return nil
					})
					hook.Into(w.Vault()).Open(t.Context(), simtest.Ada)
				}()
				<-died
				began := time.Now()
				_, err := w.Vault().Open(t.Context(), simtest.Ada)
				if lease := vault.Defaults().Lease; time.Since(began) < lease {
					t.Errorf("the next worker came in after %v, within the lease of %v", time.Since(began), lease)
				}
				simtest.MustBe(t, w, c.want)
				if (err == nil) != (c.want == account.Connected) {
					t.Errorf("the next worker got %v", err)
				}
			})
		})
	}
}

func TestAPairIsStoredHoweverLongTheStoreFails(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		answered := time.Time{}
		hook := sim.Hook(func(op string, after bool) error {
			switch {
			case op == "refresh" && after:
				answered = time.Now()
			case (op == "save" || op == "seal") && !answered.IsZero() && time.Since(answered) < 45*time.Second:
				return errors.New("the store is out of order")
			}
			return nil
		})
		// The invocation lasts longer than the lease, and so does the outage.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := hook.Into(w.Vault()).Open(ctx, simtest.Ada); err != nil {
			t.Fatal(err)
		}
		simtest.Refreshes(t, w, 1)
		if a := simtest.Stored(t, w); a.Version != 2 || a.Lease.Owner != "" || a.Spent {
			t.Errorf("the record is %+v", a)
		}
		simtest.Works(t, w)
	})
}

func TestThePairThatXGaveCountsEvenAfterItsWorkerLostTheLease(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		issued := make(chan struct{})
		second := make(chan struct{})
		hook := sim.Hook(func(op string, after bool) error {
			if op == "refresh" && after {
				close(issued)
				<-second // another worker takes over, and X refuses it
			}
			return nil
		})
		done := make(chan error)
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			_, err := hook.Into(w.Vault()).Open(ctx, simtest.Ada)
			done <- err
		}()
		<-issued
		w.Vault().Open(t.Context(), simtest.Ada)
		simtest.MustBe(t, w, account.NeedsConnect)
		close(second)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		simtest.MustBe(t, w, account.Connected)
		if a := simtest.Stored(t, w); a.Version != 2 || len(a.Events) != 2 || a.Events[1].Kind != event.AccountConnected {
			t.Errorf("the record is %+v, want version 2 and both notices", a)
		}
	})
}

func TestARefusalThatCameAfterAnothersRefreshIsNotBelieved(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		hook := sim.Hook(func(op string, after bool) error {
			if op != "refresh" || after {
				return nil
			}
			time.Sleep(time.Minute) // the worker stalls, its lease ends
			if _, err := w.Vault().Open(context.Background(), simtest.Ada); err != nil {
				t.Error(err)
			}
			return &xauth.Error{Left: true, Understood: true, Status: 400, OAuth: "invalid_request"}
		})
		s, err := hook.Into(w.Vault()).Open(t.Context(), simtest.Ada)
		if err != nil || s.Version != 2 {
			t.Fatalf("got version %d (%v), want the other worker's", s.Version, err)
		}
		simtest.MustBe(t, w, account.Connected)
		simtest.Works(t, w)
	})
}

func TestAWorkerThatWasHeldUpSendsNothing(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		var once sync.Once
		hook := sim.Hook(func(op string, after bool) error {
			if op == "open" {
				once.Do(func() { time.Sleep(30 * time.Second) })
			}
			return nil
		})
		_, err := hook.Into(w.Vault()).Open(t.Context(), simtest.Ada)
		if v := simtest.VerdictOf(t, err); v.Action != fault.Retry {
			t.Errorf("the verdict is %+v, want retry", v)
		}
		simtest.Refreshes(t, w, 0)
		if a := simtest.Stored(t, w); a.Lease.Owner != "" || a.Failures != 0 {
			t.Errorf("the record is %+v, want the lease released and no failure", a)
		}
		simtest.Works(t, w)
	})
}

func TestAWorkerThatTookOverLooksOnceMoreBeforeItSends(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		stall := func(at string, after bool, d time.Duration) sim.Hook {
			var once sync.Once
			return func(op string, done bool) error {
				if op == at && done == after {
					once.Do(func() { time.Sleep(d) })
				}
				return nil
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() { // has X's answer, stalls beyond its lease, and stores it then
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			if _, err := stall("refresh", true, 45*time.Second).Into(w.Vault()).Open(ctx, simtest.Ada); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(41 * time.Second) // the lease is over
		s, err := stall("open", false, 10*time.Second).Into(w.Vault()).Open(t.Context(), simtest.Ada)
		if err != nil || s.Version != 2 {
			t.Errorf("got version %d, %v; want the pair that was stored late", s.Version, err)
		}
		wg.Wait()
		simtest.Refreshes(t, w, 1)
		simtest.Works(t, w)
	})
}

func TestNoRefreshBeginsWithoutTheTimeForIt(t *testing.T) {
	for _, c := range []struct {
		left time.Duration
		want int // refreshes
	}{{10 * time.Second, 0}, {20*time.Second - time.Nanosecond, 0}, {20 * time.Second, 1}} {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			time.Sleep(simtest.Expired)
			ctx, cancel := context.WithTimeout(t.Context(), c.left)
			defer cancel()
			_, err := w.Vault().Open(ctx, simtest.Ada)
			if c.want == 1 && err != nil {
				t.Errorf("with %v left: %v", c.left, err)
			}
			if v := fault.Judge(err); c.want == 0 && v.Action != fault.Retry {
				t.Errorf("with %v left the verdict is %+v, want retry", c.left, v)
			}
			simtest.Refreshes(t, w, c.want)
		})
	}
}

// TestAPairIsStoredThoughWhoeverWantedItIsGone: a refresh has the time of its lease.
func TestAPairIsStoredThoughWhoeverWantedItIsGone(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		began := time.Now()
		hook := sim.Hook(func(op string, _ bool) error {
			if op == "seal" && time.Since(began) < 35*time.Second {
				return errors.New("KMS is out of order")
			}
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		if _, err := hook.Into(w.Vault()).Open(ctx, simtest.Ada); err != nil {
			t.Fatal(err)
		}
		simtest.Works(t, w)
		simtest.Refreshes(t, w, 1)
	})
}

// TestARefusalThatIsNotStoredIsNotTheLastWord: whoever comes next asks X again.
func TestARefusalThatIsNotStoredIsNotTheLastWord(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		if err := w.X.Disconnect("ada"); err != nil {
			t.Fatal(err)
		}
		refused := false
		hook := sim.Hook(func(op string, after bool) error {
			if refused = refused || op == "refresh" && after; op == "save" && refused {
				return errors.New("the store is out of order")
			}
			return nil
		})
		_, err := hook.Into(w.Vault()).Open(t.Context(), simtest.Ada)
		if v := simtest.VerdictOf(t, err); v.Action != fault.Retry || v.Reason.Code != "token_refused" {
			t.Errorf("the verdict is %+v, want one that lets posts try again", v)
		}
		simtest.MustBe(t, w, account.Connected)
		w.Vault().Open(t.Context(), simtest.Ada)
		simtest.MustBe(t, w, account.NeedsConnect)
	})
}

func TestXDownForHoursDisconnectsNobody(t *testing.T) {
	for outcome, outage := range map[string]xsim.Fault{
		"while it answers 503":                        {Status: 503, Body: `{"title":"Service Unavailable","status":503}`, Count: -1},
		"while it answers 401 to everything":          {Status: 401, Body: `{"title":"Unauthorized","type":"about:blank","status":401}`, Count: -1},
		"while a proxy answers pages":                 {Status: 403, Body: "<html>Attention Required! | Cloudflare</html>", Count: -1},
		"while its limit is used up":                  {Status: 429, Body: `{"title":"Too Many Requests","status":429}`, Count: -1},
		"while connections break off":                 {Drop: xsim.DropBefore, Count: -1},
		"while it says the app's credentials are bad": {Status: 401, Body: `{"error":"unauthorized_client"}`, Count: -1},
	} {
		t.Run(outcome, func(t *testing.T) {
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				simtest.Script(t, w, outage)
				const hours = 12
				for range hours * 4 { // a post is due every quarter of an hour, and so is the schedule
					simtest.Rounds(t, w, 15*time.Minute)
					w.Vault().Open(t.Context(), simtest.Ada)
				}
				simtest.MustBe(t, w, account.Connected)
				if n := w.Refreshes(); n > 6+hours*2 {
					t.Errorf("X was asked %d times in %d hours of outage", n, hours)
				}
				if a := simtest.Stored(t, w); a.Failures < 5 || a.FailingAt.IsZero() || a.Reason == nil {
					t.Errorf("the record does not tell of the outage: %+v", a)
				}
				w.X.ClearFaults()
				simtest.Rounds(t, w, 2*time.Hour)
				if a := simtest.Stored(t, w); a.Failures != 0 || a.Reason != nil || !a.FailingAt.IsZero() || len(a.Events) != 0 {
					t.Errorf("the record still tells of the outage: %+v", a)
				}
				simtest.Works(t, w)
			})
		})
	}
}

func TestXThatCannotBeReachedLeavesNoDoubt(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		w.Down = func() bool { return true }
		_, err := w.Vault().Open(t.Context(), simtest.Ada)
		simtest.VerdictOf(t, err)
		if a := simtest.Stored(t, w); a.Spent || a.Lease.Owner != "" {
			t.Errorf("the record is %+v; X never saw the pair, and the lease is over", a)
		}
	})
}

func TestWhileXHasABadMomentThePairThatIsLeftServes(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired - 3*time.Minute)
		simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Status: 503, Count: -1}))
		simtest.Works(t, w)
		simtest.Works(t, w)
		simtest.Refreshes(t, w, 1) // the second run does not add to X's trouble
	})
}

func TestAUserWhoRevokedTheAccessIsNoted(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		if err := w.X.Disconnect("ada"); err != nil {
			t.Fatal(err)
		}
		s, err := w.Vault().Open(t.Context(), simtest.Ada)
		if err != nil {
			t.Fatal(err) // nobody knows yet
		}
		_, err = w.Vault().Renew(t.Context(), s) // X refused the token
		if v := simtest.VerdictOf(t, err); v.Action != fault.Final || v.Scope != fault.ScopeAccount || !v.Until.After(time.Now()) {
			t.Errorf("the verdict is %+v, want one that holds the account's posts", v)
		}
		simtest.MustBe(t, w, account.NeedsConnect)
		a := simtest.Stored(t, w)
		if a.Reason.Code != "token_refused" || !a.RefreshAt.IsZero() || len(a.Events) != 1 {
			t.Errorf("the record is %+v", a)
		}
		simtest.Rounds(t, w, 24*time.Hour)
		simtest.Refreshes(t, w, 1) // a dead pair is not tried again
		_, err = w.Vault().Open(t.Context(), simtest.Ada)
		if v := simtest.VerdictOf(t, err); v.Reason.Code != "reconnect_required" {
			t.Errorf("the verdict is %+v", v)
		}
	})
}

func TestAnAnswerWithoutARefreshTokenKeepsTheOldOne(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Status: 200, Body: `{"token_type":"bearer","expires_in":7200,"access_token":"short"}`}))
		s, err := w.Vault().Open(t.Context(), simtest.Ada)
		if err != nil || s.Token != "short" {
			t.Fatalf("got %v", err)
		}
		if a := simtest.Stored(t, w); len(a.Scopes) != len(account.Scopes()) {
			t.Errorf("the scopes were lost: %v", a.Scopes)
		}
		time.Sleep(simtest.Expired)
		simtest.Works(t, w) // with the refresh token of the connection
	})
}

func TestAStoreThatIsOutOfOrderIsNoVerdict(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		down := errors.New("the store is out of order")
		hook := sim.Hook(func(op string, _ bool) error {
			if op == "read" {
				return down
			}
			return nil
		})
		_, err := hook.Into(w.Vault()).Open(t.Context(), simtest.Ada)
		if _, judged := errors.AsType[fault.Judged](err); !errors.Is(err, down) || judged {
			t.Errorf("got %v, want the store's own error", err)
		}
	})
}

func TestOneOutageOfTheSealerCostsNoRefresh(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		var down atomic.Bool
		down.Store(true)
		hook := sim.Hook(func(op string, _ bool) error {
			if op == "open" && down.Load() {
				return errors.New("KMS is out of order")
			}
			return nil
		})
		v := hook.Into(w.Vault())
		if _, err := v.Open(t.Context(), simtest.Ada); err == nil {
			t.Fatal("got no error")
		}
		simtest.Refreshes(t, w, 0)
		down.Store(false)
		if _, err := v.Open(t.Context(), simtest.Ada); err != nil {
			t.Fatal(err)
		}
		simtest.Refreshes(t, w, 1)
	})
}

func TestThereIsNothingToRefreshWithoutTheApp(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		bare := sim.NewWorld(2)
		a := simtest.Stored(t, w)
		a.Rev = 0
		if _, err := bare.Store.SaveAccount(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		_, err := bare.Vault().Open(t.Context(), simtest.Ada)
		if v := simtest.VerdictOf(t, err); v.Scope != fault.ScopeApp || v.Reason.Todo == "" {
			t.Errorf("the verdict is %+v", v)
		}
	})
}

var _ publish.Accounts = (*vault.Vault)(nil)
