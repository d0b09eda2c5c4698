// Package lambda runs functions' real binaries against a Lambda Runtime API, as Lambda does.
package lambda

import (
	"context"
	"errors"
	"io"
	"time"
)

// Config says what a function is.
type Config struct {
	Name        string
	Binary      string            // path of the bootstrap binary
	Environment map[string]string // what the template and the credentials give it; Lambda's own variables are added
	Timeout     time.Duration     // of one invocation; default 3 s
	MemorySize  int               // MB, told to the function only; default 128
	Concurrency int               // the most environments at once; default 10
	Log         io.Writer         // receives whole lines, each led by the function's name
}

// Function is a deployed function. It is safe for concurrent use.
type Function struct{}

// New deploys a function. Nothing is started before the first invocation.
func New(c Config) *Function { return &Function{} }

// Name and ARN identify the function.
func (f *Function) Name() string { return "" }
func (f *Function) ARN() string  { return "" }

// Invoke runs the function on one event and returns its answer. What the function itself did wrong (an error it
// reported, a crash, a time-out) is an *Error; ErrThrottled says that every environment was busy.
// When ctx ends the caller stops waiting, but the invocation runs on, as on Lambda.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return nil, nil }

// InvokeAsync queues one event and returns at once. It is retried as Lambda retries asynchronous invocations.
func (f *Function) InvokeAsync(payload []byte) {}

// Process is a running environment.
type Process struct {
	PID  int
	Busy bool // an event is being handled
}

// Processes lists the running environments.
func (f *Function) Processes() []Process { return nil }

// Shutdown refuses new invocations, waits for the running ones until ctx ends, and kills every process.
func (f *Function) Shutdown(ctx context.Context) {}

// ErrThrottled is Lambda's TooManyRequestsException.
var ErrThrottled = errors.New("lambda: Rate Exceeded. (TooManyRequestsException)")

// Error is what Lambda reports for a failed function.
type Error struct {
	Message string `json:"errorMessage"`
	Type    string `json:"errorType"`
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }
