// Package eventsource is Lambda's event source mapping from a queue to a function.
package eventsource

import (
	"context"
	"log/slog"
	"time"

	"spool/infra/emulate/sqs"
)

// Queue is what is polled; *sqs.Queue is one.
type Queue interface {
	ARN() string
	Receive(ctx context.Context, max int, wait time.Duration) ([]sqs.Message, error)
	Delete(receiptHandle string) error
}

// Function is what is invoked; *lambda.Function is one.
type Function interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Mapping polls a queue and hands batches to a function.
type Mapping struct {
	Queue                   Queue
	Function                Function
	BatchSize               int           // default 10
	Window                  time.Duration // how long to gather a batch; default 0: what is there
	ReportBatchItemFailures bool
	MaximumConcurrency      int // batches in flight; default 5
	Log                     *slog.Logger
}

// Run polls until ctx ends, and returns when the last batch has ended.
func (m *Mapping) Run(ctx context.Context) {}
