package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"spool/infra/bench/report"
)

// The files that a recording writes.
var recordedFile = filepath.Join("infra", "bench", "recorded.json")

const readmeFile = "README.md"

// run measures what the arguments ask for, and records or checks it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	b, err := parse(args, stderr)
	if err != nil {
		return err
	}
	b.out = stdout
	if _, err := os.Stat("template.yaml"); errors.Is(err, os.ErrNotExist) {
		return errors.New("there is no template.yaml in this folder: run the command in the folder of the project")
	}
	begun := time.Now()
	b.report.Day = begun.UTC().Format(time.DateOnly)
	b.report.Machine, b.report.Load = machine(ctx), load()
	fmt.Fprintf(stdout, "The load of this machine is %.2f.\n", b.report.Load)
	if why := busy(b.report.Load); b.record && why != "" {
		return errors.New(why)
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	b.report.Took = time.Since(begun).Round(time.Second)
	fmt.Fprintf(stdout, "\n%s", b.report.Text())
	switch {
	case b.record:
		return b.save()
	case b.check:
		return b.compare()
	}
	return nil
}

// measure runs the families.
func (b *bench) measure(ctx context.Context) error {
	for _, f := range families() {
		if len(b.only) > 0 && !b.only[f.name] {
			continue
		}
		begun := time.Now()
		if err := f.measure(b, ctx); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", f.name, err), b.err)
		}
		fmt.Fprintf(b.out, "%s: measured in %.0f s\n\n", f.name, time.Since(begun).Seconds())
	}
	return b.err
}

// save writes what was measured to the files of the project.
func (b *bench) save() error {
	readme, err := os.ReadFile(readmeFile)
	if err != nil {
		return err
	}
	text, err := b.report.Insert(string(readme))
	if err != nil {
		return err
	}
	figures, err := json.MarshalIndent(b.report, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(recordedFile, append(figures, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(readmeFile, []byte(text), 0o644)
}

// compare holds the ratios to those recorded.
func (b *bench) compare() error {
	figures, err := os.ReadFile(recordedFile)
	if err != nil {
		return fmt.Errorf("nothing is recorded to compare with: %w", err)
	}
	var recorded report.Report
	if err := json.Unmarshal(figures, &recorded); err != nil {
		return fmt.Errorf("read %s: %w", recordedFile, err)
	}
	if err := report.Check(recorded, b.report); err != nil {
		return err
	}
	fmt.Fprintln(b.out, "No ratio is worse than recorded.")
	return nil
}
