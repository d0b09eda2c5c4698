package xsim

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Scopes that X knows, in the order in which it lists them.
func knownScopes() []string {
	return strings.Fields("tweet.read tweet.write tweet.moderate.write users.email users.read follows.read follows.write " +
		"offline.access space.read mute.read mute.write like.read like.write list.read list.write block.read block.write " +
		"bookmark.read bookmark.write media.write dm.read dm.write")
}

// AuthorizeRequest is the query of GET /i/oauth2/authorize.
type AuthorizeRequest struct {
	ResponseType, ClientID, RedirectURI, Scope, State, Challenge, ChallengeMethod string
}

// CheckAuthorize says what is wrong with r; X then shows an error page and
// redirects nowhere.
func (s *Sim) CheckAuthorize(r AuthorizeRequest) error {
	s.lock()
	defer s.mu.Unlock()
	return s.checkAuthorize(r)
}

func (s *Sim) checkAuthorize(r AuthorizeRequest) error {
	switch {
	case r.ClientID != s.settings.ClientID:
		return errors.New("client_id is not the id of a known application")
	case !s.registered(r.RedirectURI):
		return errors.New("redirect_uri is not one of the application's callback URLs; it must match one exactly")
	case r.ResponseType != "code":
		return errors.New(`response_type must be "code"`)
	case r.State == "":
		return errors.New("state is missing")
	case len(r.State) > 500:
		return errors.New("state is longer than 500 characters")
	case r.ChallengeMethod != "S256":
		return errors.New(`code_challenge_method must be "S256"`)
	case !isChallenge(r.Challenge):
		return errors.New("code_challenge is not the base64url form of a SHA-256 sum (43 characters)")
	case r.Scope == "":
		return errors.New("scope is missing")
	}
	for scope := range strings.FieldsSeq(r.Scope) {
		if !slices.Contains(knownScopes(), scope) {
			return fmt.Errorf("scope %q does not exist", scope)
		}
	}
	return nil
}

func isChallenge(c string) bool {
	sum, err := base64.RawURLEncoding.DecodeString(c)
	return err == nil && len(sum) == sha256.Size
}

// registered reports whether uri may be redirected to.
func (s *Sim) registered(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.Fragment != "" {
		return false
	}
	loopback := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	any := loopback && (u.Scheme == "http" || u.Scheme == "https")
	return slices.Contains(s.settings.Redirects, uri) || any && slices.Contains(s.settings.Redirects, "*")
}

// Allow is the user granting the application what r asks; it returns the URL
// that the browser is sent to, with the code.
func (s *Sim) Allow(r AuthorizeRequest, username string) (redirect string, err error) {
	now := s.lock()
	defer s.mu.Unlock()
	if err := s.checkAuthorize(r); err != nil {
		return "", err
	}
	user, err := s.find(username)
	if err != nil {
		return "", err
	}
	code := s.secret()
	s.grants.codes[code] = &codeGrant{
		user: user.ID, redirect: r.RedirectURI, challenge: r.Challenge,
		scopes: s.granted(strings.Fields(r.Scope)), expires: now.Add(s.settings.CodeLife),
	}
	return withQuery(r.RedirectURI, url.Values{"state": {r.State}, "code": {code}}), nil
}

// Deny is the user refusing; it returns the URL that the browser is sent to.
func (s *Sim) Deny(r AuthorizeRequest) (redirect string, err error) {
	if err := s.CheckAuthorize(r); err != nil {
		return "", err
	}
	return withQuery(r.RedirectURI, url.Values{"state": {r.State}, "error": {"access_denied"}}), nil
}

// withQuery adds values to the query of uri, which is a registered redirect URI
// and therefore parses.
func withQuery(uri string, values url.Values) string {
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + values.Encode()
}

// granted is the part of the asked scopes that the user grants.
func (s *Sim) granted(asked []string) []string {
	if len(s.settings.GrantScopes) == 0 {
		return asked
	}
	return slices.DeleteFunc(slices.Clone(asked), func(scope string) bool {
		return !slices.Contains(s.settings.GrantScopes, scope)
	})
}

// TokenRequest is the form of POST /2/oauth2/token, and the client's
// authentication.
type TokenRequest struct {
	GrantType    string
	Code         string // for authorization_code, with RedirectURI and Verifier
	RedirectURI  string
	Verifier     string
	RefreshToken string // for refresh_token
	Client       ClientAuth
}

// ClientAuth is how a token request says which application sends it: by HTTP
// Basic (confidential client), or by client_id in the body (public client).
type ClientAuth struct {
	Basic      bool
	ID, Secret string // of Basic
	BodyID     string // client_id in the body
}

// Pair is X's answer to a token request. RefreshToken is empty unless the scope
// offline.access was granted.
type Pair struct {
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	AccessToken  string `json:"access_token"`
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// Token exchanges a code or a refresh token for a pair.
func (s *Sim) Token(r TokenRequest) (Pair, error) {
	now := s.lock()
	defer s.mu.Unlock()
	if err := s.authenticateClient(r.Client); err != nil {
		if s.settings.ProbeSpends {
			s.grants.spend(r.Code, r.RefreshToken)
		}
		return Pair{}, err
	}
	switch r.GrantType {
	case "authorization_code":
		return s.exchange(r, now)
	case "refresh_token":
		return s.refresh(r.RefreshToken, now)
	case "":
		return Pair{}, oauthRefusal(http.StatusBadRequest, "invalid_request", "Missing required parameter [grant_type].")
	}
	return Pair{}, oauthRefusal(http.StatusBadRequest, "unsupported_grant_type",
		"Value passed for the grant type was invalid.")
}

func (s *Sim) authenticateClient(c ClientAuth) error {
	if s.settings.Public {
		switch {
		case c.Basic:
			return oauthRefusal(http.StatusUnauthorized, "unauthorized_client",
				"A public client must not send an authorization header")
		case c.BodyID == "":
			return oauthRefusal(http.StatusBadRequest, "invalid_request", "Missing required parameter [client_id].")
		case c.BodyID != s.settings.ClientID:
			return oauthRefusal(http.StatusBadRequest, "invalid_request", "Value passed for the client id was invalid.")
		}
		return nil
	}
	if !c.Basic || !same(c.ID, s.settings.ClientID) || !same(c.Secret, s.settings.ClientSecret) {
		return oauthRefusal(http.StatusUnauthorized, "unauthorized_client", "Missing valid authorization header")
	}
	return nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// exchange spends a code, whether or not the rest of the request is right.
func (s *Sim) exchange(r TokenRequest, now time.Time) (Pair, error) {
	bad := func(what string) (Pair, error) {
		return Pair{}, oauthRefusal(http.StatusBadRequest, "invalid_request", "Value passed for the "+what)
	}
	code, ok := s.grants.codes[r.Code]
	if !ok || code.spent || !now.Before(code.expires) {
		return bad("authorization code was invalid.")
	}
	code.spent = true
	if r.RedirectURI != code.redirect {
		return bad("redirect uri did not match the uri of the authorization code.")
	}
	sum := sha256.Sum256([]byte(r.Verifier))
	if !same(base64.RawURLEncoding.EncodeToString(sum[:]), code.challenge) {
		return bad("code verifier did not match the code challenge.")
	}
	return s.issue(&family{user: code.user, scopes: code.scopes}, now), nil
}

// refresh spends a refresh token and issues the family's next pair. A token that
// was spent before tells of a thief or of a lost race: the family is revoked.
func (s *Sim) refresh(token string, now time.Time) (Pair, error) {
	r, ok := s.grants.refresh[token]
	switch {
	case !ok, r.family.revoked, !now.Before(r.expires):
	case r.spent:
		r.family.revoked = true
	default:
		r.spent = true
		return s.issue(r.family, now), nil
	}
	return Pair{}, oauthRefusal(http.StatusBadRequest, "invalid_request", "Value passed for the token was invalid.")
}

// Revoke is POST /2/oauth2/revoke: a refresh token takes its family with it, an
// access token only itself. A token that X does not know is not an error (RFC 7009).
func (s *Sim) Revoke(token string, c ClientAuth) error {
	s.lock()
	defer s.mu.Unlock()
	if err := s.authenticateClient(c); err != nil {
		return err
	}
	if token == "" {
		return oauthRefusal(http.StatusBadRequest, "invalid_request", "Missing required parameter [token].")
	}
	if r, ok := s.grants.refresh[token]; ok {
		r.family.revoked = true
	}
	delete(s.grants.access, token)
	return nil
}
