package xsim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"testing"
)

func TestTransportTellsATracingClientThatTheRequestLeft(t *testing.T) {
	w := newWorld(t)
	w.fault(Fault{Path: "/2/users/me", Drop: DropBefore})
	var heard []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { heard = append(heard, "connection") },
		WroteHeaders: func() { heard = append(heard, "headers") },
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err == nil {
				heard = append(heard, "request")
			}
		},
	})
	req, err := http.NewRequestWithContext(ctx, "GET", "http://x.test/2/users/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Transport().RoundTrip(req); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error is %v", err)
	}
	if want := []string{"connection", "headers", "request"}; !slices.Equal(heard, want) {
		t.Errorf("heard %q, want %q", heard, want)
	}
}

func TestTransportSendsNothingForACanceledContext(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", "http://x.test/2/users/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Transport().RoundTrip(req); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if j := w.Journal(); len(j) != 0 {
		t.Errorf("the simulator saw %+v", j)
	}
}
