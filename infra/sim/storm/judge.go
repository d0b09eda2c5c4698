package storm

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
)

// settle lets the weather clear up and judges how the account stands.
func (s *run) settle(ctx context.Context) error {
	for end := time.Now().Add(calm); time.Now().Before(end); time.Sleep(15 * time.Minute) {
		sweeping, cancel := context.WithTimeout(ctx, 5*time.Minute)
		err := s.Sweeper().Sweep(sweeping)
		cancel()
		if err != nil {
			return err
		}
	}
	s.report.Refreshes, s.report.Health = s.Refreshes(), s.stored().Health
	session, err := s.Vault().Open(ctx, s.account)
	switch s.report.Health {
	case account.Connected:
		if s.ended {
			s.violate("a disconnected account came back")
		}
		if err != nil {
			s.violate("the account counts as connected, and does not open: %v", err)
		} else if me, err := s.Client().Me(ctx, session.Token); err != nil || me.ID != s.account {
			s.violate("the account counts as connected, and X refuses its token: %v", err)
		}
	case account.NeedsConnect:
		if s.ended || !s.mayBeDead() {
			s.violate("a good account was marked for reconnecting: %s", s.stored().Reason.Detail)
		}
		if fault.Judge(err).Action != fault.Final {
			s.violate("the account needs connecting, and opening it says %v", err)
		}
	case account.Disconnected:
		s.judgeEnd(ctx)
	}
	return nil
}

// judgeEnd looks whether nothing is left of a connection that its owner ended.
func (s *run) judgeEnd(ctx context.Context) {
	if a := s.stored(); !s.ended || len(a.Sealed) > 0 {
		s.violate("the account is disconnected, and its pair is still there (%d bytes)", len(a.Sealed))
	}
	for token := range s.seen {
		if _, err := s.Client().Me(ctx, token); err == nil {
			s.violate("the account is disconnected, and X takes a token of it")
		}
	}
}

// mayBeDead reports whether X handed out a pair that nobody could store in time:
// its answer was lost, or whoever got it died or stalled with it.
func (s *run) mayBeDead() bool {
	a := s.stored()
	if a.ConnectedAt.Equal(s.doomed) {
		return true
	}
	plain, err := s.Sealer.Open(context.Background(), a.Sealed, map[string]string{
		"purpose": "x-token-pair", "account": a.ID, "version": fmt.Sprint(a.Version),
	})
	if err != nil {
		return false
	}
	for token := range s.excused {
		if bytes.Contains(plain, []byte(token)) {
			return true
		}
	}
	return false
}
