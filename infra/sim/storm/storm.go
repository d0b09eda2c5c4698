// Package storm tests the vault in random worlds. [Run] is one: processes crash,
// answers get lost and stores stall, and what becomes of an account's tokens is held
// against what must never happen to them. It is only for tests.
package storm

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"spool/infra/sim"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/fault"
)

// Report is what became of one world.
type Report struct {
	Seed       uint64
	Workers    int
	Refreshes  int            // requests for a new pair
	Crashes    int            // workers that died
	Lost       int            // pairs that X handed out and nobody could store
	Health     account.Health // at the end
	Violations []string       // of what must never happen; empty when all is well
}

const (
	most     = 50              // workers of a world
	storming = 6 * time.Minute // the time in which they begin
	calm     = 3 * time.Hour   // what follows, without any failure
)

// Run runs the world of a seed, from a connected account whose access token is
// about to end. It must be called in a testing/synctest bubble: with virtual time
// every operation of every worker takes a time of its own, no two things happen
// at once, and so the seed decides everything.
func Run(ctx context.Context, seed uint64) (Report, error) {
	s := newRun(seed)
	random := draws(seed, 0)
	life := lives()[random.IntN(len(lives()))]
	s.X.Configure(func(c *xsim.Settings) { c.AccessLife, c.Limits = life, nil })
	a, err := s.Connect(ctx, "ada")
	if err != nil {
		return s.report, err
	}
	s.account = a.ID
	time.Sleep(life - time.Duration(random.Int64N(int64(6*time.Minute))))
	s.weather = weathers()[random.IntN(len(weathers()))]
	s.report.Workers = 1 + random.IntN(most)
	var wg sync.WaitGroup
	for i := range s.report.Workers {
		wg.Go(func() { s.work(ctx, &worker{run: s, random: draws(seed, uint64(i+1))}) })
	}
	owner := []func(context.Context){s.reconnect, s.disconnect}
	if i := random.IntN(8); i < len(owner) {
		wg.Go(func() {
			time.Sleep(time.Duration(random.Int64N(int64(storming))))
			owner[i](ctx)
		})
	}
	wg.Wait()
	err = s.settle(ctx)
	return s.report, err
}

func newRun(seed uint64) *run {
	return &run{
		World: sim.NewWorld(seed), report: Report{Seed: seed},
		used: map[string]int64{}, excused: map[string]bool{}, dead: map[string]bool{}, seen: map[string]bool{},
	}
}

// lives are how long access tokens live: with the shorter one a storm sees several
// generations of pairs.
func lives() []time.Duration { return []time.Duration{2 * time.Hour, 7 * time.Minute, 6 * time.Minute} }

// draws is the random source of one worker of a world.
func draws(seed, worker uint64) *rand.Rand {
	var name [16]byte
	binary.BigEndian.PutUint64(name[:], seed)
	binary.BigEndian.PutUint64(name[8:], worker)
	return rand.New(rand.NewChaCha8(sha256.Sum256(name[:])))
}

// run is one world with what must be remembered to judge it.
type run struct {
	*sim.World
	account string
	weather weather

	mu       sync.Mutex
	inFlight int
	used     map[string]int64 // refresh tokens for which a worker got a pair: the version that they are of
	excused  map[string]bool  // refresh tokens whose next pair nobody got, or one who died or stalled with it
	dead     map[string]bool  // tokens, of one worker each, that X has refused
	doomed   time.Time        // the connection that X ended because an excused token came twice
	ended    bool             // the owner disconnected the account
	seen     map[string]bool  // access tokens that workers had
	report   Report
}

// weather says how likely each misfortune is, in thousandths of an operation.
type weather struct {
	crash, stall, fail, blur, lost, drop, refuse, slow int
}

// weathers are the kinds of worlds, from fine to very bad.
func weathers() []weather {
	return []weather{
		{},
		{slow: 500},
		{crash: 20, slow: 100},
		{fail: 100, blur: 50},
		{lost: 150, drop: 100, refuse: 200, slow: 200},
		{crash: 60, slow: 200},
		{stall: 30, slow: 300},
		{crash: 15, stall: 10, fail: 40, blur: 20, lost: 80, drop: 80, refuse: 100, slow: 150},
	}
}

// violate notes what must never happen.
func (s *run) violate(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.report.Violations = append(s.report.Violations, fmt.Sprintf(format, args...))
}

// stored is the account's record.
func (s *run) stored() account.Account {
	snap, err := s.Store.Snapshot(context.Background(), s.account)
	if err != nil {
		panic(err) // the memory always answers
	}
	return snap.Account
}

// reconnect is the owner connecting the account again in the middle of it all.
func (s *run) reconnect(ctx context.Context) {
	if _, err := s.Connect(ctx, "ada"); err != nil {
		s.violate("the owner could not connect again: %v", err)
	}
	s.ended = false
}

// disconnect is the owner ending the connection, trying again while a refresh
// does not end.
func (s *run) disconnect(ctx context.Context) {
	for {
		_, err := s.Connector().Disconnect(ctx, s.account)
		if err == nil {
			s.ended = true
			return
		}
		if !fault.Is(err, fault.Unavailable) {
			s.violate("the owner could not disconnect: %v", err)
			return
		}
	}
}
