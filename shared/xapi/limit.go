package xapi

import (
	"net/http"
	"strconv"
	"time"

	"spool/shared/post"
)

// LimitFloor is how long to wait at a limit whose end X does not say, or says
// wrongly.
const LimitFloor = post.ShortestWait

// limitCeiling is the longest wait that is believed.
const limitCeiling = post.LongestWait

// Window is one of X's limits.
type Window string

// The windows.
const (
	WindowShort   Window = "this account in 15 minutes"
	WindowUserDay Window = "this account in 24 hours"
	WindowAppDay  Window = "the whole app in 24 hours"
)

// windows are the windows with their header families, each -limit, -remaining
// and -reset (Unix seconds); the widest first.
// Source: https://docs.x.com/x-api/fundamentals/rate-limits.
func windows() []window {
	return []window{
		{WindowAppDay, "x-app-limit-24hour-"},
		{WindowUserDay, "x-user-limit-24hour-"},
		{WindowShort, "x-rate-limit-"},
	}
}

type window struct {
	name   Window
	prefix string
}

// limit reads which window is used up and when it ends; of several, the one that
// ends last. X may leave out each header. Where none is used up, X refused all
// the same, and the shortest is taken. ok reports whether there were any.
func limit(h http.Header, now time.Time) (used Window, until time.Time, ok bool) {
	for _, w := range windows() {
		left := h.Get(w.prefix + "remaining")
		ok = ok || left != "" || h.Get(w.prefix+"reset") != ""
		if n, err := strconv.Atoi(left); err != nil || n > 0 {
			continue
		}
		if at := reset(h, w.prefix, now); at.After(until) {
			used, until = w.name, at
		}
	}
	if used == "" {
		used, until = WindowShort, reset(h, "x-rate-limit-", now)
	}
	return used, until, ok
}

// reset is when a window ends.
func reset(h http.Header, prefix string, now time.Time) time.Time {
	n, err := strconv.ParseInt(h.Get(prefix+"reset"), 10, 64)
	at := time.Unix(n, 0).UTC()
	if err != nil || !at.After(now) || at.After(now.Add(limitCeiling)) {
		return now.Add(LimitFloor)
	}
	return at
}
