package account_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"

	"spool/infra/sim"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/storetest"
	"spool/shared/tweet"
)

// TestBudgets tells what is set aside of budgets, thread by thread. go test
// ./shared/account -args -rewrite writes testdata/budgets anew.
func TestBudgets(t *testing.T) {
	var b account.Budgets
	datadriven.RunTest(t, "testdata/budgets", func(t *testing.T, d *datadriven.TestData) string {
		before, untouched := b, clone(b)
		said := ""
		switch d.Cmd {
		case "budgets":
			b = account.Budgets{Month: "2026-12", Of: map[string]account.Budget{}}
			for _, arg := range d.CmdArgs {
				id := strings.TrimPrefix(arg.Key, "all")
				b.Of[id] = account.Budget{Monthly: dollars(t, arg.Vals[0])}
			}
		case "month":
			b = b.In(d.CmdArgs[0].Key)
		case "set-aside":
			said = setAside(t, &b, d)
		case "many":
			for i := range 23 {
				b, _, _ = b.SetAside("7", account.Expense{PostID: fmt.Sprintf("m%d", i), Amount: tweet.Dollar / 100})
			}
		}
		if !reflect.DeepEqual(before, untouched) {
			t.Errorf("the record that it came from is changed: %v, and was %v", before, untouched)
		}
		return said + tell(b)
	})
}

func setAside(t *testing.T, b *account.Budgets, d *datadriven.TestData) string {
	var id string
	e := account.Expense{Begun: d.HasArg("begun")}
	d.ScanArgs(t, "account", &id)
	d.ScanArgs(t, "post", &e.PostID)
	for name, amount := range map[string]*tweet.Dollars{"costs": &e.Amount, "counted": &e.Counted} {
		if arg, ok := d.Arg(name); ok {
			*amount = dollars(t, arg.Vals[0])
		}
	}
	if !b.Hold(id) {
		return "no budget holds for it\n"
	}
	next, by, ok := b.SetAside(id, e)
	*b = next
	if ok {
		return "" // then by is empty as well
	}
	return fmt.Sprintf("refused by the budget of %s\n", named(by))
}

func named(id string) string {
	if id == "" {
		return "all"
	}
	return id
}

func dollars(t *testing.T, s string) (d tweet.Dollars) {
	t.Helper()
	if err := d.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return d
}

func clone(b account.Budgets) account.Budgets {
	b.Of, b.Held = maps.Clone(b.Of), slices.Clone(b.Held)
	return b
}

// tell says how budgets stand.
func tell(b account.Budgets) string {
	var said strings.Builder
	fmt.Fprintf(&said, "%s:", b.Month)
	for _, id := range slices.Sorted(maps.Keys(b.Of)) {
		fmt.Fprintf(&said, " %s %v of %v;", named(id), b.Of[id].Spent, b.Of[id].Monthly)
	}
	said.WriteString(" held")
	if n := len(b.Held); n > 6 {
		fmt.Fprintf(&said, " %d, the first and the last:", n)
		b.Held = []account.Held{b.Held[0], b.Held[n-1]}
	}
	for _, h := range b.Held {
		fmt.Fprintf(&said, " %s %v", h.PostID, h.Amount)
	}
	return said.String() + "\n"
}

// owned is a service on a store in memory, in virtual time, which begins on
// January 1, 2000.
func owned(t *testing.T, test func(s *account.Service, m *storetest.Memory)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := sim.NewWorld(1)
		if _, err := w.Store.SaveAccount(t.Context(), account.Account{ID: "7", Username: "ada"}); err != nil {
			t.Fatal(err)
		}
		test(w.Connector().Accounts, w.Store)
	})
}

func TestABudgetIsSetChangedAndEnded(t *testing.T) {
	owned(t, func(s *account.Service, m *storetest.Memory) {
		wait := &waiting{}
		s.Waiting = wait
		set := func(id string, monthly, spent tweet.Dollars) {
			t.Helper()
			if err := s.SetBudget(t.Context(), id, monthly, spent); err != nil {
				t.Fatal(err)
			}
		}
		want := func(month string, all map[string]account.Budget) {
			t.Helper()
			if b, err := s.Budgets(t.Context(), month); err != nil || b.Month != month || !maps.Equal(b.Of, all) {
				t.Errorf("in %s the budgets are %v of %q, %v; want %v", month, b.Of, b.Month, err, all)
			}
		}
		type budgets = map[string]account.Budget
		want("2000-01", budgets{})
		set("", 10, 4)
		want("2000-01", budgets{"": {Monthly: 10, Spent: 4}})
		set("7", 5, 1)
		set("", 20, 9) // what is spent is known by now
		now := budgets{"": {Monthly: 20, Spent: 4}, "7": {Monthly: 5, Spent: 1}}
		want("2000-01", now)
		want("2000-02", budgets{"": {Monthly: 20}, "7": {Monthly: 5}})
		want("1999-12", budgets{"": {Monthly: 20}, "7": {Monthly: 5}}) // of which nothing is known
		time.Sleep(31 * 24 * time.Hour)
		set("7", 6, 2)
		want("2000-02", budgets{"": {Monthly: 20}, "7": {Monthly: 6}})
		set("7", 0, 3)
		want("2000-02", budgets{"": {Monthly: 20}})
		set("7", 1, 3)
		want("2000-02", budgets{"": {Monthly: 20}, "7": {Monthly: 1, Spent: 3}})
		set("7", -1, 3)
		want("2000-02", budgets{"": {Monthly: 20}})
		if all := []string{"", "7", "", "7", "7", "7", "7"}; !slices.Equal(wait.accounts, all) {
			t.Errorf("the posts of %q went on, want %q", wait.accounts, all)
		}
		b, err := s.Budgets(t.Context(), "2000-02")
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"7", "8"} {
			b, _ = b.Reach(s.Now(), id, fault.Reason{})
		}
		if err := m.SaveBudgets(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		set("7", 2, 3)
		b, err = s.Budgets(t.Context(), "2000-02")
		if reached := map[string]bool{"8": true}; err != nil || !maps.Equal(b.Reached, reached) || b.Writer == "" {
			t.Errorf("of what was reached it knows %v, %v; want %v; written by %q", b.Reached, err, reached, b.Writer)
		}
		if err := s.SetBudget(t.Context(), "404", 5, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("the budget of an account that is not there: %v, want not_found", err)
		}
	})
}
