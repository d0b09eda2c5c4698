// Package meter counts what each function asks of AWS: requests by action, and DynamoDB's read and write units.
//
// The units follow AWS's documented rules, since the engine's own count leaves out what indexes cost. See schema.units
// for writes; for reads the engine's count is taken, and corrected where it counts characters in place of bytes.
package meter

import (
	"encoding/json"
	"maps"
	"net/http"
	"sync"

	"spool/infra/emulate/iam"
)

// Counts is what one action of one function came to. The index units are part of the units beside them.
type Counts struct {
	Requests        int     `json:"requests"`
	ReadUnits       float64 `json:"read_units"`
	WriteUnits      float64 `json:"write_units"`
	IndexReadUnits  float64 `json:"index_read_units,omitempty"`
	IndexWriteUnits float64 `json:"index_write_units,omitempty"`
}

func (c Counts) plus(d Counts) Counts {
	return Counts{
		Requests:  c.Requests + d.Requests,
		ReadUnits: c.ReadUnits + d.ReadUnits, WriteUnits: c.WriteUnits + d.WriteUnits,
		IndexReadUnits: c.IndexReadUnits + d.IndexReadUnits, IndexWriteUnits: c.IndexWriteUnits + d.IndexWriteUnits,
	}
}

// Snapshot is everything counted since the start or the last Reset. Actions are named as in policies:
// "dynamodb:PutItem".
type Snapshot struct {
	Functions map[string]map[string]Counts `json:"functions"` // function → action
	Totals    map[string]Counts            `json:"totals"`    // action, over all functions
}

// Meter holds the counts. It is safe for concurrent use; its zero value is ready.
type Meter struct {
	// underWay is held by each request that costs units: what it does can be seen
	// before what it cost is counted.
	underWay sync.RWMutex

	mu        sync.Mutex
	functions map[string]map[string]Counts
}

// Requests counts what passes to next. It stands behind iam's Guard, which tells it the caller and the action: what a
// policy refuses is not counted.
func (m *Meter) Requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.count(r, Counts{Requests: 1})
		next.ServeHTTP(w, r)
	})
}

// count adds to the counts of the request's caller and action.
func (m *Meter) count(r *http.Request, c Counts) {
	who, call, _ := iam.Caller(r.Context())
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.functions == nil {
		m.functions = map[string]map[string]Counts{}
	}
	actions := m.functions[who.Name]
	if actions == nil {
		actions = map[string]Counts{}
		m.functions[who.Name] = actions
	}
	actions[call.Action] = actions[call.Action].plus(c)
}

// settle waits until the requests are counted that are under way.
func (m *Meter) settle() {
	m.underWay.Lock()
	defer m.underWay.Unlock()
}

// Snapshot copies the counts. Whatever anybody has seen in DynamoDB by now is counted.
func (m *Meter) Snapshot() Snapshot {
	m.settle()
	m.mu.Lock()
	defer m.mu.Unlock()
	s := Snapshot{Functions: map[string]map[string]Counts{}, Totals: map[string]Counts{}}
	for name, actions := range m.functions {
		s.Functions[name] = maps.Clone(actions)
		for action, c := range actions {
			s.Totals[action] = s.Totals[action].plus(c)
		}
	}
	return s
}

// Reset sets everything to zero, once the requests under way are counted.
func (m *Meter) Reset() {
	m.settle()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.functions = nil
}

// ServeHTTP answers GET with the snapshot as JSON, and DELETE by resetting.
func (m *Meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(m.Snapshot())
	case http.MethodDelete:
		m.Reset()
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", "GET, HEAD, DELETE")
		http.Error(w, "use GET or DELETE", http.StatusMethodNotAllowed)
	}
}
