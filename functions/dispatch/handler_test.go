package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"testing"

	"spool/shared/queue"
	"spool/shared/schedule"
)

// fake counts rounds and looks, and fails all dead posts but one.
type fake struct {
	rounds int
	looks  int
	failed []string
}

func (f *fake) Dispatch(context.Context) error { f.rounds++; return nil }
func (f *fake) LookAgain(context.Context)      { f.looks++ }
func (f *fake) Handle(_ context.Context, w schedule.Wake) error {
	f.failed = append(f.failed, w.PostID)
	if w.PostID == "BAD" {
		return errors.New("storage is down")
	}
	return nil
}

func (f *fake) MessageFailed(context.Context, ...slog.Attr)      {}
func (f *fake) DeadLetter(context.Context, string, ...slog.Attr) {}

func handleFile(t *testing.T, file string) (*fake, string) {
	t.Helper()
	event, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{}
	res, err := handler{f, f, queue.Consumer{Observer: f}, f}.handle(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	return f, string(got)
}

func TestScheduleDispatches(t *testing.T) {
	if f, _ := handleFile(t, "testdata/schedule.json"); f.rounds != 1 || f.looks != 1 || len(f.failed) != 0 {
		t.Errorf("%d rounds, %d looks, failed %v", f.rounds, f.looks, f.failed)
	}
}

func TestDeadMessagesFailTheirPosts(t *testing.T) {
	f, answer := handleFile(t, "testdata/dead.json")
	if f.rounds != 0 || !slices.Equal(f.failed, []string{"GOOD", "BAD"}) {
		t.Errorf("%d rounds, failed %v", f.rounds, f.failed)
	}
	if want := `{"batchItemFailures":[{"itemIdentifier":"2e1424d4-f796-459a-8184-9c92662be6da"}]}`; answer != want {
		t.Errorf("answered %s, want %s", answer, want)
	}
}

func TestWhatIsNoEventIsAnError(t *testing.T) {
	f := &fake{}
	if _, err := (handler{f, f, queue.Consumer{Observer: f}, f}).handle(t.Context(), json.RawMessage(`[]`)); err == nil || f.rounds != 0 {
		t.Errorf("got %v, after %d rounds", err, f.rounds)
	}
}
