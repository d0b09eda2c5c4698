package xsim

import (
	"net/http"
	"slices"
	"time"
)

// call is one authenticated request to X's API while it is carried out.
type call struct {
	user *Account
	now  time.Time
	via  request
}

// request is what the HTTP layer knows about a call that the rules do not need:
// the zero value is a call from Go.
type request struct {
	entry int           // its number in the journal
	late  time.Duration // what it creates is to be committed this much later
	// mediaFailure is how the processing of what it uploads is to end.
	mediaFailure *MediaFailure
}

// scopesOf lists the scopes that X's OpenAPI document demands for e.
func scopesOf(e Endpoint) []string {
	switch e {
	case CreatePost, DeletePost:
		return []string{"tweet.read", "tweet.write", "users.read"}
	case UploadMedia, MediaStatus, InitializeMedia, AppendMedia, FinalizeMedia, DescribeMedia:
		return []string{"media.write"}
	}
	return []string{"tweet.read", "users.read"}
}

// serve carries out one request: authentication, the application's state,
// scopes, limits, then run. It holds the lock throughout.
func (s *Sim) serve(e Endpoint, bearer string, via request, run func(*call) error) (Limits, error) {
	now := s.lock()
	defer s.mu.Unlock()
	f, err := s.authenticate(bearer, now)
	if err != nil {
		return Limits{}, err
	}
	if err := s.appState(); err != nil {
		return Limits{}, err
	}
	for _, scope := range scopesOf(e) {
		if !slices.Contains(f.scopes, scope) {
			return Limits{}, forbidden("Forbidden")
		}
	}
	limits, err := s.take(e, f.user, now)
	if err != nil {
		return limits, err
	}
	return limits, run(&call{user: s.accounts[f.user], now: now, via: via})
}

// authenticate finds the consent behind an access token.
func (s *Sim) authenticate(bearer string, now time.Time) (*family, error) {
	if bearer == AppOnlyToken {
		return nil, &Refusal{
			Status: http.StatusForbidden, Title: "Unsupported Authentication", Kind: "unsupported-authentication",
			Detail: "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].",
			Extra:  map[string]any{"status": http.StatusForbidden},
		}
	}
	a, ok := s.grants.access[bearer]
	if !ok || a.family.revoked || !now.Before(a.expires) {
		return nil, unauthorized()
	}
	return a.family, nil
}
