// Package meter counts what each function asks of AWS: requests by action, and DynamoDB's read and write units.
package meter

import (
	"net/http"
	"net/url"
)

// Counts is what one action of one function came to. The index units are part of the units beside them.
type Counts struct {
	Requests        int     `json:"requests"`
	ReadUnits       float64 `json:"read_units"`
	WriteUnits      float64 `json:"write_units"`
	IndexReadUnits  float64 `json:"index_read_units,omitempty"`
	IndexWriteUnits float64 `json:"index_write_units,omitempty"`
}

// Snapshot is everything counted since the start or the last Reset. Actions are named as in policies: "dynamodb:PutItem".
type Snapshot struct {
	Functions map[string]map[string]Counts `json:"functions"` // function → action
	Totals    map[string]Counts            `json:"totals"`    // action, over all functions
}

// Meter is safe for concurrent use; its zero value is ready.
// As a handler it answers GET with the snapshot as JSON, and DELETE by resetting.
type Meter struct{}

// Requests counts what passes to next, and stands behind iam's Guard, which tells it the caller and the action.
func (m *Meter) Requests(next http.Handler) http.Handler { return next }

// DynamoDB passes requests to the engine and counts them with their units. It stands behind iam's Guard.
func (m *Meter) DynamoDB(engine *url.URL) http.Handler { return nil }

// Snapshot copies the counts.
func (m *Meter) Snapshot() Snapshot { return Snapshot{} }

// Reset sets everything to zero.
func (m *Meter) Reset() {}

func (m *Meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {}
