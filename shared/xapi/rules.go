package xapi

import (
	"net/http"
	"time"

	"spool/shared/fault"
	"spool/shared/xhttp"
)

// This file is the table of X's failures, in the order in which the rules are
// tried: the certain before the general. The numbers are the codes of X's old
// error form.

// How long a pause lasts before one careful request tries whether it is over. X
// does not bill refused requests.
const (
	ProbeSetup   = xhttp.ProbeSetup // somebody may correct it at any time
	ProbeAccount = time.Hour        // the account's owner has to act at X
	ProbeCap     = 6 * time.Hour    // it ends with the billing cycle
)

// rule is one row: what the failure looks like and what it means.
type rule struct {
	when      func(*Error) bool
	scope     fault.Scope
	action    fault.Action
	code      fault.ReasonCode
	sentence  string        // in place of the registry's; {op} is what X was asked for
	todo      string        // in place of the registry's
	probe     time.Duration // from now until Verdict.Until
	duplicate bool
}

// unclear are the answers that do not say whether the request was done: X
// failing, and pages that are not X's. Only creating leaves a doubt by that.
func unclear() []rule {
	return []rule{
		{
			when: func(e *Error) bool {
				return e.Op == OpMedia && e.Understood && e.Status/100 == 2 && e.Title+e.Detail != ""
			},
			scope: fault.ScopePost, action: fault.Final, code: fault.ReasonMediaRefused,
			sentence: "X could not process the medium.",
		},
		{
			when:  func(e *Error) bool { return e.uncertain() && e.Op == OpCreate },
			scope: fault.ScopePost, action: fault.Settle, code: fault.ReasonAnswerUnclear,
		},
		{
			when:  (*Error).uncertain,
			scope: fault.ScopePost, action: fault.Retry, code: fault.ReasonXUnavailable,
			sentence: "X is having problems at the moment and could not {op}.",
		},
	}
}

// appRules are the refusals of the X app itself: nothing of any account can go
// out until they are cleared.
func appRules() []rule {
	return []rule{
		{
			when:  func(e *Error) bool { return e.Status == http.StatusPaymentRequired },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeSetup, code: fault.ReasonCreditsDepleted,
		},
		{
			when:  func(e *Error) bool { return e.named("UsageCapExceeded", "usage-capped") },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeCap, code: fault.ReasonUsageCap,
		},
		{
			when:  func(e *Error) bool { return e.named("SpendCapReached") || e.says("SpendCapReached") },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeCap, code: fault.ReasonSpendCap,
		},
		{
			when:  func(e *Error) bool { return e.named("client-not-enrolled", "client-forbidden") || e.Code == 453 },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeSetup, code: fault.ReasonAppNotEnrolled,
		},
		{
			when:  func(e *Error) bool { return e.named("Unsupported Authentication", "oauth1-permissions") },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeSetup, code: fault.ReasonAppMisconfigured,
		},
	}
}

// accountRules are the refusals of an account, and of its access token.
func accountRules() []rule {
	return []rule{
		{
			when:  func(e *Error) bool { return e.Status == http.StatusTooManyRequests || e.Code == 88 },
			scope: fault.ScopeAccount, action: fault.Wait, probe: LimitFloor, code: fault.ReasonRateLimited,
			sentence: "X asks to wait.",
		},
		{
			when:  func(e *Error) bool { return e.Status == http.StatusUnauthorized || e.Code == 32 || e.Code == 89 },
			scope: fault.ScopeAccount, action: fault.Refresh, code: fault.ReasonAccessTokenRefused,
		},
		{
			when: func(e *Error) bool {
				return e.says("account is suspended", "user has been suspended") || e.Code == 63 || e.Code == 64
			},
			scope: fault.ScopeAccount, action: fault.Pause, probe: ProbeAccount, code: fault.ReasonAccountSuspended,
		},
		{
			when:  func(e *Error) bool { return e.says("temporarily locked") || e.Code == 326 },
			scope: fault.ScopeAccount, action: fault.Pause, probe: ProbeAccount, code: fault.ReasonAccountLocked,
		},
		{
			when:  func(e *Error) bool { return e.says("not permitted to access this feature") },
			scope: fault.ScopeAccount, action: fault.Pause, probe: ProbeAccount, code: fault.ReasonFeatureBlocked,
		},
		{
			when: func(e *Error) bool {
				words := squash(e.Detail)
				return e.Op == OpMedia && e.Status == http.StatusForbidden && (words == "" || words == "forbidden")
			},
			scope: fault.ScopeAccount, action: fault.Pause, probe: ProbeAccount, code: fault.ReasonMediaScopeMissing,
		},
	}
}
