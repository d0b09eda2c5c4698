package lambda

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What runs when a function is updated ends in the binary that it began in; all that begins later is the new one's.
func TestUpdate(t *testing.T) {
	f, _ := deploy(t, nil)
	gate := newGate(t)
	running := background(t.Context(), f, gate.event())
	<-gate.arrived
	idle := describe(t, f)

	newer := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.Link(binary, newer); err != nil {
		t.Fatal(err)
	}
	f.Update(newer)
	next := describe(t, f)
	if want := "LAMBDA_TASK_ROOT=" + filepath.Dir(newer); next.PID == idle.PID || !slices.Contains(next.Environ, want) {
		t.Errorf("the event after the update went to process %d, which was idle before it: %v", next.PID, next.Environ)
	}
	close(gate.open)
	if err := <-running; err != nil {
		t.Errorf("what ran came to %v", err)
	}
	for _, p := range []about{describe(t, f), describe(t, f)} {
		if p.PID != next.PID {
			t.Errorf("an event went to process %d, want that of the update, %d", p.PID, next.PID)
		}
	}
}
