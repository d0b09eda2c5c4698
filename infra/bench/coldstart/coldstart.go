// Package coldstart measures how long the functions' real binaries take to start, from their being executed to their
// asking Lambda for the first event, and how much memory that takes. Beside them it starts a program of three clients
// of AWS that does nothing else, built in the same way: on another machine the ratios to that one say more than times.
package coldstart

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Reference is the name of the program that the functions are compared to.
const Reference = "reference"

// patience is for how long a program may start.
const patience = 10 * time.Second

// Program is something that Lambda could start.
type Program struct {
	Name        string // Reference, or the function's folder: api
	Binary      string // its absolute path
	Environment []string
}

// Result is how a program starts.
type Result struct {
	Name   string
	Start  time.Duration // from its execution to its asking for the first event: the median
	Ratio  float64       // of that to the reference's; 0 where there is none
	Memory int64         // the most that it had by then, in bytes: the median; 0 where the system is not Linux
	Binary int64         // its size, in bytes
}

// Measure starts each program as often as rounds says, one after the other in turn, so that whatever else the machine
// does weighs on all of them alike.
func Measure(ctx context.Context, programs []Program, rounds int) ([]Result, error) {
	if rounds < 1 {
		return nil, errors.New("a median needs at least one round")
	}
	api, err := serve()
	if err != nil {
		return nil, err
	}
	defer api.close()
	starts, memories := make([][]time.Duration, len(programs)), make([][]int64, len(programs))
	for range rounds {
		for i, p := range programs {
			took, memory, err := api.start(ctx, p)
			if err != nil {
				return nil, fmt.Errorf("start %s: %w", p.Name, err)
			}
			starts[i], memories[i] = append(starts[i], took), append(memories[i], memory)
		}
	}
	results := make([]Result, len(programs))
	for i, p := range programs {
		file, err := os.Stat(p.Binary)
		if err != nil {
			return nil, err
		}
		results[i] = Result{Name: p.Name, Start: median(starts[i]), Memory: median(memories[i]), Binary: file.Size()}
	}
	compare(results)
	return results, nil
}

// compare gives each result its ratio to the reference's.
func compare(results []Result) {
	at := slices.IndexFunc(results, func(r Result) bool { return r.Name == Reference })
	if at < 0 {
		return
	}
	for i := range results {
		results[i].Ratio = results[i].Start.Seconds() / results[at].Start.Seconds()
	}
}

// median is the middle one, or the lower one of the two in the middle.
func median[T int64 | time.Duration](all []T) T {
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

// runtimeAPI stands for Lambda's. It never hands out an event.
type runtimeAPI struct {
	server *http.Server
	addr   string
	asked  chan time.Time // when a program asked for its first event
}

func serve() (*runtimeAPI, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	api := &runtimeAPI{addr: listener.Addr().String(), asked: make(chan time.Time)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case api.asked <- time.Now():
		case <-r.Context().Done():
		}
		<-r.Context().Done()
	})
	api.server = &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	go func() { _ = api.server.Serve(listener) }() // until the server is closed
	return api, nil
}

func (api *runtimeAPI) close() { api.server.Close() }

// start starts a program, waits until it asks for its first event, and ends it.
func (api *runtimeAPI) start(ctx context.Context, p Program) (took time.Duration, memory int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var said strings.Builder
	cmd := exec.CommandContext(ctx, p.Binary)
	cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + api.addr}, p.Environment...)
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed, or said why it ended
		close(ended)
	}()
	select {
	case at := <-api.asked:
		took = at.Sub(began)
	case <-ended:
		return 0, 0, fmt.Errorf("it ended, or did not ask for an event within %v: %s", patience, said.String())
	}
	memory = peak(cmd.Process.Pid)
	cmd.Process.Kill()
	<-ended
	return took, memory, nil
}

// peak is the most memory that a process had so far, in bytes, as Linux tells it; elsewhere 0.
func peak(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	_, _ = fmt.Sscan(after, &kilobytes) // 0 where it is not told
	return kilobytes << 10
}
