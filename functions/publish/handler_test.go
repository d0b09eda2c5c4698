package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/queue"
)

// fake publishes all but one post.
type fake struct{ asked []string }

func (f *fake) Publish(_ context.Context, id string) error {
	f.asked = append(f.asked, id)
	if id == "BAD" {
		return errors.New("storage is down")
	}
	return nil
}

func TestOnlyWhatFailedComesAgain(t *testing.T) {
	raw, err := os.ReadFile("testdata/two.json")
	if err != nil {
		t.Fatal(err)
	}
	var event events.SQSEvent
	if err := json.Unmarshal(raw, &event); err != nil {
		t.Fatal(err)
	}
	f := &fake{}
	res, err := handler{f, nil, queue.Consumer{Observer: &fake{}}, nil}.handle(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.asked, []string{"GOOD", "BAD"}) {
		t.Errorf("published %v", f.asked)
	}
	got, err := json.Marshal(res)
	if want := `{"batchItemFailures":[{"itemIdentifier":"2e1424d4-f796-459a-8184-9c92662be6da"}]}`; err != nil || string(got) != want {
		t.Errorf("answered %s, %v; want %s", got, err, want)
	}
}

func (f *fake) MessageFailed(context.Context, ...slog.Attr)      {}
func (f *fake) DeadLetter(context.Context, string, ...slog.Attr) {}

// resumed remembers whose posts were to go on.
type resumed struct{ accounts []string }

func (r *resumed) Resume(_ context.Context, accountID string) (int, error) {
	r.accounts = append(r.accounts, accountID)
	return 0, nil
}

func TestAMessageHasPausedPostsGoOn(t *testing.T) {
	r := &resumed{}
	event := events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: `{"paused":"7","due_at":"2026-12-01T09:00:00Z"}`},
		{MessageId: "2", Body: `{"paused":"*","due_at":"2026-12-01T09:00:00Z"}`},
	}}
	res, err := handler{&fake{}, r, queue.Consumer{Observer: &fake{}}, nil}.handle(t.Context(), event)
	if err != nil || len(res.BatchItemFailures) > 0 || !slices.Equal(r.accounts, []string{"7", ""}) {
		t.Errorf("resumed %q; answered %v, %v", r.accounts, res, err)
	}
}

// looked remembers when it was asked to look at itself.
type looked struct{ asked []time.Time }

func (l *looked) Look(_ context.Context, asked time.Time) { l.asked = append(l.asked, asked) }

func TestAMessageHasTheFunctionLookAtItself(t *testing.T) {
	f, r, l := &fake{}, &resumed{}, &looked{}
	event := events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: `{"paused":"-","check":true,"due_at":"2026-12-01T09:00:00Z"}`},
	}}
	res, err := handler{f, r, queue.Consumer{Observer: &fake{}}, l}.handle(t.Context(), event)
	if err != nil || len(res.BatchItemFailures) > 0 || len(l.asked) != 1 || l.asked[0].Hour() != 9 {
		t.Errorf("looked %v; answered %v, %v", l.asked, res, err)
	}
	if len(f.asked)+len(r.accounts) > 0 {
		t.Errorf("published %v, resumed %v", f.asked, r.accounts)
	}
}
