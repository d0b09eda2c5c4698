package xsim

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
)

// serveAuthorize is X's consent page. auto=allow or auto=deny decides at once;
// as names the account that signs in, the first one if it is absent.
func (s *Sim) serveAuthorize(x *exchange) answer {
	q := x.URL.Query()
	r := AuthorizeRequest{
		ResponseType: q.Get("response_type"), ClientID: q.Get("client_id"), RedirectURI: q.Get("redirect_uri"),
		Scope: q.Get("scope"), State: q.Get("state"), Challenge: q.Get("code_challenge"),
		ChallengeMethod: q.Get("code_challenge_method"),
	}
	if err := s.CheckAuthorize(r); err != nil {
		return s.authorizeError(err)
	}
	var redirect string
	var err error
	switch auto := q.Get("auto"); auto {
	case "":
		return s.consentPage(q)
	case "allow":
		as := q.Get("as")
		if accounts := s.Accounts(); as == "" && len(accounts) > 0 {
			as = accounts[0].Username
		}
		redirect, err = s.Allow(r, as)
	case "deny":
		redirect, err = s.Deny(r)
	default:
		err = errors.New(`auto is neither "allow" nor "deny"`)
	}
	if err != nil {
		return s.authorizeError(err)
	}
	h := http.Header{}
	h.Set("Location", redirect)
	h.Set("Referrer-Policy", "no-referrer")
	return answer{status: http.StatusFound, header: h}
}

// consentPage asks which account signs in and whether it allows the application.
// The form repeats the query; the buttons add auto.
func (s *Sim) consentPage(q url.Values) answer {
	q.Del("as")
	return htmlAnswer(http.StatusOK, "consent.html", map[string]any{
		"Query": q, "Accounts": s.Accounts(), "Scopes": scopeSentences(q.Get("scope")), "Client": q.Get("client_id"),
		"Redirect": q.Get("redirect_uri"),
	})
}

func (s *Sim) authorizeError(err error) answer {
	return htmlAnswer(http.StatusBadRequest, "refused.html", map[string]any{"Reason": err.Error()})
}

// htmlAnswer renders one of the embedded pages.
func htmlAnswer(status int, page string, data any) answer {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, page, data); err != nil {
		panic(err) // the templates are embedded and tested
	}
	h := http.Header{}
	pageHeaders(h)
	return answer{status, h, b.Bytes()}
}

func (s *Sim) serveToken(x *exchange) answer {
	f := x.form()
	pair, err := s.Token(TokenRequest{
		GrantType: f.Get("grant_type"), Code: f.Get("code"), RedirectURI: f.Get("redirect_uri"),
		Verifier: f.Get("code_verifier"), RefreshToken: f.Get("refresh_token"), Client: x.client(f),
	})
	if err != nil {
		return s.refuse(Limits{}, err)
	}
	return respond(http.StatusOK, Limits{}, pair)
}

func (s *Sim) serveRevoke(x *exchange) answer {
	f := x.form()
	if err := s.Revoke(f.Get("token"), x.client(f)); err != nil {
		return s.refuse(Limits{}, err)
	}
	return respond(http.StatusOK, Limits{}, map[string]bool{"revoked": true})
}

// client reads the client's authentication. In HTTP Basic both parts are
// form-encoded (RFC 6749, section 2.3.1).
func (x *exchange) client(f url.Values) ClientAuth {
	c := ClientAuth{BodyID: f.Get("client_id")}
	id, secret, ok := x.BasicAuth()
	if !ok {
		return c
	}
	c.Basic = true
	var err1, err2 error
	c.ID, err1 = url.QueryUnescape(id)
	c.Secret, err2 = url.QueryUnescape(secret)
	if err1 != nil || err2 != nil {
		c.ID, c.Secret = id, secret
	}
	return c
}
