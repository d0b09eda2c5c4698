// Package connect sets Spool up: it takes the X app's credentials, and connects
// accounts through OAuth 2.0 with PKCE (RFC 6749, RFC 7636), in a browser or on a
// machine without one.
package connect

import (
	"context"
	"strings"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/vault"
)

// Connector sets Spool up. It is safe for concurrent use.
type Connector struct {
	Vault    *vault.Vault
	Accounts *account.Service
	Apps     Apps
	Flows    Flows
	Grants   Grants
	Users    Users
}

// State is what is set up.
type State struct {
	ClientID string            // of the X app; empty before it is given
	Accounts []account.Account // all that were ever connected
}

// State reads what is set up.
func (c *Connector) State(ctx context.Context) (State, error) {
	app, err := c.Apps.App(ctx)
	if err != nil {
		return State{}, err
	}
	accounts, err := c.Accounts.Registry.Accounts(ctx)
	return State{ClientID: app.ClientID, Accounts: accounts}, err
}

// PutApp seals and stores the X app's credentials. What X refused the app for that
// was known until now says nothing of this one: all that waited goes on.
func (c *Connector) PutApp(ctx context.Context, app vault.App) error {
	switch {
	case app.ClientID == "" || len(app.ClientID) > 200 || strings.ContainsFunc(app.ClientID, unprintable):
		return fault.New(fault.Invalid, "The client id is missing, or is not one.").At("client_id").
			Todo("Copy the OAuth 2.0 Client ID from your app's Keys and tokens in X's developer console.")
	case len(app.ClientSecret) > 500 || strings.ContainsFunc(app.ClientSecret, unprintable):
		return fault.New(fault.Invalid, "This is not a client secret.").At("client_secret").
			Todo("Copy the OAuth 2.0 Client Secret from X's developer console; leave it out for a public client.")
	}
	old, err := c.Apps.App(ctx)
	if err != nil {
		return err
	}
	sealed, err := c.Vault.SealApp(ctx, app, old.Version+1)
	if err != nil {
		return err
	}
	if err := c.Apps.SaveApp(ctx, sealed); err != nil {
		return err
	}
	return c.Accounts.Resume(ctx)
}

func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// app reads and opens the X app's credentials.
func (c *Connector) app(ctx context.Context) (vault.App, error) {
	sealed, err := c.Apps.App(ctx)
	if err != nil {
		return vault.App{}, err
	}
	return c.Vault.App(ctx, sealed)
}

// Disconnect ends an account's connection; see [vault.Vault.Disconnect].
func (c *Connector) Disconnect(ctx context.Context, accountID string) (account.Account, error) {
	return c.Vault.Disconnect(ctx, accountID)
}

// noToken is what X gave to nobody as a refresh token.
const noToken = "spool-asks-whether-x-knows-the-app"

// TryApp reports whether X takes the app's credentials: nil where it does. It asks X to
// renew what never was a token, which costs nothing: X refuses that only once it knows
// who asks. Nil, too, where there are none yet.
func (c *Connector) TryApp(ctx context.Context) error {
	sealed, err := c.Apps.App(ctx)
	if err != nil || sealed.Version == 0 {
		return err
	}
	app, err := c.Vault.App(ctx, sealed)
	if err != nil {
		return err
	}
	_, err = c.Vault.Authority.Refresh(ctx, app, noToken)
	if err == nil || fault.Judge(err).Reason.Code == fault.ReasonTokenRefused {
		return nil
	}
	return err
}
