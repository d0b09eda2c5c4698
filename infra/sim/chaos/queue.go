package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"spool/shared/schedule"
)

// queue is SQS: it delivers at least once, mostly, and in no order.
type queue struct{ p *process }

// WakeAll sends the wakes, save those that get lost.
func (q *queue) WakeAll(_ context.Context, wakes []schedule.Wake) error {
	w := q.p.w
	var err error
	for _, wake := range wakes {
		n, what := q.p.step(ofQueue, w.weather.queue, "wake of "+wake.PostID, []string{"lost", "refused", "twice", "delayed"})
		if what != "" {
			w.struck(ofQueue, n, "message "+what)
		}
		delay := wake.Delay + w.span(ofQueue, n+1<<40, 500*time.Millisecond)
		switch what {
		case "lost":
			continue
		case "refused":
			err = errors.New("SQS refused a message")
			continue
		case "twice":
			w.deliverAfter(delay+w.span(ofQueue, n+2<<40, time.Minute), wake.PostID, 1)
		case "delayed":
			delay += w.span(ofQueue, n+2<<40, 10*time.Minute)
		}
		w.deliverAfter(delay, wake.PostID, 1)
	}
	return err
}

// deliverAfter hands a message to a process after a time.
func (w *World) deliverAfter(d time.Duration, id string, receives int) {
	w.later(d, event{do: func() { w.deliver(id, receives) }, what: fmt.Sprintf("deliver %s %d", id, receives)})
}

// deliver hands a message to a process.
func (w *World) deliver(id string, receives int) {
	what := fmt.Sprintf("deliver %s %d", id, receives+1)
	again := func() {
		if receives >= w.weather.receives {
			w.failDead(id, 1)
			return
		}
		w.deliver(id, receives+1)
	}
	p := w.idle()
	if p == nil { // all are at work: that counts as no receive
		w.deliverAfter(time.Second, id, receives)
		return
	}
	p.post = id
	invisible := func() { w.later(w.weather.visibility, event{do: again, what: what}) }
	w.guard(p, what, invisible)
	p.invoke(func(ctx context.Context) error { return p.publisher.Publish(ctx, id) }, func(err error) {
		if err != nil {
			invisible()
		}
	})
}
