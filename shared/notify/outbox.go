package notify

import (
	"context"
	"log/slog"
	"time"

	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/post"
)

// Outbox sends a look for each record that was stored with events. Where that fails it is
// only logged: what there is to tell is in the record, and is found there.
type Outbox struct {
	Queue Queue
	Log   *slog.Logger
}

// patience is how long a look may take to be sent.
const patience = 5 * time.Second

// Post follows a post that was stored. One that a worker holds is left until it is free.
func (o Outbox) Post(ctx context.Context, p post.Post) {
	if p.Lease.Owner == "" {
		o.handOver(ctx, p.Events, Look{Post: p.ID})
	}
}

// Account follows an account that was stored.
func (o Outbox) Account(ctx context.Context, a account.Account) {
	o.handOver(ctx, a.Events, Look{Account: a.ID})
}

// Pause follows a pause that was stored, of an account, or of the app when the id is empty.
func (o Outbox) Pause(ctx context.Context, accountID string, p account.Pause) {
	o.handOver(ctx, p.Events, Look{Account: accountID, App: accountID == ""})
}

// Budgets follows budgets that were stored.
func (o Outbox) Budgets(ctx context.Context, b account.Budgets) {
	o.handOver(ctx, b.Events, Look{App: true})
}

// handOver sends a look, if there are events.
func (o Outbox) handOver(ctx context.Context, events event.Outbox, l Look) {
	if len(events) == 0 {
		return
	}
	// The record is stored, so its writer is done, and may have no time left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := o.Queue.LookAll(ctx, []Look{l}); err != nil {
		o.Log.WarnContext(l.about(ctx), "a notice is sent later", "error", err)
	}
}
