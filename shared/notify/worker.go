package notify

import (
	"context"
	"errors"
	"slices"
)

// Worker does what looks ask for. It is safe for concurrent use.
type Worker struct {
	Teller   *Teller
	Digester *Digester
	Sender   *Sender
	Standing Standing // may be nil
}

// Standing measures what lasts until a person acts, for alarms that ring as long as it does.
type Standing interface {
	Measure(ctx context.Context) error
}

// Look makes one attempt at a delivery, or tells what a record has to tell and has it sent.
func (w *Worker) Look(ctx context.Context, l Look) error {
	ctx = l.about(ctx)
	if l.Delivery != "" {
		return w.Sender.Send(ctx, l.Channel, l.Delivery)
	}
	made, err := w.Teller.Tell(ctx, l)
	w.Sender.HandOver(ctx, made)
	return err
}

// Try opens the secrets of a channel, if there is one that has any.
func (w *Worker) Try(ctx context.Context) error {
	all, err := w.Sender.Channels.Channels(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(c Channel) bool { return len(c.Sealed) > 0 })
	if i < 0 {
		return nil
	}
	_, err = open(ctx, w.Sender.Seal, all[i])
	return err
}

// Sweep is the round over what no look came for, and over the digests whose time has come. It measures what lasts.
func (w *Worker) Sweep(ctx context.Context) error {
	made, told := w.Teller.Sweep(ctx)
	digests, digested := w.Digester.Sweep(ctx)
	w.Sender.HandOver(ctx, append(made, digests...))
	var measured error
	if w.Standing != nil {
		measured = w.Standing.Measure(ctx)
	}
	return errors.Join(told, digested, measured)
}
