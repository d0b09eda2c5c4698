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
	untried map[string]bool // by their names; the others do not compile, were noticed, or survived

	mu       sync.Mutex
	noticed  []int // how many, by each of the trials
	survived []*mutant
}

// add takes in which of the trials noticed a mutant, and tells what is worth it.
func (r *report) add(m *mutant, by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case by == none:
	case by < len(r.trials):
		if r.noticed[by]++; r.verbose {
			fmt.Printf("%s:%d: noticed by %s: %s\n", m.file, m.line, r.trials[by].dir, m.name)
		}
	default:
		if r.survived = append(r.survived, m); r.accepted[m.name] == "" {
			fmt.Printf("%s:%d: no test notices:\n%s\n", m.file, m.line, m.name)
		}
	}
}

// String gives the numbers.
func (r *report) String() string {
	all := len(r.survived)
	var by []string
	for i, t := range r.trials {
		all += r.noticed[i]
		by = append(by, fmt.Sprintf("%d by %s", r.noticed[i], t.dir))
	}
	return fmt.Sprintf("%d mutants; noticed: %s; survived: %d", all, strings.Join(by, ", "), len(r.survived))
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
