// Package lambda runs functions' real binaries against a Lambda Runtime API, as Lambda does.
//
// A Function has a pool of environments, each one process that handles one event at a time. An invocation takes an
// idle environment or else starts one (a cold start), as long as the function's own share of the account's
// concurrency lasts, or else what is left of that; beyond it is throttled. A process that runs into the time-out, or
// takes more memory than the function has, is killed; one that exits is replaced by the next invocation. Between two
// events an environment is frozen: it does nothing, and what it was connected to may have hung up when it wakes (on
// Linux; elsewhere it runs on).
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
package lambda

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"spool/infra/emulate"
)

// Config says what a function is.
type Config struct {
	Name        string
	Binary      string            // path of the bootstrap binary, which runs in its own folder
	Environment map[string]string // what the template and the credentials give it; Lambda's own variables are added
	Timeout     time.Duration     // of one invocation; default 3 s
	InitTimeout time.Duration     // from the start of a process to its asking for the first event; default 10 s
	MemorySize  int               // MB; default 128
	Concurrency int               // executions that are kept for it, and the most that it has; 0: it shares the account's
	Account     *Account          // whose executions it takes; default: one of its own, as large as a new account's
	Observer    Observer          // default: none
	Log         io.Writer         // gets whole lines, each led by the function's name; must be safe for concurrent use
}

func (c Config) withDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = 3 * time.Second
	}
	if c.InitTimeout == 0 {
		c.InitTimeout = 10 * time.Second
	}
	if c.MemorySize == 0 {
		c.MemorySize = 128
	}
	if c.Account == nil {
		c.Account = NewAccount(newAccount)
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	return c
}

// maxPayload is the size limit, in bytes, of an event and of an answer.
const maxPayload = 6 << 20

var (
	// ErrThrottled is Lambda's TooManyRequestsException: every environment was busy.
	ErrThrottled = errors.New("lambda: TooManyRequestsException: Rate Exceeded")
	// ErrTooLarge is Lambda's RequestTooLargeException: the event is over 6 MB.
	ErrTooLarge = errors.New("lambda: RequestTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction operation")
	// ErrShutdown says that Shutdown has begun.
	ErrShutdown = errors.New("lambda: the function is shut down")
)

// Error is what Lambda reports for a failed function: what the function itself reported, or a Type of Lambda's own,
// Runtime.ExitError (the process ended), Sandbox.Timedout, or Function.ResponseSizeTooLarge.
type Error struct {
	Message string `json:"errorMessage"`
	Type    string `json:"errorType"`
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// Function is a deployed function. It is safe for concurrent use.
type Function struct {
	config Config
	share  *share // of the account's executions

	stop     context.Context // ends with Shutdown
	stopping context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup // invocations, and queued asynchronous ones
	live    map[*environment]struct{}
	idle    []*environment // the one used last is taken first
}

// New deploys a function. Nothing is started before the first invocation.
func New(c Config) *Function {
	c = c.withDefaults()
	f := &Function{config: c, share: c.Account.shareOf(c.Concurrency), live: map[*environment]struct{}{}}
	f.stop, f.stopping = context.WithCancel(context.Background())
	return f
}

// Name is the function's name.
func (f *Function) Name() string { return f.config.Name }

// ARN is the function's unqualified ARN.
func (f *Function) ARN() string { return emulate.ARN("lambda", "function:"+f.config.Name) }

// Invoke runs the function on one event and returns its answer. What the function itself did wrong is an *Error; else
// it is ErrThrottled, ErrTooLarge, ErrShutdown or what the system said when the binary could not be started.
// When ctx ends the caller stops waiting, but the invocation runs on, as on Lambda.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if len(payload) > maxPayload {
		return nil, ErrTooLarge
	}
	if err := f.begin(); err != nil {
		return nil, err
	}
	type result struct {
		answer []byte
		err    error
	}
	ended := make(chan result, 1)
	go func() {
		answer, err := f.run(payload)
		f.end()
		ended <- result{answer, err}
	}()
	select {
	case r := <-ended:
		return r.answer, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin takes one of the executions that the function may have, which end gives back.
func (f *Function) begin() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrShutdown
	}
	if !f.share.take() {
		f.observe(func(o Observer) { o.Throttled(f.config.Name) })
		return ErrThrottled
	}
	f.running.Add(1)
	return nil
}

func (f *Function) end() {
	f.share.give()
	f.running.Done()
}

func (f *Function) observe(tell func(Observer)) {
	if f.config.Observer != nil {
		tell(f.config.Observer)
	}
}

// run finds an environment that takes the event. One that was idle may turn out to have ended: then the next is tried.
func (f *Function) run(payload []byte) ([]byte, error) {
	inv := newInvocation(payload)
	for {
		env, initTime, err := f.environment(inv)
		if err != nil {
			return nil, err
		}
		answer, err := env.handle(inv, initTime)
		if errors.Is(err, errNotTaken) {
			continue
		}
		f.observe(func(o Observer) { o.Reported(f.config.Name, env.report(inv, initTime, err)) })
		f.release(env)
		return answer, err
	}
}

// environment gives an idle environment or starts one, and then says how long that took.
func (f *Function) environment(inv *invocation) (*environment, time.Duration, error) {
	f.mu.Lock()
	for len(f.idle) > 0 {
		env := f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		if !env.ended() {
			f.mu.Unlock()
			return env, 0, nil
		}
	}
	f.mu.Unlock()
	start := time.Now()
	env, err := f.launch()
	if err != nil {
		return nil, 0, err
	}
	if err := env.waitReady(inv); err != nil {
		f.observe(func(o Observer) {
			took := time.Since(start)
			o.Reported(f.config.Name, Report{RequestID: inv.id, Status: "error", Duration: took, Init: took})
		})
		return nil, 0, err
	}
	return env, time.Since(start), nil
}

// launch starts a process, unless Shutdown has begun.
func (f *Function) launch() (*environment, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrShutdown
	}
	env, err := start(f.config)
	if err != nil {
		return nil, err
	}
	f.live[env] = struct{}{}
	go func() {
		<-env.exited
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.live, env)
	}()
	return env, nil
}

func (f *Function) release(env *environment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case env.ended():
	case env.config.Binary != f.config.Binary: // updated meanwhile
		_ = env.cmd.Process.Kill() // fails only when the process has already ended
	default:
		f.idle = append(f.idle, env)
	}
}

// Process is a running environment.
type Process struct {
	PID  int
	Busy bool // it has taken an event and not yet answered
}

// Processes lists the running environments, in no order.
func (f *Function) Processes() []Process {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Process
	for env := range f.live {
		if !env.ended() {
			list = append(list, Process{PID: env.cmd.Process.Pid, Busy: env.busy()})
		}
	}
	return list
}

// Shutdown refuses new invocations, drops what is queued for retry, waits for the running invocations until ctx ends,
// and kills every process. It returns when all are gone.
func (f *Function) Shutdown(ctx context.Context) {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.stopping()
	done := make(chan struct{})
	go func() { f.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	f.mu.Lock()
	var envs []*environment
	for env := range f.live {
		envs = append(envs, env)
	}
	f.mu.Unlock()
	for _, env := range envs {
		env.kill()
	}
	<-done
}
