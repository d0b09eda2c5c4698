// Package queue carries the order to publish a post through SQS: sending it, to
// the second, and taking it out of the events that Lambda gets.
//
// A message only wakes a worker; the truth is in the post's record. So a message
// that comes twice, late or early does no harm, and losing one is noticed by the
// next round of dispatch.
package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Wake is the order to look at a post that is due.
type Wake struct {
	PostID string    `json:"post_id"`
	DueAt  time.Time `json:"due_at"`
	// Delay is how long SQS keeps the message to itself. It rounds up to whole
	// seconds, since a worker that comes too early has come for nothing, and
	// ends at [MaxDelay].
	Delay time.Duration `json:"-"`
}

// maxID bounds the id of a post in a message.
const maxID = 128

// Decode reads the body of a message. Unknown fields are let through, so that a
// newer dispatch can run beside an older worker.
func Decode(body string) (Wake, error) {
	var w Wake
	if err := json.Unmarshal([]byte(body), &w); err != nil {
		return Wake{}, fmt.Errorf("queue: the message is not the JSON of a wake: %w", err)
	}
	switch {
	case w.PostID == "" || len(w.PostID) > maxID:
		return Wake{}, errors.New("queue: the message needs a post_id of 1 to 128 characters")
	case w.DueAt.IsZero():
		return Wake{}, errors.New("queue: the message needs a due_at")
	}
	return w, nil
}

// encode writes the body of a message.
func encode(w Wake) string {
	w.DueAt = w.DueAt.UTC()
	b, _ := json.Marshal(w) // a string and a time: the years that RFC 3339 has no room for aside, it cannot fail
	return string(b)
}
