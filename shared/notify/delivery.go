package notify

import (
	"fmt"
	"strings"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	Pending   DeliveryState = "pending"   // is sent when it is due
	Delivered DeliveryState = "delivered" // the receiver took it
	Failed    DeliveryState = "failed"    // given up; it can be sent again by hand
)

// Values are all states.
func (DeliveryState) Values() []string { return texts([]DeliveryState{Pending, Delivered, Failed}) }

const (
	// trying is for how long a delivery is tried.
	trying = 3 * 24 * time.Hour
	// kept is for how long it is shown what was sent.
	kept = 30 * 24 * time.Hour
	// sending is how long one attempt may take before another worker may make one.
	sending = time.Minute
	// early is how much before its time it may be sent: two clocks differ.
	early = 5 * time.Second
	// maxAttempts is how many attempts a delivery shows, the newest.
	maxAttempts = 20
)

// waits are before the next attempt, by how many have failed. After them comes the last, at the end of the three days.
var waits = []time.Duration{
	30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 15 * time.Hour, 20 * time.Hour,
}

// Delivery is a notice on its way to a channel.
type Delivery struct {
	ChannelID string
	ID        string // in the order of the events' times: see deliveryID
	NoticeID  string // the same for every channel and attempt: receivers know it again
	Kind      event.Kind
	Body      string // the notice, as JSON: what a webhook is sent

	State    DeliveryState
	Due      time.Time // when the next attempt is; while one is made: when it counts as lost
	Tries    int       // attempts that failed, since Since
	Since    time.Time // when it was made, or last sent again by hand
	Attempts []Attempt // the last ones

	CreatedAt time.Time
	Expires   time.Time // when it is forgotten
	Rev       int64     // of the stored record: each change adds one
	Writer    string
}

// Attempt is one request to a receiver.
type Attempt struct {
	At    time.Time
	Code  int           // the status that it answered; 0: it did not
	Took  time.Duration // until the answer
	Error string        // what went wrong; empty: nothing did
}

// About reports whether what is sent tells of an account.
func (d Delivery) About(accountID string) bool { return strings.Contains(d.Body, `"`+accountID+`"`) }

// newDelivery makes the delivery of a notice.
func newDelivery(now time.Time, channelID string, n Notice) Delivery {
	now = event.Stored(now)
	return Delivery{
		ChannelID: channelID, ID: deliveryID(n), NoticeID: n.ID, Kind: n.Kind, Body: n.body(),
		State: Pending, Due: now, Since: now, CreatedAt: now, Expires: now.Add(kept),
	}
}

// deliveryID follows from the notice, so that one notice is one delivery to a channel
// however often it is made; and ids are in the order of what happened.
func deliveryID(n Notice) string { return fmt.Sprintf("%014d-%s", max(0, n.At.UnixMilli()), n.ID) }

// claim takes the delivery for one attempt.
func (d Delivery) claim(now time.Time, writer string) (Delivery, error) {
	if d.State != Pending || d.Due.After(now.Add(early)) {
		return d, fault.New(fault.Conflict, "This is not to be sent now.")
	}
	d.Due, d.Writer = event.Stored(now.Add(sending)), writer
	return d, nil
}

// attempted notes what came of an attempt. The jitter, in [0,1), spreads the next one.
func (d Delivery) attempted(a Attempt, retryAfter time.Duration, jitter float64) Delivery {
	now := a.At.Add(a.Took)
	d.Attempts = append(d.Attempts[:len(d.Attempts):len(d.Attempts)], a)
	d.Attempts = d.Attempts[max(0, len(d.Attempts)-maxAttempts):]
	if a.Error == "" {
		d.State, d.Due = Delivered, time.Time{}
		return d
	}
	wait := waits[min(d.Tries, len(waits)-1)]
	wait += time.Duration(jitter * float64(wait) / 10)
	d.Tries++
	if d.over(now) {
		return d.fail()
	}
	wait = min(wait, d.Since.Add(trying).Sub(now))
	d.Due = event.Stored(now.Add(max(wait, retryAfter)))
	return d
}

// over reports whether the time in which the delivery is tried is over.
func (d Delivery) over(now time.Time) bool { return !now.Add(early).Before(d.Since.Add(trying)) }

// throughout reports whether the delivery was given up after attempts in all of its three days, and when the first was.
func (d Delivery) throughout() (first time.Time, ok bool) {
	if d.State != Failed || d.Tries < len(waits) || d.Tries > len(d.Attempts) {
		return time.Time{}, false
	}
	return d.Attempts[len(d.Attempts)-d.Tries].At, true
}

// later puts the delivery off without an attempt, which is no fault of the receiver's.
func (d Delivery) later(now time.Time, wait time.Duration) Delivery {
	if d.over(now) {
		return d.fail()
	}
	d.Due = event.Stored(now.Add(wait))
	return d
}

// byHand reports whether somebody waits for the delivery: it is a test, or sent again.
func (d Delivery) byHand() bool { return d.Kind == event.Test || d.Since.After(d.CreatedAt) }

// fail gives the delivery up.
func (d Delivery) fail() Delivery {
	d.State, d.Due = Failed, time.Time{}
	return d
}

// replay sends the notice once more, and tries for as long as at first.
func (d Delivery) replay(now time.Time) Delivery {
	d.State, d.Due, d.Since, d.Tries = Pending, event.Stored(now), event.Stored(now), 0
	d.Expires = event.Stored(now.Add(kept))
	return d
}
