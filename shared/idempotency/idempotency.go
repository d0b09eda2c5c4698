// Package idempotency answers a repeated request with its first answer: the same
// Idempotency-Key and the same request get what the first one got, whether or
// not the caller ever saw that.
//
// A record is put before the work begins, so that of two requests at once one
// works and the other is told to wait. Answers may hold secrets, so they are kept
// encrypted, under a key that is sealed for the one record.
//
// Source: IETF, draft-ietf-httpapi-idempotency-key-header.
package idempotency

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"time"

	"spool/shared/fault"
)

// Record is what is kept of a request that may be repeated.
type Record struct {
	ID      string    // stands for the caller, the operation and the key
	Digest  string    // of the request; empty: it came to nothing, and the key is free
	Sealed  []byte    // what Answer is encrypted with, sealed; empty: no answer yet
	Answer  []byte    // encrypted
	Until   time.Time // while there is no answer: when whoever works on it counts as dead
	Expires time.Time // afterwards the record is as good as absent
	Rev     int64
	Writer  string
}

// Records keeps records. Implementations are safe for concurrent use; reads are
// strongly consistent.
type Records interface {
	// IdempotencyRecord reads a record, which may have expired; a fault of code NotFound when
	// there is none.
	IdempotencyRecord(ctx context.Context, id string) (Record, error)
	// SaveIdempotencyRecord stores r as revision r.Rev+1 where the stored revision is still
	// r.Rev (0: where there is none), or answers a fault of code Conflict.
	SaveIdempotencyRecord(ctx context.Context, r Record) (Record, error)
}

// Sealer seals small secrets, bound to what they belong to.
type Sealer interface {
	Seal(ctx context.Context, plain []byte, binding map[string]string) ([]byte, error)
	Open(ctx context.Context, sealed []byte, binding map[string]string) ([]byte, error)
}

// Store answers repeated requests. It is safe for concurrent use.
type Store struct {
	Records Records
	Seal    Sealer
	Now     func() time.Time
	Log     *slog.Logger
}

// Request is a request that may be repeated.
type Request struct {
	Caller    string // who sends it: keys of different callers have nothing to do with one another
	Operation string
	Key       string        // as the caller chose it
	Digest    string        // tells requests apart that come with the same key
	Life      time.Duration // how long its answer is kept
}

// Patience is how long a request counts as under way. The time-out of the function
// that answers it is shorter, so whoever has worked for longer is dead.
const Patience = time.Minute

// Do answers a request: with the answer of its first time, or with what work
// gives now. While another one works on it the answer is a fault of code Conflict
// that says to try again in a second; a key that came with another request before
// is one of code Invalid. What fails leaves the key free.
func (s *Store) Do(ctx context.Context, q Request, work func(context.Context) ([]byte, error)) ([]byte, error) {
	r, first, err := s.begin(ctx, q)
	if err != nil {
		return nil, err
	}
	if !first {
		return s.open(ctx, q, r)
	}
	answer, err := work(ctx)
	// What was done is noted, and what failed let go, also when the caller has gone.
	after := context.WithoutCancel(ctx)
	if err != nil {
		r.Digest, r.Until = "", time.Time{}
		if _, lost := s.Records.SaveIdempotencyRecord(after, r); lost != nil {
			s.Log.WarnContext(ctx, "an idempotency key stays taken for a minute", "operation", q.Operation, "error", lost)
		}
		return nil, err
	}
	if err := s.finish(after, q, r, answer); err != nil {
		s.Log.WarnContext(ctx, "an answer was not kept; a repetition would do the work again", "operation", q.Operation,
			"error", err)
	}
	return answer, nil
}

// begin takes the key for this request, or finds the record of the first one.
func (s *Store) begin(ctx context.Context, q Request) (r Record, first bool, err error) {
	now := s.Now()
	taken := Record{ID: q.id(), Digest: q.Digest, Until: now.Add(Patience), Expires: now.Add(q.Life), Writer: rand.Text()}
	if r, err = s.Records.SaveIdempotencyRecord(ctx, taken); !fault.Is(err, fault.Conflict) {
		return r, true, err
	}
	if r, err = s.Records.IdempotencyRecord(ctx, taken.ID); err != nil {
		return r, false, err
	}
	free := r.Digest == "" || !now.Before(r.Expires)
	switch {
	case !free && r.Digest != q.Digest:
		return r, false, fault.New(fault.Invalid, "This Idempotency-Key came with another request before.").
			At("Idempotency-Key").
			Todo("Send a new key with a new request; repeat the old one with its own body.")
	case !free && len(r.Sealed) > 0:
		return r, false, nil
	case !free && now.Before(r.Until):
		return r, false, busy()
	}
	taken.Rev = r.Rev
	r, err = s.Records.SaveIdempotencyRecord(ctx, taken)
	if fault.Is(err, fault.Conflict) {
		return r, false, busy()
	}
	return r, true, err
}

// busy is the fault of a request that is under way already.
func busy() error {
	return fault.New(fault.Conflict, "The same request is being worked on right now.").At("Idempotency-Key").
		Todo("Send it again in a second: it then gets the answer of the first.").After(time.Second)
}

// finish keeps the answer.
func (s *Store) finish(ctx context.Context, q Request, r Record, answer []byte) error {
	key := make([]byte, 32)
	rand.Read(key)
	aead, err := encryption(key)
	if err != nil {
		return err
	}
	if r.Sealed, err = s.Seal.Seal(ctx, key, q.binding()); err != nil {
		return fmt.Errorf("seal the answer: %w", err)
	}
	r.Answer, r.Until = aead.Seal(nil, nil, answer, []byte(r.ID)), time.Time{}
	_, err = s.Records.SaveIdempotencyRecord(ctx, r)
	return err
}

// open gives the answer that was kept.
func (s *Store) open(ctx context.Context, q Request, r Record) ([]byte, error) {
	key, err := s.Seal.Open(ctx, r.Sealed, q.binding())
	if err != nil {
		return nil, fmt.Errorf("open the first answer: %w", err)
	}
	aead, err := encryption(key)
	if err != nil {
		return nil, err
	}
	answer, err := aead.Open(nil, nil, r.Answer, []byte(r.ID))
	if err != nil {
		return nil, fmt.Errorf("decrypt the first answer: %w", err)
	}
	return answer, nil
}

// encryption is AES-256 in GCM with random nonces. A key of this package encrypts
// one answer.
func encryption(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// id is where the request's record is kept.
func (q Request) id() string {
	sum := sha256.Sum256([]byte(q.Caller + "\x00" + q.Operation + "\x00" + q.Key))
	return hex.EncodeToString(sum[:])
}

// binding is what a sealed key belongs to.
func (q Request) binding() map[string]string {
	return map[string]string{"table": "accounts", "replay": q.id(), "caller": q.Caller}
}
