package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/gateway"
)

// connector is what the pages need of the setup.
type connector interface {
	Start(ctx context.Context, ticket, redirect string) (authorize, browser string, err error)
	Finish(ctx context.Context, ret connect.Return, browser string) (account.Account, error)
}

// cookie ties a flow to the browser that began it. The prefix has browsers take
// it only over a secure connection, for this host and all of its paths.
const cookie = "__Host-spool-connect"

// pages serves what the browser sees.
type pages struct {
	setup  connector
	domain string // that X redirects to; empty: the one that the browser came by
	log    *slog.Logger
}

// handler gives the routes.
func (p *pages) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/x/start", p.start)
	mux.HandleFunc("GET "+connect.CallbackPath, p.callback)
	return secureHeaders(mux)
}

// secureHeaders keeps what the pages' addresses hold from caches, other sites and
// anything that could be injected.
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'", cspHash(pageCSS), cspHash(pageJS)))
		next.ServeHTTP(w, r)
	})
}

// start spends the ticket of a start link and sends the browser to X.
func (p *pages) start(w http.ResponseWriter, r *http.Request) {
	redirect := gateway.Origin(r, p.domain) + connect.CallbackPath
	authorize, browser, err := p.setup.Start(r.Context(), r.URL.Query().Get("ticket"), redirect)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Value: browser, Path: "/", MaxAge: int(connect.FlowLife.Seconds()),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, // X's redirect is a navigation from another site
	})
	w.Header().Set("Location", authorize)
	w.WriteHeader(http.StatusSeeOther) // no body: http.Redirect would write the address into one
}

// callback takes X's redirect.
func (p *pages) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	browser := ""
	if c, err := r.Cookie(cookie); err == nil {
		browser = c.Value
	}
	ret := connect.Return{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error")}
	acc, err := p.setup.Finish(r.Context(), ret, browser)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	p.show(w, http.StatusOK, connected(acc))
}

// connected is the page at the end of a good connection.
func connected(acc account.Account) page {
	p := page{
		Title: "Connected", Heading: "@" + acc.Username + " is connected",
		Text: "Spool can publish for this account now. Its tokens are sealed and stay in your own AWS account.",
		Todo: "You can close this window and go on where you came from.",
	}
	if missing := acc.MissingScopes(); len(missing) > 0 {
		p.Text += " X did not grant " + strings.Join(missing, ", ") + ", so threads with media cannot be published."
		p.Todo = "Close this window and go on where you came from; or connect again and allow everything."
	}
	return p
}

// fail shows what went wrong and what to do.
func (p *pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		p.log.ErrorContext(r.Context(), "connecting failed", "error", err)
		f = fault.New(fault.Internal, "Something in Spool went wrong.").
			Todo("Start the connection again; if it happens again, look at the callback function's logs.")
	} else {
		p.log.WarnContext(r.Context(), "connection refused", "code", f.Code, "error", f)
	}
	p.show(w, f.Code.Status(), page{
		Title: "Not connected", Heading: "The account was not connected", Text: f.Message, Todo: f.Fix, Failed: true,
	})
}

// page is what a person is shown. All of it is plain text.
type page struct {
	Title, Heading, Text, Todo string
	Failed                     bool
}

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// pageJS takes what the address holds, a code and a state that are spent, out of the
// address bar and the browser's history.
const pageJS = "history.replaceState(null, '', location.pathname)"

// show answers a page. Its few places are filled by hand: html/template looks
// methods up by name, which makes the linker keep all of the SDK.
func (p *pages) show(w http.ResponseWriter, status int, v page) {
	class := "done"
	if v.Failed {
		class = "failed"
	}
	body := strings.NewReplacer(
		"{{style}}", pageCSS, "{{script}}", pageJS, "{{class}}", class, "{{title}}", html.EscapeString(v.Title),
		"{{heading}}", html.EscapeString(v.Heading),
		"{{text}}", html.EscapeString(v.Text), "{{todo}}", html.EscapeString(v.Todo),
	).Replace(pageHTML)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // into memory: it cannot fail
}
