package storetest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/access"
	"spool/shared/fault"
)

// Keys holds a store of keys to its contract. The store has no keys.
func Keys(t *testing.T, s access.Store) {
	ctx := context.Background()
	full := FullKey()
	bare := access.Key{ID: "a", Name: "page", Hash: "i", Scopes: []access.Scope{access.Admin}, CreatedAt: start}
	t.Run("an unknown key is not found", func(t *testing.T) {
		if _, err := s.Key(ctx, "404"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want not_found", err)
		}
		if err := s.DropKey(ctx, "404"); !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v, want not_found", err)
		}
		if err := s.TouchKey(ctx, "404", start); err != nil {
			t.Error(err)
		}
		if _, err := s.Key(ctx, "404"); !fault.Is(err, fault.NotFound) {
			t.Errorf("noting its use made a key (%v)", err)
		}
	})
	t.Run("what is stored comes back as it was", func(t *testing.T) {
		for _, k := range []access.Key{full, bare} {
			if err := s.PutKey(ctx, k); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Key(ctx, k.ID); err != nil || !cmp.Equal(k, got) {
				t.Errorf("%v; it differs (-want +got):\n%s", err, cmp.Diff(k, got))
			}
		}
	})
	t.Run("a key is never replaced", func(t *testing.T) {
		other := full
		other.Hash = strings.Repeat("0", 64)
		if err := s.PutKey(ctx, other); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v, want conflict", err)
		}
		if got, err := s.Key(ctx, full.ID); err != nil || got.Hash != full.Hash {
			t.Errorf("its hash is %s, %v", got.Hash, err)
		}
	})
	t.Run("the same key stored twice is stored once", func(t *testing.T) {
		if err := s.PutKey(ctx, full); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a use is noted", func(t *testing.T) {
		bare.UsedAt = start.Add(2 * time.Hour)
		if err := s.TouchKey(ctx, bare.ID, bare.UsedAt); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Key(ctx, bare.ID); err != nil || !cmp.Equal(bare, got) {
			t.Errorf("%v; it differs (-want +got):\n%s", err, cmp.Diff(bare, got))
		}
	})
	t.Run("keys are listed by id, and gone once they are dropped", func(t *testing.T) {
		for _, want := range [][]access.Key{{bare, full}, {bare}, nil} {
			got, err := s.Keys(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the list differs (-want +got):\n%s", diff)
			}
			if len(want) > 0 {
				if err := s.DropKey(ctx, want[len(want)-1].ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

var _ access.Store = (*Memory)(nil)

// PutKey implements [access.Store].
func (m *Memory) PutKey(_ context.Context, k access.Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if stored, ok := m.keys[k.ID]; ok {
		if stored.Hash == k.Hash {
			return nil
		}
		return conflict()
	}
	if m.keys == nil {
		m.keys = map[string]access.Key{}
	}
	m.keys[k.ID] = k
	return nil
}

// Key implements [access.Finder].
func (m *Memory) Key(_ context.Context, id string) (access.Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.keys[id]
	if !ok {
		return k, fault.New(fault.NotFound, "There is no key %q.", id)
	}
	return k, nil
}

// Keys implements [access.Store].
func (m *Memory) Keys(context.Context) (all []access.Key, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.keys {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b access.Key) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// DropKey implements [access.Store].
func (m *Memory) DropKey(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.keys[id]; !ok {
		return fault.New(fault.NotFound, "There is no key %q.", id)
	}
	delete(m.keys, id)
	return nil
}

// TouchKey implements [access.Finder].
func (m *Memory) TouchKey(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.keys[id]; ok {
		k.UsedAt = at
		m.keys[id] = k
	}
	return nil
}
