package template

import "strconv"

// Alarm is a CloudWatch alarm on one metric.
type Alarm struct {
	ID, Name  string
	Threshold float64
	AlarmProperties
}

// AlarmProperties are those of AWS::CloudWatch::Alarm that Spool uses. Locally nobody is told of what rings.
type AlarmProperties struct {
	AlarmName          string
	AlarmDescription   string
	Namespace          string `template:"required"`
	MetricName         string `template:"required"`
	Dimensions         []Dimension
	Statistic          string
	ExtendedStatistic  string
	Period             int    `template:"required"` // seconds
	EvaluationPeriods  int    `template:"required"`
	DatapointsToAlarm  int    // 0: all of them
	ThresholdText      string `template:"name=Threshold"`
	ComparisonOperator string `template:"required"`
	TreatMissingData   string
	AlarmActions       []string
	OKActions          []string
}

// Dimension is one of a metric's.
type Dimension struct{ Name, Value string }

// Filter makes a metric of what is in a log group.
type Filter struct {
	ID string
	FilterProperties
}

// FilterProperties are those of AWS::Logs::MetricFilter that Spool uses.
type FilterProperties struct {
	FilterPattern         string `template:"required"`
	LogGroupName          string `template:"required"`
	MetricTransformations []struct {
		MetricName, MetricNamespace string
		MetricValue                 int
		Unit                        string
	} `template:"required"`
}

func (b *builder) addAlarm(r resolved) (err error) {
	a := &Alarm{ID: r.id, Name: b.names.physical(r.id)}
	if err := decode(r.properties, r.id, &a.AlarmProperties); err != nil {
		return err
	}
	if a.AlarmName != "" {
		a.Name = a.AlarmName
	}
	if (a.Statistic == "") == (a.ExtendedStatistic == "") {
		return errorAt(r.line, "%s: it has either a Statistic or an ExtendedStatistic", r.id)
	}
	if a.Threshold, err = strconv.ParseFloat(a.ThresholdText, 64); err != nil {
		return errorAt(r.line, "%s: Threshold must be a number, not %q", r.id, a.ThresholdText)
	}
	b.model.Alarms = append(b.model.Alarms, a)
	return nil
}

func (b *builder) addFilter(r resolved) error {
	f := &Filter{ID: r.id}
	if err := decode(r.properties, r.id, &f.FilterProperties); err != nil {
		return err
	}
	b.model.Filters = append(b.model.Filters, f)
	return nil
}
