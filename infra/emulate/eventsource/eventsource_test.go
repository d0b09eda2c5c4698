package eventsource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/emulate/lambda"
	"spool/infra/emulate/sqs"

	"github.com/aws/aws-lambda-go/events"
)

// worker is a function that notes what it handles, and when.
type worker struct {
	answer func(events.SQSEvent) (any, error) // nil: success
	start  time.Time

	mu       sync.Mutex
	batches  []string // "1s: a b"
	inFlight int
	most     int
}

func (w *worker) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	var e events.SQSEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, err
	}
	var bodies []string
	for _, r := range e.Records {
		bodies = append(bodies, r.Body)
	}
	w.mu.Lock()
	w.batches = append(w.batches, fmt.Sprintf("%v: %s", time.Since(w.start), strings.Join(bodies, " ")))
	w.inFlight++
	w.most = max(w.most, w.inFlight)
	w.mu.Unlock()
	defer func() { w.mu.Lock(); w.inFlight--; w.mu.Unlock() }()
	if w.answer == nil {
		return []byte(`null`), nil
	}
	answer, err := w.answer(e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

func (w *worker) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.batches)
}

// bench is a queue with a dead-letter queue, and a mapping that is not yet running.
type bench struct {
	*testing.T
	server      *sqs.Server
	queue, dead *sqs.Queue
	worker      *worker
	mapping     *Mapping
}

// inBubble runs a test with a queue whose messages come again after 30 s, and are dead letters after three receives.
func inBubble(t *testing.T, name string, run func(b *bench)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := &bench{T: t, server: sqs.New("http://127.0.0.1:4566"), worker: &worker{start: time.Now()}}
			b.dead = b.create("dead", nil)
			b.queue = b.create("publish", map[string]string{"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":3}`, b.dead.ARN())})
			b.mapping = &Mapping{Queue: b.queue, Function: b.worker, MaximumConcurrency: 1, Visibility: 30 * time.Second, Log: slog.New(slog.DiscardHandler)}
			run(b)
		})
	})
}

func (b *bench) create(name string, attributes map[string]string) *sqs.Queue {
	b.Helper()
	q, err := b.server.CreateQueue(name, attributes)
	if err != nil {
		b.Fatal(err)
	}
	return q
}

// send sends a message over the wire.
func (b *bench) send(body string) {
	b.Helper()
	text, _ := json.Marshal(map[string]any{"QueueUrl": b.queue.URL(), "MessageBody": body})
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(text)))
	r.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatal(w.Body)
	}
}

// runFor runs the mapping for d.
func (b *bench) runFor(d time.Duration) {
	ctx, cancel := context.WithTimeout(b.Context(), d)
	defer cancel()
	b.mapping.Run(ctx)
}

// handled wants these batches, in order.
func (b *bench) handled(want ...string) {
	b.Helper()
	if got := b.worker.seen(); !slices.Equal(got, want) {
		b.Errorf("handled %q, want %q", got, want)
	}
}

// deadLetters wants these bodies in the dead-letter queue.
func (b *bench) deadLetters(want ...string) {
	b.Helper()
	messages, err := b.dead.Receive(b.Context(), 10, 0)
	if err != nil {
		b.Fatal(err)
	}
	var got []string
	for _, m := range messages {
		got = append(got, m.Body)
	}
	if !slices.Equal(got, want) {
		b.Errorf("dead letters %q, want %q", got, want)
	}
}

func TestDelivery(t *testing.T) {
	inBubble(t, "what succeeds is handled once", func(b *bench) {
		b.send("a")
		b.runFor(5 * time.Minute)
		b.handled("0s: a")
		b.deadLetters()
	})
	inBubble(t, "a message that comes later is handled at once", func(b *bench) {
		time.AfterFunc(33*time.Second, func() { b.send("late") })
		b.runFor(time.Minute)
		b.handled("33s: late")
	})
	inBubble(t, "what fails comes again after the visibility timeout, three times, and is a dead letter", func(b *bench) {
		b.worker.answer = func(events.SQSEvent) (any, error) { return nil, errors.New("Runtime.ExitError") }
		b.send("poison")
		b.runFor(5 * time.Minute)
		b.handled("0s: poison", "30s: poison", "1m0s: poison")
		b.deadLetters("poison")
	})
	inBubble(t, "without ReportBatchItemFailures the answer says nothing", func(b *bench) {
		b.worker.answer = func(e events.SQSEvent) (any, error) { return fails(e.Records[0].MessageId), nil }
		b.send("a")
		b.runFor(5 * time.Minute)
		b.handled("0s: a")
		b.deadLetters()
	})
	inBubble(t, "a batch under way is finished when the mapping ends", func(b *bench) {
		b.worker.answer = func(events.SQSEvent) (any, error) { time.Sleep(20 * time.Second); return nil, nil }
		b.send("a")
		b.runFor(time.Second)
		if took := time.Since(b.worker.start); took != 20*time.Second {
			b.Errorf("the mapping ended after %v", took)
		}
		time.Sleep(time.Minute)
		if left, _ := b.queue.Receive(b.Context(), 10, 0); len(left) > 0 {
			b.Errorf("left %v", left)
		}
	})
}

func fails(ids ...string) events.SQSEventResponse {
	var out events.SQSEventResponse
	for _, id := range ids {
		out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
	}
	return out
}

func TestPartialFailures(t *testing.T) {
	inBubble(t, "only the messages named come again", func(b *bench) {
		b.mapping.ReportBatchItemFailures = true
		b.worker.answer = func(e events.SQSEvent) (any, error) {
			var bad []string
			for _, r := range e.Records {
				if r.Body == "bad" {
					bad = append(bad, r.MessageId)
				}
			}
			return fails(bad...), nil
		}
		b.send("good")
		b.send("bad")
		b.runFor(5 * time.Minute)
		b.handled("0s: good bad", "30s: bad", "1m0s: bad")
		b.deadLetters("bad")
	})
	for name, answer := range map[string]any{
		"no object":        "done",
		"an empty id":      fails(""),
		"an unknown id":    fails("no such message"),
		"a null id":        json.RawMessage(`{"batchItemFailures":[{"itemIdentifier":null}]}`),
		"another key":      json.RawMessage(`{"batchItemFailures":[{"itemId":"x"}]}`),
		"a list of nulls":  json.RawMessage(`{"batchItemFailures":[null]}`),
		"no list of items": json.RawMessage(`{"batchItemFailures":"x"}`),
	} {
		inBubble(t, "an answer that cannot be read fails the batch: "+name, func(b *bench) {
			b.mapping.ReportBatchItemFailures = true
			b.worker.answer = func(events.SQSEvent) (any, error) { return answer, nil }
			b.send("a")
			b.runFor(5 * time.Minute)
			b.handled("0s: a", "30s: a", "1m0s: a")
			b.deadLetters("a")
		})
	}
	for name, answer := range map[string]any{
		"null": nil, "an empty object": struct{}{}, "an empty list": json.RawMessage(`{"batchItemFailures":[]}`), "a null list": json.RawMessage(`{"batchItemFailures":null}`),
	} {
		inBubble(t, "an answer without failures is a success: "+name, func(b *bench) {
			b.mapping.ReportBatchItemFailures = true
			b.worker.answer = func(events.SQSEvent) (any, error) { return answer, nil }
			b.send("a")
			b.runFor(5 * time.Minute)
			b.handled("0s: a")
			b.deadLetters()
		})
	}
}

func TestBatching(t *testing.T) {
	inBubble(t, "a batch is no larger than its size", func(b *bench) {
		b.mapping.BatchSize = 2
		for _, body := range []string{"a", "b", "c"} {
			b.send(body)
		}
		b.runFor(time.Second)
		b.handled("0s: a b", "0s: c")
	})
	inBubble(t, "a window gathers what comes within it", func(b *bench) {
		b.mapping.Window = 5 * time.Second
		b.send("a")
		time.AfterFunc(4*time.Second, func() { b.send("b") })
		time.AfterFunc(6*time.Second, func() { b.send("c") })
		b.runFor(time.Minute)
		b.handled("5s: a b", "11s: c")
	})
	inBubble(t, "a full batch does not wait for its window, and may be larger than one receiving", func(b *bench) {
		b.mapping.Window, b.mapping.BatchSize = 5*time.Second, 12
		for i := range 12 {
			b.send(fmt.Sprint(i))
		}
		b.runFor(time.Second)
		b.handled("0s: 0 1 2 3 4 5 6 7 8 9 10 11")
	})
	inBubble(t, "as many batches run at once as may", func(b *bench) {
		b.mapping.BatchSize, b.mapping.MaximumConcurrency = 1, 2
		b.worker.answer = func(events.SQSEvent) (any, error) { time.Sleep(time.Second); return nil, nil }
		for i := range 4 {
			b.send(fmt.Sprint(i))
		}
		b.runFor(10 * time.Second)
		if took := b.worker.seen(); len(took) != 4 || b.worker.most != 2 || !strings.HasPrefix(took[3], "1s: ") {
			b.Errorf("%d at once, handled %q", b.worker.most, took)
		}
	})
}

// TestGrowth: five batches at a time to begin with, and five more each second while messages are there.
func TestGrowth(t *testing.T) {
	const second = time.Second
	inBubble(t, "more pollers come while all are at work", func(b *bench) {
		b.mapping.BatchSize, b.mapping.MaximumConcurrency = 1, 8
		b.worker.answer = func(events.SQSEvent) (any, error) { time.Sleep(second); return nil, nil }
		for i := range 12 {
			b.send(fmt.Sprint(i))
		}
		b.runFor(10 * second)
		var began []time.Duration
		for _, line := range b.worker.seen() {
			at, _, _ := strings.Cut(line, ":")
			d, _ := time.ParseDuration(at)
			began = append(began, d)
		}
		const ms = time.Millisecond
		want := []time.Duration{0, 0, 0, 0, 0, 200 * ms, 400 * ms, 600 * ms, second, second, second, second}
		if !slices.Equal(began, want) || b.worker.most != 8 {
			t.Errorf("%d at once, begun at %v", b.worker.most, began)
		}
	})
	inBubble(t, "without a bound they are five, and as many as that takes", func(b *bench) {
		b.mapping.BatchSize, b.mapping.MaximumConcurrency = 1, 0
		b.worker.answer = func(events.SQSEvent) (any, error) { time.Sleep(3 * second); return nil, nil }
		for i := range 30 {
			b.send(fmt.Sprint(i))
		}
		b.runFor(3*second - 1) // the first are not done yet
		if n := len(b.worker.seen()); n != 5+14 {
			t.Errorf("%d are begun", n)
		}
	})
	inBubble(t, "who came to help goes when nothing is left", func(b *bench) {
		b.mapping.BatchSize, b.mapping.MaximumConcurrency = 1, 6
		b.worker.answer = func(events.SQSEvent) (any, error) { time.Sleep(second); return nil, nil }
		for i := range 6 {
			b.send(fmt.Sprint(i))
		}
		time.AfterFunc(time.Minute, func() {
			for i := range 6 {
				b.send(fmt.Sprint(i))
			}
		})
		b.runFor(2 * time.Minute)
		if last := b.worker.seen()[11]; !strings.HasPrefix(last, "1m0.") || strings.HasPrefix(last, "1m0s") {
			t.Errorf("the sixth of the second burst is handled at %s: its poller was still there", last)
		}
	})
}

// TestThrottledBatches come again without a receive, until their messages would be seen again.
func TestThrottledBatches(t *testing.T) {
	throttle := func(b *bench, times int) {
		calls := 0
		b.worker.answer = func(e events.SQSEvent) (any, error) {
			if n := e.Records[0].Attributes["ApproximateReceiveCount"]; n != "1" {
				return nil, fmt.Errorf("received %s times", n)
			}
			if calls++; calls <= times {
				return nil, lambda.ErrThrottled
			}
			return nil, nil
		}
		b.send("a")
		b.runFor(25 * time.Second)
	}
	inBubble(t, "an execution becomes free", func(b *bench) {
		throttle(b, 2)
		b.handled("0s: a", "1s: a", "3s: a")
	})
	inBubble(t, "none becomes free until they would be seen again", func(b *bench) {
		throttle(b, 100)
		b.handled("0s: a", "1s: a", "3s: a", "7s: a", "15s: a")
	})
}

func TestEvent(t *testing.T) {
	const arn = "arn:aws:sqs:us-east-1:000000000000:publish"
	text := "v"
	got := event(arn, []sqs.Message{{
		ID: "059f36b4-87a3-44ab-83d2-661975830a7d", ReceiptHandle: "AQEB", Body: `{"post_id":"1"}`, MD5OfBody: "e4e6",
		Attributes:             map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183", "SenderId": "AIDALOCAL", "ApproximateFirstReceiveTimestamp": "1545082649185"},
		MessageAttributes:      map[string]sqs.Attribute{"s": {DataType: "String", StringValue: &text}},
		MD5OfMessageAttributes: "00ff",
	}})
	const want = `{"Records":[{"messageId":"059f36b4-87a3-44ab-83d2-661975830a7d","receiptHandle":"AQEB","body":"{\"post_id\":\"1\"}",` +
		`"attributes":{"ApproximateFirstReceiveTimestamp":"1545082649185","ApproximateReceiveCount":"1","SenderId":"AIDALOCAL","SentTimestamp":"1545082649183"},` +
		`"messageAttributes":{"s":{"stringValue":"v","stringListValues":[],"binaryListValues":[],"dataType":"String"}},"md5OfMessageAttributes":"00ff",` +
		`"md5OfBody":"e4e6","eventSource":"aws:sqs","eventSourceARN":"` + arn + `","awsRegion":"us-east-1"}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
