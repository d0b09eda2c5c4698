package storm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"time"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/vault"
	"spool/shared/xauth"
)

// Report is what became of one world.
type Report struct {
	Seed       uint64
	Workers    int
	Refreshes  int          // requests for a new pair
	Crashes    int          // workers that died
	Lost       int          // pairs that X handed out and nobody could store
	Health     vault.Health // at the end
	Violations []string     // of what must never happen; empty when all is well
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
	s := &run{
		World: NewWorld(seed), report: Report{Seed: seed},
		used: map[string]int64{}, excused: map[string]bool{}, dead: map[string]bool{},
	}
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
	if random.IntN(8) == 0 {
		wg.Go(func() {
			time.Sleep(time.Duration(random.Int64N(int64(storming))))
			s.reconnect(ctx)
		})
	}
	wg.Wait()
	err = s.settle(ctx)
	return s.report, err
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
	*World
	account string
	weather weather

	mu       sync.Mutex
	inFlight int
	used     map[string]int64 // refresh tokens for which a worker got a pair: the version that they are of
	excused  map[string]bool  // refresh tokens whose next pair nobody got, or one who died or stalled with it
	dead     map[string]bool  // tokens, of one worker each, that X has refused
	doomed   time.Time        // the connection that X ended because an excused token came twice
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

// worker is one process that publishes.
type worker struct {
	*run
	random *rand.Rand
	traded string // the refresh token for which it got a pair
	told   int64  // the newest version that it has read
}

// chance is true in n of 1,000 cases.
func (w *worker) chance(n int) bool { return w.random.IntN(1000) < n }

// between waits for a random time, which no other worker waits for.
func (w *worker) between(from, to time.Duration) {
	time.Sleep(from + time.Duration(w.random.Int64N(int64(to-from))))
}

// work opens the account some time in the storm and sends with its token, as
// publishing does: renewing once when X refuses it.
func (s *run) work(ctx context.Context, w *worker) {
	w.between(0, storming)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	v := s.Vault()
	v.Rand = w.random.Float64
	v.Authority, v.Store = watched{v.Authority, w}, told{v.Store, w}
	Hook(w.misfortune).Into(v)
	session, err := v.Open(ctx, s.account)
	for sends := 0; err == nil && sends < 4; sends++ {
		w.between(time.Millisecond, 10*time.Second)
		status, uerr := w.use(ctx, session.Token)
		if uerr != nil || status != http.StatusUnauthorized {
			continue
		}
		old := session
		if session, err = v.Renew(ctx, session); err == nil && session.Version <= old.Version {
			s.violate("a worker whose token X refused was given version %d again", session.Version)
		}
	}
}

// use sends one request with an access token.
func (w *worker) use(ctx context.Context, token string) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, Endpoint+"/2/users/me", nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := w.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	mine := fmt.Sprintf("%p %s", w, token)
	w.mu.Lock()
	again := w.dead[mine]
	w.dead[mine] = res.StatusCode == http.StatusUnauthorized
	w.mu.Unlock()
	if again {
		w.violate("a worker sent a second request with a token that X had refused")
	}
	return res.StatusCode, res.Body.Close()
}

var errWeather = errors.New("out of order")

// misfortune is the hook around a worker's operations. A refresh is timed by
// watched; here it can only be the moment of a crash.
func (w *worker) misfortune(op string, after bool) error {
	if op != "refresh" {
		w.between(time.Microsecond, 40*time.Millisecond)
		if w.chance(w.weather.slow) {
			w.between(100*time.Millisecond, 3*time.Second)
		}
		if w.chance(w.weather.stall) {
			w.excuse()
			w.between(time.Second, 50*time.Second)
		}
	}
	if w.chance(w.weather.crash) {
		w.excuse()
		w.mu.Lock()
		w.report.Crashes++
		w.mu.Unlock()
		runtime.Goexit()
	}
	if op != "refresh" && w.chance(w.weather.fail) && !after || op != "refresh" && w.chance(w.weather.blur) && after {
		return errWeather
	}
	return nil
}

// excuse notes that the pair which the worker got may never be stored in time.
func (w *worker) excuse() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.traded != "" {
		w.excused[w.traded] = true
	}
}

// told is the store, as far as it tells a worker of newer pairs.
type told struct {
	vault.Store
	w *worker
}

// Snapshot implements [vault.Store].
func (s told) Snapshot(ctx context.Context, id string) (vault.Snapshot, error) {
	snap, err := s.Store.Snapshot(ctx, id)
	s.w.told = max(s.w.told, snap.Account.Version)
	return snap, err
}

// watched is X's token endpoint as a worker reaches it, in its weather.
type watched struct {
	vault.Authority
	w *worker
}

// Refresh carries the request out as the weather has it, and holds it against
// what is known.
func (a watched) Refresh(ctx context.Context, app vault.App, token string) (vault.Pair, error) {
	w := a.w
	w.enter(token)
	arrived, answered := false, false
	defer func() { w.leave(token, arrived && !answered) }()
	w.between(time.Millisecond, 300*time.Millisecond)
	if w.chance(w.weather.slow) {
		w.between(time.Second, 14*time.Second)
	}
	switch {
	case ctx.Err() != nil || w.chance(w.weather.drop):
		return vault.Pair{}, io.ErrUnexpectedEOF
	case w.chance(w.weather.refuse):
		return vault.Pair{}, w.refusal()
	}
	p, err := a.Authority.Refresh(ctx, app, token)
	arrived = err == nil
	switch {
	case err != nil:
		w.doom(token)
		return p, err
	case w.chance(w.weather.lost):
		return vault.Pair{}, io.ErrUnexpectedEOF
	}
	answered, w.traded = true, token
	w.mu.Lock()
	w.used[token] = w.stored().Version
	w.mu.Unlock()
	return p, nil
}

// doom notes that X refused a token. Where that was excused, X takes it for theft
// and ends the whole connection, with whatever pair is stored by now.
func (w *worker) doom(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.excused[token] {
		w.doomed = w.stored().ConnectedAt
	}
}

// refusal is one of the answers with which X did nothing.
func (w *worker) refusal() error {
	refusals := []*xauth.Error{
		{Left: true, Status: 503, Detail: "The answer was not X's."},
		{Left: true, Status: 401, Understood: true, Detail: "Unauthorized"},
		{Left: true, Status: 429, Understood: true, At: time.Now(), Until: time.Now().Add(time.Minute)},
		{Left: false, At: time.Now(), Err: errWeather},
	}
	return refusals[w.random.IntN(len(refusals))]
}

// enter checks that a refresh may begin.
func (w *worker) enter(token string) {
	w.mu.Lock()
	w.inFlight++
	together := w.inFlight
	version, used := w.used[token]
	known := used && w.told > version
	if w.weather.stall == 0 { // then even what a worker has not read yet
		known = used && w.stored().Version > version
	}
	w.mu.Unlock()
	if together > 1 {
		w.violate("%d refreshes were under way at once", together)
	}
	if known {
		w.violate("a refresh token was sent again after the pair that came of it was stored")
	}
}

// leave notes a refresh's end.
func (w *worker) leave(token string, lost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight--
	if lost {
		w.report.Lost++
		w.excused[token] = true
	}
}

// stored is the account's record.
func (s *run) stored() vault.Account {
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
}

// settle lets the weather clear up and judges how the account stands.
func (s *run) settle(ctx context.Context) error {
	for end := time.Now().Add(calm); time.Now().Before(end); time.Sleep(15 * time.Minute) {
		sweeping, cancel := context.WithTimeout(ctx, 5*time.Minute)
		err := s.Sweeper().Sweep(sweeping)
		cancel()
		if err != nil {
			return err
		}
	}
	s.report.Refreshes = s.Refreshes()
	s.report.Health = s.stored().Health
	session, err := s.Vault().Open(ctx, s.account)
	switch {
	case s.report.Health == vault.Connected && err != nil:
		s.violate("the account counts as connected, and does not open: %v", err)
	case s.report.Health == vault.Connected:
		if me, err := s.Client().Me(ctx, session.Token); err != nil || me.ID != s.account {
			s.violate("the account counts as connected, and X refuses its token: %v", err)
		}
	case s.report.Health == vault.NeedsConnect && !s.mayBeDead():
		s.violate("a good account was marked for reconnecting: %s", s.stored().Reason.Detail)
	case s.report.Health == vault.NeedsConnect && fault.Judge(err).Action != fault.Final:
		s.violate("the account needs connecting, and opening it says %v", err)
	}
	return nil
}

// mayBeDead reports whether X handed out a pair that nobody could store in time:
// its answer was lost, or whoever got it died or stalled with it.
func (s *run) mayBeDead() bool {
	a := s.stored()
	if a.ConnectedAt.Equal(s.doomed) {
		return true
	}
	plain, err := s.Sealer.Open(context.Background(), a.Sealed, map[string]string{
		"purpose": "x-token-pair", "account": a.ID, "version": fmt.Sprint(a.Version),
	})
	if err != nil {
		return false
	}
	for token := range s.excused {
		if bytes.Contains(plain, []byte(token)) {
			return true
		}
	}
	return false
}
