package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"

	"spool/infra/overlay"
)

// campaign tries the mutants of one package.
type campaign struct {
	subject
	scratch string
	numbers map[*mutant]int // of those that are in the binaries
	tests   []func() (string, error)
}

// none stands for the trial of a mutant that does not compile.
const none = -1

func newCampaign(s subject, sources []*source) (*campaign, error) {
	files, numbers, err := together(s.dir, sources)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "spool-mutants-")
	if err != nil {
		return nil, err
	}
	c := &campaign{subject: s, scratch: scratch, numbers: numbers}
	changed, err := overlay.Lay(scratch, files)
	if err != nil {
		return nil, err
	}
	for i, t := range s.trials {
		binary := filepath.Join(scratch, fmt.Sprint(i, ".test"))
		c.tests = append(c.tests, sync.OnceValues(func() (string, error) { return t.build(binary, changed) }))
	}
	return c, nil
}

// build builds the tests into a binary. They pass while no mutant is chosen: else
// each mutant would count as noticed.
func (t trial) build(binary, changed string) (string, error) {
	compile := exec.Command("go", "test", "-c", "-vet=off", "-overlay", changed, "-o", binary, "./"+t.dir)
	if out, err := compile.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the tests of %s: %w\n%s", t.dir, err, out)
	}
	if out, err := t.command(context.Background(), binary, 0).CombinedOutput(); err != nil {
		return "", fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", t.dir, err, out)
	}
	return binary, nil
}

// command plays the tests until the first failure.
func (t trial) command(ctx context.Context, binary string, mutant int) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, slices.Concat([]string{"-test.failfast", "-test.timeout=2m"}, t.args)...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), fmt.Sprint(chosen, "=", mutant))
	return cmd
}

// try tells which of the trials noticed the mutant; their number where it survived.
func (c *campaign) try(ctx context.Context, m *mutant, text []byte) (by int, err error) {
	number := c.numbers[m]
	if number == 0 {
		return c.alone(ctx, m, text)
	}
	for i, t := range c.trials {
		binary, err := c.tests[i]()
		if err != nil {
			return 0, err
		}
		if t.command(ctx, binary, number).Run() != nil {
			return i, ctx.Err()
		}
	}
	return len(c.trials), nil
}

// alone tries a mutant of a constant or the like, for which all is built anew.
func (c *campaign) alone(ctx context.Context, m *mutant, text []byte) (by int, err error) {
	if m.within != nil {
		return none, nil
	}
	dir, err := os.MkdirTemp(c.scratch, "alone-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	changed, err := overlay.Lay(dir, map[string][]byte{m.file: m.apply(text)})
	if err != nil {
		return 0, err
	}
	if exec.CommandContext(ctx, "go", "build", "-overlay", changed, "./"+c.dir).Run() != nil {
		return none, ctx.Err()
	}
	for i, t := range c.trials {
		play := []string{"test", "-vet=off", "-failfast", "-timeout=2m", "-overlay", changed, "./" + t.dir, "-args"}
		args := slices.Concat(play, t.args)
		if exec.CommandContext(ctx, "go", args...).Run() != nil {
			return i, ctx.Err()
		}
	}
	return len(c.trials), nil
}
