package xapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"spool/shared/xhttp"
)

// maxBody is how much of an answer is read, in bytes. A longer one is as good as
// none: no answer of X's to what is asked here comes near it.
const maxBody = xhttp.MaxAnswer

const userAgent = "spool/1"

// unanswered is a request that got no complete answer.
type unanswered struct {
	connected bool
	err       error
}

func (e *unanswered) Error() string { return e.err.Error() }
func (e *unanswered) Unwrap() error { return e.err }

// once is a RoundTripper that sends each request at most once, reads the whole
// answer before it hands it over, and knows of a request without an answer
// whether the server can have seen it.
type once struct{ base http.RoundTripper }

// RoundTrip fails with an *unanswered only.
func (o once) RoundTrip(r *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	r = r.Clone(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		// Name look-up, dialling and the TLS handshake come before this, the
		// first byte of the request after it.
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	r.GetBody = nil // nothing below can send the body a second time
	r.Header.Set("User-Agent", userAgent)
	res, err := o.base.RoundTrip(r)
	if err != nil {
		return nil, &unanswered{connected.Load(), err}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, &unanswered{true, fmt.Errorf("reading the answer: %w", err)}
	case len(body) > maxBody:
		return nil, &unanswered{true, errors.New("the answer is over 1 MiB")}
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// client sends each request once and follows no redirect.
func (c *Client) client() *http.Client {
	var base http.RoundTripper
	if c.HTTP != nil {
		base = c.HTTP.Transport
	}
	if base == nil {
		base = xhttp.NewTransport()
	}
	return &http.Client{
		Transport:     once{base},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// lost names the operation whose answer was lost. An error of unknown make is
// taken for the worse: the request may have left.
func lost(op Op, err error) error {
	if u, ok := errors.AsType[*unanswered](err); ok {
		return &LostError{Op: op, Left: u.connected, Err: u.err}
	}
	return &LostError{Op: op, Left: true, Err: err}
}
