package queue

import (
	"context"
	"log/slog"

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

// Each hands every wake of the event to handle, one after the other, and answers
// which messages are to come again: those that handle gave an error for, and those
// for which no time was left. A message that is no wake would be none the next time
// either: it is kept aside. The mapping must have ReportBatchItemFailures, or SQS
// deletes what failed.
func (c Consumer) Each(ctx context.Context, event events.SQSEvent,
	handle func(context.Context, Wake) error) events.SQSEventResponse {
	return each(ctx, c, event, Decode, handle)
}

// EachLook is Each for the notice queue.
func (c Consumer) EachLook(ctx context.Context, event events.SQSEvent,
	handle func(context.Context, Look) error) events.SQSEventResponse {
	return each(ctx, c, event, DecodeLook, handle)
}

func each[T any](ctx context.Context, c Consumer, event events.SQSEvent, decode func(string) (T, error),
	handle func(context.Context, T) error) events.SQSEventResponse {
	res := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, m := range event.Records {
		ctx := correlate.With(ctx, slog.String("message_id", m.MessageId))
		if err := one(ctx, c, m, decode, handle); err != nil {
			c.Observer.MessageFailed(ctx, slog.String("message_id", m.MessageId), slog.String("message", shorten(m.Body)),
				slog.String("receive_count", m.Attributes["ApproximateReceiveCount"]), slog.Any("error", err))
			res.BatchItemFailures = append(res.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return res
}

// one handles one message.
func one[T any](ctx context.Context, c Consumer, m events.SQSMessage, decode func(string) (T, error),
	handle func(context.Context, T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v, err := decode(m.Body)
	if err == nil {
		return handle(ctx, v)
	}
	if kept := c.Aside.Keep(ctx, m.Body); kept != nil {
		return kept
	}
	c.Observer.DeadLetter(ctx, "a message says nothing that Spool understands, and was kept aside",
		slog.String("message_id", m.MessageId), slog.String("message", shorten(m.Body)), slog.Any("error", err))
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
