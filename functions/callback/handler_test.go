package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"spool/infra/sim"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/gateway"
)

// rig is the function in front of a simulated X, with the app set up.
type rig struct {
	*sim.World
	t      *testing.T
	setup  *connect.Connector
	invoke func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)
}

func newRig(t *testing.T) *rig {
	w := sim.NewWorld(1)
	if err := w.SetUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	setup := w.Connector()
	p := &pages{setup: setup, log: slog.New(slog.NewTextHandler(&w.Log, nil))}
	return &rig{w, t, setup, gateway.Handler(p.handler())}
}

// visit is a browser coming to one of the pages, as the golden event has it.
func (r *rig) visit(golden, query string, cookies ...string) events.APIGatewayV2HTTPResponse {
	r.t.Helper()
	raw, err := os.ReadFile("testdata/" + golden + ".json")
	if err != nil {
		r.t.Fatal(err)
	}
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(raw, &e); err != nil {
		r.t.Fatal(err)
	}
	e.RawQueryString, e.Cookies = query, cookies
	res, err := r.invoke(r.t.Context(), e)
	if err != nil {
		r.t.Fatal(err)
	}
	for header, want := range map[string]string{
		"cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
	} {
		if res.Headers[header] != want {
			r.t.Errorf("the page's %s is %q, want %q", header, res.Headers[header], want)
		}
	}
	csp := res.Headers["content-security-policy"]
	if !strings.HasPrefix(csp, "default-src 'none';") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		r.t.Errorf("the page's policy is %q", csp)
	}
	return res
}

// ticket is of a new start link.
func (r *rig) ticket() string {
	r.t.Helper()
	ticket, _, err := r.Connector().Invite(r.t.Context(), "Europe/Berlin")
	if err != nil {
		r.t.Fatal(err)
	}
	return ticket
}

// start opens a new start link; it gives X's page and the cookie that the browser got.
func (r *rig) start() (authorize, cookie string) {
	r.t.Helper()
	res := r.visit("start", "ticket="+r.ticket())
	if res.StatusCode != 303 || len(res.Cookies) != 1 {
		r.t.Fatalf("the start link answered %d %s", res.StatusCode, res.Body)
	}
	cookie, _, _ = strings.Cut(res.Cookies[0], ";")
	return res.Headers["location"], cookie
}

// flow is a browser that comes back from X, where its user allowed the access.
func (r *rig) flow(username string) (q url.Values, cookie string) {
	r.t.Helper()
	authorize, cookie := r.start()
	q, err := r.Allow(authorize, username)
	if err != nil {
		r.t.Fatal(err)
	}
	return q, cookie
}

// mustRefuse fails the test unless the page says what is wrong and what to do,
// repeats nothing that came with the request, and nothing was stored.
func (r *rig) mustRefuse(res events.APIGatewayV2HTTPResponse, words string, repeated ...string) {
	r.t.Helper()
	todo := `<p class="todo"></p>`
	if res.StatusCode != 400 || !strings.Contains(res.Body, words) || !strings.Contains(res.Body, "not connected") || strings.Contains(res.Body, todo) {
		r.t.Errorf("got %d, want a page with %q and a way on:\n%s", res.StatusCode, words, res.Body)
	}
	if res.Headers["location"] != "" || len(res.Cookies) > 0 {
		r.t.Errorf("the refusal redirects to %q and sets %v", res.Headers["location"], res.Cookies)
	}
	for _, s := range repeated {
		if s != "" && strings.Contains(res.Body, s) {
			r.t.Errorf("the page repeats %q:\n%s", s, res.Body)
		}
	}
	if all, err := r.Store.Accounts(r.t.Context()); err != nil || len(all) > 0 {
		r.t.Errorf("stored are %v (%v)", all, err)
	}
}

func TestABrowserConnectsAnAccount(t *testing.T) {
	r := newRig(t)
	res := r.visit("start", "ticket="+r.ticket())
	if res.StatusCode != 303 || res.Body != "" {
		t.Fatalf("got %d %q", res.StatusCode, res.Body)
	}
	cookie, attributes, _ := strings.Cut(res.Cookies[0], "; ")
	if !strings.HasPrefix(cookie, "__Host-") || attributes != "Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("the cookie is %q with %q", cookie, attributes)
	}
	to, err := url.Parse(res.Headers["location"])
	if err != nil || to.Host != "x.test" || to.Query().Get("redirect_uri") != sim.Redirect || to.Query().Get("code_challenge_method") != "S256" {
		t.Errorf("the browser is sent to %v (%v)", to, err)
	}
	q, err := r.Allow(res.Headers["location"], "ada")
	if err != nil {
		t.Fatal(err)
	}
	done := r.visit("callback", q.Encode(), "theme=dark", cookie)
	if done.StatusCode != 200 || !strings.Contains(done.Body, "@ada is connected") || !strings.Contains(done.Body, "close this window") {
		t.Errorf("got %d:\n%s", done.StatusCode, done.Body)
	}
	if script := "<script>" + pageJS + "</script>"; !strings.Contains(done.Body, script) || !strings.Contains(done.Headers["content-security-policy"], "script-src 'sha256-"+cspHash(pageJS)+"'") {
		t.Errorf("nothing takes the code out of the address: %s", done.Headers["content-security-policy"])
	}
	if len(done.Cookies) != 1 || !strings.Contains(done.Cookies[0], "Max-Age=0") {
		t.Errorf("the cookie stays: %v", done.Cookies)
	}
	if strings.Contains(done.Body, q.Get("code")) || strings.Contains(done.Body, q.Get("state")) {
		t.Error("the page repeats the code or the state")
	}
}

func TestALimitedConnectionSaysWhatIsMissing(t *testing.T) {
	r := newRig(t)
	r.X.Configure(func(s *xsim.Settings) {
		s.GrantScopes = strings.Fields("tweet.read tweet.write users.read offline.access")
	})
	q, cookie := r.flow("ada")
	if res := r.visit("callback", q.Encode(), cookie); res.StatusCode != 200 || !strings.Contains(res.Body, "media.write") {
		t.Errorf("got %d:\n%s", res.StatusCode, res.Body)
	}
}

func TestAttacksOnTheFlow(t *testing.T) {
	callback := func(attack func(r *rig, q url.Values, cookie string) (events.APIGatewayV2HTTPResponse, []string)) func(*rig) (events.APIGatewayV2HTTPResponse, []string) {
		return func(r *rig) (events.APIGatewayV2HTTPResponse, []string) {
			q, cookie := r.flow("ada")
			return attack(r, q, cookie)
		}
	}
	for _, tc := range []struct {
		outcome, words string
		attack         func(r *rig) (res events.APIGatewayV2HTTPResponse, repeated []string)
	}{
		{"a state that Spool did not make is refused", "not made by Spool",
			callback(func(r *rig, q url.Values, cookie string) (events.APIGatewayV2HTTPResponse, []string) {
				q.Set("state", "forged-state-of-an-attacker")
				return r.visit("callback", q.Encode(), cookie), []string{"forged-state", q.Get("code")}
			})},
		{"another browser's state is refused", "did not start the connection",
			callback(func(r *rig, q url.Values, _ string) (events.APIGatewayV2HTTPResponse, []string) {
				_, mine := r.start()
				return r.visit("callback", q.Encode(), mine), []string{q.Get("code"), mine}
			})},
		{"a browser without the cookie is refused", "with cookies allowed",
			callback(func(r *rig, q url.Values, _ string) (events.APIGatewayV2HTTPResponse, []string) {
				return r.visit("callback", q.Encode()), nil
			})},
		{"an empty cookie is refused", "with cookies allowed",
			callback(func(r *rig, q url.Values, _ string) (events.APIGatewayV2HTTPResponse, []string) {
				return r.visit("callback", q.Encode(), cookie+"="), nil
			})},
		{"the code of another flow is refused by its challenge", "used already, or is older than 30 seconds",
			callback(func(r *rig, q url.Values, cookie string) (events.APIGatewayV2HTTPResponse, []string) {
				victims, _ := r.flow("grace")
				q.Set("code", victims.Get("code"))
				return r.visit("callback", q.Encode(), cookie), []string{victims.Get("code")}
			})},
		{"a code that X did not make is refused", "used already",
			callback(func(r *rig, q url.Values, cookie string) (events.APIGatewayV2HTTPResponse, []string) {
				q.Set("code", `"><script>alert(1)</script>`)
				return r.visit("callback", q.Encode(), cookie), []string{"<script>alert"}
			})},
		{"a missing code is refused", "sent no code",
			callback(func(r *rig, q url.Values, cookie string) (events.APIGatewayV2HTTPResponse, []string) {
				q.Del("code")
				return r.visit("callback", q.Encode(), cookie), nil
			})},
		{"an oversized code is not passed on", "sent no code",
			callback(func(r *rig, q url.Values, cookie string) (events.APIGatewayV2HTTPResponse, []string) {
				q.Set("code", strings.Repeat("c", 8000))
				return r.visit("callback", q.Encode(), cookie), []string{"ccccc"}
			})},
		{"an oversized state is not looked up", "not made by Spool",
			callback(func(r *rig, q url.Values, cookie string) (events.APIGatewayV2HTTPResponse, []string) {
				q.Set("state", strings.Repeat("s", 8000))
				return r.visit("callback", q.Encode(), cookie), []string{"sssss"}
			})},
		{"an error with markup is not repeated", "X could not go on",
			callback(func(r *rig, q url.Values, cookie string) (events.APIGatewayV2HTTPResponse, []string) {
				q.Set("error", `<img src=x onerror=alert(1)>`)
				q.Set("error_description", `<script>alert(2)</script>`)
				return r.visit("callback", q.Encode(), cookie), []string{"onerror", "alert(2)", "&lt;img"}
			})},
		{"an error without a state of Spool's is refused", "not made by Spool", func(r *rig) (events.APIGatewayV2HTTPResponse, []string) {
			return r.visit("callback", "error=access_denied&state=x"), nil
		}},
		{"a user who refuses is told so", "You refused the connection on X", func(r *rig) (events.APIGatewayV2HTTPResponse, []string) {
			authorize, cookie := r.start()
			q, err := r.Deny(authorize)
			if err != nil {
				r.t.Fatal(err)
			}
			return r.visit("callback", q.Encode(), cookie), nil
		}},
		{"a ticket is no state", "not made by Spool", func(r *rig) (events.APIGatewayV2HTTPResponse, []string) {
			ticket := r.ticket()
			return r.visit("callback", "code=c&state="+ticket), []string{ticket}
		}},
		{"a state is no ticket", "not made by Spool",
			callback(func(r *rig, q url.Values, cookie string) (events.APIGatewayV2HTTPResponse, []string) {
				return r.visit("start", "ticket="+q.Get("state"), cookie), []string{q.Get("state")}
			})},
		{"a start link works once", "used already", func(r *rig) (events.APIGatewayV2HTTPResponse, []string) {
			ticket := r.ticket()
			r.visit("start", "ticket="+ticket)
			return r.visit("start", "ticket="+ticket), []string{ticket}
		}},
		{"a start link without a ticket is refused", "not made by Spool", func(r *rig) (events.APIGatewayV2HTTPResponse, []string) {
			return r.visit("start", "ticket="), nil
		}},
		{"an oversized ticket is not looked up", "not made by Spool", func(r *rig) (events.APIGatewayV2HTTPResponse, []string) {
			return r.visit("start", "ticket="+strings.Repeat("t", 8000)), []string{"ttttt"}
		}},
		{"a headless flow does not end in a browser", "paste it where the connection was started", func(r *rig) (events.APIGatewayV2HTTPResponse, []string) {
			authorize, _, err := r.Connector().StartHeadless(r.t.Context(), "key", sim.Redirect, "Europe/Berlin")
			if err != nil {
				r.t.Fatal(err)
			}
			q, err := r.Allow(authorize, "ada")
			if err != nil {
				r.t.Fatal(err)
			}
			return r.visit("callback", q.Encode()), []string{q.Get("code")}
		}},
	} {
		t.Run(tc.outcome, func(t *testing.T) {
			r := newRig(t)
			res, repeated := tc.attack(r)
			r.mustRefuse(res, tc.words, repeated...)
		})
	}
}

func TestAReplayedRedirectChangesNothing(t *testing.T) {
	r := newRig(t)
	q, cookie := r.flow("ada")
	if res := r.visit("callback", q.Encode(), cookie); res.StatusCode != 200 {
		t.Fatalf("got %d:\n%s", res.StatusCode, res.Body)
	}
	if res := r.visit("callback", q.Encode(), cookie); res.StatusCode != 400 || !strings.Contains(res.Body, "used already") {
		t.Errorf("got %d:\n%s", res.StatusCode, res.Body)
	}
	if all, err := r.Store.Accounts(t.Context()); err != nil || len(all) != 1 || all[0].Version != 1 {
		t.Errorf("stored are %+v (%v)", all, err)
	}
}

// together lets nobody go on with a flow before all have read it.
type together struct {
	connect.Flows
	all *sync.WaitGroup
}

func (s together) Flow(ctx context.Context, key string) (connect.Flow, error) {
	f, err := s.Flows.Flow(ctx, key)
	s.all.Done()
	s.all.Wait()
	return f, err
}

func TestOfParallelRedirectsOneGetsThrough(t *testing.T) {
	r := newRig(t)
	q, cookie := r.flow("ada")
	var all sync.WaitGroup
	all.Add(20)
	r.setup.Flows = together{r.setup.Flows, &all}
	var mu sync.Mutex
	statuses := map[int]int{}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			res := r.visit("callback", q.Encode(), cookie)
			mu.Lock()
			defer mu.Unlock()
			statuses[res.StatusCode]++
		})
	}
	wg.Wait()
	if statuses[200] != 1 || statuses[400] != 19 {
		t.Errorf("the statuses are %v, want one 200 and 19 refusals", statuses)
	}
	exchanges := 0
	for _, e := range r.X.Journal() {
		if e.Path == "/2/oauth2/token" {
			exchanges++
		}
	}
	if exchanges != 1 {
		t.Errorf("X was asked %d times to trade the code, want 1", exchanges)
	}
}

func TestAnotherAddressGetsNoCode(t *testing.T) {
	t.Run("X refuses to redirect to a host that is not registered", func(t *testing.T) {
		r := newRig(t)
		p := &pages{setup: r.Connector(), domain: "evil.test", log: slog.New(slog.DiscardHandler)}
		r.invoke = gateway.Handler(p.handler())
		authorize, _ := r.start()
		if _, err := r.Allow(authorize, "ada"); err == nil {
			t.Error("X redirected")
		}
	})
	t.Run("no parameter turns the pages into a redirect elsewhere", func(t *testing.T) {
		r := newRig(t)
		more := "&next=https://evil.test&redirect_uri=https://evil.test&return_to=//evil.test"
		if res := r.visit("start", "ticket="+r.ticket()+more); strings.Contains(res.Headers["location"], "evil") {
			t.Errorf("the start link redirects to %s", res.Headers["location"])
		}
		q, cookie := r.flow("ada")
		if res := r.visit("callback", q.Encode()+more, cookie); res.StatusCode != 200 || res.Headers["location"] != "" || strings.Contains(res.Body, "evil") {
			t.Errorf("the callback answers %d, to %q", res.StatusCode, res.Headers["location"])
		}
	})
}

func TestThereIsNoWayWithoutPKCE(t *testing.T) {
	r := newRig(t)
	authorize, _ := r.start()
	stripped := strings.Replace(authorize, "code_challenge_method=S256", "code_challenge_method=plain", 1)
	if _, err := r.Allow(stripped, "ada"); err == nil {
		t.Error("X took a challenge in the clear")
	}
	q, cookie := r.flow("ada")
	r.visit("callback", q.Encode(), cookie)
	verified := false
	for _, e := range r.X.Journal() {
		if form, ok := e.Body.(map[string]string); ok && form["grant_type"] == "authorization_code" {
			verified = form["code_verifier"] != ""
		}
	}
	if !verified {
		t.Error("the code was traded without a verifier")
	}
}

func TestAStaleCodeIsExplained(t *testing.T) {
	r := newRig(t)
	q, cookie := r.flow("ada")
	r.X.Configure(func(s *xsim.Settings) { s.CodeLife = 0 })
	q2, cookie2 := r.flow("ada")
	r.mustRefuse(r.visit("callback", q2.Encode(), cookie2), "older than 30 seconds")
	if res := r.visit("callback", q.Encode(), cookie); res.StatusCode != 200 {
		t.Errorf("the good one got %d", res.StatusCode)
	}
}

// broken is a setup that fails with what no page may show.
type broken struct{}

var errInternal = errors.New("dial tcp 10.0.0.7: table spool-accounts")

func (broken) Start(context.Context, string, string) (string, string, error) {
	return "", "", errInternal
}
func (broken) Finish(context.Context, connect.Return, string) (account.Account, error) {
	return account.Account{}, errInternal
}

func TestAnInternalFailureIsNotShown(t *testing.T) {
	var log sim.Log
	r := &rig{t: t, invoke: gateway.Handler((&pages{setup: broken{}, log: slog.New(slog.NewTextHandler(&log, nil))}).handler())}
	for _, res := range []events.APIGatewayV2HTTPResponse{r.visit("start", "ticket=t"), r.visit("callback", "state=s&code=c")} {
		if res.StatusCode != 500 || strings.Contains(res.Body, "dial") || !strings.Contains(res.Body, "Something in Spool went wrong") {
			t.Errorf("got %d:\n%s", res.StatusCode, res.Body)
		}
	}
	if !strings.Contains(log.String(), "10.0.0.7") {
		t.Error("the log does not say what failed")
	}
}

func TestAPageShowsPlainText(t *testing.T) {
	rec := httptest.NewRecorder()
	(&pages{}).show(rec, http.StatusOK, connected(account.Account{Username: `"><script>x</script>{{style}}`}))
	if body := rec.Body.String(); strings.Contains(body, "<script>x") || strings.Count(body, "<style>") != 1 || strings.Count(body, ":root") != 1 {
		t.Errorf("the page is\n%s", body)
	}
}
