package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/gateway"
	"spool/shared/vault"
	"spool/shared/wire"
)

// Setup keeps the X app and the accounts.
type Setup interface {
	State(ctx context.Context) (connect.State, error)
	PutApp(ctx context.Context, app vault.App) error
	Pausing
	Budgeting
	Connections
	Owned
}

// SetupOf is the [Setup] of what connects accounts, and of what their owner decides.
func SetupOf(c *connect.Connector) Setup {
	return struct {
		*connect.Connector
		*account.Service
	}{c, c.Accounts}
}

// Connections connect accounts.
type Connections interface {
	// Invite begins a connection in the browser that opens the ticket's link. A new
	// account starts in the zone.
	Invite(ctx context.Context, zone string) (ticket string, expires time.Time, err error)
	// StartHeadless begins one for a caller without a browser, and Complete ends it
	// for the same caller.
	StartHeadless(ctx context.Context, caller, redirect, zone string) (authorize string, expires time.Time, err error)
	Complete(ctx context.Context, caller, address string) (account.Account, error)
}

// Owned are the accounts as their owner changes them.
type Owned interface {
	Configure(ctx context.Context, accountID string, s account.Settings) (account.Account, error)
	Disconnect(ctx context.Context, accountID string) (account.Account, error)
}

type (
	appInput     struct{ Body wire.AppInput }
	appOutput    struct{ Body wire.App }
	statusOutput struct{ Body wire.Status }
)

// setupRoutes registers the operations of the setup.
func (a *API) setupRoutes(r *routes) {
	register(a, r,
		operation(http.MethodPut, "/v1/app", "put-app", "Store the X app's credentials, sealed", access.Admin), a.putApp)
	register(a, r, operation(http.MethodGet, "/v1/status", "get-status", "What is set up, and the next step",
		access.PostsRead, access.PostsWrite, access.Accounts), a.status)
}

func (a *API) putApp(ctx context.Context, in *appInput) (*appOutput, error) {
	if err := a.Setup.PutApp(ctx, vault.App(in.Body)); err != nil {
		return nil, err
	}
	out := &appOutput{}
	out.Body.ClientID = in.Body.ClientID
	return out, nil
}

func (a *API) status(ctx context.Context, in *originInput) (*statusOutput, error) {
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	out := &statusOutput{}
	b := &out.Body
	b.CallbackURL = gateway.Origin(in.request, a.Domain) + connect.CallbackPath
	b.Steps = steps(state, b.CallbackURL)
	b.Ready, b.Next = true, "Everything is set up: schedule a thread."
	for _, s := range slices.Backward(b.Steps) {
		if !s.Done {
			b.Ready, b.Next = false, cmp.Or(s.Todo, b.Next)
		}
	}
	pauses, err := a.pausesOf(ctx, state.Accounts)
	if err != nil {
		return nil, err
	}
	for _, acc := range slices.Concat([]account.Account{{}}, state.Accounts) { // the app's comes first
		if p := pauseView(pauses, acc); p != nil {
			b.Pauses = append(b.Pauses, *p)
		}
	}
	if b.Ready && len(b.Pauses) > 0 {
		b.Next = cmp.Or(b.Pauses[0].Reason.Todo, b.Next)
	}
	return out, nil
}

// steps is the setup as a checklist. Each step that is done may be skipped: where
// an account's tokens are good nobody has to be asked.
func steps(state connect.State, callback string) []wire.Step {
	account, found := best(state.Accounts)
	return []wire.Step{
		credentials(state, account, callback),
		token(account, found),
		authorization(account, found, state.ClientID != ""),
		verified(account, found),
	}
}

// best is the account that says most about whether the setup works.
func best(accounts []account.Account) (account.Account, bool) {
	if len(accounts) == 0 {
		return account.Account{}, false
	}
	rank := func(a account.Account) int {
		switch {
		case a.Health == account.Connected && a.Failures == 0:
			return 0
		case a.Health == account.Connected:
			return 1
		case a.Health == account.NeedsConnect:
			return 2
		}
		return 3
	}
	return slices.MinFunc(accounts, func(a, b account.Account) int { return cmp.Compare(rank(a), rank(b)) }), true
}

// credentials: is the X app known, and does X know it?
func credentials(state connect.State, a account.Account, callback string) wire.Step {
	s := wire.Step{Step: "credentials"}
	switch {
	case state.ClientID == "":
		s.Text = "Spool does not know your X app yet."
		s.Todo = "Open https://console.x.com and enrol if it asks you to. Make an app inside a project. Under “User authentication settings” choose " +
			"the permissions “Read and write”, the type “Web App, Automated App or Bot”, and the callback address " + callback +
			", exactly as it stands here. " +
			"Then copy the OAuth 2.0 client id and client secret from “Keys and tokens” and give them to Spool."
	case a.Reason != nil &&
		(a.Reason.Code == fault.ReasonAppCredentialsRefused || a.Reason.Code == fault.ReasonAppRefused):
		s.Text, s.Todo = a.Reason.Sentence, a.Reason.Todo
	default:
		s.Done, s.Text = true, "The X app "+state.ClientID+" is set."
	}
	return s
}

// token: is there an account whose tokens are good? Then nobody has to be asked.
func token(a account.Account, found bool) wire.Step {
	s := wire.Step{Step: "token", Text: "There are no tokens yet."}
	switch {
	case !found:
	case a.Health == account.Connected && a.Failures > 0 && a.Reason != nil:
		s.Text = fmt.Sprintf("The tokens of @%s could not be renewed since %s: %s", a.Username,
			a.FailingAt.Format(time.RFC3339), a.Reason.Sentence)
		s.Todo = a.Reason.Todo
	case a.Health == account.Connected:
		s.Done, s.Text = true, fmt.Sprintf("The tokens of @%s are good; Spool renews them by itself.", a.Username)
	case a.Health == account.NeedsConnect:
		s.Text = fmt.Sprintf("X no longer accepts the tokens of @%s.", a.Username)
	default:
		s.Text = fmt.Sprintf("@%s is disconnected.", a.Username)
	}
	return s
}

// authorization: did somebody allow the access?
func authorization(a account.Account, found, app bool) wire.Step {
	s := wire.Step{Step: "authorization"}
	switch {
	case found && a.Health == account.Connected:
		s.Done, s.Text = true, fmt.Sprintf("@%s gave Spool access on %s.", a.Username, a.ConnectedAt.Format(time.DateOnly))
		return s
	case !found:
		s.Text = "No account has given Spool access yet."
	default:
		s.Text = fmt.Sprintf("@%s has to give Spool access again.", a.Username)
	}
	if app {
		s.Todo = "Connect the account, in a browser. Without one on this machine, open X's page on another, " +
			"and give Spool the address that it ends at."
	}
	return s
}

// verified: X said who connected, and granted what is needed.
func verified(a account.Account, found bool) wire.Step {
	s := wire.Step{Step: "verified", Text: "X has not said yet who connected."}
	if !found || a.Health != account.Connected {
		return s
	}
	s.Done = true
	s.Text = fmt.Sprintf("X says that this is @%s (%s), and granted everything that Spool asks for.", a.Username, a.ID)
	if missing := a.MissingScopes(); len(missing) > 0 {
		s.Text = fmt.Sprintf("X says that this is @%s (%s). Not granted: %s.", a.Username, a.ID, strings.Join(missing, ", "))
		s.Todo = "Threads without media can be published. For media connect the account again, and allow everything."
	}
	return s
}
