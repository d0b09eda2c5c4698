package main

import (
	"context"
	"fmt"

	"spool/infra/bench/npm"
	"spool/infra/bench/report"
)

const (
	rateThreads = 40 // beside the first, which warms up
	rateTweets  = 25
)

// rate measures how many tweets a second of the publish function's CPU time is good for, where X answers at once.
func (b *bench) rate(ctx context.Context) error {
	peers, err := npm.Install(ctx)
	if err != nil {
		return err
	}
	r, err := startRig(ctx, 1, options{uncounted: true, unscheduled: true})
	if err != nil {
		return err
	}
	defer b.closing(r)
	token, err := r.x.token(ctx, user(0))
	if err != nil {
		return err
	}
	var before usage
	var others [][]string
	for i := range 1 + rateThreads {
		if err := r.publish(ctx, thread(fmt.Sprint("Thread ", i), rateTweets)); err != nil {
			return err
		}
		if i == 0 {
			before = cpu()
		}
		others = append(others, thread(fmt.Sprint("The peer's thread ", i), rateTweets))
	}
	spool := cpu().since(before)["PublishFunction"].Seconds()
	peer, err := r.peer(ctx, peers, token, others...)
	if err != nil {
		return err
	}
	if spool == 0 {
		return nil // CPU times are not known here
	}
	const tweets = rateThreads * rateTweets
	b.add(report.Row{
		Family: "tweets for a second of CPU time, X answering at once", Name: "threads of 25", More: true,
		Value: tweets / spool, Unit: "tweets", Beside: tweets / peer, Against: "twitter-api-v2, which stores nothing",
	})
	return nil
}
