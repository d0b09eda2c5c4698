// Package vault keeps X accounts and their tokens, and never races a token away.
//
// X's refresh tokens work once: two workers that refresh at the same time leave
// the account without any. So a refresh takes a lease in the account's record
// first, sends exactly one request, and stores the new pair under the lease's
// term. Whoever comes second waits for the new version and uses it.
//
// Tokens are stored sealed, bound to the account and the version of the pair,
// and opened only in memory.
package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"spool/shared/fault"
	"spool/shared/publish"
)

// Config holds the vault's times.
type Config struct {
	// Fresh is how much of an access token's life must be left to publish with it.
	Fresh time.Duration
	// Lease covers one refresh: the request to X and the storing of its answer.
	Lease time.Duration
	// Request bounds the request to X.
	Request time.Duration
	// Poll is how often one who waits for another's refresh looks.
	Poll time.Duration
}

// Defaults are the times that Spool runs with.
func Defaults() Config {
	return Config{Fresh: 5 * time.Minute, Lease: 40 * time.Second, Request: 15 * time.Second, Poll: 250 * time.Millisecond}
}

// Vault opens accounts. It is safe for concurrent use.
type Vault struct {
	Store     Store
	Seal      Sealer
	Authority Authority
	Config    Config
	Now       func() time.Time
	Rand      func() float64
	Log       *slog.Logger

	mu    sync.Mutex
	cache map[string]opened // what this process has opened, by account
}

// opened is a pair in memory.
type opened struct {
	version int64
	pair    Pair
}

var _ publish.Accounts = (*Vault)(nil)

// Open implements [publish.Accounts].
func (v *Vault) Open(ctx context.Context, accountID string) (publish.Session, error) {
	snap, err := v.Store.Snapshot(ctx, accountID)
	if err != nil {
		return publish.Session{}, err
	}
	s, waits, err := v.pauses(ctx, snap)
	if err != nil || waits {
		return s, err
	}
	now := v.Now()
	if left := snap.Account.Expires.Sub(now); left < v.Config.Fresh && snap.Account.Health == Connected {
		renewed, err := v.renew(ctx, snap, now)
		switch {
		case err == nil:
			snap.Account = renewed
		case left < 2*v.Config.Request || fault.Judge(err).Action == fault.Final:
			return publish.Session{}, err
		default: // X has a bad moment, and the old token still serves this run
			v.Log.WarnContext(ctx, "refresh failed; going on with the token that is left", "account_id", accountID, "left", left, "error", err)
		}
	}
	return v.session(ctx, snap.Account, s.Probe)
}

// Renew implements [publish.Accounts].
func (v *Vault) Renew(ctx context.Context, s publish.Session) (publish.Session, error) {
	snap, err := v.Store.Snapshot(ctx, s.AccountID)
	if err != nil {
		return publish.Session{}, err
	}
	a := snap.Account
	if a.Version == s.Version {
		if a, err = v.renew(ctx, snap, v.Now()); err != nil {
			return publish.Session{}, err
		}
	}
	return v.session(ctx, a, s.Probe)
}

// session opens the account's pair.
func (v *Vault) session(ctx context.Context, a Account, probe bool) (publish.Session, error) {
	if err := a.admitted(); err != nil {
		return publish.Session{}, err
	}
	p, err := v.open(ctx, a)
	if err != nil {
		return publish.Session{}, err
	}
	return publish.Session{AccountID: a.ID, Token: p.Access, Version: a.Version, Limit: a.Limit, Probe: probe}, nil
}

// open opens the pair, once for each version in this process.
func (v *Vault) open(ctx context.Context, a Account) (Pair, error) {
	v.mu.Lock()
	got, ok := v.cache[a.ID]
	v.mu.Unlock()
	if ok && got.version == a.Version {
		return got.pair, nil
	}
	plain, err := v.Seal.Open(ctx, a.Sealed, binding(a.ID, a.Version))
	if err != nil {
		return Pair{}, fmt.Errorf("open the tokens of account %s: %w", a.ID, err)
	}
	var p Pair
	if err := json.Unmarshal(plain, &p); err != nil {
		return Pair{}, fmt.Errorf("tokens of account %s are not in the form that Spool writes", a.ID)
	}
	v.remember(a.ID, a.Version, p)
	return p, nil
}

// seal seals a pair for the account's next version.
func (v *Vault) seal(ctx context.Context, a Account, p Pair) ([]byte, error) {
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	sealed, err := v.Seal.Seal(ctx, plain, binding(a.ID, a.Version+1))
	if err != nil {
		return nil, fmt.Errorf("seal the tokens of account %s: %w", a.ID, err)
	}
	return sealed, nil
}

// remember caches a pair of this process.
func (v *Vault) remember(id string, version int64, p Pair) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cache == nil {
		v.cache = map[string]opened{}
	}
	v.cache[id] = opened{version: version, pair: p}
}

// binding ties a sealed pair to what it belongs to: moved to another account,
// or put back after a newer one, it does not open.
func binding(accountID string, version int64) map[string]string {
	return map[string]string{"purpose": "x-token-pair", "account": accountID, "version": strconv.FormatInt(version, 10)}
}

// admitted is an error, with the verdict that pauses the account, when X does
// not let it in.
func (a Account) admitted() error {
	switch a.Health {
	case NeedsConnect:
		return notAdmitted{fault.Reason{
			Code: "reconnect_required", Sentence: fmt.Sprintf("X no longer accepts the connection of @%s.", a.Username),
			Todo: "Connect the account again; its posts then go on by themselves.",
		}}
	case Disconnected:
		return notAdmitted{fault.Reason{
			Code: "disconnected", Sentence: fmt.Sprintf("@%s is disconnected.", a.Username),
			Todo: "Connect the account again; its posts then go on by themselves.",
		}}
	default:
		return nil
	}
}

// recheck is how often a post looks again whether its account is back.
const recheck = time.Hour

// notAdmitted is the error of an account that X does not let in.
type notAdmitted struct{ reason fault.Reason }

func (e notAdmitted) Error() string { return e.reason.Sentence }
func (e notAdmitted) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Final, Reason: e.reason}
}
