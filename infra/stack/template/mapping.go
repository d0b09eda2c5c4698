package template

import (
	"slices"
	"time"

	"spool/infra/emulate/iam"
)

func (b *builder) addMapping(f *Function, e event) error {
	var p struct {
		Queue                          string `template:"required"`
		BatchSize                      *int
		MaximumBatchingWindowInSeconds int
		FunctionResponseTypes          []string
		ScalingConfig                  struct{ MaximumConcurrency int }
	}
	if err := decode(&e.Properties, e.name, &p); err != nil {
		return err
	}
	i := slices.IndexFunc(b.model.Queues, func(q *Queue) bool { return q.ARN == p.Queue })
	if i < 0 {
		return errorAt(e.line, "%s: Queue is not the ARN of a queue of this template", e.name)
	}
	queue := b.model.Queues[i]
	m := Mapping{
		Queue: queue.ID, Function: f.ID,
		BatchSize:               10,
		Window:                  time.Duration(p.MaximumBatchingWindowInSeconds) * time.Second,
		ReportBatchItemFailures: slices.Contains(p.FunctionResponseTypes, "ReportBatchItemFailures"),
		MaximumConcurrency:      p.ScalingConfig.MaximumConcurrency,
	}
	if p.BatchSize != nil {
		m.BatchSize = *p.BatchSize
	}
	if err := m.check(e, queue, f); err != nil {
		return err
	}
	b.model.Mappings = append(b.model.Mappings, m)
	return nil
}

// Visibility is how long what was received from the queue stays hidden.
func (q *Queue) Visibility() time.Duration {
	if q.VisibilityTimeout == nil {
		return 30 * time.Second // SQS's default
	}
	return time.Duration(*q.VisibilityTimeout) * time.Second
}

// check refuses what Lambda would when it makes the mapping.
func (m Mapping) check(e event, queue *Queue, f *Function) error {
	visibility := queue.Visibility()
	switch {
	case visibility < f.Timeout:
		return errorAt(e.line,
			"%s: the visibility timeout of %s (%v) is shorter than the timeout of %s (%v): Lambda refuses that, and 6 times the timeout is advised",
			e.name, queue.ID, visibility, f.ID, f.Timeout)
	case m.BatchSize < 1 || m.BatchSize > 10:
		return errorAt(e.line, "%s: BatchSize must be from 1 to 10, not %d", e.name, m.BatchSize)
	case m.MaximumConcurrency != 0 && (m.MaximumConcurrency < 2 || m.MaximumConcurrency > 1000):
		return errorAt(e.line, "%s: MaximumConcurrency must be from 2 to 1000, not %d", e.name, m.MaximumConcurrency)
	}
	for _, action := range []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"} {
		if !allows(f.Statements, action, queue.ARN) {
			return errorAt(e.line, "%s: the role of %s does not allow %s on %s, which the mapping needs", e.name, f.ID,
				action, queue.ID)
		}
	}
	return nil
}

func allows(statements []iam.Statement, action, resource string) bool {
	var policies iam.Policies
	policies.Add("", "", iam.Principal{}, statements...)
	return policies.Allowed("", action, resource, nil) == nil
}
