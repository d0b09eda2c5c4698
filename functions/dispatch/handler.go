package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/queue"
	"spool/shared/schedule"
)

// dispatcher wakes workers for due posts.
type dispatcher interface {
	Dispatch(ctx context.Context) error
}

// deadLetters ends a post whose message died.
type deadLetters interface {
	FailDead(ctx context.Context, postID string) error
}

// handler takes two kinds of event: the schedule's, and messages of the
// dead-letter queue.
type handler struct {
	dispatch dispatcher
	dead     deadLetters
	log      *slog.Logger
}

// handle tells the events apart by their shape.
func (h handler) handle(ctx context.Context, event json.RawMessage) (any, error) {
	var messages events.SQSEvent
	if err := json.Unmarshal(event, &messages); err != nil {
		return nil, fmt.Errorf("the event is neither a schedule's nor a queue's: %w", err)
	}
	if len(messages.Records) == 0 {
		return nil, h.dispatch.Dispatch(ctx)
	}
	return queue.Each(ctx, h.log, messages, func(ctx context.Context, w schedule.Wake) error {
		if w.PostID == "" { // an order to look for paused posts, which go on at their time
			h.log.ErrorContext(ctx, "paused posts could not be resumed before their time", "account_id", w.Paused)
			return nil
		}
		return h.dead.FailDead(ctx, w.PostID)
	}), nil
}
