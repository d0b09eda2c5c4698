package notify

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/post"
)

// Teller makes deliveries of what the records have to tell. It is safe for concurrent use,
// and whatever it is told twice it does once: a delivery is named for its notice.
type Teller struct {
	Posts      Posts
	Accounts   Accounts
	Channels   Channels
	Deliveries Deliveries
	Now        func() time.Time
	Log        *slog.Logger
}

// tries is how often a record is read again that another writer changed meanwhile.
const tries = 4

// Tell makes the deliveries of what a look is about, takes the events out of the record,
// and gives the deliveries that are new. Where it fails some of it may be done: telling
// again does the rest.
func (t *Teller) Tell(ctx context.Context, l Look) ([]Address, error) {
	var made []Address
	var all []error
	tell := func(one func(context.Context, *[]Address) error) { all = append(all, one(ctx, &made)) }
	if l.Post != "" {
		tell(func(ctx context.Context, made *[]Address) error { return t.post(ctx, l.Post, made) })
	}
	if l.Account != "" {
		tell(func(ctx context.Context, made *[]Address) error { return t.account(ctx, l.Account, made) })
	}
	if l.App {
		tell(t.app)
	}
	if l.Channel != "" {
		tell(func(ctx context.Context, made *[]Address) error { return t.channel(ctx, l.Channel, made) })
	}
	return made, errors.Join(all...)
}

// again does something with a record, once more where another write came first.
func again(do func() error) error {
	var err error
	for range tries {
		if err = do(); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return err
}

// absent reports whether a record is not there (any more): then nothing is to be told.
func absent(err error) bool { return fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone) }

// post tells of a post.
func (t *Teller) post(ctx context.Context, id string, made *[]Address) error {
	return again(func() error {
		p, _, err := t.Posts.Load(ctx, id)
		if err != nil || len(p.Events) == 0 {
			return unlessAbsent(err)
		}
		acc, err := t.nameOf(ctx, p.AccountID)
		if err != nil {
			return err
		}
		err = t.deliver(ctx, p.Events, p.AccountID, made, func(e event.Event) Notice { return ofPost(p, acc, e) })
		if err != nil {
			return err
		}
		handed, err := p.Handed(t.Now(), p.Events.Last())
		if err != nil {
			return nil // a worker has it, and sends a look when it is done
		}
		handed.Writer = post.NewWriter()
		_, err = t.Posts.Save(ctx, handed)
		return err
	})
}

// unlessAbsent is an error, save that a record is not there.
func unlessAbsent(err error) error {
	if absent(err) {
		return nil
	}
	return err
}

// nameOf reads an account for its name, which is empty where there is no such account.
func (t *Teller) nameOf(ctx context.Context, id string) (account.Account, error) {
	if id == "" {
		return account.Account{}, nil
	}
	snap, err := t.Accounts.Snapshot(ctx, id)
	return snap.Account, unlessAbsent(err)
}

// account tells of an account and of its pause.
func (t *Teller) account(ctx context.Context, id string, made *[]Address) error {
	return again(func() error {
		snap, err := t.Accounts.Snapshot(ctx, id)
		if err != nil {
			return unlessAbsent(err)
		}
		if a := snap.Account; len(a.Events) > 0 {
			write := func(e event.Event) Notice { return ofAccount(a, "account", e) }
			if err := t.deliver(ctx, a.Events, id, made, write); err != nil {
				return err
			}
			handed := a.Handed(a.Events.Last())
			handed.Writer = account.NewWriter()
			if _, err := t.Accounts.SaveAccount(ctx, handed); err != nil {
				return err
			}
		}
		p := snap.AccountPause
		if len(p.Events) == 0 {
			return nil
		}
		write := func(e event.Event) Notice { return ofAccount(snap.Account, "pause", e) }
		if err := t.deliver(ctx, p.Events, id, made, write); err != nil {
			return err
		}
		return t.Accounts.SavePause(ctx, id, p.Handed(p.Events.Last()))
	})
}

// app tells of the app's pause and of the budgets.
func (t *Teller) app(ctx context.Context, made *[]Address) error {
	paused := again(func() error {
		all, err := t.Accounts.Pauses(ctx, nil)
		p := all[""]
		if err != nil || len(p.Events) == 0 {
			return err
		}
		if err := t.deliver(ctx, p.Events, "", made, ofApp); err != nil {
			return err
		}
		return t.Accounts.SavePause(ctx, "", p.Handed(p.Events.Last()))
	})
	budgets := again(func() error {
		b, err := t.Accounts.Budgets(ctx)
		if err != nil {
			return err
		}
		for _, e := range b.Events {
			acc, err := t.nameOf(ctx, e.Whose)
			if err != nil {
				return err
			}
			err = t.deliver(ctx, event.Outbox{e}, e.Whose, made, func(e event.Event) Notice { return ofBudget(acc, e) })
			if err != nil {
				return err
			}
		}
		if len(b.Events) == 0 {
			return nil
		}
		b = b.Handed(b.Events.Last())
		b.Writer = account.NewWriter()
		return t.Accounts.SaveBudgets(ctx, b)
	})
	return errors.Join(paused, budgets)
}

// channel tells the other channels of one.
func (t *Teller) channel(ctx context.Context, id string, made *[]Address) error {
	return again(func() error {
		c, err := t.Channels.Channel(ctx, id)
		if err != nil || len(c.Events) == 0 {
			return unlessAbsent(err)
		}
		if err := t.deliver(ctx, c.Events, "", made, func(e event.Event) Notice { return ofChannel(c, e) }); err != nil {
			return err
		}
		c = c.Handed(c.Events.Last())
		c.Writer = account.NewWriter()
		_, err = t.Channels.SaveChannel(ctx, c)
		return err
	})
}

// deliver makes a delivery of each event for each channel that wants it. One that is
// there already stays as it is.
func (t *Teller) deliver(ctx context.Context, events event.Outbox, accountID string, made *[]Address,
	write func(event.Event) Notice) error {
	channels, err := t.Channels.Channels(ctx)
	if err != nil {
		return err
	}
	for _, e := range events {
		for _, c := range channels {
			if !c.Wants(e.Kind, accountID) {
				continue
			}
			d, err := t.add(ctx, newDelivery(t.Now(), c.ID, write(e).at(c.Site)))
			switch {
			case fault.Is(err, fault.Conflict):
			case err != nil:
				return err
			default:
				*made = append(*made, d)
			}
		}
		t.Log.InfoContext(ctx, "told", "event", e.Kind, "sequence", e.Seq)
	}
	return nil
}

// add stores a new delivery.
func (t *Teller) add(ctx context.Context, d Delivery) (Address, error) {
	d.Writer = account.NewWriter()
	_, err := t.Deliveries.SaveDelivery(ctx, d)
	return Address{d.ChannelID, d.ID, d.Due}, err
}

// Sweep tells of all records but the posts, which the due index finds: of whatever no look
// came for.
func (t *Teller) Sweep(ctx context.Context) ([]Address, error) {
	accounts, err := t.Accounts.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	pauses, err := t.Accounts.Pauses(ctx, ids)
	if err != nil {
		return nil, err
	}
	looks := []Look{{App: true}}
	for _, a := range accounts {
		if len(a.Events) > 0 || len(pauses[a.ID].Events) > 0 {
			looks = append(looks, Look{Account: a.ID})
		}
	}
	channels, err := t.Channels.Channels(ctx)
	errs := []error{err}
	for _, c := range channels {
		if len(c.Events) > 0 {
			looks = append(looks, Look{Channel: c.ID})
		}
	}
	var made []Address
	for _, l := range looks {
		more, err := t.Tell(l.about(ctx), l)
		made, errs = append(made, more...), append(errs, err)
	}
	return made, errors.Join(errs...)
}
