// Package exhausttest plays histories in tests.
package exhausttest

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"spool/infra/sim/exhaust"
)

// Explore plays all histories of a scene with up to depth faults, as many at once as there are processors, and fails
// the test by the first one that is wrong, with how to play it again. Worlds is the package that the scene is of, as go
// test takes it; play must be safe for concurrent use.
func Explore(t *testing.T, worlds, scene string, depth int, play func(*exhaust.Script) []string) {
	begun := time.Now()
	c := exhaust.Campaign{Depth: depth, Play: play}
	c.Together = func(play func(int)) {
		t.Run("players", func(t *testing.T) {
			for i := range runtime.GOMAXPROCS(0) {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					t.Parallel()
					play(i)
				})
			}
		})
	}
	r := c.Explore()
	t.Logf("%v, %v", r, time.Since(begun).Round(time.Millisecond))
	if len(r.Wrong) > 0 {
		t.Errorf("wrong. Play it alone: make exhaust WORLDS=%s SCENES='%s' REPLAY='%v'", worlds, scene, r.Plan)
		for _, w := range r.Wrong {
			t.Error(w)
		}
	}
}
