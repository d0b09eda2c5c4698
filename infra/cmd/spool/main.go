// Command spool is the command line of Spool.
//
//	go run ./infra/cmd/spool --help
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // for machines without a database of time zones

	"golang.org/x/term"

	"spool/shared/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Run(ctx, os.Args[1:], cli.Stdio{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		// https://no-color.org
		Color: os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(os.Stdout.Fd())),
		Now:   time.Now,
	})
	stop()
	os.Exit(status)
}
