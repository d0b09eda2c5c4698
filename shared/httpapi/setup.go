package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"spool/shared/gateway"
	"spool/shared/vault"
)

// AppInput is the X app's OAuth 2.0 credentials.
type AppInput struct {
	ClientID     string `json:"client_id" maxLength:"200"`
	ClientSecret string `json:"client_secret,omitempty" maxLength:"500" doc:"Left out for a public client"`
}

// AccountView is an account without its tokens.
type AccountView struct {
	ID          string      `json:"id" doc:"X's user id"`
	Username    string      `json:"username"`
	Name        string      `json:"name"`
	Health      string      `json:"health" enum:"connected,reconnect_required,disconnected"`
	Reason      *ReasonView `json:"reason,omitempty"`
	Since       time.Time   `json:"since"`
	Scopes      []string    `json:"scopes"`
	Zone        string      `json:"zone"`
	ConnectedAt time.Time   `json:"connected_at"`
	RefreshedAt *time.Time  `json:"refreshed_at,omitempty" doc:"When its tokens were renewed last"`
	RefreshAt   *time.Time  `json:"refresh_at,omitempty" doc:"When they are renewed next"`
	Failures    int         `json:"refresh_failures" doc:"Failed renewals in a row"`
}

// StepView is one step of the setup.
type StepView struct {
	Step string `json:"step" enum:"app,account"`
	Done bool   `json:"done"`
	Text string `json:"text" doc:"What is set up, or what to do"`
}

type (
	appInput  struct{ Body AppInput }
	appOutput struct {
		Body struct {
			ClientID string `json:"client_id"`
		}
	}
	accountsOutput struct {
		Body struct {
			Accounts []AccountView `json:"accounts"`
		}
	}
	connectOutput struct {
		Body struct {
			StartURL  string    `json:"start_url" doc:"Open it once, in the browser of whoever owns the account"`
			ExpiresAt time.Time `json:"expires_at"`
		}
	}
	statusOutput struct {
		Body struct {
			Ready       bool       `json:"ready" doc:"Everything is set up"`
			CallbackURL string     `json:"callback_url" doc:"To be registered in X's developer console"`
			Steps       []StepView `json:"steps"`
			Next        string     `json:"next" doc:"The next thing to do"`
		}
	}
	originInput struct{ request *http.Request }
)

// Resolve implements [huma.Resolver]: it keeps the request, whose address links
// are made of.
func (o *originInput) Resolve(ctx huma.Context) []error {
	o.request, _ = humago.Unwrap(ctx)
	return nil
}

// setupRoutes registers the operations of the setup.
func (a *API) setupRoutes(api huma.API) {
	register(a, api, operation(http.MethodPut, "/v1/app", "put-app", "Store the X app's credentials, sealed"), a.putApp)
	register(a, api, operation(http.MethodGet, "/v1/accounts", "list-accounts", "List the connected accounts"), a.accounts)
	connect := operation(http.MethodPost, "/v1/accounts/connect", "connect-account", "Get a link that connects an account")
	connect.DefaultStatus = http.StatusCreated
	register(a, api, connect, a.connect)
	register(a, api, operation(http.MethodGet, "/v1/status", "get-status", "What is set up, and the next step"), a.status)
}

func (a *API) putApp(ctx context.Context, in *appInput) (*appOutput, error) {
	if err := a.Setup.PutApp(ctx, vault.App(in.Body)); err != nil {
		return nil, err
	}
	out := &appOutput{}
	out.Body.ClientID = in.Body.ClientID
	return out, nil
}

func (a *API) accounts(ctx context.Context, _ *struct{}) (*accountsOutput, error) {
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	out := &accountsOutput{}
	out.Body.Accounts = []AccountView{}
	for _, acc := range state.Accounts {
		out.Body.Accounts = append(out.Body.Accounts, accountView(acc))
	}
	return out, nil
}

func (a *API) connect(ctx context.Context, in *originInput) (*connectOutput, error) {
	ticket, expires, err := a.Setup.Invite(ctx)
	if err != nil {
		return nil, err
	}
	out := &connectOutput{}
	out.Body.StartURL, out.Body.ExpiresAt = gateway.Origin(in.request, a.Domain)+"/oauth/x/start?ticket="+ticket, expires
	return out, nil
}

func (a *API) status(ctx context.Context, in *originInput) (*statusOutput, error) {
	state, err := a.Setup.State(ctx)
	if err != nil {
		return nil, err
	}
	out := &statusOutput{}
	b := &out.Body
	b.CallbackURL = gateway.Origin(in.request, a.Domain) + vault.CallbackPath
	b.Steps = steps(state, b.CallbackURL)
	b.Ready, b.Next = true, "Schedule a thread: POST /v1/posts."
	for _, s := range b.Steps {
		if !s.Done {
			b.Ready, b.Next = false, s.Text
			break
		}
	}
	return out, nil
}

// steps is the setup as a checklist.
func steps(state vault.State, callback string) []StepView {
	app := StepView{Step: "app", Done: state.ClientID != "", Text: "The X app " + state.ClientID + " is set."}
	if !app.Done {
		app.Text = "In X's developer console make an app of type “Web App, Automated App or Bot” with the permissions “Read and write” " +
			"and the callback address " + callback + ". Then store its OAuth 2.0 client id and secret: PUT /v1/app."
	}
	account := StepView{Step: "account", Text: "Connect an account: POST /v1/accounts/connect, then open the start link."}
	for _, acc := range state.Accounts {
		switch acc.Health {
		case vault.Connected:
			account.Done, account.Text = true, "@"+acc.Username+" is connected."
		case vault.NeedsConnect:
			if !account.Done {
				account.Text = "X no longer accepts the connection of @" + acc.Username + ". Connect it again: POST /v1/accounts/connect."
			}
		case vault.Disconnected:
		}
	}
	return []StepView{app, account}
}

// accountView shows an account.
func accountView(acc vault.Account) AccountView {
	v := AccountView{
		ID: acc.ID, Username: acc.Username, Name: acc.Name, Health: string(acc.Health), Since: acc.Since, Scopes: acc.Scopes,
		Zone: acc.Zone, ConnectedAt: acc.ConnectedAt, RefreshedAt: optional(acc.RefreshedAt), RefreshAt: optional(acc.RefreshAt), Failures: acc.Failures,
	}
	if acc.Reason != nil {
		r := ReasonView(*acc.Reason)
		v.Reason = &r
	}
	return v
}
