package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// Connector sets Spool up: the X app's credentials, and accounts through OAuth
// 2.0 with PKCE (RFC 6749, RFC 7636).
type Connector struct {
	Vault    *Vault
	Registry Registry
	Flows    Flows
	Grants   Grants
	Users    Users
	Waiting  Waiting // nil: nothing waits
}

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

// PutApp seals and stores the X app's credentials. What X refused the app for that
// was known until now says nothing of this one: all that waited goes on.
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
	if err := c.Registry.SaveApp(ctx, SealedApp{ClientID: app.ClientID, Sealed: sealed, Version: version}); err != nil {
		return err
	}
	return c.Resume(ctx)
}

func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// app reads and opens the X app's credentials.
func (c *Connector) app(ctx context.Context) (App, error) {
	sealed, err := c.Registry.App(ctx)
	if err != nil {
		return App{}, err
	}
	return c.Vault.openApp(ctx, sealed)
}

// Disconnect ends an account's connection; see [Vault.Disconnect].
func (c *Connector) Disconnect(ctx context.Context, accountID string) (Account, error) {
	return c.Vault.Disconnect(ctx, accountID)
}

// Settings are what an owner may change of an account. Nil leaves it as it is.
type Settings struct {
	Zone     *string        // the IANA zone of schedules that name none
	Limit    *int           // the weighted length of one tweet
	Lateness *time.Duration // by how much posts that say nothing else may start late
}

// The weighted length of one tweet, without and with Premium.
const (
	defaultLimit = tweet.StandardLimit
	premiumLimit = tweet.PremiumLimit
)

// Configure changes an account's settings.
func (c *Connector) Configure(ctx context.Context, accountID string, s Settings) (Account, error) {
	if s.Zone != nil {
		if _, err := time.LoadLocation(*s.Zone); err != nil || *s.Zone == "" || *s.Zone == "Local" {
			return Account{}, fault.New(fault.Invalid, "This is not a time zone.").At("zone").Todo("Give the name of an IANA time zone, such as Europe/Berlin.")
		}
	}
	if s.Limit != nil && (*s.Limit < defaultLimit || *s.Limit > premiumLimit) {
		return Account{}, fault.New(fault.Invalid, "A tweet's length cannot be limited to that.").At("limit").
			Todo("Give 280; or up to 25000 if the account has X Premium.")
	}
	for {
		snap, err := c.Vault.Store.Snapshot(ctx, accountID)
		if err != nil {
			return Account{}, err
		}
		a := snap.Account
		if s.Zone != nil {
			a.Zone = *s.Zone
		}
		if s.Limit != nil {
			a.Limit = *s.Limit
		}
		if s.Lateness != nil {
			a.Lateness = *s.Lateness
		}
		a.Writer = newWriter()
		a, err = c.Vault.Store.SaveAccount(ctx, a)
		if !fault.Is(err, fault.Conflict) {
			return a, err
		}
	}
}
