package xsim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// start is a time at which every test's clock may begin.
var start = time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)

// watch is a clock that only the test moves.
type watch struct {
	mu sync.Mutex
	t  time.Time
}

func (c *watch) at() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *watch) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a simulator with a clock and a client that reaches it without a network.
type world struct {
	*Sim
	*watch
	t      *testing.T
	client *http.Client
	ada    Pair
}

func newWorld(t *testing.T, change ...func(*Settings)) *world {
	t.Helper()
	c := &watch{t: start}
	w := &world{Sim: New(Config{Now: c.at, Seed: 1}), watch: c, t: t}
	for _, f := range change {
		w.Configure(f)
	}
	w.client = &http.Client{Transport: w.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.ada = w.connect("ada")
	return w
}

func (w *world) connect(user string, scopes ...string) Pair {
	w.t.Helper()
	p, err := w.Connect(user, scopes...)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   string
	object map[string]any
}

// send makes a request; token "" sends no Authorization.
func (w *world) send(method, path, token, contentType, body string) reply {
	w.t.Helper()
	r, err := w.try(method, path, token, contentType, body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (w *world) try(method, path, token, contentType, body string) (reply, error) {
	w.t.Helper()
	req, err := http.NewRequest(method, "http://x.test"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	return read(w.t, resp), nil
}

func read(t *testing.T, resp *http.Response) reply {
	t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, body: string(b)}
	if bytes.HasPrefix(b, []byte("{")) {
		if err := json.Unmarshal(b, &r.object); err != nil {
			t.Fatalf("answer is not JSON: %v\n%s", err, b)
		}
	}
	return r
}

func (w *world) get(path string) reply { return w.send("GET", path, w.ada.AccessToken, "", "") }

// post sends a text, as a reply unless parent is empty.
func (w *world) post(text, parent string) reply {
	r := CreateRequest{Text: text}
	if parent != "" {
		r.Reply = &ReplyField{To: parent}
	}
	body, err := json.Marshal(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send("POST", "/2/tweets", w.ada.AccessToken, "application/json", string(body))
}

// posted is post where it must succeed; it returns the id.
func (w *world) posted(text, parent string) string {
	w.t.Helper()
	r := w.post(text, parent)
	if r.status != http.StatusCreated {
		w.t.Fatalf("post %q: %d %s", text, r.status, r.body)
	}
	return r.data()["id"].(string)
}

func (r reply) data() map[string]any {
	d, _ := r.object["data"].(map[string]any)
	return d
}

// form sends a form with HTTP Basic as the default application.
func (w *world) form(path string, values url.Values) reply {
	return w.formAs(path, values, DefaultClientID, DefaultClientSecret)
}

func (w *world) formAs(path string, values url.Values, id, secret string) reply {
	w.t.Helper()
	req, err := http.NewRequest("POST", "http://x.test"+path, strings.NewReader(values.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", formType)
	if id != "" {
		req.SetBasicAuth(id, secret)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return read(w.t, resp)
}

// control calls the control API, which must answer 200, and decodes into v.
func (w *world) control(method, path, body string, v any) {
	w.t.Helper()
	r := w.send(method, "/__sim/"+path, "", "application/json", body)
	if r.status != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	if v != nil {
		if err := json.Unmarshal([]byte(r.body), v); err != nil {
			w.t.Fatal(err)
		}
	}
}

// texts is a user's whole timeline as texts, oldest first.
func (w *world) texts(user string) []string {
	w.t.Helper()
	posts, err := w.Timeline(user)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, p := range posts {
		all = append(all, p.Text)
	}
	return all
}

// listed is what GET /2/users/{id}/tweets shows of ada's posts.
func (w *world) listed(query string) []map[string]any {
	w.t.Helper()
	r := w.get("/2/users/1815120100/tweets?" + query)
	if r.status != http.StatusOK {
		w.t.Fatalf("list: %d %s", r.status, r.body)
	}
	var posts []map[string]any
	list, _ := r.object["data"].([]any)
	for _, p := range list {
		posts = append(posts, p.(map[string]any))
	}
	return posts
}
