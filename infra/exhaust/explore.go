package exhaust

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Campaign is one world, in all its histories.
type Campaign struct {
	Depth int // the most faults of a history
	// Play plays the world of a script, and tells what was wrong in it. It is
	// called from as many goroutines as Together starts.
	Play func(*Script) (wrong []string)
	// Together calls play on some goroutines, with a number for each, and returns
	// when all have returned.
	Together func(play func(player int))
	// Skip, unless nil, leaves out a fault as the next of a history.
	Skip func(so Plan, next Choice) bool
}

// Report is what a campaign came to.
type Report struct {
	Plans  []int // histories that were played, by the number of faults
	Points int   // at which something could go wrong when nothing did
	States int   // that were met, and of which each was gone on from once
	Joined int   // histories that came to a state that was known
	Plan   Plan  // of the first history that was wrong
	Wrong  []string
}

// history is one that others go on from.
type history struct {
	plan  Plan
	menus []menu
}

// Explore plays the campaign until it is done, or something is wrong.
func (c *Campaign) Explore() Report {
	e := &exploration{Campaign: c, known: map[uint64]bool{}}
	for begun := []history{{}}; ; {
		var next []history
		if len(e.report.Plans) == 0 {
			next = e.level([]Plan{nil})
			if len(next) > 0 {
				e.report.Points = len(next[0].menus)
			}
		} else {
			next = e.level(c.plans(begun))
		}
		if len(e.report.Wrong) > 0 || len(e.report.Plans) > c.Depth {
			e.report.States = len(e.known)
			return e.report
		}
		begun = next
	}
}

// plans are those with one fault more than the histories.
func (c *Campaign) plans(begun []history) []Plan {
	var all []Plan
	for _, h := range begun {
		for _, m := range h.menus {
			for _, what := range m.items {
				next := Choice{m.point, what}
				if c.Skip == nil || !c.Skip(h.plan, next) {
					all = append(all, append(slices.Clone(h.plan), next))
				}
			}
		}
	}
	return all
}

type exploration struct {
	*Campaign
	report Report

	mu    sync.Mutex
	known map[uint64]bool
}

// played is what a world left in its script.
type played struct {
	menus []menu
	marks []mark
	wrong []string
}

// level plays the histories with as many faults, and gives those to go on from.
func (e *exploration) level(plans []Plan) []history {
	last := len(e.report.Plans) == e.Depth
	results := make([]played, len(plans))
	var at, joined atomic.Int64
	var failed atomic.Int64
	failed.Store(int64(len(plans)))
	e.Together(func(int) {
		for {
			i := at.Add(1) - 1
			if i >= int64(len(plans)) || i > failed.Load() {
				return
			}
			s := &Script{plan: plans[i], know: e.look(last)}
			wrong := e.Play(s)
			wrong = append(s.unfollowed(), wrong...)
			if s.joined {
				joined.Add(1)
			}
			if len(wrong) > 0 {
				results[i].wrong = wrong
				for was := failed.Load(); i < was && !failed.CompareAndSwap(was, i); was = failed.Load() {
				}
			}
			if !last {
				results[i].menus, results[i].marks = s.menus, s.marks
			}
		}
	})
	n := min(int(failed.Load())+1, len(plans))
	e.report.Plans = append(e.report.Plans, n)
	e.report.Joined += int(joined.Load())
	if i := failed.Load(); i < int64(len(plans)) {
		e.report.Plan, e.report.Wrong = plans[i], results[i].wrong
		return nil
	}
	return e.fresh(plans, results)
}

// look tells worlds which states are known. While there are more faults to come,
// those are the states of histories with fewer faults, so that who goes on from
// where does not depend on who was first; with the last fault it does not matter.
func (e *exploration) look(last bool) func(uint64) bool {
	return func(state uint64) bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		known := e.known[state]
		if last {
			e.known[state] = true
		}
		return known
	}
}

// fresh gives of each history what it did before it came to a state that one
// before it, or with fewer faults, came to as well.
func (e *exploration) fresh(plans []Plan, results []played) []history {
	var all []history
	for i, r := range results {
		upTo := len(r.menus)
		for _, m := range r.marks {
			if e.known[m.state] {
				upTo = m.before
				break
			}
			e.known[m.state] = true
		}
		if upTo > 0 {
			all = append(all, history{plans[i], r.menus[:upTo:upTo]})
		}
	}
	return all
}

// String sums the report up.
func (r Report) String() string {
	return fmt.Sprintf("%d points, %v histories by faults, %d states, %d histories joined another", r.Points, r.Plans, r.States, r.Joined)
}
