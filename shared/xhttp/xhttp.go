// Package xhttp carries requests to X so that none is sent twice unnoticed.
package xhttp

import (
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

// NewTransport makes a transport that opens a connection for each request. On
// AWS Lambda the process freezes between invocations, so that a kept-alive
// connection may be dead after a thaw, and a POST on it fails without saying
// whether it was done. It speaks HTTP/1.1 only, since net/http tries a request
// again on its own where a connection of HTTP/2 ends. The headers of an answer
// may have 64 KiB.
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
