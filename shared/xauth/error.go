package xauth

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"spool/shared/fault"
	"spool/shared/xhttp"
)

// op is what X was asked for.
type op string

const (
	opExchange op = "trade the code for tokens"
	opRefresh  op = "renew the tokens"
	opRevoke   op = "end the access"
)

// Error is X's authorization server refusing, or not answering. It holds nothing
// of what was sent, and of X's answer only what X says about the failure.
type Error struct {
	Op          op
	At          time.Time // when the request was made
	Left        bool      // false: X certainly never saw the request
	Status      int       // the HTTP status; zero without an answer
	OAuth       string    // RFC 6749's error, such as "invalid_request"
	Detail      string    // X's own words, on one line
	Transaction string    // x-transaction-id, to ask X about it
	Until       time.Time // with status 429: when the limit ends
	Understood  bool      // the answer was X's JSON
	Err         error     // why there is no answer; nil with one
}

var _ fault.Judged = (*Error)(nil)

// Error says what X was asked for and what came of it.
func (e *Error) Error() string {
	switch {
	case !e.Left:
		return fmt.Sprintf("X could not be reached to %s: %v", e.Op, e.Err)
	case e.Status == 0:
		return fmt.Sprintf("X's answer was lost when asked to %s: %s", e.Op, e.words())
	}
	s := fmt.Sprintf("X would not %s: %d %s", e.Op, e.Status, e.words())
	if e.Transaction != "" {
		s += " (transaction " + e.Transaction + ")"
	}
	return s
}

// Unwrap gives the cause, where there was no answer.
func (e *Error) Unwrap() error { return e.Err }

// noRefreshToken is the error of renewing without a refresh token.
type noRefreshToken struct{}

func (noRefreshToken) Error() string { return "there is no refresh token" }
func (noRefreshToken) Verdict() fault.Verdict {
	return fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Final, Reason: fault.Reason{
		Code:     "refresh_token_missing",
		Sentence: "X gave no refresh token for this account, so its access has ended.",
		Todo:     "Connect the account again and allow everything that X asks for.",
	}}
}

// words is what to keep of X's answer.
func (e *Error) words() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return strings.TrimSuffix(strings.TrimPrefix(e.OAuth+": "+e.Detail, ": "), ": ")
}

// Verdict says what the failure means, as the method that gave it documents.
func (e *Error) Verdict() fault.Verdict {
	rules := rules()
	r := rules[slices.IndexFunc(rules, func(r rule) bool { return r.when(e) })]
	v := fault.Verdict{Scope: r.scope, Action: r.action, Reason: fault.Reason{
		Code: r.code, Sentence: r.sentence, Todo: r.todo, Detail: e.words(), Transaction: e.Transaction,
	}}
	switch r.action {
	case fault.Wait:
		v.Until = e.Until
	case fault.Pause:
		v.Until = e.At.Add(ProbeSetup)
	}
	return v
}

// ProbeSetup is how long a refused app waits before one careful try whether it
// was corrected.
const ProbeSetup = xhttp.ProbeSetup

// rule is one kind of failure: what it looks like and what it means.
type rule struct {
	when     func(*Error) bool
	scope    fault.Scope
	action   fault.Action
	code     string
	sentence string
	todo     string
}

// rules are tried in their order; the last fits all.
func rules() []rule {
	return slices.Concat(transient(), refusals(), unclear())
}

func transient() []rule {
	return []rule{
		{
			when:  func(e *Error) bool { return !e.Left },
			scope: fault.ScopeAccount, action: fault.Retry, code: "x_unreachable",
			sentence: "X could not be reached.", todo: "Nothing: it is tried again.",
		},
		{
			// The answer's time is X's own, without jitter.
			when:  func(e *Error) bool { return e.Status == http.StatusTooManyRequests },
			scope: fault.ScopeAccount, action: fault.Wait, code: "rate_limited",
			sentence: "X's limit of requests for tokens is used up.", todo: "Nothing: it is tried again when the limit ends.",
		},
	}
}

// refusals are X's clear answers.
func refusals() []rule {
	return []rule{
		{
			when: func(e *Error) bool {
				return e.refused("unauthorized_client", "invalid_client", "unsupported_grant_type") ||
					e.refused("invalid_request") && (e.says("missing") || e.says("client id"))
			},
			scope: fault.ScopeApp, action: fault.Pause, code: "app_credentials_refused",
			sentence: "X does not accept the X app's credentials.",
			todo: "Open https://console.x.com, choose the app, then Keys and tokens: compare the OAuth 2.0 client id and client secret with what Spool was given. " +
				"An app of the type Web App has a secret, a Native App has none. Give Spool the right ones. " +
				"Where X used up an account's token with the wrong ones, Spool asks you to connect it again.",
		},
		{
			when:  func(e *Error) bool { return e.Understood && e.Status == http.StatusForbidden && e.OAuth == "" },
			scope: fault.ScopeApp, action: fault.Pause, code: "app_refused",
			sentence: "X does not let the X app use the X API.",
			todo:     "Open https://console.x.com, accept the developer agreement, and see that the app belongs to a project with access to version 2 of the API.",
		},
		{
			when: func(e *Error) bool {
				return e.Op == opExchange && e.refused("invalid_request", "invalid_grant") && e.says("redirect")
			},
			scope: fault.ScopeAccount, action: fault.Final, code: "redirect_mismatch",
			sentence: "X does not know the address that it was to come back to.",
			todo:     "Open https://console.x.com, choose the app, then User authentication settings: enter Spool's callback address there to the letter. Then start the connection again.",
		},
		{
			when:  func(e *Error) bool { return e.Op == opExchange && e.refused("invalid_request", "invalid_grant") },
			scope: fault.ScopeAccount, action: fault.Final, code: "code_stale",
			sentence: "X's code for this connection was used already, or is older than 30 seconds.",
			todo:     "Start the connection again, and do not reload the page.",
		},
		{
			when:  func(e *Error) bool { return e.refused("invalid_request", "invalid_grant", "invalid_token") },
			scope: fault.ScopeAccount, action: fault.Final, code: "token_refused",
			sentence: "X does not accept the account's token any more: it was revoked, used elsewhere, or not used for months.",
			todo:     "Connect the account again. Its posts and its history stay.",
		},
	}
}

// unclear are all others: X failing, pages that are not X's, answers that were
// lost on the way.
func unclear() []rule {
	return []rule{
		{
			when:  func(e *Error) bool { return e.Op == opRefresh },
			scope: fault.ScopeAccount, action: fault.Settle, code: "refresh_unclear",
			sentence: "X did not answer clearly when the account's tokens were renewed.",
			todo:     "Nothing: Spool tries once more. Only if X then refuses must the account be connected again.",
		},
		{
			when:  func(e *Error) bool { return e.Op == opExchange },
			scope: fault.ScopeAccount, action: fault.Final, code: "connect_unclear",
			sentence: "X did not answer clearly when the connection was made, and its code works only once.",
			todo:     "Start the connection again in a moment.",
		},
		{
			when:  func(*Error) bool { return true },
			scope: fault.ScopeAccount, action: fault.Retry, code: "x_unavailable",
			sentence: "X is out of order for the moment.", todo: "Nothing: it is tried again.",
		},
	}
}

// refused reports whether X clearly answered one of OAuth's errors.
func (e *Error) refused(codes ...string) bool {
	return e.Understood && e.Status < 500 && slices.Contains(codes, e.OAuth)
}

// says reports whether X's words contain one, in any case.
func (e *Error) says(word string) bool { return strings.Contains(strings.ToLower(e.Detail), word) }
