package httpapi

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/access"
	"spool/shared/fault"
)

// keyring knows whose the keys and sessions are.
func (a *API) keyring() *access.Keyring {
	return &access.Keyring{AdminSum: a.KeySum, Store: a.Keys, Sessions: a.Sessions, Now: a.Now, Log: a.Log}
}

// authenticated lets only the holders of a key or a session through, and who wants
// to sign in; the request then carries the caller.
func (a *API) authenticated(next http.Handler) http.Handler {
	keys := a.keyring()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		caller, err := admit(keys, r)
		if err != nil {
			switch fault.CodeOf(err) {
			case fault.Unauthorized:
				w.Header().Set("WWW-Authenticate", `Bearer realm="spool"`)
			case fault.Internal:
				a.Log.ErrorContext(r.Context(), "a caller could not be checked", "error", err)
			}
			write(w, problemOf(err))
			return
		}
		next.ServeHTTP(w, r.WithContext(access.With(r.Context(), caller)))
	})
}

// admit finds who sent a request: the holder of the key in its header, else of the
// session in its cookie.
func admit(keys *access.Keyring, r *http.Request) (access.Caller, error) {
	if r.Method == http.MethodPost && r.URL.Path == signInPath {
		return access.Caller{}, fromThePage(r)
	}
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return keys.Admit(r.Context(), key)
	}
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return keys.Admit(r.Context(), "")
	}
	if err := fromThePage(r); err != nil {
		return access.Caller{}, err
	}
	return keys.AdmitSession(r.Context(), c.Value)
}

// need lets only callers with one of the scopes on to an operation. It is the one
// place where scopes are held to.
func need(scopes ...access.Scope) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if access.From(ctx.Context()).May(scopes...) {
			next(ctx)
			return
		}
		refuse(ctx, access.Refusal(scopes...))
	}
}

// refuse answers an operation with a fault before it is begun.
func refuse(ctx huma.Context, err error) {
	p := problemOf(err)
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	_ = json.NewEncoder(ctx.BodyWriter()).Encode(p) // the client went away; nobody is left to tell
}
