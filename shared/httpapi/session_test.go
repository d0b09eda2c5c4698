package httpapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"spool/shared/access"
	"spool/shared/httpapi"
	"spool/shared/storetest"
)

// browse sends a request as a browser does: with cookies, and with headers as pairs of name and value.
func (s *site) browse(method, path, body string, cookies []*http.Cookie, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(method, "https://spool.test"+path, strings.NewReader(body))
	for _, c := range cookies {
		r.AddCookie(c)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	s.api.ServeHTTP(rec, r)
	return rec
}

const asJSON = "application/json"

// signIn gives the cookies of a browser that signed in with a key.
func (s *site) signIn(key string) []*http.Cookie {
	s.t.Helper()
	rec := s.browse("POST", "/v1/session", `{"key":"`+key+`"}`, nil, "Content-Type", asJSON, "Sec-Fetch-Site", "same-origin")
	if rec.Code != http.StatusOK {
		s.t.Fatalf("signing in answered %d %s", rec.Code, rec.Body)
	}
	return rec.Result().Cookies()
}

func TestABrowserSignsInAndOut(t *testing.T) {
	s := newSite(t)
	cookies := s.signIn(adminKey)
	if len(cookies) != 1 {
		t.Fatalf("%d cookies were set", len(cookies))
	}
	if c := cookies[0]; c.Name != "__Host-spool" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge < 86400 {
		t.Errorf("the cookie is %+v", c)
	}
	rec := s.browse("GET", "/v1/session", "", cookies)
	var who struct {
		KeyID     string   `json:"key_id"`
		Scopes    []string `json:"scopes"`
		ExpiresAt string   `json:"expires_at"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &who); err != nil || who.KeyID != "admin" || len(who.Scopes) != 1 || who.ExpiresAt == "" {
		t.Errorf("got %d %s, %v", rec.Code, rec.Body, err)
	}
	elsewhere := s.signIn(adminKey)
	out := s.browse("DELETE", "/v1/session", "", cookies, "Sec-Fetch-Site", "same-origin")
	if removed := out.Result().Cookies(); out.Code != http.StatusNoContent || len(removed) != 1 || removed[0].MaxAge >= 0 || removed[0].Value != "" {
		t.Errorf("signing out answered %d with %v", out.Code, removed)
	}
	if rec := s.browse("GET", "/v1/status", "", cookies); rec.Code != http.StatusUnauthorized || !strings.Contains(rec.Body.String(), "Sign in again") {
		t.Errorf("after it the cookie gets %d %s", rec.Code, rec.Body)
	}
	third := s.signIn(adminKey)
	if rec := s.browse("DELETE", "/v1/sessions", "", elsewhere, "Sec-Fetch-Site", "same-origin"); rec.Code != http.StatusNoContent {
		t.Errorf("signing out everywhere answered %d", rec.Code)
	}
	for _, c := range [][]*http.Cookie{elsewhere, third} {
		if rec := s.browse("GET", "/v1/status", "", c); rec.Code != http.StatusUnauthorized {
			t.Errorf("after signing out everywhere a cookie gets %d", rec.Code)
		}
	}
}

func TestAWrongKeyDoesNotSignIn(t *testing.T) {
	s := newSite(t)
	rec := s.browse("POST", "/v1/session", `{"key":"guess"}`, nil, "Content-Type", asJSON)
	var p struct{ Code, Field, Todo string }
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || rec.Code != http.StatusUnauthorized || p.Code != "unauthorized" || p.Field != "key" || p.Todo == "" {
		t.Errorf("got %d %s", rec.Code, rec.Body)
	}
	if got := rec.Result().Cookies(); len(got) > 0 {
		t.Errorf("it set %v", got)
	}
}

func TestASessionHasItsKeysScopes(t *testing.T) {
	s := newSite(t)
	cookies := s.signIn(s.key(`{"name":"n","scopes":["posts:read"]}`))
	for path, want := range map[string]int{"/v1/posts": http.StatusOK, "/v1/session": http.StatusOK, "/v1/keys": http.StatusForbidden} {
		if rec := s.browse("GET", path, "", cookies); rec.Code != want {
			t.Errorf("%s: got %d %s, want %d", path, rec.Code, rec.Body, want)
		}
	}
	if rec := s.browse("GET", "/v1/keys", "", cookies, "Authorization", "Bearer "+adminKey); rec.Code != http.StatusOK {
		t.Errorf("a key in the header counts before the cookie: got %d", rec.Code)
	}
	if rec := s.browse("GET", "/v1/posts", "", cookies, "Authorization", "Bearer wrong"); rec.Code != http.StatusUnauthorized {
		t.Errorf("a wrong one too: got %d", rec.Code)
	}
}

// TestOtherSitesDoNothing is about what a browser sends for pages that are not Spool's.
func TestOtherSitesDoNothing(t *testing.T) {
	s := newSite(t)
	cookies := s.signIn(adminKey)
	const body = `{"client_id":"id"}`
	for name, tc := range map[string]struct {
		headers []string
		body    string
		want    int
	}{
		"its own page":                      {[]string{"Sec-Fetch-Site", "same-origin", "Content-Type", asJSON}, body, 200},
		"its own page, with a charset":      {[]string{"Sec-Fetch-Site", "same-origin", "Content-Type", "application/json; charset=utf-8"}, body, 200},
		"its own page in an old browser":    {[]string{"Origin", "https://spool.test", "Content-Type", asJSON}, body, 200},
		"no browser":                        {[]string{"Content-Type", asJSON}, body, 200},
		"another site":                      {[]string{"Sec-Fetch-Site", "cross-site", "Content-Type", asJSON}, body, 403},
		"another host of the same domain":   {[]string{"Sec-Fetch-Site", "same-site", "Content-Type", asJSON}, body, 403},
		"another site in an old browser":    {[]string{"Origin", "https://evil.test", "Content-Type", asJSON}, body, 403},
		"a sandbox":                         {[]string{"Origin", "null", "Content-Type", asJSON}, body, 403},
		"a form":                            {[]string{"Sec-Fetch-Site", "same-origin", "Content-Type", "application/x-www-form-urlencoded"}, body, 422},
		"a form of plain text":              {[]string{"Sec-Fetch-Site", "same-origin", "Content-Type", "text/plain"}, body, 422},
		"a body that does not say its type": {[]string{"Sec-Fetch-Site", "same-origin"}, body, 422},
		"another kind of JSON":              {[]string{"Sec-Fetch-Site", "same-origin", "Content-Type", "application/x+json"}, body, 422},
	} {
		t.Run(name, func(t *testing.T) {
			rec := s.browse("PUT", "/v1/app", tc.body, cookies, tc.headers...)
			if rec.Code != tc.want {
				t.Errorf("changing: got %d %s, want %d", rec.Code, rec.Body, tc.want)
			}
			in := s.browse("POST", "/v1/session", `{"key":"`+adminKey+`"}`, nil, tc.headers...)
			if in.Code != tc.want || len(in.Result().Cookies()) > 0 != (tc.want == 200) {
				t.Errorf("signing in: got %d %s, want %d", in.Code, in.Body, tc.want)
			}
		})
	}
	if rec := s.browse("GET", "/v1/status", "", cookies, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"); rec.Code != http.StatusOK {
		t.Errorf("reading, as a link leads to it: got %d", rec.Code)
	}
}

func TestAnswersAreGuarded(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/", "/v1/status", "/nothing"} {
		h := s.browse("GET", path, "", nil).Result().Header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: got %v", path, h)
		}
	}
}

// limited is a site with the limits of the deployed function.
func limited(t *testing.T) *site {
	w := newWorld(t)
	return &site{t: t, api: (&httpapi.API{
		Keys: w.store, Sessions: w.store, KeySum: access.Sum(adminKey), Limits: httpapi.DefaultLimits(),
		Now: storetest.Start, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}).Handler()}
}

func TestGuessingAtTheSignInIsSlowedDown(t *testing.T) {
	s := limited(t)
	for range 50 {
		rec := s.browse("POST", "/v1/session", `{"key":"guess"}`, nil, "Content-Type", asJSON)
		if rec.Code == http.StatusTooManyRequests && rec.Header().Get("Retry-After") != "" {
			s.signIn(adminKey) // who knows a key is let in all the same
			return
		}
		if rec.Code != http.StatusUnauthorized {
			t.Fatalf("got %d %s", rec.Code, rec.Body)
		}
	}
	t.Error("fifty guesses were answered")
}

// TestASignInThatIsNoneIsAGuess is about strangers who send what costs much: little is read of it, little answered, and each
// try is counted.
func TestASignInThatIsNoneIsAGuess(t *testing.T) {
	members := strings.Repeat(`"a":1,`, 100)
	for name, body := range map[string]string{
		"no JSON":         "{",
		"unknown members": `{` + members + `"key":"guess"}`,
		"a large body":    `{` + strings.Repeat(members, 100) + `"key":"guess"}`,
		"no body":         "",
	} {
		t.Run(name, func(t *testing.T) {
			s := limited(t)
			for n := 1; ; n++ {
				rec := s.browse("POST", "/v1/session", body, nil, "Content-Type", asJSON)
				if rec.Body.Len() > 8<<10 {
					t.Fatalf("it answered %d bytes", rec.Body.Len())
				}
				if rec.Code == http.StatusTooManyRequests {
					break
				}
				if rec.Code < 400 || rec.Code >= 500 || n > 50 {
					t.Fatalf("try %d: got %d %s", n, rec.Code, rec.Body)
				}
			}
			s.signIn(adminKey)
		})
	}
}

func TestOnlySpoolsOwnCookieIsAGuess(t *testing.T) {
	s := limited(t)
	other := []*http.Cookie{{Name: "analytics", Value: "x"}}
	for range 20 {
		if rec := s.browse("GET", "/v1/session", "", other); rec.Code != http.StatusUnauthorized {
			t.Fatalf("got %d %s", rec.Code, rec.Body)
		}
	}
	own := []*http.Cookie{{Name: "__Host-spool", Value: "admin.x"}}
	for range int(httpapi.DefaultLimits().FailureBurst) {
		s.browse("GET", "/v1/session", "", own)
	}
	if rec := s.browse("GET", "/v1/session", "", own); rec.Code != http.StatusTooManyRequests {
		t.Errorf("got %d %s", rec.Code, rec.Body)
	}
}

func TestAProblemListsTwentyFindings(t *testing.T) {
	s := newSite(t)
	ones := strings.TrimSuffix(strings.Repeat("1,", 100_000), ",")
	for _, path := range []string{"/v1/posts", "/v1/preview"} {
		for _, body := range []string{`{"tweets":[` + ones + `]}`, `{` + strings.Repeat(`"é":1,`, 1000) + strings.Repeat(`"a<":{},`, 30_000) + `"text":"x"}`} {
			rec := s.browse("POST", path, body, nil, "Authorization", "Bearer "+adminKey, "Content-Type", asJSON)
			var p struct {
				Errors []any  `json:"errors"`
				Todo   string `json:"todo"`
			}
			if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || rec.Code != 422 || len(p.Errors) > 20 || rec.Body.Len() > 10_000 {
				t.Errorf("%s: got %d with %d findings in %d bytes, %v: %.200s", path, rec.Code, len(p.Errors), rec.Body.Len(), err, rec.Body)
			}
		}
	}
}

// TestAPreviewIsBounded is about texts of the size that a request may have whose preview would not fit into an answer, or
// would take seconds.
func TestAPreviewIsBounded(t *testing.T) {
	s := newSite(t)
	for name, tc := range map[string]struct {
		text string
		want int
	}{
		"one word without an end": {strings.Repeat("a.b-", 74_750), 422},
		"mentions":                {strings.Repeat("@a ", 45_000), 200},
		"breaks":                  {strings.Repeat("a\n---\n", 40_000), 422},
	} {
		body, _ := json.Marshal(map[string]any{"text": tc.text, "numbering": map[string]string{"format": "1/n"}})
		rec := s.browse("POST", "/v1/preview", string(body), nil, "Authorization", "Bearer "+adminKey, "Content-Type", asJSON)
		if rec.Code != tc.want || rec.Body.Len() > 5<<20 {
			t.Errorf("%s: got %d in %d bytes: %.200s", name, rec.Code, rec.Body.Len(), rec.Body)
		}
	}
}
