package vault_test

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/sim"
	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/vault"
)

// flowOf begins a connection in a browser and has the owner allow it on X.
func flowOf(t *testing.T, w *sim.World, username string) (q url.Values, browser string) {
	t.Helper()
	c := w.Connector()
	ticket, _, err := c.Invite(t.Context(), "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	authorize, browser, err := c.Start(t.Context(), ticket, sim.Redirect)
	if err != nil {
		t.Fatal(err)
	}
	if q, err = w.Allow(authorize, username); err != nil {
		t.Fatal(err)
	}
	return q, browser
}

func returned(q url.Values) vault.Return {
	return vault.Return{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error")}
}

// mustRefuse fails the test unless err is a refusal that says why and what to do.
func mustRefuse(t *testing.T, err error, code fault.Code, words string) {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != code || !strings.Contains(f.Message+" "+f.Fix, words) || f.Fix == "" {
		t.Fatalf("got %+v, want a fault of code %s with %q and a way on", err, code, words)
	}
}

func TestANewAccountIsConnectedWithoutANotice(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		a := stored(t, w)
		if a.Username != "ada" || a.Zone != "Europe/Berlin" || a.Limit != 280 || a.Version != 1 || len(a.Notices) != 0 || len(a.Lacks()) != 0 {
			t.Errorf("the record is %+v", a)
		}
		works(t, w)
	})
}

func TestAnotherAccountIsAdded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		if _, err := w.Connect(t.Context(), "grace"); err != nil {
			t.Fatal(err)
		}
		state, err := w.Connector().State(t.Context())
		if err != nil || len(state.Accounts) != 2 || state.ClientID != xsim.DefaultClientID {
			t.Fatalf("got %+v, %v", state, err)
		}
		works(t, w)
	})
}

func TestReconnectingKeepsTheAccountAndEndsTheOldPair(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		zone := "Europe/Berlin"
		if _, err := w.Connector().Configure(t.Context(), ada, vault.Settings{Zone: &zone}); err != nil {
			t.Fatal(err)
		}
		old, err := w.Vault().Open(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.Connect(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		if a.Zone != zone || a.Version != 2 || len(a.Notices) != 0 {
			t.Errorf("the record is %+v", a)
		}
		if _, err := w.Client().Me(t.Context(), old.Token); err == nil {
			t.Error("X still takes the old pair's token")
		}
		works(t, w)
	})
}

func TestAnAccountThatComesBackIsNoted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		if err := w.X.Disconnect("ada"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(expired)
		w.Vault().Open(t.Context(), ada)
		mustBe(t, w, vault.NeedsConnect)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		a := stored(t, w)
		if len(a.Notices) != 2 || a.Notices[1].Kind != "connected" || a.Reason != nil {
			t.Errorf("the record is %+v", a)
		}
		works(t, w)
	})
}

func TestARefreshUnderWayDoesNotUndoAReconnection(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(expired)
		script(t, w, tokenFault(xsim.Fault{Delay: 5 * time.Second}))
		var wg sync.WaitGroup
		wg.Go(func() { w.Vault().Open(t.Context(), ada) })
		time.Sleep(time.Second)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if a := stored(t, w); a.Version != 2 || a.Health != vault.Connected {
			t.Errorf("the record is %+v", a)
		}
		works(t, w)
	})
}

func TestScopesThatWereNotGranted(t *testing.T) {
	for _, c := range []struct{ outcome, granted, missing string }{
		{"of publishing refuse the connection", "tweet.read users.read media.write offline.access", "tweet.write"},
		{"of staying refuse the connection", "tweet.read tweet.write users.read media.write", "offline.access"},
		{"of reading refuse the connection", "tweet.write media.write offline.access", "tweet.read, users.read"},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := sim.NewWorld(1)
				w.X.Configure(func(s *xsim.Settings) { s.GrantScopes = strings.Fields(c.granted) })
				_, err := w.Connect(t.Context(), "ada")
				mustRefuse(t, err, fault.BadFlow, c.missing)
				if _, err := w.Store.Snapshot(t.Context(), ada); !fault.Is(err, fault.NotFound) {
					t.Errorf("something was stored (%v)", err)
				}
				revoked := 0
				for _, e := range w.X.Journal() {
					if e.Path == "/2/oauth2/revoke" {
						revoked++
					}
				}
				if revoked == 0 {
					t.Error("the pair that is not kept was not revoked")
				}
			})
		})
	}
	t.Run("of media leave a limited account", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := sim.NewWorld(1)
			w.X.Configure(func(s *xsim.Settings) {
				s.GrantScopes = strings.Fields("tweet.read tweet.write users.read offline.access")
			})
			a, err := w.Connect(t.Context(), "ada")
			if err != nil || !slices.Equal(a.Lacks(), []string{"media.write"}) {
				t.Fatalf("got %v lacking %v", err, a.Lacks())
			}
			works(t, w)
		})
	})
}

func TestAPublicClientConnectsAndRefreshesWithoutASecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := sim.NewWorld(1)
		w.X.Configure(func(s *xsim.Settings) { s.Public = true })
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(expired)
		works(t, w)
		refreshes(t, w, 1)
	})
}

// TestAZoneThatSpoolDoesNotKnow does not keep anybody from connecting.
func TestAZoneThatSpoolDoesNotKnow(t *testing.T) {
	for _, zone := range []string{"Etc/Unknown", "Local", ""} {
		inWorld(t, func(t *testing.T, w *sim.World) {
			authorize, _, err := w.Connector().StartHeadless(t.Context(), "key", sim.Redirect, zone)
			if err != nil {
				t.Fatal(err)
			}
			q, err := w.Allow(authorize, "grace")
			if err != nil {
				t.Fatal(err)
			}
			if a, err := w.Connector().Complete(t.Context(), "key", q.Encode()); err != nil || a.Zone != "UTC" {
				t.Errorf("%q: the account's zone is %q, %v", zone, a.Zone, err)
			}
		})
	}
}

func TestTheHeadlessWay(t *testing.T) {
	const caller = "key-1"
	begin := func(t *testing.T, w *sim.World) url.Values {
		authorize, _, err := w.Connector().StartHeadless(t.Context(), caller, sim.Redirect, "Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		q, err := w.Allow(authorize, "grace")
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	for outcome, form := range map[string]func(url.Values) string{
		"takes the whole address":            func(q url.Values) string { return sim.Redirect + "?" + q.Encode() },
		"takes the query":                    func(q url.Values) string { return q.Encode() },
		"takes what people paste":            func(q url.Values) string { return "  ?" + q.Encode() + "#\n" },
		"takes it in quotes":                 func(q url.Values) string { return `"` + sim.Redirect + "?" + q.Encode() + `"` },
		"takes it in other ones":             func(q url.Values) string { return "“'" + sim.Redirect + "?" + q.Encode() + "'”" },
		"takes it in brackets":               func(q url.Values) string { return "<" + sim.Redirect + "?" + q.Encode() + "> " },
		"takes it out of HTML":               func(q url.Values) string { return sim.Redirect + "?" + strings.ReplaceAll(q.Encode(), "&", "&amp;") },
		"takes it without scheme":            func(q url.Values) string { return strings.TrimPrefix(sim.Redirect, "https://") + "?" + q.Encode() },
		"takes it as another number of HTML": func(q url.Values) string { return sim.Redirect + "?" + strings.ReplaceAll(q.Encode(), "&", "&#38;") },
		"takes it at a sentence's end":       func(q url.Values) string { return "(" + sim.Redirect + "?" + q.Encode() + ")." },
		"takes it as a terminal marks it":    func(q url.Values) string { return "\x1b[200~" + sim.Redirect + "?" + q.Encode() + "\x1b[201~" },
		"takes it with what is not seen":     func(q url.Values) string { return "\u200b" + sim.Redirect + "?" + q.Encode() + "\u00a0\u200b" },
		"takes it with a large scheme": func(q url.Values) string {
			return "HTTPS" + strings.TrimPrefix(sim.Redirect, "https") + "?" + q.Encode()
		},
		"takes it off a terminal": func(q url.Values) string { return sim.Redirect + "?" + q.Encode()[:20] + "\r\n  " + q.Encode()[20:] },
	} {
		t.Run(outcome, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *sim.World) {
				q := begin(t, w)
				a, err := w.Connector().Complete(t.Context(), caller, form(q))
				if err != nil || a.Username != "grace" {
					t.Fatalf("got %+v, %v", a, err)
				}
				_, err = w.Connector().Complete(t.Context(), caller, form(q))
				mustRefuse(t, err, fault.BadFlow, "used already")
			})
		})
	}
	for _, c := range []struct {
		outcome, caller string
		form            func(url.Values) string
		code            fault.Code
		words           string
	}{
		{"refuses another caller", "key-2", url.Values.Encode, fault.BadFlow, "not made by Spool"},
		{"refuses a foreign state", caller, func(q url.Values) string { q.Set("state", "x"); return q.Encode() }, fault.BadFlow, "not made by Spool"},
		{"refuses a query without state", caller, func(q url.Values) string { q.Del("state"); return q.Encode() }, fault.Invalid, "no state"},
		{"refuses an address without query", caller, func(url.Values) string { return sim.Redirect }, fault.Invalid, "nothing stands behind the address"},
		{"refuses a query without code", caller, func(q url.Values) string { q.Del("code"); return q.Encode() }, fault.Invalid, "no code"},
		{"refuses X's own page", caller, func(q url.Values) string {
			return "https://x.com/i/oauth2/authorize?redirect_uri=" + url.QueryEscape(sim.Redirect) + "&state=" + q.Get("state")
		}, fault.Invalid, "X's own page"},
		{"refuses the link of another way", caller, func(url.Values) string { return "https://spool.test/oauth/x/start?ticket=x" }, fault.Invalid, "begins with"},
		{"refuses another address without scheme", caller, func(q url.Values) string { return "evil.test/oauth/x/callback?" + q.Encode() }, fault.BadFlow, sim.Redirect},
		{"refuses two codes", caller, func(q url.Values) string { q.Add("code", "x"); return q.Encode() }, fault.Invalid, "more than one code"},
		{"refuses another address", caller, func(q url.Values) string { return "https://evil.test/oauth/x/callback?" + q.Encode() }, fault.BadFlow, sim.Redirect},
		{"refuses what is no query", caller, func(url.Values) string { return "%zz=;" }, fault.Invalid, "cannot be read"},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *sim.World) {
				q := begin(t, w)
				good := q.Encode()
				_, err := w.Connector().Complete(t.Context(), c.caller, c.form(q))
				mustRefuse(t, err, c.code, c.words)
				if _, err := w.Store.Snapshot(t.Context(), "1906120900"); !fault.Is(err, fault.NotFound) {
					t.Errorf("something was stored (%v)", err)
				}
				if _, err := w.Connector().Complete(t.Context(), caller, good); err != nil {
					t.Errorf("the right address does not work after it: %v", err)
				}
			})
		})
	}
	t.Run("is not a way around the browser's cookie", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *sim.World) {
			q := begin(t, w)
			_, err := w.Connector().Finish(t.Context(), returned(q), "")
			mustRefuse(t, err, fault.BadFlow, "paste it where")
			if _, err := w.Connector().Complete(t.Context(), caller, q.Encode()); err != nil {
				t.Errorf("the flow was spent by a browser that came by: %v", err)
			}
			q, _ = flowOf(t, w, "grace")
			_, err = w.Connector().Complete(t.Context(), "", q.Encode())
			mustRefuse(t, err, fault.BadFlow, "not made by Spool")
		})
	})
}

func TestAConnectionThatXHindersStoresNothing(t *testing.T) {
	for _, c := range []struct {
		outcome string
		fault   xsim.Fault
		wait    time.Duration
		words   string
	}{
		{"when the code is stale", xsim.Fault{}, 31 * time.Second, "30 seconds"},
		{"when the exchange's answer is lost", xsim.Fault{Path: "/2/oauth2/token", Drop: xsim.DropAfter}, 0, "did not answer clearly"},
		{"when X does not say who connected", xsim.Fault{Path: "/2/users/me", Status: 503}, 0, "did not say who connected"},
		{"when the app is not enrolled", xsim.Fault{Path: "/2/users/me", Status: 403,
			Body: `{"title":"Client Forbidden","reason":"client-not-enrolled","detail":"…","type":"https://api.twitter.com/2/problems/client-forbidden"}`}, 0, "project"},
	} {
		t.Run(c.outcome, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *sim.World) {
				q, browser := flowOf(t, w, "grace")
				time.Sleep(c.wait)
				if c.fault.Path != "" {
					script(t, w, c.fault)
				}
				_, err := w.Connector().Finish(t.Context(), returned(q), browser)
				mustRefuse(t, err, fault.BadFlow, c.words)
				if _, err := w.Store.Snapshot(t.Context(), "1906120900"); !fault.Is(err, fault.NotFound) {
					t.Errorf("something was stored (%v)", err)
				}
			})
		})
	}
}

func TestAnAccountIsStoredThoughTheStoreFalters(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		q, browser := flowOf(t, w, "ada")
		c, n := w.Connector(), 0
		hook := sim.Hook(func(op string, after bool) error {
			if n++; op == "save" && after && n < 20 {
				return errors.New("the answer of the store was lost")
			}
			return nil
		})
		hook.Into(c.Vault)
		a, err := c.Finish(t.Context(), returned(q), browser)
		if err != nil || a.Version != 2 {
			t.Fatalf("got version %d, %v", a.Version, err)
		}
		works(t, w)
	})
}

func TestDisconnecting(t *testing.T) {
	mustEnd := func(t *testing.T, w *sim.World) {
		t.Helper()
		a := stored(t, w)
		if a.Health != vault.Disconnected || a.Sealed != nil || !a.RefreshAt.IsZero() || a.Reason != nil || a.Username != "ada" {
			t.Fatalf("the record is %+v, want its history without the pair", a)
		}
	}
	session := func(t *testing.T, w *sim.World) string {
		s, err := w.Vault().Open(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		return s.Token
	}
	t.Run("revokes, destroys the pair and holds the posts", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *sim.World) {
			token := session(t, w)
			if _, err := w.Connector().Disconnect(t.Context(), ada); err != nil {
				t.Fatal(err)
			}
			mustEnd(t, w)
			if _, err := w.Client().Me(t.Context(), token); err == nil {
				t.Error("X still takes the token")
			}
			_, err := w.Vault().Open(t.Context(), ada)
			if v := verdictOf(t, err); v.Reason.Code != "disconnected" || v.Reason.Todo == "" || !v.Until.After(time.Now()) {
				t.Errorf("a post's verdict is %+v", v)
			}
			if _, err := w.Connector().Disconnect(t.Context(), ada); err != nil {
				t.Errorf("disconnecting twice: %v", err)
			}
			rounds(t, w, 3*time.Hour)
			refreshes(t, w, 0)
		})
	})
	t.Run("tells X later when it cannot now", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *sim.World) {
			token := session(t, w)
			script(t, w, xsim.Fault{Path: "/2/oauth2/revoke", Status: 503, Count: 3})
			a, err := w.Connector().Disconnect(t.Context(), ada)
			if err != nil || a.Health != vault.Disconnected || a.Reason == nil || a.Reason.Code != "revoke_pending" {
				t.Fatalf("got %+v, %v", a, err)
			}
			if _, err := w.Vault().Open(t.Context(), ada); err == nil {
				t.Error("the account still opens")
			}
			rounds(t, w, time.Hour)
			mustEnd(t, w)
			if _, err := w.Client().Me(t.Context(), token); err == nil {
				t.Error("X still takes the token")
			}
		})
	})
	t.Run("is finished by the schedule when its worker died", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *sim.World) {
			ctx, cancel := context.WithCancel(t.Context())
			hook := sim.Hook(func(op string, _ bool) error {
				if op == "revoke" || ctx.Err() != nil {
					cancel()
					return errors.New("killed")
				}
				return nil
			})
			hook.Into(w.Vault()).Disconnect(ctx, ada)
			if a := stored(t, w); a.Health != vault.Disconnected || len(a.Sealed) == 0 {
				t.Fatalf("the record is %+v", a)
			}
			rounds(t, w, time.Hour)
			mustEnd(t, w)
		})
	})
	t.Run("waits for a refresh that is under way", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *sim.World) {
			time.Sleep(expired)
			script(t, w, tokenFault(xsim.Fault{Delay: 5 * time.Second}))
			token := make(chan string)
			go func() { token <- session(t, w) }()
			time.Sleep(time.Second)
			if _, err := w.Connector().Disconnect(t.Context(), ada); err != nil {
				t.Fatal(err)
			}
			mustEnd(t, w)
			if _, err := w.Client().Me(t.Context(), <-token); err == nil {
				t.Error("X still takes the token of the refresh")
			}
		})
	})
	t.Run("gives up after a while when the refresh does not end", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *sim.World) {
			time.Sleep(expired)
			script(t, w, tokenFault(xsim.Fault{Delay: 14 * time.Second}))
			done := make(chan string)
			go func() { done <- session(t, w) }()
			time.Sleep(time.Second)
			_, err := w.Connector().Disconnect(t.Context(), ada)
			mustRefuse(t, err, fault.Unavailable, "Try again in a moment")
			<-done
			mustBe(t, w, vault.Connected)
		})
	})
	t.Run("is not undone by a worker that stalled in a refresh", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *sim.World) {
			time.Sleep(expired)
			hook := sim.Hook(func(op string, after bool) error {
				if op == "refresh" && after {
					time.Sleep(time.Minute)
				}
				return nil
			})
			done := make(chan error)
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				_, err := hook.Into(w.Vault()).Open(ctx, ada)
				done <- err
			}()
			time.Sleep(50 * time.Second)
			if _, err := w.Connector().Disconnect(t.Context(), ada); err != nil {
				t.Fatal(err)
			}
			if v := verdictOf(t, <-done); v.Reason.Code != "disconnected" {
				t.Errorf("the stalled worker's verdict is %+v", v)
			}
			mustEnd(t, w)
		})
	})
	t.Run("ends with a new connection, which posts go on with", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *sim.World) {
			if _, err := w.Connector().Disconnect(t.Context(), ada); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Connect(t.Context(), "ada"); err != nil {
				t.Fatal(err)
			}
			mustBe(t, w, vault.Connected)
			works(t, w)
		})
	})
	t.Run("of an unknown account is refused", func(t *testing.T) {
		inWorld(t, func(t *testing.T, w *sim.World) {
			if _, err := w.Connector().Disconnect(t.Context(), "404"); !fault.Is(err, fault.NotFound) {
				t.Errorf("got %v, want not_found", err)
			}
		})
	})
}

func TestSettingsOfAnAccount(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		for _, bad := range []vault.Settings{{Zone: new("Mars/Olympus")}, {Zone: new("")}, {Zone: new("Local")}, {Limit: new(279)}, {Limit: new(25_001)}} {
			_, err := w.Connector().Configure(t.Context(), ada, bad)
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: got %v, want invalid_request", bad, err)
			}
		}
		a, err := w.Connector().Configure(t.Context(), ada, vault.Settings{Zone: new("Asia/Tokyo"), Limit: new(25_000)})
		if err != nil || a.Zone != "Asia/Tokyo" || a.Limit != 25_000 {
			t.Fatalf("got %+v, %v", a, err)
		}
		if a, err = w.Connector().Configure(t.Context(), ada, vault.Settings{Limit: new(280)}); err != nil || a.Zone != "Asia/Tokyo" || a.Limit != 280 {
			t.Fatalf("got %+v, %v", a, err)
		}
		works(t, w)
	})
}

func TestTheAppsCredentials(t *testing.T) {
	inWorld(t, func(t *testing.T, w *sim.World) {
		for field, bad := range map[string]vault.App{
			"client_id":     {ClientID: "with space"},
			"client_secret": {ClientID: "id", ClientSecret: "with\nnewline"},
		} {
			err := w.Connector().PutApp(t.Context(), bad)
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != fault.Invalid || f.Field != field || f.Fix == "" {
				t.Errorf("%s: got %+v", field, err)
			}
		}
		// Wrong credentials hold everything; the right ones let it go on.
		if err := w.Connector().PutApp(t.Context(), vault.App{ClientID: xsim.DefaultClientID, ClientSecret: "wrong"}); err != nil {
			t.Fatal(err)
		}
		w.X.Configure(func(s *xsim.Settings) { s.ProbeSpends = false })
		time.Sleep(expired)
		_, err := w.Vault().Open(t.Context(), ada)
		if v := verdictOf(t, err); v.Scope != fault.ScopeApp || v.Reason.Code != "app_credentials_refused" {
			t.Errorf("the verdict is %+v", v)
		}
		mustBe(t, w, vault.Connected)
		if err := w.SetUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Minute)
		works(t, w)
	})
}

func TestNothingBeginsBeforeTheAppIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := sim.NewWorld(1)
		_, _, err := w.Connector().Invite(t.Context(), "Europe/Berlin")
		mustRefuse(t, err, fault.NotSetUp, "PUT /v1/app")
		_, _, err = w.Connector().StartHeadless(t.Context(), "key", sim.Redirect, "Europe/Berlin")
		mustRefuse(t, err, fault.NotSetUp, "PUT /v1/app")
	})
}
