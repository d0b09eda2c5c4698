package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"spool/infra/xsim"
	"spool/shared/clock"
)

// network is the way from a process to X.
type network struct {
	p *process
	x http.RoundTripper
}

// What can go wrong with a request, by what it asks for.
func troublesOf(r *http.Request) []string {
	switch {
	case r.Method == http.MethodDelete:
		return troublesOfDeleting()
	case aboutMedia(r):
		return []string{
			"unreachable", "lost before", "lost after", "503", "503 done", "404", "404", "429", "401", "402", "page",
			"slow before", "slow after", "late", "bad medium",
		}
	case r.Method == http.MethodGet:
		return []string{
			"unreachable", "lost before", "lost after", "503", "429", "401", "page", "slow before", "slow after", "402",
		}
	case strings.HasPrefix(r.URL.Path, "/2/oauth2/"):
		return []string{
			"unreachable", "lost before", "503", "429", "slow before", "lost after", "401 invalid_client", "403 app",
		}
	}
	return []string{
		"unreachable", "lost before", "lost after", "lost after", "503", "503 done", "page", "page done", "201 empty", "late",
		"late", "late 503",
		"429", "429 absurd", "400 media", "401", "402", "403 parent", "403 locked", "403 final", "slow before", "slow after",
	}
}

// RoundTrip sends a request to the simulator, or does what goes wrong.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	w := n.p.w
	call, what := n.p.step(ofNetwork, w.weather.net, r.Method+" "+r.URL.Path, n.troubles(r))
	create := r.Method == http.MethodPost && r.URL.Path == "/2/tweets"
	media := aboutMedia(r)
	body, said, err := read(r)
	if err != nil {
		return nil, err // half a request has no effect
	}
	if what != "" {
		w.struck(ofNetwork, call, fmt.Sprintf("%s of %s %s %s", what, r.Method, r.URL.Path, said))
	}
	w.Log.Debug("request", "at", time.Since(w.start), "method", r.Method, "path", r.URL.Path, "body", said)
	clear := false
	if create {
		n.p.poison(r.Context(), AtTweet)
		w.mu.Lock()
		w.lost++
		w.mu.Unlock()
		defer func() {
			w.mu.Lock()
			if clear {
				w.lost--
			}
			n.p.unclear[postOf(r.Context())] = !clear
			w.mu.Unlock()
			if !clear {
				w.mimic(call, body)
			}
		}()
	}
	// The client tells by this whether X can have seen its request.
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil && what != "unreachable" {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	res, err := n.carry(r, call, what)
	if err == nil && media && w.weather.boast {
		boast(res)
	}
	if err == nil && res.StatusCode < 300 && what == "" {
		clear = true
		if strings.HasSuffix(r.URL.Path, "/tweets") && !create {
			w.mu.Lock()
			w.reads++
			w.mu.Unlock()
		}
	}
	n.p.crash("answer of X")
	n.p.alive()
	return res, err
}

// read gives a request's body, and what is told of it. The request can still be
// sent.
func read(r *http.Request) (body []byte, said string, err error) {
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, "", err
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if aboutMedia(r) {
		return body, fmt.Sprintf("of %d bytes", len(body)), nil // a form has something random in it
	}
	return body, string(body), nil
}

// carry does what the trouble says with the request.
func (n *network) carry(r *http.Request, call uint64, what string) (*http.Response, error) {
	w := n.p.w
	kind, done, _ := strings.Cut(what, " ")
	if what == "bad medium" {
		n.badMedium(r)
		what = ""
	}
	if what == "" && w.Scene != nil && w.Scene.Kept && r.Method == http.MethodDelete {
		what = "400 delete_refused"
	}
	if f, ok := row(r, what); ok {
		w.reach(fmt.Sprintf("row %s: %s", opOf(r), what))
		return canned(f).RoundTrip(r)
	}
	switch what {
	case frozen:
		n.p.freeze()
		res, err := n.x.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
		if gone := r.Context().Err(); gone != nil {
			return nil, gone // the answer comes too late
		}
		return res, err
	case "stale": // X leaves out what is new
		var lag time.Duration
		w.sim.Configure(func(s *xsim.Settings) { lag, s.VisibilityLag = s.VisibilityLag, visible })
		defer w.sim.Configure(func(s *xsim.Settings) { s.VisibilityLag = lag })
		return n.x.RoundTrip(r)
	case "unreachable":
		return nil, errors.New("connection refused")
	case "hidden":
		if !w.hidden(r) {
			return n.x.RoundTrip(r)
		}
	case "lost before":
		return nil, io.ErrUnexpectedEOF
	case "slow before": // it ends within the time for a request, or is given up
		if err := clock.Sleep(r.Context(), w.span(ofNetwork, call+1<<40, 20*time.Second)); err != nil {
			return nil, err
		}
		return n.x.RoundTrip(r)
	case "late", "late 503":
		if aboutMedia(r) {
			n.lateMedia(r, call)
			return nil, io.ErrUnexpectedEOF
		}
		f := xsim.Fault{Method: "POST", Path: "/2/tweets", Late: w.lateness(call)}
		if done != "" {
			f.Status, f.Body = 503, "{}"
		}
		if _, err := w.sim.Fault(f); err != nil {
			panic(err)
		}
		return n.x.RoundTrip(r)
	}
	if done == "done" || what == "lost after" || what == "slow after" || what == "201 empty" || what == "" {
		res, err := n.x.RoundTrip(r)
		switch {
		case what == "" || err != nil:
			return res, err
		case what == "lost after":
			return nil, io.ErrUnexpectedEOF
		case what == "slow after":
			if err := clock.Sleep(r.Context(), w.span(ofNetwork, call+1<<40, 20*time.Second)); err != nil {
				return nil, err
			}
			return res, nil
		case res.StatusCode >= 300: // X refused, so nothing was done
			return res, nil
		}
	}
	return answer(r, kind, what), nil
}

// lateness is how late X commits a request.
func (w *World) lateness(call uint64) time.Duration {
	if w.Script != nil {
		return w.weather.late
	}
	return w.weather.late - w.span(ofNetwork, call+1<<40, w.weather.late)/time.Duration(1+call%3)
}

// answer is what comes back in place of X's answer.
func answer(r *http.Request, kind, what string) *http.Response {
	status, text := 503, `{"title":"Service Unavailable","status":503}`
	h := http.Header{"X-Transaction-Id": {"chaos"}}
	switch kind {
	case "page":
		status, text = 403, "<title>Attention Required! | Cloudflare</title>"
	case "201":
		status, text = 201, "{}"
	case "429":
		status, text = 429, `{"title":"Too Many Requests","status":429}`
		h.Set("x-rate-limit-remaining", "0")
		if what == "429 absurd" {
			h.Set("x-rate-limit-reset", "7")
		}
	case "404":
		status, text = 404, ""
	case "hidden":
		status, text = 404, `{"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}`
	case "denied":
		status, text = 200, `{"data":{"deleted":false}}`
	case "400":
		if what == "400 invalid_request" {
			status, text = 400, `{"error":"invalid_request","error_description":"Value passed for the token was invalid."}`
			break
		}
		status, text = 400, `{"errors":[{"message":"Your media IDs are invalid."}],"title":"Invalid Request"}`
	case "401":
		if what == "401 invalid_client" {
			status, text = 401, `{"error":"invalid_client","error_description":"Client authentication failed."}`
			break
		}
		status, text = 401, `{"title":"Unauthorized","type":"about:blank","status":401}`
	case "402":
		status, text = 402, `{"title":"CreditsDepleted","type":"https://api.twitter.com/2/problems/credits"}`
	case "403":
		detail := map[string]string{
			"403 parent": "You attempted to reply to a Tweet that is deleted or not visible to you.",
			"403 locked": "To protect our users, this account is temporarily locked.",
			"403 final":  "You are not permitted to perform this action.",
		}[what]
		if what == "403 app" {
			status, text = 403,
				`{"title":"Client Forbidden","reason":"client-not-enrolled","type":"https://api.x.com/2/problems/client-forbidden"}`
			break
		}
		status, text = 403, fmt.Sprintf(`{"title":"Forbidden","status":403,"detail":%q}`, detail)
	}
	return &http.Response{
		StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(text)), Request: r, ProtoMajor: 1, ProtoMinor: 1,
	}
}

// mimic lets the owner, now and then, post by hand the very text of a tweet
// whose answer was lost: of a first tweet only where X has that, see repeatFirst.
func (w *World) mimic(call uint64, body []byte) {
	var sent struct {
		Text  string
		Reply *struct{}
	}
	if json.Unmarshal(body, &sent) != nil || sent.Text == "" || w.fraction(ofOwner, call+1<<41) >= w.weather.mimic {
		return
	}
	w.after(w.span(ofOwner, call+1<<42, 30*time.Second), func() {
		if sent.Reply == nil {
			w.repeatFirst(sent.Text)
			return
		}
		w.byHand(sent.Text, "")
	})
}

// repeatFirst is the owner posting by hand the text of a first tweet that X has, so
// that there are two. Where X has it not, the tweet by hand could not be told from
// it; and where another post begins alike, not from that one's.
func (w *World) repeatFirst(text string) {
	claimed := w.claimed()
	for _, t := range w.timeline() {
		if t.Text == text && t.Parent == "" && !t.ByHand && !t.Deleted && claimed[t.ID] == "" && !w.weather.alike {
			w.byHand(text, "")
			return
		}
	}
}
