// Package events is EventBridge's scheduled rules that invoke functions at a fixed rate.
package events

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"

	"spool/infra/emulate"
)

// Function is what a rule invokes; *lambda.Function is one. InvokeAsync queues the event and returns at once.
type Function interface{ InvokeAsync(payload []byte) }

// Rule invokes a function at a fixed rate.
type Rule struct {
	Name     string
	Every    time.Duration
	Function Function
	Now      func() time.Time // default time.Now

	disabled atomic.Bool
}

// Enable has the rule fire, or not any more. It is safe for concurrent use.
func (r *Rule) Enable(on bool) { r.disabled.Store(!on) }

var rate = regexp.MustCompile(`^rate\(([1-9][0-9]*) (minute|hour|day)(s?)\)$`)

// ParseRate reads a schedule expression: "rate(1 minute)", "rate(15 minutes)". As in EventBridge, one goes with the
// singular and more with the plural. Cron expressions are refused.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
func ParseRate(expression string) (time.Duration, error) {
	m := rate.FindStringSubmatch(expression)
	if m == nil {
		return 0, fmt.Errorf("events: the schedule %q is not of the form rate(N minutes), with minute, hour or day",
			expression)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n > 36500 {
		return 0, fmt.Errorf("events: the schedule %q is too long", expression)
	}
	if (n == 1) != (m[3] == "") {
		return 0, fmt.Errorf("events: the schedule %q needs the singular for 1 and the plural for more", expression)
	}
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, nil
}

// ARN is the rule's ARN.
func (r *Rule) ARN() string { return emulate.ARN("events", "rule/"+r.Name) }

// Run fires at once and then after each period, until ctx ends. EventBridge first fires somewhere within the first
// period; at once is one of these times, and the one that keeps nobody waiting for a local stack.
func (r *Rule) Run(ctx context.Context) {
	ticker := time.NewTicker(r.Every)
	defer ticker.Stop()
	for {
		if !r.disabled.Load() {
			r.Function.InvokeAsync(r.event())
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// event is the payload of one firing.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html
func (r *Rule) event() []byte {
	now := time.Now
	if r.Now != nil {
		now = r.Now
	}
	payload, err := json.Marshal(struct {
		Version    string   `json:"version"`
		ID         string   `json:"id"`
		DetailType string   `json:"detail-type"`
		Source     string   `json:"source"`
		Account    string   `json:"account"`
		Time       string   `json:"time"`
		Region     string   `json:"region"`
		Resources  []string `json:"resources"`
		Detail     struct{} `json:"detail"`
	}{
		Version: "0", ID: emulate.UUID(), DetailType: "Scheduled Event", Source: "aws.events", Account: emulate.Account,
		Time: now().UTC().Format("2006-01-02T15:04:05Z"), Region: emulate.Region, Resources: []string{r.ARN()},
	})
	if err != nil {
		panic(err) // only strings
	}
	return payload
}
