package storm_test

import (
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/sim/storm"
	"spool/shared/account"
)

var (
	seed = flag.Uint64("storm.seed", 0, "seed of the first world; 0: one of the clock's")
	runs = flag.Int("storm.runs", 200, "number of worlds; world number n has the seed of the first plus n")
)

func TestNoStormCostsAGoodAccountItsTokens(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano()) >> 10
	}
	t.Logf("%d worlds; to run them again: make storm SEED=%d RUNS=%d", *runs, first, *runs)
	reports := weather(t, first, *runs)
	var sum storm.Report
	dead := 0
	for _, r := range reports {
		sum.Workers, sum.Refreshes, sum.Crashes, sum.Lost = sum.Workers+r.Workers, sum.Refreshes+r.Refreshes, sum.Crashes+r.Crashes, sum.Lost+r.Lost
		if r.Health == account.NeedsConnect {
			dead++
		}
	}
	t.Logf("%d workers, %d refreshes, %d crashes, %d lost pairs; %d accounts had to be connected again", sum.Workers, sum.Refreshes, sum.Crashes, sum.Lost, dead)
	if *runs >= 100 && (sum.Crashes == 0 || sum.Lost == 0 || dead == 0 || dead > *runs/2) {
		t.Error("the storm was none: it tested nothing")
	}
}

// weather runs the worlds, as many at a time as there are processors.
func weather(t *testing.T, first uint64, n int) []storm.Report {
	reports := make([]storm.Report, n)
	t.Run("worlds", func(t *testing.T) {
		for i := range reports {
			t.Run(fmt.Sprint(first+uint64(i)), func(t *testing.T) {
				t.Parallel()
				reports[i] = world(t, first+uint64(i))
			})
		}
	})
	return reports
}

// world runs one world.
func world(t *testing.T, seed uint64) (r storm.Report) {
	synctest.Test(t, func(t *testing.T) {
		var err error
		if r, err = storm.Run(t.Context(), seed); err != nil {
			t.Error(err)
		}
		for _, v := range r.Violations {
			t.Errorf("%s (again: make storm SEED=%d RUNS=1)", v, seed)
		}
	})
	return r
}

func TestASeedDecidesItsWorld(t *testing.T) {
	for seed := range uint64(20) {
		one, two := world(t, seed), world(t, seed)
		if one.Refreshes != two.Refreshes || one.Crashes != two.Crashes || one.Lost != two.Lost || one.Health != two.Health {
			t.Errorf("seed %d gave %+v and then %+v", seed, one, two)
		}
	}
}
