package xhttp_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"spool/shared/xhttp"
)

// reach gives a client with a transport of the package's, and the address of a
// server that would speak HTTP/2 too.
func reach(t *testing.T, serve http.HandlerFunc) (c *http.Client, address string) {
	t.Helper()
	srv := httptest.NewUnstartedServer(serve)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	transport := xhttp.NewTransport()
	transport.TLSClientConfig = &tls.Config{RootCAs: srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	return &http.Client{Transport: transport}, srv.URL
}

func TestEachRequestHasItsOwnConnection(t *testing.T) {
	connections := map[string]bool{}
	c, address := reach(t, func(_ http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			t.Errorf("it came by %s", r.Proto)
		}
		connections[r.RemoteAddr] = true
	})
	for range 2 {
		res, err := c.Post(address, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	if len(connections) != 2 {
		t.Errorf("%d connections for 2 requests", len(connections))
	}
}

func TestHeadersWithoutAnEndAreNotRead(t *testing.T) {
	c, address := reach(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 128<<10))
	})
	if res, err := c.Get(address); err == nil {
		res.Body.Close()
		t.Error("an answer with headers of 128 KiB was read")
	}
}
