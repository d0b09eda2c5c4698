package main

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"spool/infra/sim"
)

// counter counts looks.
type counter int

func (c *counter) LookAgain(context.Context) { *c++ }

func TestTheScheduleRefreshesWhatIsDue(t *testing.T) {
	raw, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		t.Fatal(err)
	}
	var event events.EventBridgeEvent
	if err := json.Unmarshal(raw, &event); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := sim.NewWorld(1)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		var looks counter
		for i, wait := range []time.Duration{0, 2 * time.Hour, time.Minute} {
			time.Sleep(wait)
			if err := (handler{w.Sweeper(), &looks}).handle(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			if got, want := w.Refreshes(), min(i, 1); got != want {
				t.Errorf("after round %d there were %d refreshes, want %d", i+1, got, want)
			}
		}
		if looks != 3 {
			t.Errorf("it looked at itself %d times in 3 rounds", looks)
		}
	})
}
