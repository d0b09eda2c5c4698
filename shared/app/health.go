package app

import (
	"context"
	"time"

	"spool/shared/dynamo"
	"spool/shared/envelope"
	"spool/shared/fault"
	"spool/shared/health"
	"spool/shared/queue"
)

// bucketName is what the bucket is called in findings.
const bucketName = "media bucket"

// self is a function that looks at itself.
func (b *base) self(function string, keep []health.Reports, probes ...health.Probe) *health.Self {
	return &health.Self{
		Function: function, Version: b.env.get("SPOOL_VERSION"), Keep: keep, Probes: probes, Settled: b.settled,
		Now: time.Now, Log: b.log,
	}
}

// probes try what functions have in common, as far as they have it: the tables, the key that goes with the one of
// accounts, and the publish queue.
func (b *base) probes(accounts *dynamo.Accounts, posts *dynamo.Posts, queue *queue.Publisher) []health.Probe {
	var all []health.Probe
	if accounts != nil {
		all = append(all, health.Probe{What: "accounts table", Try: func(ctx context.Context) error {
			_, err := accounts.Budgets(ctx)
			return err
		}}, health.Probe{What: "key", Try: tryKey(b.sealer())})
	}
	if posts != nil {
		all = append(all, readingPosts(posts), health.Probe{What: "index of due posts", Try: func(ctx context.Context) error {
			_, _, err := posts.Due(ctx, 0, time.Now(), 1)
			return err
		}})
	}
	if queue != nil {
		all = append(all, health.Probe{What: "publish queue", Try: queue.Try})
	}
	return all
}

// readingPosts looks for a post that there is not.
func readingPosts(posts *dynamo.Posts) health.Probe {
	return health.Probe{What: "posts table", Try: func(ctx context.Context) error {
		_, _, err := posts.Load(ctx, "health")
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	}}
}

// tryKey seals and opens what belongs to no account.
func tryKey(sealer *envelope.Sealer) func(context.Context) error {
	nobody := map[string]string{"purpose": "x-token-pair", "account": "-"}
	return func(ctx context.Context) error {
		sealed, err := sealer.Seal(ctx, []byte("health"), nobody)
		if err != nil {
			return err
		}
		_, err = sealer.Open(ctx, sealed, nobody)
		return err
	}
}

// measure tells how full a queue is whose address a variable has.
func (b *base) measure(name string) queue.Measure {
	return queue.Measure{SQS: b.sqs(), URL: b.env.text(name)}
}
