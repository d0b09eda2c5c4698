package vault

import (
	"context"
	"errors"
	"sync"
	"time"

	"spool/shared/fault"
)

// Expiring finds the accounts whose pair is to be refreshed.
type Expiring interface {
	// Expiring gives the ids of one shard that are due until a time, most urgent
	// first, and at most limit. It reads an index, never all accounts.
	Expiring(ctx context.Context, shard int, until time.Time, limit int) ([]string, error)
}

// Sweeper refreshes what is due on schedule.
type Sweeper struct {
	Vault  *Vault
	Index  Expiring
	Shards int
	// Reserve is the time that is kept for the refreshes under way: no new one
	// begins when the invocation has less left.
	Reserve time.Duration
}

const (
	sweepBatch   = 100 // accounts of a shard that one read answers
	sweepWorkers = 4   // refreshes at a time
)

// Sweep refreshes the accounts that are due, most urgent first. What it does not
// get to stays in the index for the next round.
func (s *Sweeper) Sweep(ctx context.Context) error {
	work := make(chan string)
	var wg sync.WaitGroup
	for range sweepWorkers {
		wg.Go(func() {
			for id := range work {
				s.one(ctx, id)
			}
		})
	}
	var errs []error
	now := s.Vault.Now()
	for shard := range s.Shards {
		if !s.time(ctx) {
			break
		}
		ids, err := s.Index.Expiring(ctx, shard, now, sweepBatch)
		if err != nil {
			errs = append(errs, err)
		}
		for _, id := range ids {
			if !s.time(ctx) {
				break
			}
			work <- id
		}
	}
	close(work)
	wg.Wait()
	return errors.Join(errs...)
}

// one refreshes an account, unless that is not due any more: the index lags.
func (s *Sweeper) one(ctx context.Context, id string) {
	snap, err := s.Vault.Store.Snapshot(ctx, id)
	if err == nil && (snap.Account.RefreshAt.IsZero() || snap.Account.RefreshAt.After(s.Vault.Now())) {
		return
	}
	if err == nil {
		_, err = s.Vault.renew(ctx, snap, time.Time{})
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		s.Vault.Log.WarnContext(ctx, "the account was not refreshed", "account_id", id, "error", err)
	}
}

// time reports whether there is time to begin another refresh.
func (s *Sweeper) time(ctx context.Context) bool {
	end, bounded := ctx.Deadline()
	return !bounded || time.Until(end) > s.Reserve
}
