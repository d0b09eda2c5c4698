package access_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/access"
	"spool/shared/fault"
	"spool/shared/storetest"
)

const adminKey = "the-owners-key"

func keyring(t *testing.T) (*access.Keyring, *storetest.Memory) {
	store := storetest.NewMemory(time.Now)
	return &access.Keyring{AdminSum: access.Sum(adminKey), Store: store, Sessions: store, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}, store
}

func TestOnlyAValidKeyIsAdmitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := keyring(t)
		k, text, err := r.Make(t.Context(), access.Key{Name: "blog", Scopes: []access.Scope{access.PostsRead}, Accounts: []string{"7"}, ExpiresAt: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		other, otherText, err := r.Make(t.Context(), access.Key{Name: "other", Scopes: []access.Scope{access.PostsWrite}})
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Admit(t.Context(), text)
		if err != nil || c.ID != k.ID || !c.May(access.PostsRead) || c.May(access.PostsWrite, access.Accounts) || !c.Reaches("7") || c.Reaches("8") {
			t.Errorf("the key's holder is %+v, %v", c, err)
		}
		if c, err := r.Admit(t.Context(), adminKey); err != nil || !c.May(access.PostsWrite) || !c.Reaches("8") {
			t.Errorf("the admin is %+v, %v", c, err)
		}
		for what, presented := range map[string]string{
			"nothing":                 "",
			"a guess":                 "guess",
			"an id alone":             "spool_" + k.ID,
			"an id without a secret":  "spool_" + k.ID + "_",
			"no id":                   "spool__x",
			"an unknown id":           "spool_0000000000000000_" + strings.Repeat("x", 43),
			"a wrong secret":          text[:len(text)-1] + "!",
			"another key's secret":    strings.Replace(otherText, other.ID, k.ID, 1),
			"the admin key's hash":    access.Sum(adminKey),
			"more than a key can be":  strings.Repeat("x", 10_000),
			"a key with a tail":       text + "x",
			"a key in other letters":  strings.ToUpper(text),
			"a hash of a stored key":  k.Hash,
			"the id of another place": "spool_../" + k.ID + "_x",
		} {
			if _, err := r.Admit(t.Context(), presented); !fault.Is(err, fault.Unauthorized) {
				t.Errorf("%s: got %v, want unauthorized", what, err)
			}
		}
		time.Sleep(time.Hour)
		if _, err := r.Admit(t.Context(), text); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("an expired key: got %v, want unauthorized", err)
		}
	})
}

func TestARevokedKeyIsRefusedAtOnce(t *testing.T) {
	r, store := keyring(t)
	k, text, err := r.Make(t.Context(), access.Key{Name: "blog", Scopes: []access.Scope{access.PostsRead}})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.DropKey(t.Context(), k.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Admit(t.Context(), text); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("got %v, want unauthorized", err)
	}
}

func TestTheAdminKeyRotates(t *testing.T) {
	r, _ := keyring(t)
	_, text, err := r.Make(t.Context(), access.Key{Name: "second admin", Scopes: []access.Scope{access.Admin}})
	if err != nil {
		t.Fatal(err)
	}
	r.AdminSum = strings.ToUpper(access.Sum("a-new-key")) // deployed with a new hash
	if _, err := r.Admit(t.Context(), adminKey); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("the old key: got %v, want unauthorized", err)
	}
	for _, good := range []string{"a-new-key", text} {
		if c, err := r.Admit(t.Context(), good); err != nil || !c.May(access.Admin) {
			t.Errorf("got %+v, %v", c, err)
		}
	}
}

func TestUsesAreNotedOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, store := keyring(t)
		k, text, err := r.Make(t.Context(), access.Key{Name: "blog", Scopes: []access.Scope{access.PostsRead}})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[time.Time]bool{}
		for range 180 {
			if _, err := r.Admit(t.Context(), text); err != nil {
				t.Fatal(err)
			}
			got, err := store.Key(t.Context(), k.ID)
			if err != nil {
				t.Fatal(err)
			}
			seen[got.UsedAt] = true
			time.Sleep(time.Minute)
		}
		if len(seen) != 3 || seen[time.Time{}] {
			t.Errorf("three hours of use gave the marks %v, want 3", seen)
		}
	})
}

func TestTheStoreHoldsNoKey(t *testing.T) {
	r, store := keyring(t)
	_, text, err := r.Make(t.Context(), access.Key{Name: "blog", Scopes: []access.Scope{access.PostsRead}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.Keys(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	_, secret, _ := strings.Cut(strings.TrimPrefix(text, "spool_"), "_")
	if len(secret) < 43 || strings.Contains(all[0].Hash+all[0].ID+all[0].Name, secret) || all[0].Hash != access.Sum(text) {
		t.Errorf("the store holds %+v", all[0])
	}
}

func TestAKeyThatMakesNoSenseIsNotMade(t *testing.T) {
	r, store := keyring(t)
	read := []access.Scope{access.PostsRead}
	for field, k := range map[string]access.Key{
		"name":       {Scopes: read},
		"scopes":     {Name: "n"},
		"scopes[1]":  {Name: "n", Scopes: []access.Scope{access.PostsRead, "posts:delete"}},
		"accounts":   {Name: "n", Scopes: []access.Scope{access.Admin}, Accounts: []string{"1"}},
		"expires_at": {Name: "n", Scopes: read, ExpiresAt: time.Unix(1, 0)},
	} {
		_, _, err := r.Make(t.Context(), k)
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Code != fault.Invalid || f.Field != field || f.Fix == "" {
			t.Errorf("%s: got %+v", field, err)
		}
	}
	if all, _ := store.Keys(t.Context()); len(all) > 0 {
		t.Errorf("made %+v", all)
	}
}

// TestAKeyEndsWithWhatMadeIt is about who stole a session, or a key with an end: no key that they make lasts longer.
func TestAKeyEndsWithWhatMadeIt(t *testing.T) {
	ctx := t.Context()
	r, _ := keyring(t)
	end := r.Now().Add(time.Hour)
	_, text, err := r.Make(ctx, access.Key{Name: "limited", Scopes: []access.Scope{access.Admin}, ExpiresAt: end})
	if err != nil {
		t.Fatal(err)
	}
	byKey, err := r.Admit(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := r.SignIn(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	bySession, err := r.AdmitSession(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	for name, caller := range map[string]access.Caller{"a key": byKey, "a session": bySession} {
		ctx := access.With(ctx, caller)
		k, _, err := r.Make(ctx, access.Key{Name: "n", Scopes: []access.Scope{access.Admin}})
		if err != nil || !k.ExpiresAt.Equal(end) {
			t.Errorf("%s made one until %v, %v; want %v", name, k.ExpiresAt, err, end)
		}
		if _, _, err := r.Make(ctx, access.Key{Name: "n", Scopes: []access.Scope{access.Admin}, ExpiresAt: end.Add(time.Second)}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s made one that lasts longer: %v", name, err)
		}
		if k, _, err := r.Make(ctx, access.Key{Name: "n", Scopes: []access.Scope{access.Admin}, ExpiresAt: end.Add(-time.Second)}); err != nil || !k.ExpiresAt.Before(end) {
			t.Errorf("%s made one until %v, %v", name, k.ExpiresAt, err)
		}
	}
}
