package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/publish"
	"spool/shared/queue"
)

// fake publishes all but one post, and suspects another.
type fake struct {
	mu    sync.Mutex
	asked []publish.Order
}

func (f *fake) Publish(_ context.Context, o publish.Order) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, o)
	switch {
	case o.PostID == "BAD":
		return errors.New("storage is down")
	case o.PostID == "SUSPECTED" && !o.Alone:
		return &publish.Suspected{Crashes: 2}
	}
	return nil
}

// orders are what was asked, in the order of the posts' ids.
func (f *fake) orders() []publish.Order {
	slices.SortStableFunc(f.asked, func(a, b publish.Order) int { return strings.Compare(a.PostID, b.PostID) })
	return f.asked
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
	if !slices.Equal(f.orders(), []publish.Order{{PostID: "BAD", Alone: true}, {PostID: "GOOD"}}) {
		t.Errorf("published %v", f.asked)
	}
	got, err := json.Marshal(res)
	if want := `{"batchItemFailures":[{"itemIdentifier":"2e1424d4-f796-459a-8184-9c92662be6da"}]}`; err != nil || string(got) != want {
		t.Errorf("answered %s, %v; want %s", got, err, want)
	}
}

func (f *fake) MessageFailed(context.Context, ...slog.Attr)      {}
func (f *fake) DeadLetter(context.Context, string, ...slog.Attr) {}

// A post that is suspected of ending processes is published when the others are done, and how often it was handed on
// is told.
func TestASuspectedPostIsPublishedAlone(t *testing.T) {
	f := &fake{}
	event := events.SQSEvent{Records: []events.SQSMessage{
		{MessageId: "1", Body: `{"post_id":"SUSPECTED","due_at":"2026-12-01T09:00:00Z"}`},
		{MessageId: "2", Body: `{"post_id":"GOOD","due_at":"2026-12-01T09:00:00Z","hops":3}`},
	}}
	res, err := handler{f, nil, queue.Consumer{Observer: f}, nil}.handle(t.Context(), event)
	if err != nil || len(res.BatchItemFailures) > 0 {
		t.Errorf("answered %v, %v", res, err)
	}
	if last := f.asked[len(f.asked)-1]; !last.Alone {
		t.Errorf("the last is %v", last)
	}
	want := []publish.Order{{PostID: "GOOD", Hops: 3}, {PostID: "SUSPECTED"}, {PostID: "SUSPECTED", Alone: true}}
	if !slices.Equal(f.orders(), want) {
		t.Errorf("published %v, want %v", f.asked, want)
	}
}

// resumed remembers whose posts were to go on.
type resumed struct {
	mu       sync.Mutex
	accounts []string
}

func (r *resumed) Resume(_ context.Context, accountID string) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
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
	slices.Sort(r.accounts)
	if err != nil || len(res.BatchItemFailures) > 0 || !slices.Equal(r.accounts, []string{"", "7"}) {
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
