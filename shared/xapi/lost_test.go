package xapi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/xapi"
)

// raw is a server that does with each connection what the test says, and counts
// them.
func raw(t *testing.T, handle func(net.Conn)) (c *xapi.Client, connections *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections = new(atomic.Int32)
	done, hangUp := make(chan struct{}), func() {}
	var mu sync.Mutex // guards hangUp
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			mu.Lock()
			hangUp = func() { conn.Close() }
			mu.Unlock()
			handle(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		hangUp()
		mu.Unlock()
		<-done
	})
	c = xapi.New("http://" + l.Addr().String())
	c.Now = func() time.Time { return now }
	return c, connections
}

// request reads a whole request from a connection.
func request(conn net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

// losses are the ways of losing an answer, once the request may have left.
func losses() map[string]func(net.Conn) {
	return map[string]func(net.Conn){
		"closed before reading": func(net.Conn) {},
		"closed after reading":  request,
		"reset after reading": func(c net.Conn) {
			request(c)
			_ = c.(*net.TCPConn).SetLinger(0)
		},
		"half a head": func(c net.Conn) {
			request(c)
			fmt.Fprint(c, "HTTP/1.1 201 Created\r\nContent-Le")
		},
		"half a body": func(c net.Conn) {
			request(c)
			fmt.Fprint(c, "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"data\":{\"id\":\"12\"")
		},
		"half a chunked body": func(c net.Conn) {
			request(c)
			fmt.Fprint(c, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"data\":{\"id\":\"12\"}}")
		},
		"not HTTP": func(c net.Conn) {
			request(c)
			fmt.Fprint(c, "SSH-2.0-OpenSSH_9.6\r\n")
		},
	}
}

// Creating is in doubt where an answer is lost, all else is tried again.
func TestLostAnswers(t *testing.T) {
	for name, handle := range losses() {
		for op := range operations() {
			t.Run(name+": "+string(op), func(t *testing.T) {
				c, connections := raw(t, handle)
				err := ask(t, c, op)
				lost, ok := errors.AsType[*xapi.LostError](err)
				if !ok || !lost.Left {
					t.Fatalf("got %#v", err)
				}
				want := fault.Retry
				if op == xapi.OpCreate {
					want = fault.Settle
				}
				if v := fault.Judge(err); v.Action != want || v.Reason.Code != "answer_lost" {
					t.Errorf("verdict %+v", v)
				}
				if n := connections.Load(); n != 1 {
					t.Errorf("%d connections", n)
				}
			})
		}
	}
}

// Whatever fails before a connection is made has certainly not been done.
func TestRequestsThatNeverLeft(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	plain, _ := raw(t, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	tests := map[string]string{
		"connection refused":      "http://" + closed.Addr().String(),
		"certificate not trusted": untrusted.URL,
		"no TLS there":            "https" + plain.Endpoint[len("http"):],
		"no such scheme":          "gopher://127.0.0.1",
		"not an address":          "http://[",
	}
	for name, endpoint := range tests {
		t.Run(name, func(t *testing.T) {
			c := xapi.New(endpoint)
			err := ask(t, c, xapi.OpCreate)
			if lost, ok := errors.AsType[*xapi.LostError](err); !ok || lost.Left {
				t.Fatalf("got %#v", err)
			}
			if v := fault.Judge(err); v.Action != fault.Retry || v.Reason.Code != "x_unreachable" {
				t.Errorf("verdict %+v", v)
			}
		})
	}
}

// dialer is a transport whose connections dial makes.
func dialer(dial func(context.Context) (net.Conn, error)) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}}
}

func TestAnUnknownHostIsNotADoubt(t *testing.T) {
	c := xapi.New("https://api.x.com")
	c.HTTP = dialer(func(context.Context) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "api.x.com", IsNotFound: true}
	})
	if v := fault.Judge(ask(t, c, xapi.OpCreate)); v.Action != fault.Retry || v.Reason.Detail == "" {
		t.Errorf("verdict %+v", v)
	}
}

// A deadline that ends before there is a connection leaves no doubt.
func TestDeadlinesBeforeTheRequest(t *testing.T) {
	silent, _ := raw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	for name, change := range map[string]func(*xapi.Client){
		"while dialling": func(c *xapi.Client) {
			c.HTTP = dialer(func(ctx context.Context) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
		},
		"while shaking hands": func(c *xapi.Client) { c.Endpoint = "https" + silent.Endpoint[len("http"):] },
	} {
		t.Run(name, func(t *testing.T) {
			c := xapi.New(silent.Endpoint)
			change(c)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			err := operations()[xapi.OpCreate](ctx, c)
			if v := fault.Judge(err); err == nil || v.Action != fault.Retry {
				t.Errorf("the context's deadline: %v: %+v", err, v)
			}
			c.Timeout = 20 * time.Millisecond
			if v := fault.Judge(ask(t, c, xapi.OpCreate)); v.Action != fault.Retry {
				t.Errorf("the client's time-out: %+v", v)
			}
		})
	}
}

func TestADeadlineWhileXAnswersIsADoubt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c, _ := raw(t, func(conn net.Conn) {
		request(conn)
		cancel()
		_, _ = io.Copy(io.Discard, conn) // until the client hangs up
	})
	err := operations()[xapi.OpCreate](ctx, c)
	if v := fault.Judge(err); v.Action != fault.Settle || !errors.Is(err, context.Canceled) {
		t.Errorf("%v: %+v", err, v)
	}
}

func TestACancelledRequestIsNotSent(t *testing.T) {
	c, connections := raw(t, request)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := operations()[xapi.OpCreate](ctx, c)
	if v := fault.Judge(err); v.Action != fault.Retry || connections.Load() != 0 {
		t.Errorf("%v: %+v, %d connections", err, v, connections.Load())
	}
}

// Two requests take two connections, over TLS too, and never HTTP/2.
