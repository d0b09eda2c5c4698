package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/gateway"
	"spool/shared/post"
	"spool/shared/wire"
)

type (
	accountOutput  struct{ Body wire.Account }
	accountsOutput struct{ Body wire.AccountList }
	accountsInput  struct {
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"100" doc:"The most accounts that one answer has"`
		Cursor string `query:"cursor" maxLength:"64" doc:"next_cursor of the answer before"`
	}
	erasureOutput struct{ Body wire.Erasure }
	accountByID   struct {
		ID string `path:"id"`
	}
	settingsInput struct {
		ID   string `path:"id"`
		Body wire.AccountSettings
	}
	connectInput struct {
		originInput
		Keyed
		Body *wire.ConnectInput
	}
	connectOutput struct{ Body wire.Connection }
	completeInput struct{ Body wire.CompleteInput }
	originInput   struct{ request *http.Request }
)

// Resolve implements [huma.Resolver]: it keeps the request, whose address links
// are made of.
func (o *originInput) Resolve(ctx huma.Context) []error {
	o.request, _ = humago.Unwrap(ctx)
	return nil
}

// accountRoutes registers the operations on accounts.
func (a *API) accountRoutes(r *routes) {
	register(a, r, operation(http.MethodGet, "/v1/accounts", "list-accounts", "List the connected accounts",
		access.PostsRead, access.PostsWrite, access.Accounts), a.accounts)
	register(a, r, operation(http.MethodGet, "/v1/accounts/{id}", "get-account", "Read an account",
		access.PostsRead, access.PostsWrite, access.Accounts), a.readAccount)
	register(a, r,
		operation(http.MethodPatch, "/v1/accounts/{id}", "edit-account", "Change an account's time zone or length limit",
			access.Accounts), a.configure)
	register(a, r, operation(http.MethodDelete, "/v1/accounts/{id}", "disconnect-account",
		"Revoke the access on X and destroy the tokens; scheduled posts wait, the history stays", access.Accounts),
		a.disconnect)
	erase := operation(http.MethodDelete, "/v1/accounts/{id}/data", "erase-account",
		"Delete all that Spool keeps of an account: its posts, their files, the account itself", access.Admin)
	erase.Description = "Disconnects the account first. What is on X stays there. Where done is false, repeat the request after " +
		"the seconds that it says: a worker still holds a post, or files wait until nobody can be using them. This cannot be undone."
	register(a, r, erase, a.erase)
	connect := operation(http.MethodPost, "/v1/accounts/connect", "connect-account",
		"Begin to connect an account, or to connect it again", access.Accounts)
	connect.DefaultStatus = http.StatusCreated
	register(a, r, connect, repeatably(a, connect.OperationID, linkLife, func(in *connectInput) any {
		return in.Body
	}, a.connect))
	register(a, r,
		operation(http.MethodPost, "/v1/accounts/connect/complete", "complete-connection", "End a headless connection",
			access.Accounts), a.complete)
}

// accounts answers a page of the accounts, by their user names. A cursor is the place
// of the last one on the page before, which need not be connected any more.
func (a *API) accounts(ctx context.Context, in *accountsInput) (*accountsOutput, error) {
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	place := func(acc account.Account) string { return acc.Username + "#" + acc.ID }
	page := slices.DeleteFunc(slices.Clone(state.Accounts), func(acc account.Account) bool {
		return place(acc) <= in.Cursor
	})
	slices.SortFunc(page, func(a, b account.Account) int { return strings.Compare(place(a), place(b)) })
	out := &accountsOutput{}
	if len(page) > in.Limit {
		page = page[:in.Limit]
		out.Body.NextCursor = place(page[in.Limit-1])
	}
	pauses, err := a.pausesOf(ctx, page)
	if err != nil {
		return nil, err
	}
	out.Body.Accounts, out.Body.Pause = []wire.Account{}, pauseView(pauses, account.Account{})
	for _, acc := range page {
		out.Body.Accounts = append(out.Body.Accounts, accountView(acc, pauses))
	}
	return out, nil
}

func (a *API) readAccount(ctx context.Context, in *accountByID) (*accountOutput, error) {
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	for _, acc := range state.Accounts {
		if acc.ID == in.ID {
			return a.accountAnswer(ctx, acc, nil)
		}
	}
	return nil, fault.New(fault.NotFound, "There is no such account.").Todo("List the accounts to find its id.")
}

func (a *API) configure(ctx context.Context, in *settingsInput) (*accountOutput, error) {
	s := account.Settings{Zone: in.Body.Zone, Limit: in.Body.Limit}
	if l := in.Body.Lateness; l != nil {
		lateness := time.Duration(*l) * time.Second
		s.Lateness = &lateness
	}
	acc, err := a.Setup.Configure(ctx, in.ID, s)
	return a.accountAnswer(ctx, acc, err)
}

func (a *API) disconnect(ctx context.Context, in *accountByID) (*accountOutput, error) {
	acc, err := a.Setup.Disconnect(ctx, in.ID)
	return a.accountAnswer(ctx, acc, err)
}

// eraseAgain is after how many seconds an account's data is to be deleted again, when it is not done.
const eraseAgain = 60

// erase deletes an account's data. The record of the account goes last, so that repeating the request goes on.
func (a *API) erase(ctx context.Context, in *accountByID) (*erasureOutput, error) {
	acc, err := a.Setup.Disconnect(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &erasureOutput{}
	out.Body.AccountID, out.Body.Username = acc.ID, acc.Username
	out.Body.AgainAfter, out.Body.Reason = eraseAgain, viewOfReason(acc.Reason)
	if len(acc.Sealed) > 0 { // X could not be told, and its tokens are needed for that
		return out, nil
	}
	out.Body.Posts, out.Body.Done, err = a.Keeper.Erase(ctx, in.ID)
	if out.Body.Done {
		out.Body.AgainAfter, out.Body.Reason = 0, nil
	}
	return out, err
}

func (a *API) connect(ctx context.Context, in *connectInput) (*connectOutput, error) {
	origin := gateway.Origin(in.request, a.Domain)
	out := &connectOutput{}
	var how wire.ConnectInput
	if in.Body != nil {
		how = *in.Body
	}
	if how.Headless {
		authorize, expires, err := a.Setup.StartHeadless(ctx, access.From(ctx).ID, origin+connect.CallbackPath, how.Zone)
		if err != nil {
			return nil, err
		}
		out.Body.AuthorizeURL, out.Body.ExpiresAt = authorize, expires
		return out, nil
	}
	ticket, expires, err := a.Setup.Invite(ctx, how.Zone)
	if err != nil {
		return nil, err
	}
	out.Body.StartURL, out.Body.ExpiresAt = origin+"/oauth/x/start?ticket="+ticket, expires
	return out, nil
}

func (a *API) complete(ctx context.Context, in *completeInput) (*accountOutput, error) {
	acc, err := a.Setup.Complete(ctx, access.From(ctx).ID, in.Body.RedirectURL)
	return a.accountAnswer(ctx, acc, err)
}

// accountAnswer shows the account that an operation ended with.
func (a *API) accountAnswer(ctx context.Context, acc account.Account, err error) (*accountOutput, error) {
	if err != nil {
		return nil, err
	}
	pauses, err := a.Setup.Pauses(ctx, []string{acc.ID})
	if err != nil {
		return nil, err
	}
	return &accountOutput{accountView(acc, pauses)}, nil
}

// accountView shows an account, with what holds it.
func accountView(acc account.Account, pauses map[string]account.Pause) wire.Account {
	v := wire.Account{
		ID: acc.ID, Username: acc.Username, Name: acc.Name, Health: string(acc.Health), Since: acc.Since,
		Scopes: acc.Scopes, Missing: acc.MissingScopes(), Zone: acc.Zone, Limit: acc.Limit,
		Lateness: int(acc.Lateness.Seconds()), ConnectedAt: acc.ConnectedAt,
		RefreshedAt: optional(acc.RefreshedAt), Failures: acc.Failures, FailingAt: optional(acc.FailingAt),
	}
	if acc.Health == account.Connected {
		v.RefreshAt = optional(acc.RefreshAt)
	}
	v.Reason, v.Pause = viewOfReason(acc.Reason), pauseView(pauses, acc)
	v.NeedsYou = acc.Health == account.NeedsConnect ||
		acc.Failures > 0 && acc.Reason != nil && acc.Reason.NeedsPerson() ||
		v.Pause != nil && v.Pause.SubStatus == post.Paused && v.Pause.Reason.TodoCode != fault.TodoWait
	return v
}
