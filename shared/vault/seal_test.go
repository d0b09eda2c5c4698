package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
)

// boxes is a sealer whose boxes anybody can look into: it stands for one that works.
type boxes struct{ opened *int }

func (boxes) Seal(_ context.Context, plain []byte, binding map[string]string) ([]byte, error) {
	return fmt.Append(nil, binding, "|", string(plain)), nil
}

func (b boxes) Open(_ context.Context, sealed []byte, binding map[string]string) ([]byte, error) {
	*b.opened++
	plain, ok := strings.CutPrefix(string(sealed), fmt.Sprint(binding)+"|")
	if !ok {
		return nil, errors.New("it is bound to something else")
	}
	return []byte(plain), nil
}

func boxed() (v *Vault, opened *int) {
	opened = new(int)
	return &Vault{Seal: boxes{opened}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}, opened
}

// TestBindings: what is sealed is stored for as long as an account is connected, so what
// it is bound to stays as it is.
func TestBindings(t *testing.T) {
	if got := pairBinding("42", 10); !maps.Equal(got, map[string]string{"purpose": "x-token-pair", "account": "42", "version": "10"}) {
		t.Errorf("a pair is bound to %v", got)
	}
	if got := appBinding(10); !maps.Equal(got, map[string]string{"purpose": "x-app", "version": "10"}) {
		t.Errorf("the app is bound to %v", got)
	}
}

func TestPairsAreCachedUpToALimit(t *testing.T) {
	v, opened := boxed()
	accounts := make([]account.Account, 1001)
	for i := range accounts {
		a := account.Account{ID: fmt.Sprint(i), Version: 1}
		var err error
		if a.Sealed, err = v.seal(t.Context(), a.ID, 1, Pair{Access: "access " + a.ID}); err != nil {
			t.Fatal(err)
		}
		accounts[i] = a
	}
	opens := func(a account.Account, want int) {
		t.Helper()
		before := *opened
		if p, err := v.open(t.Context(), a); err != nil || p.Access != "access "+a.ID {
			t.Errorf("got %+v, %v", p, err)
		}
		if *opened-before != want {
			t.Errorf("account %s is opened %d times, want %d", a.ID, *opened-before, want)
		}
	}
	for _, a := range accounts[:1000] {
		opens(a, 1)
	}
	opens(accounts[0], 0)
	opens(accounts[999], 0)
	opens(accounts[1000], 1) // then all else is forgotten
	opens(accounts[1000], 0)
	opens(accounts[999], 1)
	if _, err := v.open(t.Context(), account.Account{ID: "without a pair"}); err == nil {
		t.Error("what is not there opens")
	}
}

func TestTheAppIsOpenedOnceForEachVersion(t *testing.T) {
	v, opened := boxed()
	if _, err := v.App(t.Context(), account.SealedApp{}); !fault.Is(err, fault.NotSetUp) {
		t.Errorf("an app that is not known: %v", err)
	}
	for version := range int64(3) {
		want := App{ClientID: fmt.Sprint("client ", version), ClientSecret: "secret"}
		sealed, err := v.SealApp(t.Context(), want, version+1)
		if err != nil || sealed.ClientID != want.ClientID || sealed.Version != version+1 {
			t.Fatalf("got %+v, %v", sealed, err)
		}
		for range 2 {
			if got, err := v.App(t.Context(), sealed); err != nil || got != want {
				t.Errorf("got %+v, %v; want %+v", got, err, want)
			}
		}
		if *opened != int(version)+1 {
			t.Errorf("%d versions are opened %d times", version+1, *opened)
		}
	}
}

// TestWhatIsNotInSpoolsFormIsNotRepeated: it may be a secret.
func TestWhatIsNotInSpoolsFormIsNotRepeated(t *testing.T) {
	v, _ := boxed()
	a := account.Account{ID: "7", Version: 1}
	a.Sealed, _ = v.Seal.Seal(t.Context(), []byte(`"s3cret`), pairBinding("7", 1))
	_, err := v.open(t.Context(), a)
	if err == nil || !fault.Is(err, fault.Internal) || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "account 7") {
		t.Errorf("got %v", err)
	}
	app := account.SealedApp{Version: 1}
	app.Sealed, _ = v.Seal.Seal(t.Context(), []byte(`"s3cret`), appBinding(1))
	_, err = v.App(t.Context(), app)
	if v := fault.Judge(err); v.Scope != fault.ScopeApp || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v: %+v", err, v)
	}
}
