package connect

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
)

const (
	// FlowLife is how long a connection may take from its start to its end.
	FlowLife = 10 * time.Minute
	// CallbackPath is where X redirects to. It is registered in X's developer console.
	CallbackPath = "/oauth/x/callback"
	// maxSecret bounds what is looked up as a ticket or a state, and maxCode what
	// is sent to X as a code.
	maxSecret = 500
	maxCode   = 1000
)

// The steps of a flow.
const (
	stepTicket   = "ticket"   // a start link, which a browser has not opened yet
	stepBrowser  = "browser"  // the browser with the cookie is on X
	stepHeadless = "headless" // some browser is on X; its address is handed back
)

// Invite begins a connection for an authenticated caller. The ticket opens the
// start page once, within [FlowLife]. A new account starts in the caller's IANA
// zone; in UTC where that is not known.
func (c *Connector) Invite(ctx context.Context, zone string) (ticket string, expires time.Time, err error) {
	if _, err := c.app(ctx); err != nil {
		return "", time.Time{}, err
	}
	ticket, expires = secret(), c.Vault.Now().Add(FlowLife)
	f := Flow{Key: hash(ticket), Step: stepTicket, Zone: account.Zone(zone), Expires: expires}
	return ticket, expires, c.Flows.PutFlow(ctx, f)
}

// Start spends the ticket and answers where the browser goes on, and what it has
// to bring back as a cookie. The redirect is Spool's own callback address.
func (c *Connector) Start(ctx context.Context, ticket, redirect string) (authorize, browser string, err error) {
	f, err := c.flow(ctx, ticket)
	if err != nil {
		return "", "", err
	}
	if f.Step != stepTicket {
		return "", "", stale(nil)
	}
	if err := c.spend(ctx, f); err != nil {
		return "", "", err
	}
	browser = secret()
	authorize, err = c.send(ctx, Flow{
		Step: stepBrowser, Browser: hash(browser), Redirect: redirect, Zone: f.Zone, Expires: f.Expires,
	})
	return authorize, browser, err
}

// StartHeadless begins a connection for an authenticated caller on a machine
// without a browser: the page may be opened anywhere, and the address that X then
// goes to is handed to [Connector.Complete] by the same caller. The zone is as for
// [Connector.Invite].
func (c *Connector) StartHeadless(
	ctx context.Context, caller, redirect, zone string,
) (authorize string, expires time.Time, err error) {
	expires = c.Vault.Now().Add(FlowLife)
	authorize, err = c.send(ctx, Flow{
		Step: stepHeadless, Caller: caller, Redirect: redirect, Zone: account.Zone(zone), Expires: expires,
	})
	return authorize, expires, err
}

// send stores a flow under a new state and gives the page of X's that goes with it.
func (c *Connector) send(ctx context.Context, f Flow) (authorize string, err error) {
	app, err := c.app(ctx)
	if err != nil {
		return "", err
	}
	state, verifier := secret(), secret()
	f.Key = hash(state)
	if f.Sealed, err = c.Vault.Seal.Seal(ctx, []byte(verifier), flowBinding(f)); err != nil {
		return "", fmt.Errorf("seal the verifier: %w", err)
	}
	if err := c.Flows.PutFlow(ctx, f); err != nil {
		return "", err
	}
	return c.Grants.AuthorizeURL(app, f.Redirect, state, verifier, account.Scopes()), nil
}

// Return is what X's redirect brings back.
type Return struct {
	State, Code string
	Error       string // X's error code, when the user refused or something failed
}

// Finish takes X's redirect from the browser that began the flow, trades the code
// for a pair and stores the account. The flow ends with the first redirect that
// fits it.
func (c *Connector) Finish(ctx context.Context, ret Return, browser string) (account.Account, error) {
	f, err := c.flow(ctx, ret.State)
	switch {
	case err != nil:
		return account.Account{}, err
	case f.Step == stepHeadless:
		return account.Account{}, fault.New(fault.BadFlow, "This connection was started on a machine without a browser.").
			Todo("Copy the address of this page at once, and paste it where the connection was started. " +
				"X's code in it lives for 30 seconds.")
	case f.Step != stepBrowser:
		return account.Account{}, stale(nil)
	case !same(f.Browser, hash(browser)):
		return account.Account{}, fault.New(fault.BadFlow, "This browser did not start the connection.").
			Todo("Open the start link and finish in the same browser, with cookies allowed.")
	}
	return c.redeem(ctx, f, ret)
}

// Complete takes the address that X redirected a browser to, or the query of it,
// from the caller who began the flow with [Connector.StartHeadless].
func (c *Connector) Complete(ctx context.Context, caller, address string) (account.Account, error) {
	ret, origin, err := parseReturn(address)
	if err != nil {
		return account.Account{}, err
	}
	f, err := c.flow(ctx, ret.State)
	switch {
	case err != nil:
		return account.Account{}, err
	case f.Step != stepHeadless || !same(f.Caller, caller):
		return account.Account{}, stale(errors.New("of another step or caller"))
	case !sameAddress(origin, f.Redirect):
		return account.Account{}, fault.New(fault.BadFlow, "This is not the address that X was to redirect to.").
			At("redirect_url").
			Todo("Paste the whole address that the browser shows after you gave Spool access on X; it begins with %s.",
				f.Redirect)
	}
	return c.redeem(ctx, f, ret)
}

// flow finds the flow that a secret belongs to.
func (c *Connector) flow(ctx context.Context, secret string) (Flow, error) {
	if secret == "" || len(secret) > maxSecret {
		return Flow{}, stale(nil)
	}
	f, err := c.Flows.Flow(ctx, hash(secret))
	switch {
	case fault.Is(err, fault.NotFound):
		return Flow{}, stale(err)
	case err != nil:
		return Flow{}, err
	case !c.Vault.Now().Before(f.Expires):
		return Flow{}, stale(errors.New("expired"))
	}
	return f, nil
}

// spend ends a flow. Of several that come with the same secret one gets through.
func (c *Connector) spend(ctx context.Context, f Flow) error {
	err := c.Flows.DropFlow(ctx, f.Key)
	if fault.Is(err, fault.NotFound) {
		return stale(err)
	}
	return err
}

// stale is the error of a link that does not work (any more).
func stale(cause error) error {
	return fault.New(fault.BadFlow, "This link was used already, is older than %d minutes, or was not made by Spool.",
		int(FlowLife.Minutes())).
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

// flowBinding ties a sealed verifier to its flow and all that the record says of it:
// whoever rewrites which browser or caller may finish it, where, or until when, has
// a flow that does not open.
func flowBinding(f Flow) map[string]string {
	said := []string{f.Step, f.Browser, f.Caller, f.Redirect, f.Zone, strconv.FormatInt(f.Expires.UnixMilli(), 10)}
	return map[string]string{"purpose": "oauth-flow", "flow": f.Key, "details": hash(strings.Join(said, "\x00"))}
}
