// Package kms is a KMS for symmetric keys, kept in one file.
package kms

import "net/http"

// Server is an http.Handler speaking AWS JSON 1.1. It is safe for concurrent use.
type Server struct{}

// Open reads the keys from the file at path, which is made (mode 0600) with the first key.
func Open(path string) (*Server, error) { return &Server{}, nil }

// Key gives the ARN of the key with the alias ("alias/TokenKey"), and makes the key when there is none.
func (s *Server) Key(alias string) (arn string, err error) { return "", nil }

// Rotate gives the key (by id, ARN or alias) new backing material. What older material sealed still opens.
func (s *Server) Rotate(key string) error { return nil }

// KeyARN is the ARN of the key that keyID names (id, ARN, alias or alias ARN), or, when keyID is empty,
// of the key that sealed ciphertext. A key that does not exist gives an ARN that no policy names.
func (s *Server) KeyARN(keyID string, ciphertext []byte) string { return "" }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {}
