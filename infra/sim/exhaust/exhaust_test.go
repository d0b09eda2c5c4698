package exhaust_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"spool/infra/sim/exhaust"
)

// walk is a world of some steps, each of which can be left out or done twice. It is
// wrong when its sum is the given one. Its state is the step and the sum.
type walk struct {
	steps, wrong int
	shows        bool
}

func (w walk) play(s *exhaust.Script) (wrong []string) {
	sum := 0
	for step := range w.steps {
		if w.shows && s.Still(func() uint64 { return uint64(100*step + sum) }) {
			return nil
		}
		switch s.At("step", func() []string { return []string{"left out", "twice"} }) {
		case "left out":
		case "twice":
			sum += 2
		default:
			sum++
		}
	}
	if sum == w.wrong {
		return []string{"the sum"}
	}
	return nil
}

// campaign explores a walk with two players.
func campaign(w walk, depth int) exhaust.Report {
	c := exhaust.Campaign{Depth: depth, Play: w.play, Together: func(play func(int)) {
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() { play(i) })
		}
		wg.Wait()
	}}
	return c.Explore()
}

func TestEveryHistoryIsPlayedOnce(t *testing.T) {
	r := campaign(walk{steps: 5, wrong: -1}, 3)
	// One, 5 points of 2, 10 pairs of points of 4, 10 threes of 8.
	if want := []int{1, 10, 40, 80}; !slices.Equal(r.Plans, want) || r.Points != 5 {
		t.Errorf("played %v histories of %d points, want %v of 5", r.Plans, r.Points, want)
	}
}

func TestTheFewestFaultsAreFound(t *testing.T) {
	for sum, faults := range map[int]int{5: 0, 6: 1, 7: 2, 2: 3} {
		for _, shows := range []bool{false, true} {
			w := walk{steps: 5, wrong: sum, shows: shows}
			r := campaign(w, 3)
			if len(r.Wrong) == 0 || len(r.Plan) != faults {
				t.Errorf("the sum %d was found with the faults %v, want %d", sum, r.Plan, faults)
				continue
			}
			again, err := exhaust.Parse(r.Plan.String())
			if err != nil {
				t.Error(err)
			}
			if wrong := w.play(exhaust.Follow(again)); !slices.Equal(wrong, r.Wrong) {
				t.Errorf("%v played again gives %q, want %q", again, wrong, r.Wrong)
			}
		}
	}
	if r := campaign(walk{steps: 5, wrong: 9}, 3); len(r.Wrong) > 0 {
		t.Errorf("%v is wrong with three faults, and needs four", r.Plan)
	}
}

func TestEqualStatesAreGoneOnFromOnce(t *testing.T) {
	all, once := campaign(walk{steps: 8, wrong: -1}, 3), campaign(walk{steps: 8, wrong: -1, shows: true}, 3)
	if once.Plans[3] >= all.Plans[3] || once.Joined == 0 {
		t.Errorf("played %v, and %v with states", all.Plans, once.Plans)
	}
}

func TestAPlanThatDoesNotFitIsTold(t *testing.T) {
	for _, bad := range []string{"1", "0:crash", "x:crash", "2:", "3:crash,3:crash", "4:crash,1:crash"} {
		if p, err := exhaust.Parse(bad); err == nil {
			t.Errorf("%q was read as %v", bad, p)
		}
	}
}

// record has what fingerprints must and must not see.
type record struct {
	At     time.Time
	Names  map[string]*record
	Writer string
	Note   string
	secret int
	Do     func()
}

func TestFingerprintsTellWhatCounts(t *testing.T) {
	f := exhaust.Fingerprint{
		Omit:  map[string]bool{"exhaust_test.record.Note": true},
		Alias: map[string]bool{"exhaust_test.record.Writer": true},
	}
	now := time.Now()
	base := func() record {
		return record{At: now, Names: map[string]*record{"a": {Writer: "w"}, "b": nil}, Writer: "v", Do: func() {}}
	}
	want := f.Of(base())
	for name, c := range map[string]struct {
		change func(*record)
		same   bool
	}{
		"nothing":                  {func(*record) {}, true},
		"what is left out":         {func(r *record) { r.Note = "?" }, true},
		"a random name":            {func(r *record) { r.Writer = "u" }, true},
		"the form of a time":       {func(r *record) { r.At = now.Round(0).UTC() }, true},
		"a name that is another's": {func(r *record) { r.Writer = "w" }, false},
		"a time":                   {func(r *record) { r.At = now.Add(1) }, false},
		"a field that is private":  {func(r *record) { r.secret++ }, false},
		"an entry":                 {func(r *record) { delete(r.Names, "b") }, false},
		"what an entry points at":  {func(r *record) { r.Names["a"].secret++ }, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := base()
			c.change(&r)
			if got := f.Of(r); (got == want) != c.same {
				t.Errorf("the fingerprints are the same: %v, want %v", got == want, c.same)
			}
		})
	}
}
