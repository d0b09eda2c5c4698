package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/correlate"
)

// Aside keeps the messages that say nothing, for a person to look at.
type Aside interface {
	Keep(ctx context.Context, message string) error
}

// Observer is told of messages that went wrong. It is safe for concurrent use.
type Observer interface {
	// MessageFailed tells of a message that will come again.
	MessageFailed(ctx context.Context, attrs ...slog.Attr)
	// DeadLetter tells of a message that was kept aside.
	DeadLetter(ctx context.Context, what string, attrs ...slog.Attr)
}

// Consumer takes wakes out of the events that Lambda gets from a queue.
type Consumer struct {
	Aside    Aside
	Observer Observer
}

// Handle does what a message asks for. Alone, nothing else is done in this process
// meanwhile; else it may answer [Apart], to be called again when it is. It is safe for
// concurrent use.
type Handle[T any] func(ctx context.Context, v T, alone bool) error

// Apart is the error of a message that may end the process, as far as is known: it is
// handled again, alone, once all others of its event are done. Of several those go first
// with fewer failures.
type Apart struct{ Failures int }

// Error says so.
func (a *Apart) Error() string {
	return fmt.Sprintf("queue: the message is to be handled alone, after %d failures", a.Failures)
}

// Each hands every wake of the event to handle, side by side, and answers which messages
// are to come again, in their order: those that handle gave an error for, or panicked on,
// and those for which no time was left. A message that came before, and was not done with,
// is handled alone after the others: it may be what ended the process then, and would take
// its neighbours along once more. Wakes that are sent again are handled after those that are
// new, for the same reason: side by side, since what holds up all workers makes many of them,
// and alone when they are sent for the fourth time.
// A message that is no wake would be none the next time either: it is kept aside. The mapping
// must have ReportBatchItemFailures, or SQS deletes what failed.
func (c Consumer) Each(ctx context.Context, event events.SQSEvent, handle Handle[Wake]) events.SQSEventResponse {
	return each(ctx, c, event, Decode, func(w Wake) int { return w.Again }, handle)
}

// EachLook is Each for the notice queue.
func (c Consumer) EachLook(ctx context.Context, event events.SQSEvent, handle Handle[Look]) events.SQSEventResponse {
	return each(ctx, c, event, DecodeLook, func(Look) int { return 0 }, handle)
}

// often is how often a wake is sent again before it is handled alone.
const often = 3

// late is a message that is handled alone, after the others.
type late struct {
	message, failures int
	receipt           string
}

// inTurn sorts what is handled alone. What has failed less often goes first, so that
// a message that ends the process is behind those that it has ended it for. A receipt is
// new and random with each delivery: of two that failed as often neither is always behind.
func inTurn(a, b late) int {
	return cmp.Or(cmp.Compare(a.failures, b.failures), strings.Compare(a.receipt, b.receipt))
}

// report is how much of an invocation is kept for its answer: without it, what was done
// would come again, and what was not would count as what ended the process.
const report = 2 * time.Second

func each[T any](ctx context.Context, c Consumer, event events.SQSEvent, decode func(string) (T, error),
	again func(T) int, handle Handle[T]) events.SQSEventResponse {
	if end, bounded := ctx.Deadline(); bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-report))
		defer cancel()
	}
	messages := make([]message[T], len(event.Records))
	for i, m := range event.Records {
		messages[i] = read(m, decode, again)
	}
	failed := make([]error, len(messages))
	try := func(i int, alone bool) {
		m := messages[i]
		ctx := correlate.With(ctx, slog.String("message_id", m.MessageId))
		failed[i] = errUnended
		failed[i] = one(ctx, c, m, func(ctx context.Context, v T) error { return handle(ctx, v, alone) })
		if _, apart := errors.AsType[*Apart](failed[i]); failed[i] != nil && (alone || !apart) {
			c.tell(ctx, m.SQSMessage, failed[i])
		}
	}
	for _, old := range []bool{false, true} {
		var side sync.WaitGroup
		for i, m := range messages {
			if m.failures == 0 && (m.again > 0) == old {
				side.Go(func() { try(i, false) })
			}
		}
		side.Wait()
	}
	for _, l := range apart(messages, failed) {
		try(l.message, true)
	}
	res := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for i, m := range messages {
		if failed[i] != nil {
			res.BatchItemFailures = append(res.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return res
}

// message is one of an event, and what it says.
type message[T any] struct {
	events.SQSMessage
	says     T
	err      error // it says nothing
	again    int   // how often it was sent before
	failures int   // how often it was not done with, as far as that makes it suspicious
}

// read takes a message out of an event.
func read[T any](m events.SQSMessage, decode func(string) (T, error), again func(T) int) message[T] {
	r := message[T]{SQSMessage: m}
	if r.says, r.err = decode(m.Body); r.err == nil {
		r.again = again(r.says)
	}
	received, _ := strconv.Atoi(m.Attributes["ApproximateReceiveCount"]) // absent: it is the first time
	if r.failures = max(received-1, 0); r.again >= often {
		r.failures = max(r.failures, r.again)
	}
	return r
}

// apart are the messages that are handled alone, in their turn.
func apart[T any](messages []message[T], failed []error) (all []late) {
	for i, m := range messages {
		n := m.failures
		a, wanted := errors.AsType[*Apart](failed[i])
		if wanted {
			n = a.Failures
		}
		if n > 0 || wanted {
			all = append(all, late{i, n, m.ReceiptHandle})
		}
	}
	slices.SortFunc(all, inTurn)
	return all
}

// tell tells of a message that will come again.
func (c Consumer) tell(ctx context.Context, m events.SQSMessage, err error) {
	attrs := []slog.Attr{
		slog.String("message_id", m.MessageId), slog.String("message", shorten(m.Body)),
		slog.String("receive_count", m.Attributes["ApproximateReceiveCount"]), slog.Any("error", err),
	}
	if p, ok := errors.AsType[*panicked](err); ok {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	c.Observer.MessageFailed(ctx, attrs...)
}

// errUnended is what became of a message whose work has ended its goroutine.
var errUnended = errors.New("queue: the work on the message has not come to an end")

// panicked is a message whose work panicked: its neighbours' goes on.
type panicked struct {
	value any
	stack []byte
}

// Error gives what it panicked with.
func (p *panicked) Error() string {
	return fmt.Sprintf("queue: the work on the message panicked: %v", p.value)
}

// one handles one message.
func one[T any](ctx context.Context, c Consumer, m message[T], handle func(context.Context, T) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{p, debug.Stack()}
		}
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.err == nil {
		return handle(ctx, m.says)
	}
	if kept := c.Aside.Keep(ctx, m.Body); kept != nil {
		return kept
	}
	c.Observer.DeadLetter(ctx, "a message says nothing that Spool understands, and was kept aside",
		slog.String("message_id", m.MessageId), slog.String("message", shorten(m.Body)), slog.Any("error", m.err))
	return nil
}

// shorten is as much of a message as one that Spool wrote has.
func shorten(message string) string {
	const most = 3 * maxID
	if len(message) > most {
		return message[:most] + "…"
	}
	return message
}
