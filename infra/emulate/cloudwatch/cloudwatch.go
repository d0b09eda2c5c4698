// Package cloudwatch keeps metrics and evaluates alarms on them, as CloudWatch does: statistics over periods, M
// datapoints out of N, and what missing data means. It takes metrics in the embedded format from the functions' logs,
// those that metric filters make of what Lambda itself logs, and those that the other emulated services report.
//
// It has a clock that can be advanced, so that hours of metrics pass in a moment.
//
// Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
package cloudwatch

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Metric names a series of values.
type Metric struct {
	Namespace  string            `json:"namespace"`
	Name       string            `json:"name"`
	Dimensions map[string]string `json:"dimensions,omitempty"`
}

// String is the metric as a person reads it, and what tells it from others: Spool PostsFailed{Stack=spool}.
func (m Metric) String() string {
	var dimensions []string
	for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
		dimensions = append(dimensions, name+"="+m.Dimensions[name])
	}
	s := m.Namespace + " " + m.Name
	if len(dimensions) > 0 {
		s += "{" + strings.Join(dimensions, ",") + "}"
	}
	return s
}

// point is a value that was measured at a time.
type point struct {
	at    time.Time
	value float64
}

// series are the points of a metric, in order of their time.
type series struct {
	metric Metric
	points []point
	count  int     // of all that ever were
	sum    float64 // of these
}

// kept is for how long points are kept: longer than the longest range that an alarm looks at, a day.
const kept = 36 * time.Hour

// Server keeps the metrics and alarms of an account. It is safe for concurrent use.
type Server struct {
	offset atomic.Int64 // a duration by which its clock is ahead of the machine's

	mu      sync.Mutex
	series  map[string]*series
	filters []Filter
	alarms  []*alarm
	gauges  []func(now time.Time) []Datum
	changed chan struct{} // closed and replaced when there is something new
}

// New makes a server without metrics.
func New() *Server { return &Server{series: map[string]*series{}, changed: make(chan struct{})} }

// Datum is one value of a metric.
type Datum struct {
	Metric
	Value float64
}

// Count is a datum of 1.
func Count(namespace, name string, dimensions map[string]string) Datum {
	return Datum{Metric{namespace, name, dimensions}, 1}
}

// Now is the time by the server's clock.
func (s *Server) Now() time.Time { return s.shifted(time.Now()) }

// shifted is what the server's clock shows at a time of the machine's.
func (s *Server) shifted(t time.Time) time.Time { return t.Add(time.Duration(s.offset.Load())) }

// Gauge has values read whenever metrics are looked at, and each minute that Advance passes: such as the age of a
// queue's messages. It must not call the server.
func (s *Server) Gauge(read func(now time.Time) []Datum) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gauges = append(s.gauges, read)
}

// Put stores values of now.
func (s *Server) Put(data ...Datum) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(s.Now(), data)
	s.notify()
}

// notify lets those that wait look again. The caller holds the lock.
func (s *Server) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// put stores values of a time. The caller holds the lock.
func (s *Server) put(at time.Time, data []Datum) {
	for _, d := range data {
		key := d.String()
		of := s.series[key]
		if of == nil {
			of = &series{metric: d.Metric}
			s.series[key] = of
		}
		of.points = slices.Insert(of.points, of.behind(at), point{at, d.Value})
		of.count++
		of.sum += d.Value
		of.points = slices.Delete(of.points, 0, of.behind(at.Add(-kept)))
	}
}

// Advance sets the clock forward, minute by minute: gauges are read and alarms evaluated at each, as CloudWatch does.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d > 0 {
		step := min(d, time.Minute)
		s.offset.Add(int64(step))
		d -= step
		s.evaluate()
	}
	s.notify()
}

// values are a metric's from a time on, and before another. The caller holds the lock.
func (s *Server) values(m Metric, from, until time.Time) (values []float64) {
	of := s.series[m.String()]
	if of == nil {
		return nil
	}
	for _, p := range of.points[of.behind(from.Add(-1)):of.behind(until.Add(-1))] {
		values = append(values, p.value)
	}
	return values
}

// behind is the place of the first point after a time.
func (s *series) behind(t time.Time) int {
	i, _ := slices.BinarySearchFunc(s.points, t, func(p point, t time.Time) int {
		return cmp.Or(p.at.Compare(t), -1) // those of the same time stand before
	})
	return i
}

// statistic is what CloudWatch makes of the values of a period, of which there is at least one. Statistics that it
// does not know are refused by Alarm.check.
func statistic(name string, values []float64) float64 {
	switch name {
	case "SampleCount":
		return float64(len(values))
	case "Minimum":
		return slices.Min(values)
	case "Maximum":
		return slices.Max(values)
	case "Sum", "Average":
		sum := 0.0
		for _, v := range values {
			sum += v
		}
		if name == "Average" {
			sum /= float64(len(values))
		}
		return sum
	default:
		p, _ := percentile(name)
		sorted := slices.Sorted(slices.Values(values))
		return sorted[max(0, int(math.Ceil(p/100*float64(len(sorted))))-1)]
	}
}

// percentile reads p99 or p99.9.
func percentile(name string) (float64, bool) {
	number, ok := strings.CutPrefix(name, "p")
	p, err := strconv.ParseFloat(number, 64)
	return p, ok && err == nil && p > 0 && p <= 100
}
