package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"spool/shared/fault"
)

// Networks are where receivers may be.
type Networks string

// The networks.
const (
	Public   Networks = "public"   // addresses that everybody reaches, by https
	Loopback Networks = "loopback" // this machine as well, and by http: for tests
)

// Web sends requests to receivers. Their addresses are other people's words, so a request
// goes to a public address only: that is looked at when the connection is made, after names
// were resolved, so that no name can lead elsewhere between the look and the request. It
// follows no redirects, uses no proxy, and keeps no connections. It is safe for concurrent use.
type Web struct {
	Networks Networks
	Client   *http.Client
}

const (
	// requestTime bounds a request, from the name's look-up to the end of the answer.
	requestTime = 15 * time.Second
	// maxAnswer is how much of an answer is read. Nothing in it is used.
	maxAnswer = 4 << 10
	// maxURL bounds an address.
	maxURL = 2000
	// gone is the status by which a receiver asks for no more.
	gone = http.StatusGone
	// maxRetryAfter bounds how long a receiver may put a delivery off.
	maxRetryAfter = 6 * time.Hour
)

// NewWeb makes the client of some networks.
func NewWeb(networks Networks) *Web { return newWeb(networks, nil) }

func newWeb(networks Networks, resolver *net.Resolver) *Web {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Resolver: resolver, Control: func(_, address string,
		_ syscall.RawConn) error {
		return networks.allow(address)
	}}
	return &Web{Networks: networks, Client: &http.Client{
		Timeout:       requestTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, DisableKeepAlives: true, DisableCompression: true, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 16 << 10,
		},
	}}
}

// errNotPublic refuses a connection.
var errNotPublic = errors.New("it is not a public address, and Spool sends notices to public addresses only")

// allow is asked with the very address that is connected to.
func (n Networks) allow(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := at.Addr().Unmap()
	if isPublic(ip) || n == Loopback && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s: %w", ip, errNotPublic)
}

// reserved are the IPv4 networks, and those of IPv6 within 2000::/3, that are not reached
// by everybody: IANA's registries of special-purpose addresses, which have loopback,
// private, link-local (with the metadata of clouds), shared and documentation ones, and
// those that stand for addresses of IPv4.
var reserved = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
	"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
)

// global is the part of IPv6 that is handed out.
var global = netip.MustParsePrefix("2000::/3")

func prefixes(all ...string) []netip.Prefix {
	p := make([]netip.Prefix, len(all))
	for i, s := range all {
		p[i] = netip.MustParsePrefix(s)
	}
	return p
}

// isPublic reports whether everybody reaches an address.
func isPublic(ip netip.Addr) bool {
	if ip.Zone() != "" || ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return false
		}
	}
	return ip.IsValid()
}

// check refuses an address that notices cannot go to, as far as that can be seen of it.
func (n Networks) check(address string) (*url.URL, error) {
	bad := func(why, todo string) (*url.URL, error) {
		return nil, fault.New(fault.Invalid, "%s", why).At("url").Todo("%s", todo)
	}
	u, err := url.Parse(address)
	switch {
	case address == "":
		return bad("A channel of this kind needs an address.", "Give the receiver's address as url.")
	case len(address) > maxURL || err != nil || u.Hostname() == "" || !isPort(u.Port()) || strings.ContainsAny(address, " \t\r\n"):
		return bad("This is not an address of the web.", "Give one such as https://example.com/spool.")
	case u.User != nil:
		return bad("The address has a name or password in front of the host.",
			"Leave it out: a webhook's requests are signed, and its path may be secret.")
	case u.Scheme != "https" && (n != Loopback || u.Scheme != "http"):
		return bad("The address is not https.", "Give one that begins with https://.")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err == nil && n.allow(netip.AddrPortFrom(ip, 443).String()) != nil || n != Loopback && isLocal(u.Hostname()) {
		return bad("This address is not public.", "Give one that everybody on the internet reaches.")
	}
	u.Fragment = ""
	return u, nil
}

// isPort reports whether a text is a port, or nothing.
func isPort(s string) bool {
	if s == "" {
		return true
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// isLocal reports whether a name is one of this machine or its network.
func isLocal(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || strings.HasSuffix(name, ".local") ||
		strings.HasSuffix(name, ".internal")
}

// mask is what is shown of an address: of those of chats all but the host is secret.
func mask(u *url.URL) string {
	if u.Path == "" && u.RawQuery == "" {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + "://" + u.Host + "/…"
}

// answer is what a receiver answered.
type answer struct {
	code       int // 0: it did not
	retryAfter time.Duration
}

// post sends one request. Every status but one of success is an error.
func (w *Web) post(ctx context.Context, address, body string, header http.Header) (a answer, err error) {
	if _, err := w.Networks.check(address); err != nil {
		return a, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return a, errors.New("the address cannot be used") // the error has it
	}
	r.GetBody = nil // nothing is sent twice unnoticed
	if header != nil {
		r.Header = header
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Spool (notices)")
	res, err := w.Client.Do(r)
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer)) // the status says it all
	a = answer{code: res.StatusCode, retryAfter: retryAfter(res.Header)}
	switch {
	case res.StatusCode/100 == 2:
		return a, nil
	case res.StatusCode/100 == 3:
		return a, fmt.Errorf("it answered %d, and Spool follows no redirects", res.StatusCode)
	default:
		return a, fmt.Errorf("it answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	}
}

// retryAfter is how long a receiver wants to be left alone; zero where it does not say.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(min(seconds, 1<<20))*time.Second, maxRetryAfter)
}

// shown is an error as a delivery shows it: without the address, which may be secret.
func shown(err error) string {
	const most = 200
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
		if u.Timeout() {
			return fmt.Sprintf("it did not answer within %.0f seconds", requestTime.Seconds())
		}
	}
	s := []rune(strings.ToValidUTF8(err.Error(), "?"))
	return string(s[:min(most, len(s))])
}

// signed are the headers of a webhook's request, with a signature by each key.
func signed(keys []string, id string, at time.Time, body string) (http.Header, error) {
	var signatures []string
	for _, key := range keys {
		hook, err := standardwebhooks.NewWebhook(key)
		if err != nil {
			return nil, errors.New("the channel's secret cannot be read")
		}
		signature, err := hook.Sign(id, at, []byte(body))
		if err != nil {
			return nil, errors.New("the notice cannot be signed")
		}
		signatures = append(signatures, signature)
	}
	h := http.Header{}
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return h, nil
}
