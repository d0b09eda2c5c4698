package storm_test

import (
	"flag"
	"strings"
	"testing"
	"testing/synctest"

	"spool/infra/sim/exhaust"
	"spool/infra/sim/exhaust/exhausttest"
	"spool/infra/sim/storm"
)

var (
	depth  = flag.Int("depth", 1, "the most faults of a history")
	scenes = flag.String("scenes", "", "play only scenes with this in their names")
	replay = flag.String("replay", "", "play one history alone, such as 12:lost,31:crash, of the one scene of -scenes")
)

// TestEveryHistory plays all histories of the scenes with up to so many faults.
func TestEveryHistory(t *testing.T) {
	for _, scene := range storm.Scenes() {
		if strings.Contains(scene.Name, *scenes) {
			t.Run(scene.Name, func(t *testing.T) {
				plan, err := exhaust.Parse(*replay)
				switch {
				case err != nil:
					t.Fatal(err)
				case *replay != "":
					s := exhaust.Follow(plan)
					s.Tell = func(point int, where string, _ []string, chosen string) { t.Log(point, where, chosen) }
					for _, wrong := range history(t, scene, s) {
						t.Error(wrong)
					}
				default:
					exhausttest.Explore(t, "./infra/sim/storm", scene.Name, *depth, func(s *exhaust.Script) []string { return history(t, scene, s) })
				}
			})
		}
	}
}

// history plays one.
func history(t *testing.T, scene storm.Scene, s *exhaust.Script) (wrong []string) {
	synctest.Test(t, func(t *testing.T) {
		r, err := scene.Play(t.Context(), s)
		if wrong = r.Violations; err != nil {
			wrong = append(wrong, err.Error())
		}
	})
	return wrong
}
