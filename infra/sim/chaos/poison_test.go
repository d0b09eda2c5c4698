package chaos_test

import (
	"testing"
	"time"

	"spool/infra/sim/chaos"
	"spool/shared/fault"
)

// TestNobodyDiesOfTheirNeighbour: a post that ends every process that works on it takes its batch along once. The others
// are settled, and go out as after any crash, while it goes on ending processes alone; in the end it is failed, and nobody
// else is. Where it does so before anything is stored dispatch wakes all of them again, and after a few times each alone.
func TestNobodyDiesOfTheirNeighbour(t *testing.T) {
	const most = 10 * time.Minute
	for _, poison := range []chaos.Poison{chaos.BeforeClaim, chaos.AtTweet} {
		for n := range uint64(20) {
			w := &chaos.World{Seed: *seed + n, Poison: poison}
			for _, wrong := range play(t, w) {
				t.Errorf("seed %d: %s", w.Seed, wrong)
			}
			out, within, reason := w.Neighbours()
			ended := reason == fault.ReasonWorkerFailed || poison == chaos.AtTweet && reason == fault.ReasonNoClearAnswer
			if !out || within > most || !ended {
				t.Errorf("%s, seed %d: the others are out: %v, within %v; the poison ended because of %q", poison, w.Seed, out, within, reason)
			}
		}
	}
}
