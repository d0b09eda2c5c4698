package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/retain"
)

// rounds counts rounds, which come to an error.
type rounds struct {
	n   int
	err error
}

func (r *rounds) Sweep(context.Context) (retain.Swept, error) {
	r.n++
	return retain.Swept{}, r.err
}

// A round that fails is an error of the function's, so that an alarm rings.
func TestTheScheduleSweeps(t *testing.T) {
	raw, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		t.Fatal(err)
	}
	var event events.EventBridgeEvent
	if err := json.Unmarshal(raw, &event); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("no table")
	for _, want := range []error{nil, failed} {
		r := &rounds{err: want}
		if err := (handler{r}).handle(t.Context(), event); !errors.Is(err, want) || r.n != 1 {
			t.Errorf("got %v after %d rounds, want %v after one", err, r.n, want)
		}
	}
}
