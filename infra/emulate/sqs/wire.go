package sqs

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"spool/infra/emulate/awsjson"
)

// refusal is an error with SQS's code and the one of its older query protocol, which SDKs still show to programs.
func refusal(code, queryCode, format string, a ...any) error {
	return &awsjson.Error{Code: code, QueryCode: queryCode, Message: fmt.Sprintf(format, a...)}
}

func invalid(format string, a ...any) error {
	return refusal("InvalidParameterValue", "InvalidParameterValue", format, a...)
}

var errNoQueue = refusal("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue",
	"The specified queue does not exist.")

// request holds the fields of all operations, and those of an entry of a batch.
type request struct {
	QueueName, QueueNamePrefix, QueueUrl string
	Attributes                           map[string]string
	AttributeNames                       []string

	MessageBody             string
	MessageAttributes       map[string]Attribute
	MessageSystemAttributes map[string]Attribute
	DelaySeconds            *int
	MessageGroupId          string

	ReceiptHandle               string
	VisibilityTimeout           *int
	MaxNumberOfMessages         *int
	WaitTimeSeconds             *int
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string

	Id      string
	Entries []request
}

// sent is the answer to a sending.
type sent struct {
	MessageId              string `json:",omitempty"`
	MD5OfMessageBody       string `json:",omitempty"`
	MD5OfMessageAttributes string `json:",omitempty"`
}

// received is a message of an answer to a receiving.
type received struct {
	MessageId, ReceiptHandle, Body, MD5OfBody string
	Attributes                                map[string]string    `json:",omitempty"`
	MessageAttributes                         map[string]Attribute `json:",omitempty"`
	MD5OfMessageAttributes                    string               `json:",omitempty"`
}

// empty is the answer of operations that answer nothing.
type empty struct{}

// ServeHTTP speaks AWS JSON 1.0.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	awsjson.Serve(w, r, func(operation string, body []byte) (any, error) {
		var in request
		if err := awsjson.Decode(body, &in); err != nil {
			return nil, err
		}
		return s.do(r.Context(), operation, &in)
	})
}

func (s *Server) do(ctx context.Context, operation string, in *request) (any, error) {
	switch operation {
	case "CreateQueue":
		q, err := s.CreateQueue(in.QueueName, in.Attributes)
		if err != nil {
			return nil, err
		}
		return map[string]string{"QueueUrl": q.URL()}, nil
	case "ReceiveMessage":
		return s.receive(ctx, in)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch operation {
	case "GetQueueUrl":
		q, err := s.byURL(in.QueueName)
		if err != nil {
			return nil, err
		}
		return map[string]string{"QueueUrl": q.URL()}, nil
	case "ListQueues":
		return map[string][]string{"QueueUrls": s.list(in.QueueNamePrefix)}, nil
	}
	q, err := s.byURL(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	return q.do(operation, in)
}

// do performs an operation on the queue. The caller holds the server's lock.
func (q *Queue) do(operation string, in *request) (any, error) {
	switch operation {
	case "GetQueueAttributes":
		attributes, err := q.describe(in.AttributeNames)
		return map[string]map[string]string{"Attributes": attributes}, err
	case "DeleteQueue":
		delete(q.server.queues, q.name)
		return empty{}, nil
	case "PurgeQueue":
		q.messages = nil
		return empty{}, nil
	case "SendMessage":
		return q.sendOne(in)
	case "SendMessageBatch":
		if err := q.checkBatchSize(in.Entries); err != nil {
			return nil, err
		}
		return batch(in.Entries, q.sendOne)
	case "DeleteMessage":
		return empty{}, q.remove(in.ReceiptHandle)
	case "DeleteMessageBatch":
		return batch(in.Entries, func(in *request) (sent, error) { return sent{}, q.remove(in.ReceiptHandle) })
	case "ChangeMessageVisibility":
		return empty{}, q.change(in)
	case "ChangeMessageVisibilityBatch":
		return batch(in.Entries, func(in *request) (sent, error) { return sent{}, q.change(in) })
	}
	return nil, refusal("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation",
		"%s is not emulated.", operation)
}

func (s *Server) list(prefix string) []string {
	urls := []string{}
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		if strings.HasPrefix(name, prefix) {
			urls = append(urls, s.queues[name].URL())
		}
	}
	return urls
}

func (q *Queue) sendOne(in *request) (sent, error) {
	delay, err := secondsOf("DelaySeconds", in.DelaySeconds, q.delay, maxDelaySeconds)
	if err != nil {
		return sent{}, err
	}
	m := &message{body: in.MessageBody, attributes: in.MessageAttributes, group: in.MessageGroupId}
	if a := in.MessageSystemAttributes["AWSTraceHeader"]; a.StringValue != nil {
		m.trace = *a.StringValue
	}
	if err := q.send(m, delay); err != nil {
		return sent{}, err
	}
	return sent{
		MessageId: m.id, MD5OfMessageBody: sum([]byte(m.body)), MD5OfMessageAttributes: sumAttributes(m.attributes),
	}, nil
}

func (q *Queue) change(in *request) error {
	if in.VisibilityTimeout == nil {
		return refusal("MissingParameter", "MissingParameter", "The request must contain the parameter VisibilityTimeout.")
	}
	d, err := secondsOf("VisibilityTimeout", in.VisibilityTimeout, 0, maxVisibilitySeconds)
	if err != nil {
		return err
	}
	return q.changeVisibility(in.ReceiptHandle, d)
}

func (s *Server) receive(ctx context.Context, in *request) (any, error) {
	s.mu.Lock()
	q, err := s.byURL(in.QueueUrl)
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	max := 1
	if in.MaxNumberOfMessages != nil {
		max = *in.MaxNumberOfMessages
	}
	wait, err := secondsOf("WaitTimeSeconds", in.WaitTimeSeconds, q.wait, maxWaitSeconds)
	if err != nil {
		return nil, err
	}
	hide, err := secondsOf("VisibilityTimeout", in.VisibilityTimeout, q.visibility, maxVisibilitySeconds)
	if err != nil {
		return nil, err
	}
	messages, err := q.receive(ctx, max, wait, hide)
	if err != nil {
		return nil, err
	}
	answer := []received{}
	for _, m := range messages {
		answer = append(answer, m.filtered(in))
	}
	return map[string][]received{"Messages": answer}, nil
}

// filtered is the message with those attributes that the request asks for.
func (m Message) filtered(in *request) received {
	out := received{MessageId: m.ID, ReceiptHandle: m.ReceiptHandle, Body: m.Body, MD5OfBody: m.MD5OfBody}
	names := slices.Concat(in.AttributeNames, in.MessageSystemAttributeNames)
	if out.Attributes = m.Attributes; !slices.Contains(names, "All") {
		maps.DeleteFunc(out.Attributes, func(name, _ string) bool { return !slices.Contains(names, name) })
	}
	out.MessageAttributes = maps.Clone(m.MessageAttributes)
	maps.DeleteFunc(out.MessageAttributes, func(name string, _ Attribute) bool {
		return !slices.ContainsFunc(in.MessageAttributeNames, func(wanted string) bool {
			prefix, isPrefix := strings.CutSuffix(wanted, ".*")
			return wanted == "All" || wanted == name || isPrefix && strings.HasPrefix(name, prefix)
		})
	})
	out.MD5OfMessageAttributes = sumAttributes(out.MessageAttributes)
	return out
}

// secondsOf reads a parameter of 0 to high seconds.
func secondsOf(name string, given *int, preset time.Duration, high int) (time.Duration, error) {
	if given == nil {
		return preset, nil
	}
	if *given < 0 || *given > high {
		return 0, invalid("Value %d for parameter %s is invalid. Reason: Must be >= 0 and <= %d, if provided.", *given,
			name, high)
	}
	return seconds(*given), nil
}
