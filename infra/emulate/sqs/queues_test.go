package sqs_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/emulate"
	emulated "spool/infra/emulate/sqs"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func TestBatches(t *testing.T) {
	entries := func(n int) []types.SendMessageBatchRequestEntry {
		var list []types.SendMessageBatchRequestEntry
		for i := range n {
			list = append(list, types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint("e", i)), MessageBody: aws.String(fmt.Sprint("b", i))})
		}
		return list
	}
	send := func(b *bench, q *string, list []types.SendMessageBatchRequestEntry) (*sqs.SendMessageBatchOutput, error) {
		return b.client.SendMessageBatch(b.Context(), &sqs.SendMessageBatchInput{QueueUrl: q, Entries: list})
	}
	suite(t, "ten messages are sent, each with its delay, and deleted", func(b *bench) {
		q := b.queue(nil)
		list := entries(10)
		list[9].DelaySeconds = 5
		out, err := send(b, q, list)
		if err != nil || len(out.Successful) != 10 {
			b.Fatalf("%+v, %v", out, err)
		}
		messages := b.receive(q)
		if len(messages) != 9 {
			b.Fatalf("%d received, want 9: the last is delayed", len(messages))
		}
		var deletes []types.DeleteMessageBatchRequestEntry
		for i, m := range messages {
			deletes = append(deletes, types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle})
		}
		deleted, err := b.client.DeleteMessageBatch(b.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: q, Entries: deletes})
		if err != nil || len(deleted.Successful) != 9 {
			b.Fatalf("%+v, %v", deleted, err)
		}
		time.Sleep(time.Minute)
		b.bodies(q, "b9")
	})
	suite(t, "one bad entry fails alone", func(b *bench) {
		list := entries(2)
		list[0].DelaySeconds = 901
		q := b.queue(nil)
		out, err := send(b, q, list)
		if err != nil || len(out.Failed) != 1 || len(out.Successful) != 1 || *out.Failed[0].Id != "e0" || *out.Failed[0].Code != "InvalidParameterValue" || !out.Failed[0].SenderFault {
			b.Fatalf("%+v, %v", out, err)
		}
		b.bodies(q, "b1")
	})
	suite(t, "visibility is changed in batches", func(b *bench) {
		q := b.queue(nil)
		b.send(q, "a")
		out, err := b.client.ChangeMessageVisibilityBatch(b.Context(), &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: q,
			Entries: []types.ChangeMessageVisibilityBatchRequestEntry{{Id: aws.String("1"), ReceiptHandle: b.bodies(q, "a")[0].ReceiptHandle, VisibilityTimeout: 0}}})
		if err != nil || len(out.Successful) != 1 {
			b.Fatalf("%+v, %v", out, err)
		}
		b.bodies(q, "a")
	})
	suite(t, "batches that are no batches are refused whole", func(b *bench) {
		q := b.queue(nil)
		_, err := send(b, q, entries(11))
		as[*types.TooManyEntriesInBatchRequest](b, err)
		_, err = send(b, q, []types.SendMessageBatchRequestEntry{})
		as[*types.EmptyBatchRequest](b, err)
		_, err = send(b, q, append(entries(1), entries(1)...))
		as[*types.BatchEntryIdsNotDistinct](b, err)
		_, err = send(b, q, []types.SendMessageBatchRequestEntry{{Id: aws.String("a b"), MessageBody: aws.String("x")}})
		as[*types.InvalidBatchEntryId](b, err)
		list := entries(2)
		list[0].MessageBody, list[1].MessageBody = aws.String(strings.Repeat("x", 1<<20)), aws.String("x")
		_, err = send(b, q, list)
		as[*types.BatchRequestTooLong](b, err)
		b.bodies(q)
	})
}

func TestQueues(t *testing.T) {
	suite(t, "a queue is found by its name", func(b *bench) {
		q := b.queue(nil)
		out, err := b.client.GetQueueUrl(b.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("queue-1")})
		if err != nil || *out.QueueUrl != *q || *q != "http://127.0.0.1:4566/000000000000/queue-1" {
			b.Errorf("made %s, found %v, %v", *q, out, err)
		}
		_, err = b.client.GetQueueUrl(b.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("none")})
		as[*types.QueueDoesNotExist](b, err)
	})
	suite(t, "queues are listed, purged and deleted", func(b *bench) {
		q, other := b.queue(nil), b.queue(nil)
		b.send(q, "a")
		if _, err := b.client.PurgeQueue(b.Context(), &sqs.PurgeQueueInput{QueueUrl: q}); err != nil {
			b.Fatal(err)
		}
		b.bodies(q)
		if _, err := b.client.DeleteQueue(b.Context(), &sqs.DeleteQueueInput{QueueUrl: q}); err != nil {
			b.Fatal(err)
		}
		out, err := b.client.ListQueues(b.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String("queue-")})
		if err != nil || !slices.Equal(out.QueueUrls, []string{*other}) {
			b.Errorf("left %v, %v", out, err)
		}
	})
	suite(t, "a second creation agrees or is refused", func(b *bench) {
		create := func(a attributes) (*sqs.CreateQueueOutput, error) {
			return b.client.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String("same"), Attributes: a})
		}
		first, err := create(attributes{"VisibilityTimeout": "60"})
		if err != nil {
			b.Fatal(err)
		}
		second, err := create(attributes{"VisibilityTimeout": "60", "DelaySeconds": "0"})
		if err != nil || *second.QueueUrl != *first.QueueUrl {
			b.Errorf("%v, %v", second, err)
		}
		_, err = create(attributes{"VisibilityTimeout": "30"})
		as[*types.QueueNameExists](b, err)
	})
	suite(t, "attributes out of range are refused", func(b *bench) {
		for _, a := range []attributes{{"VisibilityTimeout": "43201"}, {"DelaySeconds": "901"}, {"DelaySeconds": "soon"}, {"MessageRetentionPeriod": "59"},
			{"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":1}`},
			{"RedrivePolicy": `{"maxReceiveCount":`}} {
			_, err := b.client.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String("bad"), Attributes: a})
			as[*types.InvalidAttributeValue](b, err)
		}
		for _, a := range []attributes{{"FifoQueue": "true"}, {"Visibility": "1"}} {
			_, err := b.client.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String("bad"), Attributes: a})
			as[*types.InvalidAttributeName](b, err)
		}
		_, err := b.client.CreateQueue(b.Context(), &sqs.CreateQueueInput{QueueName: aws.String("not/a name")})
		b.refused(err, "InvalidParameterValue")
	})
	suite(t, "messages are counted by what becomes of them", func(b *bench) {
		q := b.queue(nil)
		b.send(q, "a")
		b.send(q, "b")
		b.send(q, "c", delayed(60))
		b.receive(q, func(in *sqs.ReceiveMessageInput) { in.MaxNumberOfMessages = 1 })
		a := b.attributes(q, "All")
		if a["ApproximateNumberOfMessages"] != "1" || a["ApproximateNumberOfMessagesNotVisible"] != "1" || a["ApproximateNumberOfMessagesDelayed"] != "1" || a["VisibilityTimeout"] != "30" {
			b.Errorf("attributes %v", a)
		}
		if some := b.attributes(q, "QueueArn"); len(some) != 1 || some["QueueArn"] != emulate.ARN("sqs", "queue-1") {
			b.Errorf("asked for one, got %v", some)
		}
	})
	suite(t, "one message is received by default, and ten at most", func(b *bench) {
		q := b.queue(nil)
		b.send(q, "a")
		b.send(q, "b")
		out, err := b.client.ReceiveMessage(b.Context(), &sqs.ReceiveMessageInput{QueueUrl: q})
		if err != nil || len(out.Messages) != 1 {
			b.Errorf("%v, %v", out, err)
		}
		_, err = b.client.ReceiveMessage(b.Context(), &sqs.ReceiveMessageInput{QueueUrl: q, MaxNumberOfMessages: 11})
		b.refused(err, "InvalidParameterValue")
	})
	suite(t, "an operation that is not emulated says so", func(b *bench) {
		_, err := b.client.TagQueue(b.Context(), &sqs.TagQueueInput{QueueUrl: b.queue(nil), Tags: map[string]string{"a": "b"}})
		as[*types.UnsupportedOperation](b, err)
	})
}

func TestReceivingInProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulated.New("http://127.0.0.1:4566/")
		q, err := s.CreateQueue("publish", map[string]string{"VisibilityTimeout": "30"})
		if err != nil {
			t.Fatal(err)
		}
		if q.URL() != "http://127.0.0.1:4566/000000000000/publish" || q.ARN() != emulate.ARN("sqs", q.Name()) {
			t.Errorf("URL %s, ARN %s", q.URL(), q.ARN())
		}
		client := sqs.New(sqs.Options{Region: emulate.Region, BaseEndpoint: aws.String("http://127.0.0.1:4566"), HTTPClient: direct{s},
			Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", "")})
		if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(q.URL()), MessageBody: aws.String("hello"), DelaySeconds: 3}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		got, err := q.Receive(t.Context(), 10, time.Minute)
		if err != nil || len(got) != 1 || time.Since(start) != 3*time.Second {
			t.Fatalf("%v, %v after %v", got, err, time.Since(start))
		}
		m := got[0]
		if m.Body != "hello" || m.MD5OfBody != "5d41402abc4b2a76b9719d911017c592" || m.Attributes["ApproximateReceiveCount"] != "1" {
			t.Errorf("received %+v", m)
		}
		if err := q.Delete(m.ReceiptHandle); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if got, err := q.Receive(ctx, 10, 24*time.Hour); err != nil || len(got) != 0 || time.Since(start) != 3*time.Second+time.Hour {
			t.Errorf("afterwards %v, %v after %v", got, err, time.Since(start))
		}
	})
}

// TestOverTheNetwork goes the whole way once.
func TestOverTheNetwork(t *testing.T) {
	var s *emulated.Server
	srv := httptest.NewUnstartedServer(nil)
	s = emulated.New("http://" + srv.Listener.Addr().String())
	srv.Config.Handler = s
	srv.Start()
	defer srv.Close()
	q, err := s.CreateQueue("publish", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := sqs.New(sqs.Options{Region: emulate.Region, BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", "")})
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: aws.String(q.URL()), MessageBody: aws.String("hello")}); err != nil {
		t.Fatal(err)
	}
	if got, err := q.Receive(t.Context(), 1, 0); err != nil || len(got) != 1 || got[0].Body != "hello" {
		t.Errorf("%v, %v", got, err)
	}
}

// What is in a queue is told by its clock, which a test can set.
func TestDepth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := emulated.New("http://sqs.test")
		var ahead time.Duration
		s.Now = func() time.Time { return time.Now().Add(ahead) }
		q, err := s.CreateQueue("jobs", map[string]string{"VisibilityTimeout": "60", "DelaySeconds": "0"})
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{"a", "b"} {
			if err := q.Send(body); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := q.Receive(t.Context(), 1, 0); err != nil || len(got) != 1 || got[0].Body != "a" {
			t.Fatal(got, err)
		}
		time.Sleep(10 * time.Second)
		if want := (emulated.Depth{Visible: 1, Hidden: 1, Oldest: 10 * time.Second}); q.Depth() != want {
			t.Errorf("got %+v, want %+v", q.Depth(), want)
		}
		received := make(chan string)
		if got, err := q.Receive(t.Context(), 1, 0); err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		go func() {
			got, _ := q.Receive(t.Context(), 1, 20*time.Second)
			received <- got[0].Body
		}()
		synctest.Wait()
		ahead = time.Minute // both are visible again
		s.Wake()
		if body := <-received; body != "a" {
			t.Errorf("received %q", body)
		}
		q.Purge()
		if (q.Depth() != emulated.Depth{}) {
			t.Errorf("purged, it has %+v", q.Depth())
		}
	})
}
