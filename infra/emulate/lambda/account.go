package lambda

import "sync"

// newAccount is how many executions a new account may have at once, of which AWS raises the limit on request.
const newAccount = 10

// Account is what its functions share: how many executions may run at once. What is reserved for a function is taken
// from what the others share. It is safe for concurrent use.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
type Account struct {
	mu       sync.Mutex
	reserved int
	shared   share // what is left when all have their own
}

// NewAccount makes an account of a limit.
func NewAccount(limit int) *Account {
	a := &Account{}
	a.shared = share{account: a, most: limit}
	return a
}

// share is a number of executions.
type share struct {
	account       *Account
	most, running int
}

// shareOf is what a function takes its executions from: those reserved for it, or what all others share.
func (a *Account) shareOf(reserved int) *share {
	if reserved == 0 {
		return &a.shared
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reserved += reserved
	a.shared.most -= reserved
	return &share{account: a, most: reserved}
}

// SetLimit changes the limit, as AWS does when it is asked to.
func (a *Account) SetLimit(limit int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shared.most = limit - a.reserved
}

// take reports whether an execution was left.
func (s *share) take() bool {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	if s.running >= s.most {
		return false
	}
	s.running++
	return true
}

func (s *share) give() {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	s.running--
}
