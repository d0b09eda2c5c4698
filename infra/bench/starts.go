package main

import (
	"context"
	"path/filepath"
	"time"

	"spool/infra/bench/coldstart"
	"spool/infra/bench/report"
)

const (
	startTurns  = 3    // of which each program's best one counts: other programs slow all down
	startRounds = 11   // of a turn, of which the median counts
	startMost   = 1.30 // how much longer than the reference a function may take to start
)

// starts measures how long each function takes from its execution to its asking for the first event, and how much
// memory it has by then.
func (b *bench) starts(ctx context.Context) error {
	programs, err := coldstart.Build(ctx, ".", filepath.Join(".build", "coldstart"))
	if err != nil {
		return err
	}
	var results []coldstart.Result
	for range startTurns {
		turn, err := coldstart.Measure(ctx, programs, startRounds)
		if err != nil {
			return err
		}
		results = best(results, turn)
	}
	var reference coldstart.Result
	for _, r := range results {
		if r.Name == coldstart.Reference {
			reference = r
		}
	}
	const mega = 1 << 20
	var memory []report.Row
	for _, r := range results {
		if r.Name == coldstart.Reference {
			continue
		}
		row := report.Row{
			Family: "cold start, to the first event", Name: r.Name, Value: milliseconds(r.Start), Unit: "ms",
			Beside: milliseconds(reference.Start), Against: "a program of three AWS clients",
		}
		if r.Name == "api" {
			row.Bar = startMost
		}
		b.add(row)
		memory = append(memory, report.Row{
			Family: "memory by then, at the most", Name: r.Name, Value: float64(r.Memory) / mega, Unit: "MB",
			Beside: float64(reference.Memory) / mega, Against: row.Against,
		})
	}
	b.add(memory...)
	return nil
}

// best gives the better results of two turns.
func best(before, turn []coldstart.Result) []coldstart.Result {
	for i, was := range before {
		turn[i].Start, turn[i].Memory = min(was.Start, turn[i].Start), min(was.Memory, turn[i].Memory)
	}
	return turn
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
