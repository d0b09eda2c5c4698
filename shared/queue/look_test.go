package queue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"spool/shared/queue"
)

// looks is an SQS that takes all but the last message of a request of ten.
type looks struct {
	sent   []queue.Look
	delays []int32
	full   int // requests of ten
	down   bool
}

func (l *looks) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	if l.down {
		return nil, errors.New("connection reset")
	}
	out := &sqs.SendMessageBatchOutput{}
	for i, e := range in.Entries {
		if i == 9 {
			l.full++
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: aws.String("busy")})
			continue
		}
		look, err := queue.DecodeLook(*e.MessageBody)
		if err != nil {
			return nil, err
		}
		l.sent, l.delays = append(l.sent, look), append(l.delays, e.DelaySeconds)
		out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: e.Id})
	}
	return out, nil
}

func TestLooksComeOutAsTheyWentIn(t *testing.T) {
	l := &looks{}
	all := []queue.Look{
		{Post: "P"}, {Account: "7"}, {App: true}, {Account: "7", App: true}, {Channel: "C"}, {Channel: "C", Delivery: "D", Delay: 90500 * time.Millisecond},
	}
	if err := (&queue.Notices{SQS: l, URL: "url"}).LookAll(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if l.delays[5] != 90 || l.delays[0] != 0 {
		t.Errorf("the delays are %v", l.delays)
	}
	all[5].Delay = 0
	if diff := cmp.Diff(all, l.sent); diff != "" {
		t.Errorf("(-sent +received)\n%s", diff)
	}
}

func TestLooksThatWereNotTaken(t *testing.T) {
	many := make([]queue.Look, 13)
	for i := range many {
		many[i].Post = strings.Repeat("P", i+1)
	}
	l := &looks{}
	if err := (&queue.Notices{SQS: l, URL: "url"}).LookAll(t.Context(), many); err == nil || l.full != 1 || len(l.sent) != 12 {
		t.Errorf("%v; %d of 13 were taken", err, len(l.sent))
	}
	if err := (&queue.Notices{SQS: &looks{down: true}, URL: "url"}).LookAll(t.Context(), many); err == nil {
		t.Error("nothing was taken, and it is no error")
	}
	if err := (&queue.Notices{SQS: &looks{down: true}, URL: "url"}).LookAll(t.Context(), nil); err != nil {
		t.Errorf("nothing to send: %v", err)
	}
}

func TestMessagesThatAreNoLooks(t *testing.T) {
	for _, body := range []string{
		``, `x`, `[]`, `{}`, `{"post_id":""}`, `{"delivery_id":"D"}`, `{"post_id":7}`, `{"due_at":"2026-12-01T09:00:00Z"}`,
		`{"post_id":"` + strings.Repeat("x", 300) + `"}`,
	} {
		if l, err := queue.DecodeLook(body); err == nil {
			t.Errorf("%.60s is %+v", body, l)
		}
	}
	if l, err := queue.DecodeLook(`{"post_id":"P","later":1}`); err != nil || l.Post != "P" {
		t.Errorf("what a newer version sends is %+v, %v", l, err)
	}
}
