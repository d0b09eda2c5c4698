package vault

import (
	"context"
	"fmt"

	"spool/shared/fault"
	"spool/shared/post"
)

// This file is what lets everything go on that waits, once its cause is cleared:
// somebody says so, or the cure itself shows it.

// Waiting are the posts that wait for an account, or for the app.
type Waiting interface {
	// GoOn has the posts of an account go on that are paused; when the id is empty,
	// those of all accounts. What still holds one of them makes it wait again.
	GoOn(ctx context.Context, accountID string) error
}

// Pauses reads the pauses that hold accounts now, and the app's under the empty id.
func (c *Connector) Pauses(ctx context.Context, accountIDs []string) (map[string]Pause, error) {
	all, err := c.Registry.Pauses(ctx, accountIDs)
	for id, p := range all {
		if !c.Vault.Now().Before(p.Until) {
			delete(all, id)
		}
	}
	return all, err
}

// Resume ends the app's pause, and the waits of accounts whose tokens X did not
// renew, at once: whoever was to clear what X refused says so. The first request
// that X takes or refuses shows whether that is so.
func (c *Connector) Resume(ctx context.Context) error {
	if err := c.lift(ctx, ""); err != nil {
		return err
	}
	accounts, err := c.Registry.Accounts(ctx)
	if err != nil || len(accounts) == 0 {
		return err // without an account nothing waits
	}
	for _, a := range accounts {
		if a.Health == Connected && a.Failures > 0 {
			if err := c.tryAgain(ctx, a.ID); err != nil {
				return err
			}
		}
	}
	return c.goOn(ctx, "")
}

// ResumeAccount ends an account's pause at once, as [Connector.Resume] does the
// app's. An account that X does not let in at all is a fault of code Reconnect.
func (c *Connector) ResumeAccount(ctx context.Context, accountID string) error {
	snap, err := c.Vault.Store.Snapshot(ctx, accountID)
	if err != nil {
		return err
	}
	if err := snap.Account.admitted(c.Vault.Now()); err != nil {
		return fault.New(fault.Reconnect, "%s", err.Error()).Todo("Connect the account again; its posts then go on by themselves.").At("id")
	}
	if err := c.lift(ctx, accountID); err != nil {
		return err
	}
	if err := c.tryAgain(ctx, accountID); err != nil {
		return err
	}
	return c.goOn(ctx, accountID)
}

// cured follows a connection that X has just allowed: it ends the account's pause,
// and the app's where that was for what the connection disproves. The account is
// connected whatever comes of this; what is not ended now ends at its time. For an
// account that is new nothing waits.
func (c *Connector) cured(ctx context.Context, accountID string, isNew bool) {
	err := c.lift(ctx, accountID)
	which, waits := accountID, !isNew
	if all, rerr := c.Registry.Pauses(ctx, nil); err == nil && rerr == nil {
		switch all[""].Reason.TodoCode() {
		case fault.TodoConnect, fault.TodoSetApp:
			which, waits, err = "", true, c.lift(ctx, "")
		default:
		}
	}
	if err == nil && waits {
		err = c.goOn(ctx, which)
	}
	if err != nil {
		c.Vault.Log.WarnContext(ctx, "what waited for the account goes on at its time only", "account_id", accountID, "error", err)
	}
}

// lift ends the pause of an account, or of the app when the id is empty. A limit of
// X's for an account is not lifted: it ends at its time, whatever anybody says.
func (c *Connector) lift(ctx context.Context, accountID string) error {
	for {
		all, err := c.Registry.Pauses(ctx, []string{accountID})
		p := all[accountID]
		if err != nil || p.Until.IsZero() || accountID != "" && p.Sub == string(post.RateLimited) {
			return err
		}
		if err = c.Vault.Store.SavePause(ctx, accountID, Pause{Rev: p.Rev}); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

// tryAgain ends the wait after a refresh that failed, and forgets why it did: the
// next post, or the schedule, asks X at once.
func (c *Connector) tryAgain(ctx context.Context, accountID string) error {
	for {
		snap, err := c.Vault.Store.Snapshot(ctx, accountID)
		if err != nil {
			return err
		}
		a, now := snap.Account, c.Vault.Now()
		if a.Health != Connected || a.Failures == 0 || a.Reason == nil || a.leased(now) {
			return nil
		}
		a.RefreshAt, a.Reason, a.Writer = now, nil, newWriter()
		if _, err = c.Vault.Store.SaveAccount(ctx, a); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

// goOn has the posts go on that wait for an account, or for the app.
func (c *Connector) goOn(ctx context.Context, accountID string) error {
	if c.Waiting == nil {
		return nil
	}
	if err := c.Waiting.GoOn(ctx, accountID); err != nil {
		return fmt.Errorf("have what waits go on: %w", err)
	}
	return nil
}
