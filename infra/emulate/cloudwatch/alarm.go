package cloudwatch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Alarm says when a metric rings.
type Alarm struct {
	Name, Description string
	Metric            Metric
	Statistic         string // Sum, p99…
	Period            time.Duration
	EvaluationPeriods int // N, of which DatapointsToAlarm, M, must be breaching
	DatapointsToAlarm int // default N
	Comparison        string
	Threshold         float64
	Actions           []string // whom it tells, by ARNs
	MissingData       string   // breaching, notBreaching, ignore or missing, the default
}

// State is an alarm's.
type State string

// The states.
const (
	OK               State = "OK"
	Ringing          State = "ALARM"
	InsufficientData State = "INSUFFICIENT_DATA"
)

// alarm is an alarm with its state.
type alarm struct {
	Alarm
	state  State
	since  time.Time
	reason string
}

// comparisons are CloudWatch's operators.
var comparisons = map[string]func(value, threshold float64) bool{
	"GreaterThanThreshold":          func(v, t float64) bool { return v > t },
	"GreaterThanOrEqualToThreshold": func(v, t float64) bool { return v >= t },
	"LessThanThreshold":             func(v, t float64) bool { return v < t },
	"LessThanOrEqualToThreshold":    func(v, t float64) bool { return v <= t },
}

// check refuses what CloudWatch would, and what is not known here.
func (a Alarm) check() error {
	_, isPercentile := percentile(a.Statistic)
	minutes := a.Period%time.Minute == 0 && a.Period > 0
	switch {
	case !isPercentile && !slices.Contains([]string{"SampleCount", "Minimum", "Maximum", "Sum", "Average"}, a.Statistic):
		return fmt.Errorf("cloudwatch: alarm %s: the statistic %q is not supported", a.Name, a.Statistic)
	case !minutes && a.Period != 10*time.Second && a.Period != 30*time.Second:
		return fmt.Errorf("cloudwatch: alarm %s: a period of %v is not allowed", a.Name, a.Period)
	case a.EvaluationPeriods < 1 || time.Duration(a.EvaluationPeriods)*a.Period > 24*time.Hour:
		return fmt.Errorf("cloudwatch: alarm %s: periods of more than a day in all are not allowed", a.Name)
	case a.DatapointsToAlarm < 1 || a.DatapointsToAlarm > a.EvaluationPeriods:
		return fmt.Errorf("cloudwatch: alarm %s: DatapointsToAlarm is from 1 to EvaluationPeriods", a.Name)
	case comparisons[a.Comparison] == nil:
		return fmt.Errorf("cloudwatch: alarm %s: the comparison %q is not supported", a.Name, a.Comparison)
	case !slices.Contains([]string{"breaching", "notBreaching", "ignore", "missing"}, a.MissingData):
		return fmt.Errorf("cloudwatch: alarm %s: there is no treatment %q of missing data", a.Name, a.MissingData)
	}
	return nil
}

// PutAlarm adds an alarm. One that is not well formed is an error.
func (s *Server) PutAlarm(a Alarm) error {
	if a.DatapointsToAlarm == 0 {
		a.DatapointsToAlarm = a.EvaluationPeriods
	}
	if a.MissingData == "" {
		a.MissingData = "missing"
	}
	if err := a.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alarms = append(s.alarms, &alarm{
		Alarm: a, state: InsufficientData, since: s.Now(), reason: "It has not been evaluated yet.",
	})
	return nil
}

// evaluate reads the gauges, and gives each alarm its state. The caller holds the lock.
func (s *Server) evaluate() {
	now := s.Now()
	for _, read := range s.gauges {
		s.put(now, read(now))
	}
	for _, a := range s.alarms {
		state, reason := a.judge(s.datapoints(a.Alarm, now), a.state)
		if state != a.state {
			a.since = now
		}
		a.state, a.reason = state, reason
	}
}

// beyond is how many more periods than an alarm asks for CloudWatch looks back, for data that came late.
const beyond = 2

// datapoints are the statistics of the latest periods, the latest first; nil where there is no data. CloudWatch keeps
// what is measured by the clock's minutes, and looks each minute: so the periods end with the minute that it is, or,
// where they are shorter, with the period that it is.
func (s *Server) datapoints(a Alarm, now time.Time) []*float64 {
	points := make([]*float64, a.EvaluationPeriods+beyond)
	grain := min(a.Period, time.Minute)
	end := now.Truncate(grain).Add(grain)
	for i := range points {
		until := end.Add(-time.Duration(i) * a.Period)
		if values := s.values(a.Metric, until.Add(-a.Period), until); len(values) > 0 {
			value := statistic(a.Statistic, values)
			points[i] = &value
		}
	}
	return points
}

// judge gives the state for datapoints. As long as there are N of them, however far back, those count; only what
// lacks then is filled in by what missing data mean.
func (a Alarm) judge(points []*float64, before State) (State, string) {
	var breaching, fine int
	var seen []string
	for _, p := range points {
		switch {
		case p == nil || len(seen) == a.EvaluationPeriods:
			continue
		case comparisons[a.Comparison](*p, a.Threshold):
			breaching++
		default:
			fine++
		}
		seen = append(seen, fmt.Sprint(*p))
	}
	missing := a.EvaluationPeriods - breaching - fine
	reason := fmt.Sprintf("%s of the last %d periods of %v: %s, of which %d of %d are to be %s %v; %d without data count as %s.",
		a.Statistic, a.EvaluationPeriods, a.Period, strings.Join(seen, ", "), a.DatapointsToAlarm, a.EvaluationPeriods,
		a.Comparison, a.Threshold, missing, a.MissingData)
	enough := a.EvaluationPeriods - a.DatapointsToAlarm // of fine ones, so that it cannot ring
	switch a.MissingData {
	case "breaching":
		breaching += missing
	case "notBreaching":
		fine += missing
	}
	switch {
	case breaching >= a.DatapointsToAlarm:
		return Ringing, reason
	case fine > enough:
		return OK, reason
	case a.MissingData == "missing" && len(seen) == 0:
		return InsufficientData, reason
	case a.MissingData == "missing":
		return OK, reason
	}
	return before, reason // ignore
}

// Until returns once the report is as wanted, which is asked whenever there is something new.
func (s *Server) Until(ctx context.Context, wanted func(Report) bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if wanted(s.Report()) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Wait returns once the alarm is in the state. Where ctx ends before, it says how the alarm stands.
func (s *Server) Wait(ctx context.Context, name string, want State) error {
	var last AlarmStatus
	err := s.Until(ctx, func(r Report) bool {
		i := slices.IndexFunc(r.Alarms, func(a AlarmStatus) bool { return a.Name == name })
		if i >= 0 {
			last = r.Alarms[i]
		}
		return last.State == want
	})
	switch {
	case err == nil:
		return nil
	case last.Name == "":
		return fmt.Errorf("cloudwatch: there is no alarm %s", name)
	}
	return fmt.Errorf("cloudwatch: alarm %s is %s, not %s: %s", name, last.State, want, last.Reason)
}
