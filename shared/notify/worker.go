package notify

import (
	"context"
)

// Worker does what looks ask for. It is safe for concurrent use.
type Worker struct {
	Teller *Teller
	Sender *Sender
}

// Look makes one attempt at a delivery, or tells what a record has to tell, and sends it.
func (w *Worker) Look(ctx context.Context, l Look) error {
	if l.Delivery != "" {
		return w.Sender.Send(ctx, l.Channel, l.Delivery)
	}
	made, err := w.Teller.Tell(ctx, l)
	w.Sender.SendAll(ctx, made)
	return err
}

// Sweep is the round over what no look came for.
func (w *Worker) Sweep(ctx context.Context) error {
	made, err := w.Teller.Sweep(ctx)
	w.Sender.SendAll(ctx, made)
	return err
}
