package gateway_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"spool/shared/gateway"
)

// event is a request as API Gateway gives it.
func event() events.APIGatewayV2HTTPRequest {
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: "/v1/posts/a%2Fb", RawQueryString: "a=1&a=2&b=%20",
		Cookies: []string{"x=1", "y=2"},
		Headers: map[string]string{"content-type": "application/json", "x-forwarded-proto": "https", "host": "forged.example"},
		Body:    `{"a":1}`,
	}
	e.RequestContext.Stage = "$default"
	e.RequestContext.DomainName = "abc.execute-api.us-east-1.amazonaws.com"
	e.RequestContext.HTTP.Method = "POST"
	e.RequestContext.HTTP.SourceIP = "192.0.2.1"
	return e
}

func TestHandlerSeesTheRequest(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*events.APIGatewayV2HTTPRequest)
		path   string
		body   string
	}{
		{"as it was sent", func(*events.APIGatewayV2HTTPRequest) {}, "/v1/posts/a%2Fb", `{"a":1}`},
		{"a body in base64", func(e *events.APIGatewayV2HTTPRequest) {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte{0xff, 0}), true
		}, "/v1/posts/a%2Fb", "\xff\x00"},
		{"a path that looks like an address with a query, which it is not: it arrives decoded", func(e *events.APIGatewayV2HTTPRequest) {
			e.RawPath = "/v1/posts/P/publish#/cancel?x=1%"
		}, "/v1/posts/P/publish#/cancel?x=1%", `{"a":1}`},
		{"no path at all", func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "" }, "/", `{"a":1}`},
		{"a named stage, which is no part of the path", func(e *events.APIGatewayV2HTTPRequest) {
			e.RequestContext.Stage, e.RawPath = "prod", "/prod/v1/x"
		}, "/v1/x", `{"a":1}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := event()
			tc.change(&e)
			var body []byte
			var got *http.Request
			h := gateway.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got = r
				body, _ = io.ReadAll(r.Body)
			}))
			if _, err := h(t.Context(), e); err != nil {
				t.Fatal(err)
			}
			if got.URL.Path != tc.path || string(body) != tc.body {
				t.Errorf("got path %q, body %q; want %q, %q", got.URL.Path, body, tc.path, tc.body)
			}
			if got.Method != "POST" || got.Host != e.RequestContext.DomainName || got.RemoteAddr != "192.0.2.1" {
				t.Errorf("got %s from %s to %s", got.Method, got.RemoteAddr, got.Host)
			}
			if q := got.URL.Query(); !cmp.Equal(q["a"], []string{"1", "2"}) || q.Get("b") != " " {
				t.Errorf("got query %v", q)
			}
			if c, err := got.Cookie("y"); err != nil || c.Value != "2" {
				t.Errorf("got cookie %v, %v", c, err)
			}
		})
	}
}

func TestGatewayGetsTheAnswer(t *testing.T) {
	for _, tc := range []struct {
		name   string
		handle http.HandlerFunc
		want   events.APIGatewayV2HTTPResponse
	}{
		{"text with several cookies", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			w.Header().Add("Vary", "a")
			w.Header().Add("Vary", "b")
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusTeapot)
			w.Header().Set("X-Late", "headers end with the status")
			io.WriteString(w, "hi")
		}, events.APIGatewayV2HTTPResponse{
			StatusCode: 418, Headers: map[string]string{"vary": "a, b", "content-type": "text/plain"}, Cookies: []string{"a=1", "b=2"}, Body: "hi",
		}},
		{"nothing at all", func(http.ResponseWriter, *http.Request) {}, events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{}}},
		{"bytes that are no text", func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})
		},
			events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{"content-type": "image/png"}, Body: "iVBORw0KGgo=", IsBase64Encoded: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := gateway.Handler(tc.handle)(t.Context(), event())
			if err != nil {
				t.Fatal(err)
			}
			delete(got.Headers, secure)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("the answer differs (-want +got):\n%s", diff)
			}
		})
	}
}

const secure = "strict-transport-security"

func TestEveryAnswerKeepsBrowsersToTLS(t *testing.T) {
	for name, tc := range map[string]struct {
		path, proto, want string
		handle            http.HandlerFunc
	}{
		"a page":                    {"/", "https", "max-age=31536000", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hi") }},
		"a redirect":                {"/", "https", "max-age=31536000", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusSeeOther) }},
		"nothing there":             {"/x", "https", "max-age=31536000", http.NotFound},
		"a path that is none":       {"/../x", "https", "max-age=31536000", nil},
		"an answer that is larger":  {"/", "https", "max-age=31536000", func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 7<<20)) }},
		"no word of the protocol":   {"/", "", "max-age=31536000", http.NotFound},
		"on a machine of one's own": {"/", "http", "", http.NotFound},
	} {
		e := event()
		e.RawPath, e.Headers["x-forwarded-proto"] = tc.path, tc.proto
		got, err := gateway.Handler(tc.handle)(t.Context(), e)
		if err != nil || got.Headers[secure] != tc.want {
			t.Errorf("%s: got %d %q, %v, want %q", name, got.StatusCode, got.Headers[secure], err, tc.want)
		}
	}
}

// router is a router as the functions have.
func router() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/posts/{id}/publish", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "published") })
	mux.HandleFunc("POST /v1/posts/{id}/cancel", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "cancelled "+r.PathValue("id")) })
	mux.HandleFunc("DELETE /v1/keys/{id}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "revoked") })
	return mux
}

func TestAPathIsNeverParsedAgain(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/posts/P/cancel":           "cancelled P",
		"/v1/posts/P%2Fpublish/cancel": "cancelled P%2Fpublish",
		"/v1/posts/P?x/cancel":         "cancelled P?x",
		"/v1/posts/P/publish#/cancel":  "",
		"/v1/posts/P/publish?/cancel":  "",
	} {
		e := event()
		e.RawPath = path
		got, err := gateway.Handler(router())(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" && got.StatusCode != http.StatusNotFound || want != "" && got.Body != want {
			t.Errorf("%q: got %d %q, want %q", path, got.StatusCode, got.Body, want)
		}
	}
}

// TestNobodyIsSentOnToAnotherPath is about paths that a router would clean, by an
// answer that has clients ask again, with their keys, for what they did not mean.
func TestNobodyIsSentOnToAnotherPath(t *testing.T) {
	for _, path := range []string{
		"/v1/posts/../keys/K", "/v1//keys/K", "/v1/./keys/K", "//[::1", "//evil.example/", "/..", "/v1/posts/\n", "/\x00", "/\u0085", "keys/K", "/v1/\xff",
	} {
		e := event()
		e.RawPath, e.RequestContext.HTTP.Method = path, "DELETE"
		got, err := gateway.Handler(router())(t.Context(), e)
		if err != nil || got.StatusCode != http.StatusNotFound || got.Headers["content-type"] != "application/problem+json" {
			t.Errorf("%q: got %d %v %s, %v", path, got.StatusCode, got.Headers, got.Body, err)
		}
	}
}

func FuzzPaths(f *testing.F) {
	for _, path := range []string{"/v1/posts/P/cancel", "/%25", "/%", "/v1/posts/..%2Fkeys%2FK", "//[::1", "/?#", "*", "", "\x00"} {
		f.Add("DELETE", path, "a=%zz&b")
	}
	f.Fuzz(func(t *testing.T, method, path, query string) {
		e := event()
		e.RawPath, e.RawQueryString, e.RequestContext.HTTP.Method = path, query, method
		var seen string
		h := gateway.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = r.URL.Path
			_ = r.URL.Query()
			router().ServeHTTP(w, r)
		}))
		got, err := h(t.Context(), e)
		if err != nil {
			t.Fatal("a stranger made the function fail:", err)
		}
		if got.StatusCode >= 300 && got.StatusCode < 400 || got.StatusCode >= 500 {
			t.Errorf("got %d with %v", got.StatusCode, got.Headers)
		}
		if seen != "" && seen != path && path != "" {
			t.Errorf("the path %q became %q", path, seen)
		}
	})
}

func TestAnAnswerFitsIntoLambdas(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want int
	}{
		"five megabytes":                          {strings.Repeat("a", 5<<20), 200},
		"seven megabytes":                         {strings.Repeat("a", 7<<20), 413},
		"three megabytes that become six in JSON": {strings.Repeat(`"`, 3<<20), 413},
		"five megabytes of bytes, in base64":      {strings.Repeat("\xff", 5<<20), 413},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := gateway.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, tc.body) }))(t.Context(), event())
			if err != nil || got.StatusCode != tc.want {
				t.Errorf("got %d, %v", got.StatusCode, err)
			}
			if text, _ := json.Marshal(got); len(text) >= 6<<20 {
				t.Errorf("it has %d bytes", len(text))
			}
		})
	}
}

func TestBadBase64IsAnError(t *testing.T) {
	e := event()
	e.Body, e.IsBase64Encoded = "!", true
	if _, err := gateway.Handler(http.NotFoundHandler())(t.Context(), e); err == nil {
		t.Error("got no error")
	}
}

func TestOrigin(t *testing.T) {
	for _, tc := range []struct{ name, domain, proto, want string }{
		{"the configured domain", "posts.example.com", "https", "https://posts.example.com"},
		{"a configured origin, for one machine", "http://127.0.0.1:1", "https", "http://127.0.0.1:1"},
		{"the address that the client used", "", "https", "https://example.com"},
		{"the same without TLS, on one machine", "", "http", "http://example.com"},
		{"nothing forwarded", "", "", "https://example.com"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("X-Forwarded-Proto", tc.proto)
			if got := gateway.Origin(r, tc.domain); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
