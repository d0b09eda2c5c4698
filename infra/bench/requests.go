package main

import (
	"context"
	"fmt"
	"strings"

	"spool/infra/bench/report"
	"spool/infra/emulate/meter"
	"spool/shared/costs"
	"spool/shared/publish"
	"spool/shared/tweet"
)

// exact is the tolerance of what is counted: it is the same in every run.
const exact = 0.001

// requests counts what the publish function asks of DynamoDB for a thread, and tells what that costs.
func (b *bench) requests(ctx context.Context) error {
	r, err := startRig(ctx, 1, options{unscheduled: true})
	if err != nil {
		return err
	}
	defer b.closing(r)
	if err := r.publish(ctx, thread("The first", 1)); err != nil { // opens the account's tokens
		return err
	}
	sizes := []int{1, 10, 25, 100}
	for _, n := range sizes {
		r.Meter.Reset()
		if err := r.publish(ctx, thread(fmt.Sprint("A thread of ", n), n)); err != nil {
			return err
		}
		asked := sum(r.Meter.Snapshot().Functions["publish"])
		row := report.Row{
			Family: "what the publisher asks of DynamoDB", Name: "requests for " + tweets(n),
			Value: float64(asked.Requests), Beside: float64(n + 3), Against: "tweets + 3", Bar: 1,
			Tolerance: exact, Why: "it is counted",
		}
		if n > publish.Defaults().ShareTweets {
			row.Bar, row.Tolerance, row.Why = 0, 0.1, "it is handed on from run to run, each of which reads it anew"
		}
		b.add(row)
		row.Name, row.Value, row.Beside, row.Against = "write units for "+tweets(n),
			asked.WriteUnits, float64(n+4), "tweets + 4"
		if n > 10 {
			row.Bar = 0
		}
		b.add(row)
	}
	prices := tweet.ListPrices()
	for _, n := range sizes {
		const threads = 1000
		_, dollars, _ := costs.Thread(n).Times(threads).Bill()
		row := report.Row{
			Family: fmt.Sprintf("what %d threads cost at AWS, after what is free each month", threads), Name: "of " + tweets(n),
			Value: dollars, Unit: "$", Beside: float64(prices.Cost(tweet.Usage{Posts: n * threads}).Total) / float64(tweet.Dollar), Against: "what X charges",
			Tolerance: exact, Why: "it is computed from counted requests",
		}
		if n == 10 {
			row.Bar, row.OnValue = 0.05, true
		}
		b.add(row)
	}
	return nil
}

// sum adds a function's requests to DynamoDB up.
func sum(actions map[string]meter.Counts) (all meter.Counts) {
	for action, c := range actions {
		if strings.HasPrefix(action, "dynamodb:") {
			all.Requests += c.Requests
			all.ReadUnits += c.ReadUnits
			all.WriteUnits += c.WriteUnits
		}
	}
	return all
}

// tweets counts tweets in words.
func tweets(n int) string {
	if n == 1 {
		return "1 tweet"
	}
	return fmt.Sprintf("%d tweets", n)
}
