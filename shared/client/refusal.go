package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"spool/shared/fault"
	"spool/shared/wire"
)

// UnreachableError says that a request got no answer of the API's: it may have
// been carried out, or not.
type UnreachableError struct {
	Host string // that was asked
	Err  error
}

// Error names the host and the cause.
func (e *UnreachableError) Error() string { return e.Host + " did not answer: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Sent reports whether the request may have reached somebody: it has not when no
// connection was made.
func (e *UnreachableError) Sent() bool {
	op, ok := errors.AsType[*net.OpError](e.Err)
	return !ok || op.Op != "dial"
}

// unreachable wraps the failure of a request. A url.Error is taken off: the
// address that it shows may be a signed one. A caller who gave up is told so.
func unreachable(r *http.Request, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("it took too long: %w", err)
	}
	return &UnreachableError{r.URL.Host, err}
}

// refusal is the error of an answer that is no success. What is not a problem
// document comes from something between here and the API: a gateway, a proxy, or
// another server at that address.
func (c *Client) refusal(r *http.Request, res *http.Response, raw []byte) error {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	p := &wire.Problem{}
	if kind == "application/problem+json" && json.Unmarshal(raw, p) == nil && p.Detail != "" {
		p.Status = res.StatusCode
		return p
	}
	p = &wire.Problem{Type: "about:blank", Title: http.StatusText(res.StatusCode), Status: res.StatusCode}
	switch {
	case res.StatusCode == http.StatusTooManyRequests:
		p.Code, p.Detail, p.Todo = fault.TooManyRequests, "Too many requests came at once.", "Try again in a minute."
	case res.StatusCode == http.StatusRequestEntityTooLarge:
		p.Code, p.Detail, p.Todo = fault.TooLarge, "The request is larger than the API takes.",
			"Split the thread into several posts."
	case res.StatusCode >= 500:
		return unreachable(r,
			fmt.Errorf("what stands before it answered %d %s", res.StatusCode, cmp.Or(p.Title, "without a reason")))
	default:
		p.Code, p.Detail, p.Todo = fault.NotSpool, fmt.Sprintf("%s answered %d, and not as Spool does.", r.URL.Host,
			res.StatusCode),
			"Check that this is the address of a Spool API."
	}
	return p
}

// retryAfter reads a Retry-After in seconds or as a date.
func retryAfter(h http.Header) (time.Duration, bool) {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at)), true
	}
	return 0, false
}

// ParseBase reads the address of an API: https, or http on this machine. A path
// may follow the host; user names, queries and fragments may not.
func ParseBase(text string) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("this is no address; give one such as https://abc123.execute-api.eu-central-1.amazonaws.com")
	}
	return base, secure(base)
}

// secure refuses an address to which a key must not be sent.
func secure(base *url.URL) error {
	switch {
	case base == nil || base.Host == "":
		return errors.New("the address of the API is missing; give one such as https://abc123.execute-api.eu-central-1.amazonaws.com")
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return errors.New("the address of the API has more than a host and a path; leave the rest out")
	}
	return private(base)
}

// private refuses an address where others could listen.
func private(address *url.URL) error {
	if address.Scheme == "https" || address.Scheme == "http" && loopback(address.Hostname()) {
		return nil
	}
	return fmt.Errorf("the address %s://%s is not encrypted, and others could read what is sent; use https",
		address.Scheme, address.Host)
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
