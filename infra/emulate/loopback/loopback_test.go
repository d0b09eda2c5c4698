package loopback

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

var hello = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })

func ask(h http.Handler, method, host string, headers ...string) int {
	r := httptest.NewRequest(method, "http://x/", nil)
	r.Host = host
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Code
}

func TestNamed(t *testing.T) {
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "[::1]:8080": 200, "localhost:1": 200, "localhost": 200, "192.168.0.7:80": 200, "tunnel.example": 200,
		"evil.example:8080": 421, "127.0.0.1.evil.example": 421, "": 421, "localhost.evil.example:1": 421, "2130706433": 421,
	} {
		if got := ask(Named(hello, "tunnel.example"), "GET", host); got != want {
			t.Errorf("%q: got %d, want %d", host, got, want)
		}
	}
}

func TestProgramsAreNoPages(t *testing.T) {
	h := Programs(hello)
	if got := ask(h, "POST", "127.0.0.1"); got != 200 {
		t.Errorf("a program: got %d", got)
	}
	for _, headers := range [][]string{{"Origin", "http://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Mode", "no-cors"}} {
		if got := ask(h, "POST", "127.0.0.1", headers...); got != 403 {
			t.Errorf("%v: got %d", headers, got)
		}
	}
}

func TestOwn(t *testing.T) {
	h := Own(hello)
	for _, tc := range []struct {
		method, site string
		want         int
	}{
		{"POST", "same-origin", 200}, {"POST", "none", 200}, {"POST", "cross-site", 403}, {"POST", "same-site", 403}, {"GET", "cross-site", 200}, {"DELETE", "cross-site", 403},
	} {
		if got := ask(h, tc.method, "127.0.0.1", "Sec-Fetch-Site", tc.site); got != tc.want {
			t.Errorf("%s from %s: got %d", tc.method, tc.site, got)
		}
	}
}
