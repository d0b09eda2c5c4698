// Package clock waits.
package clock

import (
	"context"
	"time"
)

// Sleep waits for d, and answers the context's error when that ends first. What is
// not positive is no wait.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
