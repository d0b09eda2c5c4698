package connect_test

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
	"spool/infra/sim/simtest"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/event"
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

func returned(q url.Values) connect.Return {
	return connect.Return{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error")}
}

func TestANewAccountIsConnectedWithoutANotice(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		a := simtest.Stored(t, w)
		if a.Username != "ada" || a.Zone != "Europe/Berlin" || a.Limit != 280 || a.Version != 1 || len(a.Events) != 0 || len(a.MissingScopes()) != 0 {
			t.Errorf("the record is %+v", a)
		}
		simtest.Works(t, w)
	})
}

func TestAnotherAccountIsAdded(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		if _, err := w.Connect(t.Context(), "grace"); err != nil {
			t.Fatal(err)
		}
		state, err := w.Connector().State(t.Context())
		if err != nil || len(state.Accounts) != 2 || state.ClientID != xsim.DefaultClientID {
			t.Fatalf("got %+v, %v", state, err)
		}
		simtest.Works(t, w)
	})
}

func TestReconnectingKeepsTheAccountAndEndsTheOldPair(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		zone := "Europe/Berlin"
		if _, err := w.Connector().Accounts.Configure(t.Context(), simtest.Ada, account.Settings{Zone: &zone}); err != nil {
			t.Fatal(err)
		}
		old, err := w.Vault().Open(t.Context(), simtest.Ada)
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.Connect(t.Context(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		if a.Zone != zone || a.Version != 2 || len(a.Events) != 0 {
			t.Errorf("the record is %+v", a)
		}
		if _, err := w.Client().Me(t.Context(), old.Token); err == nil {
			t.Error("X still takes the old pair's token")
		}
		simtest.Works(t, w)
	})
}

func TestAnAccountThatComesBackIsNoted(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		if err := w.X.Disconnect("ada"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(simtest.Expired)
		w.Vault().Open(t.Context(), simtest.Ada)
		simtest.MustBe(t, w, account.NeedsConnect)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		a := simtest.Stored(t, w)
		if len(a.Events) != 2 || a.Events[1].Kind != event.AccountConnected || a.Reason != nil {
			t.Errorf("the record is %+v", a)
		}
		simtest.Works(t, w)
	})
}

func TestARefreshUnderWayDoesNotUndoAReconnection(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		time.Sleep(simtest.Expired)
		simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Delay: 5 * time.Second}))
		var wg sync.WaitGroup
		wg.Go(func() { w.Vault().Open(t.Context(), simtest.Ada) })
		time.Sleep(time.Second)
		if _, err := w.Connect(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if a := simtest.Stored(t, w); a.Version != 2 || a.Health != account.Connected {
			t.Errorf("the record is %+v", a)
		}
		simtest.Works(t, w)
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
				simtest.MustRefuse(t, err, fault.BadFlow, c.missing)
				if _, err := w.Store.Snapshot(t.Context(), simtest.Ada); !fault.Is(err, fault.NotFound) {
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
			if err != nil || !slices.Equal(a.MissingScopes(), []string{"media.write"}) {
				t.Fatalf("got %v lacking %v", err, a.MissingScopes())
			}
			simtest.Works(t, w)
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
		time.Sleep(simtest.Expired)
		simtest.Works(t, w)
		simtest.Refreshes(t, w, 1)
	})
}

// TestAZoneThatSpoolDoesNotKnow does not keep anybody from connecting.
func TestAZoneThatSpoolDoesNotKnow(t *testing.T) {
	for _, zone := range []string{"Etc/Unknown", "Local", ""} {
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
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
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				q := begin(t, w)
				a, err := w.Connector().Complete(t.Context(), caller, form(q))
				if err != nil || a.Username != "grace" {
					t.Fatalf("got %+v, %v", a, err)
				}
				_, err = w.Connector().Complete(t.Context(), caller, form(q))
				simtest.MustRefuse(t, err, fault.BadFlow, "used already")
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
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				q := begin(t, w)
				good := q.Encode()
				_, err := w.Connector().Complete(t.Context(), c.caller, c.form(q))
				simtest.MustRefuse(t, err, c.code, c.words)
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
		simtest.InWorld(t, func(t *testing.T, w *sim.World) {
			q := begin(t, w)
			_, err := w.Connector().Finish(t.Context(), returned(q), "")
			simtest.MustRefuse(t, err, fault.BadFlow, "paste it where")
			if _, err := w.Connector().Complete(t.Context(), caller, q.Encode()); err != nil {
				t.Errorf("the flow was spent by a browser that came by: %v", err)
			}
			q, _ = flowOf(t, w, "grace")
			_, err = w.Connector().Complete(t.Context(), "", q.Encode())
			simtest.MustRefuse(t, err, fault.BadFlow, "not made by Spool")
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
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				q, browser := flowOf(t, w, "grace")
				time.Sleep(c.wait)
				if c.fault.Path != "" {
					simtest.Script(t, w, c.fault)
				}
				_, err := w.Connector().Finish(t.Context(), returned(q), browser)
				simtest.MustRefuse(t, err, fault.BadFlow, c.words)
				if _, err := w.Store.Snapshot(t.Context(), "1906120900"); !fault.Is(err, fault.NotFound) {
					t.Errorf("something was stored (%v)", err)
				}
			})
		})
	}
}

func TestAnAccountIsStoredThoughTheStoreFalters(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
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
		simtest.Works(t, w)
	})
}

func TestTheAppsCredentials(t *testing.T) {
	simtest.InWorld(t, func(t *testing.T, w *sim.World) {
		long := strings.Repeat("~", 501)
		for _, c := range []struct {
			field string
			app   vault.App
		}{
			{"client_id", vault.App{}},
			{"client_id", vault.App{ClientID: "with space"}},
			{"client_id", vault.App{ClientID: "deleted\x7f"}},
			{"client_id", vault.App{ClientID: long[:201]}},
			{"client_secret", vault.App{ClientID: "id", ClientSecret: "with\nnewline"}},
			{"client_secret", vault.App{ClientID: "id", ClientSecret: long}},
			{"", vault.App{ClientID: long[:200], ClientSecret: long[:500]}},
			{"", vault.App{ClientID: "!"}},
		} {
			err := w.Connector().PutApp(t.Context(), c.app)
			if field := c.field; field == "" && err != nil {
				t.Errorf("%+v: got %v", c.app, err)
			} else if f, ok := errors.AsType[*fault.Error](err); field != "" && (!ok || f.Code != fault.Invalid || f.Field != field || f.Fix == "") {
				t.Errorf("%+v: got %+v", c.app, err)
			}
		}
		sealed := sim.Hook(func(op string, _ bool) error {
			if op == "seal" {
				return errDown
			}
			return nil
		})
		c := w.Connector()
		sealed.Into(c.Vault)
		if err := c.PutApp(t.Context(), vault.App{ClientID: "id"}); !errors.Is(err, errDown) {
			t.Errorf("credentials that cannot be sealed: got %v", err)
		}
		c = w.Connector()
		c.Apps = fullTable{c.Apps}
		if err := c.PutApp(t.Context(), vault.App{ClientID: "id"}); !errors.Is(err, errDown) {
			t.Errorf("credentials that cannot be stored: got %v", err)
		}
		// Wrong credentials hold everything; the right ones let it go on.
		if err := w.Connector().PutApp(t.Context(), vault.App{ClientID: xsim.DefaultClientID, ClientSecret: "wrong"}); err != nil {
			t.Fatal(err)
		}
		w.X.Configure(func(s *xsim.Settings) { s.ProbeSpends = false })
		time.Sleep(simtest.Expired)
		_, err := w.Vault().Open(t.Context(), simtest.Ada)
		if v := simtest.VerdictOf(t, err); v.Scope != fault.ScopeApp || v.Reason.Code != "app_credentials_refused" {
			t.Errorf("the verdict is %+v", v)
		}
		simtest.MustBe(t, w, account.Connected)
		if err := w.SetUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		simtest.Works(t, w) // at once
	})
}

// fullTable is one that takes no credentials.
type fullTable struct{ connect.Apps }

func (fullTable) SaveApp(context.Context, account.SealedApp) error { return errDown }

// lostTable is one that cannot be read.
type lostTable struct{ connect.Apps }

func (lostTable) App(context.Context) (account.SealedApp, error) { return account.SealedApp{}, errDown }

// TestWhetherXTakesTheApp is asked with what never was a token, and nothing but X's word on
// the app counts.
func TestWhetherXTakesTheApp(t *testing.T) {
	const granted = `{"token_type":"bearer","expires_in":7200,"access_token":"a","refresh_token":"r"}`
	for name, tc := range map[string]struct {
		before func(*testing.T, *sim.World, *connect.Connector)
		want   string // the reason, or the error
		asked  int
	}{
		"X knows it": {func(*testing.T, *sim.World, *connect.Connector) {}, "", 1},
		"X takes what is no token": {func(t *testing.T, w *sim.World, _ *connect.Connector) {
			simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Status: 200, Body: granted}))
		}, "", 1},
		"X does not know it": {func(t *testing.T, w *sim.World, c *connect.Connector) {
			if err := c.PutApp(t.Context(), vault.App{ClientID: xsim.DefaultClientID, ClientSecret: "wrong"}); err != nil {
				t.Fatal(err)
			}
		}, "app_credentials_refused", 1},
		"X gives no clear answer": {func(t *testing.T, w *sim.World, _ *connect.Connector) {
			simtest.Script(t, w, simtest.TokenFault(xsim.Fault{Status: 503}))
		}, "refresh_unclear", 1},
		"there are no credentials": {func(_ *testing.T, _ *sim.World, c *connect.Connector) {
			c.Apps = sim.NewWorld(2).Store
		}, "", 0},
		"they cannot be read": {func(_ *testing.T, _ *sim.World, c *connect.Connector) { c.Apps = lostTable{c.Apps} }, "out of order", 0},
		"they do not open": {func(_ *testing.T, _ *sim.World, c *connect.Connector) {
			sim.Hook(func(op string, _ bool) error {
				if op == "open" {
					return errDown
				}
				return nil
			}).Into(c.Vault)
		}, "out of order", 0},
	} {
		t.Run(name, func(t *testing.T) {
			simtest.InWorld(t, func(t *testing.T, w *sim.World) {
				c := w.Connector()
				tc.before(t, w, c)
				err := c.TryApp(t.Context())
				switch {
				case tc.want == "" && err != nil:
					t.Errorf("X is said not to take it: %v", err)
				case tc.want != "" && (err == nil || string(fault.Judge(err).Reason.Code) != tc.want && !strings.Contains(err.Error(), tc.want)):
					t.Errorf("got %v (%s), want %s", err, fault.Judge(err).Reason.Code, tc.want)
				}
				simtest.Refreshes(t, w, tc.asked)
			})
		})
	}
}

func TestNothingBeginsBeforeTheAppIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := sim.NewWorld(1)
		_, _, err := w.Connector().Invite(t.Context(), "Europe/Berlin")
		simtest.MustRefuse(t, err, fault.NotSetUp, "client id")
		_, _, err = w.Connector().StartHeadless(t.Context(), "key", sim.Redirect, "Europe/Berlin")
		simtest.MustRefuse(t, err, fault.NotSetUp, "client id")
	})
}
