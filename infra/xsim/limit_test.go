package xsim

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// window reads one header family: limit, remaining, seconds until the reset.
func (r reply) window(t *testing.T, family string, now time.Time) [3]int {
	t.Helper()
	var v [3]int
	for i, part := range []string{"-limit", "-remaining", "-reset"} {
		n, err := strconv.Atoi(r.header.Get(family + part))
		if err != nil {
			t.Fatalf("%s%s: %v", family, part, err)
		}
		v[i] = n
	}
	v[2] -= int(now.Unix())
	return v
}

func TestDefaultLimitsAreReportedInEveryAnswer(t *testing.T) {
	w := newWorld(t)
	id := w.posted("first", "")
	w.advance(90 * time.Second)
	r := w.post("second", id)
	if got, want := r.window(t, "x-rate-limit", w.at()), [3]int{100, 98, 810}; got != want {
		t.Errorf("x-rate-limit is %v, want %v", got, want)
	}
	if got, want := r.window(t, "x-app-limit-24hour", w.at()), [3]int{10_000, 9_998, 86_310}; got != want {
		t.Errorf("x-app-limit-24hour is %v, want %v", got, want)
	}
	if h := r.header.Get("x-user-limit-24hour-limit"); h != "" {
		t.Errorf("x-user-limit-24hour-limit is %q, and no such limit is set", h)
	}
	if got := w.post("second", id); got.status != 403 || got.window(t, "x-rate-limit", w.at())[1] != 97 {
		t.Errorf("a refused post does not report or count: %d %v", got.status, got.header)
	}
	for path, limit := range map[string]int{"/2/users/me": 75, "/2/users/1815120100/tweets": 900, "/2/tweets/" + id: 450} {
		if got := w.get(path).window(t, "x-rate-limit", w.at())[0]; got != limit {
			t.Errorf("%s: limit %d, want %d", path, got, limit)
		}
	}
}

// TestLimits exhausts each kind of window; who and when tells which requests may
// pass once it is full.
func TestLimits(t *testing.T) {
	for name, row := range map[string]struct {
		limit  Limit
		family string
		span   time.Duration
		spares bool // another user may still post
	}{
		"per user in 15 minutes":           {Limit{User15m: 2}, "x-rate-limit", 15 * time.Minute, true},
		"of the application in 15 minutes": {Limit{App15m: 2, User15m: 50}, "x-rate-limit", 15 * time.Minute, false},
		"per user in 24 hours":             {Limit{User24h: 2, User15m: 50}, "x-user-limit-24hour", 24 * time.Hour, true},
		"of the application in 24 hours":   {Limit{App24h: 2, User15m: 50}, "x-app-limit-24hour", 24 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *Settings) {
				s.Limits[CreatePost] = row.limit
				s.AccessLife = 48 * time.Hour
			})
			w.ada = w.connect("ada")
			w.posted("1", "")
			w.advance(time.Minute)
			w.posted("2", "")
			for i := range 3 {
				r := w.post("3", "")
				want := [3]int{2, 0, int((row.span - time.Minute).Seconds())}
				if got := r.window(t, row.family, w.at()); r.status != http.StatusTooManyRequests || got != want {
					t.Fatalf("try %d past the limit: %d with %v, want 429 with %v", i, r.status, got, want)
				}
			}
			other := w.send("POST", "/2/tweets", w.connect("grace").AccessToken, "application/json", text("hi"))
			if got := other.status == http.StatusCreated; got != row.spares {
				t.Errorf("another user: %d", other.status)
			}
			w.advance(row.span - time.Minute - time.Second)
			if r := w.post("3", ""); r.status != http.StatusTooManyRequests {
				t.Errorf("a second before the reset: %d", r.status)
			}
			w.advance(time.Second)
			if r := w.post("3", ""); r.status != http.StatusCreated {
				t.Errorf("at the reset: %d %s", r.status, r.body)
			}
		})
	}
}

func TestADailyLimitShowsRoomInTheShortWindow(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.Limits[CreatePost] = Limit{User15m: 100, User24h: 1} })
	w.posted("1", "")
	r := w.post("2", "")
	if short := r.window(t, "x-rate-limit", w.at()); r.status != http.StatusTooManyRequests || short[1] != 99 {
		t.Errorf("%d with 15-minute window %v", r.status, short)
	}
}

func TestABillCountsWhatSucceeded(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.Credits = new(int64(1_000_000)) })
	first := w.posted("plain", "")
	w.posted("see https://example.com", first)
	w.post("plain", "") // refused: duplicate
	w.get("/2/users/me")
	w.listed("")                                     // two owned reads
	w.get("/2/tweets/" + byHand(w, "grace", "hers")) // a stranger's
	want := Bill{
		Total: PricePost + PricePostLink + PriceUserRead + 2*PriceOwnedRead + PriceRead,
		Uses:  map[string]int{"post": 1, "post_with_link": 1, "user_read": 1, "owned_read": 2, "read": 1},
	}
	var got Bill
	w.control("GET", "bill", "", &got)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("bill is %v, want %v", got, want)
	}
	if left := *w.Settings().Credits; left != 1_000_000-int64(want.Total) {
		t.Errorf("%d of the credits are left", left)
	}
}
