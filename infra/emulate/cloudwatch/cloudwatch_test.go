package cloudwatch_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/emulate/cloudwatch"
)

var errorsOf = cloudwatch.Metric{Namespace: "Test", Name: "Errors", Dimensions: map[string]string{"Stack": "a"}}

// ringing is an alarm that rings on any error of a minute.
func ringing() cloudwatch.Alarm {
	return cloudwatch.Alarm{
		Name: "errors", Metric: errorsOf, Statistic: "Sum", Period: time.Minute, EvaluationPeriods: 1,
		Comparison: "GreaterThanThreshold", Threshold: 0, MissingData: "notBreaching",
	}
}

// watched is a server with one alarm.
func watched(t *testing.T, a cloudwatch.Alarm) *cloudwatch.Server {
	t.Helper()
	s := cloudwatch.New()
	if err := s.PutAlarm(a); err != nil {
		t.Fatal(err)
	}
	return s
}

func state(s *cloudwatch.Server) cloudwatch.State { return s.Report().Alarms[0].State }

// The rows are minutes, the latest last: a number was measured, and - nothing was. The expected states follow CloudWatch's
// own tables of M out of N, and of missing data, with a range of two more periods than N.
func TestAlarmsAreEvaluated(t *testing.T) {
	const none = "-"
	for name, tt := range map[string]struct {
		change  func(*cloudwatch.Alarm)
		minutes string
		want    cloudwatch.State
	}{
		"a breaching minute":                      {nil, "0 0 1", cloudwatch.Ringing},
		"a fine one":                              {nil, "1 1 0", cloudwatch.OK},
		"the latest that was measured counts":     {nil, "0 1 - -", cloudwatch.Ringing},
		"as long as it is looked at":              {nil, "1 - - -", cloudwatch.OK},
		"nothing is fine":                         {nil, "-", cloudwatch.OK},
		"nothing is breaching":                    {missing("breaching"), "-", cloudwatch.Ringing},
		"nothing is nothing":                      {missing("missing"), "-", cloudwatch.InsufficientData},
		"nothing changes nothing":                 {missing("ignore"), "1 - - - -", cloudwatch.Ringing},
		"until something is measured":             {missing("ignore"), "1 - - - 0", cloudwatch.OK},
		"two of three":                            {of(2, 3), "1 0 1", cloudwatch.Ringing},
		"one of three":                            {of(2, 3), "0 0 1", cloudwatch.OK},
		"three of three, found farther back":      {of(3, 3), "1 - 1 - 1", cloudwatch.Ringing},
		"what lacks is fine":                      {of(3, 3), "- - - 1 1", cloudwatch.OK},
		"a switch is not thrown by a gap":         {heartbeat, "1 1 1 - -", cloudwatch.OK},
		"but by silence":                          {heartbeat, "1 1 - - - - -", cloudwatch.Ringing},
		"a percentile":                            {func(a *cloudwatch.Alarm) { a.Statistic, a.Threshold = "p99", 4 }, "5", cloudwatch.Ringing},
		"no more than the threshold is not above": {func(a *cloudwatch.Alarm) { a.Threshold = 1 }, "1", cloudwatch.OK},
	} {
		t.Run(name, func(t *testing.T) {
			a := ringing()
			if tt.change != nil {
				tt.change(&a)
			}
			s := watched(t, a)
			for _, minute := range strings.Fields(tt.minutes) {
				s.Advance(time.Minute)
				if minute != none {
					s.Put(cloudwatch.Datum{Metric: errorsOf, Value: float64(minute[0] - '0')})
				}
				s.Report()
			}
			if got := state(s); got != tt.want {
				t.Errorf("%s gives %s, want %s: %s", tt.minutes, got, tt.want, s.Report().Alarms[0].Reason)
			}
		})
	}
}

// Of what is measured within a minute of the clock's, the order is not kept: a state that begins and ends within one is
// not ended by a single zero where silence changes nothing.
func TestAMinuteHasNoOrder(t *testing.T) {
	for treatment, want := range map[string]cloudwatch.State{"ignore": cloudwatch.Ringing, "notBreaching": cloudwatch.OK} {
		synctest.Test(t, func(t *testing.T) { // whose clock begins with a minute
			a := ringing()
			a.Statistic, a.MissingData = "Maximum", treatment
			s := watched(t, a)
			for _, value := range []float64{1, 0} {
				s.Put(cloudwatch.Datum{Metric: errorsOf, Value: value})
				time.Sleep(40 * time.Second)
				if got := state(s); got != cloudwatch.Ringing {
					t.Errorf("after %v it is %s", value, got)
				}
			}
			for range 10 {
				s.Advance(30 * time.Second)
			}
			if got := state(s); got != want {
				t.Errorf("%s: got %s, want %s", treatment, got, want)
			}
		})
	}
}

func missing(treatment string) func(*cloudwatch.Alarm) {
	return func(a *cloudwatch.Alarm) { a.MissingData = treatment }
}

func of(m, n int) func(*cloudwatch.Alarm) {
	return func(a *cloudwatch.Alarm) { a.DatapointsToAlarm, a.EvaluationPeriods = m, n }
}

// heartbeat rings when there is none for three minutes.
func heartbeat(a *cloudwatch.Alarm) {
	a.Statistic, a.EvaluationPeriods, a.Comparison, a.Threshold = "SampleCount", 3, "LessThanThreshold", 1
	a.MissingData = "breaching"
}

func TestAlarmsThatCloudWatchWouldRefuse(t *testing.T) {
	for name, change := range map[string]func(*cloudwatch.Alarm){
		"a statistic that there is not": func(a *cloudwatch.Alarm) { a.Statistic = "Median" },
		"a percentile above all":        func(a *cloudwatch.Alarm) { a.Statistic = "p101" },
		"a period of 90 seconds":        func(a *cloudwatch.Alarm) { a.Period = 90 * time.Second },
		"no periods":                    func(a *cloudwatch.Alarm) { a.EvaluationPeriods = 0 },
		"more than a day":               func(a *cloudwatch.Alarm) { a.EvaluationPeriods, a.Period = 25, time.Hour },
		"more datapoints than periods":  of(3, 2),
		"another comparison":            func(a *cloudwatch.Alarm) { a.Comparison = "Above" },
		"another treatment":             missing("fine"),
	} {
		a := ringing()
		change(&a)
		if err := cloudwatch.New().PutAlarm(a); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestWaitReturnsWithTheState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := watched(t, ringing())
		ended := make(chan error, 1)
		go func() { ended <- s.Wait(t.Context(), "errors", cloudwatch.Ringing) }()
		synctest.Wait()
		s.Put(cloudwatch.Datum{Metric: errorsOf, Value: 1})
		if err := <-ended; err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Wait(ctx, "errors", cloudwatch.OK); err == nil || !strings.Contains(err.Error(), "is ALARM, not OK") {
			t.Errorf("got %v", err)
		}
	})
}

// A gauge is read at each minute that passes.
func TestGauges(t *testing.T) {
	s := watched(t, ringing())
	age := 0.0
	s.Gauge(func(time.Time) []cloudwatch.Datum { age++; return []cloudwatch.Datum{{Metric: errorsOf, Value: age}} })
	s.Advance(10 * time.Minute)
	if m := s.Report().Metrics[0]; m.Count != 11 || m.Latest != 11 {
		t.Errorf("got %+v", m)
	}
}

func TestMetricsAreTakenFromLogs(t *testing.T) {
	s := cloudwatch.New()
	if err := s.PutFilter(cloudwatch.Filter{
		Group: "work", Pattern: `{ $.type = "report" && ($.record.status != "success" || $.record.ms > 100) }`,
		Metric: cloudwatch.Metric{Namespace: "Filtered", Name: "Failures"}, Value: 1,
	}); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UnixMilli()
	emf, err := json.Marshal(map[string]any{
		"_aws": map[string]any{"Timestamp": now, "CloudWatchMetrics": []any{map[string]any{
			"Namespace": "Test", "Dimensions": [][]string{{"Stack"}, {}}, "Metrics": []any{map[string]string{"Name": "Errors"}, map[string]string{"Name": "Absent"}},
		}}}, "Stack": "a", "Errors": []int{3, 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		string(emf), "START RequestId: 1", `"text"`, `{"type":"report","record":{"status":"success","ms":100}}`,
		`{"type":"report","record":{"status":"success","ms":100.5}}`, `{"type":"report","record":{"status":"error"}}`,
		`{"type":"report","record":{}}`, `{"type":"other","record":{"status":"error"}}`,
	} {
		s.Log("work", []byte(line))
	}
	s.Log("elsewhere", []byte(`{"type":"report","record":{"status":"error"}}`))
	got := map[string]float64{}
	for _, m := range s.Report().Metrics {
		got[m.String()] = m.Sum
	}
	if len(got) != 3 || got["Test Errors{Stack=a}"] != 7 || got["Test Errors"] != 7 || got["Filtered Failures"] != 2 {
		t.Errorf("got %v", got)
	}
}

func TestPatternsThatAreNotUnderstood(t *testing.T) {
	for _, pattern := range []string{
		"", "ERROR", `{ $.a = "b" `, `{ $.a = "b" } x`, `{ $.a > "b" }`, `{ $.a = b }`, `{ ($.a = 1 }`, `{ $.a = 1 && }`, `{ a = 1 }`, `{ $.a = 1.2.3 }`,
	} {
		if err := cloudwatch.New().PutFilter(cloudwatch.Filter{Pattern: pattern}); err == nil {
			t.Errorf("%q was taken", pattern)
		}
	}
}

func TestItIsShown(t *testing.T) {
	s := watched(t, ringing())
	s.Put(cloudwatch.Datum{Metric: errorsOf, Value: 1})
	get := func(method, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	var report cloudwatch.Report
	if err := json.Unmarshal(get("GET", "*/*").Body.Bytes(), &report); err != nil || report.Alarms[0].State != cloudwatch.Ringing {
		t.Errorf("got %+v, %v", report, err)
	}
	text := get("GET", "text/html,*/*").Body.String()
	if !strings.Contains(text, "ALARM              errors") || !strings.Contains(text, "Test Errors{Stack=a}") {
		t.Errorf("got %s", text)
	}
	if got := get("POST", "").Code; got != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", got)
	}
}
