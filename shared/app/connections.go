package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// Between two invocations Lambda freezes a function, for minutes or hours, and meanwhile whoever is on the way to AWS
// forgets its idle connections. Some say so, by a reset or an end that the function finds when it wakes; others drop
// what is sent from then on. So a connection is not used again after it was idle for a while, each attempt ends when
// nothing comes for a while, and the one after it begins at once, on a new connection.
const (
	// keptIdle is for how long an idle connection is used again. net/http compares it with the wall clock when it takes
	// a connection, so that the time of a freeze counts. Nobody is known to forget connections so soon.
	keptIdle = 4 * time.Second
	// suspectIdle is the idle time from which a connection may be dead all the same.
	suspectIdle = 500 * time.Millisecond
	// suspectSilence is how long a request on such a connection may go without getting on. AWS's services answer in
	// some milliseconds, and where one takes longer the next attempt has more time.
	suspectSilence = time.Second
	// silence is how long any other attempt may go without getting on: from its beginning, or from when the connection
	// took a part of the request's body, to the next one or to the head of the answer, and then from each part of the
	// answer to the next.
	silence = 5 * time.Second
	// buffered is the most that the system takes of a body for a connection whose other side is dead: Linux's limit of
	// what waits to be sent, unless somebody raised it. Whoever took more is alive.
	buffered = 4 << 20
	// copying is the silence while S3 copies a file by itself. The caller's time ends before that.
	copying = 5 * time.Minute
	// connecting bounds a connection's making, and then its TLS handshake.
	connecting = 3 * time.Second
)

// connections carry the requests of all of AWS's clients. They are safe for concurrent use.
type connections struct{ pool *http.Transport }

// newConnections speak HTTP/1.1, as AWS's services do, so that each connection carries one request at a time.
func newConnections() connections {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return connections{&http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connecting}).DialContext,
		TLSHandshakeTimeout: connecting,
		IdleConnTimeout:     keptIdle,
		MaxIdleConnsPerHost: 64, // a worker has several posts in hand
		Protocols:           &http1,
	}}
}

// client is an HTTP client of them that follows no redirect: AWS's services are asked where they are.
func (c connections) client() *http.Client {
	return &http.Client{
		Transport:     c,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// errSilence ends an attempt to which no answer comes.
var errSilence error = silent{}

type silent struct{}

func (silent) Error() string   { return "AWS did not answer in time" }
func (silent) Timeout() bool   { return true }
func (silent) Temporary() bool { return true } // the SDK tries again

// RoundTrip implements [http.RoundTripper]. It fails with errSilence where nothing gets on for too long, and with the
// context's error where the caller's time ends before that.
func (c connections) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	most := silence
	if r.Header.Get("X-Amz-Copy-Source") != "" {
		most = copying
		c.pool.CloseIdleConnections() // so long a wait may not be for a dead connection
	}
	limit := newLimit(most, func() { cancel(errSilence) })
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if got.WasIdle && got.IdleTime >= suspectIdle {
			limit.set(suspectSilence)
		} else {
			limit.raise(most) // net/http may have tried a suspect before
		}
	}})
	res, err := c.pool.RoundTrip(watched(r.WithContext(ctx), limit, most))
	if err != nil {
		limit.stop()
		cancel(nil)
		if r.Context().Err() == nil {
			c.pool.CloseIdleConnections() // what happened to this one may have happened to all
		}
		return nil, whyCancelled(ctx, err)
	}
	limit.set(most)
	res.Body = &body{res.Body, ctx, cancel, limit}
	return res, nil
}

// limit ends an attempt that does not get on. It is safe for concurrent use, since the answer may come while the
// request's body is still being sent.
type limit struct {
	mu    sync.Mutex
	timer *time.Timer
	most  time.Duration // without progress
}

func newLimit(most time.Duration, end func()) *limit {
	return &limit{timer: time.AfterFunc(most, end), most: most}
}

// set begins anew, with another limit from now on.
func (l *limit) set(most time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most = most
	l.timer.Reset(most)
}

// raise is set where the limit has been lower.
func (l *limit) raise(most time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most < most {
		l.most = most
		l.timer.Reset(most)
	}
}

// progress begins anew.
func (l *limit) progress() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer.Reset(l.most)
}

func (l *limit) stop() { l.timer.Stop() }

// watched has a request's body, and what net/http may get in its place for a second try of its own, move the limit on.
// The request is the caller's own copy.
func watched(r *http.Request, l *limit, most time.Duration) *http.Request {
	if r.Body == nil || r.Body == http.NoBody { // net/http knows these by what they are
		return r
	}
	r.Body = &sent{ReadCloser: r.Body, limit: l, most: most}
	if again := r.GetBody; again != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			b, err := again()
			if err != nil {
				return nil, err
			}
			return &sent{ReadCloser: b, limit: l, most: most}, nil
		}
	}
	return r
}

// sent is a request's body. It is read when the connection has room for more, so that reading it is progress. As long
// as the system may hold all of it, that says nothing about the other side, and the limit stays what it is.
type sent struct {
	io.ReadCloser
	limit *limit
	most  time.Duration // the limit when more has been sent than the system holds
	n     int           // bytes
}

func (s *sent) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if n == 0 {
		return n, err
	}
	s.n += n
	if s.n > buffered {
		s.limit.raise(s.most)
	}
	s.limit.progress()
	return n, err
}

// whyCancelled is errSilence, where that is behind an error.
func whyCancelled(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errSilence) {
		return errSilence
	}
	return err
}

// body is an answer's. It may take long as long as it gets on.
type body struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	limit  *limit
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.limit.progress()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = whyCancelled(b.ctx, err)
	}
	return n, err
}

func (b *body) Close() error {
	b.limit.stop()
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

// retryer is the SDK's: up to three attempts, with its waits, and a quota that keeps them from making an outage worse.
// Only where an attempt got no answer the second begins without a wait.
type retryer struct{ *retry.Standard }

var _ aws.RetryerV2 = retryer{}

func newRetryer() aws.Retryer { return retryer{retry.NewStandard()} }

// RetryDelay implements [aws.Retryer].
func (r retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	var unanswered interface{ ConnectionError() bool }
	if attempt == 1 && errors.As(err, &unanswered) && unanswered.ConnectionError() {
		return 0, nil
	}
	return r.Standard.RetryDelay(attempt, err)
}
