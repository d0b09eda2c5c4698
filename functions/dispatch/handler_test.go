package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"testing"
)

// fake counts rounds, and buries all but one post.
type fake struct {
	rounds int
	buried []string
}

func (f *fake) Dispatch(context.Context) error { f.rounds++; return nil }
func (f *fake) Bury(_ context.Context, id string) error {
	f.buried = append(f.buried, id)
	if id == "BAD" {
		return errors.New("storage is down")
	}
	return nil
}

func handleFile(t *testing.T, file string) (*fake, string) {
	t.Helper()
	event, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{}
	res, err := handler{f, f, slog.New(slog.DiscardHandler)}.handle(t.Context(), event)
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
	if f, _ := handleFile(t, "testdata/schedule.json"); f.rounds != 1 || len(f.buried) != 0 {
		t.Errorf("%d rounds, buried %v", f.rounds, f.buried)
	}
}

func TestDeadMessagesAreBuried(t *testing.T) {
	f, answer := handleFile(t, "testdata/dead.json")
	if f.rounds != 0 || !slices.Equal(f.buried, []string{"GOOD", "BAD"}) {
		t.Errorf("%d rounds, buried %v", f.rounds, f.buried)
	}
	if want := `{"batchItemFailures":[{"itemIdentifier":"2e1424d4-f796-459a-8184-9c92662be6da"}]}`; answer != want {
		t.Errorf("answered %s, want %s", answer, want)
	}
}

func TestWhatIsNoEventIsAnError(t *testing.T) {
	f := &fake{}
	if _, err := (handler{f, f, slog.New(slog.DiscardHandler)}).handle(t.Context(), json.RawMessage(`[]`)); err == nil || f.rounds != 0 {
		t.Errorf("got %v, after %d rounds", err, f.rounds)
	}
}
