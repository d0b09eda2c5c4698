package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/vault"
)

// AccountStore is what the suite of accounts tests.
type AccountStore interface {
	account.Store
	account.Registry
	connect.Apps
	connect.Flows
	vault.Schedule
}

// Accounts holds a store of accounts to its contract. The store is empty. Its
// clock must show [Start].
func Accounts(t *testing.T, s AccountStore, shards int) {
	ctx := context.Background()
	ada := FullAccount()
	ada.Rev = 0
	save := func(t *testing.T, a account.Account) account.Account {
		t.Helper()
		a, err := s.SaveAccount(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	t.Run("an unknown account is not found", func(t *testing.T) {
		if _, err := s.Snapshot(ctx, "404"); !fault.Is(err, fault.NotFound) {
			t.Fatalf("got %v, want not_found", err)
		}
	})
	t.Run("what is stored comes back as it was", func(t *testing.T) {
		ada = save(t, ada)
		snap, err := s.Snapshot(ctx, ada.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(account.Snapshot{Account: ada}, snap); diff != "" {
			t.Errorf("the snapshot differs (-want +got):\n%s", diff)
		}
	})
	t.Run("of two writes of one revision the second conflicts, unless it is the same writer's", func(t *testing.T) {
		a, b := ada, ada
		a.Writer, b.Writer = "a", "b"
		ada = save(t, a)
		if _, err := s.SaveAccount(ctx, b); !fault.Is(err, fault.Conflict) {
			t.Fatalf("got %v, want conflict", err)
		}
		if again := save(t, a); again.Rev != ada.Rev {
			t.Fatalf("got revision %d, want %d", again.Rev, ada.Rev)
		}
	})
	t.Run("pauses are swapped", func(t *testing.T) { pauses(t, s, ada.ID) })
	t.Run("the app is stored once for each version", func(t *testing.T) {
		app := FullApp()
		if got, err := s.App(ctx); err != nil || got.Version != 0 {
			t.Fatalf("got %v, %v; want none", got, err)
		}
		if err := s.SaveApp(ctx, app); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveApp(ctx, app); !fault.Is(err, fault.Conflict) {
			t.Fatalf("got %v, want conflict", err)
		}
		if got, err := s.App(ctx); err != nil || !cmp.Equal(got, app) {
			t.Fatalf("got %v, %v; want %v", got, err, app)
		}
	})
	t.Run("the expiring index has exactly what is due", func(t *testing.T) {
		expiringIndex(t, s, shards)
	})
	t.Run("accounts are listed by user name", func(t *testing.T) {
		all, err := s.Accounts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range all {
			names = append(names, a.Username)
		}
		if diff := cmp.Diff([]string{"ada", "soon", "sooner", "stopped"}, names); diff != "" {
			t.Errorf("the list differs (-want +got):\n%s", diff)
		}
	})
	t.Run("budgets change by revision", func(t *testing.T) { budgets(t, s) })
	t.Run("a flow is dropped once, and expires", func(t *testing.T) { flows(t, s) })
}

// Start is the time of the suites.
func Start() time.Time { return start }

func pauses(t *testing.T, s AccountStore, accountID string) {
	ctx := context.Background()
	own := FullPause()
	own.Rev = 0
	all := account.Pause{Until: start.Add(time.Hour), Sub: "paused", Reason: fault.Reason{Code: "credits"}, Count: 2}
	for id, p := range map[string]account.Pause{accountID: own, "": all} {
		if err := s.SavePause(ctx, id, p); err != nil {
			t.Fatal(err)
		}
		if err := s.SavePause(ctx, id, p); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a second first write: got %v, want conflict", err)
		}
	}
	own.Rev, all.Rev = 1, 1
	snap, err := s.Snapshot(ctx, accountID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]account.Pause{own, all}, []account.Pause{snap.AccountPause, snap.AppPause}); diff != "" {
		t.Errorf("the pauses differ (-want +got):\n%s", diff)
	}
	read, err := s.Pauses(ctx, []string{accountID, "nobody"})
	if diff := cmp.Diff(map[string]account.Pause{accountID: own, "": all}, read); diff != "" || err != nil {
		t.Errorf("the pauses by themselves differ, %v (-want +got):\n%s", err, diff)
	}
	if err := s.SavePause(ctx, "", account.Pause{Rev: 1}); err != nil {
		t.Fatal(err)
	}
	if snap, err = s.Snapshot(ctx, accountID); err != nil || !snap.AppPause.Until.IsZero() || snap.AppPause.Rev != 2 {
		t.Errorf("a lifted pause came back as %v, %v", snap.AppPause, err)
	}
}

// budgets: of two writers one wins, and a repeated write of one's own is no conflict.
func budgets(t *testing.T, s AccountStore) {
	ctx := context.Background()
	if none, err := s.Budgets(ctx); err != nil || none.Rev != 0 {
		t.Fatalf("before there are any: %+v, %v", none, err)
	}
	want := account.Budgets{
		Month: "2026-12", Of: map[string]account.Budget{"": {Monthly: 20_000_000, Spent: 15_000}, "7": {Monthly: 5}},
		Held: []account.Held{{PostID: "p", Amount: 15_000}}, Writer: "one",
	}
	for range 2 {
		if err := s.SaveBudgets(ctx, want); err != nil {
			t.Fatal(err)
		}
	}
	other := want
	other.Writer = "two"
	if err := s.SaveBudgets(ctx, other); !fault.Is(err, fault.Conflict) {
		t.Errorf("the second of two writers: got %v, want conflict", err)
	}
	want.Rev = 1
	read, err := s.Budgets(ctx)
	if diff := cmp.Diff(want, read); diff != "" || err != nil {
		t.Errorf("the budgets differ, %v (-want +got):\n%s", err, diff)
	}
	all, err := s.Accounts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := s.Snapshot(ctx, all[0].ID)
	if diff := cmp.Diff(want, snap.Budgets); diff != "" || err != nil {
		t.Errorf("with an account the budgets differ, %v (-want +got):\n%s", err, diff)
	}
}

func expiringIndex(t *testing.T, s AccountStore, shards int) {
	ctx := context.Background()
	for i, name := range []string{"sooner", "soon", "stopped"} {
		a := account.Account{
			ID: post.IDAt(start.Add(time.Duration(i) * time.Hour)), Username: name, Health: account.Connected,
		}
		if name != "stopped" {
			a.RefreshAt = start.Add(time.Duration(i) * time.Minute)
		}
		if _, err := s.SaveAccount(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	names := func(until time.Time) (found []string) {
		for shard := range shards {
			for a, err := range s.Expiring(ctx, shard, until) {
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, a.Username)
			}
		}
		slices.Sort(found)
		return found
	}
	for until, want := range map[time.Time][]string{
		start.Add(-time.Second): nil, start: {"sooner"}, start.Add(time.Hour): {"soon", "sooner"},
	} {
		if diff := cmp.Diff(want, names(until)); diff != "" {
			t.Errorf("until %v the index differs (-want +got):\n%s", until, diff)
		}
	}
	for shard := range shards {
		for _, err := range s.Expiring(ctx, shard, start.Add(time.Hour)) {
			if err != nil {
				t.Fatal(err)
			}
			break // whoever runs out of time takes no more
		}
	}
}

func flows(t *testing.T, s AccountStore) {
	ctx := context.Background()
	f := FullFlow()
	old := f
	old.Key, old.Expires = "old", start
	for _, f := range []connect.Flow{f, old} {
		if err := s.PutFlow(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Flow(ctx, f.Key); err != nil || !cmp.Equal(got, f) {
		t.Errorf("got %v, %v; want %v", got, err, f)
	}
	if _, err := s.Flow(ctx, "old"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an expired flow: got %v, want not_found", err)
	}
	if err := s.DropFlow(ctx, f.Key); err != nil {
		t.Error(err)
	}
	if err := s.DropFlow(ctx, f.Key); !fault.Is(err, fault.NotFound) {
		t.Errorf("the second drop: got %v, want not_found", err)
	}
}
