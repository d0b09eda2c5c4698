package notify

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"spool/shared/fault"
)

func TestOnlyPublicAddressesAreConnectedTo(t *testing.T) {
	for address, public := range map[string]bool{
		"1.1.1.1": true, "93.184.216.34": true, "172.15.255.255": true, "172.32.0.1": true, "100.63.255.255": true,
		"100.128.0.0": true, "192.0.1.0": true, "223.255.255.255": true, "169.253.0.1": true,
		"2606:4700:4700::1111": true, "2a00:1450::1": true, "::ffff:1.1.1.1": true,

		"127.0.0.1": false, "127.255.255.254": false, "0.0.0.0": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "169.254.170.2": false, // what clouds tell machines about themselves
		"100.64.0.1": false, "100.127.255.255": false, "192.0.0.8": false, "192.0.2.1": false, "198.18.0.1": false,
		"198.19.255.255": false, "198.51.100.1": false, "203.0.113.1": false, "192.88.99.1": false,
		"224.0.0.1": false, "239.255.255.255": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false,
		"ff02::1": false, "2001:db8::1": false, "2001::1": false, "2001:1ff::1": false, "2002:7f00:1::": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "100::1": false, "3fff::1": false, "5f00::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false,
		"2620:4f:8000::1": false,
	} {
		for _, port := range []string{"443", "8443"} {
			err := Public.allow(net.JoinHostPort(address, port))
			if public != (err == nil) {
				t.Errorf("%s: %v", address, err)
			}
		}
		ip, err := netip.ParseAddr(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := Loopback.allow(net.JoinHostPort(address, "80")); (err == nil) != (public || ip.Unmap().IsLoopback()) {
			t.Errorf("%s, where this machine is let in: %v", address, err)
		}
	}
}

func TestAddressesThatNoticesCannotGoTo(t *testing.T) {
	for address, good := range map[string]bool{
		"https://example.com": true, "https://example.com/a?b=c": true, "https://example.com:8443/": true,
		"https://1.1.1.1/": true, "https://[2606:4700:4700::1111]/": true, "https://münchen.example/": true,

		"": false, "example.com": false, "http://example.com/": false, "ftp://example.com/": false, "https://": false,
		"https:///path": false, "https://user@example.com/": false, "https://user:pass@example.com/": false,
		"https://127.0.0.1/": false, "https://[::1]/": false, "https://169.254.169.254/latest": false,
		"https://[::ffff:10.0.0.1]/": false, "https://localhost/": false, "https://a.localhost./": false,
		"https://printer.local/": false, "https://x.internal/": false, "https://exa mple.com/": false,
		"https://example.com/\n": false, "javascript:alert(1)": false, "https://example.com:99999999/": false,
		"https://" + strings.Repeat("a", maxURL) + ".com/": false,
	} {
		if _, err := Public.check(address); good != (err == nil) || !good && !fault.Is(err, fault.Invalid) {
			t.Errorf("%.60q: %v", address, err)
		}
	}
	if u, err := Loopback.check("http://127.0.0.1:8080/hook#x"); err != nil || u.String() != "http://127.0.0.1:8080/hook" {
		t.Errorf("this machine, where it is let in: %v, %v", u, err)
	}
	if _, err := Loopback.check("http://10.0.0.1/"); err == nil {
		t.Error("another machine of the network is let in with this one")
	}
}

// receiver counts its requests and answers what the test says.
func receiver(t *testing.T, answer http.HandlerFunc) (address string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, requests
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// names is a resolver that answers each question with the next of some addresses, and
// the last of them from then on.
func names(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		var asked int
		for b := make([]byte, 1500); ; {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			var q dnsmessage.Message
			if q.Unpack(b[:n]) != nil || len(q.Questions) == 0 {
				continue
			}
			r := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true}, Questions: q.Questions}
			if q.Questions[0].Type == dnsmessage.TypeA {
				a := netip.MustParseAddr(answers[min(asked, len(answers)-1)]).As4()
				asked++
				r.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Questions[0].Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
					Body:   &dnsmessage.AResource{A: a},
				}}
			}
			if packed, err := r.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// A name may lead elsewhere each time that it is asked for: what counts is the address
// that is connected to.
func TestANameThatLeadsElsewhere(t *testing.T) {
	address, requests := receiver(t, ok)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	resolver := names(t, "93.184.216.34", "127.0.0.1")
	if ips, err := resolver.LookupNetIP(t.Context(), "ip4", "rebind.example.com"); err != nil || ips[0].String() != "93.184.216.34" {
		t.Fatalf("the first look-up gave %v, %v", ips, err)
	}
	at := "https://rebind.example.com:" + u.Port() + "/"
	if _, err := newWeb(Public, resolver).post(t.Context(), at, "{}", nil); !errors.Is(err, errNotPublic) {
		t.Errorf("the second look-up leads to this machine: %v", err)
	}
	if n := requests.Load(); n > 0 {
		t.Errorf("%d requests came through", n)
	}
	if _, err := newWeb(Loopback, names(t, "127.0.0.1")).post(t.Context(), "http://here.example.com:"+u.Port()+"/", "{}", nil); err != nil || requests.Load() != 1 {
		t.Errorf("where this machine is let in: %v, %d requests", err, requests.Load())
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere, requests := receiver(t, ok)
	for _, code := range []int{301, 302, 303, 307, 308} {
		address, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, code) })
		a, err := NewWeb(Loopback).post(t.Context(), address, "{}", nil)
		if err == nil || a.code != code || requests.Load() > 0 {
			t.Errorf("%d: %v, %v; %d requests went on", code, a, err, requests.Load())
		}
	}
}

// The proxy of the environment would connect for Spool, to wherever it likes.
func TestNoProxyIsUsed(t *testing.T) {
	proxy, requests := receiver(t, ok)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, proxy)
	}
	if p := NewWeb(Public).Client.Transport.(*http.Transport).Proxy; p != nil { // the environment is read once for a process
		t.Error("there is a proxy")
	}
	_, err := NewWeb(Public).post(t.Context(), "https://127.0.0.1:1/", "{}", nil)
	if err == nil || requests.Load() > 0 {
		t.Errorf("%v; %d requests went to the proxy", err, requests.Load())
	}
}

func TestAnAnswerIsReadOnlySoFar(t *testing.T) {
	stopped := make(chan struct{})
	address, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(stopped)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 1024)); err != nil {
				return
			}
		}
	})
	if a, err := NewWeb(Loopback).post(t.Context(), address, "{}", nil); err != nil || a.code != 200 {
		t.Errorf("%v, %v", a, err)
	}
	<-stopped
}

// What a delivery shows of an error has nothing of the address, which may be secret.
func TestErrorsDoNotShowTheAddress(t *testing.T) {
	for _, at := range []string{
		"https://127.0.0.1:1/SECRET", "http://127.0.0.1:1/SECRET?SECRET", "https://nowhere.invalid/SECRET", "::SECRET", "http://127.0.0.1:1/%zzSECRET",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, err := NewWeb(Loopback).post(ctx, at, "{}", nil)
		cancel()
		if err == nil || shown(err) == "" || strings.Contains(shown(err), "SECRET") {
			t.Errorf("%s shows %q", at, shown(err))
		}
	}
	if s := shown(errors.New(strings.Repeat("ü", 999))); len([]rune(s)) != 200 {
		t.Errorf("it shows %d characters", len([]rune(s)))
	}
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "x": 0, "30": 30 * time.Second, "999999999999": maxRetryAfter, "Wed, 21 Oct 2026 07:28:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}
