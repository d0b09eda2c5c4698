package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"spool/shared/access"
	"spool/shared/wire"
)

// Resumer lets paused posts go on.
type Resumer interface {
	// Resume makes the paused posts due now, and tells how many those are.
	Resume(ctx context.Context) (int, error)
}

type resumeOutput struct{ Body wire.Resumed }

// resumeRoutes registers what ends a pause of the whole app by hand.
func (a *API) resumeRoutes(api huma.API) {
	op := operation(http.MethodPost, "/v1/app/resume", "resume-app", "End the app's pause now, once its cause is cleared", access.Admin)
	register(a, api, op, a.resume)
}

// resume lifts the pause first: a post that went on before would meet it again.
func (a *API) resume(ctx context.Context, _ *struct{}) (*resumeOutput, error) {
	if err := a.Setup.Resume(ctx); err != nil {
		return nil, err
	}
	n, err := a.Resumer.Resume(ctx)
	if err != nil {
		return nil, err
	}
	out := &resumeOutput{}
	out.Body.Resumed = n
	return out, nil
}
