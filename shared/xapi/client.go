// Package xapi speaks X's HTTP API, version 2: creating, reading and deleting
// posts, uploading media, and what X's refusals mean.
//
// Every request is sent once, on a connection of its own. What X says no to
// comes back as an [*Error], a limit as a [*RateLimitError], a request without
// an answer as a [*LostError]; each knows its verdict. Source: X's OpenAPI
// document 2.167 and https://docs.x.com/x-api. Where the two disagree about a
// name, both are read.
package xapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/xhttp"
)

// DefaultEndpoint is where X serves its API.
const DefaultEndpoint = "https://api.x.com"

// DefaultTimeout bounds one request, the dialling included. A shorter deadline
// of the context wins.
const DefaultTimeout = xhttp.Timeout

// Op is what X was asked for. What an answer means depends on it: only where
// something would be made can a lost answer leave a doubt.
type Op string

// The operations.
const (
	OpCreate   Op = "create the post"
	OpDelete   Op = "delete the post"
	OpTimeline Op = "read the timeline"
	OpLookup   Op = "read the post"
	OpMe       Op = "read the account"
	OpMedia    Op = "take the media"
)

// Client calls X on behalf of the user whose access token it is given. Its
// methods are safe for concurrent use.
type Client struct {
	Endpoint string // scheme and host, such as [DefaultEndpoint]
	// HTTP carries the requests: of it only the Transport is used, which must not
	// send a request twice by itself. [xhttp.NewTransport] makes such a one.
	HTTP *http.Client
	// Connections, if not nil, opens connections for the Transport ahead of requests.
	Connections interface {
		Ahead(ctx context.Context, endpoint string)
	}
	Now     func() time.Time
	Timeout time.Duration // of one request; zero stands for [DefaultTimeout]
}

var (
	_ publish.X      = (*Client)(nil)
	_ publish.Dialer = (*Client)(nil)
	_ connect.Users  = (*Client)(nil)
)

// New makes a client of the endpoint.
func New(endpoint string) *Client {
	transport := xhttp.NewTransport()
	return &Client{
		Endpoint:    endpoint,
		HTTP:        &http.Client{Transport: transport},
		Connections: transport,
		Now:         time.Now,
		Timeout:     DefaultTimeout,
	}
}

// Ahead implements [publish.Dialer].
func (c *Client) Ahead(ctx context.Context) {
	if c.Connections != nil {
		c.Connections.Ahead(ctx, c.Endpoint)
	}
}

// call is one request: what for, with which token, and how.
type call struct {
	op         Op
	token      string
	method     string
	path       string
	query      url.Values
	body       any           // sent as JSON unless nil
	file       *file         // sent as a form unless nil
	timeout    time.Duration // in place of the client's, unless zero
	mayBeEmpty bool          // a success may come without a body
}

// do sends the call and reads X's answer into out. An answer that is not a
// success, or not JSON, is an *Error or a *RateLimitError; no answer at all is a
// *LostError.
func (c *Client) do(ctx context.Context, a call, out any) (answer, error) {
	// Not the http.Client's Timeout: its error hides what was known before.
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(a.timeout, c.Timeout, DefaultTimeout))
	defer cancel()
	req, err := c.request(ctx, a)
	if err != nil {
		return answer{}, err
	}
	res, err := c.client().Do(req)
	if s, ok := req.Body.(*stream); ok {
		if broken := s.end(); broken != nil && err != nil {
			return answer{}, &SourceError{broken}
		}
	}
	if err != nil {
		return answer{}, lost(a.op, err)
	}
	// The whole body is in memory already: reading it cannot fail.
	body, _ := io.ReadAll(res.Body)
	got := answer{op: a.op, at: c.Now().UTC(), status: res.StatusCode, header: res.Header, body: redact(body, a.token)}
	switch {
	case got.status/100 == 2 && len(body) == 0 && a.mayBeEmpty:
		return got, nil
	case got.status/100 != 2 || json.Unmarshal(body, out) != nil:
		return got, got.refusal()
	}
	return got, nil
}

// request builds the HTTP request of a call.
func (c *Client) request(ctx context.Context, a call) (*http.Request, error) {
	u := strings.TrimSuffix(c.Endpoint, "/") + a.path
	if len(a.query) > 0 {
		u += "?" + a.query.Encode()
	}
	var body io.Reader
	if a.body != nil {
		b, err := json.Marshal(a.body)
		if err != nil {
			return nil, fault.New(fault.Internal, "The request to X could not be written.").Because(err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, a.method, u, body)
	if err != nil {
		return nil, &LostError{Op: a.op, Err: err}
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if a.file != nil {
		form, contentType, length := a.file.open()
		req.Body, req.ContentLength = form, length
		req.Header.Set("Content-Type", contentType)
	}
	return req, nil
}

// redact takes the access token out of what X said, should X ever repeat it.
func redact(body []byte, token string) []byte {
	if token == "" {
		return body
	}
	return bytes.ReplaceAll(body, []byte(token), []byte("[token]"))
}

// checkID refuses what is no id of X's before it gets into a path.
func checkID(field, id string) error {
	if post.ValidID(id) {
		return nil
	}
	return fault.New(fault.Invalid, "%q is not an id of X's.", id).At(field).
		Todo("Give the digits at the end of the address on X.")
}
