package e2e_test

import (
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"spool/infra/emulate/meter"
	"spool/shared/costs"
	"spool/shared/dynamo"
)

// asked is what counted requests of a function come to, as package costs has it.
func asked(actions map[string]meter.Counts) costs.Usage {
	u := costs.Usage{}
	for action, c := range actions {
		u[costs.ReadUnits] += c.ReadUnits
		u[costs.WriteUnits] += c.WriteUnits
		switch service, _, _ := strings.Cut(action, ":"); service {
		case "sqs":
			u[costs.SQSRequests] += float64(c.Requests)
		case "kms":
			u[costs.KMSRequests] += float64(c.Requests)
		}
	}
	return u
}

// counted are the items that a run on this machine can count.
var counted = []costs.Item{costs.ReadUnits, costs.WriteUnits, costs.SQSRequests, costs.KMSRequests}

// agrees checks that a run asked for what the calculator says: not for more, nor for much less.
func agrees(t *testing.T, what string, said, got costs.Usage) {
	t.Helper()
	for _, item := range counted {
		if got[item] > said[item] || said[item] > 1.3*got[item]+2 {
			t.Errorf("%s: counted %v %s, the calculator says %v", what, got[item], item, said[item])
		}
	}
	t.Logf("%s: counted %v", what, got)
}

// The calculator's figures are those of a counted run.
func TestTheCalculatorCountsAsTheMeterDoes(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	const schedule = `{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","time":"2026-12-01T09:00:00Z","detail":{}}`
	look := s.looked(t, schedule)
	agrees(t, "dispatch's look at itself", costs.DispatchLook(), look)
	run := func(function, name string) costs.Usage {
		s.Meter.Reset()
		if _, err := s.Function(function).Invoke(t.Context(), []byte(schedule)); err != nil {
			t.Fatal(err)
		}
		return asked(s.Meter.Snapshot().Functions[name])
	}
	// The minute's own run may fall into one of these.
	quieter := func(a, b costs.Usage) costs.Usage {
		if a[costs.ReadUnits] < b[costs.ReadUnits] {
			return a
		}
		return b
	}
	run("DispatchFunction", "dispatch") // the process has looked at itself by now
	round := quieter(run("DispatchFunction", "dispatch"), run("DispatchFunction", "dispatch"))
	agrees(t, "a round of dispatch", costs.DispatchRound(), round)
	run("RefreshFunction", "refresh")
	agrees(t, "a round of refresh", costs.RefreshRound(), run("RefreshFunction", "refresh"))
	agrees(t, "a round of notify", costs.NoticeRound(), run("NotifyFunction", "notify"))
	agrees(t, "a round of sweep", costs.SweepRound(), run("SweepFunction", "sweep"))

	s.published(t, thread("warm", 1), time.Time{}) // the tokens are opened
	s.Meter.Reset()
	p, err := s.owner.Schedule(t.Context(), thread("counted", 10), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	asking := asked(s.Meter.Snapshot().Functions["api"])
	s.finished(t, p.ID)
	work := asked(s.Meter.Snapshot().Functions["publish"])
	deleted := costs.Usage{costs.SQSRequests: 2} // by Lambda, which the meter does not see: the post's message and a notice's
	agrees(t, "a thread of ten tweets", costs.Thread(10), asking.Plus(work, deleted))
}

// The calculator knows the template: its keys, alarms, dashboards, mappings and schedules.
func TestTheCalculatorKnowsTheTemplate(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	idle := costs.Idle(1, 0)
	if got := float64(len(s.Model.Keys)); got != idle[costs.Keys] {
		t.Errorf("the template has %v keys, the calculator %v", got, idle[costs.Keys])
	}
	if got := float64(len(s.Model.Alarms)); got != idle[costs.AlarmMetrics] { // each is on one metric
		t.Errorf("the template has %v alarms, the calculator %v", got, idle[costs.AlarmMetrics])
	}
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(strings.Count(string(text), "AWS::CloudWatch::Dashboard")); got != idle[costs.Dashboards] {
		t.Errorf("the template has %v dashboards, the calculator %v", got, idle[costs.Dashboards])
	}
	pollers := 0
	for _, m := range s.Model.Mappings {
		pollers += min(5, m.MaximumConcurrency)
	}
	if polls := float64(pollers) * 180 * costs.Hours; idle[costs.SQSRequests]-polls > 20_000 || polls > idle[costs.SQSRequests] {
		t.Errorf("Lambda polls %v times a month for %d pollers, the calculator says %v", polls, pollers, idle[costs.SQSRequests])
	}
	runs := 0.0
	for _, schedule := range s.Model.Schedules {
		runs += costs.Hours * time.Hour.Hours() / schedule.Every.Hours()
	}
	if math.Abs(idle[costs.Requests]-runs) > 0.01 {
		t.Errorf("the schedules run %v times a month, the calculator says %v", runs, idle[costs.Requests])
	}
}

// looked is what dispatch asked for when its process first looked at itself: all that it asked for by then, without the
// queries of the rounds.
func (s *system) looked(t *testing.T, schedule string) costs.Usage {
	t.Helper()
	if _, err := s.Function("DispatchFunction").Invoke(t.Context(), []byte(schedule)); err != nil {
		t.Fatal(err)
	}
	all := s.Meter.Snapshot().Functions["dispatch"]
	if all["dynamodb:PutItem"].Requests != 1 {
		t.Errorf("dispatch kept %d reports, want 1", all["dynamodb:PutItem"].Requests)
	}
	look := asked(all)
	rounds := all["dynamodb:Query"].Requests / dynamo.Shards
	look[costs.ReadUnits] -= float64(rounds) * costs.DispatchRound()[costs.ReadUnits]
	return look
}
