package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/queue"
	"spool/shared/schedule"
)

// dispatcher wakes workers for due posts.
type dispatcher interface {
	Dispatch(ctx context.Context) error
}

// deadLetters does what is left to do for a message that died.
type deadLetters interface {
	Handle(ctx context.Context, w schedule.Wake) error
}

// self looks at itself, now and then.
type self interface {
	LookAgain(ctx context.Context)
}

// handler takes two kinds of event: the schedule's, and messages of the
// dead-letter queue.
type handler struct {
	dispatch dispatcher
	dead     deadLetters
	messages queue.Consumer
	self     self
}

// handle tells the events apart by their shape.
func (h handler) handle(ctx context.Context, event json.RawMessage) (any, error) {
	var messages events.SQSEvent
	if err := json.Unmarshal(event, &messages); err != nil {
		return nil, fmt.Errorf("the event is neither a schedule's nor a queue's: %w", err)
	}
	if len(messages.Records) == 0 {
		err := h.dispatch.Dispatch(ctx)
		h.self.LookAgain(ctx)
		return nil, err
	}
	return h.messages.Each(ctx, messages, func(ctx context.Context, w schedule.Wake, _ bool) error {
		return h.dead.Handle(ctx, w)
	}), nil
}
