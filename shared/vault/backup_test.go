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
	"spool/shared/envelope"
	"spool/shared/fault"
	"spool/shared/vault"
)

func TestARestoredBackupWhosePairsXHasRotatedSinceNeedsConnecting(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		backup := stored(t, w)
		warm := w.Vault() // a process that outlives the restoration
		time.Sleep(expired)
		if _, err := warm.Open(t.Context(), ada); err != nil {
			t.Fatal(err)
		}
		backup.Rev = stored(t, w).Rev
		if _, err := w.Store.SaveAccount(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Vault().Open(t.Context(), ada); err == nil {
			t.Fatal("a pair that X rotated away opens")
		}
		mustBe(t, w, vault.NeedsConnect)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		works(t, w)
		// The new pair has the number of one that the warm process remembers.
		s, err := warm.Open(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Client().Me(t.Context(), s.Token); err != nil {
			t.Errorf("the warm process uses a pair from before the restoration: %v", err)
		}
	})
}

func TestARestoredBackupWhosePairsAreStillGoodGoesOn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		backup := stored(t, w)
		if _, err := w.Connector().Configure(t.Context(), ada, vault.Settings{Limit: new(25_000)}); err != nil {
			t.Fatal(err)
		}
		backup.Rev = stored(t, w).Rev
		if _, err := w.Store.SaveAccount(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		works(t, w)
		time.Sleep(expired)
		works(t, w)
	})
}

func TestASealedPairOpensNowhereElse(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		thief := stored(t, w)
		thief.ID, thief.Rev = "7", 0
		if _, err := w.Store.SaveAccount(t.Context(), thief); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Vault().Open(t.Context(), "7"); err == nil {
			t.Error("another account opened the pair")
		}
		replayed := stored(t, w)
		replayed.Version++
		if _, err := w.Store.SaveAccount(t.Context(), replayed); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Vault().Open(t.Context(), ada); err == nil {
			t.Error("another version opened the pair")
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
		code string
		cure fault.TodoCode
	}{
		"a pair that was changed": {refusing(fault.New(fault.Internal, "It does not open.").Todo("Connect.")), "tokens_unreadable", fault.TodoConnect},
		"a key that is disabled":  {refusing(fault.New(fault.NotSetUp, "The key is disabled.").Todo("Enable it.")), "key_unusable", fault.TodoResumeAccount},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *sim.World) {
				_, err := tc.hook.Into(w.Vault()).Open(t.Context(), ada)
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
		inWorld(t, func(t *testing.T, w *sim.World) {
			_, err := refusing(errors.New("KMS is busy")).Into(w.Vault()).Open(t.Context(), ada)
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
	works(t, w) // what the old key material sealed still opens
	s, err := w.Vault().Open(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Vault().Renew(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	works(t, w) // and the next pair is sealed with the new
}
