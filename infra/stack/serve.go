package stack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"spool/infra/emulate/apigateway"
	"spool/infra/emulate/iam"
	"spool/infra/emulate/loopback"
	"spool/infra/emulate/s3"
	"spool/infra/emulate/sns"
)

// The paths of the HTTP API that are not the functions'.
const (
	metricsPath = "/__local/metrics"
	alarmsPath  = "/__local/alarms"
	mailPath    = "/__local/mail"
)

const (
	shutdownTimeout   = 5 * time.Second // of requests under way
	readHeaderTimeout = 10 * time.Second
)

// listen takes the API's port, so that one in use is found before anything is started.
func (s *Stack) listen() (net.Listener, error) {
	addr := s.options.Addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the address %s is in use: end the program that listens there, or choose another address",
			addr)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	at := *listener.Addr().(*net.TCPAddr)
	if at.IP.IsUnspecified() {
		at.IP = net.IPv4(127, 0, 0, 1)
	}
	s.API = &url.URL{Scheme: "http", Host: at.String()}
	s.onClose("the API's address", func() error {
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) { // its server may have closed it
			return err
		}
		return nil
	})
	return listener, nil
}

// serve runs an HTTP server, which is known by addresses and by the names, until the stack closes.
func (s *Stack) serve(what string, listener net.Listener, handler http.Handler, names ...string) {
	server := &http.Server{
		Handler:           loopback.Named(handler, names...),
		ReadHeaderTimeout: readHeaderTimeout,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	s.onClose(what, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
}

// serveAWS serves the services that functions call.
func (s *Stack) serveAWS() error {
	s.endpoints = map[string]string{}
	for service, handler := range map[string]http.Handler{
		"DYNAMODB": loopback.Programs(s.policies.Guard(iam.DynamoDB(s.Model.PartitionKey),
			s.faults.guard(s.Backups.Handler(s.Meter.DynamoDB(s.engine.URL()))))),
		"SQS": loopback.Programs(s.policies.Guard(iam.SQS, s.faults.guard(s.Meter.Requests(s.behind(s.sqs))))),
		"KMS": loopback.Programs(s.policies.Guard(iam.KMS(s.keyARN),
			s.faults.guard(s.Meter.Requests(s.behind(s.keys))))),
		"SNS":        loopback.Programs(s.policies.Guard(sns.Inspect, s.faults.guard(s.Meter.Requests(s.Mail)))),
		"CLOUDWATCH": loopback.Programs(s.policies.Guard(iam.CloudWatch, s.Meter.Requests(s.CloudWatch.Wire()))),
		"S3":         s.buckets.CORS(s3.Guard(s.policies, s.Meter.Requests(s.behind(s.buckets)))),
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("serve the %s endpoint: %w", service, err)
		}
		if s.options.Idle != nil {
			listener = s.options.Idle.Listener(listener)
		}
		s.serve("the "+service+" endpoint", listener, handler)
		s.endpoints[service] = "http://" + listener.Addr().String()
	}
	if s.options.Uncounted {
		s.endpoints["DYNAMODB"] = s.engine.URL().String()
	}
	return nil
}

// serveAPI opens the HTTP API.
func (s *Stack) serveAPI(listener net.Listener) error {
	api := &apigateway.API{Log: s.log, Observe: s.answered}
	for _, r := range s.Model.Routes {
		if err := api.Handle(r.Key, s.functions[r.Function], apigateway.Throttle(r.Throttle)); err != nil {
			return fmt.Errorf("the route %s of %s: %w", r.Key, r.Function, err)
		}
	}
	s.serve("the API", listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case metricsPath:
			s.Meter.ServeHTTP(w, r)
		case mailPath:
			s.Mail.ServeMail(w, r)
		case alarmsPath:
			s.CloudWatch.ServeHTTP(w, r)
		default:
			api.ServeHTTP(w, r)
		}
	}), s.domain())
	return nil
}

// domain is the name that browsers and X have for the API, such as that of a tunnel, where it was given one.
func (s *Stack) domain() string {
	given := s.options.Parameters[domainParameter]
	if u, err := url.Parse(given); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return given
}
