package main

import (
	"fmt"
	"os"
	"path/filepath"

	"spool/infra/stack"
)

// turns has two versions of the functions at work, one after the other.
type turns struct {
	stack    *stack.Stack
	binaries [2]map[string]string // of this version and the other, by the functions' ids
	at       int                  // which of them is invoked
	count    int                  // how often that changed
}

// newTurns finds the other version's binaries, for the functions that it has.
func newTurns(s *stack.Stack, folder, data string) (*turns, error) {
	t := &turns{stack: s, binaries: [2]map[string]string{{}, {}}}
	for _, f := range s.Model.Functions {
		other, err := filepath.Abs(filepath.Join(folder, f.ID, "bootstrap"))
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(other); err != nil {
			continue // it came later
		}
		t.binaries[0][f.ID], t.binaries[1][f.ID] = filepath.Join(data, "functions", f.ID, "bootstrap"), other
	}
	if t.binaries[1]["PublishFunction"] == "" {
		return nil, fmt.Errorf("%s has no PublishFunction: make build leaves it there", folder)
	}
	return t, nil
}

// next lets the other version take over: what runs ends in the version that it began in.
func (t *turns) next() {
	t.at = 1 - t.at
	t.count++
	for id, binary := range t.binaries[t.at] {
		t.stack.Function(id).Update(binary)
	}
}
