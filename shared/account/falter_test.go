package account_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/sim"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/storetest"
)

var errDown = errors.New("out of order")

// decisions are what an owner may decide, each with something to do: the account and
// the app are paused, and the account's tokens could not be renewed.
var decisions = map[string]func(context.Context, *account.Service) error{
	"change settings": func(ctx context.Context, s *account.Service) error {
		_, err := s.Configure(ctx, "7", account.Settings{Zone: new("Asia/Tokyo"), Lateness: new(time.Hour)})
		return err
	},
	"resume the app":     func(ctx context.Context, s *account.Service) error { return s.Resume(ctx) },
	"resume the account": func(ctx context.Context, s *account.Service) error { return s.ResumeAccount(ctx, "7") },
	"hold the app": func(ctx context.Context, s *account.Service) error {
		return s.Hold(ctx, fault.Reason{Code: "restored"})
	},
	"set a budget": func(ctx context.Context, s *account.Service) error { return s.SetBudget(ctx, "7", 5, 1) },
}

// TestWhatAnOwnerDecides plays each decision with every call of the store failing, one
// after the other, which is told; and with another write coming first before every write,
// which makes no difference.
func TestWhatAnOwnerDecides(t *testing.T) {
	for name, decide := range decisions {
		t.Run(name, func(t *testing.T) {
			var calls []string
			well := decided(t, func(op string) error { calls = append(calls, op); return nil }, decide, nil)
			undecided := decided(t, func(string) error { return nil }, func(context.Context, *account.Service) error { return nil }, nil)
			if reflect.DeepEqual(well, undecided) {
				t.Error("nothing is decided")
			}
			if again := decided(t, func(string) error { return nil }, decide, nil); !reflect.DeepEqual(again, well) {
				t.Fatalf("it comes to something else every time:\n%v\n%v", well, again)
			}
			for at, op := range calls {
				n := -1
				decided(t, func(string) error {
					if n++; n == at {
						return errDown
					}
					return nil
				}, decide, errDown)
				if !slices.Contains([]string{"save", "save pause", "save budgets"}, op) {
					continue
				}
				n = -1
				got := decided(t, func(string) error {
					if n++; n == at {
						return fault.New(fault.Conflict, "This changed at the same moment.")
					}
					return nil
				}, decide, nil)
				if !reflect.DeepEqual(got, well) {
					t.Errorf("with another write before call %d (%s) it comes to\n%v, want\n%v", at, op, got, well)
				}
			}
		})
	}
}

// decided plays a decision, and gives what is stored afterwards and whose posts went on.
func decided(t *testing.T, meets func(op string) error, decide func(context.Context, *account.Service) error, want error) (left []string) {
	t.Helper()
	owned(t, func(s *account.Service, m *storetest.Memory) {
		ctx := t.Context()
		a := account.Account{
			ID: "8", Username: "bob", Health: account.Connected, Failures: 3, Reason: &fault.Reason{Code: "down"},
			RefreshAt: time.Now().Add(time.Hour), Writer: setup,
		}
		snap, err := m.Snapshot(ctx, "7")
		if err != nil {
			t.Fatal(err)
		}
		b := a
		b.ID, b.Username, b.Rev = "7", "ada", snap.Account.Rev
		for _, a := range []account.Account{a, b} {
			if _, err := m.SaveAccount(ctx, a); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range []string{"", "7"} {
			if err := m.SavePause(ctx, id, account.Pause{Until: time.Now().Add(time.Hour), Sub: "paused"}); err != nil {
				t.Fatal(err)
			}
		}
		wait := &waiting{}
		s.Waiting = wait
		sim.Hook(func(op string, after bool) error {
			if after {
				return nil
			}
			return meets(op)
		}).IntoService(s)
		if err := decide(ctx, s); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
		for _, id := range []string{"7", "8"} {
			snap, err := m.Snapshot(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			left = append(left, told(t, snap))
		}
		left = append(left, fmt.Sprint(wait.accounts))
	})
	return left
}

// setup writes what is there before an owner decides.
const setup = "setup"

// told is a snapshot that can be compared. Who wrote it last is said only as far as
// that is somebody: the names are random.
func told(t *testing.T, snap account.Snapshot) string {
	t.Helper()
	for _, writer := range []*string{&snap.Account.Writer, &snap.Budgets.Writer} {
		if *writer != "" && *writer != setup {
			*writer = "somebody"
		}
	}
	text, err := json.Marshal(snap)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAReconnectionEndsWhatItDisproves is about what may go wrong at it: that is logged,
// and the account is connected all the same.
func TestAReconnectionEndsWhatItDisproves(t *testing.T) {
	for name, tc := range map[string]struct {
		app   fault.ReasonCode // the reason's code of the app's pause
		fails string           // an operation
		at    int              // the first, or the second
		isNew bool
		goOn  []string
		held  []string // whose pauses hold afterwards
		log   bool
	}{
		"all is well":                         {goOn: []string{"7"}},
		"a new account":                       {isNew: true},
		"the app was refused":                 {app: "app_credentials_refused", goOn: []string{""}},
		"the app was refused, a new account":  {app: "app_credentials_refused", isNew: true, goOn: []string{""}},
		"the app's credits are used up":       {app: "credits_depleted", goOn: []string{"7"}, held: []string{""}},
		"the account's pause cannot be ended": {fails: "save pause", held: []string{"7"}, log: true},
		"the app's pause cannot be ended": {
			app: "app_credentials_refused", fails: "save pause", at: 1, held: []string{""}, log: true,
		},
		"the account's pause cannot be read": {
			app: "app_credentials_refused", fails: "read pauses", held: []string{"", "7"}, log: true,
		},
		"the app's pause cannot be read": {
			app: "app_credentials_refused", fails: "read pauses", at: 1, goOn: []string{"7"}, held: []string{""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			owned(t, func(s *account.Service, m *storetest.Memory) {
				until := time.Now().Add(time.Hour)
				pauses := map[string]account.Pause{"7": {Until: until, Sub: "paused"}}
				if tc.app != "" {
					pauses[""] = account.Pause{Until: until, Sub: "rate_limited", Reason: fault.Reason{Code: tc.app}}
				}
				for id, p := range pauses {
					if err := m.SavePause(t.Context(), id, p); err != nil {
						t.Fatal(err)
					}
				}
				wait, log, n := &waiting{}, &bytes.Buffer{}, 0
				s.Waiting, s.Log = wait, slog.New(slog.NewTextHandler(log, nil))
				sim.Hook(func(op string, after bool) error {
					if op != tc.fails || after {
						return nil
					}
					if n++; n != tc.at+1 {
						return nil
					}
					return errDown
				}).IntoService(s)
				s.Reconnected(t.Context(), "7", tc.isNew)
				if !slices.Equal(wait.accounts, tc.goOn) {
					t.Errorf("the posts of %q go on, want %q", wait.accounts, tc.goOn)
				}
				var held []string
				left, err := s.Pauses(t.Context(), []string{"7"})
				if err != nil {
					t.Fatal(err)
				}
				for id := range left {
					held = append(held, id)
				}
				if slices.Sort(held); !slices.Equal(held, tc.held) {
					t.Errorf("the pauses of %q hold, want %q", held, tc.held)
				}
				if got := strings.Contains(log.String(), "account_id=7"); got != tc.log {
					t.Errorf("the log says %q", log)
				}
			})
		})
	}
}

func TestWithoutAnAccountNothingWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := &waiting{}
		s := sim.NewWorld(1).Connector().Accounts
		s.Waiting = wait
		if err := s.Resume(t.Context()); err != nil || wait.accounts != nil {
			t.Errorf("the posts of %q go on, %v", wait.accounts, err)
		}
	})
}

func TestOnlyWhatWaitsForItsTokensIsTriedAgain(t *testing.T) {
	failing := account.Account{
		Username: "ada", Health: account.Connected, Failures: 1, Reason: &fault.Reason{Code: "down"}, RefreshAt: time.Unix(1e9, 0),
	}
	for name, tc := range map[string]struct {
		change func(*account.Account)
		tried  bool
	}{
		"failing":      {func(*account.Account) {}, true},
		"well":         {func(a *account.Account) { a.Failures, a.Reason = 0, nil }, false},
		"disconnected": {func(a *account.Account) { a.Health = account.Disconnected }, false},
		"at it now":    {func(a *account.Account) { a.Lease = account.Lease{Owner: "w", Until: time.Unix(1e10, 0)} }, false},
		"out of lease": {func(a *account.Account) { a.Lease = account.Lease{Owner: "w", Until: time.Unix(9e8, 0)} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			owned(t, func(s *account.Service, m *storetest.Memory) {
				a := failing
				a.ID = "8"
				tc.change(&a)
				a, err := m.SaveAccount(t.Context(), a)
				if err != nil {
					t.Fatal(err)
				}
				reads := 0
				sim.Hook(func(op string, after bool) error {
					if op == "read" && !after {
						reads++
					}
					if op == "save pause" {
						t.Error("a pause that is not there is ended")
					}
					return nil
				}).IntoService(s)
				if err := s.Resume(t.Context()); err != nil {
					t.Fatal(err)
				}
				snap, err := m.Snapshot(t.Context(), "8")
				if err != nil {
					t.Fatal(err)
				}
				got := snap.Account
				if tc.tried != (got.Rev == a.Rev+1 && got.Reason == nil && got.RefreshAt.Equal(time.Now())) || !tc.tried && got.Rev != a.Rev {
					t.Errorf("the record is %+v", got)
				}
				if wants := a.Health == account.Connected && a.Failures > 0; wants != (reads == 1) || reads > 1 {
					t.Errorf("it was read %d times", reads)
				}
			})
		})
	}
}
