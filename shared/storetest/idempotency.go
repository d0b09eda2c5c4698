package storetest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/idempotency"
)

// IdempotencyRecords holds a store of repeatable requests to its contract.
func IdempotencyRecords(t *testing.T, s idempotency.Records) {
	ctx := context.Background()
	r := FullIdempotencyRecord()
	r.Sealed, r.Answer, r.Rev, r.Writer = nil, nil, 0, "first"
	t.Run("an unknown request is not found", func(t *testing.T) {
		if _, err := s.IdempotencyRecord(ctx, "404"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want not_found", err)
		}
	})
	t.Run("what is stored comes back as it was", func(t *testing.T) {
		var err error
		if r, err = s.SaveIdempotencyRecord(ctx, r); err != nil || r.Rev != 1 {
			t.Fatalf("revision %d, %v", r.Rev, err)
		}
		r.Sealed, r.Answer = FullIdempotencyRecord().Sealed, FullIdempotencyRecord().Answer
		if r, err = s.SaveIdempotencyRecord(ctx, r); err != nil || r.Rev != 2 {
			t.Fatalf("revision %d, %v", r.Rev, err)
		}
		if got, err := s.IdempotencyRecord(ctx, r.ID); err != nil || !cmp.Equal(r, got) {
			t.Errorf("%v; it differs (-want +got):\n%s", err, cmp.Diff(r, got))
		}
	})
	t.Run("of two writers the second is told", func(t *testing.T) {
		for _, rev := range []int64{0, 1} {
			late := r
			late.Rev, late.Writer = rev, "second"
			if _, err := s.SaveIdempotencyRecord(ctx, late); !fault.Is(err, fault.Conflict) {
				t.Errorf("revision %d: got %v, want conflict", rev, err)
			}
		}
	})
	t.Run("a writer recognises its own write", func(t *testing.T) {
		again := r
		again.Rev--
		if got, err := s.SaveIdempotencyRecord(ctx, again); err != nil || got.Rev != r.Rev {
			t.Errorf("got revision %d, %v", got.Rev, err)
		}
	})
}

var _ idempotency.Records = (*Memory)(nil)

// IdempotencyRecord implements [idempotency.Records].
func (m *Memory) IdempotencyRecord(_ context.Context, id string) (idempotency.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.idempotencyRecords[id]
	if !ok {
		return r, fault.New(fault.NotFound, "There is no such request.")
	}
	return r, nil
}

// SaveIdempotencyRecord implements [idempotency.Records].
func (m *Memory) SaveIdempotencyRecord(_ context.Context, r idempotency.Record) (idempotency.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.idempotencyRecords == nil {
		m.idempotencyRecords = map[string]idempotency.Record{}
	}
	return swap(m.idempotencyRecords, r.ID, r, func(r *idempotency.Record) (*int64, *string) { return &r.Rev, &r.Writer })
}
