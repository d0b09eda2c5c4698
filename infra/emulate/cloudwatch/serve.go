package cloudwatch

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// AlarmStatus is how an alarm stands.
type AlarmStatus struct {
	Name        string    `json:"name"`
	State       State     `json:"state"`
	Since       time.Time `json:"since"`
	Reason      string    `json:"reason"`
	Description string    `json:"description"`
	Metric      string    `json:"metric"`
}

// MetricStatus is what is known of a metric.
type MetricStatus struct {
	Metric
	Latest float64   `json:"latest"`
	At     time.Time `json:"at"`
	Count  int       `json:"count"` // of values, since the start
	Sum    float64   `json:"sum"`
}

// Report is everything as it stands.
type Report struct {
	Now     time.Time      `json:"now"` // by the clock of metrics
	Alarms  []AlarmStatus  `json:"alarms"`
	Metrics []MetricStatus `json:"metrics"`
}

// Report evaluates the alarms and tells how everything stands.
func (s *Server) Report() Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evaluate()
	r := Report{Now: s.Now().UTC(), Alarms: []AlarmStatus{}, Metrics: []MetricStatus{}}
	for _, a := range s.alarms {
		r.Alarms = append(r.Alarms,
			AlarmStatus{a.Name, a.state, a.since.UTC(), a.reason, a.Description, a.Metric.String()})
	}
	for _, key := range slices.Sorted(maps.Keys(s.series)) {
		of := s.series[key]
		last := of.points[len(of.points)-1]
		r.Metrics = append(r.Metrics, MetricStatus{of.metric, last.value, last.at.UTC(), of.count, of.sum})
	}
	return r
}

// ServeHTTP answers GET with the report: as JSON, or as text where that is what the client takes (Accept: text/plain,
// or a browser's).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	report := s.Report()
	if accept := r.Header.Get("Accept"); strings.HasPrefix(accept, "text/") {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		report.write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(report)
}

// write writes the report for a person: what rings first.
func (r Report) write(w io.Writer) {
	rank := func(a AlarmStatus) int { return slices.Index([]State{Ringing, InsufficientData, OK}, a.State) }
	alarms := slices.SortedStableFunc(slices.Values(r.Alarms), func(a, b AlarmStatus) int { return rank(a) - rank(b) })
	for _, a := range alarms {
		fmt.Fprintf(w, "%-18s %s, since %s\n", a.State, a.Name, a.Since.Format(time.DateTime))
		if a.State == Ringing {
			fmt.Fprintf(w, "%19s%s\n%19s%s\n", "", a.Description, "", a.Reason)
		}
	}
	fmt.Fprintf(w, "\n%12s %8s %14s  metric\n", "latest", "count", "sum")
	for _, m := range r.Metrics {
		fmt.Fprintf(w, "%12g %8d %14g  %s\n", m.Latest, m.Count, m.Sum, m.Metric)
	}
}
