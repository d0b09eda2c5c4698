// Package once sends HTTP requests that must not be sent twice, and knows
// afterwards whether one may have reached the server.
//
// On AWS Lambda the process freezes between invocations, so that a kept-alive
// connection may be dead after a thaw, and a POST on it fails without saying
// whether it was done. net/http would also send some requests again by itself.
// Here each request has a connection of its own, HTTP/1.1, and exactly one try.
package once

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// MaxBody is how much of an answer is read, in bytes. A longer one is refused.
const MaxBody = 1 << 20

// UserAgent is the User-Agent of every request.
const UserAgent = "spool/1 (+thread publisher)"

// Lost is a request that got no complete answer.
type Lost struct {
	// Left is false only when the request certainly never left: no connection
	// was made, so that the server cannot have seen it.
	Left bool
	Err  error
}

// Error says what is known.
func (e *Lost) Error() string {
	if !e.Left {
		return "the request was never sent: " + e.Err.Error()
	}
	return "the answer was lost: " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Lost) Unwrap() error { return e.Err }

// Client gives a client that sends each request once, follows no redirect and
// reads each answer, up to [MaxBody], before it hands it over. Its errors carry
// a [*Lost]. The connections are base's; nil stands for [NewTransport].
func Client(base http.RoundTripper, timeout time.Duration) *http.Client {
	if base == nil {
		base = NewTransport()
	}
	return &http.Client{
		Transport:     sender{base},
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// NewTransport makes a transport without keep-alive and without HTTP/2, whose
// lost connections net/http tries again.
func NewTransport() *http.Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		DisableKeepAlives:      true,
		Protocols:              &http1,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// sender is the RoundTripper behind Client.
type sender struct{ base http.RoundTripper }

// RoundTrip sends the request and reads the whole answer.
func (s sender) RoundTrip(r *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		// The headers are written, maybe in part, right after this; dialling
		// and the TLS handshake come before it.
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	res, err := s.base.RoundTrip(prepare(ctx, r))
	if err != nil {
		return nil, &Lost{Left: connected.Load(), Err: err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, MaxBody+1))
	switch {
	case err != nil:
		return nil, &Lost{Left: true, Err: fmt.Errorf("reading it: %w", err)}
	case len(body) > MaxBody:
		return nil, &Lost{Left: true, Err: errors.New("it is over 1 MiB")}
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// prepare copies the request. Without GetBody nothing below can send its body a
// second time.
func prepare(ctx context.Context, r *http.Request) *http.Request {
	r = r.Clone(ctx)
	r.GetBody = nil
	r.Close = true
	r.Header.Set("User-Agent", UserAgent)
	return r
}
