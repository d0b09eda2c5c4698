package xsim

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// The application that the simulator knows unless Settings say otherwise.
const (
	DefaultClientID     = "sim-client"
	DefaultClientSecret = "sim-secret"
	// AppOnlyToken is a bearer token of the wrong kind: it belongs to the
	// application and to no user, so every endpoint here answers 403
	// "Unsupported Authentication".
	AppOnlyToken = "sim-app-only"
)

// twitterEpoch is the millisecond that snowflake ids count from.
const twitterEpoch = 1288834974657

// Config builds a Sim. The zero value is useful: real time, seed 0, the
// accounts @ada and @grace, DefaultSettings.
type Config struct {
	Now      func() time.Time // the simulator's clock; time.Now when nil
	Seed     uint64           // of tokens, codes and transaction ids
	Settings *Settings        // DefaultSettings when nil
	Accounts []Account        // SeedAccounts when nil
}

// Sim is X in memory. Its methods may be called concurrently.
type Sim struct {
	now func() time.Time

	mu       sync.Mutex // guards everything below
	random   *rand.ChaCha8
	settings Settings
	accounts map[string]*Account // by id
	names    map[string]string   // lower-case username → id
	order    []string            // ids as they were added
	posts    postStore
	media    map[string]*Medium // by id
	late     []latePost         // accepted, not committed yet; by time of commit
	lastID   uint64
	grants   grantStore
	windows  map[windowKey]*window
	bill     Bill
	faults   faultStore
	journal  journal
}

// New builds a simulator from c.
func New(c Config) *Sim {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], c.Seed)
	s := &Sim{
		now:      c.Now,
		random:   rand.NewChaCha8(seed),
		settings: DefaultSettings(),
		accounts: map[string]*Account{},
		names:    map[string]string{},
		posts:    newPostStore(),
		media:    map[string]*Medium{},
		grants:   newGrantStore(),
		windows:  map[windowKey]*window{},
		bill:     newBill(),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if c.Settings != nil {
		s.settings = c.Settings.clone()
	}
	accounts := c.Accounts
	if accounts == nil {
		accounts = SeedAccounts()
	}
	for _, a := range accounts {
		s.AddAccount(a)
	}
	return s
}

// Now is the simulator's time, in UTC.
func (s *Sim) Now() time.Time { return s.now().UTC() }

// lock takes the mutex, commits what is due, and returns the time at which the
// caller's operation happens.
func (s *Sim) lock() time.Time {
	s.mu.Lock()
	now := s.Now()
	s.settle(now)
	return now
}

// nextID returns a snowflake for the instant at: milliseconds since the Twitter
// epoch in the upper bits. Ids strictly increase, as X's do for one account.
func (s *Sim) nextID(at time.Time) string {
	id := uint64(max(at.UnixMilli()-twitterEpoch, 0)) << 22
	if id <= s.lastID {
		id = s.lastID + 1
	}
	s.lastID = id
	return strconv.FormatUint(id, 10)
}

func (s *Sim) randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = s.random.Read(b) // never fails: math/rand/v2
	return b
}

// secret returns a token of the shape of X's: unguessable were the seed secret.
func (s *Sim) secret() string { return base64.RawURLEncoding.EncodeToString(s.randomBytes(48)) }

// transactionID is the value of x-transaction-id: 16 hexadecimal digits.
func (s *Sim) transactionID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return hex.EncodeToString(s.randomBytes(8))
}
