package e2e_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"spool/infra/emulate/cloudwatch"
	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/xsim"
	"spool/shared/dynamo"
	"spool/shared/post"
)

// tick is the event of a schedule.
const tick = `{"source":"aws.events","detail-type":"Scheduled Event"}`

// alarms are those of a running Spool whose schedules are off: the tests say when they fire.
type alarms struct {
	*testing.T
	*system
	rung map[string]bool // by the alarms' ids
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
func (a *alarms) rings(id string)   { a.Helper(); a.is(id, cloudwatch.Ringing); a.rung[id] = true }
func (a *alarms) cleared(id string) { a.Helper(); a.is(id, cloudwatch.OK) }

// fire has a schedule's function run, and waits for its sign of life.
func (a *alarms) fire(function string) {
	a.Helper()
	sign := map[string]string{"DispatchFunction": "OldestDuePost", "RefreshFunction": "RefreshRounds"}[function]
	before := a.count(sign)
	if _, err := a.Function(function).Invoke(a.Context(), []byte(tick)); err != nil {
		a.Fatal(err)
	}
	a.measured(sign, before+1)
}

// minutes pass, with a round of dispatch in each.
func (a *alarms) minutes(n int) {
	a.Helper()
	for range n {
		a.Advance(time.Minute)
		a.dispatch()
	}
}

// dispatch is a round of a process that remembers no other: by the function's own clock, which nobody advances, the wakes of
// the round before have just been sent.
func (a *alarms) dispatch() {
	a.Helper()
	a.Function("DispatchFunction").Recycle()
	a.fire("DispatchFunction")
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
	sys := start(t, map[string]string{"SettleSeconds": "3"}, newAccount)
	for _, s := range sys.Model.Schedules {
		if err := sys.EnableSchedule(s.Name, false); err != nil {
			t.Fatal(err)
		}
	}
	rung := map[string]bool{}
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
		{"a post is overdue, and then late", postIsOverdue},
		{"the queue is not worked on", queueIsOld},
		{"the key is disabled", keyIsDisabled},
		{"a function fails", functionFails},
		{"notices fail", noticesFail},
		{"the executions are used up", executionsAreUsedUp},
		{"DynamoDB throttles", dynamoDBThrottles},
		{"a stranger asks for anything", strangerAsks},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := &alarms{t, sys, rung}
			a.quiet()
			for _, alarm := range a.CloudWatch.Report().Alarms {
				if alarm.State == cloudwatch.Ringing {
					a.Fatalf("%s rings already: %s", alarm.Name, alarm.Reason)
				}
			}
			tt.run(a)
		})
	}
	for _, alarm := range sys.Model.Alarms {
		if !rung[alarm.ID] && !t.Failed() {
			t.Errorf("no fault has rung %s", alarm.ID)
		}
	}
}

func dispatchIsOff(a *alarms) {
	a.Advance(10 * time.Minute)
	a.rings("PostOverdueAlarm")
	a.minutes(8)
	a.cleared("PostOverdueAlarm")
}

func refreshIsOff(a *alarms) {
	a.Advance(2 * time.Hour)
	a.rings("RefreshSilentAlarm")
	a.quiet()
	a.cleared("RefreshSilentAlarm")
}

func publishHasNoTable(a *alarms) {
	end := a.noTable()
	p := a.post("no table")
	for range 4 {
		before := a.count("MessagesFailed")
		a.minutes(1)
		a.measured("MessagesFailed", before+1)
	}
	a.rings("MessagesFailAlarm")
	end()
	a.dispatch()
	a.finished(a.T, p.ID)
	a.quiet()
	a.cleared("MessagesFailAlarm")
}

// measured waits until a metric of Spool's own was written so often.
func (a *alarms) measured(name string, times int) {
	a.Helper()
	ctx, cancel := context.WithTimeout(a.Context(), 20*time.Second)
	defer cancel()
	if err := a.CloudWatch.Until(ctx, func(r cloudwatch.Report) bool { return count(r, name) >= times }); err != nil {
		a.Fatalf("%s was measured %d times, want %d: %v", name, a.count(name), times, err)
	}
}

// count is how often a metric of Spool's own was written.
func (a *alarms) count(name string) int { return count(a.CloudWatch.Report(), name) }

func count(r cloudwatch.Report, name string) (n int) {
	for _, m := range r.Metrics {
		if m.Namespace == "Spool" && m.Name == name {
			n += m.Count
		}
	}
	return n
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
	a.lasts("BlockedAlarm", "Blocked")
	if err := a.owner.Connect(a.Context(), "ada"); err != nil {
		a.Fatal(err)
	}
	a.ends("BlockedAlarm")
	a.finished(a.T, p.ID)
}

// lasts has two hours pass, in which the alarm rings at each of notify's rounds.
func (a *alarms) lasts(id, metric string) {
	a.Helper()
	for range 8 {
		a.Advance(15 * time.Minute)
		before := a.count(metric)
		a.notify()
		a.measured(metric, before+1)
		a.rings(id)
	}
}

// ends has an hour pass, by whose end the alarm is still.
func (a *alarms) ends(id string) {
	a.Helper()
	for range 4 {
		a.notify()
		a.Advance(15 * time.Minute)
	}
	a.cleared(id)
}

// notify has a round of the notify function.
func (a *alarms) notify() {
	a.Helper()
	if _, err := a.Function("NotifyFunction").Invoke(a.Context(), []byte(tick)); err != nil {
		a.Fatal(err)
	}
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
	before := a.count("DoubtsBegun")
	p := a.post("unknown")
	a.measured("DoubtsBegun", before+1)
	a.dispatch() // wakes a worker for when the doubt has settled
	a.rings("PostUnknownAlarm")
	a.Simulator.ClearFaults()
	a.lasts("PostUnknownAlarm", "PostsUnknown")
	a.xIsDown(p.ID)
	if err := a.owner.Do(a.Context(), "POST", "/v1/posts/"+p.ID+"/resolve",
		map[string]any{"thread_position": 1, "outcome": "absent"}, nil); err != nil {
		a.Fatal(err)
	}
	a.ends("PostUnknownAlarm")
}

// xIsDown resolves a post while X is away: that rings nothing, since nothing of Spool's fails.
func (a *alarms) xIsDown(id string) {
	a.Helper()
	if _, err := a.Simulator.Fault(xsim.Fault{Method: http.MethodGet, Status: 503, Count: -1}); err != nil {
		a.Fatal(err)
	}
	err := a.owner.Do(a.Context(), "POST", "/v1/posts/"+id+"/resolve", map[string]any{
		"thread_position": 1, "outcome": "published", "platform_post_id": post.IDAt(time.Now()),
	}, nil)
	if err == nil || !strings.Contains(err.Error(), "X could not be asked") {
		a.Errorf("got %v", err)
	}
	a.Simulator.ClearFaults()
	a.Advance(time.Minute)
	a.cleared("ServerErrorsAlarm")
}

func creditsAreUsedUp(a *alarms) {
	none := int64(0)
	a.Simulator.Configure(func(s *xsim.Settings) { s.Credits = &none })
	p := a.post("credits")
	a.rings("BlockedAlarm") // and the owner acts within the minute
	a.Simulator.Configure(func(s *xsim.Settings) { s.Credits = nil })
	if err := a.owner.Do(a.Context(), "POST", "/v1/app/resume", nil, nil); err != nil {
		a.Fatal(err)
	}
	a.ends("BlockedAlarm")
	a.finished(a.T, p.ID)
}

// newAccount has a limit of 10 executions.
func newAccount(o *stack.Options) { o.Concurrency = 10 }

// overdue makes a post that has been due for so long.
func (a *alarms) overdue(text string, since time.Duration) post.Post {
	a.Helper()
	posts := dynamo.NewPosts(stack.Client(a.DynamoDB()), a.Model.Table("PostsTable").Name)
	var accounts struct{ Accounts []struct{ ID string } }
	if err := a.owner.Do(a.Context(), http.MethodGet, "/v1/accounts", nil, &accounts); err != nil || len(accounts.Accounts) != 1 {
		a.Fatal(accounts, err)
	}
	now := time.Now()
	c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: text}}}
	p, err := posts.Create(a.Context(), post.New(now, accounts.Accounts[0].ID, c, now.Add(-since), "UTC"), c)
	if err != nil {
		a.Fatal(err)
	}
	return p
}

// noTable has publish find no table until end is called.
func (a *alarms) noTable() (end func()) {
	end = a.system.Fail(stack.Fault{Function: "publish", Action: "dynamodb:", Code: "ResourceNotFoundException"})
	a.Cleanup(end)
	return end
}

func postIsOverdue(a *alarms) {
	end := a.noTable()
	p := a.overdue("overdue", 20*time.Minute)
	a.minutes(6)
	a.rings("PostOverdueAlarm")
	end()
	a.dispatch()
	a.finished(a.T, p.ID)
	a.rings("PostsLateAlarm")
	a.minutes(8)
	a.cleared("PostOverdueAlarm")
	a.quiet()
	a.cleared("PostsLateAlarm")
}

func queueIsOld(a *alarms) {
	end := a.noTable()
	p := a.post("old")
	a.Advance(20 * time.Minute)
	a.rings("QueueOldAlarm")
	end()
	a.Advance(time.Hour) // the message appears again
	a.finished(a.T, p.ID)
	a.quiet()
	a.cleared("QueueOldAlarm")
}

func keyIsDisabled(a *alarms) {
	life := a.Simulator.Settings().AccessLife
	a.Simulator.Configure(func(s *xsim.Settings) { s.AccessLife = 4 * time.Minute }) // due for a refresh at once
	if err := a.owner.Connect(a.Context(), "ada"); err != nil {
		a.Fatal(err)
	}
	if err := a.EnableKey("TokenKey", false); err != nil {
		a.Fatal(err)
	}
	for range 3 {
		a.fire("RefreshFunction")
	}
	a.rings("RefreshesFailAlarm")
	a.Simulator.Configure(func(s *xsim.Settings) { s.AccessLife = life })
	if err := a.EnableKey("TokenKey", true); err != nil {
		a.Fatal(err)
	}
	before := a.count("RefreshesOK")
	a.fire("RefreshFunction")
	a.measured("RefreshesOK", before+1)
	a.quiet()
	a.cleared("RefreshesFailAlarm")
}

func noticesFail(a *alarms) {
	end := a.system.Fail(stack.Fault{Function: "notify", Action: "dynamodb:", Code: "ResourceNotFoundException"})
	a.Cleanup(end)
	before := a.count("MessagesFailed")
	p := a.post("notices")
	a.finished(a.T, p.ID)
	queue, dead := a.Queue("NoticeQueue"), a.Queue("NoticeDeadLetterQueue")
	for n := range 5 {
		a.measured("MessagesFailed", before+n+1)
		a.Advance(10 * time.Minute) // the message appears again
		if n == 1 {
			a.rings("NoticesOldAlarm")
		}
	}
	if _, err := queue.Receive(a.Context(), 1, 0); err != nil || dead.Depth().Visible == 0 {
		a.Fatalf("nothing is in the dead-letter queue; %v", err)
	}
	end()
	dead.Purge()
	a.quiet()
	a.cleared("NoticesOldAlarm")
}

func functionFails(a *alarms) {
	end := a.system.Fail(stack.Fault{Function: "dispatch", Action: "dynamodb:Query", Code: "ResourceNotFoundException"})
	if _, err := a.Function("DispatchFunction").Invoke(a.Context(), []byte(tick)); err == nil {
		a.Error("dispatch does not fail")
	}
	a.rings("FunctionsFailAlarm")
	end()
	a.minutes(5)
	a.cleared("FunctionsFailAlarm")
}

func executionsAreUsedUp(a *alarms) {
	a.LimitConcurrency(0) // as if others in the account had them all
	for range 2 {         // of five minutes
		a.Advance(time.Minute)
		if status := a.get("/v1/accounts"); status != http.StatusServiceUnavailable {
			a.Errorf("without executions the API answers %d", status)
		}
	}
	a.rings("FunctionsThrottledAlarm")
	a.rings("ServerErrorsAlarm")
	a.LimitConcurrency(10)
	a.quiet()
	a.cleared("FunctionsThrottledAlarm")
	a.cleared("ServerErrorsAlarm")
}

func dynamoDBThrottles(a *alarms) {
	end := a.system.Fail(stack.Fault{Function: "dispatch", Action: "dynamodb:Query", Code: "ProvisionedThroughputExceededException", Count: 12})
	defer end()
	_, _ = a.Function("DispatchFunction").Invoke(a.Context(), []byte(tick))
	a.rings("AwsThrottledAlarm")
	a.quiet()
	a.cleared("AwsThrottledAlarm")
}

// get asks the API for a path as it stands, without a key, and gives the status.
func (a *alarms) get(path string) int {
	a.Helper()
	r, err := http.NewRequestWithContext(a.Context(), http.MethodGet, a.API.String()+path, nil)
	if err != nil {
		a.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		a.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// What a stranger asks for rings nothing.
func strangerAsks(a *alarms) {
	for _, path := range []string{"/%25", "/%2525", "/%00", "/%2e%2e/", "/v1/%25", "/oauth/x/callback?code=%25&state=%25", "/oauth/x/start?ticket=%ff", "//", "/assets/%25"} {
		if status := a.get(path); status >= 500 {
			a.Errorf("%s answers %d", path, status)
		}
	}
	a.minutes(1)
	for _, alarm := range a.CloudWatch.Report().Alarms {
		if alarm.State == cloudwatch.Ringing {
			a.Errorf("%s rings: %s", alarm.Name, alarm.Reason)
		}
	}
}
