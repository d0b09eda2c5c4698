package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"syscall"
	"time"

	"spool/infra/overlay"
)

// campaign tries the mutants of one package.
type campaign struct {
	subject
	memory  *memory
	scratch string
	numbers map[*mutant]int // of those that are in the binaries
	digests []string        // of the trials
	tests   []func() (built, error)
}

func newCampaign(s subject, sources []*source, m *memory) (*campaign, error) {
	files, numbers, err := together(s.dir, sources)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "spool-mutants-")
	if err != nil {
		return nil, err
	}
	c := &campaign{subject: s, memory: m, scratch: scratch, numbers: numbers}
	changed, err := overlay.Lay(scratch, files)
	if err != nil {
		return nil, err
	}
	for i, t := range s.trials {
		digest, err := t.digest()
		if err != nil {
			return nil, err
		}
		c.digests = append(c.digests, digest)
		binary := filepath.Join(scratch, fmt.Sprint(i, ".test"))
		c.tests = append(c.tests, sync.OnceValues(func() (built, error) { return t.ready(binary, changed) }))
	}
	return c, nil
}

// built are a trial's tests.
type built struct {
	trial
	binary string
	limit  time.Duration // of processor time: a mutant for which they take longer never ends
}

// ready builds the tests into a binary, and times them. They pass while no mutant is
// chosen: else each mutant would count as noticed.
func (t trial) ready(binary, changed string) (built, error) {
	b := built{t, binary, time.Hour}
	if out, err := t.build(context.Background(), binary, changed); err != nil {
		return built{}, fmt.Errorf("building the tests of %s: %w\n%s", t.dir, err, out)
	}
	tests := b.command(context.Background(), 0)
	if out, err := tests.CombinedOutput(); err != nil {
		return built{}, fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", t.dir, err, out)
	}
	took := tests.ProcessState.UserTime() + tests.ProcessState.SystemTime()
	b.limit = 5*took + 5*time.Second
	return b, nil
}

// build builds the tests, with changed sources.
func (t trial) build(ctx context.Context, binary, changed string) ([]byte, error) {
	compile := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", changed, "-o", binary, "./"+t.dir)
	compile.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return compile.CombinedOutput()
}

// command plays the tests until the first failure. In a process group of their own they
// do not hear of an interrupt: whoever is interrupted has not failed.
func (b built) command(ctx context.Context, mutant int) *exec.Cmd {
	const limited = `ulimit -t "$0"; exec "$@"`
	// Tests that wait for ever take no processor time.
	idle := fmt.Sprint("-test.timeout=", time.Minute+5*b.limit)
	sh := []string{"-c", limited, fmt.Sprint(int(b.limit.Seconds())), b.binary, "-test.failfast", idle}
	cmd := exec.CommandContext(ctx, "sh", slices.Concat(sh, b.args)...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), fmt.Sprint(chosen, "=", mutant))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// play tells what the tests make of a mutant: that they pass, or which of them fails. What
// the first trial did not notice has to fail twice: tests that start processes may fail
// for want of time on a machine that has much to do.
func (b built) play(ctx context.Context, trial, mutant int) outcome {
	o := b.once(ctx, mutant)
	if trial > 0 && o != survived {
		o = b.once(ctx, mutant)
	}
	return o
}

func (b built) once(ctx context.Context, mutant int) outcome {
	out, err := b.command(ctx, mutant).CombinedOutput()
	if err == nil {
		return survived
	}
	if failed := failure.FindSubmatch(out); failed != nil {
		return noticedBy(string(failed[1]))
	}
	return noticedBy("(" + err.Error() + ")") // it never ended, or took too much memory
}

var failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// try tells what became of a mutant, and which of the trials noticed it. Those whose
// outcome is known are not played again, and the others only where that is wanted.
func (c *campaign) try(ctx context.Context, m *mutant, text []byte, wanted bool) (o outcome, by int, err error) {
	if m.within != nil && c.numbers[m] == 0 {
		return broken, 0, nil
	}
	for i, digest := range c.digests {
		o := c.memory.of(digest, m)
		if o == untried && wanted {
			if o, err = c.play(ctx, i, m, text); err != nil || ctx.Err() != nil {
				return untried, 0, err
			}
			err = c.memory.keep(digest, m, o)
		}
		if o != survived || err != nil {
			return o, i, err
		}
	}
	return survived, 0, nil
}

// play tells what one of the trials makes of a mutant.
func (c *campaign) play(ctx context.Context, i int, m *mutant, text []byte) (outcome, error) {
	b, err := c.tests[i]()
	if err != nil {
		return untried, err
	}
	if number := c.numbers[m]; number > 0 {
		return b.play(ctx, i, number), nil
	}
	return c.alone(ctx, b, i, m, text)
}

// alone tries a mutant of a constant or the like, for which all is built anew.
func (c *campaign) alone(ctx context.Context, b built, i int, m *mutant, text []byte) (outcome, error) {
	dir, err := os.MkdirTemp(c.scratch, "alone-")
	if err != nil {
		return untried, err
	}
	defer os.RemoveAll(dir)
	changed, err := overlay.Lay(dir, map[string][]byte{m.file: m.apply(text)})
	if err != nil {
		return untried, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-overlay", changed, "./"+c.dir)
	build.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if build.Run() != nil {
		return broken, nil
	}
	b.binary = filepath.Join(dir, "alone.test")
	if _, err := b.build(ctx, b.binary, changed); err != nil {
		return noticedBy("(its tests do not compile)"), nil
	}
	return b.play(ctx, i, 0), nil
}
