package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	layoutRow = regexp.MustCompile("(?m)^\\| (`[a-z].*?`) \\| ")
	folder    = regexp.MustCompile("`([a-z0-9/]+)`")
)

// TestTheReadmeNamesEveryPackage holds the README's layout table to the folders: a
// package is found in one try.
func TestTheReadmeNamesEveryPackage(t *testing.T) {
	readme := text(t, "../../README.md")
	_, table, _ := strings.Cut(readme, "\n## Layout\n")
	table, _, _ = strings.Cut(table, "\n## ")
	named := map[string]bool{}
	for _, row := range layoutRow.FindAllStringSubmatch(table, -1) {
		room := ""
		for _, f := range folder.FindAllStringSubmatch(row[1], -1) {
			path := f[1]
			if !strings.Contains(path, "/") { // `functions/api`, `callback`: of the same room
				path = room + "/" + path
			}
			room = filepath.Dir(path)
			if _, err := os.Stat(filepath.Join("../..", path)); err != nil {
				t.Errorf("the README names %s, which is not there", path)
			}
			named[path] = true
		}
	}
	if len(named) == 0 {
		t.Fatal("the README's layout table was not found")
	}
	for _, room := range []string{"functions", "shared", "infra", "infra/sim"} {
		for _, path := range packagesIn(t, room) {
			if !named[path] {
				t.Errorf("the README's layout table does not name %s", path)
			}
		}
	}
	emulate := text(t, "../emulate/emulate.go")
	for _, path := range packagesIn(t, "infra/emulate") {
		if name := filepath.Base(path); !regexp.MustCompile(`(?m)^//   - .*\b` + name + `\b`).MatchString(emulate) {
			t.Errorf("the documentation of infra/emulate does not name %s", name)
		}
	}
}

// packagesIn are the folders of a room that have Go files.
func packagesIn(t *testing.T, room string) (paths []string) {
	files, err := filepath.Glob(filepath.Join("../..", room, "*", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing in %s: %v", room, err)
	}
	for _, f := range files {
		paths = append(paths, room+"/"+filepath.Base(filepath.Dir(f)))
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func text(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
