// Command bench measures Spool on this machine: every figure beside that of something else which the same run has
// measured, so that what is compared does not depend on the machine.
//
//	go run ./infra/bench                            all of it, in under six minutes on two cores
//	go run ./infra/bench -only bursts -posts 300    one burst
//	go run ./infra/bench -record                    writes recorded.json, and the table in README.md
//	go run ./infra/bench -check                     fails when a ratio is worse than the recorded one
//
// It wants Node.js, and runs in the project's folder. CPU times are known on Linux only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"spool/infra/bench/report"
	"spool/shared/clock"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == simulate {
		if err := serveX(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench: the simulator:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// family measures what belongs together.
type family struct {
	name    string
	measure func(*bench, context.Context) error
}

// families are measured in this order.
func families() []family {
	return []family{
		{"durability", (*bench).durability},
		{"rate", (*bench).rate},
		{"requests", (*bench).requests},
		{"bursts", (*bench).bursts},
		{"growth", (*bench).growth},
		{"starts", (*bench).starts},
		{"api", (*bench).api},
		{"text", (*bench).text},
	}
}

// bench is one run.
type bench struct {
	only       map[string]bool   // families; empty: all
	parameters map[string]string // of the template
	burst      burst             // the only one to measure; without posts: the usual ones
	small      bool
	record     bool
	check      bool
	out        io.Writer
	report     report.Report
	err        error // of what was closed
}

func parse(args []string, stderr io.Writer) (*bench, error) {
	b := &bench{only: map[string]bool{}, parameters: map[string]string{}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Func("only", "`families` to measure, separated by commas: "+names(), b.choose)
	flags.Func("set", "`Name=Value` for a parameter of the template; may be given again", func(text string) error {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return errors.New("want Name=Value")
		}
		b.parameters[name] = value
		return nil
	})
	flags.IntVar(&b.burst.posts, "posts", 0, "measure one burst of so many `posts` in place of the usual ones")
	flags.IntVar(&b.burst.tweets, "tweets", 1, "`tweets` that each post of that burst has")
	flags.DurationVar(&b.burst.over, "over", 0, "`time` that the posts of that burst are spread over; 0: due in one second")
	flags.BoolVar(&b.small, "small", false, "store and publish less, for a first look; nothing is recorded")
	flags.BoolVar(&b.record, "record", false, "write infra/bench/recorded.json, and the table in README.md")
	flags.BoolVar(&b.check, "check", false, "fail when a ratio is worse than the one in infra/bench/recorded.json")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unknown argument %q: only flags are taken, see -help", flags.Arg(0))
	case b.record && (b.small || len(b.only) > 0 || len(b.parameters) > 0 || b.burst.posts > 0):
		return nil, errors.New("-record goes with a whole run: leave out -only, -set, -posts and -small")
	}
	return b, nil
}

func names() string {
	var all []string
	for _, f := range families() {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}

// choose takes the names of families.
func (b *bench) choose(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		known := false
		for _, f := range families() {
			known = known || f.name == name
		}
		if !known {
			return fmt.Errorf("there is no family %q; the families are %s", name, names())
		}
		b.only[name] = true
	}
	return nil
}

// add keeps rows, and shows them.
func (b *bench) add(rows ...report.Row) {
	for _, r := range rows {
		b.report.Rows = append(b.report.Rows, r)
		fmt.Fprintln(b.out, r)
	}
}

// note keeps a sentence that goes below the table, and shows it.
func (b *bench) note(format string, args ...any) {
	n := fmt.Sprintf(format, args...)
	b.report.Notes = append(b.report.Notes, n)
	fmt.Fprintln(b.out, n)
}

// closing ends something, and keeps what went wrong for the end of the run.
func (b *bench) closing(c io.Closer) { b.err = errors.Join(b.err, c.Close()) }

// until waits for a time.
func until(ctx context.Context, t time.Time) error { return clock.Sleep(ctx, time.Until(t)) }
