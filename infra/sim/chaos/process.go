package chaos

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"spool/shared/account"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/vault"
	"spool/shared/xapi"
	"spool/shared/xauth"
)

// maxSkew is how far a process's clock may be off at the most: two differ by
// twice that.
const maxSkew = 15 * time.Second

// process is one running copy of the functions, with its clock and its memory of
// tokens. A process that died does nothing any more.
type process struct {
	w       *World
	skew    time.Duration
	busy    bool
	dead    bool
	works   bool            // it was woken for posts
	post    string          // the one, where it is just one
	begun   []bool          // which messages of the batch are
	atWork  int             // how many they are
	unclear map[string]bool // by post: its last request for a tweet got no clear answer
	lived
	publisher *publish.Publisher
}

// newProcess starts one.
func (w *World) newProcess() *process {
	w.calls++
	p := &process{w: w, unclear: map[string]bool{}, skew: w.span(ofProcess, w.calls, 2*w.weather.skew+1) - w.weather.skew}
	p.lived = w.birth()
	st := &store{w.mem, p}
	client := &http.Client{Transport: &network{p, w.x}}
	v := p.vault(st)
	v.Authority = &xauth.Authority{Endpoint: endpoint, HTTP: client, Now: p.now}
	x := &xapi.Client{Endpoint: endpoint, HTTP: client, Now: p.now}
	p.publisher = &publish.Publisher{
		Posts: st, Accounts: &accounts{v, p}, X: witness{x, w},
		Media: publish.Media{X: xapi.Uploads{Client: x}, Files: files{p}, Uploads: st, Segment: segment},
		Queue: &queue{p}, Config: publish.Defaults(), Now: p.now, Rand: w.jitter, Log: w.Log,
	}
	return p
}

// vault is the process's, without a way to X.
func (p *process) vault(st account.Store) *vault.Vault {
	return &vault.Vault{Store: st, Seal: plain{}, Config: vault.Defaults(), Now: p.now, Rand: p.w.jitter, Log: p.w.Log}
}

// endpoint is where the simulator pretends to be.
const endpoint = "https://x.test"

// now is the time by the process's clock.
func (p *process) now() time.Time {
	p.lookAtClock()
	now := time.Now().Add(p.skew)
	p.lookedAtClock()
	return now
}

// jitter is a random number for the protocol.
func (w *World) jitter() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	return w.fraction(ofJitter, w.calls)
}

// plain seals nothing.
type plain struct{}

func (plain) Seal(_ context.Context, b []byte, _ map[string]string) ([]byte, error) { return b, nil }
func (plain) Open(_ context.Context, b []byte, _ map[string]string) ([]byte, error) { return b, nil }

// most processes run at the same time.
const mostProcesses = 6

// idle gives a process that has nothing to do; nil when there are too many.
func (w *World) idle() *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Script != nil { // so that nothing is kept in memory from one to the next
		return w.newProcess()
	}
	alive := w.processes[:0]
	var free *process
	for _, p := range w.processes {
		if !p.dead {
			alive = append(alive, p)
			if !p.busy && free == nil {
				free = p
			}
		}
	}
	w.processes = alive
	if free == nil && len(alive) < mostProcesses {
		free = w.newProcess()
		w.processes = append(w.processes, free)
	}
	if free != nil {
		free.busy = true
	}
	return free
}

// invoke runs a function in a process, within the time of an invocation. Where
// the process dies done is not called.
func (p *process) invoke(work func(context.Context) error, done func(error)) {
	p.w.spawn(func() {
		ctx, cancel := context.WithTimeout(context.Background(), p.w.weather.invocation)
		defer cancel()
		err := work(ctx)
		p.ending()
		p.w.mu.Lock()
		p.busy = false
		dead := p.dead
		p.w.mu.Unlock()
		if !dead {
			done(err)
		}
	})
}

// kill ends the process, and the goroutine that runs it.
func (p *process) kill() {
	p.w.mu.Lock()
	p.dead = true
	p.w.upsets += max(1, p.atWork) // each of its posts may be torn away in the middle
	p.w.mu.Unlock()
	die()
}

// dispatcher is a process that dispatches: it remembers what it has sent.
type dispatcher struct {
	*process
	schedule.Dispatcher
}

// dispatch is one round: in the process of the round before, if that is alive and done.
func (w *World) dispatch() {
	w.mu.Lock()
	d := w.dispatcher
	if d == nil || d.dead || d.busy || w.Script != nil {
		p := w.newProcess()
		d = &dispatcher{p, schedule.Dispatcher{
			Index: &store{w.mem, p}, Queue: &queue{p}, Shards: 1, Now: p.now, Log: w.Log,
		}}
		w.dispatcher = d
	}
	d.busy = true
	w.mu.Unlock()
	d.invoke(d.Dispatch, func(error) {})
}

// failDead ends the post of a dead message, as the dispatch function does.
func (w *World) failDead(id string, receives int) {
	w.mu.Lock()
	p := w.newProcess()
	w.mu.Unlock()
	h := schedule.DeadLetterHandler{Posts: &store{w.mem, p}, Now: p.now, Log: w.Log}
	next := fmt.Sprintf("fail dead %s %d", id, receives+1)
	retry := func() {
		w.later(w.weather.visibility, event{do: func() { w.failDead(id, receives+1) }, what: next})
	}
	w.guard(p, next, retry)
	p.invoke(func(ctx context.Context) error { return h.FailDead(ctx, id) }, func(err error) {
		if err != nil {
			retry()
		}
	})
}

// guard lets a message come again when its process died.
func (w *World) guard(p *process, what string, again func()) {
	w.later(w.weather.invocation+time.Second, event{what: what + " visible", of: p, do: func() {
		w.mu.Lock()
		dead := p.dead
		w.mu.Unlock()
		if dead {
			again()
		}
	}})
}

// accounts watches that no run goes on in spite of a pause.
type accounts struct {
	*vault.Vault
	p *process
}

func (a *accounts) Open(ctx context.Context, id string) (publish.Session, error) {
	before, err := a.p.w.mem.Snapshot(ctx, id)
	s, openErr := a.Vault.Open(ctx, id)
	if err != nil || openErr != nil || s.Pause != nil || s.Probe {
		return s, openErr
	}
	after, err := a.p.w.mem.Snapshot(ctx, id)
	if err != nil {
		return s, nil
	}
	now := a.p.now()
	if before.AppPause.Rev == after.AppPause.Rev && now.Before(after.AppPause.Until) {
		a.p.w.say("a run goes on while the app is paused until %v", after.AppPause.Until)
	}
	if before.AccountPause.Rev == after.AccountPause.Rev && now.Before(after.AccountPause.Until) {
		a.p.w.say("a run goes on while the account is paused until %v", after.AccountPause.Until)
	}
	return s, nil
}

// note keeps count of what is stored.
func (w *World) note(p post.Post) {
	w.mu.Lock()
	if p.Sub == post.Reconciling && p.Attempt != nil {
		w.doubts[p.ID+p.Attempt.At.String()] = true
	}
	w.mu.Unlock()
	if w.weather.restless && !p.Due.IsZero() && !p.Busy(p.UpdatedAt) {
		m := message{id: p.ID, receives: 1}
		w.after(time.Until(p.Due)+w.span(ofQueue, uint64(p.Rev)+1<<43, time.Second), func() { w.deliver(m) })
	}
}
