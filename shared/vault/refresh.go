package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// renew answers the account with a newer pair than snap has: its own refresh's,
// or another worker's. usedAt is when publishing asked for it; zero for the
// schedule.
func (v *Vault) renew(ctx context.Context, snap Snapshot, usedAt time.Time) (Account, error) {
	version := snap.Account.Version
	for {
		a := snap.Account
		switch now := v.Now(); {
		case a.Version != version:
			return a, nil
		case a.admitted() != nil:
			return a, a.admitted()
		case snap.App.Version == 0:
			return a, noApp{}
		case a.Lease.Owner != "" && now.Before(a.Lease.Until): // another worker refreshes it
			if err := wait(ctx, v.Config.Poll+time.Duration(v.Rand()*float64(v.Config.Poll))); err != nil {
				return a, busy{}
			}
		default:
			leased, err := v.lease(ctx, a, usedAt)
			if err == nil {
				return v.refresh(ctx, leased, snap.App)
			}
			if !fault.Is(err, fault.Conflict) {
				return a, err
			}
		}
		var err error
		if snap, err = v.Store.Snapshot(ctx, a.ID); err != nil {
			return a, err
		}
	}
}

// lease takes the account for one refresh. An owner that is still there let its
// lease run out: it may have died after X answered, so the token may be spent.
func (v *Vault) lease(ctx context.Context, a Account, usedAt time.Time) (Account, error) {
	a.Spent = a.Spent || a.Lease.Owner != ""
	a.Writer = post.NewID()
	a.Lease = Lease{Owner: a.Writer, Term: a.Lease.Term + 1, Until: v.Now().Add(v.Config.Lease)}
	if usedAt.After(a.UsedAt) {
		a.UsedAt = usedAt
	}
	return v.Store.SaveAccount(ctx, a)
}

// refresh sends the one request, and stores what came of it. It goes on when
// the caller's time is up, as long as its own lease lasts: a pair that X has
// answered is stored nowhere else.
func (v *Vault) refresh(ctx context.Context, a Account, app SealedApp) (Account, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.Config.Lease)
	defer cancel()
	old, err := v.open(ctx, a)
	if err != nil {
		return a, errors.Join(err, v.settle(ctx, a, func(a Account) Account { a.Lease.Owner = ""; return a }))
	}
	creds, err := v.openApp(ctx, app)
	if err != nil {
		return a, errors.Join(err, v.settle(ctx, a, func(a Account) Account { a.Lease.Owner = ""; return a }))
	}
	fresh, err := v.request(ctx, creds, old.Refresh)
	if err != nil {
		return v.refused(ctx, a, err)
	}
	if fresh.Refresh == "" { // never lose the one that is kept
		fresh.Refresh = old.Refresh
	}
	sealed, err := v.sealUntilDone(ctx, a, fresh)
	if err != nil {
		return a, err
	}
	now, jitter := v.Now(), v.Rand()
	stored, err := v.update(ctx, a, func(a Account) Account { return a.store(now, fresh, sealed, jitter) })
	if err != nil {
		return a, err
	}
	v.remember(stored.ID, stored.Version, fresh)
	v.Log.InfoContext(ctx, "refreshed", "account_id", a.ID, "version", stored.Version, "next", stored.RefreshAt)
	return stored, nil
}

// request trades the refresh token, within the time for one request.
func (v *Vault) request(ctx context.Context, app App, token string) (Pair, error) {
	ctx, cancel := context.WithTimeout(ctx, v.Config.Request)
	defer cancel()
	return v.Authority.Refresh(ctx, app, token)
}

// refused acts on a refresh that gave no pair.
func (v *Vault) refused(ctx context.Context, a Account, cause error) (Account, error) {
	verdict := fault.Judge(cause)
	v.Log.WarnContext(ctx, "refresh failed", "account_id", a.ID, "action", verdict.Action, "reason", verdict.Reason.Code, "failures", a.Failures+1, "error", cause)
	if verdict.Action == fault.Final {
		// The token may have been good, and another worker quicker: look first.
		snap, err := v.Store.Snapshot(ctx, a.ID)
		if err != nil {
			return a, err
		}
		if snap.Account.Version != a.Version {
			return snap.Account, nil
		}
	}
	now, jitter := v.Now(), v.Rand()
	err := v.settle(ctx, a, func(a Account) Account {
		if verdict.Action == fault.Final {
			return a.refuse(now, verdict.Reason)
		}
		return a.fail(now, verdict, jitter)
	})
	if verdict.Action == fault.Final {
		return a, errors.Join(notAdmitted{verdict.Reason}, err)
	}
	return a, errors.Join(unrefreshed{verdict, cause}, err)
}

// settle stores an outcome without a pair.
func (v *Vault) settle(ctx context.Context, a Account, change func(Account) Account) error {
	_, err := v.update(ctx, a, change)
	return err
}

// update stores a change of an account that this worker has leased, and insists
// until its lease's time is up. When somebody else changed the record meanwhile
// the change is made to theirs, as long as the lease's term is still this one.
func (v *Vault) update(ctx context.Context, a Account, change func(Account) Account) (Account, error) {
	cur := a
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		next := change(cur)
		next.Writer = a.Writer
		saved, err := v.Store.SaveAccount(ctx, next)
		if err == nil {
			return saved, nil
		}
		v.Log.WarnContext(ctx, "storing the account failed; trying again", "account_id", a.ID, "error", err)
		if fault.Is(err, fault.Conflict) {
			snap, rerr := v.Store.Snapshot(ctx, a.ID)
			switch {
			case rerr == nil && snap.Account.Lease.Term != a.Lease.Term:
				return a, fmt.Errorf("another worker has the account %s: %w", a.ID, err)
			case rerr == nil && snap.Account.Version != a.Version:
				return a, fmt.Errorf("the account %s was connected anew meanwhile: %w", a.ID, err)
			case rerr == nil:
				cur = snap.Account
			}
		}
		if werr := wait(ctx, pause); werr != nil {
			return a, fmt.Errorf("store account %s: %w", a.ID, err)
		}
	}
}

// sealUntilDone insists on sealing a pair that X has just handed out.
func (v *Vault) sealUntilDone(ctx context.Context, a Account, p Pair) ([]byte, error) {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		sealed, err := v.seal(ctx, a, p)
		if err == nil {
			return sealed, nil
		}
		v.Log.WarnContext(ctx, "sealing failed; trying again", "account_id", a.ID, "error", err)
		if wait(ctx, pause) != nil {
			return nil, err
		}
	}
}

// openApp opens the X app's credentials.
func (v *Vault) openApp(ctx context.Context, sealed SealedApp) (App, error) {
	if sealed.Version == 0 {
		return App{}, noApp{}
	}
	plain, err := v.Seal.Open(ctx, sealed.Sealed, appBinding(sealed.Version))
	if err != nil {
		return App{}, fmt.Errorf("open the X app's credentials: %w", err)
	}
	var app App
	if err := json.Unmarshal(plain, &app); err != nil {
		return App{}, errors.New("the X app's credentials are not in the form that Spool writes")
	}
	return app, nil
}

// noApp is the error before the X app's credentials are given: for a caller of
// the API a fault, for a post a reason to wait.
type noApp struct{}

const noAppTodo = "Give the client id and secret of the X app: PUT /v1/app."

func (noApp) Error() string { return "the X app's credentials are not set" }
func (noApp) Unwrap() error {
	return fault.New(fault.NotSetUp, "Spool does not know the X app yet.").Todo(noAppTodo)
}
func (noApp) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopeApp, Action: fault.Pause, Reason: fault.Reason{
		Code: "app_not_set_up", Sentence: "Spool does not know the X app yet.", Todo: noAppTodo,
	}}
}

// unrefreshed is the error of a refresh that may work later.
type unrefreshed struct {
	verdict fault.Verdict
	cause   error
}

func (e unrefreshed) Error() string          { return "refresh: " + e.cause.Error() }
func (e unrefreshed) Unwrap() error          { return e.cause }
func (e unrefreshed) Verdict() fault.Verdict { return e.verdict }

// busy is the error of one who waited for another's refresh in vain.
type busy struct{}

func (busy) Error() string { return "another worker is still refreshing the account" }
func (busy) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Retry, Reason: fault.Reason{
		Code: "refreshing", Sentence: "The account's tokens are being refreshed.",
	}}
}

// wait waits, unless the context ends first.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
