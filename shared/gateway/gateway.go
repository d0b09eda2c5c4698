// Package gateway serves API Gateway's HTTP API events (payload format 2.0)
// with an [http.Handler], so that nothing behind it knows Lambda.
//
// Source of the shapes: AWS, "Create AWS Lambda proxy integrations for HTTP
// APIs in API Gateway".
package gateway

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/fault"
	"spool/shared/wire"
)

// Handler adapts h to Lambda. Whatever a stranger sends is a request or is answered
// with 404: an error of this handler counts as one of the function's, and rings.
func Handler(h http.Handler) func(context.Context,
	events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		r, err := request(ctx, e)
		if err != nil {
			return events.APIGatewayV2HTTPResponse{}, err
		}
		w := &recorder{header: http.Header{}}
		if clean(r.URL.Path) {
			h.ServeHTTP(w, r)
		} else {
			w.refuse(http.StatusNotFound, fault.NotFound, "There is nothing at this address.")
		}
		out := bounded(w.response())
		if e.Headers["x-forwarded-proto"] != "http" { // as API Gateway itself never says: that is a machine of one's own
			out.Headers["strict-transport-security"] = secureOnly
		}
		return out, nil
	}
}

// secureOnly has browsers use TLS only, for a year (RFC 6797). It goes with every
// answer: a page, an error, a redirect.
const secureOnly = "max-age=31536000"

// request gives the event as a request. Host and scheme are API Gateway's own
// word, not the client's.
//
// API Gateway tells the path decoded. It is taken as it stands: read once more as
// an address, what was escaped in an id would become slashes, queries and fragments.
func request(ctx context.Context, e events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("the event's body is not base64: %w", err)
		}
	}
	p := e.RawPath
	if stage := e.RequestContext.Stage; stage != "" && stage != "$default" {
		p = strings.TrimPrefix(p, "/"+stage)
	}
	address := &url.URL{Path: cmp.Or(p, "/"), RawQuery: e.RawQueryString}
	r := (&http.Request{
		Method: e.RequestContext.HTTP.Method, URL: address, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		Host: e.RequestContext.DomainName, RemoteAddr: e.RequestContext.HTTP.SourceIP, RequestURI: address.RequestURI(),
	}).WithContext(ctx)
	for k, v := range e.Headers {
		r.Header.Set(k, v)
	}
	for _, c := range e.Cookies {
		r.Header.Add("Cookie", c)
	}
	return r, nil
}

// clean reports whether a decoded path is one that the routes can have: absolute,
// without empty, dotted or unprintable parts. A router would send the client on
// from another one to the path that it is short for, which is not what the client
// was allowed to ask for.
func clean(p string) bool {
	return (p == path.Clean(p) || p == path.Clean(p)+"/") && strings.HasPrefix(p, "/") &&
		utf8.ValidString(p) && !strings.ContainsFunc(p, unicode.IsControl)
}

// maxAnswer is how many bytes of JSON a function's answer may have.
//
// Source: AWS, "Lambda quotas": invocation payload, synchronous, 6 MB.
const maxAnswer = 6 << 20

// bounded gives a problem in place of an answer that Lambda would refuse to pass on.
func bounded(out events.APIGatewayV2HTTPResponse) events.APIGatewayV2HTTPResponse {
	const longest = 6 // bytes that one byte can take in JSON: \u0000
	if len(out.Body)*longest < maxAnswer-64<<10 {
		return out
	}
	if text, err := json.Marshal(out); err == nil && len(text) < maxAnswer {
		return out
	}
	w := &recorder{header: http.Header{}}
	w.refuse(http.StatusRequestEntityTooLarge, fault.TooLarge,
		"The answer to this would be larger than Lambda passes on. Ask for less at once.")
	return w.response()
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

// refuse answers a problem document (RFC 9457).
func (w *recorder) refuse(status int, code fault.Code, detail string) {
	w.header.Set("Content-Type", "application/problem+json")
	w.header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.Problem{ // into memory: it cannot fail
		Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail,
	})
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
