package queue_test

import (
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"spool/infra/emulate"
	emulated "spool/infra/emulate/sqs"
	"spool/shared/queue"
)

// What is sent comes out of a queue on SQS's wire protocol as it went in.
func TestWakesOnTheWire(t *testing.T) {
	srv := httptest.NewUnstartedServer(nil)
	server := emulated.New("http://" + srv.Listener.Addr().String())
	srv.Config.Handler = server
	srv.Start()
	t.Cleanup(srv.Close)
	q, err := server.CreateQueue("PublishQueue", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := sqs.New(sqs.Options{
		Region: emulate.Region, BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("AK", "secret", ""),
	})
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
