// Package docs shows an OpenAPI document as one page of plain HTML, without any
// script. html/template would make the function's binary a third larger, so the
// page is written out, and everything that comes from the document is escaped in
// one place.
package docs

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.css
var style string

// Handler serves the page, which is made of the document when it is first asked for.
func Handler(doc func() *huma.OpenAPI) http.Handler {
	made := sync.OnceValue(func() []byte { return Page(doc()) })
	sum := sha256.Sum256([]byte(style))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(made())
	})
}

// Operations are the operations of a path, in a fixed order.
func Operations(item *huma.PathItem) []*huma.Operation {
	var all []*huma.Operation
	for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if op != nil {
			all = append(all, op)
		}
	}
	return all
}
