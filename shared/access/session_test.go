package access_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/access"
	"spool/shared/fault"
)

// admitted reports whether a token is good now.
func admitted(t *testing.T, r *access.Keyring, token string) bool {
	t.Helper()
	_, err := r.AdmitSession(t.Context(), token)
	if err != nil && !fault.Is(err, fault.Unauthorized) {
		t.Fatal(err)
	}
	return err == nil
}

func signIn(t *testing.T, r *access.Keyring, key string) string {
	t.Helper()
	token, _, err := r.SignIn(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestASessionHasItsKeysRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := keyring(t)
		k, text, err := r.Make(t.Context(), access.Key{Name: "blog", Scopes: []access.Scope{access.PostsRead}, Accounts: []string{"7"}, ExpiresAt: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		token, at, err := r.SignIn(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.AdmitSession(t.Context(), token)
		if err != nil || c.ID != k.ID || c.Name != "blog" || !c.May(access.PostsRead) || c.May(access.PostsWrite) || !c.Reaches("7") || c.Reaches("8") {
			t.Errorf("the session's holder is %+v, %v", c, err)
		}
		if !c.ExpiresAt.Equal(k.ExpiresAt) || !at.ExpiresAt.Equal(k.ExpiresAt) {
			t.Errorf("it ends at %v, the key at %v", c.ExpiresAt, k.ExpiresAt)
		}
		if admin, err := r.AdmitSession(t.Context(), signIn(t, r, adminKey)); err != nil || !admin.May(access.PostsWrite) || !admin.Reaches("8") {
			t.Errorf("the admin is %+v, %v", admin, err)
		}
		time.Sleep(time.Hour)
		if admitted(t, r, token) {
			t.Error("the session outlives its key")
		}
	})
}

func TestOnlyAGoodKeySignsIn(t *testing.T) {
	r, _ := keyring(t)
	for _, bad := range []string{"", "guess", "spool_admin_x", "admin", strings.Repeat("x", 500)} {
		if _, _, err := r.SignIn(t.Context(), bad); !fault.Is(err, fault.Unauthorized) {
			t.Errorf("%.20s: got %v, want unauthorized", bad, err)
		}
	}
}

func TestOnlyATokenIsASession(t *testing.T) {
	r, _ := keyring(t)
	k, text, err := r.Make(t.Context(), access.Key{Name: "blog", Scopes: []access.Scope{access.PostsRead}})
	if err != nil {
		t.Fatal(err)
	}
	token := signIn(t, r, text)
	_, secret, _ := strings.Cut(token, ".")
	if len(secret) < 43 {
		t.Errorf("the token has %d characters that nobody knows", len(secret))
	}
	for what, bad := range map[string]string{
		"nothing": "", "a key": text, "the admin key": adminKey, "an id": k.ID + ".", "another key's id": "admin." + secret, "no id": "." + secret,
		"a part": token[:len(token)-1], "a tail": token + "x", "its hash": k.ID + "." + access.Sum(token), "too much": token + strings.Repeat("x", 500),
	} {
		if admitted(t, r, bad) {
			t.Errorf("%s is admitted", what)
		}
	}
	if _, err := r.Admit(t.Context(), token); !fault.Is(err, fault.Unauthorized) {
		t.Errorf("as a key it gives %v", err)
	}
	if !admitted(t, r, token) {
		t.Error("the token itself is not")
	}
}

func TestASessionEndsWithItsKey(t *testing.T) {
	t.Run("when the key is revoked", func(t *testing.T) {
		r, store := keyring(t)
		k, text, err := r.Make(t.Context(), access.Key{Name: "blog", Scopes: []access.Scope{access.PostsRead}})
		if err != nil {
			t.Fatal(err)
		}
		token := signIn(t, r, text)
		if err := store.DropKey(t.Context(), k.ID); err != nil {
			t.Fatal(err)
		}
		if admitted(t, r, token) {
			t.Error("it is still admitted")
		}
	})
	t.Run("when the admin key is replaced, and only then", func(t *testing.T) {
		r, _ := keyring(t)
		token := signIn(t, r, adminKey)
		r.AdminSum = strings.ToUpper(r.AdminSum) // the same, written otherwise
		if !admitted(t, r, token) {
			t.Error("it ended without a reason")
		}
		r.AdminSum = access.Sum("a-new-key")
		if admitted(t, r, token) {
			t.Error("it is still admitted")
		}
	})
}

func TestASessionEndsWithTime(t *testing.T) {
	const day = 24 * time.Hour
	t.Run("after seven days without use", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, _ := keyring(t)
			token := signIn(t, r, adminKey)
			time.Sleep(7*day - time.Minute)
			if !admitted(t, r, token) {
				t.Fatal("it ended before")
			}
			time.Sleep(7 * day)
			if admitted(t, r, token) {
				t.Error("it is still admitted")
			}
		})
	})
	t.Run("after thirty days of use", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, _ := keyring(t)
			token := signIn(t, r, adminKey)
			for days := range 60 {
				if got := admitted(t, r, token); got != (days < 30) {
					t.Fatalf("on day %d: admitted is %v", days, got)
				}
				time.Sleep(day)
			}
		})
	})
}

func TestSigningOut(t *testing.T) {
	r, _ := keyring(t)
	_, text, err := r.Make(t.Context(), access.Key{Name: "blog", Scopes: []access.Scope{access.PostsRead}})
	if err != nil {
		t.Fatal(err)
	}
	here, there, other := signIn(t, r, adminKey), signIn(t, r, adminKey), signIn(t, r, text)
	caller := func(token string) access.Caller {
		c, err := r.AdmitSession(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if err := r.SignOut(t.Context(), caller(here)); err != nil || admitted(t, r, here) || !admitted(t, r, there) {
		t.Errorf("here: %v; here %v, there %v", err, admitted(t, r, here), admitted(t, r, there))
	}
	byKey, err := r.Admit(t.Context(), adminKey)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SignOut(t.Context(), byKey); err != nil || !admitted(t, r, there) {
		t.Errorf("who came with the key itself has no session to end: %v", err)
	}
	if err := r.SignOutEverywhere(t.Context(), caller(there)); err != nil || admitted(t, r, there) || !admitted(t, r, other) {
		t.Errorf("everywhere: %v; there %v, another key's %v", err, admitted(t, r, there), admitted(t, r, other))
	}
}

func TestUsesOfASessionAreNotedOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, store := keyring(t)
		token := signIn(t, r, adminKey)
		seen := map[time.Time]bool{}
		for range 180 {
			if !admitted(t, r, token) {
				t.Fatal("not admitted")
			}
			s, err := store.Session(t.Context(), "admin", access.Sum(token))
			if err != nil {
				t.Fatal(err)
			}
			seen[s.UsedAt] = true
			time.Sleep(time.Minute)
		}
		if len(seen) != 3 {
			t.Errorf("three hours of use gave the marks %v, want 3", seen)
		}
	})
}
