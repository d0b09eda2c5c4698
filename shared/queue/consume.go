package queue

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
)

// Each hands every wake of the event to handle, one after the other, and answers
// which messages are to come again: those that handle gave an error for, those
// that are not wakes at all, so that they end in the dead-letter queue where
// somebody sees them, and those for which no time was left. The mapping must
// have ReportBatchItemFailures, or SQS deletes these too.
func Each(ctx context.Context, log *slog.Logger, event events.SQSEvent,
	handle func(context.Context, Wake) error) events.SQSEventResponse {
	res := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, m := range event.Records {
		if err := one(ctx, m, handle); err != nil {
			log.ErrorContext(ctx, "the message will come again", "message_id", m.MessageId,
				"receive_count", m.Attributes["ApproximateReceiveCount"], "error", err)
			res.BatchItemFailures = append(res.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return res
}

// one handles one message.
func one(ctx context.Context, m events.SQSMessage, handle func(context.Context, Wake) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w, err := Decode(m.Body)
	if err != nil {
		return err
	}
	return handle(ctx, w)
}
