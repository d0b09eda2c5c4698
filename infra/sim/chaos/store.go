package chaos

import (
	"context"
	"errors"
	"hash/fnv"
	"iter"
	"slices"
	"time"

	"spool/shared/account"
	"spool/shared/clock"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/storetest"
)

// store is the memory as a process reaches it: slowly, and not always.
type store struct {
	*storetest.Memory
	p *process
}

var errStore = errors.New("the store answers: ProvisionedThroughputExceededException, or not at all")

// reach is one call of the store. Effect does what was asked.
func (s *store) reach(ctx context.Context, name string, writes bool, effect func() error) error {
	troubles := []string{"throttled", "timed out, done", "timed out, done later", "slow", "slow, done"}
	if !writes && s.p.w.Script != nil {
		troubles = []string{"throttled", "slow"}
	}
	n, what := s.p.step(ofStore, s.p.w.weather.store, name, troubles)
	if !writes && what != "" && what != "throttled" {
		what = "slow"
	}
	switch what {
	case "throttled":
		s.p.w.struck(ofStore, n, name+" "+what)
		return errStore
	case "timed out, done":
		s.p.w.struck(ofStore, n, name+" "+what)
		err := effect()
		if fault.Is(err, fault.Conflict) {
			return err
		}
		return errStore
	case "timed out, done later":
		s.p.w.struck(ofStore, n, name+" "+what)
		s.p.w.after(s.p.w.span(ofStore, n+1<<40, 20*time.Second), func() { _ = effect() }) // nobody learns of it
		return errStore
	case "slow", "slow, done":
		s.p.w.struck(ofStore, n, name+" "+what)
		if err := clock.Sleep(ctx, s.p.w.span(ofStore, n+1<<40, 70*time.Second)); err != nil {
			if what == "slow, done" {
				_ = effect()
			}
			return err
		}
	}
	s.p.alive()
	err := effect()
	if fault.Is(err, fault.Conflict) {
		s.p.w.mu.Lock()
		s.p.w.upsets++
		s.p.w.mu.Unlock()
	}
	s.p.crash(name)
	return err
}

func (s *store) Load(ctx context.Context, id string) (p post.Post, c post.Content, err error) {
	err = s.reach(ctx, "Load", false, func() (err error) { p, c, err = s.Memory.Load(ctx, id); return err })
	return p, c, err
}

func (s *store) Save(ctx context.Context, p post.Post) (saved post.Post, err error) {
	saved = p
	err = s.reach(ctx, "Save", true, func() (err error) {
		was, _, _ := s.Memory.Load(ctx, p.ID)
		got, err := s.Memory.Save(ctx, p)
		if err == nil {
			s.p.changed(was, got)
			saved = got
			s.p.w.note(got)
			s.p.w.stores(got)
		}
		return err
	})
	if err != nil {
		return p, err
	}
	s.handOver(saved)
	return saved, nil
}

func (s *store) Register(ctx context.Context, p post.Post, c post.Content) error {
	return s.reach(ctx, "Register", true, func() error { return s.Memory.Register(ctx, p, c) })
}

func (s *store) Siblings(ctx context.Context, p post.Post, since time.Time) (all []post.Post, err error) {
	err = s.reach(ctx, "Siblings", false, func() (err error) { all, err = s.Memory.Siblings(ctx, p, since); return err })
	return all, err
}

func (s *store) Owned(ctx context.Context, ids []string) (owned map[string]string, err error) {
	err = s.reach(ctx, "Owned", false, func() (err error) { owned, err = s.Memory.Owned(ctx, ids); return err })
	return owned, err
}

func (s *store) Own(ctx context.Context, id string, p post.Post) error {
	return s.reach(ctx, "Own", true, func() error { return s.Memory.Own(ctx, id, p) })
}

func (s *store) Uploads(ctx context.Context, account string,
	digests []string) (known map[string]publish.Upload, err error) {
	err = s.reach(ctx, "Uploads", false, func() (err error) {
		known, err = s.Memory.Uploads(ctx, account, digests)
		return err
	})
	return known, err
}

func (s *store) SaveUpload(ctx context.Context, u publish.Upload) error {
	return s.reach(ctx, "SaveUpload", true, func() error { return s.Memory.SaveUpload(ctx, u) })
}

func (s *store) Coming(ctx context.Context, shard int, from, until time.Time) iter.Seq2[schedule.Entry, error] {
	var due iter.Seq2[schedule.Entry, error]
	if err := s.reach(ctx, "Coming", false, func() error {
		due = s.Memory.Coming(ctx, shard, from, until)
		return nil
	}); err != nil {
		return func(yield func(schedule.Entry, error) bool) { yield(schedule.Entry{}, err) }
	}
	return due
}

func (s *store) Standings(ctx context.Context, ids []string) (all map[string]schedule.Standing, err error) {
	err = s.reach(ctx, "Standings", false, func() (err error) { all, err = s.Memory.Standings(ctx, ids); return err })
	return all, err
}

func (s *store) Snapshot(ctx context.Context, id string) (snap account.Snapshot, err error) {
	s.p.poison(ctx, BeforeClaim)
	err = s.reach(ctx, "Snapshot", false, func() (err error) { snap, err = s.Memory.Snapshot(ctx, id); return err })
	return snap, err
}

func (s *store) SaveAccount(ctx context.Context, a account.Account) (saved account.Account, err error) {
	err = s.reach(ctx, "SaveAccount", true, func() (err error) {
		got, err := s.Memory.SaveAccount(ctx, a)
		if err == nil {
			if got.Reason != nil {
				s.p.w.reason(string(got.Reason.Code))
			}
			saved = got
		}
		return err
	})
	if err != nil {
		return a, err
	}
	return saved, nil
}

func (s *store) SavePause(ctx context.Context, id string, p account.Pause) error {
	return s.reach(ctx, "SavePause", true, func() error {
		s.p.w.reason(string(p.Reason.Code))
		return s.Memory.SavePause(ctx, id, p)
	})
}

// step begins a call: it takes its time, the process may die before it has any
// effect, and it may meet one of the troubles.
func (p *process) step(s subject, rate float64, call string, troubles []string) (n uint64, what string) {
	w := p.w
	if w.Script != nil {
		return 0, p.scripted(s, call, troubles)
	}
	w.mu.Lock()
	w.calls++
	n = w.calls
	w.mu.Unlock()
	// No two calls take the same time, to the nanosecond: so of all goroutines
	// of a world one runs at a time, and a seed gives one history.
	time.Sleep(time.Millisecond + w.span(ofLatency, n, 20*time.Millisecond))
	p.alive()
	p.crash("before call")
	if w.strikes(s, n, rate) {
		if troubles = w.on(troubles); len(troubles) > 0 {
			what = troubles[w.upTo(s, n+2<<40, len(troubles)-1)]
		}
	}
	return n, what
}

// on are the troubles that are not off in this world: with a few kinds only, they
// come in numbers and orders that are rare with all of them.
func (w *World) on(troubles []string) []string {
	if !w.weather.swarm {
		return troubles
	}
	return slices.DeleteFunc(slices.Clone(troubles), func(what string) bool {
		h := fnv.New64a()
		_, _ = h.Write([]byte(what))
		return w.fraction(ofSwarm, h.Sum64()) < 0.5
	})
}

// strikes reports whether trouble meets the call.
func (w *World) strikes(s subject, n uint64, rate float64) bool {
	if rate == 0 || w.Only != nil && !w.Only[number(s, n)] || time.Since(w.start) > w.weather.until ||
		w.fraction(s, n+3<<40) >= rate {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.faults) < w.weather.mostFaults
}

// number is that of a fault: of the call that it meets, and of what kind.
func number(s subject, n uint64) uint64 { return n<<8 | uint64(s) }

// struck notes a fault.
func (w *World) struck(s subject, n uint64, what string) {
	w.mu.Lock()
	w.faults = append(w.faults, Fault{number(s, n), what})
	w.upsets++
	w.mu.Unlock()
	w.Log.Info("FAULT", "at", time.Since(w.start), "call", n, "what", what)
}

// alive ends the goroutine when its process is dead.
func (p *process) alive() {
	p.w.mu.Lock()
	dead := p.dead
	p.w.mu.Unlock()
	if dead {
		die()
	}
}

// crash kills the process now and then.
func (p *process) crash(where string) {
	w := p.w
	w.mu.Lock()
	w.calls++
	n := w.calls
	w.mu.Unlock()
	if w.strikes(ofProcess, n, w.weather.crash) {
		w.struck(ofProcess, n, "crash at "+where)
		p.kill()
	}
}
