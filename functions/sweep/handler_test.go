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

// looks notes how rounds ended.
type looks []error

func (l *looks) LookAfter(_ context.Context, round error) { *l = append(*l, round) }

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
		var told looks
		if err := (handler{r, &told}).handle(t.Context(), event); !errors.Is(err, want) || r.n != 1 {
			t.Errorf("got %v after %d rounds, want %v after one", err, r.n, want)
		}
		if len(told) != 1 || !errors.Is(told[0], want) {
			t.Errorf("it looked at itself after %v, want %v", told, want)
		}
	}
}
