package access

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"spool/shared/fault"
)

// How long a browser stays signed in: at most this long, and less when it is not
// used. The key may end it before.
const (
	SessionLife = 30 * 24 * time.Hour
	sessionIdle = 7 * 24 * time.Hour
)

// Session is a browser that is signed in with a key. It has no rights of its own:
// they are the key's at each request.
type Session struct {
	KeyID     string // of the key, or "admin"
	Hash      string // SHA-256 of the token that the browser holds, in hexadecimal
	Seal      string // SHA-256 of the key's hash: another key in its place ends the session
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // the last use, no finer than an hour
}

// Sessions keeps sessions. Implementations are safe for concurrent use.
type Sessions interface {
	SessionFinder
	// PutSession stores a new session.
	PutSession(ctx context.Context, s Session) error
	// DropSession deletes one; none to delete is no error.
	DropSession(ctx context.Context, keyID, hash string) error
	// DropSessions deletes all that were made with a key.
	DropSessions(ctx context.Context, keyID string) error
}

// SessionFinder finds the session that a browser presents.
type SessionFinder interface {
	// Session reads one, strongly consistent: who signed out is out. A fault of
	// code NotFound when there is none.
	Session(ctx context.Context, keyID, hash string) (Session, error)
	// TouchSession notes when a session was used. It does nothing to one that is
	// gone.
	TouchSession(ctx context.Context, keyID, hash string, at time.Time) error
}

// SignIn begins a session with a key, and answers the token that the browser is to
// hold: the key's id, "." and 256 random bits.
func (r *Keyring) SignIn(ctx context.Context, presented string) (token string, c Caller, err error) {
	k, err := r.find(ctx, presented)
	if fault.Is(err, fault.Unauthorized) {
		return "", Caller{}, fault.New(fault.Unauthorized, "This key is not valid.").At("key").
			Todo("Copy the whole key, which begins with spool_ unless it is the admin key. It may also have expired or been revoked.")
	}
	if err != nil {
		return "", Caller{}, err
	}
	now := r.Now()
	secret := make([]byte, 32)
	rand.Read(secret)
	token = k.ID + "." + base64.RawURLEncoding.EncodeToString(secret)
	s := Session{
		KeyID: k.ID, Hash: Sum(token), Seal: Sum(k.Hash), CreatedAt: now, ExpiresAt: now.Add(SessionLife), UsedAt: now,
	}
	if !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(s.ExpiresAt) {
		s.ExpiresAt = k.ExpiresAt
	}
	if err := r.Sessions.PutSession(ctx, s); err != nil {
		return "", Caller{}, fmt.Errorf("store the session: %w", err)
	}
	return token, s.caller(k), nil
}

// AdmitSession finds whose session a token is. What is not a session that is valid
// now, with a key that is, is a fault of code Unauthorized.
func (r *Keyring) AdmitSession(ctx context.Context, token string) (Caller, error) {
	ended := fault.New(fault.Unauthorized, "You are no longer signed in.").Todo("Sign in again with your key.")
	keyID, _, whole := strings.Cut(token, ".")
	if !whole || keyID == "" || len(token) > maxKey {
		return Caller{}, ended
	}
	s, err := r.Sessions.Session(ctx, keyID, Sum(token))
	if fault.Is(err, fault.NotFound) {
		return Caller{}, ended
	}
	if err != nil {
		return Caller{}, fmt.Errorf("find the session: %w", err)
	}
	now := r.Now()
	if !now.Before(s.ExpiresAt) || now.Sub(s.UsedAt) >= sessionIdle {
		return Caller{}, ended
	}
	k, err := r.byID(ctx, keyID)
	if fault.Is(err, fault.NotFound) || err == nil && (!same(s.Seal, Sum(k.Hash)) || !k.valid(now)) {
		return Caller{}, ended
	}
	if err != nil {
		return Caller{}, fmt.Errorf("find the session's key: %w", err)
	}
	if now.Sub(s.UsedAt) >= coarse {
		if err := r.Sessions.TouchSession(ctx, keyID, s.Hash, now); err != nil {
			r.Log.WarnContext(ctx, "the use of a session was not noted", "key_id", keyID, "error", err)
		}
	}
	return s.caller(k), nil
}

// SignOut ends the caller's session; there is none to end when it came with a key.
func (r *Keyring) SignOut(ctx context.Context, c Caller) error {
	if c.session == "" {
		return nil
	}
	return r.Sessions.DropSession(ctx, c.ID, c.session)
}

// SignOutEverywhere ends all sessions that were made with the caller's key.
func (r *Keyring) SignOutEverywhere(ctx context.Context, c Caller) error {
	return r.Sessions.DropSessions(ctx, c.ID)
}

// caller is whoever holds the session's token.
func (s Session) caller(k Key) Caller {
	c := k.caller()
	c.ExpiresAt, c.session = s.ExpiresAt, s.Hash
	return c
}
