// Package adminkey keeps the owner's first API key in a file on the owner's machine. What is deployed knows its hash
// only.
package adminkey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File gives the key in the file at path, which only its owner may read. Where there is none, a random key of 256 bits
// is made, and the folders as well.
func File(path string) (string, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return create(path)
	}
	if err != nil {
		return "", fmt.Errorf("read the admin key: %w", err)
	}
	key := strings.TrimSpace(string(content))
	if key == "" {
		return "", fmt.Errorf("the admin key file %s is empty: delete it to get a new key", path)
	}
	return key, nil
}

func create(path string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("make the folder of the admin key: %w", err)
	}
	var bits [32]byte
	rand.Read(bits[:]) // never fails: see its documentation
	key := hex.EncodeToString(bits[:])
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("write the admin key: %w", err)
	}
	_, err = fmt.Fprintln(file, key)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("write the admin key: %w", err)
	}
	return key, nil
}

// Hash is what the template's parameter AdminKeyHash takes: the SHA-256 in hexadecimal digits.
func Hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
