package xauth

import (
	"cmp"
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
	return fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Final, Reason: fault.ReasonRefreshTokenMissing.Reason()}
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
	v := fault.Verdict{Scope: r.scope, Action: r.action, Reason: r.code.Reason()}
	v.Reason.Sentence, v.Reason.Todo = cmp.Or(r.sentence, v.Reason.Sentence), cmp.Or(r.todo, v.Reason.Todo)
	v.Reason.Detail, v.Reason.Transaction = e.words(), e.Transaction
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
	code     fault.ReasonCode
	sentence string // in place of the registry's
	todo     string // in place of the registry's
}

// rules are tried in their order; the last fits all.
func rules() []rule {
	return slices.Concat(transient(), refusals(), unclear())
}

func transient() []rule {
	return []rule{
		{
			when:  func(e *Error) bool { return !e.Left },
			scope: fault.ScopeAccount, action: fault.Retry, code: fault.ReasonXUnreachable,
			todo: "Nothing: it is tried again.",
		},
		{
			// The answer's time is X's own, without jitter.
			when:  func(e *Error) bool { return e.Status == http.StatusTooManyRequests },
			scope: fault.ScopeAccount, action: fault.Wait, code: fault.ReasonRateLimited,
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
			scope: fault.ScopeApp, action: fault.Pause, code: fault.ReasonAppCredentialsRefused,
		},
		{
			when:  func(e *Error) bool { return e.Understood && e.Status == http.StatusForbidden && e.OAuth == "" },
			scope: fault.ScopeApp, action: fault.Pause, code: fault.ReasonAppRefused,
		},
		{
			when: func(e *Error) bool {
				return e.Op == opExchange && e.refused("invalid_request", "invalid_grant") && e.says("redirect")
			},
			scope: fault.ScopeAccount, action: fault.Final, code: fault.ReasonRedirectMismatch,
		},
		{
			when:  func(e *Error) bool { return e.Op == opExchange && e.refused("invalid_request", "invalid_grant") },
			scope: fault.ScopeAccount, action: fault.Final, code: fault.ReasonCodeStale,
		},
		{
			when:  func(e *Error) bool { return e.refused("invalid_request", "invalid_grant", "invalid_token") },
			scope: fault.ScopeAccount, action: fault.Final, code: fault.ReasonTokenRefused,
		},
	}
}

// unclear are all others: X failing, pages that are not X's, answers that were
// lost on the way.
func unclear() []rule {
	return []rule{
		{
			when:  func(e *Error) bool { return e.Op == opRefresh },
			scope: fault.ScopeAccount, action: fault.Settle, code: fault.ReasonRefreshUnclear,
		},
		{
			when:  func(e *Error) bool { return e.Op == opExchange },
			scope: fault.ScopeAccount, action: fault.Final, code: fault.ReasonConnectUnclear,
		},
		{
			when:  func(*Error) bool { return true },
			scope: fault.ScopeAccount, action: fault.Retry, code: fault.ReasonXUnavailable,
			todo: "Nothing: it is tried again.",
		},
	}
}

// refused reports whether X clearly answered one of OAuth's errors.
func (e *Error) refused(codes ...string) bool {
	return e.Understood && e.Status < 500 && slices.Contains(codes, e.OAuth)
}

// says reports whether X's words contain one, in any case.
func (e *Error) says(word string) bool { return strings.Contains(strings.ToLower(e.Detail), word) }
