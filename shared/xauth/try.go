package xauth

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"golang.org/x/oauth2"

	"spool/shared/post"
	"spool/shared/vault"
	"spool/shared/xhttp"
)

const (
	// tokenLife is how long an access token lives when X does not say.
	tokenLife = 2 * time.Hour
	// LimitFloor is how long to wait at a limit whose end X does not say, or says
	// wrongly.
	LimitFloor   = post.ShortestWait
	limitCeiling = post.LongestWait
	maxBody      = xhttp.MaxAnswer
)

// try is one request, and what is known of it if it fails.
type try struct {
	op        op
	at        time.Time
	client    *http.Client
	connected atomic.Bool // else X cannot have seen the request
	secrets   []string    // what no error may repeat
}

// begin prepares a request. Its context has the request watched, and package
// oauth2 use the try's client.
func (a *Authority) begin(ctx context.Context, op op, app vault.App, secrets ...string) (context.Context, *try) {
	pair := url.QueryEscape(app.ClientID) + ":" + url.QueryEscape(app.ClientSecret)
	basic := base64.StdEncoding.EncodeToString([]byte(pair))
	t := &try{op: op, at: a.Now().UTC(), secrets: append(secrets, app.ClientSecret, basic)}
	t.client = &http.Client{
		Timeout:       cmp.Or(a.Timeout, DefaultTimeout),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if a.HTTP != nil {
		t.client.Transport = a.HTTP.Transport
	}
	if t.client.Transport == nil {
		t.client.Transport = xhttp.NewTransport()
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Name look-up, dialling and the TLS handshake come before this, the
		// first byte of the request after it.
		GotConn: func(httptrace.GotConnInfo) { t.connected.Store(true) },
	})
	return context.WithValue(ctx, oauth2.HTTPClient, t.client), t
}

// pair reads the answer. Package oauth2 fills in the old refresh token where
// there is no new one, and counts the expiry by its own clock: so both are taken
// from the answer itself.
func (t *try) pair(got *oauth2.Token) vault.Pair {
	life := time.Duration(got.ExpiresIn) * time.Second
	if life <= 0 {
		life = tokenLife
	}
	p := vault.Pair{Access: got.AccessToken, Expires: t.at.Add(life)}
	p.Refresh, _ = got.Extra("refresh_token").(string)
	scope, _ := got.Extra("scope").(string)
	p.Scopes = strings.Fields(scope)
	return p
}

// failed is the error that a failure of the request amounts to. Nothing of an
// answer gets into it save the fields that are meant to be told, since the rest
// may be tokens; so the error of package oauth2 is not wrapped.
func (t *try) failed(err error) *Error {
	e := &Error{Op: t.op, At: t.at, Left: t.connected.Load()}
	if r, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		t.read(e, r)
		return e
	}
	if u, ok := errors.AsType[*url.Error](err); ok || !e.Left {
		e.Err = err
		if ok {
			e.Err = u.Err // without the address
		}
		return e
	}
	e.Detail = "X's answer was not one, or broke off."
	return e
}

// read takes from an answer what may be told.
func (t *try) read(e *Error, r *oauth2.RetrieveError) {
	var b struct {
		OAuth       string `json:"error"`
		Description string `json:"error_description"`
		Title       string `json:"title"`
		Detail      string `json:"detail"`
		Reason      string `json:"reason"`
	}
	e.Status = r.Response.StatusCode
	e.Transaction = t.line(r.Response.Header.Get("x-transaction-id"))
	e.Until = reset(r.Response.Header, t.at)
	var object map[string]json.RawMessage
	if json.Unmarshal(r.Body, &object) != nil || object == nil {
		e.Detail = "The answer was not X's."
		return
	}
	// A field of a surprising type is skipped; the others are read all the same.
	_ = json.Unmarshal(r.Body, &b)
	e.Understood = true
	e.OAuth = t.line(b.OAuth)
	e.Detail = t.line(cmp.Or(b.Description, b.Detail, b.Title))
	if b.Reason != "" {
		e.Detail += " (" + t.line(b.Reason) + ")"
	}
}

// line makes one printable line out of what X said, without the secrets that
// were sent.
func (t *try) line(s string) string {
	const most = 200
	for _, secret := range t.secrets {
		if secret != "" {
			s = strings.NewReplacer(secret, "[secret]", url.QueryEscape(secret), "[secret]").Replace(s)
		}
	}
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// reset is when a limit ends.
func reset(h http.Header, now time.Time) time.Time {
	n, err := strconv.ParseInt(h.Get("x-rate-limit-reset"), 10, 64)
	at := time.Unix(n, 0).UTC()
	if err != nil || !at.After(now) || at.After(now.Add(limitCeiling)) {
		return now.Add(LimitFloor)
	}
	return at
}

// refusal gives an answer the form that package oauth2 gives to those of the
// token endpoint.
func refusal(res *http.Response) *oauth2.RetrieveError {
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxBody)) // half an answer is not X's JSON
	return &oauth2.RetrieveError{Response: res, Body: body}
}
