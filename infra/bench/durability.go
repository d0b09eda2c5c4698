package main

import (
	"context"
	"fmt"
	"time"

	"spool/infra/bench/npm"
	"spool/infra/bench/report"
	"spool/shared/xapi"
)

const (
	durabilityTweets  = 25
	durabilityRuns    = 5 // of each; an odd number has a middle
	durabilityLatency = 100 * time.Millisecond
)

// durability measures what it costs in time that each tweet's id and the next one's intent are stored before the next
// request leaves: 25 tweets by the publish function, by the same client alone, and by twitter-api-v2.
func (b *bench) durability(ctx context.Context) error {
	peers, err := npm.Install(ctx)
	if err != nil {
		return err
	}
	r, err := startRig(ctx, 1, options{uncounted: true, unscheduled: true})
	if err != nil {
		return err
	}
	defer b.closing(r)
	if err := r.x.answersAfter(ctx, durabilityLatency); err != nil {
		return err
	}
	token, err := r.x.token(ctx, user(0))
	if err != nil {
		return err
	}
	client := xapi.New(r.x.url)
	took := map[string][]float64{}
	for run := range durabilityRuns { // they take turns, so that what else the machine does meets all alike
		for who, publish := range map[string]func([]string) error{
			"spool": func(texts []string) error { return r.publish(ctx, texts) },
			"bare":  func(texts []string) error { return bare(ctx, client, token, texts) },
			"peer": func(texts []string) error {
				_, err := r.peer(ctx, peers, token, texts)
				return err
			},
		} {
			texts := thread(fmt.Sprintf("Run %d of %s", run, who), durabilityTweets)
			seconds, err := r.x.span(ctx, durabilityTweets, func() error { return publish(texts) })
			if err != nil {
				return fmt.Errorf("%s: %w", who, err)
			}
			took[who] = append(took[who], seconds)
		}
	}
	row := report.Row{
		Family: fmt.Sprintf("%s, X at %v, from the first one's arrival to the last one's", tweets(durabilityTweets),
			durabilityLatency),
		Value: report.Median(took["spool"]), Unit: "s", Tolerance: 0.03, Why: "nearly all of it is waiting for X, in both",
	}
	beside := func(who, against string) report.Row {
		row.Beside, row.Against = report.Median(took[who]), against
		return row
	}
	bare := beside("bare", "the same client, which stores nothing")
	bare.Name, bare.Bar = "beside the bare requests", 1.03
	peer := beside("peer", "`tweetThread`, which stores nothing")
	peer.Name = "beside npm's twitter-api-v2"
	b.add(bare, peer)
	return nil
}
