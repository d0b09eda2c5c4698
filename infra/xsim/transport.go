package xsim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
)

// Transport reaches the simulator without a network, for an http.Client in tests
// of virtual time. A dropped connection is an error that wraps
// io.ErrUnexpectedEOF; a request whose context ends while a fault holds its
// answer back fails with the context's error, and has taken effect. A client
// that traces its requests (net/http/httptrace) hears that each one left.
func (s *Sim) Transport() http.RoundTripper { return transport{s.Handler()} }

type transport struct{ handler http.Handler }

// RoundTrip serves r on the caller's goroutine.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	defer r.Body.Close()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	announce(r.Context())
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	dropped := t.serve(rec, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if dropped {
		return nil, fmt.Errorf("connection to the simulator dropped: %w", io.ErrUnexpectedEOF)
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", rec.status, http.StatusText(rec.status)), StatusCode: rec.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: rec.header, ContentLength: int64(rec.body.Len()), Body: io.NopCloser(&rec.body), Request: r,
	}, nil
}

// announce tells a tracing client what a network transport would: that there is
// a connection, and that the request is on it. Without that a client may take a
// dropped connection for a request that never left.
func announce(ctx context.Context) {
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil {
		return
	}
	if trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
}

// serve reports whether the handler closed the connection.
func (t transport) serve(rec *recorder, r *http.Request) (dropped bool) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			dropped = true
		default:
			panic(p)
		}
	}()
	t.handler.ServeHTTP(rec, r)
	return false
}

// recorder is an http.ResponseWriter into memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
