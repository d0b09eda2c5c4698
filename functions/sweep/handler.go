package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/retain"
)

// sweeper deletes what was kept long enough.
type sweeper interface {
	Sweep(ctx context.Context) (retain.Swept, error)
}

// self looks at itself.
type self interface {
	LookAfter(ctx context.Context, round error)
}

// handler takes the schedule's event.
type handler struct {
	sweeper sweeper
	self    self
}

// handle does one round. What fails is tried again by the next.
func (h handler) handle(ctx context.Context, _ events.EventBridgeEvent) error {
	_, err := h.sweeper.Sweep(ctx)
	h.self.LookAfter(ctx, err)
	return err
}
