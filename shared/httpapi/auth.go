package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/vault"
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

// reachablePosts shows a caller the posts of the accounts that its key is for: to
// a restricted key the others do not exist. What is not overridden here is
// reached through a post that was loaded or listed.
type reachablePosts struct{ Posts }

func (s reachablePosts) Create(ctx context.Context, p post.Post, c post.Content) (post.Post, error) {
	if !access.From(ctx).Reaches(p.AccountID) {
		return p, outOfReach()
	}
	return s.Posts.Create(ctx, p, c)
}

func (s reachablePosts) Load(ctx context.Context, id string) (post.Post, post.Content, error) {
	p, c, err := s.Posts.Load(ctx, id)
	if err == nil && !access.From(ctx).Reaches(p.AccountID) {
		return post.Post{}, post.Content{}, fault.New(fault.NotFound, "There is no post %.40q.", id).Todo("List the posts to find its id.")
	}
	return p, c, err
}

func (s reachablePosts) List(ctx context.Context, accountID, before string, limit int) ([]post.Post, error) {
	if !access.From(ctx).Reaches(accountID) {
		return nil, outOfReach()
	}
	return s.Posts.List(ctx, accountID, before, limit)
}

// reachableSetup shows a caller the accounts that its key is for. A restricted key
// connects none: that would add one.
type reachableSetup struct{ Setup }

func (s reachableSetup) State(ctx context.Context) (vault.State, error) {
	state, err := s.Setup.State(ctx)
	caller := access.From(ctx)
	var reached []vault.Account
	for _, a := range state.Accounts {
		if caller.Reaches(a.ID) {
			reached = append(reached, a)
		}
	}
	state.Accounts = reached
	return state, err
}

func (s reachableSetup) Invite(ctx context.Context, zone string) (string, time.Time, error) {
	if len(access.From(ctx).Accounts) > 0 {
		return "", time.Time{}, outOfReach()
	}
	return s.Setup.Invite(ctx, zone)
}

func (s reachableSetup) StartHeadless(ctx context.Context, caller, redirect, zone string) (string, time.Time, error) {
	if len(access.From(ctx).Accounts) > 0 {
		return "", time.Time{}, outOfReach()
	}
	return s.Setup.StartHeadless(ctx, caller, redirect, zone)
}

func (s reachableSetup) Disconnect(ctx context.Context, accountID string) (vault.Account, error) {
	if !access.From(ctx).Reaches(accountID) {
		return vault.Account{}, outOfReach()
	}
	return s.Setup.Disconnect(ctx, accountID)
}

func (s reachableSetup) ResumeAccount(ctx context.Context, accountID string) error {
	if !access.From(ctx).Reaches(accountID) {
		return outOfReach()
	}
	return s.Setup.ResumeAccount(ctx, accountID)
}

func (s reachableSetup) Configure(ctx context.Context, accountID string, settings vault.Settings) (vault.Account, error) {
	if !access.From(ctx).Reaches(accountID) {
		return vault.Account{}, outOfReach()
	}
	return s.Setup.Configure(ctx, accountID, settings)
}

// outOfReach is the fault of a restricted key.
func outOfReach() error {
	return fault.New(fault.Forbidden, "This key is for other accounts.").Todo("Use a key that is not restricted, or restricted to this account.")
}
