package vault

import (
	"context"
	"errors"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
)

// Patience is how long somebody who disconnects an account waits for a refresh.
const Patience = 8 * time.Second

// Disconnect ends an account's connection: from the first write on nothing is
// sent for it, then X is told, then the pair is destroyed. Posts that are
// scheduled wait and say why; what is out, and its history, stays.
//
// Where X cannot be told, the account that comes back still has its pair and a
// Reason, and the schedule goes on trying. Disconnecting again tries at once.
func (v *Vault) Disconnect(ctx context.Context, accountID string) (account.Account, error) {
	patient, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	for {
		snap, err := v.Store.Snapshot(ctx, accountID)
		if err != nil {
			return account.Account{}, err
		}
		a, now := snap.Account, v.Now()
		switch {
		case len(a.Sealed) == 0:
			return a, nil // that is done
		case a.Leased(now): // a refresh: its pair would outlive the one that is revoked
			if err := v.poll(patient); err != nil {
				return a, busy{"another worker is still refreshing the account"}
			}
			continue
		}
		before := a
		a, err = v.Store.SaveAccount(ctx, a.Claim(account.NewWriter(), now.Add(v.Config.Lease)).Disconnect(now))
		if fault.Is(err, fault.Conflict) {
			continue
		}
		if err != nil {
			return a, err
		}
		v.observe(func(o Observer) { o.AccountStored(ctx, before, a) })
		v.Log.InfoContext(ctx, "disconnected", "account_id", a.ID)
		return v.revokeAndDestroy(ctx, a, snap.App)
	}
}

// revokeAndDestroy tells X to end the access of a disconnected account, and destroys the
// pair.
func (v *Vault) revokeAndDestroy(
	ctx context.Context, a account.Account, app account.SealedApp,
) (account.Account, error) {
	ctx, cancel := v.detach(ctx)
	defer cancel()
	p, creds, err := v.openBoth(ctx, a, app)
	if err == nil {
		err = v.endAccess(ctx, creds, p)
	}
	now, jitter := v.Now(), v.Rand()
	outcome := account.Account.Destroy
	if err != nil {
		v.Log.WarnContext(ctx, "X could not be told to end the access; trying again later", "account_id", a.ID, "error", err)
		verdict := fault.Verdict{Action: fault.Retry, Reason: fault.ReasonRevokePending.Reason()}
		if j, ok := errors.AsType[fault.Judged](err); ok {
			verdict.Until, verdict.Reason.Detail = j.Verdict().Until, j.Verdict().Reason.Sentence
		}
		outcome = func(a account.Account) account.Account { return a.Fail(now, verdict, jitter) }
	}
	stored, err := v.saveOutcome(ctx, a, outcome)
	if errors.Is(err, errOvertaken) {
		err = nil // connected again meanwhile, or another worker is at it
	}
	return stored, err
}
