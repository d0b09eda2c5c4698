// Package xhttp carries requests to X so that none is sent twice unnoticed.
//
// Each request goes out on a connection of its own, which costs two round trips to X before the request leaves: to
// connect, and to agree on keys. Who knows that a request follows soon has its connection opened ahead
// ([Transport.Ahead]), while X still answers the one before. Such a connection is a spare: it carries one request, as
// any other, and only if it has waited for less than a second and X has not closed it.
package xhttp

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const (
	// Timeout bounds one request that uploads no file.
	Timeout = 20 * time.Second
	// MaxAnswer is how much of an answer is read, in bytes.
	MaxAnswer = 1 << 20
	// ProbeSetup is how long an app that X refuses waits before one careful try
	// whether somebody corrected it.
	ProbeSetup = 15 * time.Minute
)

// Transport opens a connection for each request. On AWS Lambda the process freezes
// between invocations, so that a kept-alive connection may be dead after a thaw, and a
// POST on it fails without saying whether it was done. It speaks HTTP/1.1 only, since
// net/http tries a request again on its own where a connection of HTTP/2 ends, or one
// that has carried a request before. The headers of an answer may have 64 KiB. It is
// safe for concurrent use.
type Transport struct {
	*http.Transport
	spares chan spare // each is held by a goroutine that offers it here until it is too old
}

// NewTransport makes a transport without spares.
func NewTransport() *Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	t := &Transport{spares: make(chan spare)}
	t.Transport = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            t.dialer(false),
		DialTLSContext:         t.dialer(true),
		TLSHandshakeTimeout:    setup, // behind a proxy; of other connections see open
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		DisableKeepAlives:      true,
		Protocols:              &http1,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return t
}

// dialer is the transport's way to a connection with TLS, or to one without.
func (t *Transport) dialer(secure bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		return t.take(ctx, peer{address, secure})
	}
}
