// Package web builds the API of functions/api. It is apart from package app, since all that a program imports is made
// ready before its main begins: the other functions would start later for what the API alone needs (Markdown, schemas,
// the web page, a client of CloudWatch).
package web

import (
	"context"
	"net/http"
	"time"

	"spool/shared/app"
	"spool/shared/health"
	"spool/shared/httpapi"
	"spool/shared/httpapi/page"
)

// API gives the handler of functions/api.
func API(ctx context.Context) (http.Handler, error) {
	w, err := app.API()
	if err != nil {
		return nil, err
	}
	uploads, err := w.Media.Origin(ctx)
	if err != nil {
		return nil, err
	}
	api := &httpapi.API{
		Web: page.New(page.Files(), uploads), Sessions: w.Accounts, Idempotency: w.Idempotency,
		Files: w.Posts, Blobs: w.Media, Keeper: w.Keeper, Posts: w.Posts, Setup: httpapi.SetupOf(w.Connector),
		Waker: w.Queue, Resolver: w.Resolver, Resumer: w.Resumer, Channels: w.Channels,
		Keys: w.Accounts, KeySum: w.KeySum, Domain: w.Domain, Prices: w.Prices, MediaLimits: w.MediaLimits,
		Health: healthOf(w), Now: time.Now, Log: w.Log, Observer: w.Metrics,
	}
	return api.Handler(), nil
}

// healthOf is by what the API tells how Spool is.
func healthOf(w *app.Web) httpapi.Health {
	return httpapi.Health{
		Version: w.Self.Version, Self: w.Self, Kept: []health.Reports{w.Accounts, w.Posts}, Ask: w.Queue.Ask,
		Backups: []httpapi.Backup{
			{Table: "accounts", BackedUp: w.Accounts.BackedUp}, {Table: "posts", BackedUp: w.Posts.BackedUp},
		},
		Alarms: alarms(w.AWS, w.Stack, w.Alarms),
	}
}
