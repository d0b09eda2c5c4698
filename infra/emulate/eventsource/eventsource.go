// Package eventsource is Lambda's event source mapping from a queue to a function: receive, invoke, delete.
//
// What the function does not finish is left to the queue's visibility time-out, after which it is delivered again, and
// in the end to the dead-letter queue. So a throttled invocation loses nothing either, though it costs a receive.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
package eventsource

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"spool/infra/emulate/sqs"
)

// Queue is what is polled. It must be safe for concurrent use.
type Queue interface {
	ARN() string
	// Receive hides and returns up to max messages, and waits for the first up to wait or until ctx ends.
	Receive(ctx context.Context, max int, wait time.Duration) ([]sqs.Message, error)
	// Delete removes the message of a delivery.
	Delete(receiptHandle string) error
}

var _ Queue = (*sqs.Queue)(nil)

// Function is what is invoked; *lambda.Function is one. It must be safe for concurrent use.
type Function interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// Mapping polls a queue and hands batches to a function.
type Mapping struct {
	Queue                   Queue
	Function                Function
	BatchSize               int           // default 10
	Window                  time.Duration // how long to gather a batch from its first message on; default 0: what is there
	ReportBatchItemFailures bool          // the function names the messages that failed; else all or none did
	MaximumConcurrency      int           // batches at once; default 5, as many as Lambda starts with
	Log                     *slog.Logger  // default slog.Default()
}

const (
	maxReceive         = 10               // messages in one receiving, as SQS has it
	longPoll           = 20 * time.Second // as Lambda polls
	defaultBatch       = 10
	defaultConcurrency = 5
)

// Run polls until ctx ends, and returns when the last batch has ended.
func (m *Mapping) Run(ctx context.Context) {
	workers := m.MaximumConcurrency
	if workers == 0 {
		workers = defaultConcurrency
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				if batch := m.gather(ctx); len(batch) > 0 {
					m.deliver(context.WithoutCancel(ctx), batch)
				}
			}
		})
	}
	wg.Wait()
}

// gather receives one batch. It ends with the first receiving, or with a Window when the batch is full or the time
// over.
func (m *Mapping) gather(ctx context.Context) []sqs.Message {
	size := m.BatchSize
	if size == 0 {
		size = defaultBatch
	}
	batch := m.receive(ctx, size, longPoll)
	if len(batch) == 0 {
		return nil
	}
	for end := time.Now().Add(m.Window); len(batch) < size; {
		left := time.Until(end)
		if left <= 0 || ctx.Err() != nil {
			break
		}
		batch = append(batch, m.receive(ctx, size-len(batch), left)...)
	}
	return batch
}

// receive receives at most max messages.
func (m *Mapping) receive(ctx context.Context, max int, wait time.Duration) []sqs.Message {
	messages, err := m.Queue.Receive(ctx, min(max, maxReceive), wait)
	if err != nil {
		m.log().Error("event source mapping: receive", "queue", m.Queue.ARN(), "error", err)
		select {
		case <-time.After(time.Second): // whatever is wrong, do not spin on it
		case <-ctx.Done():
		}
	}
	return messages
}

// deliver invokes the function with the batch, and deletes what it finished.
func (m *Mapping) deliver(ctx context.Context, batch []sqs.Message) {
	answer, err := m.Function.Invoke(ctx, event(m.Queue.ARN(), batch))
	if err != nil {
		m.log().Warn("event source mapping: the batch failed", "queue", m.Queue.ARN(), "messages", len(batch), "error", err)
		return
	}
	failed := map[string]bool{}
	if m.ReportBatchItemFailures {
		failed, err = failures(answer, batch)
		if err != nil {
			m.log().Warn("event source mapping: the batch failed as a whole", "queue", m.Queue.ARN(), "messages", len(batch),
				"error", err)
			return
		}
	}
	for _, message := range batch {
		if failed[message.ID] {
			m.log().Warn("event source mapping: a message failed", "queue", m.Queue.ARN(), "message", message.ID)
			continue
		}
		if err := m.Queue.Delete(message.ReceiptHandle); err != nil {
			m.log().Error("event source mapping: delete", "queue", m.Queue.ARN(), "message", message.ID, "error", err)
		}
	}
}

func (m *Mapping) log() *slog.Logger {
	if m.Log == nil {
		return slog.Default()
	}
	return m.Log
}
