package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"spool/shared/account"
	"spool/shared/fault"
)

// Sender sends deliveries. It is safe for concurrent use.
type Sender struct {
	Channels   Channels
	Deliveries Deliveries
	Seal       Sealer
	Web        *Web
	Mail       Mail // nil: there is no e-mail
	Outbox     Outbox
	Now        func() time.Time
	Rand       func() float64 // in [0,1): the jitter
	Log        *slog.Logger
}

// side is how many deliveries are sent side by side.
const side = 8

// SendAll sends deliveries. What it does not get to is sent when the due index finds it.
func (s *Sender) SendAll(ctx context.Context, all []Address) {
	var g errgroup.Group
	g.SetLimit(side)
	for _, d := range all {
		g.Go(func() error {
			if err := s.Send(ctx, d.ChannelID, d.ID); err != nil {
				s.Log.WarnContext(ctx, "a notice is sent later", "channel_id", d.ChannelID, "delivery_id", d.ID, "error", err)
			}
			return nil
		})
	}
	_ = g.Wait() // what fails is logged
}

// Send makes one attempt at a delivery, unless it is not to be sent now, or another worker
// makes one. The error is of Spool's own storage: what came of the attempt is in the record.
func (s *Sender) Send(ctx context.Context, channelID, id string) error {
	d, err := s.Deliveries.Delivery(ctx, channelID, id)
	if err != nil {
		return unlessAbsent(err)
	}
	d, err = d.claim(s.Now(), account.NewWriter())
	if err != nil {
		return nil // done, or not due yet
	}
	if d, err = s.Deliveries.SaveDelivery(ctx, d); err != nil {
		return unlessConflict(err) // another worker has it
	}
	c, err := s.Channels.Channel(ctx, channelID)
	switch {
	case absent(err), err == nil && c.State != On:
		return s.store(ctx, d.fail()) // nobody is told of it there any more
	case err != nil:
		return err
	}
	a, after := s.attempt(ctx, c, d)
	d = d.attempted(a, after, s.Rand())
	s.Log.InfoContext(ctx, "notice", "channel_id", c.ID, "kind", c.Kind, "notice_id", d.NoticeID, "event", d.Kind,
		"status_code", a.Code, "took_ms", a.Took.Milliseconds(), "error", a.Error, "state", d.State, "next", d.Due)
	if err := s.store(ctx, d); err != nil {
		return err
	}
	return s.judge(ctx, c.ID, a)
}

// unlessConflict is an error, save that another write came first.
func unlessConflict(err error) error {
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// store stores what became of a delivery. The claim is this worker's for a minute; where
// that ran out another has it, and what that does counts.
func (s *Sender) store(ctx context.Context, d Delivery) error {
	d.Writer = account.NewWriter()
	_, err := s.Deliveries.SaveDelivery(ctx, d)
	return unlessConflict(err)
}

// attempt is one request, and what came of it.
func (s *Sender) attempt(ctx context.Context, c Channel, d Delivery) (a Attempt, retryAfter time.Duration) {
	a.At = clock(s.Now())
	answer, err := s.request(ctx, c, d)
	a.Took = s.Now().Sub(a.At).Truncate(time.Millisecond)
	a.Code = answer.code
	if err != nil {
		a.Error = shown(err)
	}
	return a, answer.retryAfter
}

// request sends a notice the way its channel wants it.
func (s *Sender) request(ctx context.Context, c Channel, d Delivery) (answer, error) {
	n, err := noticeOf(d)
	if err != nil {
		return answer{}, err
	}
	if c.Kind == Email {
		if s.Mail == nil {
			return answer{}, fault.New(fault.NotSetUp, "This deployment sends no e-mail.")
		}
		return answer{}, s.Mail.Publish(ctx, subject(n), letter(n))
	}
	kept, err := open(ctx, s.Seal, c)
	if err != nil {
		return answer{}, err
	}
	switch c.Kind {
	case Slack:
		return s.Web.post(ctx, kept.URL, slack(n), nil)
	case Discord:
		return s.Web.post(ctx, kept.URL, discord(n), nil)
	default:
		now := s.Now()
		header, err := signed(kept.keys(now), d.NoticeID, now, d.Body)
		if err != nil {
			return answer{}, err
		}
		return s.Web.post(ctx, kept.URL, d.Body, header)
	}
}

// open opens a channel's secrets.
func open(ctx context.Context, seal Sealer, c Channel) (kept secrets, err error) {
	raw, err := seal.Open(ctx, c.Sealed, binding(c.ID))
	if err != nil {
		return kept, fmt.Errorf("open channel %s: %w", c.ID, err)
	}
	return kept, json.Unmarshal(raw, &kept)
}

// seal seals a channel's secrets into it.
func seal(ctx context.Context, sealer Sealer, c Channel, kept secrets) (Channel, error) {
	raw, err := json.Marshal(kept)
	if err != nil {
		return c, err
	}
	c.Sealed, err = sealer.Seal(ctx, raw, binding(c.ID))
	return c, err
}

// judge notes in the channel what came of an attempt, where that is news: that it fails,
// that it works again, and that nothing has reached it for so long that it is disabled.
func (s *Sender) judge(ctx context.Context, id string, a Attempt) error {
	return again(func() error {
		c, err := s.Channels.Channel(ctx, id)
		if err != nil {
			return unlessAbsent(err)
		}
		next, news := c.judged(s.Now(), a)
		if !news {
			return nil
		}
		next.Writer = account.NewWriter()
		stored, err := s.Channels.SaveChannel(ctx, next)
		if err == nil && stored.State == Disabled {
			s.Log.ErrorContext(ctx, "channel disabled", "channel_id", id, "error", a.Error)
			s.Outbox.handOver(ctx, stored.Events, Look{Channel: id})
		}
		return err
	})
}

// judged is the channel after an attempt, and whether that changes it.
func (c Channel) judged(now time.Time, a Attempt) (Channel, bool) {
	switch {
	case c.State != On:
		return c, false
	case a.Error == "":
		return c.reached()
	case a.Code == gone:
		return c.disable(now, unreachable("The receiver answered 410 Gone, which says that it wants no more notices.")), true
	case c.FailingSince.IsZero():
		return c.failing(now)
	case now.Sub(c.FailingSince) >= trying:
		return c.disable(now, unreachable("Nothing has reached it for three days. The last attempt: "+a.Error)), true
	default:
		return c, false
	}
}

// unreachable is why a channel is disabled.
func unreachable(sentence string) fault.Reason {
	return fault.ReasonChannelUnreachable.Reason().Says(sentence)
}
