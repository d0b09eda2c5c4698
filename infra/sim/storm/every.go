package storm

import (
	"context"
	"runtime"
	"sync"
	"time"

	"spool/infra/sim/exhaust"
	"spool/infra/xsim"
)

// Scene is a small world, of which every history is played: some workers that open
// the account at nearly the same time.
type Scene struct {
	Name    string
	Workers int
	Left    time.Duration // of the access token
}

// Scenes are all of them.
func Scenes() []Scene {
	return []Scene{
		{"one worker", 1, 2 * time.Minute},
		{"one worker, at the last moment", 1, 10 * time.Second},
		{"two workers", 2, 2 * time.Minute},
		{"three workers", 3, 2 * time.Minute},
	}
}

// Play plays one history of a scene, in a bubble of testing/synctest. A point is each
// read and write of the store, each call of KMS, each request to X for a pair, and
// the birth of each worker with its clock. States are not compared: what a worker
// knows cannot be seen from outside.
func (c Scene) Play(ctx context.Context, script *exhaust.Script) (Report, error) {
	s := newRun(1)
	s.weather.stall = 1 // workers that stall may not know what others stored
	s.X.Configure(func(c *xsim.Settings) { c.Limits = nil })
	a, err := s.Connect(ctx, "ada")
	if err != nil {
		return s.report, err
	}
	s.account = a.ID
	time.Sleep(time.Until(a.Expires) - c.Left)
	p := &play{run: s, ctx: ctx, script: script}
	for range c.Workers {
		p.begin()
	}
	p.wg.Wait()
	err = s.settle(ctx)
	return s.report, err
}

// play is one history.
type play struct {
	*run
	ctx    context.Context
	script *exhaust.Script
	wg     sync.WaitGroup

	births uint64 // so far; guarded by run.mu
}

// begin starts a worker, a moment after the one before.
func (p *play) begin() {
	p.mu.Lock()
	p.births++
	n := p.births
	p.report.Workers++
	p.mu.Unlock()
	w := &worker{run: p.run}
	w.script = &scripted{play: p, worker: w, number: n}
	p.wg.Go(func() {
		time.Sleep(time.Duration(n) * 3 * time.Millisecond)
		p.work(p.ctx, w)
	})
}

// scripted decides what a worker meets.
type scripted struct {
	*play
	worker *worker
	number uint64 // among the workers
	steps  uint64
	then   string // what is to happen after the operation under way
}

// pass lets some time pass, that no other worker's takes.
func (s *scripted) pass(d time.Duration) {
	s.steps++
	time.Sleep(d + time.Duration((s.number*7919+s.steps*104729)%100_003)*time.Nanosecond)
}

const (
	// stalled is longer than a lease.
	stalled = 50 * time.Second
	// meanwhile is how long an operation takes while another worker does all its work.
	meanwhile = 3 * time.Second
)

// meets is the hook around a worker's operations.
func (s *scripted) meets(op string, after bool) error {
	if after {
		what := s.then
		s.then = ""
		return s.suffer(what)
	}
	s.pass(time.Millisecond)
	menu := []string{"crash", "crash after", "another worker", "connect", "disconnect"}
	if op != "refresh" { // a request to X is bounded: see request
		menu = append(menu, "fail", "fail after", "stall", "stall after")
	}
	switch what := s.script.At(op, func() []string { return menu }); what {
	case "crash after":
		s.then = "crash"
	case "fail after":
		s.then = "fail"
	case "stall after":
		s.then = "stall"
	default:
		return s.suffer(what)
	}
	return nil
}

// suffer lets it happen.
func (s *scripted) suffer(what string) error {
	switch what {
	case "crash":
		s.worker.excuse()
		s.mu.Lock()
		s.report.Crashes++
		s.mu.Unlock()
		runtime.Goexit()
	case "fail":
		return errWeather
	case "stall":
		s.worker.excuse()
		s.pass(stalled)
	case "another worker":
		s.begin()
		s.pass(meanwhile)
	case "connect":
		s.reconnect(s.ctx)
	case "disconnect":
		s.wg.Go(func() { s.disconnect(s.ctx) })
		s.pass(meanwhile)
	}
	return nil
}

// request is what becomes of a request to X for a pair.
func (s *scripted) request() string {
	s.pass(150 * time.Millisecond)
	what := s.script.At("request", func() []string { return append([]string{"dropped", "lost", "slow"}, refusalNames...) })
	if what == "slow" {
		s.pass(14 * time.Second)
		return ""
	}
	return what
}
