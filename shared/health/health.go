// Package health is how Spool looks at itself. Each function tries what it needs, without harm, and keeps a [Report];
// [Facts] are all reports and whatever else the API knows, and give one [Check] for each thing that can be wrong, with
// what to do about it.
//
// A function that cannot keep its report is noticed by its silence. So it does not matter why: a schedule that is
// disabled, a table that is missing, a role that lacks a permission, a binary that does not start.
package health

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"spool/shared/fault"
)

// The functions that report. The callback function is asked over HTTP.
const (
	API      = "api"
	Dispatch = "dispatch"
	Notify   = "notify"
	Publish  = "publish"
	Refresh  = "refresh"
	Sweep    = "sweep"
)

// Functions are those that keep reports.
func Functions() []string { return []string{API, Dispatch, Notify, Publish, Refresh, Sweep} }

// Report is what a function found when it looked at itself.
type Report struct {
	Function string
	Version  string    // of the deployment; empty: not known
	Since    time.Time // when this version reported first
	At       time.Time
	Asked    time.Time // when it was asked for, where it was; zero: by its schedule
	Wrong    []Finding // empty: all that it tried went well
	Waiting  int       // messages in the queue that it takes from
}

// Finding is something that a function tried in vain.
type Finding struct {
	Check string `json:"check"` // what it is about, such as "posts table"
	Text  string `json:"text"`
	Todo  string `json:"todo,omitempty"`
}

// Reports keeps reports in one table.
type Reports interface {
	// PutReport keeps a report in place of the function's last one.
	PutReport(ctx context.Context, r Report) error
	// Reports gives the last reports of functions: of those that have any here.
	Reports(ctx context.Context, functions ...string) ([]Report, error)
}

// Probe tries one thing that a function needs, without harm.
type Probe struct {
	What string // such as "posts table"
	Try  func(ctx context.Context) error
}

// Depth tells how many messages wait in a queue.
type Depth interface {
	Depth(ctx context.Context) (int, error)
}

// Self is a function that can look at itself. It is safe for concurrent use.
type Self struct {
	Function, Version string
	// Keep are the tables that the function reaches. The first that takes it keeps the report.
	Keep    []Reports
	Probes  []Probe
	Settled []Finding // what was found wrong with its settings when it started
	Queue   Depth     // nil: it takes from none
	Every   time.Duration
	Now     func() time.Time
	Log     *slog.Logger

	mu    sync.Mutex
	last  time.Time // of the last report
	since time.Time // of the first of this version; zero: not known yet
}

// lookTime bounds a look, so that a service that does not answer keeps nobody from their work for long.
const lookTime = 15 * time.Second

// LookAgain looks where the last report of this process is as old as Every says, or there is none yet.
func (s *Self) LookAgain(ctx context.Context) {
	s.mu.Lock()
	due := s.last.IsZero() || s.Now().Sub(s.last) >= s.Every
	s.mu.Unlock()
	if due {
		s.Look(ctx, time.Time{})
	}
}

// LookAfter looks after a round of the function's work, and tells how that ended: what a round does cannot be tried
// better than by doing it.
func (s *Self) LookAfter(ctx context.Context, round error) {
	var wrong []Finding
	if round != nil {
		wrong = append(wrong, explain("storage", round))
	}
	s.look(ctx, time.Time{}, wrong)
}

// Look tries everything and keeps the report; asked is when it was asked for, or zero. What goes wrong is told in the
// report and the log: a look never fails the work beside it.
func (s *Self) Look(ctx context.Context, asked time.Time) { s.look(ctx, asked, nil) }

// look is Look; wrong is known already.
func (s *Self) look(ctx context.Context, asked time.Time, wrong []Finding) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	r := Report{Function: s.Function, Version: s.Version, Asked: asked, Wrong: slices.Concat(s.Settled, wrong)}
	for _, p := range s.Probes {
		if err := p.Try(ctx); err != nil {
			r.Wrong = append(r.Wrong, explain(p.What, err))
			s.Log.ErrorContext(ctx, "a look at oneself found something wrong", "what", p.What, "error", err)
		}
	}
	if s.Queue != nil {
		var err error
		if r.Waiting, err = s.Queue.Depth(ctx); err != nil {
			r.Wrong = append(r.Wrong, explain("own queue", err))
		}
	}
	s.keep(ctx, r)
}

// keep stores a report where the function can.
func (s *Self) keep(ctx context.Context, r Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, table := range s.Keep {
		r.At = s.Now().UTC()
		s.last, r.Since = r.At, s.firstOf(ctx, table, r)
		err := table.PutReport(ctx, r)
		if err == nil {
			return
		}
		errs = append(errs, err)
	}
	s.Log.ErrorContext(ctx, "a report could not be kept", "error", errors.Join(errs...))
}

// firstOf is when the version of a report reported first.
func (s *Self) firstOf(ctx context.Context, table Reports, r Report) time.Time {
	if s.since.IsZero() {
		s.since = r.At
		kept, err := table.Reports(ctx, s.Function)
		if err == nil && len(kept) == 1 && kept[0].Version == r.Version && !kept[0].Since.IsZero() {
			s.since = kept[0].Since
		}
	}
	return s.since
}

// explain says what a failure means, by the code that AWS gives it.
func explain(what string, err error) Finding {
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Fix != "" {
		return Finding{what, f.Message, f.Fix}
	}
	if j, ok := errors.AsType[fault.Judged](err); ok {
		r := j.Verdict().Reason
		return Finding{what, r.Sentence, r.Todo}
	}
	coded, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err)
	if !ok {
		return Finding{what, fmt.Sprintf("The %s did not answer.", what), "Look again in a minute; then at the function's log."}
	}
	const redeploy = "Undo what was changed by hand, or deploy again, which puts it right."
	switch code := coded.ErrorCode(); code {
	case "AccessDenied", "AccessDeniedException", "Forbidden":
		return Finding{what, fmt.Sprintf("Its role does not let it use the %s.", what), redeploy}
	case "ResourceNotFoundException", "NoSuchBucket", "NotFound", "NotFoundException", "QueueDoesNotExist",
		"AWS.SimpleQueueService.NonExistentQueue":
		return Finding{what, fmt.Sprintf("The %s that its environment names does not exist.", what), redeploy}
	default:
		return Finding{what, fmt.Sprintf("The %s answered %s.", what, code), "Look again in a minute; then at the function's log."}
	}
}
