package front_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"spool/infra/xsim/front"
)

const roundTrip = 20 * time.Millisecond

// start gives a front of an echo, and a client that opens a connection for each request.
func start(t *testing.T) (*front.Front, *http.Client) {
	t.Helper()
	f, err := front.Start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}), roundTrip)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	transport := f.Transport()
	transport.DisableKeepAlives = true
	return f, &http.Client{Transport: transport}
}

// A request costs a round trip, and a new connection two more: to connect, and to shake hands.
func TestANewConnectionCostsTwoRoundTrips(t *testing.T) {
	f, c := start(t)
	least := time.Hour
	for range 3 { // the machine may be busy
		began := time.Now()
		res, err := c.Post(f.URL, "text/plain", bytes.NewReader([]byte("hello")))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		least = min(least, time.Since(began))
	}
	if least < 3*roundTrip || least > 6*roundTrip {
		t.Errorf("a request took %v, want three round trips of %v", least, roundTrip)
	}
	if n := f.Connections(); n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
}

// The bandwidth is not bounded, and nothing is lost or changes places.
func TestManyBytesArriveAsTheyWereSent(t *testing.T) {
	f, c := start(t)
	sent := make([]byte, 3<<20)
	for i := range sent {
		sent[i] = byte(i * i >> 7)
	}
	res, err := c.Post(f.URL, "text/plain", bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
}

func TestCloseCutsConnections(t *testing.T) {
	begun := make(chan struct{})
	f, err := front.Start(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	}), roundTrip)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: f.Transport()}
	failed := make(chan error)
	go func() {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, f.URL, nil)
		if err == nil {
			var res *http.Response
			if res, err = c.Do(r); err == nil {
				res.Body.Close()
				err = fmt.Errorf("answered %s", res.Status)
			}
		}
		failed <- err
	}()
	<-begun
	f.Close()
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
}
