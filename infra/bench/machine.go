package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"spool/infra/bench/report"
)

// machine describes this one, without its name.
func machine(ctx context.Context) report.Machine {
	node, _ := exec.CommandContext(ctx, "node", "--version").Output() // whoever needs it says so
	return report.Machine{
		Cores: runtime.NumCPU(), CPU: model(), OS: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		Node: strings.TrimPrefix(strings.TrimSpace(string(node)), "v"),
	}
}

// model is the processor's name, where the system tells it.
func model() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range bytes.Lines(info) {
		if name, value, ok := strings.Cut(string(line), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown processor"
}

// load is the machine's average load of the last minute; 0 where it is not known.
func load() (average float64) {
	text, _ := os.ReadFile("/proc/loadavg")
	_, _ = fmt.Sscan(string(text), &average)
	return average
}

// quiet is the most load, for each core, that a recording may begin with.
const quiet = 0.5

// busy says why nothing may be recorded under a load, or nothing.
func busy(load float64) string {
	most := quiet * float64(runtime.NumCPU())
	if load <= most {
		return ""
	}
	return fmt.Sprintf("the machine is busy: its load of the last minute is %.2f, and what is recorded is measured at %.2f at the most (%.2f for each core). Wait until it is quiet, or measure without -record",
		load, most, quiet)
}
