package chaos_test

import (
	"flag"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"spool/infra/sim/chaos"
	"spool/infra/sim/exhaust"
	"spool/infra/sim/exhaust/exhausttest"
)

var (
	depth  = flag.Int("depth", 1, "the most faults of a history")
	scenes = flag.String("scenes", "", "play only scenes with this in their names")
	replay = flag.String("replay", "", "play one history alone, such as 12:lost after,31:crash, of the one scene of -scenes")
)

// TestEveryHistory plays all histories of the scenes with up to so many faults.
func TestEveryHistory(t *testing.T) {
	sum := chaos.Reached{}
	for _, scene := range chaos.Scenes() {
		if strings.Contains(scene.Name, *scenes) {
			t.Run(scene.Name, func(t *testing.T) {
				if *replay != "" {
					again(t, scene, *replay)
					return
				}
				explore(t, scene, *depth, sum)
			})
		}
	}
	t.Logf("reached:\n%v", sum)
	if *scenes == "" && *replay == "" && *depth >= 1 {
		reached(t, sum, beyond(sum, *depth))
	}
}

// explore plays all histories of one scene.
func explore(t *testing.T, scene *chaos.Scene, depth int, sum chaos.Reached) {
	var mu sync.Mutex // guards sum
	exhausttest.Explore(t, "./infra/sim/chaos", scene.Name, depth, func(s *exhaust.Script) (wrong []string) {
		w := &chaos.World{Scene: scene, Script: s}
		synctest.Test(t, func(*testing.T) { wrong = w.Run() })
		mu.Lock()
		defer mu.Unlock()
		sum.Add(w.Reached())
		return wrong
	})
}

// again plays one history, and tells what happens.
func again(t *testing.T, scene *chaos.Scene, plan string) {
	p, err := exhaust.Parse(plan)
	if err != nil {
		t.Fatal(err)
	}
	s := exhaust.Follow(p)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.Tell = func(point int, where string, menu []string, chosen string) {
		log.Debug("point", "n", point, "where", where, "menu", len(menu), "chosen", chosen)
	}
	synctest.Test(t, func(t *testing.T) {
		for _, wrong := range (&chaos.World{Scene: scene, Script: s, Log: log}).Run() {
			t.Error(wrong)
		}
	})
}
