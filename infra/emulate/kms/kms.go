// Package kms is a KMS for symmetric keys: Encrypt, Decrypt, GenerateDataKey and DescribeKey with encryption contexts.
//
// As in KMS a key is a name for backing keys: rotation adds one, which seals from then on, while the older ones still
// open what they sealed. The backing keys are kept in one file, readable by its owner only, so that what was sealed can
// be opened after a restart. That file is all that protects it: this is for development.
//
// Source: https://docs.aws.amazon.com/kms/latest/APIReference/
package kms

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"spool/infra/emulate"
	"spool/infra/emulate/awsjson"
)

// Server holds the keys of the account. As an http.Handler it speaks AWS JSON 1.1. It is safe for concurrent use.
type Server struct {
	// Now is the clock; Open sets it to time.Now. Set it before use.
	Now func() time.Time

	path     string
	mu       sync.RWMutex
	ring     ring
	disabled map[string]bool // by id; not kept
}

// Open reads the keys from the file at path, which is made (mode 0600) with the first key.
func Open(path string) (*Server, error) {
	ring, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("kms: read the keys: %w", err)
	}
	return &Server{Now: time.Now, path: path, ring: ring, disabled: map[string]bool{}}, nil
}

// Key gives the ARN of the key with the alias ("alias/TokenKey"), and makes the key when there is none.
func (s *Server) Key(alias string) (arn string, err error) {
	if !strings.HasPrefix(alias, "alias/") {
		return "", fmt.Errorf("kms: the alias %q does not begin with alias/", alias)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := s.ring.Aliases[alias]; ok {
		return keyARN(id), nil
	}
	id := emulate.UUID()
	changed := s.ring.clone()
	changed.Keys[id] = key{Created: s.Now().UTC(), Backing: [][]byte{newBackingKey()}}
	changed.Aliases[alias] = id
	return keyARN(id), s.change(changed)
}

// Enable has the key (by id, ARN or alias) seal and open, or not any more.
func (s *Server) Enable(name string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := s.resolve(name)
	if err == nil {
		s.disabled[id] = !on
	}
	return err
}

// Rotate gives the key (by id, ARN or alias) a new backing key. What older ones sealed still opens.
func (s *Server) Rotate(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, err := s.resolve(name)
	if err != nil {
		return err
	}
	changed := s.ring.clone()
	k := changed.Keys[id]
	if len(k.Backing) > maxVersion {
		return fmt.Errorf("kms: the key %s has been rotated %d times, which is the most", id, maxVersion)
	}
	k.Backing = append(k.Backing, newBackingKey())
	changed.Keys[id] = k
	return s.change(changed)
}

// change stores the keys and then uses them. The caller holds the lock.
func (s *Server) change(r ring) error {
	if err := r.save(s.path); err != nil {
		return fmt.Errorf("kms: store the keys: %w", err)
	}
	s.ring = r
	return nil
}

// KeyARN is the ARN of the key that keyID names (id, ARN, alias or alias ARN), or, when keyID is empty,
// of the key that sealed ciphertext. A key that does not exist gives an ARN that no policy names.
func (s *Server) KeyARN(keyID string, ciphertext []byte) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if keyID == "" {
		sealed, _ := parse(ciphertext)
		keyID = sealed.key
	}
	id, err := s.resolve(keyID)
	if err != nil {
		return keyARN("unknown")
	}
	return keyARN(id)
}

// resolve gives the id of a key by its id, ARN, alias or alias ARN. The caller holds the lock.
func (s *Server) resolve(name string) (string, error) {
	short := strings.TrimPrefix(name, emulate.ARN("kms", ""))
	id := strings.TrimPrefix(short, "key/")
	if strings.HasPrefix(short, "alias/") {
		id = s.ring.Aliases[short]
	}
	if _, ok := s.ring.Keys[id]; !ok {
		return "", &awsjson.Error{Code: "NotFoundException", Message: "Key '" + name + "' does not exist"}
	}
	return id, nil
}

func keyARN(id string) string { return emulate.ARN("kms", "key/"+id) }
