package page_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"spool/shared/httpapi/page"
)

func serve(files fs.FS) *page.Page {
	return page.New(files, "https://media.s3.example")
}

// get asks for a path, with headers as pairs of name and value.
func get(p *page.Page, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	p.ServeHTTP(rec, r)
	return rec
}

func small(script string) fs.FS {
	return fstest.MapFS{
		"index.html":           {Data: []byte(`<script src="/assets/app.js"></script><a href="https://x.example/assets/">`)},
		"assets/app.js":        {Data: []byte(script)},
		"assets/views/post.js": {Data: []byte("post")},
		"assets/dot.png":       {Data: []byte("\x89PNG")},
	}
}

var versioned = regexp.MustCompile(`"(/assets/[0-9a-f]{16}/app\.js)"`)

func TestBrowsersKeepARelease(t *testing.T) {
	p := serve(small("one"))
	first := get(p, "/")
	found := versioned.FindStringSubmatch(first.Body.String())
	if found == nil || !strings.Contains(first.Body.String(), `"https://x.example/assets/"`) {
		t.Fatalf("index.html is %s", first.Body)
	}
	if got := first.Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("index.html may be kept: %s", got)
	}
	script := get(p, found[1])
	if script.Code != http.StatusOK || script.Body.String() != "one" ||
		!strings.Contains(script.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%s: got %d %v", found[1], script.Code, script.Header())
	}
	if nested := get(p, path.Join(path.Dir(found[1]), "views/post.js")); nested.Code != http.StatusOK ||
		!strings.Contains(nested.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("a relative import: got %d %v", nested.Code, nested.Header())
	}
	plain := get(p, "/assets/app.js")
	if plain.Code != http.StatusOK || plain.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("without a digest: got %d %v", plain.Code, plain.Header())
	}
	next := serve(small("two"))
	if old := get(next, found[1]); old.Code != http.StatusNotFound {
		t.Errorf("the next release answers for the one before: %d", old.Code)
	}
	if get(next, "/").Header().Get("ETag") == first.Header().Get("ETag") {
		t.Error("a release whose script differs has the same first page")
	}
}

func TestWhatABrowserHasIsNotSentAgain(t *testing.T) {
	p := serve(small("one"))
	for _, name := range []string{"/", "/assets/app.js", "/assets/dot.png"} {
		for _, accepted := range []string{"", "gzip, br"} {
			tag := get(p, name, "Accept-Encoding", accepted).Header().Get("ETag")
			again := get(p, name, "Accept-Encoding", accepted, "If-None-Match", tag)
			if tag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
				t.Errorf("%s %q: tag %s, got %d", name, accepted, tag, again.Code)
			}
		}
	}
	plain, packed := get(p, "/").Header(), get(p, "/", "Accept-Encoding", "gzip").Header()
	if plain.Get("ETag") == packed.Get("ETag") {
		t.Error("two representations have one strong tag")
	}
}

func TestTextIsPackedForWhoTakesIt(t *testing.T) {
	p := serve(small(strings.Repeat("one ", 1000)))
	for accepted, want := range map[string]string{
		"gzip": "gzip", "br, GZIP;q=0.5": "gzip", "gzip;q=1.0": "gzip",
		"": "", "br": "", "gzip;q=0": "", "gzip; q=0.000": "", "xgzip": "",
	} {
		got := get(p, "/assets/app.js", "Accept-Encoding", accepted)
		if got.Header().Get("Content-Encoding") != want || got.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: got %v", accepted, got.Header())
		}
		body := got.Body.Bytes()
		if want == "gzip" {
			r, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if len(body) > 200 {
				t.Errorf("%d bytes were sent", len(body))
			}
			body, _ = io.ReadAll(r)
		}
		if string(body) != strings.Repeat("one ", 1000) {
			t.Errorf("%q: the script is %.40s", accepted, body)
		}
	}
	if h := get(p, "/assets/dot.png", "Accept-Encoding", "gzip").Header(); h.Get("Content-Encoding") != "" ||
		h.Get("Content-Type") != "image/png" {
		t.Errorf("a picture: %v", h)
	}
}

func TestNothingElseIsServed(t *testing.T) {
	p := serve(small("one"))
	for _, name := range []string{
		"/index.html", "/assets/", "/assets/views", "/assets/none.js", "/assets/../index.html", "/assets/%2e%2e/page.go",
		"/v1/posts", "/assets/0123456789abcdef/app.js",
	} {
		if got := get(p, name); got.Code != http.StatusNotFound {
			t.Errorf("%s: got %d", name, got.Code)
		}
	}
}

func TestThePageIsGuarded(t *testing.T) {
	h := get(serve(small("one")), "/").Header()
	for _, part := range []string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self' https://media.s3.example",
		"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
		"trusted-types paste",
	} {
		if !strings.Contains("; "+h.Get("Content-Security-Policy")+";", "; "+part+";") {
			t.Errorf("the policy lacks %s: %s", part, h.Get("Content-Security-Policy"))
		}
	}
	if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") {
		t.Error("the policy allows what is unsafe")
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// What bounds all of the page, in bytes: as its files are, of which comments with
// the types that `make lint` checks are a good part, and as browsers get them,
// compressed.
const (
	maxWeight = 255_000
	maxSent   = 99_000
)

func TestThePageIsLightAndComplete(t *testing.T) {
	p := serve(page.Files())
	total, sent := 0, 0
	err := fs.WalkDir(page.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		total += int(info.Size())
		address := "/" + name
		if name == "index.html" {
			address = "/"
		}
		sent += get(p, address, "Accept-Encoding", "gzip").Body.Len()
		if got := get(p, address); got.Code != http.StatusOK ||
			got.Header().Get("Content-Type") == "application/octet-stream" {
			t.Errorf("%s: got %d as %s", name, got.Code, got.Header().Get("Content-Type"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the page has %d bytes in all, and %d as it is sent", total, sent)
	if total > maxWeight || sent > maxSent {
		t.Errorf("the page has %d bytes in all, and %d as it is sent, more than %d or %d", total, sent, maxWeight, maxSent)
	}
	links := regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`)
	for _, link := range links.FindAllStringSubmatch(get(p, "/").Body.String(), -1) {
		if got := get(p, link[1]); got.Code != http.StatusOK {
			t.Errorf("index.html refers to %s: %d", link[1], got.Code)
		}
	}
}

// TestJavaScript runs the tests of the page's modules that do without a browser, by
// Node.js's own test runner.
func TestJavaScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node.js is not installed")
	}
	tests, err := filepath.Glob("static_test/*.test.js")
	if err != nil || len(tests) == 0 {
		t.Fatalf("there are no tests: %v", err)
	}
	// They are read for go test, which keeps results until a file that was read changes.
	for _, name := range append(tests, "static_test/samples.js") {
		if _, err := os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), node, append([]string{"--test", "--test-reporter=spec"}, tests...)...).
		CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
