package xauth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"spool/shared/fault"
	"spool/shared/vault"
	"spool/shared/xauth"
)

// now is the time of every test.
var now = time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)

// The secrets of every test. No error may repeat one.
const (
	code     = "canary-code"
	verifier = "canary-verifier"
	refresh  = "canary-refresh/token+="
	secret   = "canary-client-secret"
	redirect = "https://spool.example/oauth/x/callback"
)

func confidential() vault.App { return vault.App{ClientID: "client", ClientSecret: secret} }
func public() vault.App       { return vault.App{ClientID: "client"} }

// serve gives an Authority whose server answers with h.
func serve(t *testing.T, h http.HandlerFunc) *xauth.Authority {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	a := xauth.New(srv.URL)
	a.Now = func() time.Time { return now }
	return a
}

// operations are all that X can be asked for.
func operations(app vault.App) map[string]func(*testing.T, *xauth.Authority) error {
	return map[string]func(*testing.T, *xauth.Authority) error{
		"exchange": func(t *testing.T, a *xauth.Authority) error {
			_, err := a.Exchange(t.Context(), app, code, verifier, redirect)
			return err
		},
		"refresh": func(t *testing.T, a *xauth.Authority) error {
			_, err := a.Refresh(t.Context(), app, refresh)
			return err
		},
		"revoke": func(t *testing.T, a *xauth.Authority) error {
			return a.Revoke(t.Context(), app, refresh)
		},
	}
}

func TestAuthorizeURL(t *testing.T) {
	scopes := []string{"tweet.read", "offline.access"}
	for endpoint, page := range map[string]string{
		"https://api.x.com":      "https://x.com/i/oauth2/authorize",
		"https://api.x.com/":     "https://x.com/i/oauth2/authorize",
		"http://127.0.0.1:8081":  "http://127.0.0.1:8081/i/oauth2/authorize",
		"http://127.0.0.1:8081/": "http://127.0.0.1:8081/i/oauth2/authorize",
	} {
		got, err := url.Parse(xauth.New(endpoint).AuthorizeURL(confidential(), redirect, "the state", verifier, scopes))
		if err != nil {
			t.Fatal(err)
		}
		want := url.Values{
			"response_type": {"code"}, "client_id": {"client"}, "redirect_uri": {redirect}, "scope": {"tweet.read offline.access"},
			"state": {"the state"}, "code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
		}
		if diff := cmp.Diff(want, got.Query()); diff != "" {
			t.Errorf("query (-want +got)\n%s", diff)
		}
		if got.RawQuery = ""; got.String() != page {
			t.Errorf("at %s: the page is %s, want %s", endpoint, got, page)
		}
	}
}

// What is sent, to the letter: once, with the authentication that the kind of
// client has.
func TestRequests(t *testing.T) {
	exchange := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}, "redirect_uri": {redirect}}
	renew := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	revoke := url.Values{"token": {refresh}}
	for name, want := range map[string]struct {
		path string
		form url.Values
	}{
		"exchange": {"/2/oauth2/token", exchange},
		"refresh":  {"/2/oauth2/token", renew},
		"revoke":   {"/2/oauth2/revoke", revoke},
	} {
		for kind, app := range map[string]vault.App{"confidential": confidential(), "public": public()} {
			t.Run(name+" "+kind, func(t *testing.T) {
				requests := 0
				a := serve(t, func(w http.ResponseWriter, r *http.Request) {
					requests++
					if err := r.ParseForm(); err != nil || r.Method != "POST" || r.URL.RequestURI() != want.path || !r.Close {
						t.Errorf("%s %s, close %t, %v", r.Method, r.URL, r.Close, err)
					}
					form := url.Values{}
					for k, v := range want.form {
						form[k] = v
					}
					id, pass, basic := r.BasicAuth()
					if kind == "public" {
						form.Set("client_id", "client")
					}
					if basic != (kind == "confidential") || basic && (id != "client" || pass != secret) {
						t.Errorf("Basic is %t: %q %q", basic, id, pass)
					}
					if diff := cmp.Diff(form, r.PostForm); diff != "" {
						t.Errorf("form (-want +got)\n%s", diff)
					}
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(http.StatusUnauthorized) // would have oauth2 probe the other style
					fmt.Fprint(w, `{"error":"unauthorized_client","error_description":"Missing valid authorization header"}`)
				})
				if err := operations(app)[name](t, a); err == nil || requests != 1 {
					t.Errorf("%v after %d requests", err, requests)
				}
			})
		}
	}
}

func TestPairs(t *testing.T) {
	tests := map[string]struct {
		body string
		want vault.Pair
	}{
		"complete": {
			`{"token_type":"bearer","expires_in":7200,"access_token":"a","scope":"tweet.read  offline.access","refresh_token":"r"}`,
			vault.Pair{Access: "a", Refresh: "r", Expires: now.Add(2 * time.Hour), Scopes: []string{"tweet.read", "offline.access"}},
		},
		"shorter life":       {`{"expires_in":60,"access_token":"a","refresh_token":"r"}`, vault.Pair{Access: "a", Refresh: "r", Expires: now.Add(time.Minute)}},
		"no refresh token":   {`{"expires_in":7200,"access_token":"a"}`, vault.Pair{Access: "a", Expires: now.Add(2 * time.Hour)}},
		"empty refresh":      {`{"expires_in":7200,"access_token":"a","refresh_token":""}`, vault.Pair{Access: "a", Expires: now.Add(2 * time.Hour)}},
		"no life, no scope":  {`{"access_token":"a","scope":""}`, vault.Pair{Access: "a", Expires: now.Add(2 * time.Hour)}},
		"a life in the past": {`{"access_token":"a","expires_in":-5}`, vault.Pair{Access: "a", Expires: now.Add(2 * time.Hour)}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				fmt.Fprint(w, tt.body)
			})
			for how, get := range map[string]func() (vault.Pair, error){
				"Refresh":  func() (vault.Pair, error) { return a.Refresh(t.Context(), confidential(), refresh) },
				"Exchange": func() (vault.Pair, error) { return a.Exchange(t.Context(), public(), code, verifier, redirect) },
			} {
				got, err := get()
				if err != nil {
					t.Fatal(err)
				}
				if len(got.Scopes) == 0 {
					got.Scopes = nil
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s (-want +got)\n%s", how, diff)
				}
			}
		})
	}
}

// verdicts are what each answer means for exchange, refresh and revoke: an
// action and a code.
func TestVerdicts(t *testing.T) {
	oauth := func(code, description string) string {
		return fmt.Sprintf(`{"error":%q,"error_description":%q}`, code, description)
	}
	const page = `<html><head><title>Attention Required! | Cloudflare</title></head></html>`
	unclear := [3]string{"final connect_unclear", "settle refresh_unclear", "retry x_unavailable"}
	all := func(s string) [3]string { return [3]string{s, s, s} }
	credentials := all("pause app_credentials_refused")
	stale := [3]string{"final code_stale", "final token_refused", "final token_refused"}
	tests := map[string]struct {
		status int
		body   string
		want   [3]string
	}{
		"code stale or used":              {400, oauth("invalid_request", "Value passed for the authorization code was invalid."), stale},
		"token reused, rotated, revoked":  {400, oauth("invalid_request", "Value passed for the token was invalid."), stale},
		"token refused by RFC 6749":       {400, oauth("invalid_grant", "The refresh token is invalid."), stale},
		"verifier of another flow":        {400, oauth("invalid_request", "Value passed for the code verifier did not match the code challenge."), stale},
		"redirect not registered":         {400, oauth("invalid_request", "Value passed for the redirect uri did not match the uri of the authorization code."), [3]string{"final redirect_mismatch", "final token_refused", "final token_refused"}},
		"confidential client, no Basic":   {401, oauth("unauthorized_client", "Missing valid authorization header"), credentials},
		"wrong secret":                    {401, oauth("invalid_client", "Client authentication failed."), credentials},
		"wrong client id":                 {400, oauth("invalid_request", "Value passed for the client id was invalid."), credentials},
		"public client, no id":            {400, oauth("invalid_request", "Missing required parameter [client_id]."), credentials},
		"app not enrolled":                {403, `{"title":"Client Forbidden","reason":"client-not-enrolled","detail":"Not enrolled.","type":"https://api.x.com/2/problems/client-forbidden"}`, all("pause app_refused")},
		"limit":                           {429, `{"title":"Too Many Requests","status":429}`, all("wait rate_limited")},
		"limit, no body":                  {429, ``, all("wait rate_limited")},
		"an outage that answers 401":      {401, `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}`, unclear},
		"overload":                        {503, `{"title":"Service Unavailable","status":503}`, unclear},
		"overload that sounds like OAuth": {500, oauth("invalid_request", "Value passed for the token was invalid."), unclear},
		"block page":                      {403, page, unclear},
		"block page, 400":                 {400, page, unclear},
		"an unknown 4xx":                  {418, `{}`, unclear},
		"an unknown OAuth error":          {400, oauth("slow_down", ""), unclear},
		"redirected":                      {302, `{}`, unclear},
	}
	for name, tt := range tests {
		for i, op := range []string{"exchange", "refresh", "revoke"} {
			t.Run(name+": "+op, func(t *testing.T) {
				a := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					w.Header().Set("Location", "/elsewhere")
					w.Header().Set("x-transaction-id", "0123456789abcdef")
					w.WriteHeader(tt.status)
					fmt.Fprint(w, tt.body)
				})
				err := operations(confidential())[op](t, a)
				v := fault.Judge(err)
				if got := string(v.Action) + " " + string(v.Reason.Code); err == nil || got != tt.want[i] {
					t.Errorf("%v: verdict %q, want %q", err, got, tt.want[i])
				}
				if v.Reason.Sentence == "" || v.Reason.Todo == "" || v.Reason.Transaction != "0123456789abcdef" {
					t.Errorf("the reason lacks something: %+v", v.Reason)
				}
				wantScope := fault.ScopeAccount
				if v.Action == fault.Pause {
					wantScope = fault.ScopeApp
				}
				if v.Scope != wantScope {
					t.Errorf("scope %s", v.Scope)
				}
				if waits := v.Action == fault.Pause || v.Action == fault.Wait; waits != v.Until.After(now) {
					t.Errorf("until %v", v.Until)
				}
			})
		}
	}
}

// A success without tokens leaves open whether X rotated the pair.
func TestSuccessWithoutTokens(t *testing.T) {
	for name, body := range map[string]string{
		"no access token": `{"expires_in":7200}`, "no JSON": `access_token=leaked-new-token`, "nothing": ``,
		"breaks off": `{"access_token":"leaked-new-token","refresh_to`, "not an object": `["leaked-new-token"]`,
	} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, body)
			})
			_, err := a.Refresh(t.Context(), confidential(), refresh)
			if v := fault.Judge(err); v.Action != fault.Settle || v.Reason.Code != "refresh_unclear" {
				t.Errorf("%v: %+v", err, v)
			}
			if strings.Contains(fmt.Sprintf("%+v %v", err, fault.Judge(err)), "leaked") {
				t.Errorf("the error repeats what X answered: %v", err)
			}
		})
	}
}

func TestLimitsEndWhenXSays(t *testing.T) {
	for name, tt := range map[string]struct {
		reset string
		want  time.Duration
	}{
		"in ten minutes":    {strconv.FormatInt(now.Add(10*time.Minute).Unix(), 10), 10 * time.Minute},
		"missing":           {"", xauth.LimitFloor},
		"zero":              {"0", xauth.LimitFloor},
		"past":              {strconv.FormatInt(now.Add(-time.Minute).Unix(), 10), xauth.LimitFloor},
		"next week":         {strconv.FormatInt(now.Add(7*24*time.Hour).Unix(), 10), xauth.LimitFloor},
		"not even a number": {"tomorrow", xauth.LimitFloor},
	} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("x-rate-limit-reset", tt.reset)
				w.WriteHeader(http.StatusTooManyRequests)
			})
			_, err := a.Refresh(t.Context(), confidential(), refresh)
			if v := fault.Judge(err); v.Action != fault.Wait || v.Until.Sub(now) != tt.want {
				t.Errorf("%v: %+v", err, v)
			}
		})
	}
}

func TestLostAnswers(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, tt := range map[string]struct {
		answer func(net.Conn)
		want   [3]fault.Action // of exchange, refresh, revoke
	}{
		"refused":              {nil, [3]fault.Action{fault.Retry, fault.Retry, fault.Retry}},
		"closed after reading": {func(net.Conn) {}, [3]fault.Action{fault.Final, fault.Settle, fault.Retry}},
		"half a body": {func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{\"error\":\"invalid_request\"")
		}, [3]fault.Action{fault.Final, fault.Settle, fault.Retry}},
	} {
		for i, op := range []string{"exchange", "refresh", "revoke"} {
			t.Run(name+": "+op, func(t *testing.T) {
				a := xauth.New("http://" + closed.Addr().String())
				if tt.answer != nil {
					a = hijacked(t, tt.answer)
				}
				err := operations(public())[op](t, a)
				if v := fault.Judge(err); v.Action != tt.want[i] {
					t.Errorf("%v: %+v", err, v)
				}
				if e, ok := errors.AsType[*xauth.Error](err); !ok || e.Left != (tt.answer != nil) {
					t.Errorf("got %#v", err)
				}
			})
		}
	}
}

// hijacked gives an Authority whose server reads each request and then does with
// its connection what answer does.
func hijacked(t *testing.T, answer func(net.Conn)) *xauth.Authority {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		answer(conn)
		conn.Close()
	})
}

func TestRefreshWithoutATokenAsksNobody(t *testing.T) {
	a := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("X was asked") })
	_, err := a.Refresh(t.Context(), confidential(), "")
	if v := fault.Judge(err); v.Action != fault.Final || v.Reason.Code != "refresh_token_missing" {
		t.Errorf("%v: %+v", err, v)
	}
}

// X repeating what it was sent, in whatever field and form, gives nothing away.
func TestErrorsRepeatNoSecret(t *testing.T) {
	for op, ask := range operations(confidential()) {
		a := serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent, _ := io.ReadAll(r.Body)
			all := string(sent) + " " + r.Header.Get("Authorization") + " " + strings.Join([]string{code, verifier, refresh, secret}, " ")
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("x-transaction-id", refresh)
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"error":%q,"error_description":%q,"title":%q,"error_uri":%q,"access_token":%q}`, secret, all, all, all, all)
		})
		err := ask(t, a)
		text := fmt.Sprintf("%v %+v %#v %+v", err, err, err, fault.Judge(err))
		sent := map[string][]string{"exchange": {code, verifier, secret}, "refresh": {refresh, secret}, "revoke": {refresh, secret}}[op]
		sent = append(sent, base64.StdEncoding.EncodeToString([]byte("client:"+secret)))
		for _, s := range sent {
			for _, form := range []string{s, url.QueryEscape(s)} {
				if strings.Contains(text, form) {
					t.Errorf("%s repeats %q: %s", op, form, text)
				}
			}
		}
		if errors.As(err, new(*oauth2.RetrieveError)) {
			t.Errorf("%s: the error wraps X's whole answer", op)
		}
	}
}
