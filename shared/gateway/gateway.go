// Package gateway serves API Gateway's HTTP API events (payload format 2.0)
// with an [http.Handler], so that nothing behind it knows Lambda.
//
// Source of the shapes: AWS, "Create AWS Lambda proxy integrations for HTTP
// APIs in API Gateway".
package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// Handler adapts h to Lambda.
func Handler(h http.Handler) func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		r, err := request(ctx, e)
		if err != nil {
			return events.APIGatewayV2HTTPResponse{}, err
		}
		w := &recorder{header: http.Header{}}
		h.ServeHTTP(w, r)
		return w.response(), nil
	}
}

// request gives the event as a request. Host and scheme are API Gateway's own
// word, not the client's.
func request(ctx context.Context, e events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	var body io.Reader = strings.NewReader(e.Body)
	if e.IsBase64Encoded {
		b, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return nil, fmt.Errorf("the event's body is not base64: %w", err)
		}
		body = bytes.NewReader(b)
	}
	path := e.RawPath
	if stage := e.RequestContext.Stage; stage != "" && stage != "$default" {
		path = strings.TrimPrefix(path, "/"+stage)
	}
	if e.RawQueryString != "" {
		path += "?" + e.RawQueryString
	}
	r, err := http.NewRequestWithContext(ctx, e.RequestContext.HTTP.Method, path, body)
	if err != nil {
		return nil, fmt.Errorf("the event is no request: %w", err)
	}
	for k, v := range e.Headers {
		r.Header.Set(k, v)
	}
	for _, c := range e.Cookies {
		r.Header.Add("Cookie", c)
	}
	r.Host = e.RequestContext.DomainName
	r.RequestURI = path
	r.RemoteAddr = e.RequestContext.HTTP.SourceIP
	return r, nil
}

// Origin is the scheme and host that browsers and X use: the given domain, or
// the one under which the client reached the API. A domain with a scheme is for
// running on one machine.
func Origin(r *http.Request, domain string) string {
	switch {
	case strings.Contains(domain, "://"):
		return domain
	case domain != "":
		return "https://" + domain
	case r.Header.Get("X-Forwarded-Proto") == "http":
		return "http://" + r.Host
	default:
		return "https://" + r.Host
	}
}

// recorder collects what the handler answers.
type recorder struct {
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, maps.Clone(w.header)
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// response gives the answer as Lambda returns it. Cookies have a field of their
// own; as a header several of them would be lost.
func (w *recorder) response() events.APIGatewayV2HTTPResponse {
	w.WriteHeader(http.StatusOK)
	out := events.APIGatewayV2HTTPResponse{StatusCode: w.status, Headers: map[string]string{}}
	for k, v := range w.sent {
		if k == "Set-Cookie" {
			out.Cookies = v
			continue
		}
		out.Headers[strings.ToLower(k)] = strings.Join(v, ", ")
	}
	if out.Headers["content-type"] == "" && w.body.Len() > 0 {
		out.Headers["content-type"] = http.DetectContentType(w.body.Bytes())
	}
	out.Body = w.body.String()
	if !utf8.ValidString(out.Body) {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	return out
}
