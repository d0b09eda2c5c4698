package account

import (
	"context"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// Store keeps the accounts and what concerns all of them. Implementations are
// safe for concurrent use; reads are strongly consistent.
type Store interface {
	// Snapshot reads, in one request, all that decides whether an account may
	// act. An account that does not exist is a fault of code NotFound.
	Snapshot(ctx context.Context, accountID string) (Snapshot, error)
	// SaveAccount stores a as revision a.Rev+1 where the stored revision is
	// still a.Rev (0: where there is none). It is publish.Posts.Save for
	// accounts: a fault of code Conflict says that another write came first.
	SaveAccount(ctx context.Context, a Account) (Account, error)
	// SavePause stores, under the same rule, a pause of an account, or of the
	// app when accountID is empty. A zero Until lifts it.
	SavePause(ctx context.Context, accountID string, p Pause) error
	// SaveBudgets stores the budgets under the rule of SaveAccount.
	SaveBudgets(ctx context.Context, b Budgets) error
}

// Snapshot is what decides whether an account may act.
type Snapshot struct {
	Account      Account
	AccountPause Pause
	AppPause     Pause
	App          SealedApp
	Budgets      Budgets
}

// SealedApp is the X app's credentials as stored. Version is 0 when there are none.
type SealedApp struct {
	ClientID string // public: it stands in every authorization URL
	Sealed   []byte
	Version  int64
}

// Pause is a stored time in which nothing is sent.
type Pause struct {
	Until  time.Time
	Sub    string // what waiting posts show
	Reason fault.Reason
	Count  int // how often it was prolonged: careful probes come ever more rarely
	// Told says that it was told of, and that its end has to be.
	Told   bool
	Events event.Outbox // what is to be told of it, and was not handed over yet
	Rev    int64        // of the stored record; 0 when there is none
}

// Registry reads what is there of all accounts.
type Registry interface {
	// Accounts lists all accounts that were ever connected, by user name.
	Accounts(ctx context.Context) ([]Account, error)
	// Pauses reads the pauses of accounts, and the app's under the empty
	// id. What never paused is absent, or a zero Pause.
	Pauses(ctx context.Context, accountIDs []string) (map[string]Pause, error)
	// Budgets reads the budgets; Rev 0 says that there are none.
	Budgets(ctx context.Context) (Budgets, error)
}

// Waiting are the posts that wait for an account, or for the app.
type Waiting interface {
	// GoOn has the posts of an account go on that are paused; when the id is empty,
	// those of all accounts. What still holds one of them makes it wait again.
	GoOn(ctx context.Context, accountID string) error
}
