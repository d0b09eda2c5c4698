package lambda

import (
	"context"
	"errors"
	"fmt"
	"time"

	"spool/infra/emulate/subprocess"
)

// How Lambda retries an asynchronous invocation: after an error of the function twice, one minute and then two minutes
// later; when it could not be run (throttled), for six hours, after one second and then ever longer up to five minutes.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const (
	firstRetry       = time.Minute
	secondRetry      = 2 * time.Minute
	firstBackoff     = time.Second
	longestBackoff   = 5 * time.Minute
	maximumEventAge  = 6 * time.Hour
	maxAsyncAttempts = 3
)

// InvokeAsync queues one event and returns at once. It is retried as Lambda retries asynchronous invocations; what
// is given up is written to the log. Events still queued at Shutdown are lost, which they are not on Lambda.
func (f *Function) InvokeAsync(payload []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	f.running.Go(func() {
		if err := retry(f.stop, func() error {
			_, err := f.Invoke(f.stop, payload)
			return err
		}); err != nil && f.stop.Err() == nil {
			log := subprocess.NewLines(f.config.Log, f.config.Name+" | ")
			fmt.Fprintf(log, "asynchronous event given up: %v\n", err)
		}
	})
}

// retry calls invoke until it succeeds, ctx ends, or Lambda would give up, and returns its last error.
func retry(ctx context.Context, invoke func() error) error {
	born, backoff, attempts := time.Now(), firstBackoff, 0
	for {
		err := invoke()
		var failed *Error
		var wait time.Duration
		switch {
		case err == nil:
			return nil
		case errors.As(err, &failed):
			attempts++
			if attempts == maxAsyncAttempts {
				return err
			}
			wait = firstRetry
			if attempts == 2 {
				wait = secondRetry
			}
		default:
			wait = backoff
			backoff = min(2*backoff, longestBackoff)
		}
		if time.Since(born)+wait > maximumEventAge {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
