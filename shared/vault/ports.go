package vault

import (
	"context"
	"time"

	"spool/shared/account"
)

// App is the X app's own credentials. A public client has no secret.
type App struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret,omitempty"`
}

// Pair is an access token with the refresh token that replaces it.
type Pair struct {
	Access  string    `json:"access"`
	Refresh string    `json:"refresh,omitempty"`
	Expires time.Time `json:"expires"`          // of the access token
	Scopes  []string  `json:"scopes,omitempty"` // as granted
}

// as gives the pair the form that it is stored in.
func (p Pair) as(sealed []byte) account.Pair {
	return account.Pair{Sealed: sealed, Expires: p.Expires, Scopes: p.Scopes}
}

// Authority is X's token endpoint.
//
// Its errors carry a verdict ([fault.Judge]): Final says that X refused the
// token for good, Pause that the app itself is refused, Retry that X clearly
// did nothing. An error without a verdict leaves open whether X rotated the
// pair.
type Authority interface {
	// Refresh trades a refresh token for a new pair. The token is spent by it,
	// so Refresh sends exactly one request.
	Refresh(ctx context.Context, app App, refreshToken string) (Pair, error)
	// Revoke ends a token and, at X, the grant that it belongs to.
	Revoke(ctx context.Context, app App, token string) error
}

// Sealer seals small secrets. Binding is authenticated with them: opening under
// another binding fails.
type Sealer interface {
	Seal(ctx context.Context, plain []byte, binding map[string]string) ([]byte, error)
	Open(ctx context.Context, sealed []byte, binding map[string]string) ([]byte, error)
}

// Observer is told what became of tokens. It is safe for concurrent use.
type Observer interface {
	// Refreshed tells of a refresh: the account as it was, as it is, and why X gave no tokens, or nil.
	Refreshed(ctx context.Context, was, is account.Account, cause error)
	// Paused tells of a pause that is stored: of an account, or, where the id is empty, of everything.
	Paused(ctx context.Context, accountID string, p account.Pause)
	// Resumed tells that such a pause has ended before its time.
	Resumed(ctx context.Context, accountID string)
	// AccountStored tells of a connection that its owner made or ended.
	AccountStored(ctx context.Context, was, is account.Account)
	// Swept tells of a round of the schedule, and for how many accounts something was due.
	Swept(ctx context.Context, accounts int)
}
