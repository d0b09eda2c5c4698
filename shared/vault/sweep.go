package vault

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
)

// Schedule knows what is due.
type Schedule interface {
	// Expiring gives the accounts of one shard for which something is due by a
	// time, most urgent first. It reads an index and what that names, page by page
	// as they are taken: never all accounts. What it gives may be out of date;
	// then saving it conflicts. In the place of an account that this version of Spool
	// does not understand comes a fault of code Newer, and the others follow.
	Expiring(ctx context.Context, shard int, until time.Time) iter.Seq2[account.Account, error]
	// App reads the X app's credentials; Version 0 says that there are none.
	App(ctx context.Context) (account.SealedApp, error)
}

// Sweeper refreshes what is due on schedule.
type Sweeper struct {
	Vault    *Vault
	Schedule Schedule
	Shards   int
	// Reserve is the time that is kept for the refreshes under way: no new one
	// begins when the invocation has less left.
	Reserve time.Duration
}

// SweepWorkers is how many refreshes go on at a time. Each waits for X nearly all
// of its time.
const SweepWorkers = 16

// Sweep refreshes the accounts that are due, most urgent first. What it does not
// get to stays in the index for the next round.
func (s *Sweeper) Sweep(ctx context.Context) error {
	due, err := s.sweep(ctx)
	if err == nil { // a round that failed is no sign of life
		s.Vault.observe(func(o Observer) { o.Swept(ctx, due) })
	}
	return err
}

// sweep is a round. It tells for how many accounts something was due.
func (s *Sweeper) sweep(ctx context.Context) (due int, err error) {
	app, err := s.Schedule.App(ctx)
	if err != nil || app.Version == 0 {
		return 0, err
	}
	work := make(chan account.Account)
	var wg sync.WaitGroup
	for range SweepWorkers {
		wg.Go(func() {
			for a := range work {
				s.one(ctx, a, app)
			}
		})
	}
	defer wg.Wait()
	defer close(work)
	return s.collect(ctx, work)
}

// collect hands out what is due, while there is time: of each shard in turn, so that those
// of the last ones do not wait for all others.
func (s *Sweeper) collect(ctx context.Context, work chan<- account.Account) (due int, err error) {
	var errs []error
	now, shards := s.Vault.Now(), map[int]func() (account.Account, error, bool){}
	for n := range s.Shards {
		next, stop := iter.Pull2(s.Schedule.Expiring(ctx, n, now))
		defer stop()
		shards[n] = next
	}
	for len(shards) > 0 {
		for n := range s.Shards {
			next, ok := shards[n]
			if !ok {
				continue
			}
			a, err, more := next()
			switch {
			case fault.Is(err, fault.Newer):
				s.Vault.Log.WarnContext(ctx, "an account is left to a newer version of Spool", "error", err)
			case !more || err != nil:
				errs = append(errs, err)
				delete(shards, n)
			case !s.time(ctx):
				s.Vault.Log.WarnContext(ctx, "out of time; the next round goes on", "due", due)
				return due, errors.Join(errs...)
			default:
				work <- a
				due++
			}
		}
	}
	return due, errors.Join(errs...)
}

// one does what is due for an account. The index lags, and another worker may
// have come first.
func (s *Sweeper) one(ctx context.Context, a account.Account, app account.SealedApp) {
	v, now := s.Vault, s.Vault.Now()
	if a.RefreshAt.IsZero() || a.RefreshAt.After(now) || a.Leased(now) {
		return
	}
	var err error
	if a.Health == account.Disconnected {
		_, err = v.Disconnect(ctx, a.ID)
	} else {
		_, err = v.renew(ctx, account.Snapshot{Account: a, App: app}, time.Time{})
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		v.Log.WarnContext(ctx, "the account was not refreshed", "account_id", a.ID, "error", err)
	}
}

// time reports whether there is time to begin another refresh.
func (s *Sweeper) time(ctx context.Context) bool {
	end, bounded := ctx.Deadline()
	return !bounded || time.Until(end) > s.Reserve
}
