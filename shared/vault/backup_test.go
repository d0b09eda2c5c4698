package vault_test

import (
	"errors"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"spool/infra/emulate"
	emulated "spool/infra/emulate/kms"
	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/shared/account"
	"spool/shared/envelope"
	"spool/shared/fault"
)

func TestARestoredBackupWhosePairsXHasRotatedSinceNeedsConnecting(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		backup := simtest.Stored(t, w)
		warm := w.Vault() // a process that outlives the restoration
		time.Sleep(simtest.Expired)
		if _, err := warm.Open(t.Context(), simtest.Ada); err != nil {
			t.Fatal(err)
		}
		backup.Rev = simtest.Stored(t, w).Rev
		if _, err := w.Store.SaveAccount(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Vault().Open(t.Context(), simtest.Ada); err == nil {
			t.Fatal("a pair that X rotated away opens")
		}
		simtest.MustBe(t, w, account.NeedsConnect)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		simtest.Works(t, w)
		// The new pair has the number of one that the warm process remembers.
		s, err := warm.Open(t.Context(), simtest.Ada)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Client().Me(t.Context(), s.Token); err != nil {
			t.Errorf("the warm process uses a pair from before the restoration: %v", err)
		}
	})
}

func TestARestoredBackupWhosePairsAreStillGoodGoesOn(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		backup := simtest.Stored(t, w)
		if _, err := w.Connector().Accounts.Configure(t.Context(), simtest.Ada, account.Settings{Limit: new(25_000)}); err != nil {
			t.Fatal(err)
		}
		backup.Rev = simtest.Stored(t, w).Rev
		if _, err := w.Store.SaveAccount(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		simtest.Works(t, w)
		time.Sleep(simtest.Expired)
		simtest.Works(t, w)
	})
}

func TestASealedPairOpensNowhereElse(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		thief := simtest.Stored(t, w)
		thief.ID, thief.Rev = "7", 0
		if _, err := w.Store.SaveAccount(t.Context(), thief); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Vault().Open(t.Context(), "7"); err == nil {
			t.Error("another account opened the pair")
		}
		replayed := simtest.Stored(t, w)
		replayed.Version++
		if _, err := w.Store.SaveAccount(t.Context(), replayed); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Vault().Open(t.Context(), simtest.Ada); err == nil {
			t.Error("another version opened the pair")
		}
	})
}

// Somebody who can write to the tables puts an older record back: it opens, and X
// refuses what is in it.
func TestAnOlderPairThatIsPutBackIsWorthNothing(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		old := simtest.Stored(t, w)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		now := simtest.Stored(t, w)
		mixed := now
		mixed.Sealed = old.Sealed
		if _, err := w.Store.SaveAccount(t.Context(), mixed); err != nil {
			t.Fatal(err)
		}
		if s, err := w.Vault().Open(t.Context(), simtest.Ada); err == nil {
			t.Errorf("it opens under another version's number: %+v", s)
		}
		old.Rev = now.Rev + 1
		if _, err := w.Store.SaveAccount(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		s, err := w.Vault().Open(t.Context(), simtest.Ada)
		if err != nil {
			t.Fatal("as a whole it opens:", err)
		}
		if _, err := w.Client().Me(t.Context(), s.Token); err == nil {
			t.Error("X takes the token of a pair that was replaced")
		}
	})
}

// TestWhatDoesNotOpenIsAPauseWithAReason is about pairs, credentials and keys that are not what they were: posts wait,
// and say what to check, in place of failing one after the other.
func TestWhatDoesNotOpenIsAPauseWithAReason(t *testing.T) {
	refusing := func(cause error) sim.Hook {
		return func(op string, _ bool) error {
			if op == "open" {
				return cause
			}
			return nil
		}
	}
	for name, tc := range map[string]struct {
		hook sim.Hook
		code fault.ReasonCode
		cure fault.TodoCode
	}{
		"a pair that was changed": {refusing(fault.New(fault.Internal, "It does not open.").Todo("Connect.")), "tokens_unreadable", fault.TodoConnect},
		"a key that is disabled":  {refusing(fault.New(fault.NotSetUp, "The key is disabled.").Todo("Enable it.")), "key_unusable", fault.TodoResumeAccount},
	} {
		t.Run(name, func(t *testing.T) {
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				_, err := tc.hook.Into(w.Vault()).Open(t.Context(), simtest.Ada)
				j, judged := errors.AsType[fault.Judged](err)
				if !judged {
					t.Fatalf("got %v, without a verdict", err)
				}
				got := j.Verdict()
				if got.Scope != fault.ScopeAccount || got.Action != fault.Pause || !got.Until.After(time.Now()) || got.Reason.Code != tc.code || got.Reason.Todo == "" || got.Reason.TodoCode() != tc.cure {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
	t.Run("a sealer that is busy", func(t *testing.T) {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			_, err := refusing(errors.New("KMS is busy")).Into(w.Vault()).Open(t.Context(), simtest.Ada)
			if _, judged := errors.AsType[fault.Judged](err); err == nil || judged {
				t.Errorf("got %v, want an error that says nothing about the pair", err)
			}
		})
	})
}

// TestTheKeyRotates speaks to a KMS over HTTP, so in real time.
func TestTheKeyRotates(t *testing.T) {
	const alias = "alias/TokenKey"
	server, err := emulated.Open(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.Key(alias); err != nil {
		t.Fatal(err)
	}
	endpoint := httptest.NewServer(server)
	defer endpoint.Close()
	client := kms.New(kms.Options{Region: emulate.Region, BaseEndpoint: &endpoint.URL, Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", "")})
	w := sim.NewWorld(1)
	w.Sealer = &envelope.Sealer{KMS: client, KeyID: alias}
	if _, err := w.Connect(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if err := server.Rotate(alias); err != nil {
		t.Fatal(err)
	}
	simtest.Works(t, w) // what the old key material sealed still opens
	s, err := w.Vault().Open(t.Context(), simtest.Ada)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Vault().Renew(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	simtest.Works(t, w) // and the next pair is sealed with the new
}
