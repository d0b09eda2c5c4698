package vault

import (
	"context"
	"errors"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
)

// probing is how long one probe of the app may take before another may try.
const probing = 2 * time.Minute

// Pause implements [publish.Accounts]. A later end wins over an earlier one.
//
// A refusal of the app often meets many workers at once. The first of them
// pauses it; the others find it paused. Only a probe that is refused again
// doubles the wait.
func (v *Vault) Pause(ctx context.Context, s publish.Session, p publish.Pause) (until time.Time, err error) {
	for range 3 {
		until, err = v.pause(ctx, s, p)
		if !fault.Is(err, fault.Conflict) {
			return until, err
		}
	}
	return until, nil // other workers store the same pause at the same moment
}

// pause is one try to store a pause.
func (v *Vault) pause(ctx context.Context, s publish.Session, p publish.Pause) (until time.Time, err error) {
	snap, err := v.Store.Snapshot(ctx, s.AccountID)
	if err != nil {
		return time.Time{}, err
	}
	now, id, old := v.Now(), s.AccountID, snap.AccountPause
	next := account.Pause{Until: p.Until, Sub: string(p.Sub), Reason: p.Reason}
	if p.Scope == fault.ScopeApp {
		id, old = "", snap.AppPause
		if p.Sub == post.Paused {
			next.Count = old.Count + 1
			next.Until = now.Add(probeAfter(old.Count, p.Until.Sub(now)))
		}
	}
	if known := !s.Probe && id == "" && old.Holds(now); known || old.Until.After(next.Until) {
		return old.Until, nil
	}
	next = old.Begin(now, id, next)
	if err = v.Store.SavePause(ctx, id, next); err == nil {
		v.observe(func(o Observer) { o.Paused(ctx, id, next) })
	}
	return next.Until, err
}

// probeCeiling is the longest wait before the next probe of the app. It is no longer
// than waiting posts are looked for when somebody ends the pause.
const probeCeiling = min(6*time.Hour, post.LongestWait)

// probeAfter doubles the wait before the next probe of the app, to six hours.
func probeAfter(count int, first time.Duration) time.Duration {
	return min(first<<min(count, 6), max(first, probeCeiling))
}

// pauses reports whether a pause holds the account. When the app's pause has run
// out, exactly one caller is let through to probe it.
func (v *Vault) pauses(ctx context.Context, snap account.Snapshot) (s publish.Session, waits bool, err error) {
	now, app, acc := v.Now(), snap.AppPause, snap.AccountPause
	switch {
	case app.Holds(now):
		s.Pause = stored(fault.ScopeApp, app)
	case acc.Holds(now):
		s.Pause = stored(fault.ScopeAccount, acc)
	case app.Until.IsZero():
		s.Recovers = acc.Told
		return s, false, nil
	default:
		mine := app
		mine.Until = now.Add(probing)
		switch err := v.Store.SavePause(ctx, "", mine); {
		case err == nil:
			s.Probe = true
			return s, false, nil
		case !fault.Is(err, fault.Conflict):
			return s, false, err
		}
		s.Pause = stored(fault.ScopeApp, mine)
	}
	return s, true, nil
}

// stored gives a pause in the publisher's words.
func stored(scope fault.Scope, p account.Pause) *publish.Pause {
	return &publish.Pause{Scope: scope, Until: p.Until, Sub: post.SubStatus(p.Sub), Reason: p.Reason}
}

// ProbeSucceeded implements [publish.Accounts]: X took a request, so the app's pause is over,
// and the account's.
func (v *Vault) ProbeSucceeded(ctx context.Context, s publish.Session) error {
	snap, err := v.Store.Snapshot(ctx, s.AccountID)
	if err != nil {
		return err
	}
	now := v.Now()
	if app := snap.AppPause; s.Probe {
		if err = v.Store.SavePause(ctx, "", app.Lift(now, "")); err == nil {
			v.observe(func(o Observer) { o.Resumed(ctx, "") })
		}
	}
	if own := snap.AccountPause; own.Told && !own.Holds(now) {
		err = errors.Join(err, v.Store.SavePause(ctx, s.AccountID, own.Lift(now, s.AccountID)))
	}
	return err
}
