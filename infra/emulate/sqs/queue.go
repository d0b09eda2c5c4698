package sqs

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"spool/infra/emulate"
)

// Receive hides up to max messages (1 to 10) for the queue's visibility time-out and returns them, those sent first
// before the others. With none visible it waits for one, up to wait or until ctx ends; then it returns none.
func (q *Queue) Receive(ctx context.Context, max int, wait time.Duration) ([]Message, error) {
	return q.receive(ctx, max, wait, q.visibility)
}

func (q *Queue) receive(ctx context.Context, max int, wait, hide time.Duration) ([]Message, error) {
	if max < 1 || max > 10 {
		return nil,
			invalid("Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", max)
	}
	s := q.server
	deadline := s.Now().Add(wait)
	for {
		s.mu.Lock()
		now := s.Now()
		got := q.take(now, max, hide)
		next, wake := q.nextVisible(now), q.wake
		s.mu.Unlock()
		if len(got) > 0 || !now.Before(deadline) {
			return got, nil
		}
		if next.IsZero() || next.After(deadline) {
			next = deadline
		}
		timer := time.NewTimer(next.Sub(now))
		select {
		case <-wake:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, nil
		}
		timer.Stop()
	}
}

// take hides and returns up to max visible messages. Those received too often it moves to the dead-letter queue, and
// those past their retention it drops. The caller holds the server's lock.
func (q *Queue) take(now time.Time, max int, hide time.Duration) []Message {
	var visible []*message
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool {
		switch {
		case now.Sub(m.sent) >= q.retention:
			return true
		case m.visible.After(now):
			return false
		case q.deadLetters != nil && m.receives >= q.maxReceives:
			q.redrive(m)
			return true
		}
		visible = append(visible, m)
		return false
	})
	var got []Message
	for _, m := range q.fairly(now, visible, max) {
		m.receives++
		m.received, m.visible, m.receipt = now, now.Add(hide), rand.Text()
		if m.firstReceived.IsZero() {
			m.firstReceived = now
		}
		got = append(got, m.deliver())
	}
	return got
}

// redrive moves m to the dead-letter queue. It stays as old as it is: retention goes on counting from the first
// sending.
func (q *Queue) redrive(m *message) {
	m.source = q.ARN()
	dead := q.deadLetters
	dead.messages = append(dead.messages, m)
	dead.notify()
}

// nextVisible is when the next hidden message appears, or zero. The caller holds the server's lock.
func (q *Queue) nextVisible(now time.Time) time.Time {
	var next time.Time
	for _, m := range q.messages {
		if m.visible.After(now) && (next.IsZero() || m.visible.Before(next)) {
			next = m.visible
		}
	}
	return next
}

// notify lets waiting receivers look again. The caller holds the server's lock.
func (q *Queue) notify() {
	close(q.wake)
	q.wake = make(chan struct{})
}

// Delete removes the message of a delivery. It is no error, and deletes nothing, when the message is
// gone or was delivered again since.
func (q *Queue) Delete(receiptHandle string) error {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	return q.remove(receiptHandle)
}

func (q *Queue) remove(handle string) error {
	id, err := splitHandle(handle)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(q.messages, func(m *message) bool { return m.id == id })
	if i < 0 || q.messages[i].receives == 0 || q.messages[i].handle() != handle {
		return nil
	}
	m, now := q.messages[i], q.server.Now()
	q.stays = append(q.stays, stay{m.group, now, now.Sub(m.received)})
	q.messages = slices.Delete(q.messages, i, i+1)
	return nil
}

// changeVisibility makes a message in flight visible after d. The caller holds the server's lock.
func (q *Queue) changeVisibility(handle string, d time.Duration) error {
	id, err := splitHandle(handle)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(q.messages, func(m *message) bool { return m.id == id })
	switch now := q.server.Now(); {
	case i < 0:
		return invalid("Value %s for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.", handle)
	case q.messages[i].handle() != handle:
		return invalid("Value %s for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.", handle)
	case !q.messages[i].visible.After(now):
		return refusal("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight",
			"The message referred to isn't in flight.")
	default:
		q.messages[i].visible = now.Add(d)
		q.notify()
		return nil
	}
}

// send adds m, which is visible after the delay. The caller holds the server's lock.
func (q *Queue) send(m *message, delay time.Duration) error {
	if m.body == "" {
		return refusal("MissingParameter", "MissingParameter", "The request must contain the parameter MessageBody.")
	}
	if size(m.body, m.attributes) > q.maxSize {
		return invalid("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", q.maxSize)
	}
	if !legible(m.body) {
		return refusal("InvalidMessageContents", "InvalidMessageContents",
			"Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
	}
	if m.group != "" && !groupID.MatchString(m.group) {
		return invalid("Value %s for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.", m.group)
	}
	m.id = emulate.UUID()
	m.sent = q.server.Now()
	m.visible = m.sent.Add(delay)
	q.messages = append(q.messages, m)
	q.notify()
	return nil
}

// Send puts a message into the queue.
func (q *Queue) Send(body string) error {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	return q.send(&message{body: body}, q.delay)
}

// Purge deletes all messages.
func (q *Queue) Purge() {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	q.messages = nil
}
