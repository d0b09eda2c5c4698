package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"spool/infra/bench/npm"
	"spool/infra/bench/report"
)

const (
	durabilityTweets  = 25
	durabilityLatency = 100 * time.Millisecond // of X
	roundTrip         = 20 * time.Millisecond  // to X, where it is away
	connectionMost    = 3                      // milliseconds that a tweet may take beyond X and one round trip to it
)

// durability measures what it costs in time that each tweet's id and the next one's intent are stored before the next
// request leaves: a thread by the publish function, by its client alone, and by twitter-api-v2; with X on this machine,
// and with X behind TLS, where a new connection costs two round trips unless it is opened ahead.
func (b *bench) durability(ctx context.Context) error {
	peers, err := npm.Install(ctx)
	if err != nil {
		return err
	}
	near, err := durable(ctx, peers, 5, options{uncounted: true, unscheduled: true})
	if err != nil {
		return err
	}
	b.add(near.rows(fmt.Sprintf("%s, X at %v, from the first one's arrival to the last one's", tweets(durabilityTweets),
		durabilityLatency), 1.03)...)
	away, err := durable(ctx, peers, 3, options{uncounted: true, unscheduled: true, away: roundTrip})
	if err != nil {
		return err
	}
	family := fmt.Sprintf("the same, X behind TLS and a round trip of %v away", roundTrip)
	b.add(away.rows(family, 0)...)
	alone := (durabilityLatency + roundTrip).Seconds()
	b.add(report.Row{
		Family: family, Name: "the bare requests, beyond X and one round trip, a tweet",
		Value: 1000 * (away.bare/(durabilityTweets-1) - alone), Unit: "ms", Bar: connectionMost, OnValue: true,
	}, report.Row{
		Family: family, Name: "what the publisher adds to that, to store a tweet",
		Value: 1000 * (away.spool - away.bare) / (durabilityTweets - 1), Unit: "ms",
	})
	return nil
}

// durations are how long a thread takes, from its first tweet's arrival at X to its last one's, in seconds.
type durations struct{ spool, bare, peer float64 }

// durable measures a thread so many times by each, an odd number, and gives the medians.
func durable(ctx context.Context, peers npm.Peers, runs int, o options) (d durations, err error) {
	r, err := startRig(ctx, 1, o)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if err := r.x.answersAfter(ctx, durabilityLatency); err != nil {
		return d, err
	}
	token, err := r.x.token(ctx, user(0))
	if err != nil {
		return d, err
	}
	client := r.client()
	took := map[string][]float64{}
	for run := range runs { // they take turns, so that what else the machine does meets all alike
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
				return d, fmt.Errorf("%s: %w", who, err)
			}
			took[who] = append(took[who], seconds)
		}
	}
	return durations{report.Median(took["spool"]), report.Median(took["bare"]), report.Median(took["peer"])}, nil
}

// rows show them. The bar is that of the ratio to the bare requests; 0: there is none.
func (d durations) rows(family string, bar float64) []report.Row {
	row := report.Row{
		Family: family, Value: d.spool, Unit: "s", Tolerance: 0.03, Why: "nearly all of it is waiting for X, in both",
	}
	bare, peer := row, row
	bare.Name, bare.Bar = "beside the bare requests", bar
	bare.Beside, bare.Against = d.bare, "the same client, which stores nothing"
	peer.Name = "beside npm's twitter-api-v2"
	peer.Beside, peer.Against = d.peer, "`tweetThread`, which stores nothing"
	return []report.Row{bare, peer}
}
