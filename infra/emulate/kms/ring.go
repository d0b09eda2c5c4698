package kms

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// ring is every key, as it is stored.
type ring struct {
	Keys    map[string]key    `json:"keys"`    // by id
	Aliases map[string]string `json:"aliases"` // "alias/NAME" → id
}

// key is one key with its backing keys of 32 bytes, of which the last seals.
type key struct {
	Created time.Time `json:"created"`
	Backing [][]byte  `json:"backing"`
}

func (r ring) clone() ring { return ring{maps.Clone(r.Keys), maps.Clone(r.Aliases)} }

// load reads a ring; without the file it is empty.
func load(path string) (ring, error) {
	r := ring{map[string]key{}, map[string]string{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return ring{}, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return ring{}, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if r.Keys == nil || r.Aliases == nil {
		return ring{}, fmt.Errorf("%s is damaged: it has no keys or no aliases", path)
	}
	for id, k := range r.Keys {
		if len(k.Backing) == 0 {
			return ring{}, fmt.Errorf("%s is damaged: the key %s has no backing key", path, id)
		}
		for _, b := range k.Backing {
			if len(b) != backingBytes {
				return ring{}, fmt.Errorf("%s is damaged: the key %s has a backing key of %d bytes", path, id, len(b))
			}
		}
	}
	return r, nil
}

// save replaces the file as a whole, so that it is never half written.
func (r ring) save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once the file is renamed
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func newBackingKey() []byte {
	b := make([]byte, backingBytes)
	rand.Read(b)
	return b
}
