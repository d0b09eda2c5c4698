// Package apigateway is an HTTP API of API Gateway with the stage $default: routes, payload format 2.0, limits.
//
// What it does with requests and answers is what API Gateway does also where that surprises: the path arrives decoded,
// a form's body in base64, and an answer without a status code is itself the body. There are no authorizers, no CORS
// and no custom domains.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
package apigateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"spool/infra/emulate/lambda"
)

// The limits of an HTTP API.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const (
	maxPayload         = 10 << 20 // bytes
	maxHeader          = 10240    // bytes of the request line and headers together
	integrationTimeout = 30 * time.Second
)

// Function is what a route invokes; *lambda.Function is one. It must be safe for concurrent use.
type Function interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

var _ Function = (*lambda.Function)(nil)

// API is one HTTP API. Its zero value has no routes and answers 404 to everything.
type API struct {
	ID  string           // told to functions as requestContext.apiId; default "local"
	Now func() time.Time // default time.Now
	Log *slog.Logger     // default slog.Default()
	// Observe is told the status of each answer, the gateway's own among them; default: nobody is.
	Observe func(status int)

	routes []route
}

// Throttle limits the requests of all callers of a route together: to so many a
// second, and so many at once. Zero sets no limit.
//
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
type Throttle struct{ Rate, Burst int }

// limiter is nil where there is no limit.
func (t Throttle) limiter() *rate.Limiter {
	if t.Rate == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(t.Rate), t.Burst)
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.Observe == nil {
		a.serve(w, r)
		return
	}
	told := &status{ResponseWriter: w, code: http.StatusOK}
	a.serve(told, r)
	a.Observe(told.code)
}

// status remembers an answer's status.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	route, parameters, ok := a.match(r.Method, r.URL.Path)
	if !ok {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	if route.limiter != nil && !route.limiter.AllowN(a.now(), 1) {
		refuse(w, http.StatusTooManyRequests, "Too Many Requests")
		return
	}
	if headerSize(r) > maxHeader {
		refuse(w, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPayload))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
			return
		}
		refuse(w, http.StatusBadRequest, "Bad Request")
		return
	}
	payload, err := json.Marshal(a.request(r, route.key, parameters, body))
	if err != nil {
		panic(err) // only strings and numbers
	}
	a.answer(w, r, route, payload)
}

// answer invokes the function and writes what it answers.
func (a *API) answer(w http.ResponseWriter, r *http.Request, route route, payload []byte) {
	ctx, cancel := context.WithTimeout(r.Context(), integrationTimeout)
	defer cancel()
	answer, err := route.function.Invoke(ctx, payload)
	if err != nil {
		status := statusOf(err)
		a.log().Warn("API Gateway: the function failed", "route", route.key, "status", status, "error", err)
		refuse(w, status, http.StatusText(status))
		return
	}
	out, err := parseResponse(answer)
	if err != nil {
		a.log().Warn("API Gateway: the function's answer is no response", "route", route.key, "error", err)
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	out.write(w)
}

// statusOf is what a client is told when a function could not answer: 503 when there was no time or no environment
// left.
func statusOf(err error) int {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, lambda.ErrThrottled), errors.Is(err, lambda.ErrShutdown):
		return http.StatusServiceUnavailable
	case errors.Is(err, lambda.ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}

// refuse answers with a message of the gateway's own.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

func headerSize(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("Host") + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v)
		}
	}
	return n
}

func (a *API) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

func (a *API) log() *slog.Logger {
	if a.Log == nil {
		return slog.Default()
	}
	return a.Log
}
