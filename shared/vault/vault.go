// Package vault keeps the tokens of X accounts, opens them for publishing, and never
// races one away.
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
	"log/slog"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/publish"
)

// Config holds the vault's times.
type Config struct {
	// MinLife is how much of an access token's life must be left to publish with it.
	MinLife time.Duration
	// Lease covers one refresh: the request to X and the storing of its answer.
	Lease time.Duration
	// Request bounds the request to X, and Storing is the time that its answer
	// needs besides: without both no refresh begins.
	Request, Storing time.Duration
	// Poll is how often one who waits for another's refresh looks.
	Poll time.Duration
}

// Defaults are the times that Spool runs with.
func Defaults() Config {
	return Config{
		MinLife: 5 * time.Minute, Lease: 40 * time.Second, Request: 15 * time.Second, Storing: 5 * time.Second,
		Poll: 250 * time.Millisecond,
	}
}

// Vault opens accounts. It is safe for concurrent use.
type Vault struct {
	Store     account.Store
	Seal      Sealer
	Authority Authority
	Config    Config
	Now       func() time.Time
	Rand      func() float64
	Log       *slog.Logger
	Observer  Observer // may be nil

	cache cache
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
	if left := snap.Account.Expires.Sub(now); left < v.Config.MinLife {
		renewed, err := v.renew(ctx, snap, now)
		switch {
		case err == nil:
			snap.Account = renewed
		case left < 2*v.Config.Request || fault.Judge(err).Action == fault.Final:
			return publish.Session{}, err
		default: // X has a bad moment, and the old token still serves this run
			v.Log.WarnContext(ctx, "refresh failed; going on with the token that is left",
				"account_id", accountID, "left", left, "error", err)
		}
	}
	s.Budgeted = snap.Budgets.Hold(accountID)
	return v.session(ctx, snap.Account, s)
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
	return v.session(ctx, a, s)
}

// session opens the account's pair. What is known of the pauses and budgets stays.
func (v *Vault) session(ctx context.Context, a account.Account, s publish.Session) (publish.Session, error) {
	if err := a.Usable(v.Now()); err != nil {
		return publish.Session{}, err
	}
	p, err := v.open(ctx, a)
	if err != nil {
		return publish.Session{}, err
	}
	s.AccountID, s.Token, s.Version, s.Limit = a.ID, p.Access, a.Version, a.Limit
	return s, nil
}
