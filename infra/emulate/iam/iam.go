// Package iam says whether a function may do what it asks of an emulated AWS service.
//
// Each function signs with an access key of its own; Policies knows its secret and what the statements of its role
// allow, and Guard holds every request against them. The emulated services listen on ports that every program of the
// machine, and every web page in its browsers, can reach: so a signature is verified, as AWS does.
// Only Allow statements are known, with the conditions that Condition knows; anything not allowed is denied.
package iam

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"spool/infra/emulate"
)

// Principal is who signs with an access key.
type Principal struct {
	Name string // the function's name, under which its calls are counted: "publish"
	ARN  string // what AWS's refusals call it; see FunctionARN
}

// FunctionARN is the ARN under which the session of a function's role appears:
// arn:aws:sts::000000000000:assumed-role/NAME-role/NAME.
func FunctionARN(function string) string {
	return "arn:aws:sts::" + emulate.Account + ":assumed-role/" + function + "-role/" + function
}

// Statement allows each of its actions on each of its resources, to requests that meet all of its conditions. Actions
// and resources may hold "*" for any run of characters and "?" for any one, as in "dynamodb:Get*" and
// "…:table/posts/index/*".
type Statement struct {
	Actions    []string
	Resources  []string
	Conditions []Condition `json:",omitempty"`
}

func (s Statement) allows(action, resource string, context Context) bool {
	return matchesAny(s.Actions, action, true) && matchesAny(s.Resources, resource, false) &&
		!slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !c.holds(context) })
}

// Policies knows the principals by access key id. Its zero value knows nobody. It is safe for concurrent use.
type Policies struct {
	mu   sync.RWMutex
	keys map[string]grant
}

type grant struct {
	secret     string
	token      string // of the session; empty: a key of its own
	who        Principal
	statements []Statement
}

// Add lets accessKeyID sign for who, by a secret, with what statements allow. A second Add for the same key replaces
// the first.
func (p *Policies) Add(accessKeyID, secret string, who Principal, statements ...Statement) {
	p.add(accessKeyID, grant{secret: secret, who: who, statements: statements})
}

// AddSession is Add for the temporary credentials of a role, as functions have them: requests bring the token of the
// session, too.
func (p *Policies) AddSession(accessKeyID, secret, token string, who Principal, statements ...Statement) {
	p.add(accessKeyID, grant{secret: secret, token: token, who: who, statements: statements})
}

func (p *Policies) add(accessKeyID string, g grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keys == nil {
		p.keys = map[string]grant{}
	}
	p.keys[accessKeyID] = g
}

// Withdraw takes an action from what a principal may do, by its name, until restore is called.
func (p *Policies) Withdraw(name, action string) (restore func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, g := range p.keys {
		if g.who.Name != name {
			continue
		}
		before := g
		g.statements = slices.Clone(g.statements)
		for i, s := range g.statements {
			g.statements[i].Actions = slices.DeleteFunc(slices.Clone(s.Actions), func(a string) bool { return a == action })
		}
		p.keys[id] = g
		return func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.keys[id] = before
		}
	}
	return func() {}
}

func (p *Policies) grant(accessKeyID string) (grant, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	g, ok := p.keys[accessKeyID]
	return g, ok
}

// Allowed is nil when the key's principal may perform action ("dynamodb:PutItem") on the resource's ARN, with what the
// request tells to conditions. Else it is a *DeniedError, and ErrUnknownKey for a key that nobody has.
func (p *Policies) Allowed(accessKeyID, action, resource string, context Context) error {
	g, ok := p.grant(accessKeyID)
	if !ok {
		return ErrUnknownKey
	}
	for _, s := range g.statements {
		if s.allows(action, resource, context) {
			return nil
		}
	}
	return &DeniedError{Principal: g.who.ARN, Action: action, Resource: resource}
}

// DeniedError is AWS's AccessDeniedException.
type DeniedError struct{ Principal, Action, Resource string }

func (e *DeniedError) Error() string {
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		e.Principal, e.Action, e.Resource, e.Action)
}

// matchesAny reports whether one of the patterns matches the whole of s. IAM compares actions without regard to case.
func matchesAny(patterns []string, s string, foldCase bool) bool {
	if foldCase {
		s = strings.ToLower(s)
	}
	for _, p := range patterns {
		if foldCase {
			p = strings.ToLower(p)
		}
		if matches(p, s) {
			return true
		}
	}
	return false
}

// matches is glob matching with "*" and "?", where "*" also crosses "/" and ":".
func matches(pattern, s string) bool {
	star, resume := -1, 0 // the last "*" seen, and where in s to go on after it took one more byte
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			resume++
			p, i = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
