package vault_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/shared/account"
	"spool/shared/vault"
)

// TestAConnectionWhoseAnswerTheStoreLosesIsStoredOnce, and what comes back is what is
// stored.
func TestAConnectionWhoseAnswerTheStoreLosesIsStoredOnce(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		saves := 0
		hook := sim.Hook(func(op string, after bool) error {
			if op != "save" || !after {
				return nil
			}
			if saves++; saves == 1 {
				return errors.New("the answer is lost")
			}
			return nil
		})
		pair := vault.Pair{Access: "new", Refresh: "newer", Expires: time.Now().Add(2 * time.Hour), Scopes: account.Scopes()}
		who := account.Account{ID: simtest.Ada, Username: "countess", Name: "Ada Lovelace"}
		got, isNew, err := hook.Into(w.Vault()).Connect(t.Context(), vault.App{ClientID: "app"}, who, pair)
		if err != nil || isNew || saves != 1 {
			t.Fatalf("got %v, new: %v, stored %d times", err, isNew, saves)
		}
		if is := simtest.Stored(t, w); got.Rev != is.Rev || got.Version != 2 || is.Version != 2 || got.ID != simtest.Ada {
			t.Errorf("got %+v, and stored is %+v", got, is)
		}
		if got.Username != "countess" || got.Name != "Ada Lovelace" {
			t.Errorf("it is called %q, @%s, as X called it before", got.Name, got.Username)
		}
	})
}

// opening counts what is opened.
type opening struct {
	vault.Sealer
	opened int
}

func (o *opening) Open(ctx context.Context, sealed []byte, binding map[string]string) ([]byte, error) {
	o.opened++
	return o.Sealer.Open(ctx, sealed, binding)
}

// A new account has no earlier tokens to revoke, and its own are known: KMS need not open any.
func TestANewAccountIsConnectedWithoutOpeningAnything(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		v := w.Vault()
		seal := &opening{Sealer: v.Seal}
		v.Seal = seal
		pair := vault.Pair{Access: "new", Refresh: "newer", Expires: time.Now().Add(2 * time.Hour), Scopes: account.Scopes()}
		who := account.Account{ID: "1", Username: "new", Zone: "Asia/Tokyo"}
		got, isNew, err := v.Connect(t.Context(), vault.App{ClientID: "app"}, who, pair)
		if err != nil || !isNew || got.Zone != "Asia/Tokyo" {
			t.Fatalf("got %+v, new: %v, %v", got, isNew, err)
		}
		if s, err := v.Open(t.Context(), "1"); err != nil || s.Token != "new" || seal.opened > 0 {
			t.Errorf("opened %d times: %+v, %v", seal.opened, s, err)
		}
	})
}
