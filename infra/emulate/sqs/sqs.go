// Package sqs is an in-memory SQS with standard queues.
package sqs

import (
	"context"
	"net/http"
	"time"
)

// Server holds the queues of the account. As an http.Handler it speaks AWS JSON 1.0. It is safe for concurrent use.
type Server struct {
	// Now is the clock; New sets it to time.Now. Set it before use.
	Now func() time.Time
}

// New makes a server whose queue URLs start with base: http://127.0.0.1:4566.
func New(base string) *Server { return &Server{} }

// CreateQueue makes a queue, with SQS's attributes by their names in the API ("VisibilityTimeout", "RedrivePolicy" as
// JSON…). A queue of that name is given back as it is when the attributes agree, and is an error otherwise.
func (s *Server) CreateQueue(name string, attributes map[string]string) (*Queue, error) {
	return nil, nil
}

// Queue is one queue; its methods are the receiving side for use in the same process.
type Queue struct{}

// Name, ARN and URL identify the queue.
func (q *Queue) Name() string { return "" }
func (q *Queue) ARN() string  { return "" }
func (q *Queue) URL() string  { return "" }

// Message is a received message.
type Message struct {
	ID            string
	ReceiptHandle string
	Body          string
	MD5OfBody     string
	Attributes    map[string]string // system attributes: ApproximateReceiveCount, SentTimestamp…
}

// Receive hides up to max messages (1 to 10) for the queue's visibility timeout and returns them. With none visible
// it waits for one up to wait, or until ctx ends; then it returns none.
func (q *Queue) Receive(ctx context.Context, max int, wait time.Duration) ([]Message, error) {
	return nil, nil
}

// Delete removes the message that was received with the handle; one already gone is no error.
func (q *Queue) Delete(receiptHandle string) error { return nil }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {}
