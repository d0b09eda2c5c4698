package e2e_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"spool/infra/emulate/idle"
	"spool/infra/stack"
	"spool/infra/xsim"
	"spool/shared/wire"
)

// What `make thaw` sets: a campaign takes minutes.
var (
	thawPosts = flag.Int("thaw.posts", 2, "posts, one after the other")
	thawGap   = flag.Duration("thaw.gap", 7*time.Second, "from one post to the next, and up to a second more")
	thawCut   = flag.Duration("thaw.cut", 5*time.Second, "for how long a connection to AWS may be idle before it is cut")
	thawSeed  = flag.Uint64("thaw.seed", 1, "of the gaps")
	// The other tests run beside this one, so its bounds are wide; what they are for takes from 29 s on.
	thawLate = flag.Duration("thaw.late", 10*time.Second, "after its second that a post may be out")
	thawCall = flag.Duration("thaw.call", 10*time.Second, "that a call of the API may take")
)

// TestAThaw publishes to the second, and has the API answer, where functions are frozen between their events, and their
// idle connections to AWS cut meanwhile: by a reset, by an end, and without a word.
func TestAThaw(t *testing.T) {
	for _, ways := range cuts() {
		t.Run(fmt.Sprint(ways), func(t *testing.T) {
			t.Parallel()
			cutter := &idle.Cutter{After: *thawCut, Ways: ways}
			s := start(t, nil, func(o *stack.Options) { o.Idle = cutter })
			random := rand.New(rand.NewPCG(*thawSeed, 0))
			var late, calls []time.Duration
			at := time.Now().Add(5 * time.Second).Truncate(time.Second)
			for range *thawPosts {
				at = at.Add(*thawGap + time.Duration(random.Int64N(int64(time.Second)))).Truncate(time.Second)
				p, took := s.scheduled(t, at)
				l, took2 := s.lateness(t, p, at)
				late, calls = append(late, l), append(calls, took, took2)
			}
			t.Logf("seed %d: %d connections were cut; late by %v; calls took %v", *thawSeed, cutter.Cuts(), late, calls)
			if l := slices.Max(late); l > *thawLate {
				t.Errorf("a post was late by %v, want %v at the most", l, *thawLate)
			}
			if c := slices.Max(calls); c > *thawCall {
				t.Errorf("a call took %v, want %v at the most", c, *thawCall)
			}
			if n := cutter.Cuts(); n < *thawPosts {
				t.Errorf("%d connections were cut: this shows nothing", n)
			}
		})
	}
}

// cuts are how connections are cut: in a campaign in each way by itself, else by turns.
func cuts() [][]idle.Way {
	if *thawPosts > 2 {
		return [][]idle.Way{{idle.Reset}, {idle.End}, {idle.Silence}}
	}
	return [][]idle.Way{{idle.Reset, idle.End, idle.Silence}}
}

// scheduled schedules a thread of two, and says how long the API took.
func (s *system) scheduled(t *testing.T, at time.Time) (wire.Post, time.Duration) {
	t.Helper()
	began := time.Now()
	p, err := s.owner.Schedule(t.Context(), thread(at.String(), 2), at)
	if err != nil {
		t.Fatal(err)
	}
	return p.Post, time.Since(began)
}

// lateness is by how much a post's first tweet was late, once it is out. Nobody asks the API before, and then it is
// asked once.
func (s *system) lateness(t *testing.T, p wire.Post, at time.Time) (late, took time.Duration) {
	t.Helper()
	first := thread(at.String(), 2)
	for {
		timeline, err := s.Simulator.Timeline("ada")
		if err != nil {
			t.Fatal(err)
		}
		out := func(text string) int {
			return slices.IndexFunc(timeline, func(p xsim.Post) bool { return p.Text == text })
		}
		if i := out(first[0]); i >= 0 && out(first[1]) >= 0 {
			began := time.Now()
			if status := s.status(t, "/v1/posts/"+p.ID); status != http.StatusOK {
				t.Errorf("the API answers %d", status)
			}
			return timeline[i].CreatedAt.Sub(at), time.Since(began)
		}
		if time.Since(at) > patience {
			t.Fatalf("the post of %v is not out", at)
		}
		s.tick(t)
	}
}

// tick waits a little.
func (s *system) tick(t *testing.T) {
	t.Helper()
	tick := time.NewTimer(20 * time.Millisecond)
	defer tick.Stop()
	select {
	case <-tick.C:
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}
