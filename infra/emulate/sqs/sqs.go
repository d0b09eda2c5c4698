// Package sqs is an in-memory SQS with standard queues: delays, visibility time-outs, redrive to a dead-letter queue,
// retention, long polling, and fairness between message groups.
//
// Functions reach it on the wire (Server is an http.Handler for AWS JSON 1.0); what polls a queue on Lambda's behalf
// calls Queue's methods. It is stricter than SQS where SQS promises little: a message is delivered again only after its
// visibility time-out, and a receipt handle of an earlier delivery deletes nothing. There are no FIFO queues.
//
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
package sqs

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"spool/infra/emulate"
)

// Server holds the queues of the account. It is safe for concurrent use.
type Server struct {
	// Now is the clock; New sets it to time.Now. Set it before use.
	Now func() time.Time

	base   string
	mu     sync.Mutex // guards the queues and their messages, since a redrive touches two of them
	queues map[string]*Queue
}

// New makes a server whose queue URLs start with base: http://127.0.0.1:4566.
func New(base string) *Server {
	return &Server{Now: time.Now, base: strings.TrimSuffix(base, "/"), queues: map[string]*Queue{}}
}

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// CreateQueue makes a queue, with SQS's attributes by their names in the API: "VisibilityTimeout", "RedrivePolicy" as
// JSON, and so on. Where there is a queue of that name it is given back if the attributes agree, and else is an error.
func (s *Server) CreateQueue(name string, attributes map[string]string) (*Queue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !queueName.MatchString(name) {
		return nil, invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length: %q", name)
	}
	if q := s.queues[name]; q != nil {
		for attribute, value := range attributes {
			if q.attributes[attribute] != value {
				return nil, refusal("QueueNameExists", "QueueAlreadyExists",
					"A queue already exists with the same name and a different value for attribute %s", attribute)
			}
		}
		return q, nil
	}
	q := &Queue{server: s, name: name, wake: make(chan struct{})}
	if err := q.configure(attributes); err != nil {
		return nil, err
	}
	s.queues[name] = q
	return q, nil
}

// Wake has everybody who waits for a message look again: the clock may have been set.
func (s *Server) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queues {
		q.notify()
	}
}

// byURL finds the queue of a URL. The caller holds the lock.
func (s *Server) byURL(url string) (*Queue, error) {
	if q := s.queues[url[strings.LastIndexByte(url, '/')+1:]]; q != nil {
		return q, nil
	}
	return nil, errNoQueue
}

// byARN finds the queue of an ARN, or nil. The caller holds the lock.
func (s *Server) byARN(arn string) *Queue {
	name, ok := strings.CutPrefix(arn, emulate.ARN("sqs", ""))
	if !ok {
		return nil
	}
	return s.queues[name]
}

// Queue is one queue; its exported methods are the receiving side for use in the same process.
type Queue struct {
	server *Server
	name   string
	settings
	messages []*message    // as they were sent
	stays    []stay        // of messages that were deleted recently
	wake     chan struct{} // closed and replaced when a waiting receiver should look again
}

// Name is the queue's name.
func (q *Queue) Name() string { return q.name }

// ARN is the queue's ARN.
func (q *Queue) ARN() string { return emulate.ARN("sqs", q.name) }

// URL is what clients call the queue.
func (q *Queue) URL() string { return q.server.base + "/" + emulate.Account + "/" + q.name }
