package notify

import (
	"context"
	"log/slog"
	"time"
)

// Dispatcher has deliveries sent whose time comes. It is part of a round of dispatch.
type Dispatcher struct {
	Deliveries Deliveries
	Queue      Queue
	Now        func() time.Time
	Log        *slog.Logger
}

const (
	// horizon is how far ahead a round looks: rounds come every minute, but not to the second.
	horizon = 75 * time.Second
	// most is how many deliveries a round has sent.
	most = 500
)

// Dispatch is one round.
func (d *Dispatcher) Dispatch(ctx context.Context) error {
	now := d.Now()
	due, err := d.Deliveries.DueDeliveries(ctx, now.Add(horizon), most)
	if err != nil || len(due) == 0 {
		return err
	}
	looks := make([]Look, len(due))
	for i, a := range due {
		looks[i] = Look{Channel: a.ChannelID, Delivery: a.ID, Delay: max(0, a.Due.Sub(now)).Truncate(time.Second)}
	}
	d.Log.InfoContext(ctx, "notices are due", "deliveries", len(due))
	return d.Queue.LookAll(ctx, looks)
}
