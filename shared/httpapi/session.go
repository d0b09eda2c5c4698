package httpapi

import (
	"context"
	"mime"
	"net/http"
	"strings"

	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/wire"
)

// sessionCookie holds a session's token. The prefix has browsers take it only over
// a secure connection, or from this machine, for this host and all of its paths.
const sessionCookie = "__Host-spool"

type (
	sessionInput  struct{ Body wire.SessionInput }
	sessionOutput struct{ Body wire.Session }
	signedIn      struct {
		SetCookie string `header:"Set-Cookie" doc:"The session: HttpOnly, Secure, SameSite=Strict"`
		Body      wire.Session
	}
	signedOut struct {
		SetCookie string `header:"Set-Cookie" doc:"Removes the session"`
	}
)

// sessionRoutes registers the operations on sign-ins. All but signing in take any
// key.
func (a *API) sessionRoutes(r *routes) {
	signIn := operation(http.MethodPost, signInPath, "sign-in", "Sign a browser in with a key; the answer sets a cookie")
	signIn.Security, signIn.Middlewares = []map[string][]string{{}}, nil // nothing but the key in the body
	signIn.MaxBodyBytes = maxSignIn
	register(a, r, signIn, a.signIn)
	register(a, r,
		operation(http.MethodGet, signInPath, "get-session", "Who the caller is", access.Scopes()...), a.session)
	signOut := operation(http.MethodDelete, signInPath, "sign-out", "Sign this browser out", access.Scopes()...)
	signOut.DefaultStatus = http.StatusNoContent
	register(a, r, signOut, a.signOut)
	everywhere := operation(http.MethodDelete, "/v1/sessions", "sign-out-everywhere",
		"Sign out every browser that is signed in with the caller's key", access.Scopes()...)
	everywhere.DefaultStatus = http.StatusNoContent
	register(a, r, everywhere, a.signOutEverywhere)
}

// signInPath is the one path under /v1/ that takes a request from nobody in
// particular.
const signInPath = "/v1/session"

// maxSignIn bounds the body of a sign-in, which anybody may send.
const maxSignIn = 1 << 10

func (a *API) signIn(ctx context.Context, in *sessionInput) (*signedIn, error) {
	token, caller, err := a.keyring().SignIn(ctx, in.Body.Key)
	if err != nil {
		return nil, err
	}
	a.Log.InfoContext(ctx, "signed in", "key_id", caller.ID)
	return &signedIn{cookie(token, int(access.SessionLife.Seconds())), sessionView(caller)}, nil
}

func (a *API) session(ctx context.Context, _ *struct{}) (*sessionOutput, error) {
	return &sessionOutput{sessionView(access.From(ctx))}, nil
}

func (a *API) signOut(ctx context.Context, _ *struct{}) (*signedOut, error) {
	if err := a.keyring().SignOut(ctx, access.From(ctx)); err != nil {
		return nil, err
	}
	return &signedOut{cookie("", -1)}, nil
}

func (a *API) signOutEverywhere(ctx context.Context, _ *struct{}) (*signedOut, error) {
	caller := access.From(ctx)
	if err := a.keyring().SignOutEverywhere(ctx, caller); err != nil {
		return nil, err
	}
	a.Log.InfoContext(ctx, "signed out everywhere", "key_id", caller.ID)
	return &signedOut{cookie("", -1)}, nil
}

// cookie is the header that sets the session's cookie for a number of seconds, or
// removes it.
func cookie(token string, seconds int) string {
	c := http.Cookie{
		Name: sessionCookie, Value: token, Path: "/", MaxAge: seconds,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	return c.String()
}

func sessionView(c access.Caller) wire.Session {
	v := wire.Session{KeyID: c.ID, Name: c.Name, Accounts: c.Accounts, ExpiresAt: optional(c.ExpiresAt)}
	for _, s := range c.Scopes {
		v.Scopes = append(v.Scopes, string(s))
	}
	return v
}

// fromThePage refuses what another site had a browser send. It holds for requests
// whose rights come from a cookie, which browsers add by themselves, and for
// signing in, by which another site could slip its own session to a visitor.
//
// SameSite=Strict keeps the cookie off everything that another site begins, but
// another host of the same domain is the same site, and old browsers do not know
// the attribute. So what changes anything must come from this very origin, by the
// word of the browser (Sec-Fetch-Site, else Origin), which pages cannot forge; a
// client that sends neither is no browser. And a body must be JSON by its type,
// which no form can send, nor a script elsewhere without asking first by CORS: that
// is never granted.
func fromThePage(r *http.Request) error {
	var origin http.CrossOriginProtection
	if err := origin.Check(r); err != nil {
		return fault.New(fault.Forbidden, "This request came from another site.").
			Todo("If you meant it, do it on Spool's own page.").Because(err)
	}
	kind := r.Header.Get("Content-Type")
	if kind == "" && r.ContentLength == 0 {
		return nil
	}
	if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
		return fault.New(fault.Invalid, "A body must be JSON.").At("Content-Type").
			Todo("Send it with the header “Content-Type: application/json”.")
	}
	return nil
}

// public serves the web page to everybody, and guards all answers.
func (a *API) public(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if a.Web != nil && reads && (r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/assets/")) {
			a.Web.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
