package vault_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/shared/vault"
)

// Somebody who can write to the tables rewrites a flow that is under way.
func TestAFlowThatWasRewrittenDoesNotOpen(t *testing.T) {
	digest := func(secret string) string {
		sum := sha256.Sum256([]byte(secret))
		return hex.EncodeToString(sum[:])
	}
	for name, rewrite := range map[string]func(*vault.Flow){
		"not at all":      func(*vault.Flow) {},
		"another browser": func(f *vault.Flow) { f.Browser = digest("the thief's") },
		"another address": func(f *vault.Flow) { f.Redirect = "https://evil.example/oauth/x/callback" },
		"another caller":  func(f *vault.Flow) { f.Caller = "thief" },
		"another zone":    func(f *vault.Flow) { f.Zone = "Asia/Tokyo" },
		"another end":     func(f *vault.Flow) { f.Expires = f.Expires.Add(time.Hour) },
	} {
		inWorld(t, func(t *testing.T, w *sim.World) {
			q, browser := flowOf(t, w, "grace")
			f, err := w.Store.Flow(t.Context(), digest(q.Get("state")))
			if err != nil {
				t.Fatal(err)
			}
			rewrite(&f)
			if err := w.Store.PutFlow(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			if name == "another browser" {
				browser = "the thief's"
			}
			a, err := w.Connector().Finish(t.Context(), returned(q), browser)
			if (err == nil) != (name == "not at all") {
				t.Errorf("%s: got %+v, %v", name, a, err)
			}
		})
	}
}

// Somebody who can write to the tables puts an older record back: it opens, and X
// refuses what is in it.
func TestAnOlderPairThatIsPutBackIsWorthNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		old := stored(t, w)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		now := stored(t, w)
		mixed := now
		mixed.Sealed = old.Sealed
		if _, err := w.Store.SaveAccount(t.Context(), mixed); err != nil {
			t.Fatal(err)
		}
		if s, err := w.Vault().Open(t.Context(), ada); err == nil {
			t.Errorf("it opens under another version's number: %+v", s)
		}
		old.Rev = now.Rev + 1
		if _, err := w.Store.SaveAccount(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		s, err := w.Vault().Open(t.Context(), ada)
		if err != nil {
			t.Fatal("as a whole it opens:", err)
		}
		if _, err := w.Client().Me(t.Context(), s.Token); err == nil {
			t.Error("X takes the token of a pair that was replaced")
		}
	})
}
