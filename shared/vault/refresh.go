package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"spool/shared/account"
	"spool/shared/clock"
	"spool/shared/fault"
)

// renew answers the account with a newer pair than snap has: its own refresh's,
// or another worker's. usedAt is when publishing asked for it; zero for the
// schedule.
func (v *Vault) renew(ctx context.Context, snap account.Snapshot, usedAt time.Time) (account.Account, error) {
	version := snap.Account.Version
	for {
		a, now := snap.Account, v.Now()
		unusable := a.Usable(now)
		verdict, waits := a.Waits(now)
		switch {
		case unusable != nil:
			return a, unusable
		case a.Version != version:
			return a, nil
		case snap.App.Version == 0:
			return a, noApp{}
		case waits:
			return a, unrefreshed{verdict: verdict}
		case a.Leased(now):
			if v.poll(ctx) != nil {
				return a, busy{"another worker is still refreshing the account"}
			}
		default:
			leased, err := v.claim(ctx, a, usedAt)
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

// poll waits before the next look at another worker's refresh.
func (v *Vault) poll(ctx context.Context) error {
	return clock.Sleep(ctx, v.Config.Poll+time.Duration(v.Rand()*float64(v.Config.Poll)))
}

// claim takes the account for one refresh, for which there must be time: a
// worker that is killed between X's answer and the store loses the pair. Storing
// under the revision that was read is the second look that a lease needs.
//
// A write that failed may have happened all the same, and would keep everybody out
// until the lease ends. So the same is written once more, which finds that.
func (v *Vault) claim(ctx context.Context, a account.Account, usedAt time.Time) (account.Account, error) {
	a = a.Claim(account.NewWriter(), v.Now().Add(v.Config.Lease))
	if usedAt.After(a.UsedAt) {
		a.UsedAt = usedAt
	}
	var failed error
	for range 2 {
		if end, bounded := ctx.Deadline(); bounded && time.Until(end) < v.Config.Request+v.Config.Storing {
			return a, errors.Join(busy{"there is no time left for a refresh"}, failed)
		}
		claimed, err := v.Store.SaveAccount(ctx, a)
		if err == nil || fault.Is(err, fault.Conflict) {
			return claimed, err
		}
		failed = err
	}
	return a, failed
}

// refresh sends the one request, and stores what came of it. It goes on when
// the caller's time is up, as long as its own lease lasts: a pair that X has
// answered is stored nowhere else.
func (v *Vault) refresh(ctx context.Context, a account.Account, app account.SealedApp) (account.Account, error) {
	ctx, cancel := v.detach(ctx)
	defer cancel()
	old, creds, err := v.openBoth(ctx, a, app)
	if err == nil && a.Spent {
		err = v.recheck(ctx, a)
	}
	if err == nil && v.Now().Add(v.Config.Request).After(a.Lease.Until) {
		// The lease may end before X answers, and another use the token by then.
		err = busy{"the worker was held up before the request left"}
	}
	if err != nil {
		if _, waits := errors.AsType[busy](err); !waits {
			v.observe(func(o Observer) { o.Refreshed(ctx, a, a, err) })
		}
		stored, rerr := v.saveOutcome(ctx, a, account.Account.Release)
		if stored.Version != a.Version {
			return stored, stored.Usable(v.Now())
		}
		return a, errors.Join(err, rerr)
	}
	issued, err := v.request(ctx, creds, old.Refresh)
	if err != nil {
		return v.refused(ctx, a, err)
	}
	if issued.Refresh == "" { // never lose the one that is kept
		issued.Refresh = old.Refresh
	}
	stored, err := v.storePair(ctx, a, issued)
	if errors.Is(err, errOvertaken) {
		if stored.Health == account.Disconnected { // by its owner, and nobody else knows this pair
			v.Revoke(ctx, creds, issued)
		}
		return stored, stored.Usable(v.Now())
	}
	if err != nil {
		return a, err
	}
	v.observe(func(o Observer) { o.Refreshed(ctx, a, stored, nil) })
	return stored, nil
}

// recheck looks once more before a token is sent that may be spent. The worker
// before, whose lease ran out, may be alive after all and store its pair late.
func (v *Vault) recheck(ctx context.Context, a account.Account) error {
	snap, err := v.Store.Snapshot(ctx, a.ID)
	if err == nil && snap.Account.Version != a.Version {
		return busy{"the worker before stored its pair late"}
	}
	return err
}

// detach gives a refresh time of its own: its lease's, or the caller's where
// that is more.
func (v *Vault) detach(ctx context.Context) (context.Context, context.CancelFunc) {
	end := time.Now().Add(v.Config.Lease)
	if later, bounded := ctx.Deadline(); bounded && later.After(end) {
		end = later
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}

// openBoth opens the account's pair and the app's credentials.
func (v *Vault) openBoth(ctx context.Context, a account.Account, app account.SealedApp) (Pair, App, error) {
	p, err := v.open(ctx, a)
	if err != nil {
		return Pair{}, App{}, err
	}
	creds, err := v.App(ctx, app)
	return p, creds, err
}

// request trades the refresh token, within the time for one request.
func (v *Vault) request(ctx context.Context, app App, token string) (Pair, error) {
	ctx, cancel := context.WithTimeout(ctx, v.Config.Request)
	defer cancel()
	return v.Authority.Refresh(ctx, app, token)
}

// storePair seals and stores a pair that X has just handed out, until its time is up.
func (v *Vault) storePair(ctx context.Context, a account.Account, p Pair) (account.Account, error) {
	var sealed []byte
	err := v.retryUntilDeadline(ctx, func() (err error) {
		sealed, err = v.seal(ctx, a.ID, a.Version+1, p)
		return err
	})
	if err != nil {
		return a, err
	}
	now, jitter := v.Now(), v.Rand()
	stored, err := v.saveOutcome(ctx, a, func(a account.Account) account.Account {
		return a.Refreshed(now, p.as(sealed), jitter)
	})
	if err == nil {
		v.cachePair(stored, p)
	}
	return stored, err
}

// refused acts on a refresh that gave no pair. Where the store has a newer pair
// by now, another worker was quicker, and X's refusal says nothing: the write is
// conditional on the record that the token was read from.
func (v *Vault) refused(ctx context.Context, a account.Account, cause error) (account.Account, error) {
	verdict := fault.Judge(cause)
	now, jitter := v.Now(), v.Rand()
	stored, err := v.saveOutcome(ctx, a, func(a account.Account) account.Account {
		if verdict.Action == fault.Final {
			return a.Refuse(now, verdict.Reason)
		}
		return a.Fail(now, verdict, jitter)
	})
	v.observe(func(o Observer) { o.Refreshed(ctx, a, stored, cause) })
	if out := stored.Usable(now); out != nil {
		return stored, out
	}
	if stored.Version != a.Version {
		return stored, nil
	}
	if err == nil {
		verdict.Until = stored.RefreshAt
	}
	if verdict.Action == fault.Final { // not stored, so whoever comes next has the last word
		verdict.Action = fault.Retry
	}
	return a, errors.Join(unrefreshed{verdict, cause}, err)
}

// observe tells the observer, where there is one.
func (v *Vault) observe(tell func(Observer)) {
	if v.Observer != nil {
		tell(v.Observer)
	}
}

// errOvertaken says that what a worker found out is not to be stored: the
// account has another pair by now, or none, or another worker's outcome counts.
var errOvertaken = errors.New("the account changed under this worker")

// saveOutcome stores the outcome of what a worker did with the pair that a has, and
// tries until its time is up. Where the record changed meanwhile:
//
//   - With another pair in it, or disconnected, the outcome is void.
//   - A new pair counts even if the lease was lost. X rotated the old pair once,
//     and this is what came of it; whoever holds the lease now can only be refused.
//   - Any other outcome counts only under the lease.
//
// With errOvertaken comes the record as it is.
func (v *Vault) saveOutcome(
	ctx context.Context, a account.Account, outcome func(account.Account) account.Account,
) (account.Account, error) {
	cur := a
	var overtaken bool
	err := v.retryUntilDeadline(ctx, func() error {
		for {
			next := outcome(cur)
			next.Writer = a.Lease.Owner
			mine, newPair := cur.Lease.Term == a.Lease.Term, next.Version > a.Version
			ended := cur.Health == account.Disconnected && a.Health != account.Disconnected
			if overtaken = ended || cur.Version != a.Version || !mine && !newPair; overtaken {
				return nil
			}
			if !mine {
				next.Lease = cur.Lease
			}
			saved, err := v.Store.SaveAccount(ctx, next)
			if err == nil {
				cur = saved
				return nil
			}
			if !fault.Is(err, fault.Conflict) {
				return fmt.Errorf("store account %s: %w", a.ID, err)
			}
			snap, err := v.Store.Snapshot(ctx, a.ID)
			if err != nil {
				return err
			}
			cur = snap.Account
		}
	})
	if overtaken {
		err = errOvertaken
	}
	return cur, err
}

// retryUntilDeadline tries until it works, or the time is up.
func (v *Vault) retryUntilDeadline(ctx context.Context, do func() error) error {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := do()
		if err == nil {
			return nil
		}
		v.Log.WarnContext(ctx, "trying again", "error", err)
		if clock.Sleep(ctx, pause) != nil {
			return err
		}
	}
}

// Revoke tells X to end a pair that is not kept. That it fails is only logged:
// the pair is known nowhere any more.
func (v *Vault) Revoke(ctx context.Context, app App, p Pair) {
	if err := v.endAccess(ctx, app, p); err != nil {
		v.Log.WarnContext(ctx, "a pair that is not kept could not be revoked", "error", err)
	}
}

// endAccess revokes both tokens of a pair. A token that X does not know is as good
// as revoked.
func (v *Vault) endAccess(ctx context.Context, app App, p Pair) error {
	ctx, cancel := context.WithTimeout(ctx, v.Config.Request)
	defer cancel()
	for _, token := range []string{p.Refresh, p.Access} {
		if token == "" {
			continue
		}
		if err := v.Authority.Revoke(ctx, app, token); err != nil && fault.Judge(err).Action != fault.Final {
			return err
		}
	}
	return nil
}
