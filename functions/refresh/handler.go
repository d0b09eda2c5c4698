package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
)

// sweeper refreshes the accounts that are due.
type sweeper interface {
	Sweep(ctx context.Context) error
}

// handler takes the schedule's event.
type handler struct{ sweeper sweeper }

// handle does one round. What it does not get to waits for the next.
func (h handler) handle(ctx context.Context, _ events.EventBridgeEvent) error {
	return h.sweeper.Sweep(ctx)
}
