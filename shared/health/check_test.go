package health_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/health"
	"spool/shared/tweet"
)

var now = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// ago is a time before now.
func ago(d time.Duration) time.Time { return now.Add(-d) }

// well are the facts of a deployment with nothing wrong.
func well() health.Facts {
	report := func(function string, age time.Duration) health.Report {
		return health.Report{Function: function, Version: "v2", Since: ago(time.Hour), At: ago(age)}
	}
	publish := report(health.Publish, 2*time.Second)
	publish.Asked = ago(3 * time.Second)
	return health.Facts{
		Now: now, Asked: ago(3 * time.Second), Version: "v2", Callback: "https://spool.test/oauth/x/callback", ClientID: "client",
		Reports: []health.Report{
			report(health.API, 3*time.Second), report(health.Dispatch, 4*time.Minute), report(health.Refresh, 14*time.Minute), publish,
			report(health.Notify, 14*time.Minute), report(health.Sweep, 23*time.Hour),
		},
		Accounts: []account.Account{{
			ID: "1", Username: "ada", Health: account.Connected, Scopes: account.Scopes(), ConnectedAt: ago(30 * 24 * time.Hour),
			RefreshAt: now.Add(time.Hour),
		}},
		Budgets: account.Budgets{Of: map[string]account.Budget{"": {Monthly: 20 * tweet.Dollar, Spent: 5 * tweet.Dollar}}},
		Backups: []health.Backup{{Table: "accounts", On: true}, {Table: "posts", On: true}},
		Alarms:  []health.Alarm{{Name: "Errors", State: "OK"}},
	}
}

// edit changes the report of a function.
func edit(f *health.Facts, function string, change func(*health.Report)) {
	for i := range f.Reports {
		if f.Reports[i].Function == function {
			change(&f.Reports[i])
		}
	}
}

func drop(f *health.Facts, function string) {
	edit(f, function, func(r *health.Report) { r.Function = "" })
}

// Each check says ok while all is well, and each fault shows in its own check alone.
func TestEachFaultShowsInItsCheck(t *testing.T) {
	reason := fault.Reason{Sentence: "X has locked this account.", Todo: "Unlock it on X."}
	broken := []health.Finding{{Check: "key", Text: "Its role does not let it use the key.", Todo: "Deploy again."}}
	for name, tc := range map[string]struct {
		fault func(*health.Facts)
		check string
		state health.State
		text  string // of the sentence and of what to do, in this order
		todo  string
	}{
		"the api reaches no key": {func(f *health.Facts) { edit(f, health.API, func(r *health.Report) { r.Wrong = broken }) },
			"api", health.Wrong, "not let it use the key", "Deploy again"},
		"the api never looked": {func(f *health.Facts) { drop(f, health.API) }, "api", health.Open, "has not looked", ""},
		"dispatch's schedule is disabled": {func(f *health.Facts) {
			edit(f, health.Dispatch, func(r *health.Report) { r.At = ago(9 * time.Minute) })
		}, "dispatch", health.Wrong, "reported last at 2026-12-01T08:51:00Z, although it runs every minute", "EventBridge"},
		"dispatch never ran": {func(f *health.Facts) { drop(f, health.Dispatch) }, "dispatch", health.Wrong, "has never reported", "EventBridge"},
		"dispatch was just deployed": {func(f *health.Facts) {
			drop(f, health.Dispatch)
			edit(f, health.API, func(r *health.Report) { r.Since = ago(time.Minute) })
		}, "dispatch", health.Waiting, "has not reported yet", ""},
		"dispatch is still of the version before": {func(f *health.Facts) {
			edit(f, health.Dispatch, func(r *health.Report) { r.Version = "v1" })
			edit(f, health.API, func(r *health.Report) { r.Since = ago(time.Minute) })
		}, "dispatch", health.Waiting, "of this version has not reported", ""},
		"dispatch stays of the version before": {func(f *health.Facts) {
			edit(f, health.Dispatch, func(r *health.Report) { r.Version = "v1" })
		}, "dispatch", health.Wrong, "of version v1, the api function of v2", "Deploy again"},
		"dispatch may not send": {func(f *health.Facts) { edit(f, health.Dispatch, func(r *health.Report) { r.Wrong = broken }) },
			"dispatch", health.Wrong, "The dispatch function at", "Deploy again"},
		"refresh's schedule is disabled": {func(f *health.Facts) {
			edit(f, health.Refresh, func(r *health.Report) { r.At = ago(19 * time.Minute) })
		}, "refresh", health.Wrong, "runs every 15 minutes", "EventBridge"},
		"notify's schedule is disabled": {func(f *health.Facts) {
			edit(f, health.Notify, func(r *health.Report) { r.At = ago(19 * time.Minute) })
		}, "notify", health.Wrong, "runs every 15 minutes", "EventBridge"},
		"sweep could not read posts": {func(f *health.Facts) { edit(f, health.Sweep, func(r *health.Report) { r.Wrong = broken }) },
			"sweep", health.Wrong, "The sweep function at", "Deploy again"},
		"sweep has not run for a day": {func(f *health.Facts) {
			edit(f, health.Sweep, func(r *health.Report) { r.At = ago(25 * time.Hour) })
		}, "sweep", health.Wrong, "runs once a day", "EventBridge"},
		"refresh was just deployed": {func(f *health.Facts) {
			drop(f, health.Refresh)
			edit(f, health.API, func(r *health.Report) { r.Since = ago(16 * time.Minute) })
		}, "refresh", health.Open, "has not reported yet; it runs every 15 minutes", ""},
		"publish does not answer": {func(f *health.Facts) {
			edit(f, health.Publish, func(r *health.Report) { r.Asked, r.At = ago(time.Hour), ago(time.Hour) })
			f.Asked = ago(31 * time.Second)
		}, "publish", health.Wrong, "has not answered the message of", "trigger on the publish queue"},
		"publish has not answered yet": {func(f *health.Facts) {
			edit(f, health.Publish, func(r *health.Report) { r.Asked, r.At = ago(time.Hour), ago(time.Hour) })
		}, "publish", health.Waiting, "has not answered yet", ""},
		"publish reaches no table": {func(f *health.Facts) {
			edit(f, health.Publish, func(r *health.Report) {
				r.Wrong = []health.Finding{{Check: "posts table", Text: "The posts table that its environment names does not exist."}}
			})
		}, "publish", health.Wrong, "posts table that its environment names does not exist", ""},
		"the queue is slow": {func(f *health.Facts) {
			f.Asked = ago(5 * time.Minute)
			edit(f, health.Publish, func(r *health.Report) { r.Asked, r.At, r.Waiting = f.Asked, ago(time.Minute), 80 })
		}, "publish_queue", health.Wrong, "in 4m0s; 80 wait", "concurrent executions"},
		"letters are dead": {func(f *health.Facts) { edit(f, health.Dispatch, func(r *health.Report) { r.Waiting = 3 }) },
			"dead_letter_queue", health.Wrong, "3 messages", "its log says why"},
		"posts are overdue": {func(f *health.Facts) { f.Overdue = []time.Time{ago(6 * time.Minute), ago(time.Hour)} },
			"due_posts", health.Wrong, "2 posts are overdue, the oldest since 2026-12-01T08:00:00Z", "go out by themselves"},
		"a backup is off": {func(f *health.Facts) { f.Backups[1].On = false },
			"posts_backup", health.Wrong, "recovery of the posts table is off", "Turn it on"},
		"a backup is not known": {func(f *health.Facts) { f.Backups[0].Err = errors.New("time-out") },
			"accounts_backup", health.Open, "not known: The table did not answer", ""},
		"an alarm rings": {func(f *health.Facts) {
			f.Alarms[0] = health.Alarm{Name: "Errors", State: "ALARM", Text: "Functions fail."}
		}, "alarms", health.Wrong, "Errors rings: Functions fail.", "runbook"},
		"a schedule has not run since the deployment": {func(f *health.Facts) {
			f.Alarms[0] = health.Alarm{Name: "refresh-silent", State: "ALARM"}
			edit(f, health.API, func(r *health.Report) { r.Since = ago(20 * time.Minute) })
		}, "alarms", health.OK, "None of the 1 alarms", ""},
		"a schedule is silent": {func(f *health.Facts) {
			f.Alarms[0] = health.Alarm{Name: "refresh-silent", State: "ALARM", Text: "No tokens."}
		}, "alarms", health.Wrong, "refresh-silent rings: No tokens.", "runbook"},
		"there are no alarms":      {func(f *health.Facts) { f.Alarms = nil }, "alarms", health.Wrong, "no alarms", "Deploy again"},
		"the alarms are not known": {func(f *health.Facts) { f.AlarmsErr = coded("AccessDenied") }, "alarms", health.Open, "not let it use the CloudWatch", ""},
		"X refuses the app": {func(f *health.Facts) {
			edit(f, health.API, func(r *health.Report) {
				r.Wrong = []health.Finding{{Check: health.XApp, Text: "X does not know it.", Todo: "Give the right ones."}}
			})
		}, "x_app", health.Wrong, "X does not know it.", "Give the right ones."},
		"there is no app yet":   {func(f *health.Facts) { f.ClientID = "" }, "x_app", health.Open, "spool setup", ""},
		"nobody came back yet":  {func(f *health.Facts) { f.Accounts[0].ConnectedAt = time.Time{} }, "callback", health.Open, "https://spool.test/oauth/x/callback", ""},
		"no credits are left":   {func(f *health.Facts) { f.Pauses = map[string]account.Pause{"": {Reason: reason}} }, "x_balance", health.Wrong, reason.Sentence, reason.Todo},
		"an account is refused": {func(f *health.Facts) { f.Accounts[0].Health = account.NeedsConnect }, "@ada", health.Wrong, "no longer accepts", "spool connect"},
		"an account is paused":  {func(f *health.Facts) { f.Pauses = map[string]account.Pause{"1": {Reason: reason}} }, "@ada", health.Wrong, reason.Sentence, reason.Todo},
		"tokens are not renewed": {func(f *health.Facts) {
			f.Accounts[0].Failures, f.Accounts[0].FailingAt, f.Accounts[0].Reason = 3, ago(time.Hour), &reason
		}, "@ada", health.Wrong, "could not be renewed since 2026-12-01T08:00:00Z", reason.Todo},
		"nobody renews the tokens": {func(f *health.Facts) { f.Accounts[0].RefreshAt = ago(31 * time.Minute) },
			"@ada", health.Wrong, "were to be renewed", "refresh function"},
		"a scope is missing": {func(f *health.Facts) { f.Accounts[0].Scopes = f.Accounts[0].Scopes[1:] },
			"@ada", health.Open, "did not grant tweet.read", ""},
		"a budget is used up": {func(f *health.Facts) {
			f.Budgets.Of[""] = account.Budget{Monthly: 20 * tweet.Dollar, Spent: 20 * tweet.Dollar}
		}, "budget", health.Wrong, "$20.00 of the month's $20.00", "Raise it"},
	} {
		t.Run(name, func(t *testing.T) {
			f := well()
			for _, c := range f.Checks() {
				if c.State != health.OK || c.Todo != "" {
					t.Errorf("while all is well: %+v", c)
				}
			}
			tc.fault(&f)
			found := false
			for _, c := range f.Checks() {
				if c.Check != tc.check {
					if c.State == health.Wrong {
						t.Errorf("it shows in %+v, too", c)
					}
					continue
				}
				found = true
				if c.State != tc.state || !strings.Contains(c.Text, tc.text) || !strings.Contains(c.Todo, tc.todo) {
					t.Errorf("got %+v, want %s, %q and %q", c, tc.state, tc.text, tc.todo)
				}
			}
			if !found {
				t.Errorf("there is no check %s", tc.check)
			}
		})
	}
}

// Where no account was connected yet nothing of that is wrong.
func TestANewDeploymentIsWell(t *testing.T) {
	f := well()
	f.ClientID, f.Accounts, f.Budgets = "", nil, account.Budgets{}
	for _, c := range f.Checks() {
		if c.State == health.Wrong || c.State == health.Waiting {
			t.Errorf("%+v", c)
		}
	}
}

// coded is an error with a code of AWS's.
type coded string

func (c coded) Error() string     { return "AWS said " + string(c) }
func (c coded) ErrorCode() string { return string(c) }
