package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/notify"
	"spool/shared/queue"
)

// worker tells and sends.
type worker interface {
	Look(ctx context.Context, l notify.Look) error
	Sweep(ctx context.Context) error
}

// self looks at itself.
type self interface {
	LookAfter(ctx context.Context, round error)
}

// handler takes two kinds of event: messages of the notice queue, and the schedule's.
type handler struct {
	worker worker
	looks  queue.Consumer
	self   self
}

// handle tells the events apart by their shape.
func (h handler) handle(ctx context.Context, event json.RawMessage) (any, error) {
	var messages events.SQSEvent
	if err := json.Unmarshal(event, &messages); err != nil {
		return nil, fmt.Errorf("the event is neither a schedule's nor a queue's: %w", err)
	}
	if len(messages.Records) == 0 {
		err := h.worker.Sweep(ctx)
		h.self.LookAfter(ctx, err)
		return nil, err
	}
	return h.looks.EachLook(ctx, messages, func(ctx context.Context, l notify.Look, _ bool) error {
		return h.worker.Look(ctx, l)
	}), nil
}
