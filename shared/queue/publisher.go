package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"spool/shared/schedule"
)

// MaxDelay is the longest that SQS keeps a message to itself. A wake that asks
// for more comes early: the worker finds that the post is not due yet, and
// dispatch wakes it again out of the due index.
const MaxDelay = 900 * time.Second

// batchSize is the most that SQS takes in one request.
const batchSize = 10

// sendSide is how many requests are sent side by side. The AWS SDK keeps ten connections
// to a host.
const sendSide = 8

// maxGroup bounds a message group's id.
const maxGroup = 128

// API is what the publisher needs of SQS; *sqs.Client has it.
type API interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput,
		...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// Publisher sends wakes. It is safe for concurrent use.
type Publisher struct {
	SQS API
	URL string // of the publish queue
}

var (
	_ API            = (*sqs.Client)(nil)
	_ schedule.Queue = (*Publisher)(nil)
	_ Aside          = (*Publisher)(nil)
)

// Keep implements [Aside] with a queue that nobody takes from: its URL is the publisher's.
func (p *Publisher) Keep(ctx context.Context, message string) error {
	out, err := p.SQS.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
		QueueUrl: &p.URL,
		Entries:  []types.SendMessageBatchRequestEntry{{Id: aws.String("0"), MessageBody: &message}},
	})
	switch {
	case err != nil:
		return fmt.Errorf("queue: keep a message aside: %w", err)
	case len(out.Successful) == 0:
		return errors.New("queue: SQS did not keep a message aside")
	}
	return nil
}

// NotSent is a wake that SQS did not take, as far as it says. Where a whole
// request failed it may have been sent all the same.
type NotSent struct {
	Wake Wake
	Err  error
}

// Error names the post.
func (e *NotSent) Error() string {
	return fmt.Sprintf("queue: waking post %s: %v", cmp.Or(e.Wake.PostID, "of account "+e.Wake.Paused), e.Err)
}

// Unwrap gives the cause.
func (e *NotSent) Unwrap() error { return e.Err }

// WakeAll sends the wakes, ten to a request and [sendSide] requests side by side; what SQS
// could not take for the moment once more. Its error joins a [NotSent] for each that failed,
// in their order.
func (p *Publisher) WakeAll(ctx context.Context, wakes []Wake) error {
	outcome := make([]error, len(wakes))
	var g errgroup.Group
	g.SetLimit(sendSide)
	for from := 0; from < len(wakes); from += batchSize {
		to := min(from+batchSize, len(wakes))
		g.Go(func() error {
			copy(outcome[from:to], p.sendTwice(ctx, wakes[from:to]))
			return nil
		})
	}
	_ = g.Wait() // what fails is in outcome
	var errs []error
	for i, err := range outcome {
		if err != nil {
			errs = append(errs, &NotSent{wakes[i], err})
		}
	}
	return errors.Join(errs...)
}

// lookAgain is after how long paused posts are looked for once more: one that was
// just about to wait when the cause was cleared, or that the due index did not
// show yet.
const lookAgain = 15 * time.Second

// Ask asks a worker to look at itself.
func (p *Publisher) Ask(ctx context.Context, at time.Time) error {
	return p.WakeAll(ctx, []Wake{{Check: true, DueAt: at}})
}

// Try reports whether the queue would take a message, and sends none: it asks for a delay
// that SQS never allows, which SQS refuses once it knows who asks, and for which queue.
// Where a message got through all the same it would do nothing.
func (p *Publisher) Try(ctx context.Context) error {
	message, err := encode(Wake{Paused: nobody, DueAt: time.Now()})
	if err != nil {
		return err
	}
	_, err = p.SQS.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
		QueueUrl: &p.URL, Entries: []types.SendMessageBatchRequestEntry{{
			Id: aws.String("0"), MessageBody: &message, DelaySeconds: int32(MaxDelay/time.Second) + 1,
		}},
	})
	if r, ok := errors.AsType[*awshttp.ResponseError](err); ok && r.HTTPStatusCode() == http.StatusOK {
		return nil // it was let in, however the refusal of the message reads
	}
	return err
}

// GoOn is what package vault asks for where a pause ends: it has a worker look for the paused posts of an
// account, or of all.
func (p *Publisher) GoOn(ctx context.Context, accountID string) error {
	w := Wake{Paused: cmp.Or(accountID, schedule.Everybody), DueAt: time.Now()}
	again := w
	again.Delay = lookAgain
	return p.WakeAll(ctx, []Wake{w, again})
}

// sendTwice sends up to ten wakes, and those that SQS could not take for the
// moment a second time. It answers what became of each.
func (p *Publisher) sendTwice(ctx context.Context, wakes []Wake) []error {
	outcome := p.send(ctx, wakes)
	var again []Wake
	var at []int
	for i, err := range outcome {
		if r, ok := errors.AsType[*refusal](err); ok && !r.senderFault {
			again, at = append(again, wakes[i]), append(at, i)
		}
	}
	if len(again) > 0 {
		for n, err := range p.send(ctx, again) {
			outcome[at[n]] = err
		}
	}
	return outcome
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
	in := &sqs.SendMessageBatchInput{QueueUrl: &p.URL}
	for i, w := range wakes {
		message, err := encode(w)
		if err != nil {
			outcome[i] = err
			continue
		}
		// What the answer does not mention is not known to be sent.
		outcome[i] = errors.New("SQS did not say that it took it")
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), MessageBody: &message, DelaySeconds: seconds(w.Delay), MessageGroupId: group(w),
		})
	}
	if len(in.Entries) == 0 { // SQS refuses an empty request
		return outcome
	}
	out, err := p.SQS.SendMessageBatch(ctx, in)
	if err != nil {
		return slices.Repeat([]error{err}, len(wakes))
	}
	mark := func(id *string, err error) {
		if i, bad := strconv.Atoi(aws.ToString(id)); bad == nil && 0 <= i && i < len(outcome) {
			outcome[i] = err
		}
	}
	for _, ok := range out.Successful {
		mark(ok.Id, nil)
	}
	for _, f := range out.Failed {
		mark(f.Id, &refusal{aws.ToString(f.Code), aws.ToString(f.Message), f.SenderFault})
	}
	return outcome
}

// group has SQS deal fairly with the accounts ("fair queues" for standard queues): the
// messages of one that has many of them do not hold up those of others. A message without
// a group counts as one of its own.
func group(w Wake) *string {
	if w.AccountID == "" || len(w.AccountID) > maxGroup {
		return nil
	}
	return &w.AccountID
}

// seconds is a delay as SQS takes it: whole seconds, from 0 to [MaxDelay].
func seconds(d time.Duration) int32 { return int32(min(max(d, 0), MaxDelay) / time.Second) }
