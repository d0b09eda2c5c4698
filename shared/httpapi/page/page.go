// Package page serves Spool's web page: static files that are part of the binary
// and hold no secrets. What they show they read from the API.
//
// The folder static is served as it stands, and nothing is built: what its modules
// say in comments of their types TypeScript checks, as a lint step (infra/page/lint),
// and static_test has tests of those that do without a browser. Only addresses
// of assets in index.html get a digest of all files into them, so that browsers may
// keep what they have for good and yet never mix two releases.
package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed static
var embedded embed.FS

// Files are the page's files, index.html at the top.
func Files() fs.FS {
	files, err := fs.Sub(embedded, "static")
	if err != nil {
		panic(err) // the name is well formed
	}
	return files
}

const (
	index  = "index.html"
	assets = "/assets/"

	// What a browser keeps it asks about each time, or, under an address with the
	// digest, never again.
	ask     = "no-cache"
	forGood = "public, max-age=31536000, immutable"
)

// types are the content types of the files by their extensions. The system's own
// table differs between machines.
var types = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8", ".png": "image/png", ".woff2": "font/woff2",
}

// Page serves GET / and GET /assets/. It is safe for concurrent use.
type Page struct {
	policy string
	read   func() (release, error) // when first asked for: most starts of the function are not for the page
}

// release is all that there is of the page.
type release struct {
	files  map[string]*file // by path
	digest string           // of all files
}

// New gives the page of files. Uploads is the origin, such as
// https://bucket.s3.eu-central-1.amazonaws.com, to which it sends media.
func New(files fs.FS, uploads string) *Page {
	return &Page{policy(uploads), sync.OnceValues(func() (release, error) { return read(files) })}
}

func read(files fs.FS) (release, error) {
	r := release{files: map[string]*file{}}
	all := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		all.Write([]byte(name + "\x00"))
		all.Write(content)
		r.files["/"+name] = newFile(name, content)
		return nil
	})
	r.digest = short(all.Sum(nil))
	if first, ok := r.files["/"+index]; ok {
		versioned := bytes.ReplaceAll(first.content, []byte(`"`+assets), []byte(`"`+assets+r.digest+"/"))
		r.files["/"] = newFile(index, versioned)
	}
	return r, err
}

// policy is the content security policy: nothing from elsewhere, nothing inline, no
// text that becomes markup, but for what is pasted, which compose/html.js parses into a
// document that is not shown. Media are shown before they are uploaded, from blobs.
func policy(uploads string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; " +
		"img-src 'self' blob: data:; media-src 'self' blob:; " +
		strings.TrimSpace(
			"connect-src 'self' "+uploads,
		) + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'; trusted-types paste"
}

// ServeHTTP answers a file, or 404.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	all, err := p.read()
	if err != nil { // which embedded files cannot give
		http.Error(w, "The page cannot be read.", http.StatusInternalServerError)
		return
	}
	name, keep := r.URL.Path, ask
	if rest, ok := strings.CutPrefix(name, assets+all.digest+"/"); ok {
		name, keep = assets+rest, forGood
	}
	f, ok := all.files[name]
	if !ok || name == "/"+index { // it has one address
		http.Error(w, "There is nothing at this address.", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", keep)
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	f.serve(w, r)
}

// file is one file.
type file struct {
	kind    string // its content type
	tag     string // a digest of the content
	content []byte
	packed  func() []byte // by gzip; nil when that does not help
}

func newFile(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	f := &file{kind: types[path.Ext(name)], tag: short(sum[:]), content: content}
	if f.kind == "" {
		f.kind = "application/octet-stream"
	}
	if strings.HasPrefix(f.kind, "text/") || f.kind == types[".svg"] {
		f.packed = sync.OnceValue(func() []byte { return pack(content) })
	}
	return f
}

// serve answers the file as the client takes it, or that the client has it.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	content, tag, h := f.content, f.tag, w.Header()
	h.Set("Content-Type", f.kind)
	if f.packed != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
			content, tag = f.packed(), tag+"-gzip"
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// takesGzip reports whether the client says that it does (RFC 9110, section
// 12.5.3). What is not understood counts as no.
func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			_, q, _ := strings.Cut(weight, "=")
			return strings.Trim(q, " 0.") != "" || strings.TrimSpace(weight) == ""
		}
	}
	return false
}

// pack compresses into memory, which cannot fail.
func pack(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(content)
	_ = w.Close()
	return b.Bytes()
}

func short(sum []byte) string { return hex.EncodeToString(sum)[:16] }
