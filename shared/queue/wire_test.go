package queue_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"spool/infra/emulate"
	emulated "spool/infra/emulate/sqs"
	"spool/shared/queue"
)

// onTheWire gives an empty queue behind SQS's wire protocol.
func onTheWire(t *testing.T) (client *sqs.Client, q *emulated.Queue) {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	server := emulated.New("http://" + srv.Listener.Addr().String())
	srv.Config.Handler = server
	srv.Start()
	t.Cleanup(srv.Close)
	q, err := server.CreateQueue("PublishQueue", nil)
	if err != nil {
		t.Fatal(err)
	}
	client = sqs.New(sqs.Options{
		Region: emulate.Region, BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", ""),
	})
	return client, q
}

// What is sent comes out of a queue on SQS's wire protocol as it went in.
func TestWakesOnTheWire(t *testing.T) {
	client, q := onTheWire(t)
	url := q.URL()
	p := &queue.Publisher{SQS: client, URL: url}
	if err := p.WakeAll(t.Context(), wakes(12)); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for range 2 {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			w, err := queue.Decode(*m.Body)
			if err != nil || !w.DueAt.Equal(due) {
				t.Errorf("%s: %+v, %v", *m.Body, w, err)
			}
			got[w.PostID] = true
		}
	}
	if len(got) != 12 {
		t.Errorf("%d of 12 came out", len(got))
	}
}

// A queue can be tried without a message in it, and one that is not there is told.
func TestAQueueIsTriedAndMeasured(t *testing.T) {
	client, q := onTheWire(t)
	url := q.URL()
	p, m := &queue.Publisher{SQS: client, URL: url}, queue.Measure{SQS: client, URL: url}
	if err := p.Try(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := m.Depth(t.Context()); err != nil || n != 0 {
		t.Errorf("after a try there are %d messages, %v", n, err)
	}
	if err := p.Ask(t.Context(), due); err != nil {
		t.Fatal(err)
	}
	if n, err := m.Depth(t.Context()); err != nil || n != 1 {
		t.Errorf("there are %d messages, %v; want 1", n, err)
	}
	got, err := q.Receive(t.Context(), 1, 0)
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if w, err := queue.Decode(got[0].Body); err != nil || !w.Check || !w.DueAt.Equal(due) {
		t.Errorf("%s: %+v, %v", got[0].Body, w, err)
	}
	none := &queue.Publisher{SQS: client, URL: url + "x"}
	if coded, ok := errors.AsType[smithy.APIError](none.Try(t.Context())); !ok || !strings.Contains(coded.ErrorCode(), "NonExistentQueue") && !strings.Contains(coded.ErrorCode(), "QueueDoesNotExist") {
		t.Errorf("a queue that is not there: %v", coded)
	}
}
