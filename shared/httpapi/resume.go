package httpapi

import (
	"context"
	"net/http"
	"time"

	"spool/shared/access"
	"spool/shared/account"
	"spool/shared/post"
	"spool/shared/wire"
)

// Pausing keeps the pauses of the app and of accounts.
type Pausing interface {
	// Pauses gives those that hold now, the app's under the empty id.
	Pauses(ctx context.Context, accountIDs []string) (map[string]account.Pause, error)
	// Resume ends a pause of the whole app, ResumeAccount one of an account.
	Resume(ctx context.Context) error
	ResumeAccount(ctx context.Context, accountID string) error
}

// Resumer lets paused posts go on.
type Resumer interface {
	// Resume makes the paused posts of an account due now, or all where the id is
	// empty, and tells how many those are.
	Resume(ctx context.Context, accountID string) (int, error)
}

type resumeOutput struct{ Body wire.Resumed }

// resumeTime bounds how long a caller waits for the posts to be found. A worker
// finds what is left by itself.
const resumeTime = 15 * time.Second

// resumeRoutes registers what ends pauses by hand.
func (a *API) resumeRoutes(r *routes) {
	app := operation(http.MethodPost, "/v1/app/resume", "resume-app", "End the app's pause now, once its cause is cleared",
		access.Admin)
	register(a, r, app, func(ctx context.Context, _ *struct{}) (*resumeOutput, error) {
		if err := a.Setup.Resume(ctx); err != nil {
			return nil, err
		}
		return a.resumed(ctx, "")
	})
	account := operation(http.MethodPost, "/v1/accounts/{id}/resume", "resume-account",
		"End an account's pause now, once X lets it in again", access.Accounts)
	register(a, r, account, func(ctx context.Context, in *accountByID) (*resumeOutput, error) {
		if err := a.Setup.ResumeAccount(ctx, in.ID); err != nil {
			return nil, err
		}
		return a.resumed(ctx, in.ID)
	})
}

// resumed makes the posts due whose pause was lifted just before: one that went on
// earlier would have met it again.
func (a *API) resumed(ctx context.Context, accountID string) (*resumeOutput, error) {
	within, cancel := context.WithTimeout(ctx, resumeTime)
	defer cancel()
	out := &resumeOutput{}
	var err error
	if out.Body.Resumed, err = a.Resumer.Resume(within, accountID); err != nil {
		a.Log.WarnContext(ctx, "not all paused posts were resumed; a worker goes on with it", "resumed", out.Body.Resumed,
			"error", err)
	}
	pauses, err := a.Setup.Pauses(ctx, nil)
	if err != nil {
		return nil, err
	}
	out.Body.Pause = pauseView(pauses, account.Account{})
	return out, nil
}

// pauseView shows the pause of an account, or of the app when the account has no
// id; nil where there is none.
func pauseView(pauses map[string]account.Pause, account account.Account) *wire.Pause {
	p, ok := pauses[account.ID]
	if !ok {
		return nil
	}
	return &wire.Pause{
		AccountID: account.ID, Username: account.Username, SubStatus: post.SubStatus(p.Sub), Until: p.Until,
		Reason: *viewOfReason(&p.Reason),
	}
}

// pausesOf reads what holds the accounts.
func (a *API) pausesOf(ctx context.Context, accounts []account.Account) (map[string]account.Pause, error) {
	ids := make([]string, len(accounts))
	for i, acc := range accounts {
		ids[i] = acc.ID
	}
	return a.Setup.Pauses(ctx, ids)
}
