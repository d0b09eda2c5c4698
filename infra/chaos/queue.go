package chaos

import (
	"context"
	"errors"
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
		n, what := q.p.step(ofQueue, w.weather.queue, []string{"lost", "refused", "twice", "delayed"})
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
			w.after(delay+w.span(ofQueue, n+2<<40, time.Minute), func() { w.deliver(wake.PostID, 1) })
		case "delayed":
			delay += w.span(ofQueue, n+2<<40, 10*time.Minute)
		}
		w.after(delay, func() { w.deliver(wake.PostID, 1) })
	}
	return err
}

// deliver hands a message to a process.
func (w *World) deliver(id string, receives int) {
	again := func() {
		if receives >= w.weather.receives {
			w.bury(id, 1)
			return
		}
		w.deliver(id, receives+1)
	}
	p := w.idle()
	if p == nil { // all are at work: that counts as no receive
		w.after(time.Second, func() { w.deliver(id, receives) })
		return
	}
	w.guard(p, func() { w.after(w.weather.visibility, again) })
	p.invoke(func(ctx context.Context) error { return p.publisher.Publish(ctx, id) }, func(err error) {
		if err != nil {
			w.after(w.weather.visibility, again)
		}
	})
}
