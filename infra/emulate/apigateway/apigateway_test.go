package apigateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/emulate/lambda"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
)

// function is a function of the tests.
type function func(ctx context.Context, e events.APIGatewayV2HTTPRequest) ([]byte, error)

func (f function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, err
	}
	return f(ctx, e)
}

// answering answers every event with the same.
func answering(answer string, err error) function {
	return func(context.Context, events.APIGatewayV2HTTPRequest) ([]byte, error) { return []byte(answer), err }
}

// capture answers nothing and keeps the event.
func capture(into *events.APIGatewayV2HTTPRequest) function {
	return func(_ context.Context, e events.APIGatewayV2HTTPRequest) ([]byte, error) {
		*into = e
		return []byte(`{"statusCode":204}`), nil
	}
}

func newAPI(t *testing.T, routes map[string]Function) *API {
	t.Helper()
	a := &API{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Date(2026, 8, 1, 12, 30, 45, 678e6, time.UTC) }}
	for key, f := range routes {
		if err := a.Handle(key, f, Throttle{}); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// do sends a request through a real server.
func do(t *testing.T, a *API, method, target, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	srv := httptest.NewServer(a)
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	resp, err := http.DefaultTransport.RoundTrip(r) // no redirects followed
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestRequest(t *testing.T) {
	var got events.APIGatewayV2HTTPRequest
	a := newAPI(t, map[string]Function{"POST /v1/posts/{id}": capture(&got)})
	resp, _ := do(t, a, "POST", "/v1/posts/caf%C3%A9%20x?a=1&b=%C3%A9&a=2&empty=", `{"text":"héllo"}`, http.Header{
		"Content-Type": {"application/json; charset=utf-8"}, "Cookie": {"session=1; theme=dark", "third=3"}, "User-Agent": {"curl/8"},
		"X-Many": {"1", "2"}, "X-Forwarded-For": {"203.0.113.9"}, "X-Forwarded-Proto": {"gopher"}, "X-Forwarded-Host": {"evil"}, "Forwarded": {"for=203.0.113.9"},
	})
	if resp.StatusCode != 204 {
		t.Fatalf("status %d", resp.StatusCode)
	}
	host := got.RequestContext.DomainName
	port := host[strings.LastIndexByte(host, ':')+1:]
	if got.RequestContext.RequestID == "" || got.Headers["x-amzn-trace-id"] == "" {
		t.Errorf("request id %q, trace %q", got.RequestContext.RequestID, got.Headers["x-amzn-trace-id"])
	}
	got.RequestContext.RequestID = ""
	delete(got.Headers, "x-amzn-trace-id")
	want := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "POST /v1/posts/{id}", RawPath: "/v1/posts/café x", RawQueryString: "a=1&b=%C3%A9&a=2&empty=",
		Cookies: []string{"session=1", "theme=dark", "third=3"},
		Headers: map[string]string{
			"host": "127.0.0.1:" + port, "user-agent": "curl/8", "accept-encoding": "gzip", "content-type": "application/json; charset=utf-8", "content-length": "17",
			"x-many": "1,2", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http", "x-forwarded-port": port,
		},
		QueryStringParameters: map[string]string{"a": "1,2", "b": "é", "empty": ""},
		PathParameters:        map[string]string{"id": "café x"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "POST /v1/posts/{id}", AccountID: "000000000000", Stage: "$default", APIID: "local", DomainName: "127.0.0.1:" + port, DomainPrefix: "127",
			Time: "01/Aug/2026:12:30:45 +0000", TimeEpoch: 1785587445678,
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: "POST", Path: "/v1/posts/café x", Protocol: "HTTP/1.1", SourceIP: "127.0.0.1", UserAgent: "curl/8"},
		},
		Body: `{"text":"héllo"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestRequestBodies(t *testing.T) {
	for _, tt := range []struct {
		name, contentType, encoding, body string
		base64                            bool
	}{
		{"JSON is text", "application/json", "", `{}`, false},
		{"plain text is text", "text/plain; charset=utf-8", "", "héllo", false},
		{"XML is text", "application/xml", "", "<a/>", false},
		{"a form is not", "application/x-www-form-urlencoded", "", "code=1&state=2", true},
		{"bytes are not", "application/octet-stream", "", "\x00\xff", true},
		{"a body without a type is not", "", "", "hello", true},
		{"a compressed text is not", "application/json", "gzip", "\x1f\x8b", true},
		{"no body is empty", "application/octet-stream", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got events.APIGatewayV2HTTPRequest
			h := http.Header{"Content-Type": {tt.contentType}}
			if tt.encoding != "" {
				h.Set("Content-Encoding", tt.encoding)
			}
			do(t, newAPI(t, map[string]Function{"$default": capture(&got)}), "POST", "/", tt.body, h)
			want := tt.body
			if tt.base64 {
				want = base64.StdEncoding.EncodeToString([]byte(tt.body))
			}
			if got.Body != want || got.IsBase64Encoded != tt.base64 {
				t.Errorf("body %q, base64 %v", got.Body, got.IsBase64Encoded)
			}
		})
	}
}

func TestResponses(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		status       int
		contentType  string
		body         string
	}{
		{"a response is sent as it is", `{"statusCode":201,"headers":{"content-type":"text/html","x-count":3},"body":"<p>"}`, 201, "text/html", "<p>"},
		{"a base64 body is decoded", `{"statusCode":200,"headers":{"content-type":"image/png"},"isBase64Encoded":true,"body":"iVBORw=="}`, 200, "image/png", "\x89PNG"},
		{"an answer without a status code is the body", `{"hello":"world"}`, 200, "application/json", `{"hello":"world"}`},
		{"a list is the body", `[1, 2]`, 200, "application/json", `[1, 2]`},
		{"a string is the text", `"Hello from Lambda!"`, 200, "application/json", "Hello from Lambda!"},
		{"what frames the message is the gateway's business", `{"statusCode":200,"headers":{"content-type":"text/plain","Content-Length":"99","Transfer-Encoding":"x","Connection":"close"},"body":"ok"}`, 200, "text/plain", "ok"},
		{"a status code that is none is an error", `{"statusCode":42}`, 500, "application/json", internal},
		{"a status code as text is an error", `{"statusCode":"200"}`, 500, "application/json", internal},
		{"a body that is no base64 is an error", `{"statusCode":200,"isBase64Encoded":true,"body":"%"}`, 500, "application/json", internal},
		{"a header that is no scalar is an error", `{"statusCode":200,"headers":{"a":["b"]}}`, 500, "application/json", internal},
		{"an answer that is no JSON is an error", `ok`, 500, "application/json", internal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := do(t, newAPI(t, map[string]Function{"$default": answering(tt.answer, nil)}), "GET", "/", "", nil)
			if resp.StatusCode != tt.status || resp.Header.Get("Content-Type") != tt.contentType || body != tt.body {
				t.Errorf("answered %d %s %q", resp.StatusCode, resp.Header.Get("Content-Type"), body)
			}
		})
	}
	t.Run("several cookies leave as several headers", func(t *testing.T) {
		resp, _ := do(t, newAPI(t, map[string]Function{"$default": answering(`{"statusCode":302,"headers":{"location":"/x"},"cookies":["a=1; Secure","b=2"]}`, nil)}), "GET", "/", "", nil)
		if diff := cmp.Diff([]string{"a=1; Secure", "b=2"}, resp.Header.Values("Set-Cookie")); diff != "" || resp.Header.Get("Location") != "/x" {
			t.Errorf("%v: %s", resp.Header, diff)
		}
	})
}

const internal = "{\"message\":\"Internal Server Error\"}\n"

func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		status int
		body   string
	}{
		{"an error of the function tells nothing", &lambda.Error{Type: "errorString", Message: "secret"}, 500, internal},
		{"a throttled function is unavailable", lambda.ErrThrottled, 503, "{\"message\":\"Service Unavailable\"}\n"},
		{"a function shut down is unavailable", lambda.ErrShutdown, 503, "{\"message\":\"Service Unavailable\"}\n"},
		{"an event that is too large for Lambda is too large", lambda.ErrTooLarge, 413, "{\"message\":\"Request Entity Too Large\"}\n"},
		{"anything else tells nothing", errors.New("fork: secret"), 500, internal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body := do(t, newAPI(t, map[string]Function{"$default": answering("", tt.err)}), "GET", "/", "", nil)
			if resp.StatusCode != tt.status || body != tt.body || resp.Header.Get("Content-Type") != "application/json" {
				t.Errorf("answered %d %q", resp.StatusCode, body)
			}
		})
	}
	t.Run("a function that takes longer than 30 seconds is unavailable", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			a := newAPI(t, map[string]Function{"$default": function(func(ctx context.Context, _ events.APIGatewayV2HTTPRequest) ([]byte, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})})
			w := httptest.NewRecorder()
			a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
			if took := time.Since(start); w.Code != 503 || took != 30*time.Second {
				t.Errorf("answered %d after %v", w.Code, took)
			}
		})
	})
}

func TestLimits(t *testing.T) {
	invoked := false
	a := newAPI(t, map[string]Function{"POST /": function(func(context.Context, events.APIGatewayV2HTTPRequest) ([]byte, error) {
		invoked = true
		return []byte(`{"statusCode":200}`), nil
	})})
	for _, tt := range []struct {
		name, target, body string
		header             http.Header
		status             int
	}{
		{"10 MB pass", "/", strings.Repeat("x", 10<<20), nil, 200},
		{"more is too large", "/", strings.Repeat("x", 10<<20+1), nil, 413},
		{"headers of 10,240 bytes are too large with all else", "/", "", http.Header{"X-Big": {strings.Repeat("x", 10240)}}, 431},
		{"so is a long request line", "/?" + strings.Repeat("x", 10240), "", nil, 431},
		{"headers of less pass", "/", "", http.Header{"X-Big": {strings.Repeat("x", 9900)}}, 200},
		{"a path without a route is not found", "/other", "", nil, 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			invoked = false
			resp, body := do(t, a, "POST", tt.target, tt.body, tt.header)
			if resp.StatusCode != tt.status || invoked != (tt.status == 200) {
				t.Errorf("answered %d %q, invoked %v", resp.StatusCode, body, invoked)
			}
		})
	}
}

func TestThrottledRequestsAreRefusedBeforeTheFunction(t *testing.T) {
	now, invoked := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC), 0
	f := function(func(context.Context, events.APIGatewayV2HTTPRequest) ([]byte, error) {
		invoked++
		return []byte(`{"statusCode":204}`), nil
	})
	a := &API{Now: func() time.Time { return now }}
	for key, limit := range map[string]Throttle{"$default": {Rate: 2, Burst: 3}, "GET /v1/{proxy+}": {Rate: 1, Burst: 1}, "GET /free": {}} {
		if err := a.Handle(key, f, limit); err != nil {
			t.Fatal(err)
		}
	}
	answer := func(path string, want int) {
		t.Helper()
		rec := httptest.NewRecorder()
		a.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if rec.Code != want || want == 429 && rec.Body.String() != "{\"message\":\"Too Many Requests\"}\n" {
			t.Errorf("%s at %v was answered %d %s, want %d", path, now, rec.Code, rec.Body, want)
		}
	}
	for _, want := range []int{204, 204, 204, 429} {
		answer("/", want)
	}
	for range 5 {
		answer("/free", 204)
	}
	answer("/v1/posts", 204) // has not been used up by the others
	answer("/v1/keys", 429)  // the same route
	now = now.Add(500 * time.Millisecond)
	answer("/", 204)
	answer("/", 429)
	if invoked != 3+5+1+1 {
		t.Errorf("%d invocations", invoked)
	}
}

// Whoever measures the API is told the status of each answer, whosever it is.
func TestAnswersAreObserved(t *testing.T) {
	a := newAPI(t, map[string]Function{
		"GET /fine": answering(`{"statusCode":204}`, nil), "GET /none": answering("", lambda.ErrThrottled), "GET /text": answering(`"text"`, nil),
	})
	var seen []int
	a.Observe = func(status int) { seen = append(seen, status) }
	for _, path := range []string{"/fine", "/none", "/text", "/nowhere"} {
		do(t, a, "GET", path, "", nil)
	}
	if diff := cmp.Diff([]int{204, 503, 200, 404}, seen); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
