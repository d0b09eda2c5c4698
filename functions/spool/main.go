// Command spool is the command line of Spool.
//
//	go run ./functions/spool --help
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
	_ "time/tzdata" // for machines without a database of time zones

	"golang.org/x/term"

	"spool/shared/cli"
	"spool/shared/clock"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	status := cli.Run(ctx, os.Args[1:], stdio())
	stop()
	os.Exit(status)
}

// stdio is the world of this process.
func stdio() cli.Stdio {
	terminal := cli.Terminal{
		In: term.IsTerminal(int(os.Stdin.Fd())), Out: term.IsTerminal(int(os.Stdout.Fd())),
		Err: term.IsTerminal(int(os.Stderr.Fd())),
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && terminal.Width == 0 {
			terminal.Width = width
		}
	}
	return cli.Stdio{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Terminal: terminal,
		Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", // https://no-color.org
		Env:   os.Getenv, Config: folder(os.UserConfigDir), Cache: folder(os.UserCacheDir),
		Now: time.Now, Zone: here(os.LookupEnv, "/etc/localtime"), Sleep: clock.Sleep, Desk: desk{},
	}
}

// folder is Spool's in one of the user's, empty where they have none.
func folder(of func() (string, error)) string {
	path, err := of()
	if err != nil {
		return ""
	}
	return filepath.Join(path, "spool")
}
