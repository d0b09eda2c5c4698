package health

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"spool/shared/account"
)

// State says how one thing stands.
type State string

// The states.
const (
	OK      State = "ok"
	Wrong   State = "wrong"   // something is to be done
	Open    State = "open"    // nothing is known of it, or it is not set up yet
	Waiting State = "waiting" // it will be known within two minutes: ask again
)

// Check is how one thing stands.
type Check struct {
	Check string // a stable name, such as "dispatch"
	State State
	Text  string
	Todo  string // with [Wrong]: what to do
}

// Facts are what the API knows of the deployment at a time.
type Facts struct {
	Now, Asked time.Time // Asked is when the functions were asked to look at themselves; zero: they were not
	Version    string    // of the API function
	Reports    []Report
	Callback   string // the address that X is to send browsers back to
	ClientID   string // of the X app; empty before it is given
	Accounts   []account.Account
	Pauses     map[string]account.Pause // that hold now; the app's under the empty id
	Budgets    account.Budgets          // of this month
	Overdue    []time.Time              // of posts that nobody works on, when each was due
	Backups    []Backup
	Alarms     []Alarm
	AlarmsErr  error // why nothing is known of them
}

// Backup says whether a table can be restored to any point in time.
type Backup struct {
	Table string // such as "posts"
	On    bool
	Err   error // why it is not known
}

// Alarm is an alarm of the deployment.
type Alarm struct {
	Name, State string // State is CloudWatch's: OK, ALARM or INSUFFICIENT_DATA
	Text        string // what it means, and what to do
}

// Late is by how much something due counts as left behind.
const Late = 5 * time.Minute

// Checks gives all checks, in the order in which they matter.
func (f Facts) Checks() []Check {
	return slices.Concat(
		f.functions(),
		[]Check{f.queue(), f.deadLetters(), f.overdue()},
		f.backups(),
		[]Check{f.alarms(), f.credentials(), f.callback(), f.pause()},
		f.accounts(),
		f.budgets(),
	)
}

// report is the newest report of a function.
func (f Facts) report(function string) (newest Report, found bool) {
	for _, r := range f.Reports {
		if r.Function == function && r.At.After(newest.At) {
			newest, found = r, true
		}
	}
	return newest, found
}

// rhythm is how a function comes to report by itself.
type rhythm struct {
	function string
	runs     string        // how often it runs, in words
	every    time.Duration // how often it reports
	first    time.Duration // after a deployment it has reported by then
}

func (f Facts) functions() []Check {
	checks := []Check{f.own()}
	for _, r := range []rhythm{
		{Dispatch, "every minute", ReportEvery, 2*time.Minute + 30*time.Second},
		{Refresh, "every 15 minutes", 15 * time.Minute, 17 * time.Minute},
		{Notify, "every 15 minutes", 15 * time.Minute, 17 * time.Minute},
		{Sweep, "once a day", 24 * time.Hour, 25 * time.Hour},
	} {
		checks = append(checks, f.scheduled(r))
	}
	return append(checks, f.worker())
}

// ReportEvery is how often dispatch reports.
const ReportEvery = 5 * time.Minute

// slack is by how much a report may be late.
const slack = 3 * time.Minute

// own is the API function's own report. That it answers is known already.
func (f Facts) own() Check {
	r, ok := f.report(API)
	if !ok {
		return Check{API, Open, "The api function has not looked at itself yet.", ""}
	}
	r.Wrong = slices.DeleteFunc(slices.Clone(r.Wrong), ofX) // a check of its own
	return judged(API, r, "The api function reaches its tables, the key, the bucket and the publish queue.")
}

// scheduled is a function that a schedule starts.
func (f Facts) scheduled(h rhythm) Check {
	r, found := f.report(h.function)
	own, _ := f.report(API)
	fresh := !own.Since.IsZero() && f.Now.Sub(own.Since) < h.first
	switch old := found && r.Version != f.Version; {
	case (!found || old) && fresh:
		state := Waiting
		if h.first > 5*time.Minute {
			state = Open
		}
		return Check{h.function, state, fmt.Sprintf("The %s function of this version has not reported yet; it runs %s.",
			h.function, h.runs), ""}
	case !found:
		return silent(h, "has never reported")
	case f.Now.Sub(r.At) > h.every+slack:
		return silent(h, "reported last at "+r.At.Format(time.RFC3339))
	case old:
		return Check{h.function, Wrong, fmt.Sprintf("The %s function is of version %s, the api function of %s.", h.function,
			named(r.Version), named(f.Version)), "Deploy again: an update has stopped half-way."}
	}
	return judged(h.function, r, fmt.Sprintf("The %s function runs, and reaches all that it needs; it reported at %s.",
		h.function, r.At.Format(time.RFC3339)))
}

func named(version string) string { return cmp.Or(version, "unknown") }

// silent is a function that does not report.
func silent(h rhythm, since string) Check {
	return Check{h.function, Wrong, fmt.Sprintf("The %s function %s, although it runs %s.", h.function, since, h.runs),
		"Look in EventBridge whether its schedule is enabled, and in its log for why it could not keep a report; deploy " +
			"again to undo what was changed by hand."}
}

// answerTime is how long publish may take from the message to its report, at most.
const answerTime = 30 * time.Second

// worker is the publish function, which reports when a message asks it to.
func (f Facts) worker() Check {
	r, found := f.report(Publish)
	switch {
	case f.Asked.IsZero() && !found:
		return Check{Publish, Open, "The publish function has not looked at itself yet.", ""}
	case !f.Asked.IsZero() && (!found || r.Asked.Before(f.Asked)):
		if f.Now.Sub(f.Asked) < answerTime {
			return Check{Publish, Waiting, "The publish function has been asked by a message and has not answered yet.", ""}
		}
		return Check{Publish, Wrong, fmt.Sprintf("The publish function has not answered the message of %s.",
			f.Asked.Format(time.RFC3339)),
			"Look whether its trigger on the publish queue is enabled, and in its log for why it could not keep a report; " +
				"deploy again to undo what was changed by hand."}
	}
	return judged(Publish, r, "The publish function takes messages, and reaches its tables, the key and the bucket.")
}

// judged is a function by its report.
func judged(name string, r Report, well string) Check {
	if len(r.Wrong) == 0 {
		return Check{name, OK, well, ""}
	}
	c := Check{name, Wrong, "", r.Wrong[0].Todo}
	var texts []string
	for _, w := range r.Wrong {
		texts = append(texts, w.Text)
	}
	c.Text = fmt.Sprintf("The %s function at %s: %s", name, r.At.Format(time.RFC3339), strings.Join(texts, " "))
	return c
}

// queue is the publish queue: how long a message took, and how many wait.
func (f Facts) queue() Check {
	const name = "publish_queue"
	r, ok := f.report(Publish)
	if !ok || r.Asked.IsZero() {
		return Check{name, Open, "Nothing is known of the publish queue before the publish function answers.", ""}
	}
	took := r.At.Sub(r.Asked)
	text := fmt.Sprintf("A message came through the publish queue in %s; %d wait in it.", took.Round(100*time.Millisecond),
		r.Waiting)
	if took > time.Minute {
		return Check{name, Wrong, text, "More is due than the workers can take: raise the account's limit of concurrent " +
			"executions in Service Quotas, or wait."}
	}
	return Check{name, OK, text, ""}
}

// deadLetters are the messages that workers failed on again and again, and that dispatch has not settled.
func (f Facts) deadLetters() Check {
	const name = "dead_letter_queue"
	r, ok := f.report(Dispatch)
	switch {
	case !ok:
		return Check{name, Open, "Nothing is known of the dead-letter queue before the dispatch function reports.", ""}
	case r.Waiting > 0:
		return Check{name, Wrong, fmt.Sprintf("%d messages lie in the dead-letter queue.", r.Waiting),
			"The dispatch function ends their posts by itself; where they stay, its log says why it cannot."}
	}
	return Check{name, OK, "The dead-letter queue is empty.", ""}
}

// overdue are posts that should be under way.
func (f Facts) overdue() Check {
	const name = "due_posts"
	if len(f.Overdue) == 0 {
		return Check{name, OK, "No post is overdue.", ""}
	}
	return Check{name, Wrong, fmt.Sprintf("%d posts are overdue, the oldest since %s.", len(f.Overdue),
		slices.MinFunc(f.Overdue, time.Time.Compare).Format(time.RFC3339)),
		"They go out by themselves once the dispatch and publish functions work: see what is wrong with these."}
}

func (f Facts) backups() []Check {
	var checks []Check
	for _, b := range f.Backups {
		name := b.Table + "_backup"
		switch {
		case b.Err != nil:
			checks = append(checks, Check{name, Open, fmt.Sprintf("Whether the %s table is backed up is not known: %s",
				b.Table, explain("table", b.Err).Text), ""})
		case !b.On:
			checks = append(checks, Check{name, Wrong, fmt.Sprintf("Point-in-time recovery of the %s table is off.", b.Table),
				"Turn it on in DynamoDB, or deploy again."})
		default:
			checks = append(checks, Check{name, OK, fmt.Sprintf("The %s table can be restored to any point since its backups began, for 35 days back at most.",
				b.Table), ""})
		}
	}
	return checks
}

// newborn is for how long after its first report nobody wonders at an alarm that rings until a schedule has run once.
const newborn = 40 * time.Minute

func (f Facts) alarms() Check {
	const name = "alarms"
	var ringing []string
	own, _ := f.report(API)
	fresh := !own.Since.IsZero() && f.Now.Sub(own.Since) < newborn
	for _, a := range f.Alarms {
		if a.State == "ALARM" && !(fresh && strings.HasSuffix(a.Name, "-silent")) {
			ringing = append(ringing, fmt.Sprintf("%s rings: %s", a.Name, a.Text))
		}
	}
	switch {
	case f.AlarmsErr != nil:
		return Check{name, Open, "What the alarms say is not known: " + explain("CloudWatch", f.AlarmsErr).Text, ""}
	case len(ringing) > 0:
		return Check{name, Wrong, strings.Join(ringing, " "), "Follow the runbook of the first one."}
	case len(f.Alarms) == 0:
		return Check{name, Wrong, "There are no alarms.", "Deploy again: nobody is told when something stops."}
	}
	return Check{name, OK, fmt.Sprintf("None of the %d alarms rings.", len(f.Alarms)), ""}
}

// credentials: does X know the app?
func (f Facts) credentials() Check {
	const name = XApp
	if f.ClientID == "" {
		return Check{name, Open, "The X app's credentials are not set yet: spool setup.", ""}
	}
	r, ok := f.report(API)
	if !ok {
		return Check{name, Open, "X has not been asked yet whether it takes the app's credentials.", ""}
	}
	if i := slices.IndexFunc(r.Wrong, ofX); i >= 0 {
		return Check{name, Wrong, r.Wrong[i].Text, r.Wrong[i].Todo}
	}
	return Check{name, OK, fmt.Sprintf("X takes the credentials of the app %s.", f.ClientID), ""}
}

// XApp is what the api function tries at X.
const XApp = "x_app"

func ofX(w Finding) bool { return w.Check == XApp }

// callback: X tells only the browser of somebody who connects an account whether the address is registered.
func (f Facts) callback() Check {
	const name = "callback"
	var last account.Account
	for _, a := range f.Accounts {
		if a.ConnectedAt.After(last.ConnectedAt) {
			last = a
		}
	}
	if last.ConnectedAt.IsZero() {
		return Check{name, Open, fmt.Sprintf("Whether %s is registered with X shows when the first account is connected.",
			f.Callback), ""}
	}
	return Check{name, OK, fmt.Sprintf("X sent @%s back on %s; the address to be registered is %s.", last.Username,
		last.ConnectedAt.Format(time.DateOnly), f.Callback), ""}
}

// pause is that of the whole app: no credits, a cap, or an app that X refuses.
func (f Facts) pause() Check {
	const name = "x_balance"
	if p, ok := f.Pauses[""]; ok {
		return Check{name, Wrong, "Nothing is sent to X: " + p.Reason.Sentence, p.Reason.Todo}
	}
	return Check{name, OK, "X has refused nothing for want of credits; what is left of them only its console shows.", ""}
}

func (f Facts) accounts() []Check {
	var checks []Check
	for _, a := range f.Accounts {
		if a.Health != account.Disconnected {
			checks = append(checks, f.account(a))
		}
	}
	if len(checks) == 0 {
		return []Check{{"accounts", Open, "No account is connected yet: spool setup.", ""}}
	}
	return checks
}

func (f Facts) account(a account.Account) Check {
	name := "@" + a.Username
	pause, paused := f.Pauses[a.ID]
	switch {
	case a.Health == account.NeedsConnect:
		return Check{name, Wrong, fmt.Sprintf("X no longer accepts the connection of %s, since %s.", name,
			a.Since.Format(time.RFC3339)), "Connect it again: spool connect."}
	case a.Failures > 0 && a.Reason != nil:
		return Check{name, Wrong, fmt.Sprintf("The tokens of %s could not be renewed since %s: %s", name,
			a.FailingAt.Format(time.RFC3339), a.Reason.Sentence), a.Reason.Todo}
	case paused:
		return Check{name, Wrong, fmt.Sprintf("%s is paused: %s", name, pause.Reason.Sentence), pause.Reason.Todo}
	case f.Now.Sub(a.RefreshAt) > 30*time.Minute && !a.RefreshAt.IsZero():
		return Check{name, Wrong, fmt.Sprintf("The tokens of %s were to be renewed at %s and were not.", name,
			a.RefreshAt.Format(time.RFC3339)), "See what is wrong with the refresh function."}
	case len(a.MissingScopes()) > 0:
		return Check{name, Open, fmt.Sprintf("%s did not grant %s; where that is needed, connect it again: spool connect.", name,
			strings.Join(a.MissingScopes(), ", ")), ""}
	}
	return Check{name, OK, fmt.Sprintf("%s is connected; X gave it tokens last at %s.", name,
		slices.MaxFunc([]time.Time{a.RefreshedAt, a.ConnectedAt}, time.Time.Compare).Format(time.RFC3339)), ""}
}

func (f Facts) budgets() []Check {
	var checks []Check
	for _, a := range slices.Concat([]account.Account{{}}, f.Accounts) {
		b, ok := f.Budgets.Of[a.ID]
		if !ok {
			continue
		}
		name, whose := "budget", "all accounts"
		if a.ID != "" {
			name, whose = "budget_@"+a.Username, "@"+a.Username
		}
		text := fmt.Sprintf("%v of the month's %v for %s are set aside.", b.Spent, b.Monthly, whose)
		if b.Spent >= b.Monthly {
			checks = append(checks, Check{name, Wrong, text, "Raise it with spool budget, or wait for the next month."})
			continue
		}
		checks = append(checks, Check{name, OK, text, ""})
	}
	return checks
}
