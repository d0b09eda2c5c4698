package stack

import (
	"context"
	"fmt"
	"time"

	"spool/infra/emulate/cloudwatch"
	"spool/infra/emulate/lambda"
	"spool/infra/stack/template"
)

// observe makes the template's alarms and metric filters, and has the queues measured.
func (s *Stack) observe(context.Context) error {
	for _, a := range s.Model.Alarms {
		if err := s.CloudWatch.PutAlarm(alarm(a)); err != nil {
			return err
		}
	}
	for _, f := range s.Model.Filters {
		for _, m := range f.MetricTransformations {
			if err := s.CloudWatch.PutFilter(cloudwatch.Filter{
				Group: f.LogGroupName, Pattern: f.FilterPattern, Value: float64(m.MetricValue),
				Metric: cloudwatch.Metric{Namespace: m.MetricNamespace, Name: m.MetricName},
			}); err != nil {
				return fmt.Errorf("%s: %w", f.ID, err)
			}
		}
	}
	s.CloudWatch.Gauge(func(time.Time) []cloudwatch.Datum { return s.depths() })
	return nil
}

// alarm is an alarm of the template's.
func alarm(a *template.Alarm) cloudwatch.Alarm {
	dimensions := map[string]string{}
	for _, d := range a.Dimensions {
		dimensions[d.Name] = d.Value
	}
	return cloudwatch.Alarm{
		Name: a.Name, Description: a.AlarmDescription,
		Metric:    cloudwatch.Metric{Namespace: a.Namespace, Name: a.MetricName, Dimensions: dimensions},
		Statistic: a.Statistic + a.ExtendedStatistic, Period: time.Duration(a.Period) * time.Second,
		EvaluationPeriods: a.EvaluationPeriods, DatapointsToAlarm: a.DatapointsToAlarm,
		Comparison: a.ComparisonOperator, Threshold: a.Threshold, MissingData: a.TreatMissingData, Actions: a.AlarmActions,
	}
}

// depths are SQS's metrics of the queues.
func (s *Stack) depths() (data []cloudwatch.Datum) {
	for _, q := range s.queues {
		depth := q.Depth()
		for name, value := range map[string]float64{
			"ApproximateNumberOfMessagesVisible":    float64(depth.Visible),
			"ApproximateNumberOfMessagesNotVisible": float64(depth.Hidden),
			"ApproximateNumberOfMessagesDelayed":    float64(depth.Delayed),
			"ApproximateAgeOfOldestMessage":         depth.Oldest.Seconds(),
		} {
			metric := cloudwatch.Metric{Namespace: "AWS/SQS", Name: name, Dimensions: map[string]string{"QueueName": q.Name()}}
			data = append(data, cloudwatch.Datum{Metric: metric, Value: value})
		}
	}
	return data
}

// answered counts an answer of the API.
func (s *Stack) answered(status int) {
	for name, counts := range map[string]bool{"Count": true, "4xx": status/100 == 4, "5xx": status/100 == 5} {
		d := cloudwatch.Count("AWS/ApiGateway", name, map[string]string{"ApiId": s.Model.APIID})
		if !counts {
			d.Value = 0
		}
		s.CloudWatch.Put(d)
	}
}

// evaluate looks at the alarms each minute, as CloudWatch does, until ctx ends.
func (s *Stack) evaluate(ctx context.Context) {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.CloudWatch.Report()
		case <-ctx.Done():
			return
		}
	}
}

// Advance sets the clock of metrics, alarms and queues forward: what is hidden in a queue appears, and what happened
// was as long ago. The functions have the machine's clock.
func (s *Stack) Advance(d time.Duration) {
	s.CloudWatch.Advance(d)
	s.sqs.Wake()
}

// Alarm gives the name of the template's alarm with a logical id.
func (s *Stack) Alarm(id string) (string, error) {
	for _, a := range s.Model.Alarms {
		if a.ID == id {
			return a.Name, nil
		}
	}
	return "", fmt.Errorf("the template has no alarm %s", id)
}

// EnableSchedule has a schedule of the template's fire, or not any more.
func (s *Stack) EnableSchedule(name string, on bool) error {
	rule := s.rules[name]
	if rule == nil {
		return fmt.Errorf("the template has no schedule %s", name)
	}
	rule.Enable(on)
	return nil
}

// EnableKey has a key of the template seal and open, or not any more.
func (s *Stack) EnableKey(id string, on bool) error { return s.keys.Enable("alias/"+id, on) }

// LimitConcurrency changes how many executions the account may have at once.
func (s *Stack) LimitConcurrency(limit int) { s.account.SetLimit(limit) }

// lambdaMetrics gives CloudWatch what Lambda tells of functions, and their logs.
type lambdaMetrics struct{ *Stack }

// Printed implements [lambda.Observer].
func (m lambdaMetrics) Printed(function string, line []byte) {
	m.CloudWatch.Log(m.Model.Function(function).LogGroup, line)
}

// Reported implements [lambda.Observer].
func (m lambdaMetrics) Reported(function string, r lambda.Report) {
	errors := 0.0
	if r.Status != "success" {
		errors = 1
	}
	m.put(function, map[string]float64{
		"Invocations": 1, "Errors": errors, "Duration": float64(r.Duration) / float64(time.Millisecond),
	})
	if f := m.Model.Function(function); f.LogFormat == "JSON" {
		m.CloudWatch.Log(f.LogGroup, r.Line(m.CloudWatch.Now()))
	}
}

// Throttled implements [lambda.Observer].
func (m lambdaMetrics) Throttled(function string) {
	m.put(function, map[string]float64{"Throttles": 1})
}

// put stores metrics of a function, and those of all together.
func (m lambdaMetrics) put(function string, values map[string]float64) {
	for name, value := range values {
		for _, dimensions := range []map[string]string{{"FunctionName": function}, nil} {
			metric := cloudwatch.Metric{Namespace: "AWS/Lambda", Name: name, Dimensions: dimensions}
			m.CloudWatch.Put(cloudwatch.Datum{Metric: metric, Value: value})
		}
	}
}
