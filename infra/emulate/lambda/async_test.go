package lambda

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetry(t *testing.T) {
	failed := &Error{Type: "Runtime.ExitError", Message: "exit status 1"}
	for _, tt := range []struct {
		name    string
		answers []error // the last one repeats
		want    error
		at      []time.Duration // when it was invoked
	}{
		{"a success is not repeated", []error{nil}, nil, []time.Duration{0}},
		{"an error is retried after one minute", []error{failed, nil}, nil, []time.Duration{0, time.Minute}},
		{"the third error is the last", []error{failed}, failed, []time.Duration{0, time.Minute, 3 * time.Minute}},
		{"throttling is waited out and costs no attempt", []error{ErrThrottled, ErrThrottled, failed, nil}, nil,
			[]time.Duration{0, time.Second, 3 * time.Second, 63 * time.Second}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var at []time.Duration
				err := retry(t.Context(), func() error {
					at = append(at, time.Since(start))
					return tt.answers[min(len(at), len(tt.answers))-1]
				})
				if !errors.Is(err, tt.want) || !slices.Equal(at, tt.at) {
					t.Errorf("%v, invoked at %v; want %v, %v", err, at, tt.want, tt.at)
				}
			})
		})
	}
	t.Run("throttling for six hours is given up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start, attempts := time.Now(), 0
			err := retry(t.Context(), func() error { attempts++; return ErrThrottled })
			if took := time.Since(start); !errors.Is(err, ErrThrottled) || took < 5*time.Hour+50*time.Minute || took > 6*time.Hour || attempts < 70 {
				t.Errorf("%v after %v and %d attempts", err, took, attempts)
			}
		})
	})
	t.Run("the end of its context ends it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
			defer cancel()
			start := time.Now()
			err := retry(ctx, func() error { return failed })
			if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != 90*time.Second {
				t.Errorf("%v after %v", err, took)
			}
		})
	})
}

func TestInvokeAsync(t *testing.T) {
	f, log := deploy(t, nil)
	g := newGate(t)
	f.InvokeAsync(g.event())
	<-g.arrived
	close(g.open)
	f.Shutdown(t.Context())
	if text := log.String(); text == "" || len(f.Processes()) > 0 {
		t.Errorf("log %q, processes %v", text, f.Processes())
	}
}
