package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/clock"
)

func TestSleepEndsWithItsTimeOrItsContext(t *testing.T) {
	for name, tc := range map[string]struct {
		sleep, limit time.Duration
		took         time.Duration
		err          error
	}{
		"its time":              {time.Second, time.Minute, time.Second, nil},
		"its context":           {time.Hour, time.Minute, time.Minute, context.DeadlineExceeded},
		"no wait":               {-time.Second, time.Minute, 0, nil},
		"no wait, but too late": {0, 0, 0, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), tc.limit)
				defer cancel()
				if err := clock.Sleep(ctx, tc.sleep); !errors.Is(err, tc.err) {
					t.Errorf("got %v, want %v", err, tc.err)
				}
				if took := time.Since(start); took != tc.took {
					t.Errorf("it took %v, want %v", took, tc.took)
				}
			})
		})
	}
}
