package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"spool/shared/wire"
)

// wellHealth is what the API says where nothing is wrong.
func wellHealth() wire.Health {
	return wire.Health{OK: true, Version: "0123456789ab", Now: start, Checks: []wire.HealthCheck{
		{Check: "dispatch", State: "ok", Text: "The dispatch function runs."},
		{Check: "callback", State: "open", Text: "Whether the address is registered shows when an account is connected."},
	}}
}

// illHealth is what it says where something is.
func illHealth() wire.Health {
	h := wellHealth()
	h.OK = false
	h.Checks = append(h.Checks, wire.HealthCheck{
		Check: "publish", State: "wrong", Text: "The posts table that its environment names does not exist.", Todo: "Deploy again.",
	})
	return h
}

func TestTheDoctorsStatusSaysWhetherSomethingIsWrong(t *testing.T) {
	f := newAPI(t)
	if got := spool(t, f.stdio(), "", "doctor"); got.status != StatusOK || !strings.HasSuffix(got.out, "\nNothing is wrong.\n") {
		t.Errorf("status %d, %q %q", got.status, got.out, got.err)
	}
	f.answer("GET /v1/health", illHealth())
	got := spool(t, f.stdio(), "", "doctor")
	if got.status != StatusFailure || !strings.Contains(got.out, "→ Deploy again.") || !strings.HasSuffix(got.out, "\n1 check is wrong.\n") || got.err != "" {
		t.Errorf("status %d, %q %q", got.status, got.out, got.err)
	}
	got = spool(t, f.stdio(), "", "doctor", "--json")
	var h wire.Health
	if err := json.Unmarshal([]byte(got.out), &h); err != nil || h.OK || got.status != StatusFailure || h.Checks[0].Check != "reachable" {
		t.Errorf("status %d, %v, %q", got.status, err, got.out)
	}
}

// What is waited for is asked for again, and counts as wrong where it never comes.
func TestTheDoctorWaitsForWhatIsKnownSoon(t *testing.T) {
	waiting := wellHealth()
	waiting.Checks[0].State = "waiting"
	for name, comes := range map[string]bool{"it comes": true, "it never comes": false} {
		t.Run(name, func(t *testing.T) {
			f := newAPI(t)
			f.answer("GET /v1/health", waiting)
			std, now := f.stdio(), start
			std.Now = func() time.Time { return now }
			std.Sleep = func(_ context.Context, d time.Duration) error {
				now = now.Add(d)
				if comes && now.Sub(start) > 10*time.Second {
					f.answer("GET /v1/health", wellHealth())
				}
				return nil
			}
			var out bytes.Buffer
			std.Out, std.Err = &out, &out
			status := Run(t.Context(), []string{"doctor"}, std)
			if want := map[bool]int{true: StatusOK, false: StatusFailure}[comes]; status != want {
				t.Errorf("status %d, want %d: %q", status, want, out.String())
			}
			if took := now.Sub(start); comes && took > 15*time.Second || !comes && (took < healthTime || took > healthTime+10*time.Second) {
				t.Errorf("it waited for %v", took)
			}
		})
	}
}

func TestClocksAndVersionsAreCompared(t *testing.T) {
	for name, tc := range map[string]struct {
		said  time.Time
		state string
		text  string
	}{
		"the same":          {start.Add(time.Second), stateOK, "agrees"},
		"a little off":      {start.Add(20 * time.Second), stateOK, "agrees"},
		"this one is ahead": {start.Add(-5 * time.Minute), stateWrong, "5m0s ahead of"},
		"this one is late":  {start.Add(5 * time.Minute), stateWrong, "4m58s behind"},
	} {
		if c := ownClock(tc.said, start, start.Add(2*time.Second)); c.State != tc.state || !strings.Contains(c.Text, tc.text) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if c := ownVersion("0123456789ab"); c.State != stateOpen || !strings.Contains(c.Text, "version unknown, the deployment of 0123456789ab") {
		t.Errorf("%+v: a test knows no commit", c)
	}
}
