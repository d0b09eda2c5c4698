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

	"spool/shared/schedule"
)

// Wake is the order to look at a post, as package schedule gives it.
type Wake = schedule.Wake

// body is a message.
type body struct {
	PostID string    `json:"post_id,omitempty"`
	Paused string    `json:"paused,omitempty"` // in place of post_id: an account, or * for all
	Check  bool      `json:"check,omitempty"`  // with paused for nobody: the worker is to look at itself
	DueAt  time.Time `json:"due_at"`           // RFC 3339, UTC
	Hops   int       `json:"hops,omitempty"`   // with post_id: see [schedule.Wake]
	Again  int       `json:"again,omitempty"`  // with post_id: see [schedule.Wake]
}

// nobody is an account that there is not. An older worker, which knows no check, finds
// nothing that waits for it.
const nobody = "-"

// maxID bounds the id of a post in a message.
const maxID = 128

// Decode reads the body of a message. Unknown fields are let through, so that a
// newer dispatch can run beside an older worker. Delay is zero: it is over.
func Decode(message string) (Wake, error) {
	var b body
	if err := json.Unmarshal([]byte(message), &b); err != nil {
		return Wake{}, fmt.Errorf("queue: the message is not the JSON of a wake: %w", err)
	}
	switch {
	case (b.PostID == "") == (b.Paused == "") || len(b.PostID) > maxID || len(b.Paused) > maxID:
		return Wake{}, errors.New("queue: the message needs a post_id of 1 to 128 bytes, or paused in its place")
	case b.DueAt.IsZero():
		return Wake{}, errors.New("queue: the message needs a due_at")
	case b.Check:
		return Wake{Check: true, DueAt: b.DueAt}, nil
	}
	return Wake{PostID: b.PostID, Paused: b.Paused, DueAt: b.DueAt, Hops: b.Hops, Again: b.Again}, nil
}

// encode writes the body of a message. It fails only for a time that RFC 3339
// cannot write.
func encode(w Wake) (string, error) {
	if w.Check {
		w.Paused = nobody
	}
	b, err := json.Marshal(body{w.PostID, w.Paused, w.Check, w.DueAt.UTC(), w.Hops, w.Again})
	return string(b), err
}
