package sqs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/emulate"
	emulated "spool/infra/emulate/sqs"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// The suite speaks through the SDK, whose requests go straight into the handler: there is no network that would keep
// synctest from moving its clock.

type direct struct{ handler http.Handler }

func (d direct) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// bench is a server with a client.
type bench struct {
	*testing.T
	server *emulated.Server
	client *sqs.Client
	queues int
}

// suite runs a test in a bubble of its own.
func suite(t *testing.T, name string, run func(b *bench)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			const base = "http://127.0.0.1:4566"
			b := &bench{T: t, server: emulated.New(base)}
			b.client = sqs.New(sqs.Options{
				Region: emulate.Region, BaseEndpoint: aws.String(base), HTTPClient: direct{b.server}, Retryer: aws.NopRetryer{},
				Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", ""),
			})
			run(b)
		})
	})
}

type attributes map[string]string

// queue makes another queue and gives its URL.
func (b *bench) queue(a attributes) *string {
	b.Helper()
	b.queues++
	out, err := b.client.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String(fmt.Sprint("queue-", b.queues)), Attributes: a})
	if err != nil {
		b.Fatal(err)
	}
	return out.QueueUrl
}

func (b *bench) arn(queue *string) string {
	b.Helper()
	return b.attributes(queue, "QueueArn")["QueueArn"]
}

func (b *bench) attributes(queue *string, names ...types.QueueAttributeName) map[string]string {
	b.Helper()
	out, err := b.client.GetQueueAttributes(b.Context(), &sqs.GetQueueAttributesInput{QueueUrl: queue, AttributeNames: names})
	if err != nil {
		b.Fatal(err)
	}
	return out.Attributes
}

func (b *bench) send(queue *string, body string, change ...func(*sqs.SendMessageInput)) *sqs.SendMessageOutput {
	b.Helper()
	in := &sqs.SendMessageInput{QueueUrl: queue, MessageBody: &body}
	for _, c := range change {
		c(in)
	}
	out, err := b.client.SendMessage(b.Context(), in)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func delayed(seconds int32) func(*sqs.SendMessageInput) {
	return func(in *sqs.SendMessageInput) { in.DelaySeconds = seconds }
}

// receive takes up to ten messages with everything about them.
func (b *bench) receive(queue *string, change ...func(*sqs.ReceiveMessageInput)) []types.Message {
	b.Helper()
	in := &sqs.ReceiveMessageInput{QueueUrl: queue, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}, MessageAttributeNames: []string{"All"}}
	for _, c := range change {
		c(in)
	}
	out, err := b.client.ReceiveMessage(b.Context(), in)
	if err != nil {
		b.Fatal(err)
	}
	return out.Messages
}

func waiting(seconds int32) func(*sqs.ReceiveMessageInput) {
	return func(in *sqs.ReceiveMessageInput) { in.WaitTimeSeconds = seconds }
}

// bodies receives and wants these bodies.
func (b *bench) bodies(queue *string, want ...string) []types.Message {
	b.Helper()
	messages := b.receive(queue)
	var got []string
	for _, m := range messages {
		got = append(got, *m.Body)
	}
	if !slices.Equal(got, want) {
		b.Fatalf("received %q, want %q", got, want)
	}
	return messages
}

func (b *bench) delete(queue *string, handle *string) {
	b.Helper()
	if _, err := b.client.DeleteMessage(b.Context(), &sqs.DeleteMessageInput{QueueUrl: queue, ReceiptHandle: handle}); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) hide(queue *string, handle *string, seconds int32) error {
	_, err := b.client.ChangeMessageVisibility(b.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: queue, ReceiptHandle: handle, VisibilityTimeout: seconds})
	return err
}

// refused wants an error of this code.
func (b *bench) refused(err error, code string) {
	b.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		b.Errorf("got %v, want %s", err, code)
	}
}

// as wants an error of the SDK's type E.
func as[E error](b *bench, err error) {
	b.Helper()
	if want := *new(E); !errors.As(err, &want) {
		b.Errorf("got %v, want %T", err, want)
	}
}

func TestSending(t *testing.T) {
	suite(t, "a message arrives whole, and its digest satisfies the SDK", func(b *bench) {
		q := b.queue(nil)
		const body = "héllo <&> \"☃\"\n"
		sent := b.send(q, body)
		got := b.bodies(q, body)
		if *got[0].MessageId != *sent.MessageId {
			b.Errorf("id %s sent, %s received", *sent.MessageId, *got[0].MessageId)
		}
		b.delete(q, got[0].ReceiptHandle)
		if a := b.attributes(q, "All"); a["ApproximateNumberOfMessages"] != "0" || a["ApproximateNumberOfMessagesNotVisible"] != "0" {
			b.Errorf("left over: %v", a)
		}
	})
	suite(t, "what SQS refuses is refused", func(b *bench) {
		q := b.queue(nil)
		try := func(change func(*sqs.SendMessageInput)) error {
			in := &sqs.SendMessageInput{QueueUrl: q, MessageBody: aws.String("x")}
			change(in)
			_, err := b.client.SendMessage(b.Context(), in)
			return err
		}
		b.refused(try(func(in *sqs.SendMessageInput) { in.MessageBody = aws.String("") }), "MissingParameter")
		b.refused(try(func(in *sqs.SendMessageInput) { in.MessageBody = aws.String(strings.Repeat("x", 1<<20+1)) }), "InvalidParameterValue")
		b.refused(try(delayed(901)), "InvalidParameterValue")
		as[*types.InvalidMessageContents](b, try(func(in *sqs.SendMessageInput) { in.MessageBody = aws.String("a\x00b") }))
		as[*types.QueueDoesNotExist](b, try(func(in *sqs.SendMessageInput) { in.QueueUrl = aws.String(*q + "-other") }))
		b.bodies(q)
	})
	suite(t, "two hundred concurrent sendings arrive once each", func(b *bench) {
		q := b.queue(nil)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				for j := range 10 {
					b.send(q, fmt.Sprint(i, "-", j))
				}
			})
		}
		wg.Wait()
		var mu sync.Mutex
		seen := map[string]int{}
		for range 8 {
			wg.Go(func() {
				for messages := b.receive(q); len(messages) > 0; messages = b.receive(q) {
					mu.Lock()
					for _, m := range messages {
						seen[*m.Body]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for body, n := range seen {
			if n != 1 {
				b.Errorf("%s received %d times", body, n)
			}
		}
		if len(seen) != 200 {
			b.Errorf("%d messages received", len(seen))
		}
	})
}

func TestMessageAttributes(t *testing.T) {
	suite(t, "message attributes of every type arrive, and only when asked for", func(b *bench) {
		q := b.queue(attributes{"VisibilityTimeout": "0"})
		b.send(q, "x", func(in *sqs.SendMessageInput) {
			in.MessageAttributes = map[string]types.MessageAttributeValue{
				"s": {DataType: aws.String("String"), StringValue: aws.String("v")},
				"n": {DataType: aws.String("Number"), StringValue: aws.String("7")},
				"b": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 255}},
			}
			in.MessageSystemAttributes = map[string]types.MessageSystemAttributeValue{
				"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")},
			}
		})
		m := b.receive(q)[0]
		if a := m.MessageAttributes; len(a) != 3 || *a["s"].StringValue != "v" || *a["n"].DataType != "Number" || string(a["b"].BinaryValue) != "\x00\x01\xff" {
			b.Errorf("attributes %v", a)
		}
		if m.Attributes["AWSTraceHeader"] == "" {
			b.Errorf("no trace header in %v", m.Attributes)
		}
		some := b.receive(q, func(in *sqs.ReceiveMessageInput) {
			in.MessageAttributeNames, in.MessageSystemAttributeNames = []string{"s.*", "n"}, []types.MessageSystemAttributeName{"SentTimestamp"}
		})[0]
		if len(some.MessageAttributes) != 2 || len(some.Attributes) != 1 {
			b.Errorf("asked for some, got %v and %v", some.MessageAttributes, some.Attributes)
		}
	})
	suite(t, "the digest of attributes is the one of SQS", func(b *bench) {
		// Computed apart from this package, by the algorithm in the guide: MD5 of
		// 00000001 "a" 00000006 "String" 01 00000001 "b".
		sent := b.send(b.queue(nil), "x", func(in *sqs.SendMessageInput) {
			in.MessageAttributes = map[string]types.MessageAttributeValue{"a": {DataType: aws.String("String"), StringValue: aws.String("b")}}
		})
		if got := *sent.MD5OfMessageAttributes; got != "bef8bf215374a0a228d67533b1a488be" {
			b.Errorf("digest %s", got)
		}
	})
}

func TestDelays(t *testing.T) {
	suite(t, "a message is visible from its second on, not before", func(b *bench) {
		q := b.queue(nil)
		time.Sleep(345 * time.Millisecond) // synctest's clock: the delay counts from the sending, not from a whole second
		b.send(q, "late", delayed(2))
		b.send(q, "now")
		b.bodies(q, "now")
		time.Sleep(2*time.Second - time.Millisecond)
		b.bodies(q)
		time.Sleep(time.Millisecond)
		b.bodies(q, "late")
	})
	suite(t, "the queue's delay holds for messages without one", func(b *bench) {
		q := b.queue(attributes{"DelaySeconds": "5"})
		b.send(q, "preset")
		time.Sleep(4 * time.Second)
		b.bodies(q)
		time.Sleep(time.Second)
		b.bodies(q, "preset")
	})
	suite(t, "900 seconds are the most", func(b *bench) {
		q := b.queue(nil)
		b.send(q, "x", delayed(900))
		time.Sleep(900 * time.Second)
		b.bodies(q, "x")
	})
}

func TestVisibility(t *testing.T) {
	suite(t, "a received message is hidden, and comes again", func(b *bench) {
		q := b.queue(attributes{"VisibilityTimeout": "10"})
		start := time.Now()
		b.send(q, "a")
		first := b.bodies(q, "a")[0]
		time.Sleep(10*time.Second - time.Nanosecond)
		b.bodies(q)
		time.Sleep(time.Nanosecond)
		second := b.bodies(q, "a")[0]
		if *first.ReceiptHandle == *second.ReceiptHandle || first.Attributes["ApproximateReceiveCount"] != "1" || second.Attributes["ApproximateReceiveCount"] != "2" {
			b.Errorf("first %v, second %v", first.Attributes, second.Attributes)
		}
		stamp := fmt.Sprint(start.UnixMilli())
		if second.Attributes["SentTimestamp"] != stamp || second.Attributes["ApproximateFirstReceiveTimestamp"] != stamp {
			b.Errorf("stamps %v, want %s", second.Attributes, stamp)
		}
	})
	suite(t, "a receiver may set its own timeout", func(b *bench) {
		q := b.queue(nil)
		b.send(q, "a")
		b.receive(q, func(in *sqs.ReceiveMessageInput) { in.VisibilityTimeout = 1 })
		time.Sleep(time.Second)
		b.bodies(q, "a")
	})
	suite(t, "it can be ended, shortened and extended", func(b *bench) {
		q := b.queue(nil)
		b.send(q, "a")
		for _, tt := range []struct {
			change int32
			until  time.Duration
		}{{0, 0}, {1, time.Second}, {60, time.Minute}} {
			if err := b.hide(q, b.bodies(q, "a")[0].ReceiptHandle, tt.change); err != nil {
				b.Fatal(err)
			}
			if tt.until > 0 {
				time.Sleep(tt.until - time.Nanosecond)
				b.bodies(q)
				time.Sleep(time.Nanosecond)
			}
		}
		b.bodies(q, "a")
	})
	suite(t, "what is not in flight, gone or received again cannot be changed", func(b *bench) {
		q := b.queue(attributes{"VisibilityTimeout": "1"})
		as[*types.ReceiptHandleIsInvalid](b, b.hide(q, aws.String("bogus"), 1))
		b.send(q, "a")
		old := b.bodies(q, "a")[0].ReceiptHandle
		time.Sleep(time.Second)
		as[*types.MessageNotInflight](b, b.hide(q, old, 1))
		latest := b.bodies(q, "a")[0].ReceiptHandle
		b.refused(b.hide(q, old, 1), "InvalidParameterValue")
		b.refused(b.hide(q, latest, 43201), "InvalidParameterValue")
		b.delete(q, latest)
		b.refused(b.hide(q, latest, 1), "InvalidParameterValue")
	})
}

func TestDeleting(t *testing.T) {
	suite(t, "twice is no error", func(b *bench) {
		q := b.queue(nil)
		b.send(q, "a")
		handle := b.bodies(q, "a")[0].ReceiptHandle
		b.delete(q, handle)
		b.delete(q, handle)
	})
	suite(t, "after the visibility timeout it still deletes", func(b *bench) {
		q := b.queue(attributes{"VisibilityTimeout": "1"})
		b.send(q, "a")
		handle := b.bodies(q, "a")[0].ReceiptHandle
		time.Sleep(2 * time.Second)
		b.delete(q, handle)
		b.bodies(q)
	})
	suite(t, "with the handle of an earlier delivery it deletes nothing", func(b *bench) {
		q := b.queue(attributes{"VisibilityTimeout": "1"})
		b.send(q, "a")
		handle := b.bodies(q, "a")[0].ReceiptHandle
		time.Sleep(time.Second)
		b.bodies(q, "a")
		b.delete(q, handle)
		time.Sleep(time.Second)
		b.bodies(q, "a")
	})
	suite(t, "with what is no handle it is refused", func(b *bench) {
		_, err := b.client.DeleteMessage(b.Context(), &sqs.DeleteMessageInput{QueueUrl: b.queue(nil), ReceiptHandle: aws.String("bogus")})
		as[*types.ReceiptHandleIsInvalid](b, err)
	})
}

func TestRedrive(t *testing.T) {
	redriven := func(b *bench, dead *string, count string) attributes {
		return attributes{"VisibilityTimeout": "1", "RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%s}`, b.arn(dead), count)}
	}
	for _, count := range []string{`2`, `"2"`} {
		suite(t, "after maxReceiveCount receives a message goes to the dead letters, as it is: "+count, func(b *bench) {
			dead := b.queue(nil)
			q := b.queue(redriven(b, dead, count))
			sent := b.send(q, "poison")
			for range 2 {
				b.bodies(q, "poison")
				b.bodies(dead)
				time.Sleep(time.Second)
			}
			b.bodies(q)
			m := b.bodies(dead, "poison")[0]
			if *m.MessageId != *sent.MessageId || m.Attributes["DeadLetterQueueSourceArn"] != b.arn(q) {
				b.Errorf("sent as %s, dead letter %s %v", *sent.MessageId, *m.MessageId, m.Attributes)
			}
		})
	}
	suite(t, "a dead letter's retention counts from its first sending", func(b *bench) {
		dead := b.queue(attributes{"MessageRetentionPeriod": "120"})
		q := b.queue(redriven(b, dead, "1"))
		b.send(q, "poison")
		b.bodies(q, "poison")
		time.Sleep(100 * time.Second)
		b.bodies(q)
		time.Sleep(20 * time.Second)
		b.bodies(dead)
	})
	suite(t, "who waits for dead letters gets them", func(b *bench) {
		dead := b.queue(nil)
		q := b.queue(redriven(b, dead, "1"))
		b.send(q, "poison")
		b.bodies(q, "poison")
		var wg sync.WaitGroup
		wg.Go(func() {
			if got := b.receive(dead, waiting(20)); len(got) != 1 {
				b.Errorf("%d dead letters", len(got))
			}
		})
		b.receive(q, waiting(5))
		wg.Wait()
	})
}

func TestRetention(t *testing.T) {
	suite(t, "a message is kept for its time and no longer", func(b *bench) {
		q := b.queue(attributes{"MessageRetentionPeriod": "60", "VisibilityTimeout": "0"})
		b.send(q, "a")
		time.Sleep(60*time.Second - time.Nanosecond)
		b.bodies(q, "a")
		time.Sleep(time.Nanosecond)
		b.bodies(q)
	})
}

func TestLongPolling(t *testing.T) {
	suite(t, "it ends when a message arrives", func(b *bench) {
		q := b.queue(nil)
		start := time.Now()
		go func() {
			time.Sleep(500 * time.Millisecond)
			b.send(q, "x")
		}()
		if got := b.receive(q, waiting(3)); len(got) != 1 || time.Since(start) != 500*time.Millisecond {
			b.Errorf("%d messages after %v", len(got), time.Since(start))
		}
	})
	suite(t, "it ends when a delay ends", func(b *bench) {
		q := b.queue(nil)
		start := time.Now()
		b.send(q, "x", delayed(7))
		if got := b.receive(q, waiting(20)); len(got) != 1 || time.Since(start) != 7*time.Second {
			b.Errorf("%d messages after %v", len(got), time.Since(start))
		}
	})
	suite(t, "it ends empty after its time, the queue's by default", func(b *bench) {
		q := b.queue(attributes{"ReceiveMessageWaitTimeSeconds": "4"})
		start := time.Now()
		if got := b.receive(q); len(got) != 0 || time.Since(start) != 4*time.Second {
			b.Errorf("%d messages after %v", len(got), time.Since(start))
		}
	})
	suite(t, "a receiver that left takes no message", func(b *bench) {
		q := b.queue(nil)
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		if _, err := b.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: q, WaitTimeSeconds: 20}); err == nil {
			b.Error("the caller gave up, and got an answer")
		}
		b.send(q, "x")
		b.bodies(q, "x")
	})
}
