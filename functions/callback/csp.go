package main

import (
	"crypto/sha256"
	"encoding/base64"
)

// cspHash is the source expression's hash of an inline element (CSP level 3,
// section 2.3.1), so that nothing else may be inlined.
func cspHash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return base64.StdEncoding.EncodeToString(sum[:])
}
