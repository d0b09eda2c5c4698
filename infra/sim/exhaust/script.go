package exhaust

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Choice is one fault: what goes wrong at a point.
type Choice struct {
	Point int // from 1 on
	What  string
}

// Plan are the faults of a history, in order.
type Plan []Choice

// String is the plan as [Parse] reads it, such as "12:lost after,31:crash".
func (p Plan) String() string {
	var all []string
	for _, c := range p {
		all = append(all, fmt.Sprintf("%d:%s", c.Point, c.What))
	}
	return strings.Join(all, ",")
}

// Parse reads a plan.
func Parse(s string) (Plan, error) {
	var p Plan
	for part := range strings.SplitSeq(s, ",") {
		if part == "" {
			continue
		}
		point, what, ok := strings.Cut(part, ":")
		n, err := strconv.Atoi(strings.TrimSpace(point))
		if !ok || err != nil || n < 1 || what == "" || len(p) > 0 && n <= p[len(p)-1].Point {
			return nil,
				fmt.Errorf("%q is no fault: want the number of a point, later than the one before, a colon and what goes wrong",
					part)
		}
		p = append(p, Choice{n, what})
	}
	return p, nil
}

// Script leads one world through its plan, and notes what it offers after that.
// It is safe for concurrent use.
type Script struct {
	// Tell, unless nil, is told of each point.
	Tell func(point int, where string, menu []string, chosen string)

	plan Plan
	know func(state uint64) bool

	mu     sync.Mutex
	points int      // so far
	menus  []menu   // of the points after the plan's last
	marks  []mark   // states that were shown after it
	bad    []string // of the plan, what could not be followed
	joined bool     // the world came to a state that is known
}

// menu is what a point offers.
type menu struct {
	point int
	items []string
}

// mark is a state, shown before the menu with an index.
type mark struct {
	before int
	state  uint64
}

// Follow gives the script of one plan, to be played alone.
func Follow(p Plan) *Script { return &Script{plan: p} }

// At is a point: it gives what goes wrong of what can, or nothing. The menu is
// asked for only where that matters.
func (s *Script) At(where string, can func() []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.points++
	if len(s.plan) > 0 && s.plan[0].Point > s.points && s.Tell == nil {
		return ""
	}
	items, chosen := can(), ""
	switch {
	case len(s.plan) == 0:
		if len(items) > 0 {
			s.menus = append(s.menus, menu{s.points, items})
		}
	case s.plan[0].Point == s.points:
		chosen = s.plan[0].What
		if !slices.Contains(items, chosen) {
			s.bad = append(s.bad, fmt.Sprintf("point %d, %s, does not offer %q but %q", s.points, where, chosen, items))
			chosen = ""
		}
		s.plan = s.plan[1:]
	}
	if s.Tell != nil {
		s.Tell(s.points, where, items, chosen)
	}
	return chosen
}

// Spent reports whether all of the plan has gone wrong.
func (s *Script) Spent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.plan) == 0
}

// Still shows the world's state where nothing is at work, and reports whether it is
// known, so that the world can end here. The state is asked for only if that
// matters.
func (s *Script) Still(state func() uint64) (known bool) {
	if s.know == nil || !s.Spent() {
		return false
	}
	now := state()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.marks = append(s.marks, mark{len(s.menus), now})
	s.joined = s.know(now)
	return s.joined
}

// unfollowed tells what of the plan did not come to pass.
func (s *Script) unfollowed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.plan) > 0 && len(s.bad) == 0 {
		return []string{fmt.Sprintf("the world ended before point %d", s.plan[0].Point)}
	}
	return s.bad
}
