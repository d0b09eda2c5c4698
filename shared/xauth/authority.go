// Package xauth is X's side of OAuth 2.0: sending people to X to allow the
// access, and trading what comes back for tokens, with PKCE.
//
// Each request goes out once. Codes and refresh tokens are spent by being used,
// so nothing is tried a second time here, and how the app authenticates is never
// found out by probing. Source: RFC 6749, RFC 7009, RFC 7636 and
// https://docs.x.com/fundamentals/authentication/oauth-2-0.
package xauth

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"spool/shared/connect"
	"spool/shared/vault"
	"spool/shared/xhttp"
)

// DefaultEndpoint is where X serves its API, tokens included.
const DefaultEndpoint = "https://api.x.com"

// authorizeURL is X's page that asks for consent, which has a host of its own.
const authorizeURL = "https://x.com/i/oauth2/authorize"

// DefaultTimeout bounds one request. A shorter deadline of the context wins.
const DefaultTimeout = xhttp.Timeout

// Authority is X's authorization server. It is safe for concurrent use.
type Authority struct {
	Endpoint string // scheme and host, such as [DefaultEndpoint]
	// HTTP carries the requests: of it only the Transport is used, which must not
	// send a request twice by itself. [New] gives such a one.
	HTTP    *http.Client
	Now     func() time.Time
	Timeout time.Duration // of one request; zero stands for [DefaultTimeout]
}

var (
	_ vault.Authority = (*Authority)(nil)
	_ connect.Grants  = (*Authority)(nil)
)

// New makes the Authority of an endpoint.
func New(endpoint string) *Authority {
	return &Authority{
		Endpoint: endpoint,
		HTTP:     &http.Client{Transport: xhttp.NewTransport()},
		Now:      time.Now,
		Timeout:  DefaultTimeout,
	}
}

// AuthorizeURL is the page of X's on which a person allows the access. State
// comes back with the redirect; it has at most 500 characters. Redirect must be
// registered with X to the letter. The verifier stays here: only its SHA-256
// goes along.
func (a *Authority) AuthorizeURL(app vault.App, redirect, state, verifier string, scopes []string) string {
	c := a.config(app, redirect)
	c.Scopes = scopes
	return c.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier))
}

// Exchange trades the code of a redirect, which lives 30 seconds and works once,
// for the first pair. Redirect and verifier are those of the AuthorizeURL. No
// Scopes in the pair means that all was granted that was asked for.
//
// Its verdicts are Final, where the flow must be started again, Pause where the
// app itself is refused, Wait at a limit, and Retry where X certainly did not see
// the request.
func (a *Authority) Exchange(ctx context.Context, app vault.App, code, verifier, redirect string) (vault.Pair, error) {
	ctx, t := a.begin(ctx, opExchange, app, code, verifier)
	got, err := a.config(app, redirect).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return vault.Pair{}, t.failed(err)
	}
	return t.pair(got), nil
}

// Refresh trades a refresh token for a new pair; see [vault.Authority]. The new
// refresh token is empty where X sent none.
//
// Its verdicts are Final where X refused the token, Pause where it refused the
// app, Wait at a limit, Retry where X certainly did not see the request, and
// Settle in all other cases: X may have rotated the pair.
func (a *Authority) Refresh(ctx context.Context, app vault.App, refreshToken string) (vault.Pair, error) {
	if refreshToken == "" {
		return vault.Pair{}, noRefreshToken{}
	}
	ctx, t := a.begin(ctx, opRefresh, app, refreshToken)
	// A source that starts without an access token makes exactly one request.
	got, err := a.config(app, "").TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	if err != nil {
		return vault.Pair{}, t.failed(err)
	}
	return t.pair(got), nil
}

// Revoke ends a token and its grant; see [vault.Authority]. Revoking twice does
// no harm, so that a lost answer is a Retry. Final says that X does not know the
// token, which is as good. Source: RFC 7009.
func (a *Authority) Revoke(ctx context.Context, app vault.App, token string) error {
	ctx, t := a.begin(ctx, opRevoke, app, token)
	form := url.Values{"token": {token}}
	if app.ClientSecret == "" {
		form.Set("client_id", app.ClientID)
	}
	body := strings.NewReader(form.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url("/2/oauth2/revoke"), body)
	if err != nil {
		return t.failed(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if app.ClientSecret != "" {
		req.SetBasicAuth(url.QueryEscape(app.ClientID), url.QueryEscape(app.ClientSecret))
	}
	res, err := t.client.Do(req)
	if err != nil {
		return t.failed(err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return t.failed(refusal(res))
	}
	return nil
}

// config is the OAuth configuration of an app. The style is given, since probing
// for it would spend the code or the refresh token.
func (a *Authority) config(app vault.App, redirect string) *oauth2.Config {
	style := oauth2.AuthStyleInHeader
	if app.ClientSecret == "" {
		style = oauth2.AuthStyleInParams
	}
	authorize := authorizeURL
	if strings.TrimSuffix(a.Endpoint, "/") != DefaultEndpoint {
		authorize = a.url("/i/oauth2/authorize")
	}
	return &oauth2.Config{
		ClientID:     app.ClientID,
		ClientSecret: app.ClientSecret,
		RedirectURL:  redirect,
		Endpoint:     oauth2.Endpoint{AuthURL: authorize, TokenURL: a.url("/2/oauth2/token"), AuthStyle: style},
	}
}

// url is the address of a path at the endpoint.
func (a *Authority) url(path string) string { return strings.TrimSuffix(a.Endpoint, "/") + path }
