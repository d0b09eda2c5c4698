package account

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// Service carries out what the owner of the accounts decides, save for connecting
// them, and has what waits go on once its cause is cleared: somebody says so, or the
// cure itself shows it. It is safe for concurrent use.
type Service struct {
	Store    Store
	Registry Registry
	Waiting  Waiting // nil: nothing waits
	Now      func() time.Time
	Log      *slog.Logger
	Observer Observer // may be nil
}

// Observer is told what the owner did. It is safe for concurrent use.
type Observer interface {
	// Resumed tells that a pause of an account, or, where the id is empty, of everything, was ended.
	Resumed(ctx context.Context, accountID string)
}

// Settings are what an owner may change of an account. Nil leaves it as it is.
type Settings struct {
	Zone     *string        // the IANA zone of schedules that name none
	Limit    *int           // the weighted length of one tweet
	Lateness *time.Duration // by how much posts that say nothing else may start late
}

// Configure changes an account's settings.
func (s *Service) Configure(ctx context.Context, accountID string, want Settings) (Account, error) {
	if err := want.check(); err != nil {
		return Account{}, err
	}
	return s.change(ctx, accountID, func(a Account) (Account, bool) { return want.apply(a), true })
}

func (s Settings) check() error {
	if s.Zone != nil && Zone(*s.Zone) != *s.Zone {
		return fault.New(fault.Invalid, "This is not a time zone.").At("zone").
			Todo("Give the name of an IANA time zone, such as Europe/Berlin.")
	}
	if s.Limit != nil && (*s.Limit < tweet.StandardLimit || *s.Limit > tweet.PremiumLimit) {
		return fault.New(fault.Invalid, "A tweet's length cannot be limited to that.").At("limit").
			Todo("Give 280; or up to 25000 if the account has X Premium.")
	}
	return nil
}

func (s Settings) apply(a Account) Account {
	if s.Zone != nil {
		a.Zone = *s.Zone
	}
	if s.Limit != nil {
		a.Limit = *s.Limit
	}
	if s.Lateness != nil {
		a.Lateness = *s.Lateness
	}
	return a
}

// Zone gives a zone's IANA name, or UTC for one that Spool does not know: browsers
// may have newer ones, and connecting must not fail for that.
func Zone(name string) string {
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return "UTC"
	}
	return name
}

// change stores what comes of an account, as often as another write comes first.
// Where nothing is to change it stores nothing.
func (s *Service) change(ctx context.Context, accountID string, next func(Account) (Account, bool)) (Account, error) {
	for {
		snap, err := s.Store.Snapshot(ctx, accountID)
		if err != nil {
			return Account{}, err
		}
		a, changes := next(snap.Account)
		if !changes {
			return a, nil
		}
		a.Writer = NewWriter()
		if a, err = s.Store.SaveAccount(ctx, a); !fault.Is(err, fault.Conflict) {
			return a, err
		}
	}
}

// Pauses reads the pauses that hold accounts now, and the app's under the empty id.
func (s *Service) Pauses(ctx context.Context, accountIDs []string) (map[string]Pause, error) {
	all, err := s.Registry.Pauses(ctx, accountIDs)
	for id, p := range all {
		if !p.Holds(s.Now()) {
			delete(all, id)
		}
	}
	return all, err
}

// Resume ends the app's pause, and the waits of accounts whose tokens X did not
// renew, at once: whoever was to clear what X refused says so. The first request
// that X takes or refuses shows whether that is so.
func (s *Service) Resume(ctx context.Context) error {
	if err := s.lift(ctx, ""); err != nil {
		return err
	}
	accounts, err := s.Registry.Accounts(ctx)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		return nil // nothing waits
	}
	for _, a := range accounts {
		if a.Health == Connected && a.Failures > 0 {
			if err := s.tryAgain(ctx, a.ID); err != nil {
				return err
			}
		}
	}
	return s.goOn(ctx, "")
}

// untilResumed is how long a pause lasts that only somebody ends.
const untilResumed = 10 * 365 * 24 * time.Hour

// Hold pauses the app until somebody resumes it.
func (s *Service) Hold(ctx context.Context, why fault.Reason) error {
	for {
		all, err := s.Registry.Pauses(ctx, nil)
		if err != nil {
			return err
		}
		now := s.Now()
		p := all[""].Begin(now, "", Pause{Until: now.Add(untilResumed), Sub: string(post.Paused), Reason: why})
		if err = s.Store.SavePause(ctx, "", p); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

// ResumeAccount ends an account's pause at once, as [Service.Resume] does the
// app's. An account that X does not let in at all is a fault of code Reconnect.
func (s *Service) ResumeAccount(ctx context.Context, accountID string) error {
	snap, err := s.Store.Snapshot(ctx, accountID)
	if err != nil {
		return err
	}
	if err := snap.Account.Usable(s.Now()); err != nil {
		return fault.New(fault.Reconnect, "%s", err.Error()).At("id").
			Todo("Connect the account again; its posts then go on by themselves.")
	}
	if err := s.lift(ctx, accountID); err != nil {
		return err
	}
	if err := s.tryAgain(ctx, accountID); err != nil {
		return err
	}
	return s.goOn(ctx, accountID)
}

// Reconnected follows a connection that X has just allowed: it ends the account's
// pause, and the app's where that was for what the connection disproves. The account
// is connected whatever comes of this; what is not ended now ends at its time. For an
// account that is new nothing waits.
func (s *Service) Reconnected(ctx context.Context, accountID string, isNew bool) {
	err := s.lift(ctx, accountID)
	which, waits := accountID, !isNew
	if all, rerr := s.Registry.Pauses(ctx, nil); err == nil && rerr == nil {
		switch all[""].Reason.TodoCode() {
		case fault.TodoConnect, fault.TodoSetApp:
			which, waits, err = "", true, s.lift(ctx, "")
		default:
		}
	}
	if err == nil && waits {
		err = s.goOn(ctx, which)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "what waited for the account goes on at its time only", "account_id", accountID, "error", err)
	}
}

// lift ends the pause of an account, or of the app when the id is empty. A limit of
// X's for an account is not lifted: it ends at its time, whatever anybody says.
func (s *Service) lift(ctx context.Context, accountID string) error {
	for {
		all, err := s.Registry.Pauses(ctx, []string{accountID})
		if err != nil {
			return err
		}
		p := all[accountID]
		if p.Until.IsZero() || accountID != "" && p.Sub == string(post.RateLimited) {
			return nil
		}
		err = s.Store.SavePause(ctx, accountID, p.Lift(s.Now(), accountID))
		if err == nil && s.Observer != nil {
			s.Observer.Resumed(ctx, accountID)
		}
		if !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

// tryAgain ends the wait after a refresh that failed.
func (s *Service) tryAgain(ctx context.Context, accountID string) error {
	_, err := s.change(ctx, accountID, func(a Account) (Account, bool) { return a.TryAgain(s.Now()) })
	return err
}

// goOn has the posts go on that wait for an account, or for the app.
func (s *Service) goOn(ctx context.Context, accountID string) error {
	if s.Waiting == nil {
		return nil
	}
	if err := s.Waiting.GoOn(ctx, accountID); err != nil {
		return fmt.Errorf("have what waits go on: %w", err)
	}
	return nil
}
