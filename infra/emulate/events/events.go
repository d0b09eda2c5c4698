// Package events is EventBridge's scheduled rules.
package events

import (
	"context"
	"time"
)

// Function is what a rule invokes; *lambda.Function is one.
type Function interface{ InvokeAsync(payload []byte) }

// Rule invokes a function at a fixed rate.
type Rule struct {
	Name     string
	Every    time.Duration
	Function Function
	Now      func() time.Time // default time.Now
}

// ParseRate reads a schedule expression "rate(1 minute)".
func ParseRate(expression string) (time.Duration, error) { return 0, nil }

// Run fires at once and then after each period, until ctx ends.
func (r *Rule) Run(ctx context.Context) {}
