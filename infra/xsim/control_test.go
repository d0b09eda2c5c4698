package xsim

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestTheJournalKeepsNoSecret goes through a whole connection and a post, then
// looks for every secret in what the journal says.
func TestTheJournalKeepsNoSecret(t *testing.T) {
	w := newWorld(t)
	code := w.code("grace")
	first := w.form("/2/oauth2/token", exchangeForm(code))
	refresh, access := first.object["refresh_token"].(string), first.object["access_token"].(string)
	second := w.formAs("/2/oauth2/token", refreshForm(refresh), DefaultClientID, DefaultClientSecret)
	w.form("/2/oauth2/revoke", url.Values{"token": {refresh}, "client_secret": {"a secret in the body"}})
	w.send("POST", "/2/oauth2/token", "", "application/json", `{"refresh_token":"`+refresh+`"}`)
	w.send("GET", "/2/users/me", access, "", "")

	journal := w.send("GET", "/__sim/journal", "", "", "")
	for name, secret := range map[string]string{
		"code": code, "verifier": verifier, "client secret": DefaultClientSecret, "state": "some-state",
		"secret in a body": "a secret in the body", "access token": access, "refresh token": refresh,
		"second access token": second.object["access_token"].(string),
	} {
		if strings.Contains(journal.body, secret) {
			t.Errorf("the %s is in the journal", name)
		}
	}
	entries := w.Journal()
	exchange := entries[1]
	form := exchange.Body.(map[string]string)
	if form["code"] != Fingerprint(code) || form["code_verifier"] != Fingerprint(verifier) || form["grant_type"] != "authorization_code" {
		t.Errorf("the exchange is journaled as %v", form)
	}
	if exchange.Account != "grace" || exchange.Status != 200 || !exchange.Time.Equal(start) {
		t.Errorf("the exchange is journaled as %+v", exchange)
	}
	if last := entries[len(entries)-1]; last.Credential != Fingerprint(access) || last.Path != "/2/users/me" {
		t.Errorf("users/me is journaled as %+v", last)
	}
}

func TestTheJournalTellsWhatBecameOfAPost(t *testing.T) {
	w := newWorld(t)
	id := w.posted("hello", "")
	w.post("hello", "")
	journal := w.Journal()
	if len(journal) != 2 || journal[0].Committed != id || journal[0].Account != "ada" || journal[1].Status != 403 || journal[1].Committed != "" {
		t.Fatalf("journal is %+v", journal)
	}
	if r := w.get("/2/users/me"); r.header.Get("x-transaction-id") != w.Journal()[2].Transaction {
		t.Error("the transaction id of the answer is not the journal's")
	}
	var rest []Entry
	w.control("GET", "journal?after=2", "", &rest)
	if len(rest) != 1 || rest[0].ID != 3 {
		t.Errorf("after 2 there is %+v", rest)
	}
}

func TestAFullJournalForgetsTheOldest(t *testing.T) {
	var j journal
	for range journalSize + 1 {
		j.add(Entry{})
	}
	if j.get(1) != nil || j.get(journalSize+1) == nil || j.get(j.entries[0].ID) != j.entries[0] || len(j.entries) > journalSize {
		t.Errorf("%d entries from %d", len(j.entries), j.entries[0].ID)
	}
}

func TestSettingsMerge(t *testing.T) {
	w := newWorld(t)
	var s Settings
	w.control("POST", "settings", `{"visibility_lag":"5s","credits_microusd":1000,"limits":{"POST /2/tweets":{"user_15m":3}}}`, &s)
	if s.VisibilityLag != 5*time.Second || *s.Credits != 1000 || s.Limits[CreatePost] != (Limit{User15m: 3}) {
		t.Errorf("settings are %+v", s)
	}
	if s.AccessLife != 2*time.Hour || s.Limits[Me] != (Limit{User15m: 75}) || !s.Enrolled {
		t.Errorf("what was not named changed: %+v", s)
	}
	w.control("POST", "settings", `{"credits_microusd":null,"access_life":"1m"}`, &s)
	if s = w.Settings(); s.Credits != nil || s.AccessLife != time.Minute || s.VisibilityLag != 5*time.Second {
		t.Errorf("settings are %+v", s)
	}
	for body, reason := range map[string]string{
		`{"visibility":"5s"}`:                   "visibility",
		`{"visibility_lag":5}`:                  "visibility_lag",
		`{"visibility_lag":"-5s"}`:              "negative",
		`{"limits":{"PUT /2/tweets":{}}}`:       "no endpoint",
		`{"dialect":"klingon"}`:                 "dialect",
		`{"enrolled":false,"code_life":"soon"}`: "duration",
	} {
		if r := w.send("POST", "/__sim/settings", "", "application/json", body); r.status != http.StatusBadRequest || !strings.Contains(r.body, reason) {
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	}
	if !w.Settings().Enrolled {
		t.Error("a refused change was half applied")
	}
}

func TestAccountsAndPostsByHand(t *testing.T) {
	w := newWorld(t)
	var linus Account
	w.control("POST", "accounts", `{"username":"linus"}`, &linus)
	var pair Pair
	w.control("POST", "connect", `{"user":"linus"}`, &pair)
	if me := w.send("GET", "/2/users/me", pair.AccessToken, "", ""); me.data()["id"] != linus.ID || me.data()["name"] != "linus" {
		t.Errorf("users/me is %s", me.body)
	}
	var root, reply Post
	w.control("POST", "posts", `{"user":"linus","text":"by hand"}`, &root)
	w.control("POST", "posts", `{"user":"@Linus","text":"and again","parent":"`+root.ID+`"}`, &reply)
	w.control("DELETE", "posts/"+root.ID, "", nil)
	var truth []Post
	w.control("GET", "timeline?user="+linus.ID, "", &truth)
	if len(truth) != 2 || !truth[0].Deleted || truth[1].Parent != root.ID || truth[1].Conversation != root.ID || truth[1].Order != 2 || !truth[1].ByHand {
		t.Errorf("the truth is %+v", truth)
	}
	for _, c := range []struct{ method, path, body, reason string }{
		{"POST", "accounts", `{"username":"a b"}`, "letters"},
		{"POST", "accounts", `{"username":""}`, "1 to 15"},
		{"POST", "accounts", `{"username":"x","id":"abc"}`, "decimal"},
		{"POST", "connect", `{"user":"nobody"}`, "nobody"},
		{"POST", "revoke", `{"user":"nobody"}`, "nobody"},
		{"POST", "posts", `{"user":"ada","text":"x","parent":"1"}`, "no post"},
		{"POST", "posts", `{"user":"ada","text":""}`, "text"},
		{"DELETE", "posts/1", ``, "no post"},
		{"GET", "timeline?user=nobody", ``, "nobody"},
		{"GET", "journal?after=x", ``, "invalid syntax"},
	} {
		if r := w.send(c.method, "/__sim/"+c.path, "", "application/json", c.body); r.status != http.StatusBadRequest || !strings.Contains(r.body, c.reason) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, r.status, r.body)
		}
	}
}

// TestTwoSimulatorsOfOneSeedAgree: a campaign that fails can be run again.
func TestTwoSimulatorsOfOneSeedAgree(t *testing.T) {
	a, b := newWorld(t), newWorld(t)
	if a.ada != b.ada || a.posted("x", "") != b.posted("x", "") {
		t.Error("the same steps with the same seed gave other tokens or ids")
	}
	other, err := New(Config{Seed: 2}).Connect("ada")
	if err != nil || other.AccessToken == a.ada.AccessToken {
		t.Errorf("another seed gave the same token (%v)", err)
	}
}

// TestConcurrentCallersShareOneLimit is for the race detector as much as for the count.
func TestConcurrentCallersShareOneLimit(t *testing.T) {
	w := newWorld(t, func(s *Settings) { s.Limits[CreatePost] = Limit{User15m: 10} })
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			_, _, _ = w.Create(w.ada.AccessToken, CreateRequest{Text: strings.Repeat("x", i+1)})
			w.get("/2/users/me")
			w.get("/")
		})
	}
	wg.Wait()
	if n := len(w.texts("ada")); n != 10 {
		t.Errorf("%d posts passed a limit of 10", n)
	}
}
