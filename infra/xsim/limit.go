package xsim

import (
	"net/http"
	"strconv"
	"time"
)

// Endpoint is a method and path of X's API; limits are set per endpoint.
type Endpoint string

const (
	CreatePost Endpoint = "POST /2/tweets"
	DeletePost Endpoint = "DELETE /2/tweets/{id}"
	LookupPost Endpoint = "GET /2/tweets/{id}"
	UserPosts  Endpoint = "GET /2/users/{id}/tweets"
	Me         Endpoint = "GET /2/users/me"

	UploadMedia     Endpoint = "POST /2/media/upload"
	MediaStatus     Endpoint = "GET /2/media/upload"
	InitializeMedia Endpoint = "POST /2/media/upload/initialize"
	AppendMedia     Endpoint = "POST /2/media/upload/{id}/append"
	FinalizeMedia   Endpoint = "POST /2/media/upload/{id}/finalize"
	DescribeMedia   Endpoint = "POST /2/media/metadata"
)

func endpoints() []Endpoint {
	return []Endpoint{CreatePost, DeletePost, LookupPost, UserPosts, Me,
		UploadMedia, MediaStatus, InitializeMedia, AppendMedia, FinalizeMedia, DescribeMedia}
}

// Limit is how many requests one endpoint takes, per user and for the whole
// application, in 15 minutes and in 24 hours. 0 is no limit.
type Limit struct {
	User15m int `json:"user_15m,omitempty"`
	App15m  int `json:"app_15m,omitempty"`
	User24h int `json:"user_24h,omitempty"`
	App24h  int `json:"app_24h,omitempty"`
}

const (
	quarter = 15 * time.Minute
	day     = 24 * time.Hour
)

// Window is the state of one limit after a request.
type Window struct {
	Limit, Remaining int
	Reset            time.Time
}

// Limits are the windows that X reports with an answer; nil where the endpoint
// has no such limit.
type Limits struct {
	Short   *Window // 15 minutes: of the user or the application, whichever has less left
	UserDay *Window
	AppDay  *Window
}

// header writes the windows in X's three header families.
func (l Limits) header(h http.Header) {
	write := func(prefix string, w *Window) {
		if w == nil {
			return
		}
		h.Set(prefix+"-limit", strconv.Itoa(w.Limit))
		h.Set(prefix+"-remaining", strconv.Itoa(w.Remaining))
		h.Set(prefix+"-reset", strconv.FormatInt(w.Reset.Unix(), 10))
	}
	write("x-rate-limit", l.Short)
	write("x-user-limit-24hour", l.UserDay)
	write("x-app-limit-24hour", l.AppDay)
}

// windowKey names a window; user is empty for the application's.
type windowKey struct {
	endpoint Endpoint
	span     time.Duration
	user     string
}

// window counts requests from its first one until start + span.
type window struct {
	start time.Time
	count int
}

// take counts one request of user against every limit of e. When one of them
// has nothing left it counts nothing and refuses with 429.
func (s *Sim) take(e Endpoint, user string, now time.Time) (Limits, error) {
	l := s.settings.Limits[e]
	all := []struct {
		key   windowKey
		limit int
	}{
		{windowKey{e, quarter, user}, l.User15m},
		{windowKey{e, quarter, ""}, l.App15m},
		{windowKey{e, day, user}, l.User24h},
		{windowKey{e, day, ""}, l.App24h},
	}
	full := false
	for _, w := range all {
		full = full || w.limit > 0 && s.window(w.key, now).count >= w.limit
	}
	states := make([]*Window, len(all))
	for i, w := range all {
		if w.limit == 0 {
			continue
		}
		state := s.window(w.key, now)
		if !full {
			state.count++
		}
		// X's resets are whole seconds, never before the window's end.
		reset := state.start.Add(w.key.span + time.Second - 1).Truncate(time.Second)
		states[i] = &Window{Limit: w.limit, Remaining: max(w.limit-state.count, 0), Reset: reset}
	}
	limits := Limits{Short: tighter(states[0], states[1]), UserDay: states[2], AppDay: states[3]}
	if full {
		return limits, &Refusal{Status: http.StatusTooManyRequests, Title: "Too Many Requests", Detail: "Too Many Requests"}
	}
	return limits, nil
}

// window returns the running window of key, a new one where the last is over.
func (s *Sim) window(key windowKey, now time.Time) *window {
	w := s.windows[key]
	if w == nil || !now.Before(w.start.Add(key.span)) {
		w = &window{start: now}
		s.windows[key] = w
	}
	return w
}

func tighter(a, b *Window) *Window {
	if a == nil || b != nil && b.Remaining < a.Remaining {
		return b
	}
	return a
}
