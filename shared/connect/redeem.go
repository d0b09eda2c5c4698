package connect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/vault"
)

// A browser waits for the end of a connection, for at most 30 seconds: asking is
// the time of one question to X, and storing that of the account.
const (
	asking  = 10 * time.Second
	storing = 8 * time.Second
)

// redeem makes an account of what X's redirect brought: it ends the flow, before
// anything else so that it works once, trades the code for a pair, asks X whose that
// is, and stores it.
func (c *Connector) redeem(ctx context.Context, f Flow, ret Return) (account.Account, error) {
	if err := c.spend(ctx, f); err != nil {
		return account.Account{}, err
	}
	if err := ret.check(f.Redirect); err != nil {
		return account.Account{}, err
	}
	app, pair, err := c.exchange(ctx, f, ret.Code)
	if err != nil {
		return account.Account{}, err
	}
	who, err := c.identify(ctx, pair)
	if err != nil {
		c.Vault.Revoke(ctx, app, pair) // it is not kept
		return account.Account{}, err
	}
	who.Zone = account.Zone(f.Zone)
	within, cancel := context.WithTimeout(ctx, storing)
	defer cancel()
	stored, isNew, err := c.Vault.Connect(within, app, who, pair)
	if err != nil {
		return account.Account{}, fault.New(fault.Unavailable, "The account could not be stored.").
			Todo("Start the connection again in a minute.").Because(err)
	}
	c.Accounts.Reconnected(ctx, stored.ID, isNew)
	return stored, nil
}

// check refuses a redirect without a code.
func (r Return) check(redirect string) error {
	switch {
	case r.Error == "access_denied":
		return fault.New(fault.BadFlow, "You refused the connection on X. Nothing was stored.").
			Todo("Start again if that was a mistake.")
	case r.Error != "":
		return fault.New(fault.BadFlow, "X could not go on with the connection.").
			Todo("Check in X's developer console that the app has the callback address %s and the right permissions; "+
				"then start again.", redirect).
			Because(fmt.Errorf("the redirect carries the error %.60q", r.Error))
	case r.Code == "" || len(r.Code) > maxCode:
		return fault.New(fault.BadFlow, "X sent no code.").Todo("Start the connection again.")
	}
	return nil
}

// exchange trades the code for a pair.
func (c *Connector) exchange(ctx context.Context, f Flow, code string) (vault.App, vault.Pair, error) {
	verifier, err := c.Vault.Seal.Open(ctx, f.Sealed, flowBinding(f))
	if err != nil {
		return vault.App{}, vault.Pair{}, fmt.Errorf("open the verifier: %w", err)
	}
	app, err := c.app(ctx)
	if err != nil {
		return vault.App{}, vault.Pair{}, err
	}
	asked, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	pair, err := c.Grants.Exchange(asked, app, code, string(verifier), f.Redirect)
	if err != nil {
		v := fault.Judge(err)
		return app, pair, fault.New(fault.BadFlow, "X did not accept the connection: %s", v.Reason.Sentence).
			Todo("%s", cmp.Or(v.Reason.Todo, "Start the connection again.")).Because(err)
	}
	if len(pair.Scopes) == 0 {
		pair.Scopes = account.Scopes() // RFC 6749, section 5.1: left out where all was granted
	}
	return app, pair, nil
}

// identify checks what was granted, and asks X who granted it.
func (c *Connector) identify(ctx context.Context, pair vault.Pair) (account.Account, error) {
	missing := account.Account{Scopes: pair.Scopes}.MissingScopes()
	if pair.Refresh == "" && !slices.Contains(missing, "offline.access") {
		missing = append(missing, "offline.access")
	}
	if missing = slices.DeleteFunc(missing, optional); len(missing) > 0 {
		return account.Account{}, fault.New(fault.BadFlow,
			"X did not grant %s, without which Spool cannot publish. Nothing was stored.", strings.Join(missing, ", ")).
			Todo("In X's developer console open the app's User authentication settings and give it the permissions " +
				"“Read and write”. Then start again.")
	}
	asked, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	id, username, name, err := c.Users.Who(asked, pair.Access)
	if err == nil && !post.ValidID(id) {
		err = fmt.Errorf("the user id %.40q is not one of X's", id)
	}
	if err != nil {
		reason := fault.Judge(err).Reason
		return account.Account{}, fault.New(fault.BadFlow,
			"X did not say who connected: %s Nothing was stored.", reason.Sentence).
			Todo("%s", cmp.Or(reason.Todo, "Start the connection again in a few minutes.")).Because(err)
	}
	return account.Account{ID: id, Username: username, Name: name}, nil
}

// optional are the scopes that a connection may lack: it is limited then.
func optional(scope string) bool { return scope == "media.write" }
