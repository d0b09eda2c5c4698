package chaos_test

import (
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/sim/chaos"
)

var (
	seed    = flag.Uint64("seed", 1, "the seed of the first world")
	runs    = flag.Uint64("runs", 300, "how many worlds to play, with the seeds that follow")
	verbose = flag.Bool("history", false, "tell what happens in the world of -seed")
)

// play runs one world in virtual time.
func play(t *testing.T, w *chaos.World) (wrong []string) {
	synctest.Test(t, func(*testing.T) { wrong = w.Run() })
	return wrong
}

// TestCampaign plays worlds until one is wrong.
func TestCampaign(t *testing.T) {
	if *verbose {
		w := &chaos.World{Seed: *seed, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))}
		for _, wrong := range play(t, w) {
			t.Error(wrong)
		}
		return
	}
	begun := time.Now()
	var next, failed, faults atomic.Uint64
	var mu sync.Mutex
	ends, sum := map[string]int{}, chaos.Reached{}
	t.Run("worlds", func(t *testing.T) {
		for i := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint("player ", i), func(t *testing.T) {
				t.Parallel()
				for failed.Load() == 0 {
					n := next.Add(1) - 1
					if n >= *runs {
						return
					}
					w := &chaos.World{Seed: *seed + n}
					if wrong := play(t, w); len(wrong) > 0 {
						failed.Add(1)
						report(t, *seed+n, wrong)
					}
					faults.Add(uint64(len(w.Faults())))
					mu.Lock()
					sum.Add(w.Reached())
					for end, n := range w.Ends() {
						ends[end] += n
					}
					mu.Unlock()
				}
			})
		}
	})
	played := min(next.Load(), *runs)
	t.Logf("%d worlds from seed %d on, %v each, with %d faults", played, *seed, time.Since(begun)/time.Duration(played), faults.Load())
	for _, end := range slices.Sorted(maps.Keys(ends)) {
		t.Logf("%8d posts ended %s", ends[end], end)
	}
	t.Logf("reached:\n%v", sum)
	if played >= 10_000 {
		reached(t, sum, rarely(sum))
	}
}

// report shrinks a failing world and tells how to play it alone.
func report(t *testing.T, seed uint64, wrong []string) {
	t.Errorf("world %d is wrong. Play it alone: go test ./infra/sim/chaos -run TestCampaign -args -seed %d -history", seed, seed)
	for _, s := range wrong {
		t.Error(s)
	}
	least := chaos.Shrink(func(only map[uint64]bool) ([]chaos.Fault, bool) {
		w := &chaos.World{Seed: seed, Only: only}
		wrong := play(t, w)
		return w.Faults(), len(wrong) > 0
	})
	t.Errorf("these faults suffice for it:")
	for _, f := range least {
		t.Errorf("  call %d: %s", f.Call>>8, f.What)
	}
}

// TestSeedGivesOneHistory: else a failing seed could not be played again.
func TestSeedGivesOneHistory(t *testing.T) {
	for seed := range uint64(20) {
		first, second := &chaos.World{Seed: seed}, &chaos.World{Seed: seed}
		if a, b := play(t, first), play(t, second); !slices.Equal(a, b) {
			t.Errorf("seed %d was wrong in %q, then in %q", seed, a, b)
		}
		if !slices.Equal(first.Faults(), second.Faults()) || !maps.Equal(first.Ends(), second.Ends()) {
			t.Errorf("seed %d ended in %v after %v, then in %v after %v", seed, first.Ends(), first.Faults(), second.Ends(), second.Faults())
		}
	}
}

// TestShrinkFindsWhatMatters: of many faults, the two that are wrong together.
func TestShrinkFindsWhatMatters(t *testing.T) {
	least := chaos.Shrink(func(only map[uint64]bool) (happened []chaos.Fault, wrong bool) {
		for n := range uint64(40) {
			if only == nil || only[n] {
				happened = append(happened, chaos.Fault{Call: n})
			}
		}
		return happened, slices.Contains(happened, chaos.Fault{Call: 7}) && slices.Contains(happened, chaos.Fault{Call: 31})
	})
	if want := []chaos.Fault{{Call: 7}, {Call: 31}}; !slices.Equal(least, want) {
		t.Errorf("shrunk to %v, want %v", least, want)
	}
}
