package publish_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"spool/infra/xsim"
	"spool/infra/xsim/front"
	"spool/shared/storetest"
	"spool/shared/xapi"
	"spool/shared/xhttp"
)

const (
	roundTrip = 20 * time.Millisecond  // to X
	answering = 100 * time.Millisecond // how long X takes over a tweet
)

// arrivals are when requests to make a tweet came to X, and when X had answered them.
type arrivals struct {
	next      http.Handler
	mu        sync.Mutex
	came, had []time.Time
}

func (a *arrivals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	came := time.Now()
	a.next.ServeHTTP(w, r)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.came, a.had = append(a.came, came), append(a.had, time.Now())
}

// overhead is how much longer than X and the way to it a tweet takes, at the median of a thread of n, in real time. The
// store is in memory, and takes next to no time.
func overhead(t testing.TB, n int, ahead bool) time.Duration {
	t.Helper()
	r := &rig{t: t, ctx: t.Context(), sim: xsim.New(xsim.Config{}), mem: storetest.NewMemory(time.Now)}
	r.store = &faulty{Memory: r.mem}
	r.pub = r.worker(0)
	r.connect()
	r.fault(xsim.Fault{Count: -1, Delay: answering})
	x := &arrivals{next: r.sim.Handler()}
	f, err := front.Start(x, roundTrip)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	client := xapi.New(f.URL)
	client.Connections.(*xhttp.Transport).TLSClientConfig.RootCAs = f.Roots()
	r.pub.X = client
	if ahead {
		r.pub.Dialer = client
	}
	texts := tweets(n)
	r.wantPublished(r.publish(r.add(texts...).ID), texts...)
	var over []time.Duration
	for i, came := range x.came[1:] {
		over = append(over, came.Sub(x.had[i])-roundTrip)
	}
	slices.Sort(over)
	return over[len(over)/2]
}

// A connection of its own costs each request two round trips, unless it is opened ahead.
func TestConnectionsOpenedAheadCostNoRoundTrips(t *testing.T) {
	t.Parallel()
	if with := overhead(t, 7, true); with > roundTrip {
		t.Errorf("a tweet takes %v longer than X does, want less than a round trip of %v", with, roundTrip)
	}
	if without := overhead(t, 3, false); without < 2*roundTrip {
		t.Errorf("without them it takes %v longer, want two round trips of %v", without, roundTrip)
	}
}

// BenchmarkOverhead shows the time by which a tweet takes longer than X, at 20 ms of round trip and 100 ms of X's.
func BenchmarkOverhead(b *testing.B) {
	for name, ahead := range map[string]bool{"ahead": true, "one by one": false} {
		b.Run(name, func(b *testing.B) {
			var sum time.Duration
			for range b.N {
				sum += overhead(b, 25, ahead)
			}
			b.ReportMetric(float64(sum.Microseconds())/1000/float64(b.N), "ms/tweet")
		})
	}
}
