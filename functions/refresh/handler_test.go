package main

import (
	"encoding/json"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"spool/infra/sim"
)

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
		for i, wait := range []time.Duration{0, 2 * time.Hour, time.Minute} {
			time.Sleep(wait)
			if err := (handler{w.Sweeper()}).handle(t.Context(), event); err != nil {
				t.Fatal(err)
			}
			if got, want := w.Refreshes(), min(i, 1); got != want {
				t.Errorf("after round %d there were %d refreshes, want %d", i+1, got, want)
			}
		}
	})
}
