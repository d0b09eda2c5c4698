// Package apigateway is an HTTP API of API Gateway: routes, payload format 2.0, limits.
package apigateway

import (
	"context"
	"log/slog"
	"net/http"
)

// Function is what a route invokes; *lambda.Function is one.
type Function interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// API is one HTTP API with the stage $default. Its zero value has no routes and answers 404.
type API struct {
	ID  string       // told to functions as requestContext.apiId; default "local"
	Log *slog.Logger // default slog.Default()
}

// Handle adds a route: "GET /v1/posts/{id}", "ANY /{proxy+}" or "$default". Call it before serving.
func (a *API) Handle(routeKey string, f Function) error { return nil }

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {}
