// Command lint checks the JavaScript of Spool's web page: its format, the length of its lines, and its types, which its
// comments say. What the API takes and answers is typed by the API's own document, so that the page cannot ask for what
// there is not.
//
//	go run ./infra/page/lint [-fix]
//
// The tools come from npm, pinned by a lock file. Editors find what they need in .build/page, after the first run.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"spool/infra/emulate/npm"
	"spool/shared/httpapi"
)

//go:embed package.json package-lock.json
var packages embed.FS

const (
	page  = "shared/httpapi/page"
	build = ".build/page" // tsconfig.json knows it, too
)

func main() {
	fix := flag.Bool("fix", false, "put the format right instead of checking it")
	flag.Parse()
	if err := run(context.Background(), *fix); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run checks everything, even where the first check finds something.
func run(ctx context.Context, fix bool) error {
	if _, err := os.Stat(page); err != nil {
		return errors.New("run this in the module's root")
	}
	tools, err := install(ctx)
	if err != nil {
		return err
	}
	format := "--check"
	if fix {
		format = "--write"
	}
	return errors.Join(
		tools.run(ctx, "prettier", "--log-level", "warn", format, page+"/**/*.{js,json,d.ts}"),
		longLines(page),
		tools.types(ctx))
}

// maxLine is how many characters a line may have. Prettier leaves texts and comments as long as they are.
const maxLine = 120

// longLines finds the lines of a folder's JavaScript that are longer.
func longLines(folder string) (found error) {
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".js" && filepath.Ext(name) != ".ts" {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		n := 0
		for line := range strings.Lines(string(content)) {
			n++
			if long := utf8.RuneCountInString(strings.TrimRight(line, "\n")); long > maxLine {
				found = errors.Join(found, fmt.Errorf("%s:%d: the line has %d characters, more than %d", name, n, long, maxLine))
			}
		}
		return nil
	})
	return errors.Join(found, err)
}

// tools is the folder of the installed programs.
type tools string

// install installs the tools and puts them where editors look.
func install(ctx context.Context) (tools, error) {
	set := npm.Set{Name: "page-lint", What: "the check of the page's JavaScript", Files: packages, Log: os.Stderr}
	folder, err := set.Install(ctx, ".build/cache")
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(build, 0o755); err != nil {
		return "", err
	}
	modules := filepath.Join(build, "node_modules")
	if err := os.Remove(modules); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return tools(filepath.Join(folder, "node_modules", ".bin")), os.Symlink(filepath.Join(folder, "node_modules"), modules)
}

// types checks the page against the types of the API as it is now.
func (t tools) types(ctx context.Context) error {
	document := filepath.Join(build, "openapi.json")
	if err := os.WriteFile(document, openAPI(), 0o644); err != nil {
		return err
	}
	if err := t.run(ctx, "openapi-typescript", document, "--output", filepath.Join(build, "api.d.ts")); err != nil {
		return err
	}
	return t.run(ctx, "tsc", "--project", page)
}

// run runs a tool, whose findings are what it prints.
func (t tools) run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(string(t), name), args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// openAPI is the API's document.
func openAPI() []byte {
	api := httpapi.API{Log: slog.New(slog.DiscardHandler)}
	answer := httptest.NewRecorder()
	api.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/v1/openapi.json", nil))
	return answer.Body.Bytes()
}
