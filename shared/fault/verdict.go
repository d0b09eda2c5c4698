package fault

import (
	"errors"
	"time"
)

// Scope is how far a refusal reaches.
type Scope string

// The scopes.
const (
	ScopePost    Scope = "post"    // this post only
	ScopeAccount Scope = "account" // everything of the account
	ScopeApp     Scope = "app"     // everything: the X app itself is refused
)

// Action is what the refusal asks of whoever was refused. The set is closed.
type Action string

// The actions.
const (
	Final   Action = "final"   // it will never be accepted as it is
	Wait    Action = "wait"    // a limit: not before Verdict.Until, for the whole Scope
	Retry   Action = "retry"   // clearly not done, and worth trying again a little later
	Refresh Action = "refresh" // the access token was refused: renew it once, then try once more
	Settle  Action = "settle"  // it may or may not have been done: read before doing anything else
	Pause   Action = "pause"   // the whole Scope stops until somebody acts, or a careful probe succeeds
)

// Reason is what a person is told about a failure, and what X said.
type Reason struct {
	Code        ReasonCode `json:"code"`                  // stable, such as duplicate_text
	Sentence    string     `json:"sentence"`              // what happened
	Todo        string     `json:"todo,omitempty"`        // what to do about it
	Detail      string     `json:"detail,omitempty"`      // X's own words
	Transaction string     `json:"transaction,omitempty"` // X's x-transaction-id
}

// Verdict is what a refusal means for the work in hand.
type Verdict struct {
	Scope  Scope
	Action Action
	Until  time.Time // with Wait: when the limit ends; with Pause: when to probe
	Reason Reason
	// Duplicate marks X's refusal of a text that it already has. After a doubt
	// that is a hint that the doubtful request was done after all.
	Duplicate bool
}

// Judged is an error that knows its verdict.
type Judged interface {
	error
	Verdict() Verdict
}

// Judge gives the verdict of an error. An error that carries none says nothing
// about whether the request was done, so it is in doubt; and its text is for the
// logs, where the caller puts it.
func Judge(err error) Verdict {
	if j, ok := errors.AsType[Judged](err); ok {
		return j.Verdict()
	}
	return Verdict{Scope: ScopePost, Action: Settle, Reason: ReasonAnswerLost.Reason()}
}
