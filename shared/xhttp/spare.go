package xhttp

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// fresh is for how long a connection that carries nothing is kept. Nobody on the way to X forgets it so soon.
	fresh = time.Second
	// setup bounds connecting, and then the TLS handshake.
	setup = 5 * time.Second
)

// peer is whom a connection leads to.
type peer struct {
	address string // host and port
	secure  bool   // by TLS
}

// spare is a connection that has carried nothing yet.
type spare struct {
	net.Conn
	peer  peer
	since time.Time // by the wall clock, which goes on while the process is frozen
}

// usable reports whether a request can go out on the spare.
func (s spare) usable(p peer, now time.Time) bool {
	idle := now.Round(0).Sub(s.since)
	return s.peer == p && 0 <= idle && idle < fresh && isOpen(s.Conn)
}

// Ahead begins to open a connection to an endpoint, such as https://api.x.com, for a request that follows within a
// second, and returns at once. The request takes whichever connection is ready first; what no request takes is closed.
// An error is not told, since the request will meet it too. Where the environment names a proxy, nothing is opened
// ahead.
func (t *Transport) Ahead(ctx context.Context, endpoint string) {
	p, direct := t.reach(endpoint)
	if !direct || !seesClosing {
		return
	}
	go func() {
		if s, err := t.open(context.WithoutCancel(ctx), p); err == nil {
			t.offer(s)
		}
	}()
}

// reach says whom a request to an endpoint is sent to, and whether without a proxy.
func (t *Transport) reach(endpoint string) (p peer, direct bool) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return peer{}, false
	}
	if t.Proxy != nil {
		if proxy, err := t.Proxy(&http.Request{URL: u}); proxy != nil || err != nil {
			return peer{}, false
		}
	}
	p = peer{address: u.Host, secure: u.Scheme == "https"}
	if u.Port() == "" {
		p.address = net.JoinHostPort(u.Hostname(), map[bool]string{true: "443", false: "80"}[p.secure])
	}
	return p, true
}

// take gives a spare, or else opens a connection: where a spare is on its way, whichever is ready first. The other one
// is a spare then. So there are always as many connections on their way as there are requests that wait for one.
func (t *Transport) take(ctx context.Context, p peer) (net.Conn, error) {
	if s, ok := t.ready(p); ok {
		return s.Conn, nil
	}
	type opened struct {
		spare
		err error
	}
	own, served := make(chan opened), make(chan struct{})
	defer close(served)
	go func() {
		s, err := t.open(context.WithoutCancel(ctx), p)
		select {
		case own <- opened{s, err}:
		case <-served:
			if err == nil {
				t.offer(s)
			}
		}
	}()
	for {
		select {
		case o := <-own:
			return o.Conn, o.err
		case s := <-t.spares:
			if s.usable(p, time.Now()) {
				return s.Conn, nil
			}
			s.Close()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// ready gives a spare that is there already, the oldest first.
func (t *Transport) ready(p peer) (spare, bool) {
	for {
		select {
		case s := <-t.spares:
			if s.usable(p, time.Now()) {
				return s, true
			}
			s.Close()
		default:
			return spare{}, false
		}
	}
}

// offer waits until a request takes the spare. One that no request takes in time is closed.
func (t *Transport) offer(s spare) {
	old := time.NewTimer(fresh)
	defer old.Stop()
	select {
	case t.spares <- s:
	case <-old.C:
		s.Close()
	}
}

// open connects, and shakes hands.
func (t *Transport) open(ctx context.Context, p peer) (spare, error) {
	dialer := net.Dialer{Timeout: setup}
	conn, err := dialer.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return spare{}, err
	}
	if p.secure {
		if conn, err = t.shakeHands(ctx, conn, p); err != nil {
			return spare{}, err
		}
	}
	return spare{conn, p, time.Now().Round(0)}, nil
}

// shakeHands puts TLS on a connection.
func (t *Transport) shakeHands(ctx context.Context, conn net.Conn, p peer) (net.Conn, error) {
	host, _, err := net.SplitHostPort(p.address)
	if err != nil {
		conn.Close()
		return nil, err
	}
	config := t.TLSClientConfig.Clone()
	config.ServerName = cmp.Or(config.ServerName, host)
	ctx, cancel := context.WithTimeout(ctx, setup)
	defer cancel()
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secured, nil
}
