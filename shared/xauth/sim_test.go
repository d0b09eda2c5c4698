package xauth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/vault"
	"spool/shared/xauth"
)

// allow has a simulated person allow what the authorize page asks, and gives the
// code of the redirect.
func allow(t *testing.T, page string) string {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(page + "&auto=allow")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	back, err := res.Location()
	if err != nil || back.Query().Get("state") != "state" || back.Query().Get("code") == "" {
		t.Fatalf("X redirects to %v, %v", back, err)
	}
	return back.Query().Get("code")
}

// The whole flow as both kinds of client, on an X that spends what is sent with
// wrong authentication.
func TestSimulatedFlow(t *testing.T) {
	scopes := []string{"tweet.read", "tweet.write", "users.read", "offline.access"}
	for name, app := range map[string]vault.App{
		"confidential": {ClientID: xsim.DefaultClientID, ClientSecret: xsim.DefaultClientSecret},
		"public":       {ClientID: xsim.DefaultClientID},
	} {
		t.Run(name, func(t *testing.T) {
			sim := xsim.New(xsim.Config{Seed: 1})
			sim.Configure(func(s *xsim.Settings) { s.Public, s.ProbeSpends = app.ClientSecret == "", true })
			srv := httptest.NewServer(sim.Handler())
			defer srv.Close()
			a := xauth.New(srv.URL)
			const back = "http://127.0.0.1:1/oauth/x/callback"

			code := allow(t, a.AuthorizeURL(app, back, "state", verifier, scopes))
			first, err := a.Exchange(t.Context(), app, code, verifier, back)
			if err != nil || first.Refresh == "" || !slices.Equal(first.Scopes, scopes) {
				t.Fatalf("Exchange = %+v, %v", first, err)
			}
			if _, err := a.Exchange(t.Context(), app, code, verifier, back); fault.Judge(err).Reason.Code != "code_stale" {
				t.Errorf("the code works twice: %v", err)
			}
			second, err := a.Refresh(t.Context(), app, first.Refresh)
			if err != nil || second.Refresh == "" || second.Refresh == first.Refresh || second.Access == first.Access {
				t.Fatalf("Refresh = %+v, %v", second, err)
			}
			if err := a.Revoke(t.Context(), app, second.Refresh); err != nil {
				t.Errorf("Revoke = %v", err)
			}
			if _, err := a.Refresh(t.Context(), app, second.Refresh); fault.Judge(err).Reason.Code != "token_refused" {
				t.Errorf("a revoked token works: %v", err)
			}
		})
	}
}

func TestSimulatedRefusals(t *testing.T) {
	app := vault.App{ClientID: xsim.DefaultClientID, ClientSecret: xsim.DefaultClientSecret}
	sim := xsim.New(xsim.Config{Seed: 1})
	srv := httptest.NewServer(sim.Handler())
	defer srv.Close()
	a := xauth.New(srv.URL)
	const back = "http://127.0.0.1:1/oauth/x/callback"
	exchange := func(app vault.App, verifier, redirect string) error {
		code := allow(t, a.AuthorizeURL(app, back, "state", "verifier", []string{"tweet.read"}))
		_, err := a.Exchange(t.Context(), app, code, verifier, redirect)
		return err
	}
	pair, err := sim.Connect("ada")
	if err != nil {
		t.Fatal(err)
	}
	wrong := vault.App{ClientID: xsim.DefaultClientID, ClientSecret: "wrong"}
	_, wrongSecret := a.Refresh(t.Context(), wrong, pair.RefreshToken)
	for name, tt := range map[string]struct {
		err  error
		code fault.ReasonCode
	}{
		"another verifier": {exchange(app, "another", back), "code_stale"},
		"another redirect": {exchange(app, "verifier", back+"/"), "redirect_mismatch"},
		"a wrong secret":   {wrongSecret, "app_credentials_refused"},
		"no secret":        {exchange(vault.App{ClientID: app.ClientID}, "verifier", back), "app_credentials_refused"},
	} {
		if v := fault.Judge(tt.err); tt.err == nil || v.Reason.Code != tt.code {
			t.Errorf("%s: %v: %+v", name, tt.err, v)
		}
	}
	if u, err := url.Parse(a.AuthorizeURL(app, back, "state", verifier, nil)); err != nil || u.Host != srv.Listener.Addr().String() {
		t.Errorf("the authorize page is at %v, %v", u, err)
	}
}
