package events

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

func TestParseRate(t *testing.T) {
	for expression, want := range map[string]time.Duration{
		"rate(1 minute)": time.Minute, "rate(15 minutes)": 15 * time.Minute, "rate(1 hour)": time.Hour, "rate(2 hours)": 2 * time.Hour, "rate(7 days)": 168 * time.Hour,
	} {
		if got, err := ParseRate(expression); err != nil || got != want {
			t.Errorf("ParseRate(%q) = %v, %v; want %v", expression, got, err, want)
		}
	}
	for _, expression := range []string{"", "rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "rate(-1 minutes)", "rate(1.5 hours)", "rate(30 seconds)",
		"rate( 1 minute )", "rate(99999999999999999999 days)", "rate(999999 days)", "cron(0 12 * * ? *)"} {
		if got, err := ParseRate(expression); err == nil {
			t.Errorf("ParseRate(%q) = %v, want an error", expression, got)
		}
	}
}

// sink notes the events.
type sink struct{ got [][]byte }

func (s *sink) InvokeAsync(payload []byte) { s.got = append(s.got, payload) }

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// synctest starts at midnight UTC of 1 January 2000.
		time.Sleep(12345 * time.Millisecond)
		s := &sink{}
		rule := &Rule{Name: "dispatch", Every: time.Minute, Function: s}
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
		defer cancel()
		rule.Run(ctx)

		var times, ids []string
		for _, payload := range s.got {
			var e events.CloudWatchEvent
			if err := json.Unmarshal(payload, &e); err != nil {
				t.Fatal(err)
			}
			times, ids = append(times, e.Time.Format(time.RFC3339)), append(ids, e.ID)
			if e.DetailType != "Scheduled Event" || e.Source != "aws.events" || e.Version != "0" || e.AccountID != "000000000000" || e.Region != "us-east-1" ||
				!slices.Equal(e.Resources, []string{"arn:aws:events:us-east-1:000000000000:rule/dispatch"}) || string(e.Detail) != "{}" {
				t.Errorf("event %s", payload)
			}
		}
		if want := []string{"2000-01-01T00:00:12Z", "2000-01-01T00:01:12Z", "2000-01-01T00:02:12Z"}; !slices.Equal(times, want) {
			t.Errorf("fired at %v, want %v: at once and then each minute", times, want)
		}
		if ids = slices.Compact(ids); len(ids) != len(times) {
			t.Errorf("ids %v", ids)
		}
	})
}

func TestClock(t *testing.T) {
	rule := &Rule{Name: "x", Now: func() time.Time { return time.Date(2026, 8, 1, 14, 0, 0, 0, time.FixedZone("CEST", 7200)) }}
	var e events.CloudWatchEvent
	if err := json.Unmarshal(rule.event(), &e); err != nil || !e.Time.Equal(rule.Now()) || e.Time.Location() != time.UTC {
		t.Errorf("time %v, %v", e.Time, err)
	}
}

func TestADisabledRuleDoesNotFire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		rule := &Rule{Name: "dispatch", Every: time.Minute, Function: s}
		ctx, cancel := context.WithTimeout(t.Context(), 270*time.Second)
		defer cancel()
		time.AfterFunc(90*time.Second, func() { rule.Enable(false) })
		time.AfterFunc(210*time.Second, func() { rule.Enable(true) })
		rule.Run(ctx)
		if len(s.got) != 3 { // at 0, 1 and 4 minutes
			t.Errorf("it fired %d times", len(s.got))
		}
	})
}
