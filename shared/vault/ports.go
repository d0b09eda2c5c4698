package vault

import (
	"context"
	"time"

	"spool/shared/fault"
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

// Store keeps the accounts and what concerns all of them. Implementations are
// safe for concurrent use; reads are strongly consistent.
type Store interface {
	// Snapshot reads, in one request, all that decides whether an account may
	// act. An account that does not exist is a fault of code NotFound.
	Snapshot(ctx context.Context, accountID string) (Snapshot, error)
	// SaveAccount stores a as revision a.Rev+1 where the stored revision is
	// still a.Rev (0: where there is none). It is publish.Posts.Save for
	// accounts: a fault of code Conflict says that another write came first.
	SaveAccount(ctx context.Context, a Account) (Account, error)
	// SavePause stores, under the same rule, a pause of an account, or of the
	// app when accountID is empty. A zero Until lifts it.
	SavePause(ctx context.Context, accountID string, p Pause) error
	// SaveBudgets stores the budgets under the rule of SaveAccount.
	SaveBudgets(ctx context.Context, b Budgets) error
}

// Snapshot is what decides whether an account may act.
type Snapshot struct {
	Account      Account
	AccountPause Pause
	AppPause     Pause
	App          SealedApp
	Budgets      Budgets
}

// SealedApp is the X app's credentials as stored. Version is 0 when there are none.
type SealedApp struct {
	ClientID string // public: it stands in every authorization URL
	Sealed   []byte
	Version  int64
}

// Pause is a stored time in which nothing is sent.
type Pause struct {
	Until  time.Time
	Sub    string // what waiting posts show
	Reason fault.Reason
	Count  int   // how often it was prolonged: careful probes come ever more rarely
	Rev    int64 // of the stored record; 0 when there is none
}

// Sealer seals small secrets. Binding is authenticated with them: opening under
// another binding fails.
type Sealer interface {
	Seal(ctx context.Context, plain []byte, binding map[string]string) ([]byte, error)
	Open(ctx context.Context, sealed []byte, binding map[string]string) ([]byte, error)
}

// Registry keeps what the setup needs beside the accounts.
type Registry interface {
	// Accounts lists all accounts that were ever connected, by user name.
	Accounts(ctx context.Context) ([]Account, error)
	// Pauses reads the pauses of accounts, and the app's under the empty
	// id. What never paused is absent, or a zero Pause.
	Pauses(ctx context.Context, accountIDs []string) (map[string]Pause, error)
	// Budgets reads the budgets; Rev 0 says that there are none.
	Budgets(ctx context.Context) (Budgets, error)
	// App reads the X app's credentials; Version 0 says that there are none.
	App(ctx context.Context) (SealedApp, error)
	// SaveApp stores them as Version, where the stored version is the one
	// before; else a fault of code Conflict.
	SaveApp(ctx context.Context, app SealedApp) error
}

// Flows keeps the state of connections that are under way. Expired flows are as
// good as absent.
type Flows interface {
	// PutFlow stores a flow under its key.
	PutFlow(ctx context.Context, f Flow) error
	// Flow reads one; a fault of code NotFound when there is none.
	Flow(ctx context.Context, key string) (Flow, error)
	// DropFlow deletes one. Of several that drop the same flow one succeeds; the
	// others get a fault of code NotFound.
	DropFlow(ctx context.Context, key string) error
}

// Flow is one connection under way. It holds no secret in clear.
type Flow struct {
	Key      string    // SHA-256 of the ticket or state
	Step     string    // how far it is, and by which way it goes
	Sealed   []byte    // the PKCE verifier, bound to all the rest
	Browser  string    // SHA-256 of the cookie that the browser got
	Caller   string    // who began it without a browser: the id of an API key
	Redirect string    // the redirect URI that X was given
	Zone     string    // the IANA zone of whoever connects, in which a new account starts
	Expires  time.Time // ten minutes after it began
}

// Grants is the user's side of OAuth.
type Grants interface {
	// AuthorizeURL is where the user allows or denies; the verifier goes into it
	// as its S256 challenge only.
	AuthorizeURL(app App, redirect, state, verifier string, scopes []string) string
	// Exchange trades the code, which works once, for a pair. Errors are as for
	// [Authority].
	Exchange(ctx context.Context, app App, code, verifier, redirect string) (Pair, error)
}

// Users says whom an access token belongs to.
type Users interface {
	Who(ctx context.Context, token string) (id, username, name string, err error)
}
