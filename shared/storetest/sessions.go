package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/access"
	"spool/shared/fault"
)

// Sessions holds a store of sessions to its contract. The store has no sessions.
func Sessions(t *testing.T, s access.Sessions) {
	ctx := context.Background()
	session := func(keyID, hash string) access.Session {
		full := FullSession()
		full.KeyID, full.Hash = keyID, hash
		return full
	}
	put := func(t *testing.T, session access.Session) {
		t.Helper()
		if err := s.PutSession(ctx, session); err != nil {
			t.Fatal(err)
		}
	}
	gone := func(t *testing.T, keyID, hash string) {
		t.Helper()
		if got, err := s.Session(ctx, keyID, hash); !fault.Is(err, fault.NotFound) {
			t.Errorf("session %s of key %s: got %+v, %v, want not_found", hash, keyID, got, err)
		}
	}
	t.Run("an unknown session is not found", func(t *testing.T) {
		gone(t, "a", "404")
		if err := s.TouchSession(ctx, "a", "404", start); err != nil {
			t.Error(err)
		}
		gone(t, "a", "404") // noting its use made none
		if err := s.DropSession(ctx, "a", "404"); err != nil {
			t.Error(err)
		}
		if err := s.DropSessions(ctx, "a"); err != nil {
			t.Error(err)
		}
	})
	t.Run("what is stored comes back as it was", func(t *testing.T) {
		want := session("a", "1")
		put(t, want)
		if got, err := s.Session(ctx, "a", "1"); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%v; it differs (-want +got):\n%s", err, cmp.Diff(want, got))
		}
	})
	t.Run("a session is its own key's only", func(t *testing.T) { gone(t, "b", "1") })
	t.Run("a use is noted", func(t *testing.T) {
		want := session("a", "1")
		want.UsedAt = start.Add(2 * time.Hour)
		if err := s.TouchSession(ctx, "a", "1", want.UsedAt); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Session(ctx, "a", "1"); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%v; it differs (-want +got):\n%s", err, cmp.Diff(want, got))
		}
	})
	t.Run("dropping one leaves the others", func(t *testing.T) {
		put(t, session("a", "2"))
		if err := s.DropSession(ctx, "a", "1"); err != nil {
			t.Fatal(err)
		}
		gone(t, "a", "1")
		if _, err := s.Session(ctx, "a", "2"); err != nil {
			t.Error(err)
		}
	})
	t.Run("dropping a key's leaves another key's", func(t *testing.T) {
		put(t, session("b", "3"))
		for i := range 30 {
			put(t, session("a", fmt.Sprint("many", i)))
		}
		if err := s.DropSessions(ctx, "a"); err != nil {
			t.Fatal(err)
		}
		gone(t, "a", "2")
		for i := range 30 {
			gone(t, "a", fmt.Sprint("many", i))
		}
		if _, err := s.Session(ctx, "b", "3"); err != nil {
			t.Error(err)
		}
	})
}

var _ access.Sessions = (*Memory)(nil)

// PutSession implements [access.Sessions].
func (m *Memory) PutSession(_ context.Context, s access.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[[2]string{s.KeyID, s.Hash}] = s
	return nil
}

// Session implements [access.SessionFinder].
func (m *Memory) Session(_ context.Context, keyID, hash string) (access.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[[2]string{keyID, hash}]
	if !ok {
		return s, fault.New(fault.NotFound, "There is no such session.")
	}
	return s, nil
}

// TouchSession implements [access.SessionFinder].
func (m *Memory) TouchSession(_ context.Context, keyID, hash string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.sessions[[2]string{keyID, hash}]; ok {
		s.UsedAt = at
		m.sessions[[2]string{keyID, hash}] = s
	}
	return nil
}

// DropSession implements [access.Sessions].
func (m *Memory) DropSession(_ context.Context, keyID, hash string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, [2]string{keyID, hash})
	return nil
}

// DropSessions implements [access.Sessions].
func (m *Memory) DropSessions(_ context.Context, keyID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for at := range m.sessions {
		if at[0] == keyID {
			delete(m.sessions, at)
		}
	}
	return nil
}
