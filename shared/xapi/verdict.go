package xapi

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"spool/shared/fault"
)

// Verdict says what the refusal means. It depends on nothing but the Error's
// fields.
func (e *Error) Verdict() fault.Verdict {
	r := classify(e)
	v := fault.Verdict{
		Scope: r.scope, Action: r.action, Duplicate: r.duplicate,
		Reason: r.code.Reason(),
	}
	v.Reason.Sentence = strings.ReplaceAll(cmp.Or(r.sentence, v.Reason.Sentence), "{op}", string(e.Op))
	v.Reason.Todo = cmp.Or(r.todo, v.Reason.Todo)
	v.Reason.Detail, v.Reason.Transaction = e.words(), e.Transaction
	if r.probe != 0 {
		v.Until = e.At.Add(r.probe)
	}
	return v
}

// Verdict is to wait for the window that is used up. Until is X's own time,
// without jitter: whoever waits adds that.
func (e *RateLimitError) Verdict() fault.Verdict {
	reason := fault.ReasonRateLimited.Reason().Says(fmt.Sprintf("X's limit for %s is used up.", e.Window))
	reason.Detail, reason.Transaction = e.Refusal.words(), e.Refusal.Transaction
	v := fault.Verdict{Scope: fault.ScopeAccount, Action: fault.Wait, Until: e.Until, Reason: reason}
	if e.Window == WindowAppDay {
		v.Scope = fault.ScopeApp
	}
	return v
}

// Verdict says whether the request may have been done.
func (e *LostError) Verdict() fault.Verdict {
	v := fault.Verdict{Scope: fault.ScopePost, Action: fault.Retry, Reason: fault.ReasonXUnreachable.Reason()}
	if e.Left {
		v.Reason = fault.ReasonAnswerLost.Reason()
	}
	v.Reason.Detail = line(e.Err.Error(), 200)
	if e.Left && e.Op == OpCreate {
		v.Action = fault.Settle
	}
	return v
}

// classify finds the first rule that the refusal fits. The last one fits all.
func classify(e *Error) rule {
	rules := slices.Concat(unclear(), appRules(), accountRules(), postRules())
	return rules[slices.IndexFunc(rules, func(r rule) bool { return r.when(e) })]
}

// limited reports whether the refusal is a limit that ends by itself. Without
// X's headers or X's body a 429 to a request that makes something may be some
// proxy's, which proves nothing.
func (e *Error) limited(headers bool) bool {
	switch {
	case e.named("UsageCapExceeded", "usage-capped"):
		return false
	case e.Status == http.StatusTooManyRequests:
		return headers || e.Understood || e.Op != OpCreate
	}
	return e.Code == 88 && e.Status/100 == 4
}

// uncertain reports whether the answer leaves open what X did: X failed, or it
// is not X's answer at all, or it is a success that lacks what it should bring.
func (e *Error) uncertain() bool {
	switch {
	case e.Status == http.StatusPaymentRequired:
		return false
	case !e.Understood || e.Status >= 500 || e.Status == http.StatusRequestTimeout:
		return true
	}
	return e.Status < 400 && !(e.Op != OpCreate && e.named("resource-not-found"))
}

// named reports whether X names the failure so: in its title, type or reason, or
// at the beginning of its words. Capitals, spaces and hyphens do not count.
func (e *Error) named(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		name = squash(name)
		return squash(e.Title) == name || squash(e.Type) == name || squash(e.Reason) == name ||
			strings.HasPrefix(squash(e.Detail), name)
	})
}

// says reports whether X's words contain one of the phrases. X has no codes for
// most of what it refuses, only sentences.
func (e *Error) says(phrases ...string) bool {
	words := squash(e.Detail)
	return slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(words, squash(p)) })
}

// words is what to keep of X's answer.
func (e *Error) words() string {
	w := cmp.Or(e.Detail, e.Title)
	if !e.Understood {
		return strings.TrimSuffix(fmt.Sprintf("HTTP %d: %s", e.Status, w), ": ")
	}
	return cmp.Or(w, fmt.Sprintf("HTTP %d", e.Status))
}

// squash keeps letters and digits only, in lower case.
func squash(s string) string {
	mark := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	return strings.ToLower(strings.Join(strings.FieldsFunc(s, mark), ""))
}
