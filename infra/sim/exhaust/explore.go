package exhaust

import (
	"fmt"
	"iter"
	"slices"
	"sync"
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
	begun := e.level(func(yield func(Plan) bool) { yield(nil) })
	if len(begun) > 0 {
		e.report.Points = len(begun[0].menus)
	}
	for len(e.report.Wrong) == 0 && len(e.report.Plans) <= c.Depth {
		begun = e.level(c.plans(begun))
	}
	e.report.States = len(e.known)
	return e.report
}

// plans are those with one fault more than the histories.
func (c *Campaign) plans(begun []history) iter.Seq[Plan] {
	return func(yield func(Plan) bool) {
		for _, h := range begun {
			for _, m := range h.menus {
				for _, what := range m.items {
					next := Choice{m.point, what}
					if (c.Skip == nil || !c.Skip(h.plan, next)) && !yield(append(slices.Clone(h.plan), next)) {
						return
					}
				}
			}
		}
	}
}

type exploration struct {
	*Campaign
	report Report

	mu    sync.Mutex
	known map[uint64]bool
}

// played is what a world left in its script.
type played struct {
	plan  Plan
	menus []menu
	marks []mark
	wrong []string
}

// level plays the histories with as many faults, and gives those to go on from.
func (e *exploration) level(plans iter.Seq[Plan]) []history {
	next, stop := iter.Pull(plans)
	defer stop()
	last := len(e.report.Plans) == e.Depth
	var mu sync.Mutex // guards what follows
	var all []*played // in order; nil where nothing is to be kept
	var first *played // of those that were wrong
	n, firstAt := 0, -1
	take := func() (at int, p Plan, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if firstAt >= 0 {
			return 0, nil, false
		}
		if p, ok = next(); !ok {
			return 0, nil, false
		}
		if n++; !last {
			all = append(all, nil)
		}
		return n - 1, p, true
	}
	e.Together(func(int) {
		for at, plan, ok := take(); ok; at, plan, ok = take() {
			r, joined := e.play(plan, last)
			mu.Lock()
			if joined {
				e.report.Joined++
			}
			if !last {
				all[at] = r
			}
			if len(r.wrong) > 0 && (firstAt < 0 || at < firstAt) {
				first, firstAt = r, at
			}
			mu.Unlock()
		}
	})
	e.report.Plans = append(e.report.Plans, n)
	if first != nil {
		e.report.Plan, e.report.Wrong = first.plan, first.wrong
		return nil
	}
	return e.unseen(all)
}

// play plays one history.
func (e *exploration) play(plan Plan, last bool) (r *played, joined bool) {
	s := &Script{plan: plan, know: e.look(last)}
	wrong := e.Play(s)
	return &played{plan, s.menus, s.marks, append(s.unfollowed(), wrong...)}, s.joined
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

// unseen gives of each history what it did before it came to a state that one
// before it, or with fewer faults, came to as well.
func (e *exploration) unseen(all []*played) []history {
	var open []history
	for _, r := range all {
		upTo := len(r.menus)
		for _, m := range r.marks {
			if e.known[m.state] {
				upTo = m.before
				break
			}
			e.known[m.state] = true
		}
		if upTo > 0 {
			open = append(open, history{r.plan, r.menus[:upTo:upTo]})
		}
	}
	return open
}

// String sums the report up.
func (r Report) String() string {
	return fmt.Sprintf("%d points, %v histories by faults, %d states, %d histories joined another", r.Points, r.Plans,
		r.States, r.Joined)
}
