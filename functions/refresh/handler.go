package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
)

// sweeper refreshes the accounts that are due.
type sweeper interface {
	Sweep(ctx context.Context) error
}

// self looks at itself, now and then.
type self interface {
	LookAgain(ctx context.Context)
}

// handler takes the schedule's event.
type handler struct {
	sweeper sweeper
	self    self
}

// handle does one round. What it does not get to waits for the next.
func (h handler) handle(ctx context.Context, _ events.EventBridgeEvent) error {
	err := h.sweeper.Sweep(ctx)
	h.self.LookAgain(ctx)
	return err
}
