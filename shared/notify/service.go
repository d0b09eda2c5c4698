package notify

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"

	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
)

// Service carries out what the owner decides about channels. It is safe for concurrent use.
type Service struct {
	Channels   Channels
	Deliveries Deliveries
	Accounts   Registry
	Seal       Sealer
	Queue      Queue
	SendsMail  bool // whether somebody gets the deployment's e-mail
	Networks   Networks
	Now        func() time.Time
	Log        *slog.Logger
}

// Settings are what an owner says of a channel. Nil leaves it as it is.
type Settings struct {
	Name     *string
	URL      *string
	Kinds    *[]event.Kind
	Accounts *[]string
	Digest   *Digest // with an empty zone: never
	On       *bool
	Site     string // where the owner's web page is; empty: as before
}

// Create makes a channel. Of a webhook it gives the key that its requests are signed with,
// which is shown never again.
func (s *Service) Create(ctx context.Context, kind ChannelKind, want Settings) (c Channel, key string, err error) {
	all, err := s.Channels.Channels(ctx)
	if err != nil {
		return c, "", err
	}
	if len(all) >= MaxChannels {
		return c, "", fault.New(fault.Conflict, "There are %d channels already, which is as many as there can be.",
			len(all)).Todo("Delete one that is not needed any more.")
	}
	if kind == Email && !s.SendsMail {
		return c, "", noMail().At("kind")
	}
	now := event.Stored(s.Now())
	c = Channel{ID: account.NewWriter(), Kind: kind, State: On, CreatedAt: now, UpdatedAt: now}
	var kept secrets
	if kind == Webhook {
		kept.Key = newKey()
	}
	if c, kept, err = s.apply(ctx, c, kept, want); err != nil {
		return c, "", err
	}
	if kind != Email && kept.URL == "" {
		_, err := s.Networks.check("")
		return c, "", err
	}
	if kind != Email {
		if c, err = seal(ctx, s.Seal, c, kept); err != nil {
			return c, "", err
		}
	}
	c.Writer = account.NewWriter()
	if c, err = s.Channels.SaveChannel(ctx, c); err != nil {
		return c, "", err
	}
	s.Log.InfoContext(ctx, "channel made", "channel_id", c.ID, "kind", c.Kind, "name", c.Name)
	return c, kept.Key, nil
}

// Change changes a channel.
func (s *Service) Change(ctx context.Context, id string, want Settings) (c Channel, err error) {
	err = again(func() error {
		if c, err = s.Channels.Channel(ctx, id); err != nil {
			return err
		}
		var kept secrets
		if want.URL != nil && c.Kind != Email { // else nothing of them changes
			if kept, err = open(ctx, s.Seal, c); err != nil {
				return err
			}
		}
		if c, kept, err = s.apply(ctx, c, kept, want); err != nil {
			return err
		}
		if want.URL != nil && c.Kind != Email {
			if c, err = seal(ctx, s.Seal, c, kept); err != nil {
				return err
			}
		}
		c, err = s.save(ctx, c)
		return err
	})
	return c, err
}

// save stores a change of the owner's.
func (s *Service) save(ctx context.Context, c Channel) (Channel, error) {
	c.UpdatedAt, c.Writer = event.Stored(s.Now()), account.NewWriter()
	return s.Channels.SaveChannel(ctx, c)
}

// apply checks settings and gives the channel with them.
func (s *Service) apply(ctx context.Context, c Channel, kept secrets, want Settings) (Channel, secrets, error) {
	if want.Site != "" {
		c.Site = want.Site
	}
	if want.Name != nil {
		if c.Name = strings.TrimSpace(*want.Name); c.Name == "" {
			return c, kept, fault.New(fault.Invalid, "The channel has no name.").At("name").Todo("Say what it is for.")
		}
		if strings.ContainsFunc(c.Name, unseen) {
			return c, kept, fault.New(fault.Invalid, "The name has characters that are not seen.").At("name").
				Todo("Leave out control characters and marks of the writing direction.")
		}
	}
	if want.URL != nil {
		if c.Kind == Email {
			return c, kept, fault.New(fault.Invalid, "E-mail goes to whoever subscribed to the deployment's topic.").At("url").
				Todo("Leave url out. AlarmEmail, a parameter of the deployment, sets the first address.")
		}
		u, err := s.Networks.check(*want.URL)
		if err != nil {
			return c, kept, err
		}
		kept.URL, c.Shown, c.FailingSince, c.Turn = u.String(), mask(u), time.Time{}, time.Time{}
	}
	if want.Kinds != nil {
		for _, k := range *want.Kinds {
			if !slices.Contains(event.Kinds(), k) {
				return c, kept, fault.New(fault.Invalid, "There is no event %.40q.", k).At("events").
					Todo("The events are %s.", strings.Join(texts(event.Kinds()), ", "))
			}
		}
		c.Kinds = *want.Kinds
	}
	if want.Accounts != nil {
		if err := s.known(ctx, c.Accounts, *want.Accounts); err != nil {
			return c, kept, err
		}
		c.Accounts = *want.Accounts
	}
	if want.Digest != nil {
		d, err := want.Digest.begin(s.Now())
		if err != nil {
			return c, kept, err
		}
		c.Digest = d
	}
	if want.On != nil {
		c = c.turn(*want.On)
	}
	return c, kept, nil
}

// unseen reports whether a character controls a text, or its direction, and is not seen itself.
func unseen(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// known checks that there are the accounts that a channel is to be told of, beside those that it has.
func (s *Service) known(ctx context.Context, has, want []string) error {
	if len(want) == 0 {
		return nil
	}
	all, err := s.Accounts.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, id := range want {
		is := func(a account.Account) bool { return a.ID == id }
		if !slices.Contains(has, id) && !slices.ContainsFunc(all, is) {
			return fault.New(fault.Invalid, "There is no account with the id %.40q.", id).At("accounts").
				Todo("Give ids, not names; the list of accounts (GET /v1/accounts, or spool accounts) has them.")
		}
	}
	return nil
}

// Rotate gives a webhook another key, and shows it. The one before signs as well for a day.
func (s *Service) Rotate(ctx context.Context, id string) (c Channel, key string, err error) {
	err = again(func() error {
		if c, err = s.Channels.Channel(ctx, id); err != nil {
			return err
		}
		if c.Kind != Webhook {
			return fault.New(fault.Invalid, "Only webhooks have a secret.").
				Todo("To replace the address of a chat, change its url.")
		}
		kept, err := open(ctx, s.Seal, c)
		if err != nil {
			return err
		}
		kept = kept.rotate(event.Stored(s.Now()))
		if c, err = seal(ctx, s.Seal, c, kept); err != nil {
			return err
		}
		key = kept.Key
		c, err = s.save(ctx, c)
		return err
	})
	return c, key, err
}

// Delete deletes a channel and what was sent to it. What was on its way is not sent any more. Where that is cut off the
// channel is still there to be deleted.
func (s *Service) Delete(ctx context.Context, id string) error {
	if err := s.Deliveries.DropDeliveries(ctx, id); err != nil {
		return err
	}
	if err := s.Channels.DropChannel(ctx, id); err != nil {
		return err
	}
	if err := s.Deliveries.DropDeliveries(ctx, id); err != nil { // what was made meanwhile
		return err
	}
	s.Log.InfoContext(ctx, "channel deleted", "channel_id", id)
	return nil
}

// Test sends a channel a notice that says it works.
func (s *Service) Test(ctx context.Context, id string) (Delivery, Notice, error) {
	c, err := s.on(ctx, id)
	if err != nil {
		return Delivery{}, Notice{}, err
	}
	now := s.Now()
	n := testOf(now, c, account.NewWriter()).at(c.Site)
	d, err := s.send(ctx, newDelivery(now, id, n))
	return d, n, err
}

// on reads a channel, which must be on.
func (s *Service) on(ctx context.Context, id string) (Channel, error) {
	c, err := s.Channels.Channel(ctx, id)
	if err == nil && c.State != On {
		err = fault.New(fault.Conflict, "This channel is %s.", c.State).Todo("Turn it on first.")
	}
	return c, err
}

// Replay sends a notice to a channel once more, with the id that it had.
func (s *Service) Replay(ctx context.Context, id, delivery string) (Delivery, Notice, error) {
	if _, err := s.on(ctx, id); err != nil {
		return Delivery{}, Notice{}, err
	}
	d, err := s.Deliveries.Delivery(ctx, id, delivery)
	if err != nil {
		return d, Notice{}, err
	}
	if d.State == Pending {
		return d, Notice{}, fault.New(fault.Conflict, "This is on its way.").
			Todo("Wait until it has arrived or was given up.")
	}
	n, err := noticeOf(d)
	if err != nil {
		return d, n, err
	}
	d, err = s.send(ctx, d.replay(s.Now()))
	return d, n, err
}

// send stores a delivery that is due now, and has it sent.
func (s *Service) send(ctx context.Context, d Delivery) (Delivery, error) {
	d.Writer = account.NewWriter()
	d, err := s.Deliveries.SaveDelivery(ctx, d)
	if err != nil {
		return d, err
	}
	if err := s.Queue.LookAll(ctx, []Look{{Channel: d.ChannelID, Delivery: d.ID}}); err != nil {
		s.Log.WarnContext(ctx, "a notice is sent later", "channel_id", d.ChannelID, "error", err)
	}
	return d, nil
}

// All are all channels, the oldest first.
func (s *Service) All(ctx context.Context) ([]Channel, error) { return s.Channels.Channels(ctx) }

// One is a channel.
func (s *Service) One(ctx context.Context, id string) (Channel, error) {
	return s.Channels.Channel(ctx, id)
}

// History gives a channel's deliveries, newest first, before one, with what each says. Fewer
// than limit are the last.
func (s *Service) History(ctx context.Context, id, before string, limit int) ([]Delivery, []Notice, error) {
	if _, err := s.Channels.Channel(ctx, id); err != nil {
		return nil, nil, err
	}
	all, err := s.Deliveries.Log(ctx, id, before, limit)
	if err != nil {
		return nil, nil, err
	}
	notices := make([]Notice, len(all))
	for i, d := range all {
		if notices[i], err = noticeOf(d); err != nil {
			return nil, nil, err
		}
	}
	return all, notices, nil
}
