package storetest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync/atomic"

	"spool/shared/vault"
)

// Sealer seals in memory as KMS does: with AES-GCM, bound to what is given with
// the plaintext. It counts what it is asked. It is safe for concurrent use.
type Sealer struct {
	aead          cipher.AEAD
	Seals, Opened atomic.Int64
}

var _ vault.Sealer = (*Sealer)(nil)

// NewSealer makes a sealer with a key of its own.
func NewSealer() *Sealer {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has a length that AES takes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return &Sealer{aead: aead}
}

// Seal implements [vault.Sealer].
func (s *Sealer) Seal(ctx context.Context, plain []byte, binding map[string]string) ([]byte, error) {
	s.Seals.Add(1)
	return s.aead.Seal(nil, nil, plain, canonical(binding)), ctx.Err()
}

// Open implements [vault.Sealer].
func (s *Sealer) Open(ctx context.Context, sealed []byte, binding map[string]string) ([]byte, error) {
	s.Opened.Add(1)
	plain, err := s.aead.Open(nil, nil, sealed, canonical(binding))
	if err != nil {
		return nil, errors.New("what is sealed does not open under this binding")
	}
	return plain, ctx.Err()
}

// canonical gives a binding as bytes: JSON, whose keys are sorted.
func canonical(binding map[string]string) []byte {
	b, err := json.Marshal(binding)
	if err != nil {
		panic(err) // strings always marshal
	}
	return b
}
