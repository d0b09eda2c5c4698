package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// report is what became of a package's mutants.
type report struct {
	options
	subject

	mu       sync.Mutex
	noticed  []int // how many, by each of the trials
	survived []*mutant
	untried  map[string]bool // by their names
}

// add takes in what became of a mutant, and tells what is worth it.
func (r *report) add(m *mutant, o outcome, by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch o {
	case broken:
	case untried:
		r.untried[m.name] = true
	case survived:
		if r.survived = append(r.survived, m); r.accepted[m.name] == "" {
			fmt.Printf("%s:%d: no test notices:\n%s\n", m.file, m.line, m.name)
		}
	default:
		if r.noticed[by]++; r.verbose {
			fmt.Printf("%s:%d: noticed by %s %s: %s\n", m.file, m.line, r.trials[by].dir, o, m.name)
		}
	}
}

// String gives the numbers.
func (r *report) String() string {
	noticed, accepted := 0, 0
	var by []string
	for i, t := range r.trials {
		noticed += r.noticed[i]
		by = append(by, fmt.Sprintf("%d by %s", r.noticed[i], t.dir))
	}
	for _, m := range r.survived {
		if r.accepted[m.name] != "" {
			accepted++
		}
	}
	return fmt.Sprintf("%d mutants: %d noticed (%s), %d accepted, %d open, %d not tried",
		noticed+len(r.survived)+len(r.untried), noticed, strings.Join(by, ", "),
		accepted, len(r.survived)-accepted, len(r.untried))
}

// err tells how the survivors differ from those that are accepted.
func (r *report) err() error {
	var errs []error
	survived := map[string]bool{}
	for _, m := range r.survived {
		if survived[m.name] = true; r.accepted[m.name] == "" {
			errs = append(errs, fmt.Errorf("survived: %s", m.name))
		}
	}
	for name := range r.accepted {
		if strings.HasPrefix(name, r.dir+"/") && !survived[name] && !r.untried[name] {
			errs = append(errs, fmt.Errorf("accepted, but it is noticed by now, or not made any more: %s", name))
		}
	}
	return errors.Join(errs...)
}
