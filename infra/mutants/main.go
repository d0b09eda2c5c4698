// Command mutants changes one thing after the other in the packages that decide, and
// shows which changes no test notices.
//
// A mutant has another operator, a number that is one more, a condition turned round
// or left out, a step, a field or an element of a list left out, or a variable that
// stays as it was (see mutate.go). What people only read is not changed. Each meets
// the tests of its package; what survives them, those of packages that build on it,
// and every history with one fault and 2,000 random worlds (see packages chaos and
// storm). What no test notices has to stand in accepted.txt, with the reason why that
// is right.
//
// It ends with status 1 where a mutant survives that is not accepted, and where one
// is accepted that does not survive any more.
//
// A mutant that never ends counts as noticed, and so does one that takes too much
// memory. One for which the tests take five times the processor time never ends, nor does
// one for which they wait several times as long.
//
// All of it takes hours. With -resume the outcomes are kept in a file, and a run may be
// interrupted: the next one takes up from there, and tries again only what depends on
// something that has changed since. What -run leaves out is counted with its kept
// outcome, so that -run '^$' shows at once how far it all is.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// subject is a package whose sources are changed.
type subject struct {
	dir    string
	files  []string // all but the tests where it is empty
	trials []trial  // tried one after the other
}

// trial is the tests of a package.
type trial struct {
	dir  string
	args []string
}

func subjects() []subject {
	worlds := trial{"infra/sim/chaos", []string{"-runs", "2000"}}
	storms := trial{"infra/sim/storm", []string{"-storm.seed", "1", "-storm.runs", "2000"}}
	tests := func(name string) trial { return trial{dir: "shared/" + name} }
	return []subject{
		{"shared/post", nil, []trial{
			tests("post"), tests("publish"), tests("schedule"), tests("storetest"), tests("xapi"), worlds,
			tests("dynamo"), tests("httpapi"),
		}},
		{"shared/schedule", nil, []trial{tests("schedule"), worlds, tests("httpapi")}},
		{"shared/walltime", nil, []trial{tests("walltime")}},
		{"shared/xapi", []string{"verdict.go", "rules.go", "rules_post.go", "limit.go"}, []trial{
			tests("xapi"), tests("publish"), worlds,
		}},
		{"shared/publish", nil, []trial{
			{"shared/publish", []string{"-test.short"}}, tests("publish"), tests("xapi"), worlds,
		}},
		{"shared/account", nil, []trial{
			tests("account"), tests("vault"), tests("connect"), tests("publish"), storms, worlds, tests("httpapi"),
		}},
		{"shared/vault", nil, []trial{
			{"shared/vault", []string{"-test.short"}}, tests("vault"), tests("connect"), tests("publish"), storms, worlds,
			tests("httpapi"),
		}},
		{"shared/connect", nil, []trial{
			tests("connect"), tests("account"), {dir: "functions/callback"}, tests("httpapi"),
		}},
	}
}

// list is where the accepted survivors are.
const list = "infra/mutants/accepted.txt"

// options are what is tried, and how.
type options struct {
	accepted map[string]string // why, by the mutants' names
	match    *regexp.Regexp
	workers  int
	verbose  bool
	own      bool
	memory   *memory
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	only := flag.String("pkg", "", "change only packages with this in their paths")
	match := flag.String("run", "", "try only mutants whose names match this expression")
	resume := flag.String("resume", "", "keep the outcomes in this file, and try again only what has changed since")
	flag.IntVar(&o.workers, "j", max(1, runtime.NumCPU()/2), "how many mutants are tried at once")
	flag.BoolVar(&o.verbose, "v", false, "tell of each mutant what noticed it")
	flag.BoolVar(&o.own, "own", false, "play only the package's own tests")
	flag.Parse()
	if err := o.run(ctx, *only, *match, *resume); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (o options) run(ctx context.Context, only, match, resume string) (err error) {
	if o.match, err = regexp.Compile(match); err != nil {
		return err
	}
	if o.memory, err = remember(resume); err != nil {
		return err
	}
	text, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	if o.accepted, err = parse(string(text)); err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	const memory = 3 << 30
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: memory, Max: memory}); err != nil {
		return err
	}
	var errs []error
	for _, s := range subjects() {
		if strings.Contains(s.dir, only) && ctx.Err() == nil {
			if o.own {
				s.trials = slices.DeleteFunc(s.trials, func(t trial) bool { return t.dir != s.dir })
			}
			errs = append(errs, s.run(ctx, o))
		}
	}
	return errors.Join(errs...)
}

// run tries the mutants of a package.
func (s subject) run(ctx context.Context, o options) error {
	begun := time.Now()
	sources, err := s.sources()
	if err != nil {
		return err
	}
	c, err := newCampaign(s, sources, o.memory)
	if err != nil {
		return err
	}
	defer os.RemoveAll(c.scratch)
	r := report{options: o, subject: s, noticed: make([]int, len(s.trials)), untried: map[string]bool{}}
	var g errgroup.Group
	g.SetLimit(o.workers)
	for _, alone := range []bool{false, true} { // what takes a build of its own comes last
		for _, src := range sources {
			for _, m := range src.mutants {
				if alone != (m.within == nil) {
					continue
				}
				g.Go(func() error {
					wanted := ctx.Err() == nil && o.match.MatchString(m.name)
					what, by, err := c.try(ctx, m, src.text, wanted)
					if err != nil {
						return err
					}
					r.add(m, what, by)
					return nil
				})
			}
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	fmt.Printf("%s, in %v: %v\n", s.dir, time.Since(begun).Round(time.Second), &r)
	return errors.Join(r.err(), ctx.Err())
}

// sources finds the mutants of the package.
func (s subject) sources() ([]*source, error) {
	files, err := filepath.Glob(s.dir + "/*.go")
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("there are no sources in %s; run it where go.mod is", s.dir)
	}
	var all []*source
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		made, err := mutate(file, text)
		if err != nil {
			return nil, err
		}
		if len(s.files) > 0 && !slices.Contains(s.files, filepath.Base(file)) {
			made.mutants = nil
		}
		all = append(all, made)
	}
	return all, nil
}
