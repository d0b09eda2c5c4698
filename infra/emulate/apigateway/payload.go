package apigateway

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"spool/infra/emulate"
)

// request is an event of payload format 2.0.
type request struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`        // decoded, despite its name
	RawQueryString        string            `json:"rawQueryString"` // as it came
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
	RequestContext        requestContext    `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type requestContext struct {
	AccountID    string      `json:"accountId"`
	APIID        string      `json:"apiId"`
	DomainName   string      `json:"domainName"` // the Host, with its port where it has one
	DomainPrefix string      `json:"domainPrefix"`
	HTTP         httpContext `json:"http"`
	RequestID    string      `json:"requestId"`
	RouteKey     string      `json:"routeKey"`
	Stage        string      `json:"stage"`
	Time         string      `json:"time"`      // 12/Mar/2020:19:03:58 +0000
	TimeEpoch    int64       `json:"timeEpoch"` // Unix milliseconds
}

type httpContext struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// request is the event for r.
func (a *API) request(r *http.Request, key string, parameters map[string]string, body []byte) request {
	id := a.ID
	if id == "" {
		id = "local"
	}
	now := a.now().UTC()
	sourceIP, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		sourceIP = r.RemoteAddr
	}
	prefix, _, _ := strings.Cut(r.Host, ".")
	event := request{
		Version: "2.0", RouteKey: key, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Cookies: cookies(r.Header), Headers: headers(r, sourceIP,
			now), QueryStringParameters: joined(r.URL.Query()), PathParameters: parameters,
		RequestContext: requestContext{
			AccountID: emulate.Account, APIID: id, DomainName: r.Host, DomainPrefix: prefix,
			HTTP: httpContext{
				Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: sourceIP, UserAgent: r.UserAgent(),
			},
			RequestID: emulate.UUID(), RouteKey: key, Stage: defaultKey,
			Time: now.Format("02/Jan/2006:15:04:05 +0000"), TimeEpoch: now.UnixMilli(),
		},
	}
	event.Body, event.IsBase64Encoded = encode(body, r.Header)
	return event
}

// headers are the request's headers in lower case, several of a name joined by commas, without the cookies. What says
// where the request came from is set here; what the client says about that does not pass.
func headers(r *http.Request, sourceIP string, now time.Time) map[string]string {
	h := map[string]string{}
	for name, values := range r.Header {
		h[strings.ToLower(name)] = strings.Join(values, ",")
	}
	delete(h, "cookie")
	delete(h, "forwarded")
	for name := range h {
		if strings.HasPrefix(name, "x-forwarded-") {
			delete(h, name)
		}
	}
	h["host"] = r.Host
	if r.ContentLength > 0 {
		h["content-length"] = strconv.FormatInt(r.ContentLength, 10)
	}
	proto, port := "http", "80"
	if r.TLS != nil {
		proto, port = "https", "443"
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		port = strconv.Itoa(local.Port)
	}
	h["x-forwarded-for"], h["x-forwarded-proto"], h["x-forwarded-port"] = sourceIP, proto, port
	if h["x-amzn-trace-id"] == "" {
		var b [12]byte
		rand.Read(b[:])
		h["x-amzn-trace-id"] = fmt.Sprintf("Root=1-%08x-%s", now.Unix(), hex.EncodeToString(b[:]))
	}
	return h
}

// cookies are the single cookies of all Cookie headers, as they came.
func cookies(h http.Header) []string {
	var list []string
	for _, line := range h.Values("Cookie") {
		for cookie := range strings.SplitSeq(line, ";") {
			if cookie = strings.TrimSpace(cookie); cookie != "" {
				list = append(list, cookie)
			}
		}
	}
	return list
}

func joined(values map[string][]string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	out := map[string]string{}
	for name, v := range values {
		out[name] = strings.Join(v, ",")
	}
	return out
}

// encode gives a body as text when its type says that it is, and else in base64. Forms and bodies without a type are
// not text to API Gateway, nor is anything compressed.
func encode(body []byte, h http.Header) (text string, isBase64 bool) {
	mediaType, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	isText := strings.HasPrefix(mediaType, "text/") ||
		slices.Contains([]string{"application/json", "application/xml", "application/javascript"}, mediaType)
	if len(body) == 0 || isText && h.Get("Content-Encoding") == "" {
		return string(body), false
	}
	return base64.StdEncoding.EncodeToString(body), true
}
