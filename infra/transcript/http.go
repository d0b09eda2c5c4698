package transcript

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"spool/infra/xsim"
	"spool/shared/clock"
	"spool/shared/post"
)

// way is how long a request takes to X, and its answer back.
const way = 100 * time.Millisecond

type whoKey struct{}

// As names who acts in a context.
func As(ctx context.Context, who string) context.Context {
	return context.WithValue(ctx, whoKey{}, who)
}

// Who is who acts in a context.
func Who(ctx context.Context) string {
	who, _ := ctx.Value(whoKey{}).(string)
	return who
}

// HTTP reaches a simulated X, and tells each request with its answer.
type HTTP struct {
	Talk *Talk
	X    *xsim.Sim
}

// RoundTrip implements [http.RoundTripper].
func (h HTTP) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			h.Talk.Line(Who(ctx), "%s %s breaks off: %v", r.Method, h.names(r.URL.Path), err)
			return nil, err
		}
		r = r.Clone(ctx)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if err := clock.Sleep(ctx, way); err != nil {
		return nil, err
	}
	res, err := h.X.Transport().RoundTrip(r)
	if err == nil {
		err = clock.Sleep(ctx, way)
	}
	said := h.request(r, body)
	if err != nil {
		h.Talk.Line(Who(ctx), "%s -> no answer%s", said, h.effect(r))
		return nil, err
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	said += " -> " + h.answer(res.StatusCode, answer)
	if res.StatusCode != http.StatusCreated && h.made(r) != "" {
		said += h.effect(r)
	}
	h.Talk.Line(Who(ctx), "%s", said)
	return res, nil
}

// request tells what X is asked.
func (h HTTP) request(r *http.Request, body []byte) string {
	said := r.Method + " " + h.names(r.URL.Path)
	q := r.URL.Query()
	if since := q.Get("since_id"); since != "" {
		said += " since " + h.names(since)
	}
	if q.Get("pagination_token") != "" {
		said += ", next page"
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("refresh_token") != "" {
		said += " " + h.Talk.Name("refresh token ", form.Get("refresh_token"))
	}
	var sent struct {
		Text  *string
		Reply struct {
			To string `json:"in_reply_to_tweet_id"`
		}
		Media struct {
			IDs []string `json:"media_ids"`
		}
	}
	if r.URL.Path != "/2/tweets" || json.Unmarshal(body, &sent) != nil || sent.Text == nil {
		return said
	}
	said += fmt.Sprintf(" %q", *sent.Text)
	for _, id := range sent.Media.IDs {
		said += " with " + h.Talk.Name("m", id)
	}
	if sent.Reply.To != "" {
		said += " in reply to " + h.Talk.Name("#", sent.Reply.To)
	}
	return said
}

// maxShown is how many tweets of a timeline are told.
const maxShown = 5

// answer tells what X says.
func (h HTTP) answer(status int, body []byte) string {
	said := strconv.Itoa(status)
	var got struct {
		Data             json.RawMessage
		Title, Detail    string
		Error            string
		ErrorDescription string `json:"error_description"`
		RefreshToken     string `json:"refresh_token"`
	}
	if json.Unmarshal(body, &got) != nil {
		return said + " " + short(string(body))
	}
	if got.RefreshToken != "" {
		return said + " with " + h.Talk.Name("refresh token ", got.RefreshToken)
	}
	if why := cmp.Or(got.Detail, got.Title, got.ErrorDescription, got.Error); why != "" {
		return said + " " + short(h.names(why))
	}
	var many []struct{ ID string }
	if json.Unmarshal(got.Data, &many) == nil && got.Data != nil {
		for i, one := range many {
			if i == maxShown {
				return said + fmt.Sprintf(" and %d more", len(many)-i)
			}
			said += " " + h.Talk.Name("#", one.ID)
		}
		return said
	}
	if got.Data == nil && status == http.StatusOK {
		return said + " none"
	}
	var one struct {
		ID         string
		MediaKey   string `json:"media_key"`
		Text       *string
		Processing struct {
			State string
			Check int `json:"check_after_secs"`
		} `json:"processing_info"`
	}
	_ = json.Unmarshal(got.Data, &one) // what has none of these has nothing to tell
	switch {
	case one.MediaKey != "":
		said += " " + h.Talk.Name("m", one.ID)
	case one.Text != nil:
		said += " " + h.Talk.Name("#", one.ID)
	}
	if one.Processing.State != "" {
		said += " " + one.Processing.State
	}
	if one.Processing.Check > 0 {
		said += fmt.Sprintf(", ask again in %d s", one.Processing.Check)
	}
	return said
}

// effect tells what X did with a request that it did not answer well.
func (h HTTP) effect(r *http.Request) string {
	switch made := h.made(r); {
	case r.Method != http.MethodPost || r.URL.Path != "/2/tweets":
		return ""
	case made == "":
		return " (X does not have it)"
	default:
		return " (X has it: " + h.Talk.Name("#", made) + ")"
	}
}

// made is the tweet that the last request has made by now.
func (h HTTP) made(r *http.Request) string {
	all := h.X.Journal()
	if last := all[len(all)-1]; last.Path == r.URL.Path {
		return last.Committed
	}
	return ""
}

var longID = regexp.MustCompile(`\d{10,}`)

// names puts names in the place of ids.
func (h HTTP) names(s string) string {
	return longID.ReplaceAllStringFunc(s, func(id string) string {
		if name, ok := h.Talk.Known(id); ok {
			return name
		}
		if at := post.PostedAt(id); post.IDAt(at) == id { // no tweet's, but a time's
			return h.Talk.Time(at)
		}
		return h.Talk.Name("#", id)
	})
}

// short is the beginning of what may be long.
func short(s string) string {
	const most = 60
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = s[:most] + "…"
	}
	return s
}
