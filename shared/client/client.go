// Package client speaks Spool's HTTP API: one method for each operation, named
// after its id, over the shapes of package wire.
//
// What the API refuses is a [*wire.Problem]. A request that got no answer of the
// API's is an [*UnreachableError]: nobody knows whether it was carried out. Sent
// again with the same Idempotency-Key it is carried out once.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"spool/shared/clock"
	"spool/shared/fault"
	"spool/shared/wire"
)

// Client is a caller of the API. It is safe for concurrent use.
type Client struct {
	Base *url.URL     // see [ParseBase]
	Key  string       // an API key; it is sent to Base only
	HTTP *http.Client // nil: http.DefaultClient
	// Agent is the User-Agent, "spool-client" when empty.
	Agent string
	// Sleep waits between two tries, or gives up with ctx; nil: by the clock.
	Sleep func(ctx context.Context, d time.Duration) error
}

const (
	// tries is how often a request is sent that may be repeated.
	tries = 3
	// answerTime is how long the API may take; API Gateway itself gives up after 30 s.
	answerTime = 35 * time.Second
	// maxAnswer bounds an answer: a thread of 500 tweets with its record is below 1 MB.
	maxAnswer = 8 << 20
	// longestWait is the longest Retry-After that is waited for; a longer one is the caller's.
	longestWait = 20 * time.Second
)

// call is one operation's request.
type call struct {
	method, path string
	query        url.Values
	header       map[string]string
	in           any
	out          any
	repeatable   bool  // doing it twice is doing it once
	err          error // why it cannot be sent
}

// The collections of things with ids.
const (
	posts    = "/v1/posts"
	media    = "/v1/media"
	accounts = "/v1/accounts"
	keys     = "/v1/keys"
	health   = "/v1/health"
)

// with adds a body and where the answer goes; both may be nil.
func (r call) with(in, out any) call {
	r.in, r.out = in, out
	return r
}

// one is a request for one thing of a collection, or for an action on it. Ids are
// letters and digits. What is not may have been made to lead to another path, so it
// is never sent.
func one(method, collection, id, action string) call {
	plain := func(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return !plain(r) }) {
		return call{err: &wire.Problem{
			Type: "about:blank", Title: http.StatusText(http.StatusNotFound), Status: http.StatusNotFound, Code: fault.NotFound,
			Detail: fmt.Sprintf("%.40q is not an id.", id), Todo: "Ids are letters and digits. Lists show them.",
		}}
	}
	return call{method: method, path: collection + "/" + id + action, repeatable: method == http.MethodGet}
}

// Do sends a request to a path of the API, such as /v1/posts, with in as its body
// and decodes the answer into out; both may be nil. It is for what has no method
// here. Only a GET is repeated when it fails.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	address, err := url.Parse(path)
	if err != nil {
		return errors.New("the path is no address")
	}
	_, err = c.do(ctx, call{
		method: method, path: address.Path, query: address.Query(), in: in, out: out, repeatable: method == http.MethodGet,
	})
	return err
}

// do sends a request, a few times if it may be repeated, and gives the header of
// the answer.
func (c *Client) do(ctx context.Context, r call) (http.Header, error) {
	if r.err != nil {
		return nil, r.err
	}
	var body []byte
	if r.in != nil {
		var err error
		if body, err = json.Marshal(r.in); err != nil {
			return nil, err
		}
		// As it stands API Gateway puts this character in the place of what is not UTF-8,
		// and Spool refuses it.
		body = bytes.ReplaceAll(body, []byte("\ufffd"), []byte(`\ufffd`))
	}
	for n := 1; ; n++ {
		header, err := c.once(ctx, r, body)
		if err == nil || !r.repeatable || n == tries {
			return header, err
		}
		wait, again := pause(err, header, n)
		if !again || c.sleep(ctx, wait) != nil {
			return header, err
		}
	}
}

// once sends a request and reads the answer.
func (c *Client) once(ctx context.Context, r call, body []byte) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	request, err := c.request(ctx, r, body)
	if err != nil {
		return nil, err
	}
	res, err := c.send(request)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, unreachable(request, err)
	case len(raw) > maxAnswer:
		return nil, fmt.Errorf("%s answered more than %d MB", c.Base.Host, maxAnswer>>20)
	case res.StatusCode >= 300:
		return res.Header, c.refusal(request, res, raw)
	case r.out == nil || res.StatusCode == http.StatusNoContent:
		return res.Header, nil
	}
	if err := json.Unmarshal(raw, r.out); err != nil {
		return nil, unreachable(request, fmt.Errorf("the answer is not Spool's: %w", err))
	}
	return res.Header, nil
}

// request makes the request of a call.
func (c *Client) request(ctx context.Context, r call, body []byte) (*http.Request, error) {
	if err := secure(c.Base); err != nil {
		return nil, err
	}
	address := c.Base.JoinPath(r.path)
	address.RawQuery = r.query.Encode()
	request, err := http.NewRequestWithContext(ctx, r.method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.Key)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", cmp.Or(c.Agent, "spool-client"))
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		request.Header.Set(name, value)
	}
	return request, nil
}

// send sends a request. The API redirects nobody, so that a redirect is the
// answer of something else.
func (c *Client) send(r *http.Request) (*http.Response, error) {
	sender := *cmp.Or(c.HTTP, http.DefaultClient)
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := sender.Do(r)
	if err != nil {
		return nil, unreachable(r, err)
	}
	return res, nil
}

// pause is how long to wait before the try after the n-th, and whether there is
// sense in one.
func pause(err error, header http.Header, n int) (time.Duration, bool) {
	if p, ok := errors.AsType[*wire.Problem](err); ok {
		if p.Status != http.StatusTooManyRequests && p.Status != http.StatusServiceUnavailable {
			return 0, false
		}
	} else if _, ok := errors.AsType[*UnreachableError](err); !ok {
		return 0, false
	}
	if wait, ok := retryAfter(header); ok {
		return wait + rand.N(time.Second), wait <= longestWait
	}
	backoff := 250 * time.Millisecond << (2 * (n - 1)) // 250 ms, 1 s
	return backoff/2 + rand.N(backoff), true
}

// sleep waits, unless the caller does not.
func (c *Client) sleep(ctx context.Context, d time.Duration) error {
	if c.Sleep != nil {
		return c.Sleep(ctx, d)
	}
	return clock.Sleep(ctx, d)
}
