package account_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"spool/infra/transcript"
	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
)

// TestChanges tells for each transition what it changes of an account's record, from
// each situation, and nothing else may: every field has a value of its own before.
// go test ./shared/account -args -rewrite writes testdata/changes anew.
func TestChanges(t *testing.T) {
	told := map[string]bool{}
	datadriven.RunTest(t, "testdata/changes", func(t *testing.T, d *datadriven.TestData) string {
		told[d.Cmd] = true
		move := moves()[d.Cmd]
		if move == nil {
			t.Fatalf("there is no transition %q", d.Cmd)
		}
		var said strings.Builder
		for _, s := range situations() {
			fmt.Fprintf(&said, "%s\n%s", s.name, transcript.Changes(s.account, move(s.account)))
		}
		return said.String()
	})
	for name := range moves() {
		if !told[name] {
			t.Errorf("testdata/changes does not tell of %s", name)
		}
	}
}

// now is when the transitions happen.
var now = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// situation is a record that a transition may meet.
type situation struct {
	name    string
	account account.Account
}

func situations() []situation {
	whole := account.Account{
		ID: "7", Username: "ada", Name: "Ada", Scopes: []string{"tweet.read"}, Zone: "Europe/Berlin", Lateness: time.Hour, Limit: 280,
		Health: account.Connected, Reason: &fault.Reason{Code: "earlier"}, Since: now.Add(-50 * time.Hour),
		Sealed: []byte("pair 3"), Version: 3, Expires: now.Add(time.Minute),
		Lease:       account.Lease{Owner: "worker", Term: 8, Until: now.Add(40 * time.Second)},
		RefreshedAt: now.Add(-2 * time.Hour), RefreshAt: now.Add(-time.Hour),
		Failures: 2, FailingAt: now.Add(-3 * time.Minute), UsedAt: now.Add(-time.Hour), Spent: true,
		ConnectedAt: now.Add(-100 * time.Hour), Events: event.Outbox{{Seq: 3, Kind: event.AccountConnected, At: now.Add(-50 * time.Hour)}},
		Rev: 12, Writer: "earlier",
	}
	with := func(name string, change func(*account.Account)) situation {
		a := whole
		change(&a)
		return situation{name, a}
	}
	return []situation{
		with("of a worker that holds the lease, after two failures", func(*account.Account) {}),
		with("of a worker whose lease ran out", func(a *account.Account) { a.Lease.Until, a.Spent = now.Add(-time.Second), false }),
		with("free", func(a *account.Account) {
			a.Lease, a.Failures, a.FailingAt, a.Reason, a.Spent = account.Lease{Term: 8}, 0, time.Time{}, nil, false
		}),
		with("failing, after its reason was forgotten", func(a *account.Account) { a.Lease, a.Reason = account.Lease{Term: 8}, nil }),
		with("idle for three days", func(a *account.Account) { a.UsedAt = now.Add(-72 * time.Hour) }),
		with("idle for longer", func(a *account.Account) { a.UsedAt = now.Add(-72*time.Hour - time.Nanosecond) }),
		with("to be connected again", func(a *account.Account) {
			a.Health, a.RefreshAt, a.Spent, a.Lease = account.NeedsConnect, time.Time{}, false, account.Lease{Term: 8}
		}),
		with("disconnected", func(a *account.Account) {
			a.Health, a.RefreshAt, a.Lease = account.Disconnected, time.Time{}, account.Lease{Term: 8}
		}),
		{"new", account.Account{ID: "7", Username: "ada", Zone: "UTC", Limit: 280}},
	}
}

// moves are all transitions, by their names.
func moves() map[string]func(account.Account) account.Account {
	later := now.Add(30 * 24 * time.Hour)
	pair := account.Pair{Sealed: []byte("pair 4"), Expires: now.Add(2 * time.Hour), Scopes: []string{"tweet.write"}}
	silent := account.Pair{Sealed: []byte("pair 4"), Expires: now.Add(2 * time.Hour)}
	fail := func(action fault.Action, until time.Time) func(account.Account) account.Account {
		return func(a account.Account) account.Account {
			return a.Fail(now, fault.Verdict{Action: action, Until: until, Reason: fault.Reason{Code: "failed"}}, 0.5)
		}
	}
	return map[string]func(account.Account) account.Account{
		"Claim":                      func(a account.Account) account.Account { return a.Claim("next", now.Add(time.Minute)) },
		"Release":                    account.Account.Release,
		"Refreshed":                  func(a account.Account) account.Account { return a.Refreshed(now, pair, 0.5) },
		"Refreshed-without-scopes":   func(a account.Account) account.Account { return a.Refreshed(now, silent, 0) },
		"Connect":                    func(a account.Account) account.Account { return a.Connect(now, pair, 0.5) },
		"Fail":                       fail(fault.Retry, time.Time{}),
		"Fail-without-an-answer":     fail(fault.Settle, time.Time{}),
		"Fail-at-a-limit-that-lasts": fail(fault.Wait, later),
		"Refuse": func(a account.Account) account.Account {
			return a.Refuse(now, fault.Reason{Code: "token_refused", Sentence: "X refused the tokens."})
		},
		"TryAgain":   func(a account.Account) account.Account { a, _ = a.TryAgain(now); return a },
		"Disconnect": func(a account.Account) account.Account { return a.Disconnect(now) },
		"Destroy":    account.Account.Destroy,
	}
}
