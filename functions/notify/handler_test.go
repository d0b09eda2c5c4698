package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spool/shared/notify"
	"spool/shared/queue"
)

// fake counts rounds, and fails the delivery of one channel.
type fake struct {
	rounds int
	looks  []notify.Look
	told   []error // how rounds ended
}

func (f *fake) Sweep(context.Context) error            { f.rounds++; return nil }
func (f *fake) LookAfter(_ context.Context, err error) { f.told = append(f.told, err) }
func (f *fake) Look(_ context.Context, l notify.Look) error {
	f.looks = append(f.looks, l)
	if l.Channel == "BAD" {
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
	res, err := handler{f, queue.Consumer{Observer: f}, f}.handle(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	return f, string(got)
}

func TestTheScheduleSweeps(t *testing.T) {
	if f, _ := handleFile(t, "testdata/schedule.json"); f.rounds != 1 || len(f.looks) > 0 || len(f.told) != 1 {
		t.Errorf("%d rounds, looks %v", f.rounds, f.looks)
	}
}

func TestMessagesAreLookedAt(t *testing.T) {
	f, answer := handleFile(t, "testdata/messages.json")
	if diff := cmp.Diff([]notify.Look{{Post: "GOOD"}, {Channel: "BAD", Delivery: "D"}}, f.looks); diff != "" || f.rounds != 0 {
		t.Errorf("%d rounds; looks (-want +got)\n%s", f.rounds, diff)
	}
	if want := `{"batchItemFailures":[{"itemIdentifier":"2e1424d4-f796-459a-8184-9c92662be6da"}]}`; answer != want {
		t.Errorf("answered %s, want %s", answer, want)
	}
}

func TestWhatIsNoEventIsAnError(t *testing.T) {
	f := &fake{}
	if _, err := (handler{f, queue.Consumer{Observer: f}, f}).handle(t.Context(), json.RawMessage(`[]`)); err == nil || f.rounds != 0 {
		t.Errorf("got %v, after %d rounds", err, f.rounds)
	}
}
