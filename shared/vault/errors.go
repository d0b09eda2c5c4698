package vault

import (
	"errors"
	"time"

	"spool/shared/account"
	"spool/shared/fault"
)

// noApp is the error before the X app's credentials are given: for a caller of
// the API a fault, for a post a reason to wait.
type noApp struct{}

func (noApp) Error() string { return "the X app's credentials are not set" }
func (noApp) Unwrap() error {
	r := fault.ReasonAppNotSetUp.Reason()
	return fault.New(fault.NotSetUp, "%s", r.Sentence).Todo("%s", r.Todo)
}
func (noApp) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopeApp, Action: fault.Pause, Reason: fault.ReasonAppNotSetUp.Reason()}
}

// unopened is the error of what does not open that was sealed: a pair, or the X
// app's credentials. Trying again does not help until somebody acts, so it is a
// pause, which says what to check.
type unopened struct {
	scope fault.Scope
	until time.Time // when to look again
	cause *fault.Error
}

// asUnopened gives the error of an opening its verdict, where the sealer knows why
// it failed. Its other errors, such as KMS being busy, say nothing.
func asUnopened(err error, scope fault.Scope, now time.Time) error {
	if cause, ok := errors.AsType[*fault.Error](err); ok {
		return unopened{scope, now.Add(account.Recheck), cause}
	}
	return err
}

func (e unopened) Error() string {
	if cause := errors.Unwrap(e.cause); cause != nil {
		return e.cause.Message + " (" + cause.Error() + ")"
	}
	return e.cause.Message
}
func (e unopened) Unwrap() error { return e.cause }
func (e unopened) Verdict() fault.Verdict {
	r := fault.Reason{Code: fault.ReasonTokensUnreadable, Sentence: e.cause.Message, Todo: e.cause.Fix}
	switch {
	case e.cause.Code == fault.NotSetUp:
		r.Code = fault.ReasonKeyUnusable
	case e.scope == fault.ScopeApp:
		r = fault.ReasonAppCredentialsUnreadable.Reason().Says(e.cause.Message)
	}
	return fault.Verdict{Scope: e.scope, Action: fault.Pause, Until: e.until, Reason: r}
}

// unrefreshed is the error of a refresh that may work later.
type unrefreshed struct {
	verdict fault.Verdict
	cause   error // nil where an earlier refresh failed and its wait is not over
}

func (e unrefreshed) Error() string {
	if e.cause == nil {
		return "the last refresh failed (" + string(e.verdict.Reason.Code) + "), and the next is not due yet"
	}
	return "refresh: " + e.cause.Error()
}
func (e unrefreshed) Unwrap() error          { return e.cause }
func (e unrefreshed) Verdict() fault.Verdict { return e.verdict }

// busy is the error of one who waited for another's refresh in vain, or has no
// time for one of its own.
type busy struct{ why string }

func (e busy) Error() string { return e.why }
func (busy) Unwrap() error {
	return fault.New(fault.Unavailable, "The account's tokens are being renewed.").Todo("Try again in a moment.")
}
func (busy) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Retry, Reason: fault.ReasonRefreshing.Reason()}
}
