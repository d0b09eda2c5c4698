package httpapi_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"spool/infra/sim"
	"spool/shared/access"
	"spool/shared/health"
	"spool/shared/httpapi"
	"spool/shared/post"
	"spool/shared/storetest"
	"spool/shared/tweet"
	"spool/shared/wire"
)

// What a look finds shows in the answer, and so does what the API sees in its tables.
func TestHealthTellsWhatIsWrong(t *testing.T) {
	w := sim.NewWorld(1)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	var asked []time.Time
	s := &site{World: w, t: t, api: (&httpapi.API{
		Posts: w.Store, Files: w.Store, Setup: httpapi.SetupOf(w.Connector()), Keys: w.Store, Sessions: w.Store, KeySum: access.Sum(adminKey),
		Prices: tweet.ListPrices(), Limits: unlimited(), Now: time.Now, Log: log,
		Health: httpapi.Health{
			Version: "v2", Kept: []health.Reports{w.Store},
			Self: &health.Self{Function: health.API, Version: "v2", Keep: []health.Reports{w.Store}, Now: time.Now, Log: log, Probes: []health.Probe{
				{What: health.XApp, Try: w.Connector().TryApp},
			}},
			Ask:     func(_ context.Context, at time.Time) error { asked = append(asked, at); return nil },
			Backups: []httpapi.Backup{{Table: "posts", BackedUp: func(context.Context) (bool, error) { return false, nil }}},
			Alarms: func(context.Context) ([]health.Alarm, error) {
				return []health.Alarm{{Name: "Errors", State: "ALARM", Text: "Functions fail."}}, nil
			},
		},
	}).Handler()}
	late := storetest.FullPost()
	late.Status, late.Sub, late.Due, late.Lease = post.Scheduled, "", time.Now().Add(-time.Hour), post.Lease{}
	late.Attempt, late.Published, late.Rev = nil, nil, 0
	if _, err := w.Store.Create(t.Context(), late, storetest.FullContent()); err != nil {
		t.Fatal(err)
	}
	s.must(200, "PUT", "/v1/app", `{"client_id":"wrong","client_secret":"wrong"}`)
	start := read[wire.HealthAsked](t, s.must(202, "POST", "/v1/health", ""))
	if len(asked) != 1 || !asked[0].Equal(start.AskedAt) {
		t.Fatalf("asked %v, answered %v", asked, start)
	}
	h := read[wire.Health](t, s.must(200, "GET", "/v1/health?asked_at="+start.AskedAt.Format(time.RFC3339Nano), ""))
	states := map[string]string{}
	for _, c := range h.Checks {
		states[c.Check] = c.State
		if c.Text == "" || (c.State == "wrong") != (c.Todo != "") {
			t.Errorf("%+v", c)
		}
	}
	for check, want := range map[string]string{
		"api": "ok", "dispatch": "waiting", "refresh": "open", "publish": "waiting", "x_app": "wrong", "posts_backup": "wrong", "alarms": "wrong",
		"due_posts": "wrong", "accounts": "open", "callback": "open",
	} {
		if states[check] != want {
			t.Errorf("%s is %q, want %q", check, states[check], want)
		}
	}
	if h.OK || h.Version != "v2" {
		t.Errorf("ok %v, version %q", h.OK, h.Version)
	}
}

// read gives an answer its shape.
func read[T any](t *testing.T, answer map[string]any) (v T) {
	t.Helper()
	raw, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
