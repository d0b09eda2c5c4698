// Package access says who may call the HTTP API, and for what.
//
// A key is "spool_", an id, "_" and 256 random bits. Only its SHA-256 is stored,
// so that whoever reads the table cannot call the API. One key is not stored at
// all: the admin key is made on the owner's machine, and its SHA-256 is part of
// the deployment.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"

	"spool/shared/fault"
)

// Scope is a kind of thing that a key may do. They do not include one another,
// save that Admin includes all.
type Scope string

// The scopes.
const (
	PostsRead  Scope = "posts:read"
	PostsWrite Scope = "posts:write"
	Accounts   Scope = "accounts" // connect and disconnect accounts, and change their settings
	Admin      Scope = "admin"    // everything, keys and the X app among it
)

// Scopes are all scopes.
func Scopes() []Scope { return []Scope{PostsRead, PostsWrite, Accounts, Admin} }

// Key is an API key without its secret.
type Key struct {
	ID        string
	Name      string // what its owner knows it by
	Hash      string // SHA-256 of the whole key, in hexadecimal
	Scopes    []Scope
	Accounts  []string // X's user ids that it is for; empty: all
	CreatedAt time.Time
	ExpiresAt time.Time // zero: never
	UsedAt    time.Time // the last use, no finer than an hour; zero: never
}

// Caller is whoever holds a key, or a session that was made with one.
type Caller struct {
	ID        string // of the key; "admin" for the admin key
	Name      string // of the key
	Scopes    []Scope
	Accounts  []string  // empty: all
	ExpiresAt time.Time // when the key or the session ends at the latest; zero: never

	session string // the session's hash; empty for who presented a key
}

// May reports whether the caller has one of the scopes.
func (c Caller) May(scopes ...Scope) bool {
	return slices.ContainsFunc(c.Scopes, func(s Scope) bool { return s == Admin || slices.Contains(scopes, s) })
}

// Reaches reports whether the caller's key is for an account.
func (c Caller) Reaches(accountID string) bool {
	return len(c.Accounts) == 0 || slices.Contains(c.Accounts, accountID)
}

// Store keeps keys. Implementations are safe for concurrent use.
type Store interface {
	Finder
	// PutKey stores a new key. To store the same one again does no harm: it is how a write is repeated whose answer
	// was lost. Another key of that id is a fault of code Conflict.
	PutKey(ctx context.Context, k Key) error
	// Keys lists all keys, by id.
	Keys(ctx context.Context) ([]Key, error)
	// DropKey deletes one; a fault of code NotFound when there is none.
	DropKey(ctx context.Context, id string) error
}

// Finder finds the key that somebody presents.
type Finder interface {
	// Key reads one, strongly consistent: a revoked key is refused at once. A
	// fault of code NotFound when there is none.
	Key(ctx context.Context, id string) (Key, error)
	// TouchKey notes when a key was used. It does nothing to a key that is gone.
	TouchKey(ctx context.Context, id string, at time.Time) error
}

// Keyring knows all keys. It is safe for concurrent use.
type Keyring struct {
	AdminSum string // the admin key's SHA-256, in hexadecimal
	Store    Store
	Sessions Sessions
	Now      func() time.Time
	Log      *slog.Logger
}

const (
	prefix   = "spool_"
	adminID  = "admin"
	maxKey   = 200 // characters of what is looked at
	maxName  = 100
	coarse   = time.Hour // how exact the last use is
	maxReach = 50        // accounts of a restricted key
)

// Admit finds who presents a key. What is not a valid key is a fault of code
// Unauthorized, whatever the reason.
func (r *Keyring) Admit(ctx context.Context, presented string) (Caller, error) {
	k, err := r.find(ctx, presented)
	if err != nil {
		return Caller{}, err
	}
	return k.caller(), nil
}

// find is the valid key that somebody presents, and notes its use.
func (r *Keyring) find(ctx context.Context, presented string) (Key, error) {
	refused := fault.New(fault.Unauthorized, "This needs a valid key.").
		Todo("Send the header “Authorization: Bearer …” with your key.")
	if presented == "" || len(presented) > maxKey {
		return Key{}, refused
	}
	sum := Sum(presented)
	if k := r.admin(); same(sum, k.Hash) {
		return k, nil
	}
	rest, ours := strings.CutPrefix(presented, prefix)
	id, _, whole := strings.Cut(rest, "_")
	if !ours || !whole || id == "" || id == adminID {
		return Key{}, refused
	}
	k, err := r.Store.Key(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return Key{}, refused
	}
	if err != nil {
		return Key{}, fmt.Errorf("find the key: %w", err)
	}
	now := r.Now()
	if !same(sum, k.Hash) || !k.valid(now) {
		return Key{}, refused
	}
	if now.Sub(k.UsedAt) >= coarse {
		if err := r.Store.TouchKey(ctx, id, now); err != nil {
			r.Log.WarnContext(ctx, "the use of a key was not noted", "key_id", id, "error", err)
		}
	}
	return k, nil
}

// admin is the key that is not stored.
func (r *Keyring) admin() Key {
	return Key{ID: adminID, Name: "admin key", Hash: strings.ToLower(r.AdminSum), Scopes: []Scope{Admin}}
}

// byID is the key with an id, valid or not; a fault of code NotFound when there is
// none.
func (r *Keyring) byID(ctx context.Context, id string) (Key, error) {
	if id == adminID {
		return r.admin(), nil
	}
	return r.Store.Key(ctx, id)
}

// valid reports whether the key has not expired.
func (k Key) valid(now time.Time) bool { return k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt) }

// Without is the key when there is no such account any more. One that was for no other is to be revoked: without a
// restriction it would be for all.
func (k Key) Without(accountID string) (restricted Key, revoke bool) {
	if !slices.Contains(k.Accounts, accountID) {
		return k, false
	}
	k.Accounts = slices.DeleteFunc(slices.Clone(k.Accounts), func(id string) bool { return id == accountID })
	return k, len(k.Accounts) == 0
}

// caller is whoever holds the key.
func (k Key) caller() Caller {
	return Caller{ID: k.ID, Name: k.Name, Scopes: k.Scopes, Accounts: k.Accounts, ExpiresAt: k.ExpiresAt}
}

// Make makes a key of a name, scopes, accounts and an end, and answers it with
// its secret, which is known nowhere afterwards. It ends with what its maker came
// with, a session or a key, or sooner: whoever stole that has nothing that lasts
// longer.
func (r *Keyring) Make(ctx context.Context, k Key) (Key, string, error) {
	now := r.Now()
	if err := k.check(now); err != nil {
		return Key{}, "", err
	}
	if last := From(ctx).ExpiresAt; !last.IsZero() {
		if k.ExpiresAt.After(last) {
			return Key{}, "", fault.New(fault.Invalid, "What you came with ends sooner, on %s.",
				last.Format("2 January 2006, 15:04 MST")).At("expires_at").
				Todo("Give that time or an earlier one. A key that lasts longer is made with one that lasts longer, such as the admin key by command line.")
		}
		if k.ExpiresAt.IsZero() {
			k.ExpiresAt = last
		}
	}
	id := make([]byte, 8)
	rand.Read(id)
	secret := make([]byte, 32)
	rand.Read(secret)
	k.ID = hex.EncodeToString(id)
	text := prefix + k.ID + "_" + base64.RawURLEncoding.EncodeToString(secret)
	k.Hash, k.CreatedAt, k.UsedAt = Sum(text), now, time.Time{}
	return k, text, r.Store.PutKey(ctx, k)
}

// check says what is wrong with a key that somebody wants.
func (k Key) check(now time.Time) error {
	switch {
	case strings.TrimSpace(k.Name) == "" || len(k.Name) > maxName || strings.ContainsFunc(k.Name, unicode.IsControl):
		return fault.New(fault.Invalid, "A key needs a name of 1 to %d characters.", maxName).At("name").
			Todo("Say what it is for, such as “blog server”.")
	case len(k.Scopes) == 0:
		return fault.New(fault.Invalid, "A key without a scope may do nothing.").At("scopes").
			Todo("Give one or more of %s.", list(Scopes(), ", "))
	case len(k.Accounts) > maxReach:
		return fault.New(fault.Invalid, "A key can be restricted to at most %d accounts.", maxReach).At("accounts").
			Todo("Make several keys.")
	case len(k.Accounts) > 0 && slices.Contains(k.Scopes, Admin):
		return fault.New(fault.Invalid, "An admin key reaches everything.").At("accounts").
			Todo("Leave out accounts, or the scope admin.")
	case !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(now):
		return fault.New(fault.Invalid, "This time has passed.").At("expires_at").
			Todo("Give a time in the future, or leave it out.")
	}
	for i, s := range k.Scopes {
		if !slices.Contains(Scopes(), s) {
			return fault.New(fault.Invalid, "There is no such scope.").At(fmt.Sprintf("scopes[%d]", i)).
				Todo("Give one of %s.", list(Scopes(), ", "))
		}
	}
	return nil
}

// Sum is how a key is stored: 256 random bits need no slower hash.
func Sum(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// same compares in constant time.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// list gives scopes as a person reads them.
func list(scopes []Scope, between string) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, between)
}

// Refusal is the fault of a caller who has none of the scopes.
func Refusal(scopes ...Scope) *fault.Error {
	return fault.New(fault.Forbidden, "This key may not do that.").
		Todo("Use a key with the scope %s.", list(scopes, " or "))
}

type contextKey struct{}

// With returns a context that carries the caller.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// From is the caller that a context carries; without one a caller who may do
// nothing.
func From(ctx context.Context) Caller {
	c, _ := ctx.Value(contextKey{}).(Caller)
	return c
}
