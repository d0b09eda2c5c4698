package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"spool/infra/emulate/dynamodb/dynamodbtest"
	"spool/infra/sim"
	"spool/infra/sim/canary"
	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
	"spool/infra/xsim"
	"spool/shared/wire"
)

// TestSecretsStaySealed goes the whole way, refreshes and refusals included, with
// somebody listening at X, and then looks for what was heard in everything that
// was written.
func TestSecretsStaySealed(t *testing.T) {
	t.Parallel()
	dynamodbtest.RequireNode(t)
	var secrets canary.Secrets
	var log sim.Log
	settings := xsim.DefaultSettings()
	settings.Redirects = []string{"*"}
	settings.AccessLife = 4 * time.Minute // too short to publish with: each thread refreshes first
	sim := xsim.New(xsim.Config{Settings: &settings})
	x := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "x.test"}) },
		Transport: secrets.Listen(sim.Transport()),
	})
	t.Cleanup(x.Close)
	s := stacktest.Start(t, map[string]string{"XEndpoint": x.URL}, &log)
	secrets.Add("admin key", s.AdminKey)
	sys := &system{s, &owner.Owner{API: s.API, Key: s.AdminKey}}
	answers := sys.live(t, &secrets, settings)
	sys.channel(t, &secrets)
	if _, err := s.Function("RefreshFunction").Invoke(t.Context(), []byte(`{"source":"aws.events","detail-type":"Scheduled Event"}`)); err != nil {
		t.Error("the schedule's refresh:", err)
	}
	sim.Fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Status: 401, Body: `{"title":"Unauthorized","status":401}`})
	for _, name := range []string{"first", "second"} {
		p, err := sys.owner.Schedule(t.Context(), thread(name, 2), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		sys.finished(t, p.ID)
	}
	for _, kind := range []string{"access_token", "refresh_token", "code", "code_verifier", "client_secret", "admin key", "API key", "session", "channel secret", "channel address"} {
		if !slices.Contains(secrets.Kinds(), kind) {
			t.Errorf("the canary knows no %s, only %v", kind, secrets.Kinds())
		}
	}
	leaks := slices.Concat(secrets.Find("the log", []byte(log.String())), secrets.Find("the API's answers", []byte(answers)))
	for _, table := range s.Model.Tables {
		found, err := secrets.Items(t.Context(), stack.Client(s.DynamoDB()), table.Name)
		if err != nil {
			t.Fatal(err)
		}
		leaks = append(leaks, found...)
	}
	for _, leak := range leaks {
		t.Error(leak)
	}
	if n := checkLines(t, log.String()); n < 20 {
		t.Errorf("the functions wrote %d lines", n)
	}
	for function, line := range map[string]string{"publish": `"run ended"`, "refresh": `"refreshed"`, "callback": `"connected"`, "notify": `"notice"`} {
		told := regexp.MustCompile(`(?m)^` + function + ` \| \{.*` + line)
		if !told.MatchString(log.String()) {
			t.Errorf("the log lacks the line %s of %s, in which a secret could be", line, function)
		}
	}
}

// channel makes a channel for notices whose receiver is down, and has it tried.
func (s *system) channel(t *testing.T, secrets *canary.Secrets) {
	t.Helper()
	const path = "a-path-that-nobody-else-knows"
	var c wire.Channel
	in := wire.ChannelInput{Name: "down", Kind: "webhook", URL: "http://127.0.0.1:1/" + path}
	if err := s.owner.Do(t.Context(), "POST", "/v1/channels", in, &c); err != nil {
		t.Fatal(err)
	}
	secrets.Add("channel secret", c.Secret)
	secrets.Add("channel address", path)
	if err := s.owner.Do(t.Context(), "POST", "/v1/channels/"+c.ID+"/test", nil, nil); err != nil {
		t.Fatal(err)
	}
	for {
		var log wire.DeliveryList
		if err := s.owner.Do(t.Context(), "GET", "/v1/channels/"+c.ID+"/deliveries", nil, &log); err != nil {
			t.Fatal(err)
		}
		if len(log.Deliveries) == 1 && len(log.Deliveries[0].Attempts) > 0 {
			return
		}
	}
}

// session signs in, is seen with the session, and gives what it is known by.
func (s *system) session(t *testing.T) string {
	t.Helper()
	send := func(method, body string, cookies ...*http.Cookie) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, s.API.String()+"/v1/session", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s answered %s", method, res.Status)
		}
		return res
	}
	cookies := send(http.MethodPost, `{"key":"`+s.AdminKey+`"}`).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("signing in set %v", cookies)
	}
	send(http.MethodGet, "", cookies...)
	return cookies[0].Value
}

// live sets Spool up, makes a key and provokes errors about secrets. It gives what
// the API answered to those.
func (s *system) live(t *testing.T, secrets *canary.Secrets, settings xsim.Settings) string {
	t.Helper()
	app := map[string]string{"client_id": settings.ClientID, "client_secret": settings.ClientSecret}
	if err := s.owner.Do(t.Context(), "PUT", "/v1/app", app, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.owner.Connect(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	var key struct{ Key string }
	if err := s.owner.Do(t.Context(), "POST", "/v1/keys", map[string]any{"name": "blog", "scopes": []string{"posts:read"}}, &key); err != nil {
		t.Fatal(err)
	}
	secrets.Add("API key", key.Key)
	secrets.Add("session", s.session(t))
	var answers strings.Builder
	for _, try := range []struct {
		who  *owner.Owner
		path string
		body any
	}{
		{s.owner, "/v1/app", map[string]string{"client_id": "a b", "client_secret": settings.ClientSecret}},
		{s.owner, "/v1/app", map[string]any{"client_id": "id", "client_secret": []string{settings.ClientSecret}}},
		{s.owner, "/v1/app", map[string]any{"client_id": "id", "secret": settings.ClientSecret}},
		{&owner.Owner{API: s.API, Key: key.Key}, "/v1/app", app},
	} {
		err := try.who.Do(t.Context(), "PUT", try.path, try.body, nil)
		if err == nil {
			t.Fatalf("%v was taken", try.body)
		}
		answers.WriteString(err.Error())
	}
	return answers.String()
}
