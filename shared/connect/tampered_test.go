package connect_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/infra/sim/simtest"
	"spool/shared/connect"
)

// Somebody who can write to the tables rewrites a flow that is under way.
func TestAFlowThatWasRewrittenDoesNotOpen(t *testing.T) {
	for name, rewrite := range map[string]func(*connect.Flow){
		"not at all":      func(*connect.Flow) {},
		"another browser": func(f *connect.Flow) { f.Browser = digest("the thief's") },
		"another address": func(f *connect.Flow) { f.Redirect = "https://evil.example/oauth/x/callback" },
		"another caller":  func(f *connect.Flow) { f.Caller = "thief" },
		"another zone":    func(f *connect.Flow) { f.Zone = "Asia/Tokyo" },
		"another end":     func(f *connect.Flow) { f.Expires = f.Expires.Add(time.Hour) },
	} {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
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

// digest is how a secret is stored.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
