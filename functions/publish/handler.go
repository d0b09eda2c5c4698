package main

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/queue"
	"spool/shared/schedule"
)

// publisher does what is due for a post.
type publisher interface {
	Publish(ctx context.Context, postID string) error
}

// handler takes the publish queue's messages.
type handler struct {
	publisher publisher
	log       *slog.Logger
}

// handle publishes the posts of the messages. A message is done when its post's
// record says how it stands; only failures of Spool's own storage bring it back.
func (h handler) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	return queue.Each(ctx, h.log, event, func(ctx context.Context, w schedule.Wake) error {
		return h.publisher.Publish(ctx, w.PostID)
	}), nil
}
