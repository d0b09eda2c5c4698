package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"spool/shared/account"
	"spool/shared/event"
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

// HandOver has deliveries sent, each by a message of its own, so that none waits for the receiver of another. What no
// message comes for is sent when the due index finds it.
func (s *Sender) HandOver(ctx context.Context, all []Address) {
	looks := make([]Look, len(all))
	for i, d := range all {
		looks[i] = Look{Channel: d.ChannelID, Delivery: d.ID}
	}
	if len(looks) == 0 {
		return
	}
	if err := s.Outbox.Queue.LookAll(ctx, looks); err != nil {
		s.Log.WarnContext(ctx, "notices are sent later", "deliveries", len(looks), "error", err)
	}
}

// setback is when a delivery is tried again for which Spool itself failed: before its message comes again.
const setback = 5 * time.Minute

// Send makes one attempt at a delivery, unless it is not to be sent now, or another worker
// makes one. The error is Spool's own: what came of the attempt is in the record.
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
	if ok, err := s.turn(ctx, c, d); err != nil {
		return err
	} else if !ok {
		return s.store(ctx, d.later(s.Now(), c.rest(s.Now())))
	}
	return s.send(ctx, c, d)
}

// turn reports whether a delivery may be tried now: while a channel fails, one may from time to time.
func (s *Sender) turn(ctx context.Context, c Channel, d Delivery) (bool, error) {
	if c.FailingSince.IsZero() || d.byHand() {
		return true, nil
	}
	c, ok := c.take(s.Now())
	if !ok {
		return false, nil
	}
	c.Writer = account.NewWriter()
	_, err := s.Channels.SaveChannel(ctx, c)
	return err == nil, unlessConflict(err)
}

// send makes the attempt, and notes what came of it.
func (s *Sender) send(ctx context.Context, c Channel, d Delivery) error {
	a, after, err := s.attempt(ctx, c, d)
	if err != nil { // says nothing of the receiver
		return errors.Join(err, s.store(ctx, d.later(s.Now(), setback)))
	}
	d = d.attempted(a, after, s.Rand())
	s.Log.InfoContext(ctx, "notice", "channel_id", c.ID, "kind", c.Kind, "notice_id", d.NoticeID, "event", d.Kind,
		"status_code", a.Code, "took_ms", a.Took.Milliseconds(), "error", a.Error, "state", d.State, "next", d.Due)
	if err := s.store(ctx, d); err != nil {
		return err
	}
	return s.judge(ctx, c.ID, d, a)
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

// attempt is one request, and what came of it. The error is Spool's own.
func (s *Sender) attempt(ctx context.Context, c Channel, d Delivery) (a Attempt, retryAfter time.Duration, err error) {
	a.At = event.Stored(s.Now())
	request, err := s.request(ctx, c, d)
	if err != nil {
		return a, 0, err
	}
	answer, err := request()
	a.Took = s.Now().Sub(a.At).Truncate(time.Millisecond)
	a.Code = answer.code
	if err != nil {
		a.Error = shown(err)
	}
	return a, answer.retryAfter, nil
}

// request prepares a notice the way its channel wants it. What then goes wrong is the receiver's, which e-mail has none
// of: what SNS refuses is Spool's.
func (s *Sender) request(ctx context.Context, c Channel, d Delivery) (send func() (answer, error), err error) {
	n, err := noticeOf(d)
	if err != nil {
		return nil, err
	}
	if c.Kind == Email {
		if s.Mail == nil {
			return func() (answer, error) { return answer{}, noMail() }, nil
		}
		err := s.Mail.Publish(ctx, subject(n), letter(n))
		return func() (answer, error) { return answer{}, nil }, err
	}
	kept, err := open(ctx, s.Seal, c)
	if err != nil {
		return nil, err
	}
	body, header := d.Body, http.Header(nil)
	switch c.Kind {
	case Slack:
		body = slack(n)
	case Discord:
		body = discord(n)
	default:
		now := s.Now()
		if header, err = signed(kept.keys(now), d.NoticeID, now, d.Body); err != nil {
			return nil, err
		}
	}
	return func() (answer, error) { return s.Web.post(ctx, kept.URL, body, header) }, nil
}

// noMail refuses e-mail where nobody would get it.
func noMail() *fault.Error {
	return fault.New(fault.NotSetUp, "This deployment sends no e-mail.").
		Todo("Set the parameter AlarmEmail by make deploy, or use a channel of another kind.")
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
func (s *Sender) judge(ctx context.Context, id string, d Delivery, a Attempt) error {
	return again(func() error {
		c, err := s.Channels.Channel(ctx, id)
		if err != nil {
			return unlessAbsent(err)
		}
		next, news := c.judged(s.Now(), d, a)
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

// judged is the channel after an attempt at a delivery, and whether that changes it. It is disabled when a delivery was
// tried throughout its three days and nothing else reached the channel: that it failed days ago says nothing of today.
func (c Channel) judged(now time.Time, d Delivery, a Attempt) (Channel, bool) {
	first, throughout := d.throughout()
	switch {
	case c.State != On:
		return c, false
	case a.Error == "":
		return c.reached()
	case a.Code == gone:
		return c.disable(now, unreachable("The receiver answered 410 Gone, which says that it wants no more notices.")), true
	case c.FailingSince.IsZero():
		return c.failing(a.At)
	case throughout && !c.FailingSince.After(first):
		return c.disable(now, unreachable("Nothing has reached it for three days. The last attempt: "+a.Error)), true
	default:
		return c, false
	}
}

// unreachable is why a channel is disabled.
func unreachable(sentence string) fault.Reason {
	return fault.ReasonChannelUnreachable.Reason().Says(sentence)
}
