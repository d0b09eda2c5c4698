package xhttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// x is a server that counts what comes by each connection.
type x struct {
	*httptest.Server
	mu       sync.Mutex
	requests map[string]int  // by the client's address
	closed   map[string]bool // as far as the server knows
	changed  chan struct{}   // has room for what happens in a test
}

// serve runs a server, with a transport that trusts it.
func serve(t *testing.T, secure bool, answer http.HandlerFunc) (*x, *Transport) {
	t.Helper()
	srv := &x{requests: map[string]int{}, closed: map[string]bool{}, changed: make(chan struct{}, 1000)}
	srv.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		srv.note(func() { srv.requests[r.RemoteAddr]++ })
		answer(w, r)
	}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Config.ConnState = func(c net.Conn, s http.ConnState) {
		srv.note(func() {
			if s == http.StateNew {
				srv.requests[c.RemoteAddr().String()] += 0
			}
			srv.closed[c.RemoteAddr().String()] = s == http.StateClosed
		})
	}
	transport := NewTransport()
	if secure {
		srv.StartTLS()
		transport.TLSClientConfig.RootCAs = srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	} else {
		srv.Start()
	}
	t.Cleanup(srv.Close)
	return srv, transport
}

func (s *x) note(change func()) {
	s.mu.Lock()
	change()
	s.mu.Unlock()
	s.changed <- struct{}{}
}

// count gives how many connections there were, and the most requests that came by one.
func (s *x) count() (connections, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.requests {
		most = max(most, n)
	}
	return len(s.requests), most
}

// until waits until something is so.
func (s *x) until(t *testing.T, is func() bool) {
	t.Helper()
	for {
		s.mu.Lock()
		ok := is()
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-s.changed:
		case <-time.After(10 * time.Second):
			t.Fatal("it never came to be so")
		}
	}
}

// post sends a request.
func post(ctx context.Context, transport *Transport, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	res, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// whenReady waits for the spare that is on its way, changes it, and lays it where the next request finds it at once:
// it does not depend on when a goroutine gets to offer it.
func whenReady(t *testing.T, transport *Transport, change func(*spare)) {
	t.Helper()
	select {
	case s := <-transport.spares:
		change(&s)
		transport.spares = make(chan spare, 1)
		transport.spares <- s
	case <-time.After(10 * time.Second):
		t.Fatal("no connection was opened ahead")
	}
}

func fine(http.ResponseWriter, *http.Request) {}

func TestAConnectionThatWasOpenedAheadCarriesOneRequest(t *testing.T) {
	for name, secure := range map[string]bool{"by TLS": true, "without TLS": false} {
		t.Run(name, func(t *testing.T) {
			srv, transport := serve(t, secure, fine)
			transport.Ahead(t.Context(), srv.URL)
			address := ""
			whenReady(t, transport, func(s *spare) { address = s.LocalAddr().String() })
			for range 2 {
				if err := post(t.Context(), transport, srv.URL); err != nil {
					t.Fatal(err)
				}
			}
			if n, most := srv.count(); n != 2 || most != 1 || srv.requests[address] != 1 {
				t.Errorf("%d connections for 2 requests, %d requests by the one that was opened ahead, %d by another",
					n, srv.requests[address], most)
			}
		})
	}
}

func TestASpareIsUsedIfItIsFreshOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*x, *spare)
		used   bool
	}{
		"young":                      {func(_ *x, s *spare) { s.since = s.since.Add(-500 * time.Millisecond) }, true},
		"a second old":               {func(_ *x, s *spare) { s.since = s.since.Add(-time.Second) }, false},
		"from before a freeze":       {func(_ *x, s *spare) { s.since = s.since.Add(-time.Hour) }, false},
		"from after the clock's now": {func(_ *x, s *spare) { s.since = s.since.Add(time.Hour) }, false},
		"of somebody else":           {func(_ *x, s *spare) { s.peer.address = "127.0.0.1:1" }, false},
		"of another scheme":          {func(_ *x, s *spare) { s.peer.secure = false }, false},
		"closed by the other side, behind the tickets of its session": {func(srv *x, s *spare) {
			srv.CloseClientConnections()
			finish(s.Conn.(*tls.Conn))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			srv, transport := serve(t, true, fine)
			transport.Ahead(t.Context(), srv.URL)
			address := ""
			whenReady(t, transport, func(s *spare) { address = s.LocalAddr().String(); tc.change(srv, s) })
			if err := post(t.Context(), transport, srv.URL); err != nil {
				t.Fatal(err)
			}
			srv.until(t, func() bool { return tc.used || srv.closed[address] })
			if n, _ := srv.count(); (n == 1) != tc.used || (srv.requests[address] == 1) != tc.used {
				t.Errorf("%d connections, of which the spare carried %d requests", n, srv.requests[address])
			}
		})
	}
}

// finish waits until the other side has closed a connection, and leaves unread what has arrived.
func finish(c *tls.Conn) {
	raw, err := c.NetConn().(*net.TCPConn).SyscallConn()
	if err != nil {
		panic(err)
	}
	_ = raw.Control(func(fd uintptr) {
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}, 10_000)
	})
}

func TestASpareThatNobodyTakesIsClosed(t *testing.T) {
	t.Parallel()
	srv, transport := serve(t, true, fine)
	transport.Ahead(t.Context(), srv.URL)
	srv.until(t, func() bool {
		for _, closed := range srv.closed {
			return closed
		}
		return false
	})
	if n, most := srv.count(); n != 1 || most != 0 {
		t.Errorf("%d connections, %d requests", n, most)
	}
}

// Whatever a request takes, the next one that was asked for is there for the next request.
func TestARequestTakesWhatIsReadyFirst(t *testing.T) {
	srv, transport := serve(t, true, fine)
	for range 5 { // no spare is ready, one is on its way
		transport.Ahead(t.Context(), srv.URL)
		if err := post(t.Context(), transport, srv.URL); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case s := <-transport.spares:
		s.Close()
	case <-time.After(10 * time.Second):
		t.Error("nothing is left for the next request")
	}
	if n, most := srv.count(); n < 6 || n > 10 || most != 1 {
		t.Errorf("%d connections, %d requests by one of them", n, most)
	}
}

func TestManyRunsSideBySide(t *testing.T) {
	srv, transport := serve(t, true, fine)
	var runs sync.WaitGroup
	for range 10 {
		runs.Go(func() {
			for range 10 {
				transport.Ahead(t.Context(), srv.URL)
				if err := post(t.Context(), transport, srv.URL); err != nil {
					t.Error(err)
				}
			}
		})
	}
	runs.Wait()
	if n, most := srv.count(); n < 100 || n > 200 || most != 1 {
		t.Errorf("%d connections for 100 requests, %d requests by one of them", n, most)
	}
}

// net/http sends a POST again on its own where a connection that carried a request before turns out to be closed. None
// of these has carried one.
func TestNoRequestIsSentTwice(t *testing.T) {
	for name, ahead := range map[string]bool{"by a spare": true, "by a new connection": false} {
		t.Run(name, func(t *testing.T) {
			srv, transport := serve(t, true, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
			if ahead {
				transport.Ahead(t.Context(), srv.URL)
				whenReady(t, transport, func(*spare) {})
			}
			if err := post(t.Context(), transport, srv.URL); err == nil {
				t.Error("there was an answer")
			}
			if n, most := srv.count(); n != 1 || most != 1 {
				t.Errorf("%d connections, %d requests by one of them", n, most)
			}
		})
	}
}

func TestNothingIsOpenedAheadOfAProxy(t *testing.T) {
	srv, transport := serve(t, false, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RequestURI) })
	proxy, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport.Proxy = http.ProxyURL(proxy)
	transport.Ahead(t.Context(), "http://x.test")
	if err := post(t.Context(), transport, "http://x.test/2/tweets"); err != nil {
		t.Fatal(err)
	}
	if n, most := srv.count(); n != 1 || most != 1 {
		t.Errorf("%d connections, %d requests", n, most)
	}
	for _, endpoint := range []string{"http://x.test", "http://["} {
		if _, direct := transport.reach(endpoint); direct {
			t.Errorf("%s is reached directly", endpoint)
		}
	}
}

func TestARequestThatIsGivenUpLeavesItsConnectionToTheNext(t *testing.T) {
	srv, transport := serve(t, true, fine)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := transport.take(ctx, peer{srv.Listener.Addr().String(), true}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	whenReady(t, transport, func(*spare) {})
	if err := post(t.Context(), transport, srv.URL); err != nil {
		t.Fatal(err)
	}
	if n, _ := srv.count(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestAnEndpointIsReachedAtItsPort(t *testing.T) {
	transport := NewTransport()
	transport.Proxy = nil
	for endpoint, want := range map[string]peer{
		"https://api.x.com":      {"api.x.com:443", true},
		"http://api.x.com":       {"api.x.com:80", false},
		"https://127.0.0.1:8443": {"127.0.0.1:8443", true},
		"http://[::1]:8090":      {"[::1]:8090", false},
		"https://[::1]":          {"[::1]:443", true},
	} {
		if got, direct := transport.reach(endpoint); got != want || !direct {
			t.Errorf("%s is reached at %v, %v; want %v", endpoint, got, direct, want)
		}
	}
}
