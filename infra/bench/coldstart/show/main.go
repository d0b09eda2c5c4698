// Command show prints how long the functions take to start on this machine, and how much memory that takes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"spool/infra/bench/coldstart"
)

func main() {
	rounds := flag.Int("rounds", 41, "how often each function is started")
	flag.Parse()
	if err := show(context.Background(), *rounds); err != nil {
		log.Fatal(err)
	}
}

func show(ctx context.Context, rounds int) error {
	programs, err := coldstart.Build(ctx, ".", filepath.Join(".build", "coldstart"))
	if err != nil {
		return err
	}
	results, err := coldstart.Measure(ctx, programs, rounds)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%-10s %9s %7s %9s %9s\n", "", "start", "ratio", "memory", "binary")
	for _, r := range results {
		fmt.Fprintf(os.Stdout, "%-10s %6.2f ms %6.2fx %6.1f MB %6.1f MB\n", r.Name, 1e3*r.Start.Seconds(), r.Ratio,
			float64(r.Memory)/(1<<20), float64(r.Binary)/(1<<20))
	}
	return nil
}
