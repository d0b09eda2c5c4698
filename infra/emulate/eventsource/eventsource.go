// Package eventsource is Lambda's event source mapping from a queue to a function: receive, invoke, delete.
//
// What the function does not finish is left to the queue's visibility time-out, after which it is delivered again, and
// in the end to the dead-letter queue. A batch for which no execution is left is tried again, ever more seldom, until
// that time is over. Five batches run at a time to begin with; where messages are still there, five more each second.
//
// Sources: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html,
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
package eventsource

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"spool/infra/emulate/lambda"
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
	Visibility              time.Duration // how long the queue hides what was received
	ReportBatchItemFailures bool          // the function names the messages that failed; else all or none did
	MaximumConcurrency      int           // batches at once; default 1250, the most that Lambda runs
	Log                     *slog.Logger  // default slog.Default()
}

const (
	maxReceive     = 10               // messages in one receiving, as SQS has it
	longPoll       = 20 * time.Second // as Lambda polls
	defaultBatch   = 10
	most           = 1250
	firstPollers   = 5
	growth         = time.Minute / 300 // between two more pollers
	firstBackoff   = time.Second       // after a batch found no execution; AWS tells no numbers
	longestBackoff = time.Minute
)

// pollers are those who receive and deliver.
type pollers struct {
	mu        sync.Mutex
	all, busy int
	wg        sync.WaitGroup
}

// Run polls until ctx ends, and returns when the last batch has ended.
func (m *Mapping) Run(ctx context.Context) {
	limit := m.MaximumConcurrency
	if limit == 0 {
		limit = most
	}
	p := &pollers{all: min(firstPollers, limit)}
	for range p.all {
		p.wg.Go(func() {
			for ctx.Err() == nil {
				m.pollOnce(ctx, p, longPoll)
			}
		})
	}
	if limit > firstPollers {
		p.wg.Go(func() { m.grow(ctx, p, limit) })
	}
	p.wg.Wait()
}

// grow adds a poller now and then, for as long as all are at work and messages are still there.
func (m *Mapping) grow(ctx context.Context, p *pollers, limit int) {
	tick := time.NewTicker(growth)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p.mu.Lock()
		more := p.busy == p.all && p.all < limit
		if more {
			p.all++
		}
		p.mu.Unlock()
		if more {
			p.wg.Go(func() { m.help(ctx, p) })
		}
	}
}

// help polls until nothing is there any more.
func (m *Mapping) help(ctx context.Context, p *pollers) {
	for wait := time.Duration(0); ctx.Err() == nil && m.pollOnce(ctx, p, wait); wait = longPoll {
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
}

// pollOnce delivers a batch, and reports whether there was one.
func (m *Mapping) pollOnce(ctx context.Context, p *pollers, wait time.Duration) bool {
	batch := m.gather(ctx, wait)
	if len(batch) == 0 {
		return false
	}
	p.atWork(1)
	defer p.atWork(-1)
	m.deliver(ctx, batch)
	return true
}

func (p *pollers) atWork(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy += n
}

// gather receives one batch. It ends with the first receiving, or with a Window when the batch is full or the time
// over.
func (m *Mapping) gather(ctx context.Context, wait time.Duration) []sqs.Message {
	size := m.BatchSize
	if size == 0 {
		size = defaultBatch
	}
	batch := m.receive(ctx, size, wait)
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

// invoke has the function handle the batch. Where no execution is left it tries again, for as long as the messages
// stay hidden: no receive is lost to that.
func (m *Mapping) invoke(ctx context.Context, batch []sqs.Message) ([]byte, error) {
	payload, until := event(m.Queue.ARN(), batch), time.Now().Add(m.Visibility)
	for wait := firstBackoff; ; wait = min(2*wait, longestBackoff) {
		answer, err := m.Function.Invoke(context.WithoutCancel(ctx), payload)
		if !errors.Is(err, lambda.ErrThrottled) || time.Now().Add(wait).After(until) {
			return answer, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// deliver invokes the function with the batch, and deletes what it finished.
func (m *Mapping) deliver(ctx context.Context, batch []sqs.Message) {
	answer, err := m.invoke(ctx, batch)
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
