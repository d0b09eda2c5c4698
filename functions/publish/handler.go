package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/queue"
	"spool/shared/schedule"
)

// publisher does what is due for a post.
type publisher interface {
	Publish(ctx context.Context, postID string) error
}

// resumer lets paused posts go on: those of an account, or all.
type resumer interface {
	Resume(ctx context.Context, accountID string) (int, error)
}

// handler takes the publish queue's messages.
type handler struct {
	publisher publisher
	resumer   resumer
	messages  queue.Consumer
}

// handle publishes the posts of the messages. A message is done when its post's
// record says how it stands; only failures of Spool's own storage bring it back.
func (h handler) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	return h.messages.Each(ctx, event, func(ctx context.Context, w schedule.Wake) error {
		switch w.Paused {
		case "":
			return h.publisher.Publish(ctx, w.PostID)
		case schedule.Everybody:
			w.Paused = ""
		}
		_, err := h.resumer.Resume(ctx, w.Paused)
		return err
	}), nil
}
