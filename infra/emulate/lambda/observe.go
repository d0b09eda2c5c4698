package lambda

import (
	"encoding/json"
	"errors"
	"time"
)

// Observer is told what Lambda itself knows of its functions, by their names. It is safe for concurrent use, and must
// not wait for anything.
type Observer interface {
	// Printed tells of a line that a process printed.
	Printed(function string, line []byte)
	// Reported tells how an invocation ended.
	Reported(function string, r Report)
	// Throttled tells of an invocation for which no execution was left.
	Throttled(function string)
}

// Report is Lambda's own account of an invocation.
type Report struct {
	RequestID  string
	Status     string        // success, error or timeout
	Duration   time.Duration // of the invocation
	Init       time.Duration // of the start of its process before; 0: it was there
	MemorySize int           // MB
	MemoryUsed int           // MB, the most that the process ever had; 0: not known
	ErrorType  string
}

// Line is the report as it stands in the function's log group where logs are JSON.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
func (r Report) Line(now time.Time) []byte {
	metrics := map[string]float64{
		"durationMs": milliseconds(r.Duration), "memorySizeMB": float64(r.MemorySize),
		"billedDurationMs": float64((r.Duration + r.Init + time.Millisecond - 1) / time.Millisecond),
	}
	if r.MemoryUsed > 0 {
		metrics["maxMemoryUsedMB"] = float64(r.MemoryUsed)
	}
	if r.Init > 0 {
		metrics["initDurationMs"] = milliseconds(r.Init)
	}
	record := map[string]any{"requestId": r.RequestID, "metrics": metrics, "status": r.Status}
	if r.ErrorType != "" {
		record["errorType"] = r.ErrorType
	}
	line, err := json.Marshal(map[string]any{
		"time": now.UTC().Format(time.RFC3339Nano), "type": "platform.report", "record": record,
	})
	if err != nil {
		panic(err) // only strings and finite numbers
	}
	return line
}

// report is how an invocation ended.
func (e *environment) report(inv *invocation, initTime time.Duration, err error) Report {
	r := Report{
		RequestID: inv.id, Status: "success", Duration: time.Since(inv.start), Init: initTime,
		MemorySize: e.config.MemorySize, MemoryUsed: e.memoryUsed(),
	}
	var failed *Error
	if errors.As(err, &failed) {
		r.Status, r.ErrorType = "error", failed.Type
		if failed.Type == typeTimedOut {
			r.Status = "timeout"
		}
	}
	return r
}

// printed hands each line on that the process prints.
type printed struct{ c Config }

// Write gets whole lines, without a prefix.
func (p printed) Write(line []byte) (int, error) {
	if p.c.Observer != nil {
		p.c.Observer.Printed(p.c.Name, line)
	}
	return len(line), nil
}
