package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"spool/shared/access"
	"spool/shared/connect"
	"spool/shared/gateway"
	"spool/shared/health"
	"spool/shared/post"
	"spool/shared/wire"
)

// Health is by what the API tells how Spool is. The zero value knows of no function but this one.
type Health struct {
	Version string
	Self    *health.Self // this function
	Kept    []health.Reports
	// Ask has the publish function look at itself.
	Ask     func(ctx context.Context, at time.Time) error
	Backups []Backup
	// Alarms gives the deployment's alarms.
	Alarms func(ctx context.Context) ([]health.Alarm, error)
}

// Backup is a table that ought to be backed up.
type Backup struct {
	Table    string
	BackedUp func(ctx context.Context) (bool, error)
}

type (
	healthAskedOutput struct{ Body wire.HealthAsked }
	healthInput       struct {
		originInput
		AskedAt time.Time `query:"asked_at" doc:"When start-health-check was answered; without it the reports that there are count"`
	}
	healthOutput struct{ Body wire.Health }
)

func (a *API) healthRoutes(r *routes) {
	start := operation(http.MethodPost, "/v1/health", "start-health-check", "Have the functions look at themselves",
		access.Admin)
	start.DefaultStatus = http.StatusAccepted
	register(a, r, start, a.startHealthCheck)
	register(a, r, operation(http.MethodGet, "/v1/health", "get-health", "Tell what is wrong with Spool, and what to do",
		access.Admin), a.health)
}

// startHealthCheck looks at this function, and asks publish to look at itself. What goes wrong with either shows in
// the checks.
func (a *API) startHealthCheck(ctx context.Context, _ *struct{}) (*healthAskedOutput, error) {
	out := &healthAskedOutput{Body: wire.HealthAsked{AskedAt: a.Now().UTC().Truncate(time.Millisecond)}}
	if a.Health.Self != nil {
		a.Health.Self.Look(ctx, out.Body.AskedAt)
	}
	if a.Health.Ask != nil {
		if err := a.Health.Ask(ctx, out.Body.AskedAt); err != nil {
			a.Log.ErrorContext(ctx, "the publish function could not be asked", "error", err)
		}
	}
	return out, nil
}

func (a *API) health(ctx context.Context, in *healthInput) (*healthOutput, error) {
	facts, err := a.facts(ctx)
	if err != nil {
		return nil, err
	}
	facts.Asked = in.AskedAt
	facts.Callback = gateway.Origin(in.request, a.Domain) + connect.CallbackPath
	out := &healthOutput{Body: wire.Health{OK: true, Version: facts.Version, Now: facts.Now}}
	for _, c := range facts.Checks() {
		out.Body.OK = out.Body.OK && c.State != health.Wrong && c.State != health.Waiting
		out.Body.Checks = append(out.Body.Checks, wire.HealthCheck{
			Check: c.Check, State: string(c.State), Text: c.Text, Todo: c.Todo,
		})
	}
	return out, nil
}

// overdueMost is how many overdue posts are counted.
const overdueMost = 100

// facts finds out what the API can know.
func (a *API) facts(ctx context.Context) (f health.Facts, err error) {
	f.Now, f.Version = a.Now().UTC(), a.Health.Version
	state, err := a.Setup.State(ctx)
	if err != nil {
		return f, err
	}
	f.ClientID, f.Accounts = state.ClientID, state.Accounts
	if f.Pauses, err = a.pausesOf(ctx, state.Accounts); err != nil {
		return f, err
	}
	if f.Budgets, err = a.Setup.Budgets(ctx, post.Month(f.Now)); err != nil {
		return f, err
	}
	if f.Overdue, err = a.overdue(ctx, f.Now); err != nil {
		return f, err
	}
	for _, kept := range a.Health.Kept {
		reports, err := kept.Reports(ctx, health.Functions()...)
		if err != nil {
			return f, err
		}
		f.Reports = append(f.Reports, reports...)
	}
	for _, b := range a.Health.Backups {
		on, err := b.BackedUp(ctx)
		f.Backups = append(f.Backups, health.Backup{Table: b.Table, On: on, Err: err})
	}
	if a.Health.Alarms == nil {
		f.AlarmsErr = errors.New("this API asks for no alarms")
		return f, nil
	}
	f.Alarms, f.AlarmsErr = a.Health.Alarms(ctx)
	return f, nil
}

// overdue gives when the posts were due that nobody works on although they are late.
func (a *API) overdue(ctx context.Context, now time.Time) ([]time.Time, error) {
	ids, err := a.Posts.DueBy(ctx, now.Add(-health.Late), overdueMost)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	records, err := a.Posts.Read(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	var late []time.Time
	for _, p := range records {
		if !p.Due.IsZero() && now.Sub(p.Due) > health.Late && !p.Busy(now) { // the index may lag behind
			late = append(late, p.Due)
		}
	}
	return late, nil
}
