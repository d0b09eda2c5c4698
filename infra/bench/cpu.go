package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// usage is the CPU time of this program and of its children, by what they are.
type usage map[string]time.Duration

// The processes of a run that are no functions; those are called by their names in the template.
const (
	emulator  = "emulator" // this program: API Gateway, SQS, KMS, the runtime API, the meter
	simulator = "simulator"
	dynalite  = "dynalite"
)

// cpu reads the CPU time that the processes that run now have used since they started. It knows Linux only; elsewhere
// there is none.
func cpu() usage {
	u := usage{}
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		parent, used, ok := times(folder)
		switch pid := filepath.Base(folder); {
		case !ok:
		case pid == strconv.Itoa(os.Getpid()):
			u[emulator] += used
		case parent == os.Getpid():
			u[kind(folder)] += used
		}
	}
	return u
}

// since is what was used after an earlier reading.
func (u usage) since(before usage) usage {
	d := usage{}
	for name, used := range u {
		d[name] = used - before[name]
	}
	return d
}

// String names the shares, the largest first.
func (u usage) String() string {
	names := make([]string, 0, len(u))
	for name, used := range u {
		if used > 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return int(u[b] - u[a]) })
	shares := make([]string, len(names))
	for i, name := range names {
		shares[i] = fmt.Sprintf("%s %.2f s", name, u[name].Seconds())
	}
	return strings.Join(shares, ", ")
}

// times reads a process's parent and its CPU time, which the scheduler counts for each thread that runs: what ended
// threads used is not known, and neither Go's nor Node.js's end. A process may end meanwhile.
func times(folder string) (parent int, used time.Duration, ok bool) {
	stat, err := os.ReadFile(folder + "/stat")
	if err != nil {
		return 0, 0, false
	}
	// The second field is the program's name in parentheses, which may have spaces and parentheses itself.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 {
		return 0, 0, false
	}
	parent, _ = strconv.Atoi(fields[1])
	threads, _ := filepath.Glob(folder + "/task/*/schedstat")
	for _, thread := range threads {
		var nanoseconds int64
		line, _ := os.ReadFile(thread)
		_, _ = fmt.Sscan(string(line), &nanoseconds) // 0 where it has ended
		used += time.Duration(nanoseconds)
	}
	return parent, used, len(threads) > 0
}

// kind tells what a child is by its command line.
func kind(folder string) string {
	line, _ := os.ReadFile(folder + "/cmdline")
	args := strings.Split(string(line), "\x00")
	switch program := filepath.Base(args[0]); {
	case program == "bootstrap":
		return filepath.Base(filepath.Dir(args[0]))
	case program == "node" && len(args) > 1 && filepath.Base(args[1]) == "server.js":
		return dynalite
	case len(args) > 1 && args[1] == simulate:
		return simulator
	default:
		return program
	}
}
