// Package report holds what a run of the benchmarks has measured: its rows, the table that shows them, and whether a
// ratio is worse than the one recorded before. It measures nothing.
package report

import (
	"math"
	"slices"
	"time"
)

// Tolerance is by how much of itself a ratio may be worse than the recorded one, unless its row says otherwise.
const Tolerance = 0.10

// Row is one figure of Spool's. Figures that depend on the machine are told, and never judged; what is judged is the
// ratio to something that the same run has measured beside it.
type Row struct {
	Family string  `json:"family"` // rows of one family stand together
	Name   string  `json:"name"`   // unique in its family
	Value  float64 `json:"value"`  // Spool's
	Unit   string  `json:"unit"`
	// Beside is the same figure of what Spool is compared with, and Against says what that is. Without one there is no
	// ratio.
	Beside  float64 `json:"beside,omitempty"`
	Against string  `json:"against,omitempty"`
	More    bool    `json:"more,omitempty"` // more is better; else less is
	// Tolerance takes the place of the usual one, for the reason that Why gives.
	Tolerance float64 `json:"tolerance,omitempty"`
	Why       string  `json:"why,omitempty"`
	// Bar is what the ratio, or the value where OnValue is set, is to keep to; 0: there is none.
	Bar     float64 `json:"bar,omitempty"`
	OnValue bool    `json:"on_value,omitempty"`
}

// Ratio is Spool's figure over that of what it is compared with; 0: there is nothing to compare with.
func (r Row) Ratio() float64 {
	if r.Beside == 0 {
		return 0
	}
	return r.Value / r.Beside
}

// Missed reports whether the row misses its bar.
func (r Row) Missed() bool {
	figure := r.Ratio()
	if r.OnValue {
		figure = r.Value
	}
	switch {
	case r.Bar == 0:
		return false
	case r.More:
		return figure < r.Bar
	default:
		return figure > r.Bar
	}
}

// tolerance is by how much of itself the ratio may be worse.
func (r Row) tolerance() float64 {
	if r.Tolerance > 0 {
		return r.Tolerance
	}
	return Tolerance
}

// Machine describes what the run was made on, without its name.
type Machine struct {
	Cores int    `json:"cores"`
	CPU   string `json:"cpu"`
	OS    string `json:"os"`
	Go    string `json:"go"`
	Node  string `json:"node"`
}

// Report is one run.
type Report struct {
	Day     string        `json:"day"`
	Machine Machine       `json:"machine"`
	Load    float64       `json:"load"` // the machine's average of the minute before the run
	Took    time.Duration `json:"took"`
	Rows    []Row         `json:"rows"`
	Notes   []string      `json:"notes,omitempty"` // whole sentences
}

// Percentile gives the smallest of the values that so many hundredths of them do not exceed; 0 of none.
func Percentile(p float64, values []time.Duration) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(p/100*float64(len(sorted))))-1)]
}

// Median gives the middle value, or the mean of the two in the middle; 0 of none.
func Median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
