package e2e_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"spool/infra/emulate/cloudwatch"
	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/xsim"
)

// tick is the event of a schedule.
const tick = `{"source":"aws.events","detail-type":"Scheduled Event"}`

// alarms are those of a running Spool whose schedules are off: the tests say when they fire.
type alarms struct {
	*testing.T
	*system
}

// is waits until an alarm is in a state.
func (a *alarms) is(id string, want cloudwatch.State) {
	a.Helper()
	name, err := a.Alarm(id)
	if err != nil {
		a.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(a.Context(), 20*time.Second)
	defer cancel()
	if err := a.CloudWatch.Wait(ctx, name, want); err != nil {
		a.Fatal(err)
	}
}

// rings and clears wait for that.
func (a *alarms) rings(id string)   { a.Helper(); a.is(id, cloudwatch.Ringing) }
func (a *alarms) cleared(id string) { a.Helper(); a.is(id, cloudwatch.OK) }

// fire has a schedule's function run.
func (a *alarms) fire(function string) {
	a.Helper()
	if _, err := a.Function(function).Invoke(a.Context(), []byte(tick)); err != nil {
		a.Fatal(err)
	}
}

// minutes pass, with a round of dispatch in each.
func (a *alarms) minutes(n int) {
	a.Helper()
	for range n {
		a.Advance(time.Minute)
		a.fire("DispatchFunction")
	}
}

// quiet lets so much time pass that what has happened is out of every alarm's sight.
func (a *alarms) quiet() {
	a.Helper()
	a.Advance(5 * time.Hour)
	a.minutes(8)
	for range 4 {
		a.Advance(15 * time.Minute)
		a.fire("RefreshFunction")
	}
	a.minutes(8)
}

// Each alarm of the template rings when what it is for goes wrong, by its own definition, and is still when the
// runbook's step is taken.
func TestAlarms(t *testing.T) {
	t.Parallel()
	sys := start(t, map[string]string{"LeaseSeconds": "6", "SettleSeconds": "3"})
	for _, s := range sys.Model.Schedules {
		if err := sys.EnableSchedule(s.Name, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		run  func(a *alarms)
	}{
		{"dispatch's schedule is off", dispatchIsOff},
		{"refresh's schedule is off", refreshIsOff},
		{"publish has no table", publishHasNoTable},
		{"a message says nothing", messageSaysNothing},
		{"the tokens are revoked", tokensAreRevoked},
		{"the outcome is unknown", outcomeIsUnknown},
		{"the credits are used up", creditsAreUsedUp},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := &alarms{t, sys}
			a.quiet()
			for _, alarm := range a.CloudWatch.Report().Alarms {
				if alarm.State == cloudwatch.Ringing {
					a.Fatalf("%s rings already: %s", alarm.Name, alarm.Reason)
				}
			}
			tt.run(a)
		})
	}
}

func dispatchIsOff(a *alarms) {
	a.Advance(10 * time.Minute)
	a.rings("DispatchSilentAlarm")
	a.minutes(8)
	a.cleared("DispatchSilentAlarm")
}

func refreshIsOff(a *alarms) {
	a.Advance(2 * time.Hour)
	a.rings("RefreshSilentAlarm")
	a.quiet()
	a.cleared("RefreshSilentAlarm")
}

func publishHasNoTable(a *alarms) {
	end := a.system.Fail(stack.Fault{Function: "publish", Action: "dynamodb:", Code: "ResourceNotFoundException"})
	p := a.post("no table")
	for range 4 {
		before := a.count("MessagesFailed")
		a.minutes(1)
		a.measured("MessagesFailed", before+1)
	}
	a.rings("MessagesFailAlarm")
	end()
	a.fire("DispatchFunction")
	a.finished(a.T, p.ID)
	a.quiet()
	a.cleared("MessagesFailAlarm")
}

// measured waits until a metric of Spool's own was written so often.
func (a *alarms) measured(name string, times int) {
	a.Helper()
	ctx, cancel := context.WithTimeout(a.Context(), 20*time.Second)
	defer cancel()
	for a.count(name) < times {
		if err := a.CloudWatch.Changed(ctx); err != nil {
			a.Fatal(err)
		}
	}
}

// count is how often a metric of Spool's own was written.
func (a *alarms) count(name string) (n int) {
	for _, m := range a.CloudWatch.Report().Metrics {
		if m.Namespace == "Spool" && m.Name == name {
			n += m.Count
		}
	}
	return n
}

// state is how an alarm stands now.
func (a *alarms) state(id string) cloudwatch.State {
	name, _ := a.Alarm(id)
	for _, s := range a.CloudWatch.Report().Alarms {
		if s.Name == name {
			return s.State
		}
	}
	return ""
}

// post makes a post that goes out at once.
func (a *alarms) post(text string) owner.Post {
	a.Helper()
	p, err := a.owner.Schedule(a.Context(), thread(text, 1), time.Time{})
	if err != nil {
		a.Fatal(err)
	}
	return p
}

func messageSaysNothing(a *alarms) {
	const text = "this is no wake"
	if err := a.Queue("PublishQueue").Send(text); err != nil {
		a.Fatal(err)
	}
	a.rings("DeadLettersAlarm")
	aside := a.Queue("AsideQueue")
	kept, err := aside.Receive(a.Context(), 10, 0)
	if err != nil || len(kept) != 1 || kept[0].Body != text {
		a.Fatalf("kept aside is %v, %v", kept, err)
	}
	if err := aside.Delete(kept[0].ReceiptHandle); err != nil {
		a.Error(err)
	}
	a.quiet()
	a.cleared("DeadLettersAlarm")
}

func tokensAreRevoked(a *alarms) {
	if err := a.Simulator.Disconnect("ada"); err != nil {
		a.Fatal(err)
	}
	p := a.post("revoked")
	a.rings("BlockedAlarm")
	a.Advance(3 * time.Minute) // for its owner to act
	if err := a.owner.Connect(a.Context(), "ada"); err != nil {
		a.Fatal(err)
	}
	a.cleared("BlockedAlarm")
	a.finished(a.T, p.ID)
}

func outcomeIsUnknown(a *alarms) {
	for _, f := range []xsim.Fault{
		{Method: http.MethodPost, Path: "/2/tweets", Drop: xsim.DropBefore},
		{Method: http.MethodGet, Path: "/2/users/*/tweets", Status: 400, Body: `{"title":"Invalid Request","status":400}`, Count: -1},
	} {
		if _, err := a.Simulator.Fault(f); err != nil {
			a.Fatal(err)
		}
	}
	p := a.post("unknown")
	a.dispatchedUntil("PostUnknownAlarm", cloudwatch.Ringing)
	a.Simulator.ClearFaults()
	a.Advance(3 * time.Minute)
	if err := a.owner.Do(a.Context(), "POST", "/v1/posts/"+p.ID+"/resolve",
		map[string]any{"thread_position": 1, "outcome": "absent"}, nil); err != nil {
		a.Fatal(err)
	}
	a.cleared("PostUnknownAlarm")
}

func creditsAreUsedUp(a *alarms) {
	none := int64(0)
	a.Simulator.Configure(func(s *xsim.Settings) { s.Credits = &none })
	p := a.post("credits")
	a.rings("BlockedAlarm")
	a.Advance(3 * time.Minute) // for its owner to act
	a.Simulator.Configure(func(s *xsim.Settings) { s.Credits = nil })
	if err := a.owner.Do(a.Context(), "POST", "/v1/app/resume", nil, nil); err != nil {
		a.Fatal(err)
	}
	a.cleared("BlockedAlarm")
	a.finished(a.T, p.ID)
}

// dispatchedUntil fires dispatch until an alarm is in a state.
func (a *alarms) dispatchedUntil(id string, want cloudwatch.State) {
	a.Helper()
	for a.state(id) != want {
		if a.Context().Err() != nil {
			a.Fatalf("%s is never %s", id, want)
		}
		a.fire("DispatchFunction")
	}
}
