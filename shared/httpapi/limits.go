package httpapi

import (
	"math"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"spool/shared/access"
	"spool/shared/fault"
)

// Limits are how many requests are taken. They are counted by each instance of
// the function on its own: with n instances under way a caller may get n times as
// far. They keep one caller from taking all of an instance; what all callers
// together may do is API Gateway's to hold down (template.yaml).
type Limits struct {
	Rate, Burst               float64 // requests of one caller: a second, and at once
	FailureRate, FailureBurst float64 // the same of requests without a valid key, from one address
}

// DefaultLimits are those of the deployed function.
func DefaultLimits() Limits {
	return Limits{Rate: 20, Burst: 60, FailureRate: 0.2, FailureBurst: 10}
}

// buckets are token buckets by name. It is safe for concurrent use.
//
// Two generations bound it: once the young one is full it becomes the old one, and
// what was old and not asked for since is forgotten. Whoever comes often is never
// forgotten, however many others come once.
type buckets struct {
	rate  rate.Limit
	burst int

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
}

// mostNames is how many names a generation has.
const mostNames = 4096

func newBuckets(perSecond, burst float64) *buckets {
	return &buckets{rate: rate.Limit(perSecond), burst: int(burst), young: map[string]*rate.Limiter{}}
}

// take takes a token, or says how long there will be none.
func (b *buckets) take(name string, now time.Time) (wait time.Duration) {
	r := b.of(name).ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// of is the bucket of a name.
func (b *buckets) of(name string) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l, ok := b.young[name]; ok {
		return l
	}
	l, ok := b.old[name]
	if !ok {
		l = rate.NewLimiter(b.rate, b.burst)
	}
	if len(b.young) >= mostNames {
		b.young, b.old = map[string]*rate.Limiter{}, b.young
	}
	b.young[name] = l
	return l
}

// paced answers callers that come too fast with 429.
func (a *API) paced(next http.Handler) http.Handler {
	callers := newBuckets(a.Limits.Rate, a.Limits.Burst)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if caller := access.From(r.Context()).ID; caller != "" {
			if wait := callers.take(caller, a.Now()); wait > 0 {
				write(w, problemOf(tooMany("These are more requests than Spool takes from one key.", wait)))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// limitWrongKeys answers an address that keeps sending wrong keys with 429 in place of
// 401. A valid key is let in from everywhere: whoever shares an address with a
// program whose key was revoked is not locked out. And who presents no key guesses
// at none, such as the web page that asks whether its browser is signed in: only
// Spool's own cookie is a guess, and each sign-in that fails, whatever its body.
func (a *API) limitWrongKeys(next http.Handler) http.Handler {
	addresses := newBuckets(a.Limits.FailureRate, a.Limits.FailureBurst)
	arrivals := newBuckets(a.Limits.Rate, a.Limits.Burst)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == signInPath { // each costs something before it is known who comes
			if wait := arrivals.take(source(r), a.Now()); wait > 0 {
				write(w, problemOf(tooMany("These are more requests than Spool takes from one address.", wait)))
				return
			}
		}
		signsIn := r.Method == http.MethodPost && r.URL.Path == signInPath
		_, noCookie := r.Cookie(sessionCookie)
		if !signsIn && r.Header.Get("Authorization") == "" && noCookie != nil {
			next.ServeHTTP(w, r)
			return
		}
		failed := func(status int) bool {
			return status == http.StatusUnauthorized ||
				signsIn && status >= http.StatusBadRequest && status < http.StatusInternalServerError
		}
		next.ServeHTTP(&gate{ResponseWriter: w, failed: failed, refuse: func() time.Duration {
			return addresses.take(source(r), a.Now())
		}}, r)
	})
}

// gate is an answer that may turn out to be a refusal of the caller.
type gate struct {
	http.ResponseWriter
	failed   func(status int) bool // whether it counts as a guess that was wrong
	refuse   func() (wait time.Duration)
	replaced bool // another answer was written in this one's place
}

func (g *gate) WriteHeader(status int) {
	if g.failed(status) {
		if wait := g.refuse(); wait > 0 {
			g.replaced = true
			g.Header().Del("WWW-Authenticate")
			write(g.ResponseWriter, problemOf(tooMany("Too many requests without a valid key came from here.", wait)))
			return
		}
	}
	g.ResponseWriter.WriteHeader(status)
}

func (g *gate) Write(b []byte) (int, error) {
	if g.replaced {
		return len(b), nil
	}
	return g.ResponseWriter.Write(b)
}

// Unwrap serves [http.ResponseController].
func (g *gate) Unwrap() http.ResponseWriter { return g.ResponseWriter }

// tooMany is the fault of whoever came too fast.
func tooMany(sentence string, wait time.Duration) error {
	return fault.New(fault.RateLimited, "%s", sentence).
		Todo("Wait %d s, then send the request again.", int(math.Ceil(wait.Seconds()))).After(wait)
}

// source is where a request comes from, as a name. One line to the Internet has a
// whole /64 of IPv6 addresses.
func source(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr // API Gateway tells no port
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if address = address.Unmap().WithZone(""); address.Is6() {
		if p, err := address.Prefix(64); err == nil {
			return p.String()
		}
	}
	return address.String()
}
