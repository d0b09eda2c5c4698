package chaos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	lambda "github.com/aws/aws-lambda-go/events"

	"spool/shared/publish"
	spoolqueue "spool/shared/queue"
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
			w.deliverAfter(delay+w.span(ofQueue, n+2<<40, time.Minute), message{wake.PostID, 1, wake.Hops, wake.Again})
		case "delayed":
			delay += w.span(ofQueue, n+2<<40, 10*time.Minute)
		}
		w.deliverAfter(delay, message{wake.PostID, 1, wake.Hops, wake.Again})
	}
	return err
}

// message is a wake on its way to a worker.
type message struct {
	id                    string
	receives, hops, again int
}

// String tells it, where a world shows its state.
func (m message) String() string {
	said := fmt.Sprintf("deliver %s %d", m.id, m.receives)
	if m.hops > 0 {
		said += fmt.Sprintf(" after %d hops", m.hops)
	}
	if m.again > 0 {
		said += fmt.Sprintf(", sent again %d times", m.again)
	}
	return said
}

// deliverAfter hands a message to a process after a time.
func (w *World) deliverAfter(d time.Duration, m message) {
	w.later(d, event{do: func() { w.deliver(m) }, what: m.String()})
}

// deliver hands a message to a process, together with those that come soon after, if
// there are batches.
func (w *World) deliver(m message) {
	w.mu.Lock()
	w.inbox = append(w.inbox, m)
	first := len(w.inbox) == 1
	w.mu.Unlock()
	switch {
	case w.weather.batch <= 1:
		w.handBatch()
	case first:
		w.later(w.weather.gather, event{do: w.handBatch, what: "batch"})
	}
}

// handBatch hands what has come to processes, a batch to each.
func (w *World) handBatch() {
	for {
		w.mu.Lock()
		n := min(max(1, w.weather.batch), len(w.inbox))
		batch := slices.Clone(w.inbox[:n])
		w.inbox = slices.Delete(w.inbox, 0, n)
		w.mu.Unlock()
		if n == 0 {
			return
		}
		p := w.idle()
		if p == nil { // all are at work: that counts as no receive
			for _, m := range batch {
				w.deliverAfter(time.Second, m)
			}
			continue
		}
		w.hand(p, batch)
	}
}

// hand has a process work on a batch.
func (w *World) hand(p *process, batch []message) {
	if p.works = true; len(batch) == 1 {
		p.post = batch[0].id
	}
	var invisible []func()
	for _, m := range batch {
		next := m
		next.receives++
		again := func() {
			if m.receives >= w.weather.receives {
				w.failDead(m.id, 1)
				return
			}
			w.deliver(next)
		}
		comesAgain := func() { w.later(w.weather.visibility, event{do: again, what: next.String()}) }
		invisible = append(invisible, comesAgain)
		w.guard(p, next.String(), comesAgain)
	}
	var failed []int
	p.invoke(func(ctx context.Context) error { failed = p.consume(ctx, batch); return nil }, func(error) {
		for _, i := range failed {
			invisible[i]()
		}
	})
}

// consume is the publish function, and tells which messages failed.
func (p *process) consume(ctx context.Context, batch []message) (failed []int) {
	w, e := p.w, lambda.SQSEvent{}
	w.mu.Lock()
	p.atWork, p.begun = len(batch), nil
	for i, m := range batch {
		w.calls++
		e.Records = append(e.Records, lambda.SQSMessage{
			MessageId: strconv.Itoa(i), ReceiptHandle: fmt.Sprintf("%016x", w.draw(ofQueue, w.calls+4<<40)),
			Body:       fmt.Sprintf(`{"post_id":%q,"due_at":"2026-12-01T09:00:00Z","hops":%d,"again":%d}`, m.id, m.hops, m.again),
			Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(m.receives)},
		})
	}
	w.mu.Unlock()
	c := spoolqueue.Consumer{Observer: watch{w}}
	res := c.Each(ctx, e, func(ctx context.Context, wake schedule.Wake, alone bool) error {
		turn := p.turn(batch, wake)
		time.Sleep(turn)
		own := *p.publisher
		own.Now = func() time.Time { return p.now().Add(-turn) }
		err := own.Publish(about(ctx, wake.PostID), publish.Order{PostID: wake.PostID, Alone: alone, Hops: wake.Hops})
		if s, ok := errors.AsType[*publish.Suspected](err); ok {
			return &spoolqueue.Apart{Failures: s.Crashes}
		}
		return err
	})
	for _, f := range res.BatchItemFailures {
		i, _ := strconv.Atoi(f.ItemIdentifier) // this function's own
		failed = append(failed, i)
	}
	return failed
}

// turn is when the work on a message begins, and how much its clock is behind, so that no two of a batch do anything at
// the same nanosecond. Of several for one post each has another one.
func (p *process) turn(batch []message, wake schedule.Wake) time.Duration {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	if p.begun == nil {
		p.begun = make([]bool, len(batch))
	}
	for i, m := range batch {
		if !p.begun[i] && m.id == wake.PostID && m.hops == wake.Hops {
			p.begun[i] = true
			return time.Duration(i + 1)
		}
	}
	return 0 // again, alone
}

// watch sees what goes wrong with messages: no run may panic.
type watch struct{ w *World }

func (o watch) MessageFailed(_ context.Context, attrs ...slog.Attr) {
	for _, a := range attrs {
		if a.Key == "stack" {
			o.w.say("a run panicked: %v", attrs)
		}
	}
}

func (o watch) DeadLetter(_ context.Context, what string, _ ...slog.Attr) { o.w.say("%s", what) }

type aboutKey struct{}

// about marks what a process does for one post of its batch.
func about(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, aboutKey{}, id)
}

// postOf is the post that something is done for; empty where that is no worker's.
func postOf(ctx context.Context) string {
	id, _ := ctx.Value(aboutKey{}).(string)
	return id
}
