package vault

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// A browser waits for the end of a connection, for at most 30 seconds: asking is
// the time of one question to X, entering that of storing the account.
const (
	asking   = 10 * time.Second
	entering = 8 * time.Second
)

// exchange trades the code for a pair.
func (c *Connector) exchange(ctx context.Context, f Flow, code string) (App, Pair, error) {
	verifier, err := c.Vault.Seal.Open(ctx, f.Sealed, flowBinding(f))
	if err != nil {
		return App{}, Pair{}, fmt.Errorf("open the verifier: %w", err)
	}
	app, err := c.app(ctx)
	if err != nil {
		return App{}, Pair{}, err
	}
	asked, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	pair, err := c.Grants.Exchange(asked, app, code, string(verifier), f.Redirect)
	if err != nil {
		v := fault.Judge(err)
		return App{}, Pair{}, fault.New(fault.BadFlow, "X did not accept the connection: %s", v.Reason.Sentence).
			Todo("%s", cmp.Or(v.Reason.Todo, "Start the connection again.")).Because(err)
	}
	if len(pair.Scopes) == 0 {
		pair.Scopes = Scopes() // RFC 6749, section 5.1: left out where all was granted
	}
	return app, pair, nil
}

// optional are the scopes that a connection may lack: it is limited then.
func optional(scope string) bool { return scope == "media.write" }

// admit checks what was granted, asks X who granted it, and stores the account.
// A pair that is not kept is revoked.
func (c *Connector) admit(ctx context.Context, app App, pair Pair, zone string) (Account, error) {
	missing := Account{Scopes: pair.Scopes}.Lacks()
	if pair.Refresh == "" && !slices.Contains(missing, "offline.access") {
		missing = append(missing, "offline.access")
	}
	if missing = slices.DeleteFunc(missing, optional); len(missing) > 0 {
		c.Vault.revoke(ctx, app, pair)
		return Account{}, fault.New(fault.BadFlow, "X did not grant %s, without which Spool cannot publish. Nothing was stored.", strings.Join(missing, ", ")).
			Todo("In X's developer console open the app's User authentication settings and give it the permissions “Read and write”. Then start again.")
	}
	asked, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	id, username, name, err := c.Users.Who(asked, pair.Access)
	if err == nil && !post.ValidID(id) {
		err = fmt.Errorf("the user id %.40q is not one of X's", id)
	}
	if err != nil {
		c.Vault.revoke(ctx, app, pair)
		reason := fault.Judge(err).Reason
		return Account{}, fault.New(fault.BadFlow, "X did not say who connected: %s Nothing was stored.", reason.Sentence).
			Todo("%s", cmp.Or(reason.Todo, "Start the connection again in a few minutes.")).Because(err)
	}
	return c.enter(ctx, app, Account{ID: id, Username: username, Name: name, Zone: zone}, pair)
}

// enter stores the account that X named, and then ends the pair that the new one
// replaces, if it was connected before.
func (c *Connector) enter(ctx context.Context, app App, who Account, pair Pair) (Account, error) {
	v := c.Vault
	writer := newWriter()
	within, cancel := context.WithTimeout(ctx, entering)
	defer cancel()
	var stored, before Account
	err := v.insist(within, func() error {
		next, err := c.recorded(within, who)
		if err != nil {
			return err
		}
		if next.Writer == writer { // stored by a try whose answer was lost
			stored = next
			return nil
		}
		before = next
		next.Username, next.Name, next.Writer = who.Username, who.Name, writer
		stored, err = c.install(within, next, pair)
		return err
	})
	if err != nil {
		v.Log.ErrorContext(ctx, "the connected account could not be stored", "account_id", who.ID, "error", err)
		return Account{}, fault.New(fault.Unavailable, "The account could not be stored.").Todo("Start the connection again in a minute.").Because(err)
	}
	if len(before.Sealed) > 0 {
		if old, err := v.open(ctx, before); err == nil {
			v.revoke(ctx, app, old)
		}
	}
	v.remember(stored, pair)
	c.cured(ctx, stored.ID, before.Rev == 0)
	v.Log.InfoContext(ctx, "connected", "account_id", stored.ID, "username", stored.Username, "scopes", stored.Scopes)
	return stored, nil
}

// recorded reads the account as it is, or makes the record of a new one, which
// starts in the zone of whoever connects it.
func (c *Connector) recorded(ctx context.Context, who Account) (Account, error) {
	snap, err := c.Vault.Store.Snapshot(ctx, who.ID)
	if fault.Is(err, fault.NotFound) {
		return Account{ID: who.ID, Zone: known(who.Zone), Limit: defaultLimit}, nil
	}
	return snap.Account, err
}

// install stores a pair of a new connection. The term that it adds ends any
// refresh of the old one.
func (c *Connector) install(ctx context.Context, a Account, pair Pair) (Account, error) {
	v := c.Vault
	sealed, err := v.seal(ctx, a.ID, a.Version+1, pair)
	if err != nil {
		return a, err
	}
	now := v.Now()
	a.UsedAt, a.ConnectedAt = now, now
	a.Lease.Term++
	return v.Store.SaveAccount(ctx, a.take(now, pair, sealed, v.Rand()))
}
