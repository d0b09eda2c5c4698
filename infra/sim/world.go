// Package sim is where Spool is simulated: only tests and campaigns import it and
// the packages below it.
//
// [World] is what they stand on: a simulated X, a store in memory, and processes
// with a vault each, in one address space and, under testing/synctest, in virtual
// time. What may fail in the real world fails here as it is told to. The packages
// below share its vocabulary. A world is one history that a seed decides; a fault is
// one failure in it; a campaign is many worlds, from a seed on.
//
//   - chaos: worlds in which threads are published, against "never twice, never lost"
//   - storm: worlds in which workers refresh tokens, against "a token never raced away"
//   - exhaust: every history with up to so many faults, in place of random ones
//   - crash: the real binaries, killed while they publish
//   - canary: finds secrets where they must not be
//   - transition: tells from two records of a post what a worker did
//   - owner: does to a running Spool what its owner does
package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"

	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/notify"
	"spool/shared/storetest"
	"spool/shared/vault"
	"spool/shared/xapi"
	"spool/shared/xauth"
)

// Endpoint is where the simulated X is reached in a world, and Redirect the
// callback address.
const (
	Endpoint = "https://x.test"
	Redirect = "https://spool.test" + connect.CallbackPath
)

// World is a store and a simulated X.
type World struct {
	X      *xsim.Sim
	Store  *storetest.Memory
	Sealer vault.Sealer
	Looks  Looks
	Log    Log
	// Down, while it is true, lets no connection to X come about.
	Down func() bool
}

// NewWorld makes a world in which X knows the accounts @ada and @grace, and Spool
// nothing. The seed is X's.
func NewWorld(seed uint64) *World {
	x := xsim.New(xsim.Config{Seed: seed})
	x.Configure(func(s *xsim.Settings) { s.Redirects = []string{Redirect} })
	return &World{X: x, Store: storetest.NewMemory(time.Now), Sealer: storetest.NewSealer()}
}

// Vault makes a vault as a new process has it: it has opened nothing yet.
func (w *World) Vault() *vault.Vault {
	return &vault.Vault{
		Store: w.Store, Seal: w.Sealer, Authority: w.Authority(), Config: vault.Defaults(),
		Now: func() time.Time { return time.Now().UTC() }, Rand: func() float64 { return 0.5 },
		Log: slog.New(slog.NewJSONHandler(&w.Log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// Connector makes the setup around a new process's vault.
func (w *World) Connector() *connect.Connector {
	v := w.Vault()
	return &connect.Connector{
		Vault: v, Accounts: &account.Service{Store: w.Store, Registry: w.Store, Now: v.Now, Log: v.Log},
		Apps: w.Store, Flows: w.Store, Grants: w.Authority(), Users: w.Client(),
	}
}

// Sweeper makes the schedule's worker around a new process's vault.
func (w *World) Sweeper() *vault.Sweeper {
	return &vault.Sweeper{Vault: w.Vault(), Schedule: w.Store, Shards: 1, Reserve: 50 * time.Second}
}

// Authority is the real client of X's authorization server.
func (w *World) Authority() *xauth.Authority {
	a := xauth.New(Endpoint)
	a.HTTP = &http.Client{Transport: w}
	return a
}

// Client is the real client of X's API.
func (w *World) Client() *xapi.Client {
	c := xapi.New(Endpoint)
	c.HTTP = &http.Client{Transport: w}
	return c
}

// RoundTrip implements [http.RoundTripper]: it connects to the simulator.
func (w *World) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.Down != nil && w.Down() {
		return nil, errors.New("connection refused")
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	return w.X.Transport().RoundTrip(r)
}

// SetUp stores the credentials of the app that the simulator knows.
func (w *World) SetUp(ctx context.Context) error {
	s := w.X.Settings()
	app := vault.App{ClientID: s.ClientID, ClientSecret: s.ClientSecret}
	if s.Public {
		app.ClientSecret = ""
	}
	return w.Connector().PutApp(ctx, app)
}

// Connect sets Spool up and connects an account through OAuth, as a browser does.
func (w *World) Connect(ctx context.Context, username string) (account.Account, error) {
	if err := w.SetUp(ctx); err != nil {
		return account.Account{}, err
	}
	c := w.Connector()
	ticket, _, err := c.Invite(ctx, "Europe/Berlin")
	if err != nil {
		return account.Account{}, err
	}
	authorize, browser, err := c.Start(ctx, ticket, Redirect)
	if err != nil {
		return account.Account{}, err
	}
	q, err := w.Allow(authorize, username)
	if err != nil {
		return account.Account{}, err
	}
	return c.Finish(ctx, connect.Return{State: q.Get("state"), Code: q.Get("code")}, browser)
}

// Allow is a person allowing the access on X's page; it gives the query that X
// redirects with.
func (w *World) Allow(authorize, username string) (url.Values, error) {
	return w.decide(authorize, url.Values{"auto": {"allow"}, "as": {username}})
}

// Deny is a person refusing it.
func (w *World) Deny(authorize string) (url.Values, error) {
	return w.decide(authorize, url.Values{"auto": {"deny"}})
}

func (w *World) decide(authorize string, how url.Values) (url.Values, error) {
	r, err := http.NewRequest(http.MethodGet, authorize+"&"+how.Encode(), nil)
	if err != nil {
		return nil, err
	}
	res, err := w.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		return nil, fmt.Errorf("no redirect from X: status %d", res.StatusCode)
	}
	return to.Query(), nil
}

// Refreshes counts the requests so far that asked X for a new pair.
func (w *World) Refreshes() (n int) {
	for _, e := range w.X.Journal() {
		if form, ok := e.Body.(map[string]string); ok && form["grant_type"] == "refresh_token" {
			n++
		}
	}
	return n
}

// Log collects what is logged. It is safe for concurrent use.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements [io.Writer].
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is all that was logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Looks are what the notify function is asked to look at. It is safe for concurrent use.
type Looks struct {
	mu  sync.Mutex
	all []notify.Look
}

// LookAll implements [notify.Queue].
func (l *Looks) LookAll(_ context.Context, looks []notify.Look) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, looks...)
	return nil
}

// Take gives the looks so far, and forgets them.
func (l *Looks) Take() []notify.Look {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.all
	l.all = nil
	return all
}
