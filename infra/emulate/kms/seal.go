package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

const (
	backingBytes = 32 // AES-256
	maxVersion   = 1<<16 - 1
)

// sealed is a ciphertext taken apart: what it says about its key, and the rest. On the wire it is one byte with the
// length of the key's id, the id, two bytes with the number of the backing key, and then nonce, ciphertext and tag.
type sealed struct {
	key     string
	version int
	body    []byte
}

var errCiphertext = errors.New("not a ciphertext")

func parse(blob []byte) (sealed, error) {
	if len(blob) < 1 || len(blob) < 1+int(blob[0])+2 {
		return sealed{}, errCiphertext
	}
	id, rest := blob[1:1+blob[0]], blob[1+blob[0]:]
	return sealed{key: string(id), version: int(binary.BigEndian.Uint16(rest)), body: rest[2:]}, nil
}

// seal encrypts with the key's latest backing key.
func (k key) seal(id string, plaintext []byte, context map[string]string) []byte {
	version := len(k.Backing) - 1
	blob := append([]byte{byte(len(id))}, id...)
	blob = binary.BigEndian.AppendUint16(blob, uint16(version))
	return k.aead(version).Seal(blob, nil, plaintext, additional(blob, context))
}

// open decrypts what seal gave.
func (k key) open(s sealed, context map[string]string) ([]byte, error) {
	if s.version >= len(k.Backing) {
		return nil, errCiphertext
	}
	head := append([]byte{byte(len(s.key))}, s.key...)
	head = binary.BigEndian.AppendUint16(head, uint16(s.version))
	return k.aead(s.version).Open(nil, nil, s.body, additional(head, context))
}

func (k key) aead(version int) cipher.AEAD {
	block, err := aes.NewCipher(k.Backing[version])
	if err != nil {
		panic(err) // load has seen to the length
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the right block size
	}
	return gcm
}

// additional is what is authenticated beside the plaintext: the head of the ciphertext, and the context by sorted
// names, each with its length, so that no two contexts are the same bytes.
func additional(head []byte, context map[string]string) []byte {
	b := slices.Clone(head)
	for _, name := range slices.Sorted(maps.Keys(context)) {
		for _, s := range []string{name, context[name]} {
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
		}
	}
	return b
}
