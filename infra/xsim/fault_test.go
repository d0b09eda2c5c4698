package xsim

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func (w *world) fault(f Fault) string {
	w.t.Helper()
	id, err := w.Fault(f)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// TestFaults has what each kind of fault makes of a post: what the client sees,
// and what X has then.
func TestFaults(t *testing.T) {
	post := Fault{Method: "POST", Path: "/2/tweets"}
	with := func(change func(*Fault)) Fault {
		f := post
		change(&f)
		return f
	}
	for name, row := range map[string]struct {
		fault     Fault
		status    int    // 0: the connection is closed
		body      string // "" X's own
		published bool
	}{
		"a status answers and nothing is published":       {fault: with(func(f *Fault) { f.Status, f.Body = 503, `{"title":"Service Unavailable","status":503}` }), status: 503, body: `{"title":"Service Unavailable","status":503}`},
		"a status with commit answers and publishes":      {fault: with(func(f *Fault) { f.Status, f.Commit, f.Body = 500, true, `{}` }), status: 500, body: `{}`, published: true},
		"a block page answers in HTML":                    {fault: with(func(f *Fault) { f.Status, f.Body = 403, "<html>Attention Required! | Cloudflare" }), status: 403, body: "<html>Attention Required! | Cloudflare"},
		"201 without an id answers and publishes":         {fault: with(func(f *Fault) { f.Status, f.Commit, f.Body = 201, true, `{"data":{}}` }), status: 201, body: `{"data":{}}`, published: true},
		"dropped before the commit, nothing is published": {fault: with(func(f *Fault) { f.Drop = DropBefore })},
		"dropped after the commit, it is published":       {fault: with(func(f *Fault) { f.Drop = DropAfter }), published: true},
		"committed late without an answer":                {fault: with(func(f *Fault) { f.Late = time.Minute })},
		"committed late with an error":                    {fault: with(func(f *Fault) { f.Late, f.Status, f.Body = time.Minute, 504, "gateway timeout" }), status: 504, body: "gateway timeout"},
		"a delay alone changes nothing but the time":      {fault: with(func(f *Fault) { f.Delay = time.Millisecond }), status: 201, published: true},
		"a header alone changes nothing but the header":   {fault: with(func(f *Fault) { f.Headers = map[string]string{"x-rate-limit-reset": "0", "x-rate-limit-limit": ""} }), status: 201, published: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			server := httptest.NewServer(w.Handler())
			defer server.Close()
			id := w.fault(row.fault)

			status, header, body := roundTrip(t, server.URL, w.ada.AccessToken, `{"text":"hello"}`)
			if status != row.status || row.body != "" && body != row.body {
				t.Errorf("the client sees %d %s", status, body)
			}
			if strings.HasPrefix(row.body, "<") && header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("content type is %q", header.Get("Content-Type"))
			}
			if row.fault.Headers != nil && (header.Get("x-rate-limit-reset") != "0" || header.Values("x-rate-limit-limit") != nil || header.Get("x-rate-limit-remaining") != "99") {
				t.Errorf("headers are %v", header)
			}
			if got := w.texts("ada"); (len(got) == 1) != row.published {
				t.Errorf("published is %q", got)
			}
			e := w.Journal()[0]
			if e.Fault != id || e.Status != row.status || e.Dropped != (row.status == 0) || (e.Committed != "") != row.published {
				t.Errorf("the journal says %+v", e)
			}
			if status, _, _ := roundTrip(t, server.URL, w.ada.AccessToken, `{"text":"next"}`); status != http.StatusCreated {
				t.Errorf("the request after the fault: %d", status)
			}
		})
	}
}

// roundTrip posts over the network on a connection of its own. Status 0 is a
// connection that was closed without an answer.
func roundTrip(t *testing.T, server, token, body string) (int, http.Header, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequest("POST", server+"/2/tweets", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if errors.Is(err, io.EOF) || errors.As(err, new(*net.OpError)) {
		return 0, nil, ""
	}
	if err != nil {
		t.Fatal(err)
	}
	r := read(t, resp)
	return r.status, r.header, r.body
}

// TestWhichRequestsAFaultStrikes: each row makes the same five requests and
// lists those that are struck.
func TestWhichRequestsAFaultStrikes(t *testing.T) {
	requests := []struct{ method, path, user string }{
		{"POST", "/2/tweets", "ada"},
		{"GET", "/2/users/me", "ada"},
		{"POST", "/2/tweets", "grace"},
		{"GET", "/2/users/1815120100/tweets", "grace"},
		{"POST", "/2/tweets", "ada"},
	}
	for name, row := range map[string]struct {
		fault Fault
		want  []int
	}{
		"the next one by default":          {Fault{}, []int{0}},
		"every one with count -1":          {Fault{Count: -1}, []int{0, 1, 2, 3, 4}},
		"by method":                        {Fault{Method: "GET", Count: -1}, []int{1, 3}},
		"by path":                          {Fault{Path: "/2/tweets", Count: -1}, []int{0, 2, 4}},
		"by a pattern":                     {Fault{Path: "/2/users/*/tweets", Count: -1}, []int{3}},
		"by a prefix":                      {Fault{Path: "/2/users/", Count: -1}, []int{1, 3}},
		"by username":                      {Fault{Account: "@grace", Count: -1}, []int{2, 3}},
		"by account id":                    {Fault{Account: "1906120900", Count: -1}, []int{2, 3}},
		"the nth that matches":             {Fault{Method: "POST", Nth: 2}, []int{2}},
		"from the nth that matches onward": {Fault{Method: "POST", Nth: 2, Count: 2}, []int{2, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tokens := map[string]string{"ada": w.ada.AccessToken, "grace": w.connect("grace").AccessToken}
			row.fault.Status = 599
			w.fault(row.fault)
			var got []int
			for i, r := range requests {
				if w.send(r.method, r.path, tokens[r.user], "application/json", text(strings.Repeat("x", i+1))).status == 599 {
					got = append(got, i)
				}
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("struck %v, want %v", got, row.want)
			}
			if f := w.Faults()[0]; f.Hits != len(row.want) {
				t.Errorf("counted %d hits of %d seen", f.Hits, f.Seen)
			}
		})
	}
}

func TestAFaultOnARefreshFindsItsAccount(t *testing.T) {
	w := newWorld(t)
	grace := w.connect("grace")
	w.fault(Fault{Path: "/2/oauth2/token", Account: "grace", Drop: DropAfter})
	if r := w.form("/2/oauth2/token", refreshForm(w.ada.RefreshToken)); r.status != http.StatusOK {
		t.Errorf("ada's refresh: %d", r.status)
	}
	if _, err := w.try("POST", "/2/oauth2/token", "", formType, refreshForm(grace.RefreshToken).Encode()+"&client_id=x"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("grace's refresh: %v", err)
	}
}

// TestFaultsThatMakeNoSense are refused with the reason.
func TestFaultsThatMakeNoSense(t *testing.T) {
	w := newWorld(t)
	for body, reason := range map[string]string{
		`{}`:                            "does nothing",
		`{"status":99}`:                 "status",
		`{"drop":"never"}`:              "drop",
		`{"drop":"after","status":500}`: "exclude",
		`{"body":"x","drop":"before"}`:  "body and commit go with status",
		`{"late":"5s"}`:                 "late needs",
		`{"method":"POST","path":"/2/tweets","media_failure":{"code":3}}`:  "media_failure needs",
		`{"late":"5s","path":"/2/tweets","method":"POST","drop":"before"}`: "exclude",
		`{"delay":"5"}`:                      "duration",
		`{"delay":"-5s"}`:                    "negative",
		`{"status":500,"path":"/2/[tweets"}`: "pattern",
		`{"status":500,"nth":-1}`:            "nth",
		`{"status":500,"times":3}`:           "times",
		`nonsense`:                           "invalid character",
	} {
		r := w.send("POST", "/__sim/faults", "", "application/json", body)
		if r.status != http.StatusBadRequest || !strings.Contains(r.body, reason) {
			t.Errorf("%s: %d %s, want %q in it", body, r.status, r.body, reason)
		}
	}
	if n := len(w.Faults()); n != 0 {
		t.Errorf("%d of them were scripted", n)
	}
}

func TestFaultsOverTheControlAPI(t *testing.T) {
	w := newWorld(t)
	var made struct{ ID string }
	w.control("POST", "faults", `{"method":"POST","path":"/2/tweets","status":429,"headers":{"x-rate-limit-reset":"1"},"body":{"title":"Too Many Requests"},"delay":"0s"}`, &made)
	if r := w.post("hello", ""); r.status != 429 || r.body != `{"title":"Too Many Requests"}` || r.header.Get("x-rate-limit-reset") != "1" {
		t.Errorf("%d %s", r.status, r.body)
	}
	var list []ScriptedFault
	w.control("GET", "faults", "", &list)
	if len(list) != 1 || list[0].ID != made.ID || list[0].Hits != 1 || list[0].Seen != 1 || list[0].Fault.Body != `{"title":"Too Many Requests"}` {
		t.Errorf("the list is %+v", list)
	}
	w.control("DELETE", "faults", "", nil)
	w.control("GET", "faults", "", &list)
	if len(list) != 0 {
		t.Errorf("after DELETE the list is %+v", list)
	}
	var f Fault
	want := Fault{Method: "POST", Path: "/2/tweets", Late: 90 * time.Second, Delay: time.Second, Status: 503, Body: "<p>"}
	raw, err := json.Marshal(want)
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil || f.Late != want.Late || f.Delay != want.Delay || f.Body != want.Body {
		t.Errorf("%s became %+v (%v)", raw, f, err)
	}
}

// TestLateCommits runs in virtual time: the client gives up, and X commits later.
func TestLateCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		pair, err := s.Connect("ada")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := s.CreateLate(pair.AccessToken, CreateRequest{Text: "late"}, time.Minute); err != nil {
			t.Fatal(err)
		}
		second, _, err := s.Create(pair.AccessToken, CreateRequest{Text: "late"})
		if err != nil {
			t.Fatalf("X refuses a text that it has not committed: %v", err)
		}
		list := func() []View {
			page, _, err := s.List(pair.AccessToken, "1815120100", Query{})
			if err != nil {
				t.Fatal(err)
			}
			return page.Posts
		}
		time.Sleep(time.Minute - time.Nanosecond)
		if got := list(); len(got) != 1 || s.Pending() != 1 {
			t.Errorf("a moment before, %d posts are listed and %d pending", len(got), s.Pending())
		}
		time.Sleep(time.Nanosecond)
		got := list()
		if len(got) != 2 || s.Pending() != 0 {
			t.Fatalf("at its time, %d posts are listed and %d pending", len(got), s.Pending())
		}
		if late := got[0]; !late.Late || !late.CreatedAt.Equal(began.Add(time.Minute)) || late.number <= second.number {
			t.Errorf("the late post is %+v", late.Post)
		}
	})
}

func TestALateCommitThatXRefusesIsRefusedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.posted("hello", "")
	w.fault(Fault{Method: "POST", Path: "/2/tweets", Late: time.Minute})
	if r := w.post("hello", ""); r.status != http.StatusForbidden || w.Pending() != 0 {
		t.Errorf("%d %s, %d pending", r.status, r.body, w.Pending())
	}
}

func TestALateCommitIsJournaledOnceItHappened(t *testing.T) {
	w := newWorld(t)
	w.fault(Fault{Method: "POST", Path: "/2/tweets", Late: time.Minute})
	if _, err := w.try("POST", "/2/tweets", w.ada.AccessToken, "application/json", text("late")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("the client sees %v", err)
	}
	if e := w.Journal()[0]; e.Committed != "" || !e.Dropped {
		t.Errorf("at first the journal says %+v", e)
	}
	w.advance(time.Hour) // nobody looks at the moment itself
	posts, _ := w.Timeline("ada")
	if e := w.Journal()[0]; len(posts) != 1 || !posts[0].CreatedAt.Equal(start.Add(time.Minute)) || e.Committed != posts[0].ID || posts[0].Request != e.ID {
		t.Errorf("then it says %+v, and the timeline has %+v", e, posts)
	}
}

// TestADelayOutlastsTheClient: the client times out, and X has published.
func TestADelayOutlastsTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		pair, err := s.Connect("ada")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Fault(Fault{Path: "/2/tweets", Delay: time.Minute}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "POST", "http://x.test/2/tweets", strings.NewReader(text("hello")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+pair.AccessToken)
		req.Header.Set("Content-Type", "application/json")
		began := time.Now()
		_, err = s.Transport().RoundTrip(req)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 10*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		if posts, _ := s.Timeline("ada"); len(posts) != 1 {
			t.Errorf("published %d posts", len(posts))
		}
	})
}
