package xsim

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	verifier = "a-verifier-of-at-least-forty-three-characters-1234"
	callback = "http://127.0.0.1:8080/oauth/x/callback"
	invalidT = `{"error":"invalid_request","error_description":"Value passed for the token was invalid."}`
	invalidC = `{"error":"invalid_request","error_description":"Value passed for the authorization code was invalid."}`
	noBasic  = `{"error":"unauthorized_client","error_description":"Missing valid authorization header"}`
)

func challenge(v string) string {
	sum := sha256.Sum256([]byte(v))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorizeQuery is the query of a right authorization request.
func authorizeQuery() url.Values {
	return url.Values{
		"response_type": {"code"}, "client_id": {DefaultClientID}, "redirect_uri": {callback},
		"scope": {"tweet.read tweet.write users.read media.write offline.access"},
		"state": {"some-state"}, "code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"},
	}
}

// code goes through the consent page and returns the code.
func (w *world) code(user string) string {
	w.t.Helper()
	q := authorizeQuery()
	q.Set("auto", "allow")
	q.Set("as", user)
	r := w.send("GET", "/i/oauth2/authorize?"+q.Encode(), "", "", "")
	u, err := url.Parse(r.header.Get("Location"))
	if r.status != http.StatusFound || err != nil || !strings.HasPrefix(u.String(), callback+"?") {
		w.t.Fatalf("authorize: %d to %q", r.status, r.header.Get("Location"))
	}
	if u.Query().Get("state") != "some-state" {
		w.t.Errorf("state came back as %q", u.Query().Get("state"))
	}
	return u.Query().Get("code")
}

func exchangeForm(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
}

func refreshForm(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

func TestACodeBecomesAPairThatWorks(t *testing.T) {
	w := newWorld(t)
	r := w.form("/2/oauth2/token", exchangeForm(w.code("grace")))
	if r.status != http.StatusOK || r.object["token_type"] != "bearer" || r.object["expires_in"] != 7200.0 ||
		r.object["scope"] != "tweet.read tweet.write users.read media.write offline.access" {
		t.Fatalf("token: %d %s", r.status, r.body)
	}
	me := w.send("GET", "/2/users/me", r.object["access_token"].(string), "", "")
	if me.status != http.StatusOK || me.data()["username"] != "grace" || me.data()["id"] != "1906120900" || me.data()["name"] != "Grace Hopper" {
		t.Errorf("users/me: %d %s", me.status, me.body)
	}
	second := w.form("/2/oauth2/token", refreshForm(r.object["refresh_token"].(string)))
	if second.status != http.StatusOK || second.object["access_token"] == r.object["access_token"] || second.object["refresh_token"] == r.object["refresh_token"] {
		t.Errorf("refresh: %d %s", second.status, second.body)
	}
	if old := w.send("GET", "/2/users/me", r.object["access_token"].(string), "", ""); old.status != http.StatusUnauthorized {
		t.Errorf("the access token before the refresh still works: %d", old.status)
	}
}

func TestDenyingSendsBackAnErrorAndTheState(t *testing.T) {
	w := newWorld(t)
	q := authorizeQuery()
	q.Set("auto", "deny")
	r := w.send("GET", "/i/oauth2/authorize?"+q.Encode(), "", "", "")
	if want := callback + "?error=access_denied&state=some-state"; r.header.Get("Location") != want {
		t.Errorf("sent to %q, want %q", r.header.Get("Location"), want)
	}
}

// TestAuthorizeRefusals: none of these may redirect anywhere, or a stranger could
// use X as an open redirect or have a code issued that PKCE does not protect.
func TestAuthorizeRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		field, value, reason string
		redirects            []string
	}{
		"another application":          {field: "client_id", value: "other", reason: "client_id"},
		"a redirect to another host":   {field: "redirect_uri", value: "https://evil.example/cb", reason: "redirect_uri"},
		"a redirect that looks local":  {field: "redirect_uri", value: "http://127.0.0.1.evil.example/cb", reason: "redirect_uri"},
		"a redirect with user info":    {field: "redirect_uri", value: "http://127.0.0.1@evil.example/cb", reason: "redirect_uri"},
		"a redirect that runs script":  {field: "redirect_uri", value: "javascript://127.0.0.1/%0aalert(1)", reason: "redirect_uri"},
		"a redirect with a fragment":   {field: "redirect_uri", value: callback + "#x", reason: "redirect_uri"},
		"a redirect with another path": {field: "redirect_uri", value: callback + "/", reason: "redirect_uri", redirects: []string{callback}},
		"another response type":        {field: "response_type", value: "token", reason: "response_type"},
		"no state":                     {field: "state", value: "", reason: "state"},
		"a state of 501 characters":    {field: "state", value: strings.Repeat("s", 501), reason: "state"},
		"no PKCE":                      {field: "code_challenge", value: "", reason: "code_challenge"},
		"plain PKCE":                   {field: "code_challenge_method", value: "plain", reason: "code_challenge_method"},
		"a challenge that is no sum":   {field: "code_challenge", value: verifier, reason: "code_challenge"},
		"no scope":                     {field: "scope", value: "", reason: "scope"},
		"a scope that does not exist":  {field: "scope", value: "tweet.read tweet.all", reason: "tweet.all"},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			w := newWorld(t)
			if row.redirects != nil {
				w.Configure(func(s *Settings) { s.Redirects = row.redirects })
			}
			q := authorizeQuery()
			q.Set(row.field, row.value)
			for _, auto := range []string{"", "allow", "deny"} {
				q.Set("auto", auto)
				r := w.send("GET", "/i/oauth2/authorize?"+q.Encode(), "", "", "")
				if r.status != http.StatusBadRequest || r.header.Get("Location") != "" || !strings.Contains(r.body, row.reason) {
					t.Errorf("auto=%q: %d to %q\n%s", auto, r.status, r.header.Get("Location"), r.body)
				}
			}
		})
	}
	t.Run("a state of 500 characters and a registered redirect are accepted", func(t *testing.T) {
		w := newWorld(t, func(s *Settings) { s.Redirects = []string{"https://d123.cloudfront.example/oauth/x/callback"} })
		q := authorizeQuery()
		q.Set("state", strings.Repeat("s", 500))
		q.Set("redirect_uri", "https://d123.cloudfront.example/oauth/x/callback")
		if r := w.send("GET", "/i/oauth2/authorize?"+q.Encode(), "", "", ""); r.status != http.StatusOK {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
}

// TestExchangeAttacks: each spends the code, so that the right request after it
// is refused too.
func TestExchangeAttacks(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*world, url.Values)
		status int
		body   string
	}{
		"a wrong verifier": {func(_ *world, f url.Values) { f.Set("code_verifier", verifier+"x") }, 400,
			`{"error":"invalid_request","error_description":"Value passed for the code verifier did not match the code challenge."}`},
		"no verifier": {func(_ *world, f url.Values) { f.Del("code_verifier") }, 400,
			`{"error":"invalid_request","error_description":"Value passed for the code verifier did not match the code challenge."}`},
		"another redirect": {func(_ *world, f url.Values) { f.Set("redirect_uri", callback+"2") }, 400,
			`{"error":"invalid_request","error_description":"Value passed for the redirect uri did not match the uri of the authorization code."}`},
		"a code of 30 seconds": {func(w *world, _ url.Values) { w.advance(30 * time.Second) }, 400, invalidC},
		"a used code":          {func(w *world, f url.Values) { w.form("/2/oauth2/token", f) }, 400, invalidC},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			w := newWorld(t)
			form := exchangeForm(w.code("ada"))
			right := url.Values{}
			for k, v := range form {
				right[k] = v
			}
			row.change(w, form)
			if r := w.form("/2/oauth2/token", form); r.status != row.status || r.body != row.body {
				t.Errorf("answer is %d %s", r.status, r.body)
			}
			if r := w.form("/2/oauth2/token", right); r.body != invalidC {
				t.Errorf("the code still worked: %d %s", r.status, r.body)
			}
		})
	}
	t.Run("a code of 29 seconds is accepted", func(t *testing.T) {
		w := newWorld(t)
		form := exchangeForm(w.code("ada"))
		w.advance(29 * time.Second)
		if r := w.form("/2/oauth2/token", form); r.status != http.StatusOK {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
}

func TestClientAuthentication(t *testing.T) {
	public := func(s *Settings) { s.Public = true }
	with := func(id string) func(url.Values) { return func(f url.Values) { f.Set("client_id", id) } }
	for name, row := range map[string]struct {
		settings   func(*Settings)
		form       func(url.Values)
		id, secret string // of Basic; none if empty
		status     int
		error      string
	}{
		"a confidential client with Basic is accepted":       {id: DefaultClientID, secret: DefaultClientSecret, status: 200},
		"a confidential client without Basic is refused":     {status: 401, error: "unauthorized_client"},
		"a confidential client in the body is refused":       {form: with(DefaultClientID), status: 401, error: "unauthorized_client"},
		"a wrong secret is refused":                          {id: DefaultClientID, secret: "guess", status: 401, error: "unauthorized_client"},
		"a public client in the body is accepted":            {settings: public, form: with(DefaultClientID), status: 200},
		"a public client that says nothing is refused":       {settings: public, status: 400, error: "invalid_request"},
		"a public client that is another is refused":         {settings: public, form: with("other"), status: 400, error: "invalid_request"},
		"a public client with Basic is refused":              {settings: public, form: with(DefaultClientID), id: DefaultClientID, secret: "", status: 401, error: "unauthorized_client"},
		"Basic is form-encoded as RFC 6749 wants (accepted)": {settings: func(s *Settings) { s.ClientSecret = "a b+c%" }, id: DefaultClientID, secret: url.QueryEscape("a b+c%"), status: 200},
		"Basic that is not form-encoded at all (accepted)":   {settings: func(s *Settings) { s.ClientSecret = "100%" }, id: DefaultClientID, secret: "100%", status: 200},
		"an unknown grant type is refused":                   {form: func(f url.Values) { f.Set("grant_type", "password") }, id: DefaultClientID, secret: DefaultClientSecret, status: 400, error: "unsupported_grant_type"},
		"a request without a grant type is refused":          {form: func(f url.Values) { f.Del("grant_type") }, id: DefaultClientID, secret: DefaultClientSecret, status: 400, error: "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if row.settings != nil {
				w.Configure(row.settings)
			}
			form := refreshForm(w.ada.RefreshToken)
			if row.form != nil {
				row.form(form)
			}
			r := w.formAs("/2/oauth2/token", form, row.id, row.secret)
			if got, _ := r.object["error"].(string); r.status != row.status || got != row.error {
				t.Errorf("answer is %d %s", r.status, r.body)
			}
		})
	}
}

func TestGuessingTheAuthStyleSpendsTheToken(t *testing.T) {
	w := newWorld(t)
	if r := w.formAs("/2/oauth2/token", refreshForm(w.ada.RefreshToken), "", ""); r.body != noBasic {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if r := w.form("/2/oauth2/token", refreshForm(w.ada.RefreshToken)); r.body != invalidT {
		t.Errorf("the refresh token survived the guess: %d %s", r.status, r.body)
	}

	w = newWorld(t, func(s *Settings) { s.ProbeSpends = false })
	w.formAs("/2/oauth2/token", refreshForm(w.ada.RefreshToken), "", "")
	if r := w.form("/2/oauth2/token", refreshForm(w.ada.RefreshToken)); r.status != http.StatusOK {
		t.Errorf("the refresh token did not survive, though the setting says so: %d %s", r.status, r.body)
	}
}

func TestReusingARefreshTokenRevokesTheFamily(t *testing.T) {
	w := newWorld(t)
	other := w.connect("ada")
	second := w.form("/2/oauth2/token", refreshForm(w.ada.RefreshToken))
	if r := w.form("/2/oauth2/token", refreshForm(w.ada.RefreshToken)); r.status != 400 || r.body != invalidT {
		t.Fatalf("reuse: %d %s", r.status, r.body)
	}
	if r := w.form("/2/oauth2/token", refreshForm(second.object["refresh_token"].(string))); r.body != invalidT {
		t.Errorf("the family's next refresh token survived: %d %s", r.status, r.body)
	}
	if r := w.send("GET", "/2/users/me", second.object["access_token"].(string), "", ""); r.status != http.StatusUnauthorized {
		t.Errorf("the family's access token survived: %d %s", r.status, r.body)
	}
	if r := w.send("GET", "/2/users/me", other.AccessToken, "", ""); r.status != http.StatusOK {
		t.Errorf("another consent of the same user was revoked as well: %d %s", r.status, r.body)
	}
}

func TestLifetimes(t *testing.T) {
	t.Run("an access token works for two hours", func(t *testing.T) {
		w := newWorld(t)
		w.advance(2*time.Hour - time.Second)
		if r := w.get("/2/users/me"); r.status != http.StatusOK {
			t.Errorf("a second before: %d", r.status)
		}
		w.advance(time.Second)
		if r := w.get("/2/users/me"); r.status != http.StatusUnauthorized {
			t.Errorf("after two hours: %d", r.status)
		}
	})
	t.Run("the lifetime can be set", func(t *testing.T) {
		w := newWorld(t, func(s *Settings) { s.AccessLife = time.Minute })
		if w.ada.ExpiresIn != 60 {
			t.Errorf("expires_in is %d", w.ada.ExpiresIn)
		}
		w.advance(time.Minute)
		if r := w.get("/2/users/me"); r.status != http.StatusUnauthorized {
			t.Errorf("after a minute: %d", r.status)
		}
	})
	t.Run("a refresh token dies after six months unused", func(t *testing.T) {
		w := newWorld(t)
		w.advance(182 * 24 * time.Hour)
		r := w.form("/2/oauth2/token", refreshForm(w.ada.RefreshToken))
		if r.status != http.StatusOK {
			t.Fatalf("after 182 days: %d %s", r.status, r.body)
		}
		w.advance(184 * 24 * time.Hour)
		if r := w.form("/2/oauth2/token", refreshForm(r.object["refresh_token"].(string))); r.body != invalidT {
			t.Errorf("after 184 more days: %d %s", r.status, r.body)
		}
	})
}

func TestScopes(t *testing.T) {
	t.Run("without offline.access there is no refresh token", func(t *testing.T) {
		w := newWorld(t, func(s *Settings) { s.GrantScopes = []string{"tweet.read", "users.read"} })
		r := w.form("/2/oauth2/token", exchangeForm(w.code("ada")))
		if _, has := r.object["refresh_token"]; has || r.object["scope"] != "tweet.read users.read" {
			t.Errorf("token: %s", r.body)
		}
		if post := w.send("POST", "/2/tweets", r.object["access_token"].(string), "application/json", text("x")); post.status != http.StatusForbidden {
			t.Errorf("posted without tweet.write: %d", post.status)
		}
	})
}

func TestRevoke(t *testing.T) {
	revoke := func(w *world, token string) reply { return w.form("/2/oauth2/revoke", url.Values{"token": {token}}) }
	t.Run("a refresh token takes the pair with it", func(t *testing.T) {
		w := newWorld(t)
		if r := revoke(w, w.ada.RefreshToken); r.status != http.StatusOK || r.body != `{"revoked":true}` {
			t.Fatalf("%d %s", r.status, r.body)
		}
		if r := w.get("/2/users/me"); r.status != http.StatusUnauthorized {
			t.Errorf("access token: %d", r.status)
		}
		if r := w.form("/2/oauth2/token", refreshForm(w.ada.RefreshToken)); r.body != invalidT {
			t.Errorf("refresh token: %d %s", r.status, r.body)
		}
	})
	t.Run("an access token leaves the refresh token", func(t *testing.T) {
		w := newWorld(t)
		revoke(w, w.ada.AccessToken)
		if r := w.get("/2/users/me"); r.status != http.StatusUnauthorized {
			t.Errorf("access token: %d", r.status)
		}
		if r := w.form("/2/oauth2/token", refreshForm(w.ada.RefreshToken)); r.status != http.StatusOK {
			t.Errorf("refresh token: %d %s", r.status, r.body)
		}
	})
	t.Run("an unknown token is no error", func(t *testing.T) {
		if r := revoke(newWorld(t), "unknown"); r.status != http.StatusOK {
			t.Errorf("%d %s", r.status, r.body)
		}
	})
	t.Run("a stranger revokes nothing", func(t *testing.T) {
		w := newWorld(t)
		if r := w.formAs("/2/oauth2/revoke", url.Values{"token": {w.ada.RefreshToken}}, "", ""); r.body != noBasic {
			t.Errorf("%d %s", r.status, r.body)
		}
		if r := w.get("/2/users/me"); r.status != http.StatusOK {
			t.Errorf("access token: %d", r.status)
		}
	})
	t.Run("a user who revokes the application kills every pair of theirs only", func(t *testing.T) {
		w := newWorld(t)
		grace := w.connect("grace")
		w.control("POST", "revoke", `{"user":"ada"}`, nil)
		if r := w.form("/2/oauth2/token", refreshForm(w.ada.RefreshToken)); r.body != invalidT {
			t.Errorf("ada: %d %s", r.status, r.body)
		}
		if r := w.send("GET", "/2/users/me", grace.AccessToken, "", ""); r.status != http.StatusOK {
			t.Errorf("grace: %d", r.status)
		}
	})
}
