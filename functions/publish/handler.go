package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/correlate"
	"spool/shared/publish"
	"spool/shared/queue"
	"spool/shared/schedule"
)

// publisher does what is due for a post.
type publisher interface {
	Publish(ctx context.Context, o publish.Order) error
}

// resumer lets paused posts go on: those of an account, or all.
type resumer interface {
	Resume(ctx context.Context, accountID string) (int, error)
}

// self looks at itself, and tells that it was asked to at a time.
type self interface {
	Look(ctx context.Context, asked time.Time)
}

// handler takes the publish queue's messages.
type handler struct {
	publisher publisher
	resumer   resumer
	messages  queue.Consumer
	self      self
}

// handle publishes the posts of the messages, side by side. A message is done when its
// post's record says how it stands; only failures of Spool's own storage bring it back.
func (h handler) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	return h.messages.Each(ctx, event, func(ctx context.Context, w schedule.Wake, alone bool) error {
		if w.Check {
			h.self.Look(ctx, w.DueAt)
			return nil
		}
		switch w.Paused {
		case "":
			return h.publish(ctx, publish.Order{PostID: w.PostID, Alone: alone, Hops: w.Hops})
		case schedule.Everybody:
			w.Paused = ""
		}
		_, err := h.resumer.Resume(ctx, w.Paused)
		return err
	}), nil
}

// publish publishes one post, and puts one that is suspected off until it is alone.
func (h handler) publish(ctx context.Context, o publish.Order) error {
	err := h.publisher.Publish(correlate.With(ctx, slog.String("post_id", o.PostID)), o)
	if s, ok := errors.AsType[*publish.Suspected](err); ok {
		return &queue.Apart{Failures: s.Crashes}
	}
	return err
}
