package vault

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// Connector sets Spool up: the X app's credentials, and accounts through OAuth
// 2.0 with PKCE (RFC 6749, RFC 7636).
type Connector struct {
	Vault    *Vault
	Registry Registry
	Flows    Flows
	Grants   Grants
	Users    Users
}

// FlowLife is how long a connection may take from the start link to the end.
const FlowLife = 10 * time.Minute

// Scopes are what Spool asks X for.
func Scopes() []string {
	return []string{"tweet.read", "tweet.write", "users.read", "media.write", "offline.access"}
}

// required are the scopes without which nothing can be published.
func required() []string {
	return []string{"tweet.read", "tweet.write", "users.read", "offline.access"}
}

// defaultLimit is the weighted length of one tweet without Premium.
const defaultLimit = 280

// PutApp seals and stores the X app's credentials.
func (c *Connector) PutApp(ctx context.Context, app App) error {
	switch {
	case app.ClientID == "" || len(app.ClientID) > 200 || strings.ContainsFunc(app.ClientID, unprintable):
		return fault.New(fault.Invalid, "The client id is missing, or is not one.").At("client_id").
			Todo("Copy the OAuth 2.0 Client ID from your app's Keys and tokens in X's developer console.")
	case len(app.ClientSecret) > 500 || strings.ContainsFunc(app.ClientSecret, unprintable):
		return fault.New(fault.Invalid, "This is not a client secret.").At("client_secret").
			Todo("Copy the OAuth 2.0 Client Secret from X's developer console; leave it out for a public client.")
	}
	old, err := c.Registry.App(ctx)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(app)
	if err != nil {
		return err
	}
	version := old.Version + 1
	sealed, err := c.Vault.Seal.Seal(ctx, plain, appBinding(version))
	if err != nil {
		return fmt.Errorf("seal the X app's credentials: %w", err)
	}
	return c.Registry.SaveApp(ctx, SealedApp{ClientID: app.ClientID, Sealed: sealed, Version: version})
}

func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// Invite begins a connection for an authenticated caller. The ticket opens the
// start page once, within [FlowLife].
func (c *Connector) Invite(ctx context.Context) (ticket string, expires time.Time, err error) {
	app, err := c.Registry.App(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	if app.Version == 0 {
		return "", time.Time{}, noApp{}
	}
	ticket = secret()
	expires = c.Vault.Now().Add(FlowLife)
	return ticket, expires, c.Flows.PutFlow(ctx, Flow{Key: hash(ticket), Step: "ticket", Expires: expires})
}

// Start spends the ticket and answers where the browser goes on, and what it has
// to bring back as a cookie. The redirect is Spool's own callback address.
func (c *Connector) Start(ctx context.Context, ticket, redirect string) (authorize, browser string, err error) {
	f, err := c.flow(ctx, ticket, "ticket")
	if err != nil {
		return "", "", err
	}
	if err := c.Flows.DropFlow(ctx, f.Key); err != nil {
		return "", "", stale(err)
	}
	sealedApp, err := c.Registry.App(ctx)
	if err != nil {
		return "", "", err
	}
	app, err := c.Vault.openApp(ctx, sealedApp)
	if err != nil {
		return "", "", err
	}
	state, verifier := secret(), secret()
	browser = secret()
	key := hash(state)
	sealed, err := c.Vault.Seal.Seal(ctx, []byte(verifier), flowBinding(key))
	if err != nil {
		return "", "", fmt.Errorf("seal the verifier: %w", err)
	}
	err = c.Flows.PutFlow(ctx, Flow{Key: key, Step: "state", Sealed: sealed, Browser: hash(browser), Redirect: redirect, Expires: f.Expires})
	if err != nil {
		return "", "", err
	}
	return c.Grants.AuthorizeURL(app, redirect, state, verifier, Scopes()), browser, nil
}

// Return is what X's redirect brings back.
type Return struct {
	State, Code string
	Error       string // X's error code, when the user refused or something failed
	Browser     string // the cookie's value
}

// Finish checks what X's redirect brought back, trades the code for a pair and
// stores the account. The flow ends with the first redirect that fits it.
func (c *Connector) Finish(ctx context.Context, ret Return) (Account, error) {
	f, err := c.flow(ctx, ret.State, "state")
	if err != nil {
		return Account{}, err
	}
	if f.Browser != "" && !same(f.Browser, hash(ret.Browser)) {
		return Account{}, fault.New(fault.BadFlow, "This browser did not start the connection.").
			Todo("Open the start link and finish in the same browser, with cookies allowed.")
	}
	if err := c.Flows.DropFlow(ctx, f.Key); err != nil {
		return Account{}, stale(err)
	}
	switch {
	case ret.Error == "access_denied":
		return Account{}, fault.New(fault.BadFlow, "You refused the connection on X. Nothing was stored.").Todo("Start again if that was a mistake.")
	case ret.Error != "":
		return Account{}, fault.New(fault.BadFlow, "X could not go on with the connection.").
			Todo("Check in X's developer console that the app has the callback address %s and the right permissions; then start again.", f.Redirect).
			Because(fmt.Errorf("X answered the error %.60q", ret.Error))
	case ret.Code == "" || len(ret.Code) > 1000:
		return Account{}, fault.New(fault.BadFlow, "X sent no code.").Todo("Start the connection again.")
	}
	app, pair, err := c.exchange(ctx, f, ret.Code)
	if err != nil {
		return Account{}, err
	}
	return c.admit(ctx, app, pair)
}

// exchange trades the code for a pair.
func (c *Connector) exchange(ctx context.Context, f Flow, code string) (App, Pair, error) {
	verifier, err := c.Vault.Seal.Open(ctx, f.Sealed, flowBinding(f.Key))
	if err != nil {
		return App{}, Pair{}, fmt.Errorf("open the verifier: %w", err)
	}
	sealedApp, err := c.Registry.App(ctx)
	if err != nil {
		return App{}, Pair{}, err
	}
	app, err := c.Vault.openApp(ctx, sealedApp)
	if err != nil {
		return App{}, Pair{}, err
	}
	pair, err := c.Grants.Exchange(ctx, app, code, string(verifier), f.Redirect)
	if err != nil {
		v := fault.Judge(err)
		return App{}, Pair{}, fault.New(fault.BadFlow, "X did not accept the connection: %s", v.Reason.Sentence).
			Todo("%s", cmp.Or(v.Reason.Todo, "Start the connection again.")).Because(err)
	}
	return app, pair, nil
}

// admit asks X who connected, checks the scopes, and stores the account.
func (c *Connector) admit(ctx context.Context, app App, pair Pair) (Account, error) {
	if missing := lacking(pair.Scopes, required()); len(missing) > 0 {
		c.revoke(ctx, app, pair)
		return Account{}, fault.New(fault.BadFlow, "X did not grant %s, without which Spool cannot publish. Nothing was stored.", strings.Join(missing, ", ")).
			Todo("In X's developer console give the app the permissions “Read and write”, then start again.")
	}
	id, username, name, err := c.Users.Who(ctx, pair.Access)
	if err == nil && !post.ValidID(id) {
		err = fmt.Errorf("X gave the user id %.40q", id)
	}
	if err != nil {
		c.revoke(ctx, app, pair)
		return Account{}, fault.New(fault.BadFlow, "X did not say who connected: %s Nothing was stored.", fault.Judge(err).Reason.Sentence).
			Todo("Start the connection again in a few minutes.").Because(err)
	}
	for {
		a, old, err := c.store(ctx, id, username, name, pair)
		if fault.Is(err, fault.Conflict) {
			continue // a refresh was under way; look again
		}
		if err != nil {
			return Account{}, err
		}
		if old != nil {
			c.revoke(ctx, app, *old)
		}
		c.Vault.Log.InfoContext(ctx, "connected", "account_id", id, "username", username, "scopes", a.Scopes)
		return a, nil
	}
}

// store makes or renews the account's record; old is the pair that it replaces.
func (c *Connector) store(ctx context.Context, id, username, name string, pair Pair) (a Account, old *Pair, err error) {
	now := c.Vault.Now()
	snap, err := c.Vault.Store.Snapshot(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		a = Account{ID: id, Zone: "UTC", Limit: defaultLimit, ConnectedAt: now}
	case err != nil:
		return a, nil, err
	default:
		a = snap.Account
		if p, err := c.Vault.open(ctx, a); err == nil && len(a.Sealed) > 0 {
			old = &p
		}
	}
	a.Username, a.Name, a.UsedAt, a.Writer = username, name, now, post.NewID()
	a.Lease.Term++ // whoever refreshes the old pair right now has lost
	sealed, err := c.Vault.seal(ctx, a, pair)
	if err != nil {
		return a, nil, err
	}
	a = a.store(now, pair, sealed, c.Vault.Rand())
	a, err = c.Vault.Store.SaveAccount(ctx, a)
	if err == nil {
		c.Vault.remember(a.ID, a.Version, pair)
	}
	return a, old, err
}

// revoke ends a pair that is not kept. That it fails is only logged: the pair is
// known nowhere any more.
func (c *Connector) revoke(ctx context.Context, app App, p Pair) {
	for _, token := range []string{p.Refresh, p.Access} {
		if token == "" {
			continue
		}
		if err := c.Vault.Authority.Revoke(ctx, app, token); err != nil {
			c.Vault.Log.WarnContext(ctx, "a replaced token could not be revoked", "error", err)
		}
	}
}

// flow finds the flow that a secret belongs to.
func (c *Connector) flow(ctx context.Context, secret, step string) (Flow, error) {
	if secret == "" || len(secret) > 500 {
		return Flow{}, stale(nil)
	}
	f, err := c.Flows.Flow(ctx, hash(secret))
	switch {
	case fault.Is(err, fault.NotFound):
		return Flow{}, stale(err)
	case err != nil:
		return Flow{}, err
	case f.Step != step || !c.Vault.Now().Before(f.Expires):
		return Flow{}, stale(errors.New("expired, or of another step"))
	}
	return f, nil
}

// stale is the error of a link that does not work (any more).
func stale(cause error) error {
	return fault.New(fault.BadFlow, "This link was used already, is older than %d minutes, or was not made by Spool.", int(FlowLife.Minutes())).
		Todo("Start the connection again.").Because(cause)
}

// secret makes 256 random bits, for URLs and cookies; also a PKCE verifier (RFC
// 7636, section 4.1: 43 to 128 characters).
func secret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// hash is how a secret is stored.
func hash(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

// same compares in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// lacking gives what is wanted and not granted.
func lacking(granted, wanted []string) (missing []string) {
	for _, s := range wanted {
		if !slices.Contains(granted, s) {
			missing = append(missing, s)
		}
	}
	return missing
}

// flowBinding ties a sealed verifier to its flow.
func flowBinding(key string) map[string]string {
	return map[string]string{"purpose": "oauth-flow", "flow": key}
}

// CallbackPath is where X redirects to. It is registered in X's developer console.
const CallbackPath = "/oauth/x/callback"

// State is what is set up.
type State struct {
	ClientID string    // of the X app; empty before it is given
	Accounts []Account // all that were ever connected
}

// State reads what is set up.
func (c *Connector) State(ctx context.Context) (State, error) {
	app, err := c.Registry.App(ctx)
	if err != nil {
		return State{}, err
	}
	accounts, err := c.Registry.Accounts(ctx)
	return State{ClientID: app.ClientID, Accounts: accounts}, err
}
