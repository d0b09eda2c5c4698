package storm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"time"

	"spool/infra/sim"
	"spool/shared/account"
	"spool/shared/vault"
	"spool/shared/xauth"
)

// worker is one process that publishes.
type worker struct {
	*run
	random *rand.Rand
	script *scripted // unless nil, it decides in place of chance
	traded string    // the refresh token for which it got a pair
	told   int64     // the newest version that it has read
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
	if w.script == nil {
		w.between(0, storming)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	v := s.Vault()
	v.Rand = func() float64 { return 0.5 }
	if w.script == nil {
		v.Rand = w.random.Float64
	}
	v.Authority, v.Store = watched{v.Authority, w}, told{v.Store, w}
	sim.Hook(w.misfortune).Into(v)
	session, err := v.Open(ctx, s.account)
	for sends := 0; err == nil && sends < 4; sends++ {
		if w.script == nil {
			w.between(time.Millisecond, 10*time.Second)
		} else {
			w.script.pass(time.Second)
		}
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
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, sim.Endpoint+"/2/users/me", nil)
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
	w.seen[token] = true
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
	if w.script != nil {
		return w.script.meets(op, after)
	}
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
	account.Store
	w *worker
}

// Snapshot implements [account.Store].
func (s told) Snapshot(ctx context.Context, id string) (account.Snapshot, error) {
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
	what := w.request()
	switch refused := refusals()[what]; {
	case ctx.Err() != nil || what == "dropped":
		return vault.Pair{}, io.ErrUnexpectedEOF
	case refused != nil:
		return vault.Pair{}, refused
	}
	p, err := a.Authority.Refresh(ctx, app, token)
	arrived = err == nil
	switch {
	case err != nil:
		w.doom(token)
		return p, err
	case what == "lost":
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

// request takes the time of one to X, and tells what becomes of it: nothing bad, or
// "dropped" before X has it, "lost" after, or one of refusals.
func (w *worker) request() string {
	if w.script != nil {
		return w.script.request()
	}
	w.between(time.Millisecond, 300*time.Millisecond)
	if w.chance(w.weather.slow) {
		w.between(time.Second, 14*time.Second)
	}
	switch {
	case w.chance(w.weather.drop):
		return "dropped"
	case w.chance(w.weather.refuse):
		return refusalNames[w.random.IntN(len(refusalNames))]
	case w.chance(w.weather.lost):
		return "lost"
	}
	return ""
}

var refusalNames = []string{"503", "401", "429", "unreachable", "401 invalid_client", "403 app"}

// refusals are answers with which X did nothing: one at least for each row of package
// xauth's table for refreshes, but the one that says that the token is no good. That
// is the simulator's to give.
func refusals() map[string]error {
	return map[string]error{
		"503": &xauth.Error{Left: true, Status: 503, Detail: "The answer was not X's."},
		"401": &xauth.Error{Left: true, Status: 401, Understood: true, Detail: "Unauthorized"},
		"429": &xauth.Error{Left: true, Status: 429, Understood: true, At: time.Now(), Until: time.Now().
			Add(time.Minute)},
		"unreachable": &xauth.Error{Left: false, At: time.Now(), Err: errWeather},
		"401 invalid_client": &xauth.Error{
			Left: true, Status: 401, Understood: true, At: time.Now(), OAuth: "invalid_client",
			Detail: "Missing valid authorization header",
		},
		"403 app": &xauth.Error{Left: true, Status: 403, Understood: true, At: time.Now(), Detail: "client-not-enrolled"},
	}
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
