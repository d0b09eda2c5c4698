package main

import (
	"context"
	"fmt"

	"spool/infra/bench/npm"
	"spool/infra/bench/report"
)

const (
	rateTurns   = 3  // of each, of which the best one counts: other programs slow both down
	rateThreads = 14 // of a turn, beside the first, which warms up
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
	var spool, peer float64
	for turn := range rateTurns {
		seconds, err := r.publishing(ctx, fmt.Sprint("Turn ", turn))
		if err != nil {
			return err
		}
		if seconds == 0 {
			return nil // CPU times are not known here
		}
		spool = max(spool, rateThreads*rateTweets/seconds)
		var threads [][]string
		for i := range 1 + rateThreads {
			threads = append(threads, thread(fmt.Sprintf("Turn %d, the peer's thread %d", turn, i), rateTweets))
		}
		if seconds, err = r.peer(ctx, peers, token, threads...); err != nil {
			return err
		}
		peer = max(peer, rateThreads*rateTweets/seconds)
	}
	b.add(report.Row{
		Family: "tweets for a second of CPU time, X answering at once", Name: "threads of " + tweets(rateTweets), More: true,
		Value: spool, Unit: "tweets", Beside: peer, Against: "twitter-api-v2, which stores nothing",
	})
	return nil
}

// publishing is the CPU time, in seconds, that the publish function takes for a turn's threads but the first.
func (r *rig) publishing(ctx context.Context, name string) (float64, error) {
	var before usage
	for i := range 1 + rateThreads {
		if err := r.publish(ctx, thread(fmt.Sprintf("%s, thread %d", name, i), rateTweets)); err != nil {
			return 0, err
		}
		if i == 0 {
			before = cpu()
		}
	}
	return cpu().since(before)["PublishFunction"].Seconds(), nil
}
