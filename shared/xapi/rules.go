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
	code      string
	sentence  string // {op} is what X was asked for
	todo      string
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
			scope: fault.ScopePost, action: fault.Final, code: "media_refused",
			sentence: "X could not process the medium.",
			todo:     "Replace it by one that X takes; X's own words say what is wrong with it.",
		},
		{
			when:  func(e *Error) bool { return e.uncertain() && e.Op == OpCreate },
			scope: fault.ScopePost, action: fault.Settle, code: "answer_unclear",
			sentence: "X's answer does not say whether the post was published.",
		},
		{
			when:  (*Error).uncertain,
			scope: fault.ScopePost, action: fault.Retry, code: "x_unavailable",
			sentence: "X is out of order for the moment and could not {op}.",
		},
	}
}

// appRules are the refusals of the X app itself: nothing of any account can go
// out until they are cleared.
func appRules() []rule {
	return []rule{
		{
			when:  func(e *Error) bool { return e.Status == http.StatusPaymentRequired },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeSetup, code: "credits_depleted",
			sentence: "The X app has no credits left, so X takes nothing from it.",
			todo:     "Open https://console.x.com, choose Billing and buy credits. Spool tries again by itself every 15 minutes.",
		},
		{
			when:  func(e *Error) bool { return e.named("UsageCapExceeded", "usage-capped") },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeCap, code: "usage_cap",
			sentence: "The X app has used up what X allows it in this month.",
			todo:     "Open https://console.x.com and look at Usage: raise the cap, or wait for the next billing cycle.",
		},
		{
			when:  func(e *Error) bool { return e.named("SpendCapReached") || e.says("SpendCapReached") },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeCap, code: "spend_cap",
			sentence: "The X app has reached the spending limit that its owner set.",
			todo:     "Open https://console.x.com, choose Billing and raise the spending limit, or wait for the next billing cycle.",
		},
		{
			when:  func(e *Error) bool { return e.named("client-not-enrolled", "client-forbidden") || e.Code == 453 },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeSetup, code: "app_not_enrolled",
			sentence: "The X app is not enrolled for the X API, so X takes nothing from it.",
			todo:     "Open https://console.x.com, accept the developer agreement, and see that the app belongs to a project with access to version 2 of the API.",
		},
		{
			when:  func(e *Error) bool { return e.named("Unsupported Authentication", "oauth1-permissions") },
			scope: fault.ScopeApp, action: fault.Pause, probe: ProbeSetup, code: "app_misconfigured",
			sentence: "X does not take this kind of access from the X app.",
			todo:     "Open https://console.x.com, choose the app, then User authentication settings: turn on OAuth 2.0 with the permissions Read and write. Then connect the account again.",
		},
	}
}

// accountRules are the refusals of an account, and of its access token.
func accountRules() []rule {
	return []rule{
		{
			when:  func(e *Error) bool { return e.Status == http.StatusTooManyRequests || e.Code == 88 },
			scope: fault.ScopeAccount, action: fault.Wait, probe: LimitFloor, code: "rate_limited",
			sentence: "X asks to wait.", todo: "Nothing: Spool goes on by itself.",
		},
		{
			when:  func(e *Error) bool { return e.Status == http.StatusUnauthorized || e.Code == 32 || e.Code == 89 },
			scope: fault.ScopeAccount, action: fault.Refresh, code: "access_token_refused",
			sentence: "X refused the account's access token.",
			todo:     "Nothing: Spool renews it. Only if that is refused too must the account be connected again.",
		},
		{
			when: func(e *Error) bool {
				return e.says("account is suspended", "user has been suspended") || e.Code == 63 || e.Code == 64
			},
			scope: fault.ScopeAccount, action: fault.Pause, probe: ProbeAccount, code: "account_suspended",
			sentence: "X has suspended this account.",
			todo:     "Open https://x.com as this account and appeal there.",
		},
		{
			when:  func(e *Error) bool { return e.says("temporarily locked") || e.Code == 326 },
			scope: fault.ScopeAccount, action: fault.Pause, probe: ProbeAccount, code: "account_locked",
			sentence: "X has locked this account for the moment.",
			todo:     "Open https://x.com as this account and follow the steps that unlock it; then end the pause here. Otherwise Spool tries again every hour.",
		},
		{
			when:  func(e *Error) bool { return e.says("not permitted to access this feature") },
			scope: fault.ScopeAccount, action: fault.Pause, probe: ProbeAccount, code: "feature_blocked",
			sentence: "X does not let this account post.",
			todo:     "Open https://x.com as this account and see what X asks for there; then end the pause here. Otherwise Spool tries again every hour.",
		},
		{
			when: func(e *Error) bool {
				words := squash(e.Detail)
				return e.Op == OpMedia && e.Status == http.StatusForbidden && (words == "" || words == "forbidden")
			},
			scope: fault.ScopeAccount, action: fault.Pause, probe: ProbeAccount, code: "media_scope_missing",
			sentence: "This account was connected without the right to upload media.",
			todo:     "Connect the account again and allow everything that X asks for.",
		},
	}
}
