package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// MaxDelay is the longest that SQS keeps a message to itself. What is due later
// is woken at that time, finds that it is early, and stays in the due index,
// from which dispatch wakes it again.
const MaxDelay = 900 * time.Second

// batchSize is the most that SQS takes in one request.
const batchSize = 10

// API is what the publisher needs of SQS; *sqs.Client has it.
type API interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

var _ API = (*sqs.Client)(nil)

// Publisher sends wakes. It is safe for concurrent use.
type Publisher struct {
	SQS API
	URL string // of the publish queue
}

// Wake has a worker look at the post after the delay. A negative delay is none.
func (p *Publisher) Wake(ctx context.Context, postID string, due time.Time, delay time.Duration) error {
	_, err := p.SQS.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl:     &p.URL,
		MessageBody:  aws.String(encode(Wake{PostID: postID, DueAt: due})),
		DelaySeconds: seconds(delay),
	})
	if err != nil {
		return fmt.Errorf("queue: waking post %s: %w", postID, err)
	}
	return nil
}

// Failure is a wake that was not sent, as far as SQS says, and why.
type Failure struct {
	Wake Wake
	Err  error
}

// WakeAll sends many wakes, ten to a request, and answers those that failed, in
// their order. What SQS refuses through a fault of its own is tried once more.
// Where a request failed as a whole, its wakes may have been sent all the same.
// The error joins those of the failures; it is nil exactly when there are none.
func (p *Publisher) WakeAll(ctx context.Context, wakes []Wake) ([]Failure, error) {
	var failed []Failure
	for chunk := range slices.Chunk(wakes, batchSize) {
		failed = append(failed, p.sendTwice(ctx, chunk)...)
	}
	errs := make([]error, len(failed))
	for i, f := range failed {
		errs[i] = f.Err
	}
	return failed, errors.Join(errs...)
}

// sendTwice sends up to ten wakes, and those that SQS could not take for the
// moment a second time.
func (p *Publisher) sendTwice(ctx context.Context, wakes []Wake) []Failure {
	outcome := p.send(ctx, wakes)
	var again []int
	for i, err := range outcome {
		if r, ok := errors.AsType[*refusal](err); ok && !r.senderFault {
			again = append(again, i)
		}
	}
	if len(again) > 0 {
		retried := make([]Wake, len(again))
		for n, i := range again {
			retried[n] = wakes[i]
		}
		for n, err := range p.send(ctx, retried) {
			outcome[again[n]] = err
		}
	}
	var failed []Failure
	for i, err := range outcome {
		if err != nil {
			failed = append(failed, Failure{wakes[i], fmt.Errorf("queue: waking post %s: %w", wakes[i].PostID, err)})
		}
	}
	return failed
}

// refusal is SQS not taking one message of a batch.
type refusal struct {
	code, message string
	senderFault   bool // the message itself is wrong
}

func (r *refusal) Error() string { return fmt.Sprintf("SQS refused it: %s: %s", r.code, r.message) }

// send sends up to ten wakes in one request and answers what became of each.
func (p *Publisher) send(ctx context.Context, wakes []Wake) []error {
	outcome := make([]error, len(wakes))
	in := &sqs.SendMessageBatchInput{QueueUrl: &p.URL, Entries: make([]types.SendMessageBatchRequestEntry, len(wakes))}
	for i, w := range wakes {
		// Whatever the answer does not mention is not known to be sent.
		outcome[i] = errors.New("SQS did not say that it took it")
		in.Entries[i] = types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(encode(w)), DelaySeconds: seconds(w.Delay),
		}
	}
	out, err := p.SQS.SendMessageBatch(ctx, in)
	if err != nil {
		return slices.Repeat([]error{err}, len(wakes))
	}
	for _, ok := range out.Successful {
		mark(outcome, ok.Id, nil)
	}
	for _, f := range out.Failed {
		mark(outcome, f.Id, &refusal{aws.ToString(f.Code), aws.ToString(f.Message), f.SenderFault})
	}
	return outcome
}

// mark notes what became of the entry with an id.
func mark(outcome []error, id *string, err error) {
	if i, bad := strconv.Atoi(aws.ToString(id)); bad == nil && i >= 0 && i < len(outcome) {
		outcome[i] = err
	}
}

// seconds is a delay as SQS takes it.
func seconds(d time.Duration) int32 {
	d = min(max(d, 0), MaxDelay)
	return int32((d + time.Second - 1) / time.Second)
}
