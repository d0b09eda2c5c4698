package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// binary is the function of testdata, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lambda")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, "./testdata/function")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// journal is a log that tests read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// deploy makes a function of the test binary, which is shut down with the test.
func deploy(t *testing.T, change func(*Config)) (*Function, *journal) {
	t.Helper()
	log := &journal{}
	c := Config{Name: "publish", Binary: binary, Timeout: 20 * time.Second, Log: log}
	if change != nil {
		change(&c)
	}
	f := New(c)
	t.Cleanup(func() {
		f.Shutdown(over())
		if left := f.Processes(); len(left) > 0 {
			t.Errorf("left running: %v", left)
		}
	})
	return f, log
}

// over is a context that has ended.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// gate is a server that a function calls: the test sees it arrive, and lets it go on.
type gate struct {
	url     string
	arrived chan struct{}
	open    chan struct{}
}

func newGate(t *testing.T) *gate {
	g := &gate{arrived: make(chan struct{}, 10), open: make(chan struct{})}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.arrived <- struct{}{}
		select {
		case <-g.open:
			fmt.Fprint(w, "through")
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(srv.Close)
	g.url = srv.URL
	return g
}

func (g *gate) event() []byte { return fmt.Appendf(nil, `{"do":"get","url":%q}`, g.url) }

// background invokes in a goroutine.
func background(ctx context.Context, f *Function, payload []byte) <-chan error {
	done := make(chan error, 1)
	go func() { _, err := f.Invoke(ctx, payload); done <- err }()
	return done
}

type about struct {
	PID       int      `json:"pid"`
	LeftMS    int64    `json:"left_ms"`
	ARN       string   `json:"arn"`
	RequestID string   `json:"request_id"`
	Environ   []string `json:"environ"`
}

// describe invokes the function so that it tells about itself.
func describe(t *testing.T, f *Function) about {
	t.Helper()
	answer, err := f.Invoke(t.Context(), []byte(`{"do":"describe"}`))
	if err != nil {
		t.Fatal(err)
	}
	var a about
	if err := json.Unmarshal(answer, &a); err != nil {
		t.Fatalf("%v in %s", err, answer)
	}
	return a
}

func TestInvoke(t *testing.T) {
	t.Setenv("LEAK", "1")
	f, log := deploy(t, func(c *Config) {
		c.Environment = map[string]string{"SPOOL_POSTS_TABLE": "posts", "AWS_ACCESS_KEY_ID": "AKPUBLISH"}
		c.MemorySize = 256
	})
	first, second := describe(t, f), describe(t, f)

	t.Run("the function knows who it is and how long it has", func(t *testing.T) {
		if first.ARN != "arn:aws:lambda:us-east-1:000000000000:function:publish" || first.ARN != f.ARN() {
			t.Errorf("ARN %s", first.ARN)
		}
		if first.LeftMS < 15_000 || first.LeftMS > 20_000 {
			t.Errorf("%d ms left of 20 s", first.LeftMS)
		}
	})
	t.Run("its environment is the template's and Lambda's, and nothing else", func(t *testing.T) {
		for _, want := range []string{"SPOOL_POSTS_TABLE=posts", "AWS_ACCESS_KEY_ID=AKPUBLISH", "AWS_REGION=us-east-1",
			"AWS_LAMBDA_FUNCTION_NAME=publish", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "TZ=:UTC"} {
			if !slices.Contains(first.Environ, want) {
				t.Errorf("%s is missing in %v", want, first.Environ)
			}
		}
		if slices.Contains(first.Environ, "LEAK=1") {
			t.Error("this program's environment leaks into the function's")
		}
	})
	t.Run("an idle environment is used again", func(t *testing.T) {
		if first.PID != second.PID || first.RequestID == second.RequestID {
			t.Errorf("first process %d request %s, second process %d request %s", first.PID, first.RequestID, second.PID, second.RequestID)
		}
		if got := f.Processes(); len(got) != 1 || got[0] != (Process{PID: first.PID}) {
			t.Errorf("processes %v", got)
		}
	})
	t.Run("the log is as Lambda's, led by the name", func(t *testing.T) {
		f.Shutdown(t.Context()) // so that all the process printed has arrived
		text := log.String()
		for _, want := range []string{"publish | init\n", "publish | handling describe\n",
			"publish | START RequestId: " + first.RequestID + " Version: $LATEST\n",
			"publish | END RequestId: " + second.RequestID + "\n",
			"publish | REPORT RequestId: " + second.RequestID + "\tDuration: ", "\tMemory Size: 256 MB"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing in\n%s", want, text)
			}
		}
		if n := strings.Count(text, "Init Duration: "); n != 1 {
			t.Errorf("%d cold starts reported, want 1:\n%s", n, text)
		}
	})
}

func TestInvokeFailures(t *testing.T) {
	f, log := deploy(t, nil)
	for _, tt := range []struct{ name, event, errType, message, log string }{
		{"an error is reported", `{"do":"error"}`, "errorString", "no such post", "Status: error\tError Type: errorString"},
		{"a panic is reported", `{"do":"panic"}`, "string", "at the disco", "Status: error"},
		{"an exit is an error", `{"do":"exit","code":3}`, "Runtime.ExitError", "Error: Runtime exited with error: exit status 3", "Status: error\tError Type: Runtime.ExitError"},
		{"an exit without a code is an error as well", `{"do":"exit"}`, "Runtime.ExitError", "Error: Runtime exited without providing a reason", "Status: error"},
		{"an answer that is too large is refused", `{"do":"fill","size":6291457}`, "Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291456 bytes).", "Status: error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := f.Invoke(t.Context(), []byte(tt.event))
			var failed *Error
			if !errors.As(err, &failed) || failed.Type != tt.errType || !strings.Contains(failed.Message, tt.message) {
				t.Fatalf("got %v, want %s: %s", err, tt.errType, tt.message)
			}
			if !strings.Contains(log.String(), tt.log) {
				t.Errorf("%q is missing in\n%s", tt.log, log)
			}
			describe(t, f) // and the next event is handled
		})
	}
	t.Run("an event that is too large is refused", func(t *testing.T) {
		if _, err := f.Invoke(t.Context(), make([]byte, maxPayload+1)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTimeout(t *testing.T) {
	f, log := deploy(t, func(c *Config) { c.Timeout = 1500 * time.Millisecond })
	before := describe(t, f)
	_, err := f.Invoke(t.Context(), []byte(`{"do":"hang"}`))
	var failed *Error
	if !errors.As(err, &failed) || failed.Type != "Sandbox.Timedout" || !strings.HasSuffix(failed.Message, " Error: Task timed out after 1.50 seconds") {
		t.Errorf("got %v", err)
	}
	for _, want := range []string{" Task timed out after 1.50 seconds\n", "\tStatus: timeout\n"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in\n%s", want, log)
		}
	}
	if after := describe(t, f); after.PID == before.PID {
		t.Error("the process that timed out was used again")
	}
}

func TestKilledProcess(t *testing.T) {
	t.Run("while busy: the invocation fails and the next one starts afresh", func(t *testing.T) {
		f, _ := deploy(t, nil)
		g := newGate(t)
		done := background(t.Context(), f, g.event())
		<-g.arrived
		kill(t, f, true)
		var failed *Error
		if err := <-done; !errors.As(err, &failed) || failed.Type != "Runtime.ExitError" || !strings.HasSuffix(failed.Message, "Runtime exited with error: signal: killed") {
			t.Errorf("got %v", err)
		}
		describe(t, f)
	})
	t.Run("while idle: nobody notices", func(t *testing.T) {
		f, _ := deploy(t, nil)
		before := describe(t, f)
		env := kill(t, f, false)
		<-env.exited
		if after := describe(t, f); after.PID == before.PID {
			t.Error("a dead process answered")
		}
	})
}

// kill sends SIGKILL to the function's only process.
func kill(t *testing.T, f *Function, busy bool) *environment {
	t.Helper()
	list := f.Processes()
	if len(list) != 1 || list[0].Busy != busy {
		t.Fatalf("processes %v, want one with Busy %v", list, busy)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for env := range f.live {
		p, err := os.FindProcess(list[0].PID)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		return env
	}
	return nil
}

func TestConcurrency(t *testing.T) {
	f, _ := deploy(t, func(c *Config) { c.Concurrency = 2 })
	g := newGate(t)
	one, two := background(t.Context(), f, g.event()), background(t.Context(), f, g.event())
	<-g.arrived
	<-g.arrived
	if list := f.Processes(); len(list) != 2 || !list[0].Busy || !list[1].Busy || list[0].PID == list[1].PID {
		t.Errorf("two events at once are handled by %v", list)
	}
	if _, err := f.Invoke(t.Context(), []byte(`{}`)); !errors.Is(err, ErrThrottled) {
		t.Errorf("the third event at once: got %v, want ErrThrottled", err)
	}
	close(g.open)
	if err := errors.Join(<-one, <-two); err != nil {
		t.Error(err)
	}
	describe(t, f)
	if list := f.Processes(); len(list) != 2 {
		t.Errorf("afterwards there are %v, want the two idle ones", list)
	}
}

func TestCallerGivesUp(t *testing.T) {
	f, log := deploy(t, func(c *Config) { c.Concurrency = 1 })
	g := newGate(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := background(ctx, f, g.event())
	<-g.arrived
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := f.Invoke(t.Context(), []byte(`{}`)); !errors.Is(err, ErrThrottled) {
		t.Errorf("the invocation did not run on: got %v", err)
	}
	close(g.open)
	f.Shutdown(t.Context()) // waits for it
	if text := log.String(); !strings.Contains(text, "REPORT") || strings.Contains(text, "Status: error") {
		t.Errorf("it did not end well:\n%s", text)
	}
}

func TestInit(t *testing.T) {
	for _, tt := range []struct{ name, mode, errType, message string }{
		{"an exit is an error", "exit", "Runtime.ExitError", "Runtime exited with error: exit status 7"},
		{"an error the function reports is passed on", "report", "Config.Missing", "no table"},
		{"a start that hangs is ended", "hang", "Sandbox.Timedout", "Task timed out after 0.50 seconds"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, log := deploy(t, func(c *Config) {
				c.InitTimeout = 10 * time.Second
				if tt.mode == "hang" {
					c.InitTimeout = 500 * time.Millisecond
				}
				c.Environment = map[string]string{"INIT": tt.mode}
			})
			_, err := f.Invoke(t.Context(), []byte(`{}`))
			var failed *Error
			if !errors.As(err, &failed) || failed.Type != tt.errType || !strings.HasSuffix(failed.Message, tt.message) {
				t.Errorf("got %v, want %s: %s", err, tt.errType, tt.message)
			}
			if want := "\tPhase: init\tStatus: "; !strings.Contains(log.String(), want) {
				t.Errorf("%q is missing in\n%s", want, log)
			}
		})
	}
	t.Run("a missing binary is named", func(t *testing.T) {
		f, _ := deploy(t, func(c *Config) { c.Binary = filepath.Join(t.TempDir(), "bootstrap") })
		if _, err := f.Invoke(t.Context(), []byte(`{}`)); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "publish") {
			t.Errorf("got %v", err)
		}
	})
}

func TestShutdown(t *testing.T) {
	f, _ := deploy(t, nil)
	g := newGate(t)
	done := background(t.Context(), f, g.event())
	<-g.arrived
	f.Shutdown(over())
	var failed *Error
	if err := <-done; !errors.As(err, &failed) || failed.Type != "Runtime.ExitError" {
		t.Errorf("the running invocation: got %v", err)
	}
	if list := f.Processes(); len(list) > 0 {
		t.Errorf("left running: %v", list)
	}
	if _, err := f.Invoke(t.Context(), []byte(`{}`)); !errors.Is(err, ErrShutdown) {
		t.Errorf("a later invocation: got %v", err)
	}
	f.InvokeAsync([]byte(`{}`)) // does nothing
	if list := f.Processes(); len(list) > 0 {
		t.Errorf("started after Shutdown: %v", list)
	}
}
