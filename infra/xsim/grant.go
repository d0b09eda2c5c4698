package xsim

import (
	"slices"
	"strings"
	"time"
)

// grantStore holds every code and token that was issued. Spent ones stay: their
// reuse must be recognised.
type grantStore struct {
	codes   map[string]*codeGrant
	access  map[string]*accessToken
	refresh map[string]*refreshToken
}

func newGrantStore() grantStore {
	return grantStore{
		codes: map[string]*codeGrant{}, access: map[string]*accessToken{}, refresh: map[string]*refreshToken{},
	}
}

type codeGrant struct {
	user, redirect, challenge string
	scopes                    []string
	expires                   time.Time
	spent                     bool
}

// family is what one consent of a user gave rise to: a line of pairs, of which
// only the last is alive.
type family struct {
	user    string
	scopes  []string
	revoked bool
	current string // the access token of the last pair
}

type accessToken struct {
	family  *family
	expires time.Time
}

type refreshToken struct {
	family  *family
	expires time.Time
	spent   bool
}

// spend marks what a wrongly authenticated token request carried as used.
func (g *grantStore) spend(code, refresh string) {
	if c, ok := g.codes[code]; ok {
		c.spent = true
	}
	if r, ok := g.refresh[refresh]; ok {
		r.spent = true
	}
}

// owner returns the id of the account behind any code or token, "" for none.
func (g *grantStore) owner(secret string) string {
	if c, ok := g.codes[secret]; ok {
		return c.user
	}
	if a, ok := g.access[secret]; ok {
		return a.family.user
	}
	if r, ok := g.refresh[secret]; ok {
		return r.family.user
	}
	return ""
}

// issue makes the next pair of f.
func (s *Sim) issue(f *family, now time.Time) Pair {
	delete(s.grants.access, f.current)
	f.current = s.secret()
	s.grants.access[f.current] = &accessToken{family: f, expires: now.Add(s.settings.AccessLife)}
	p := Pair{
		TokenType: "bearer", ExpiresIn: int(s.settings.AccessLife / time.Second),
		AccessToken: f.current, Scope: strings.Join(f.scopes, " "),
	}
	if slices.Contains(f.scopes, "offline.access") {
		p.RefreshToken = s.secret()
		s.grants.refresh[p.RefreshToken] = &refreshToken{family: f, expires: now.Add(s.settings.RefreshLife)}
	}
	return p
}

// Connect mints a pair for a user without the browser. Without scopes it grants
// all that publishing needs.
func (s *Sim) Connect(username string, scopes ...string) (Pair, error) {
	now := s.lock()
	defer s.mu.Unlock()
	user, err := s.find(username)
	if err != nil {
		return Pair{}, err
	}
	if len(scopes) == 0 {
		scopes = strings.Fields("tweet.read tweet.write users.read media.write offline.access")
	}
	return s.issue(&family{user: user.ID, scopes: scopes}, now), nil
}

// Disconnect is the user revoking the application in X's own settings: every
// token of that user is dead.
func (s *Sim) Disconnect(username string) error {
	s.lock()
	defer s.mu.Unlock()
	user, err := s.find(username)
	if err != nil {
		return err
	}
	for _, r := range s.grants.refresh {
		r.family.revoked = r.family.revoked || r.family.user == user.ID
	}
	for _, a := range s.grants.access {
		a.family.revoked = a.family.revoked || a.family.user == user.ID
	}
	return nil
}
