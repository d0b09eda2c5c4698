package connect

import (
	"context"
	"time"

	"spool/shared/account"
	"spool/shared/vault"
)

// Apps keeps the X app's credentials.
type Apps interface {
	// App reads them; Version 0 says that there are none.
	App(ctx context.Context) (account.SealedApp, error)
	// SaveApp stores them as Version, where the stored version is the one
	// before; else a fault of code Conflict.
	SaveApp(ctx context.Context, app account.SealedApp) error
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
	AuthorizeURL(app vault.App, redirect, state, verifier string, scopes []string) string
	// Exchange trades the code, which works once, for a pair. Errors are as for
	// [vault.Authority].
	Exchange(ctx context.Context, app vault.App, code, verifier, redirect string) (vault.Pair, error)
}

// Users says whom an access token belongs to.
type Users interface {
	Who(ctx context.Context, token string) (id, username, name string, err error)
}
