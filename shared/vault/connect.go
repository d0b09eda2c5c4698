package vault

import (
	"context"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/tweet"
)

// Connect stores the pair of a new connection for the account that X named, until
// ctx ends, and then ends the pair that it replaces. An account that was connected
// before keeps its record, with its user's names as they are now; a new one is as who is.
func (v *Vault) Connect(
	ctx context.Context, app App, who account.Account, pair Pair,
) (stored account.Account, isNew bool, err error) {
	writer := account.NewWriter()
	var before account.Account
	err = v.retryUntilDeadline(ctx, func() error {
		next, err := v.recorded(ctx, who)
		if err != nil {
			return err
		}
		if next.Writer == writer { // stored by a try whose answer was lost
			stored = next
			return nil
		}
		before = next
		next.Username, next.Name, next.Writer = who.Username, who.Name, writer
		sealed, err := v.seal(ctx, next.ID, next.Version+1, pair)
		if err != nil {
			return err
		}
		stored, err = v.Store.SaveAccount(ctx, next.Connect(v.Now(), pair.as(sealed), v.Rand()))
		return err
	})
	if err != nil {
		v.Log.ErrorContext(ctx, "the connected account could not be stored", "account_id", who.ID, "error", err)
		return account.Account{}, false, err
	}
	if len(before.Sealed) > 0 {
		if old, err := v.open(ctx, before); err == nil {
			v.Revoke(ctx, app, old)
		}
	}
	v.cachePair(stored, pair)
	v.observe(func(o Observer) { o.AccountStored(ctx, before, stored) })
	v.Log.InfoContext(ctx, "connected", "account_id", stored.ID, "username", stored.Username, "scopes", stored.Scopes)
	return stored, before.Rev == 0, nil
}

// recorded reads the account as it is, or makes the record of a new one.
func (v *Vault) recorded(ctx context.Context, who account.Account) (account.Account, error) {
	snap, err := v.Store.Snapshot(ctx, who.ID)
	if fault.Is(err, fault.NotFound) {
		return account.Account{ID: who.ID, Zone: who.Zone, Limit: tweet.StandardLimit}, nil
	}
	return snap.Account, err
}
