package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// told is an observer that remembers.
type told struct {
	mu        sync.Mutex
	lines     []string
	reports   []Report
	throttles int
}

func (o *told) Printed(_ string, line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, string(bytes.TrimSuffix(line, []byte("\n"))))
}

func (o *told) Reported(_ string, r Report) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.reports = append(o.reports, r)
}

func (o *told) Throttled(string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.throttles++
}

func TestWhatLambdaKnowsIsTold(t *testing.T) {
	o := &told{}
	f, _ := deploy(t, func(c *Config) { c.Observer, c.MemorySize, c.Timeout = o, 256, time.Second })
	for _, event := range []string{`{"do":"fine"}`, `{"do":"error"}`, `{"do":"hang"}`} {
		_, _ = f.Invoke(t.Context(), []byte(event))
	}
	f.Shutdown(over())
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.reports) != 3 {
		t.Fatalf("reports: %+v", o.reports)
	}
	for i, want := range []string{"success", "error", "timeout"} {
		if r := o.reports[i]; r.Status != want || r.RequestID == "" || r.Duration <= 0 || r.MemorySize != 256 {
			t.Errorf("report %d is %+v, want %s", i, r, want)
		}
	}
	if first := o.reports[0]; first.Init <= 0 || runtime.GOOS == "linux" && first.MemoryUsed == 0 {
		t.Errorf("the first tells neither its start nor its memory: %+v", first)
	}
	if all := strings.Join(o.lines, "\n"); !strings.Contains(all, "init\nhandling fine\nhandling error") {
		t.Errorf("printed: %s", all)
	}
	var line struct {
		Type   string
		Record struct {
			RequestID string
			Status    string
			Metrics   struct{ DurationMs, MemorySizeMB float64 }
		}
	}
	if err := json.Unmarshal(o.reports[2].Line(time.Now()), &line); err != nil || line.Type != "platform.report" ||
		line.Record.Status != "timeout" || line.Record.Metrics.DurationMs < 1000 || line.Record.Metrics.MemorySizeMB != 256 {
		t.Errorf("%+v, %v", line, err)
	}
}

// Executions are the account's: one function can leave another none, unless that has its own.
func TestFunctionsShareAnAccount(t *testing.T) {
	account, o, g := NewAccount(2), &told{}, newGate(t)
	shared := func(c *Config) { c.Account, c.Observer = account, o }
	busy, _ := deploy(t, shared)
	other, _ := deploy(t, shared)
	own, _ := deploy(t, func(c *Config) { shared(c); c.Concurrency = 1 })
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(g.open)
	wg.Go(func() { _, _ = busy.Invoke(t.Context(), []byte(`{"do":"get","url":"`+g.url+`"}`)) })
	<-g.arrived
	if _, err := other.Invoke(t.Context(), []byte(`{}`)); !errors.Is(err, ErrThrottled) {
		t.Errorf("with one of two reserved, and the other in use: %v", err)
	}
	if _, err := own.Invoke(t.Context(), []byte(`{}`)); err != nil {
		t.Errorf("what is reserved: %v", err)
	}
	if o.throttles != 1 {
		t.Errorf("%d throttles were told", o.throttles)
	}
	account.SetLimit(3)
	if _, err := other.Invoke(t.Context(), []byte(`{}`)); err != nil {
		t.Errorf("with a higher limit: %v", err)
	}
}

func TestAProcessThatTakesTooMuchMemoryIsKilled(t *testing.T) {
	onLinux(t)
	f, log := deploy(t, func(c *Config) { c.MemorySize = 128 })
	_, err := f.Invoke(t.Context(), []byte(`{"do":"hoard","size":200000000}`))
	var failed *Error
	if !errors.As(err, &failed) || failed.Type != typeExit {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(log.String(), "out of memory") {
		t.Errorf("the log says %s", log)
	}
}

// Between two events a process does nothing at all.
func TestAnEnvironmentFreezesBetweenEvents(t *testing.T) {
	onLinux(t)
	f, _ := deploy(t, nil)
	for range 3 {
		if _, err := f.Invoke(t.Context(), []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		processes := f.Processes()
		if len(processes) != 1 {
			t.Fatalf("processes: %v", processes)
		}
		for deadline := time.Now().Add(10 * time.Second); state(t, processes[0].PID) != "T"; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("its state is %s", state(t, processes[0].PID))
			}
		}
	}
}

func onLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("processes are frozen, and their memory is looked at, on Linux only")
	}
}

// state is a process's, as the kernel calls it: T is stopped.
func state(t *testing.T, pid int) string {
	t.Helper()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return rest[:1]
}
