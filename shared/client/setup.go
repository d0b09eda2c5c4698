package client

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"spool/shared/wire"
)

// GetStatus tells how far Spool is set up, and the next step.
func (c *Client) GetStatus(ctx context.Context) (s wire.Status, err error) {
	return s, c.get(ctx, "/v1/status", nil, &s)
}

// PutApp stores the X app's credentials. Doing it twice is doing it once, so that
// it is repeated when it gets no answer.
func (c *Client) PutApp(ctx context.Context, in wire.AppInput) (a wire.App, err error) {
	_, err = c.do(ctx, call{method: http.MethodPut, path: "/v1/app", in: in, out: &a, repeatable: true})
	return a, err
}

// ResumeApp ends a pause of the whole app.
func (c *Client) ResumeApp(ctx context.Context) (r wire.Resumed, err error) {
	_, err = c.do(ctx, call{method: http.MethodPost, path: "/v1/app/resume", out: &r})
	return r, err
}

// ResumeAccount ends a pause of an account.
func (c *Client) ResumeAccount(ctx context.Context, id string) (r wire.Resumed, err error) {
	_, err = c.do(ctx, one(http.MethodPost, accounts, id, "/resume").with(nil, &r))
	return r, err
}

// ListBudgets gives what X may charge in this month, and what is left.
func (c *Client) ListBudgets(ctx context.Context) (l wire.BudgetList, err error) {
	return l, c.get(ctx, "/v1/budget", nil, &l)
}

// SetBudget sets what X may charge in a month.
func (c *Client) SetBudget(ctx context.Context, in wire.BudgetInput) (l wire.BudgetList, err error) {
	_, err = c.do(ctx, call{method: http.MethodPut, path: "/v1/budget", in: in, out: &l, repeatable: true})
	return l, err
}

// ListAccounts gives all accounts that the key is for. It reads page after page.
func (c *Client) ListAccounts(ctx context.Context) (all wire.AccountList, err error) {
	all.Accounts = []wire.Account{}
	for q := (url.Values{}); ; {
		var page wire.AccountList
		if err := c.get(ctx, accounts, q, &page); err != nil {
			return all, err
		}
		all.Accounts, all.Pause = append(all.Accounts, page.Accounts...), page.Pause
		if page.NextCursor == "" {
			return all, nil
		}
		q.Set("cursor", page.NextCursor)
	}
}

// GetAccount reads an account.
func (c *Client) GetAccount(ctx context.Context, id string) (a wire.Account, err error) {
	_, err = c.do(ctx, one(http.MethodGet, accounts, id, "").with(nil, &a))
	return a, err
}

// EditAccount changes an account's settings.
func (c *Client) EditAccount(ctx context.Context, id string, in wire.AccountSettings) (a wire.Account, err error) {
	_, err = c.do(ctx, one(http.MethodPatch, accounts, id, "").with(in, &a))
	return a, err
}

// DisconnectAccount revokes the access on X and destroys the tokens.
func (c *Client) DisconnectAccount(ctx context.Context, id string) (a wire.Account, err error) {
	_, err = c.do(ctx, one(http.MethodDelete, accounts, id, "").with(nil, &a))
	return a, err
}

// EraseAccount deletes what Spool keeps of an account, as far as that can be done now.
func (c *Client) EraseAccount(ctx context.Context, id string) (e wire.Erasure, err error) {
	_, err = c.do(ctx, one(http.MethodDelete, accounts, id, "/data").with(nil, &e))
	return e, err
}

// ConnectAccount begins to connect an account.
func (c *Client) ConnectAccount(ctx context.Context, in wire.ConnectInput) (link wire.Connection, err error) {
	_, err = c.do(ctx, keyed(call{method: http.MethodPost, path: "/v1/accounts/connect", in: in, out: &link}, rand.Text()))
	return link, err
}

// CompleteConnection ends a headless connection.
func (c *Client) CompleteConnection(ctx context.Context, redirectURL string) (a wire.Account, err error) {
	in := wire.CompleteInput{RedirectURL: redirectURL}
	_, err = c.do(ctx, call{method: http.MethodPost, path: "/v1/accounts/connect/complete", in: in, out: &a})
	return a, err
}

// CreateKey makes an API key; only this answer shows it. It is never repeated, so that
// the key is not kept anywhere for a repetition.
func (c *Client) CreateKey(ctx context.Context, in wire.KeyInput) (k wire.Key, err error) {
	_, err = c.do(ctx, call{method: http.MethodPost, path: keys, in: in, out: &k})
	return k, err
}

// ListKeys gives the API keys without their secrets.
func (c *Client) ListKeys(ctx context.Context) (l wire.KeyList, err error) {
	return l, c.get(ctx, keys, nil, &l)
}

// RevokeKey revokes an API key at once.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	_, err := c.do(ctx, one(http.MethodDelete, keys, id, ""))
	return err
}

// StartHealthCheck has Spool's functions look at themselves.
func (c *Client) StartHealthCheck(ctx context.Context) (h wire.HealthAsked, err error) {
	_, err = c.do(ctx, call{method: http.MethodPost, path: health, out: &h, repeatable: true})
	return h, err
}

// GetHealth tells what is wrong with Spool, after [Client.StartHealthCheck] was answered.
func (c *Client) GetHealth(ctx context.Context, asked time.Time) (h wire.Health, err error) {
	return h, c.get(ctx, health, url.Values{"asked_at": {asked.Format(time.RFC3339Nano)}}, &h)
}

// TryCallback asks the function that takes browsers to X and back for a connection that there is not. It is nil where
// that is refused in the ordinary way.
func (c *Client) TryCallback(ctx context.Context) error {
	address := c.Base.JoinPath("oauth/x/start")
	address.RawQuery = "ticket=none"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return err
	}
	res, err := c.send(request)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode < 400 || res.StatusCode >= 500 {
		return fmt.Errorf("it answers %s", res.Status)
	}
	return nil
}
