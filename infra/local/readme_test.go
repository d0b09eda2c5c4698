package main

import (
	"io/fs"
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
	emulate := text(t, "../emulate/emulate.go")
	documented := map[string]bool{}
	for _, line := range strings.Split(emulate, "\n") {
		if list, ok := strings.CutPrefix(line, "//   - "); ok {
			for _, name := range regexp.MustCompile(`[a-z0-9]+`).FindAllString(list, -1) {
				documented["infra/emulate/"+name] = true
			}
		}
	}
	for _, path := range packages(t) {
		if !named[path] && !documented[path] {
			t.Errorf("the README's layout table does not name %s", path)
		}
	}
}

// packages are the folders with Go files that others may look for: what is internal, or
// helps the tests of the package beside it, is found from there.
func packages(t *testing.T) (paths []string) {
	for _, room := range []string{"functions", "shared", "infra"} {
		err := filepath.WalkDir(filepath.Join("../..", room), func(path string, d fs.DirEntry, err error) error {
			switch name := d.Name(); {
			case err != nil:
				return err
			case d.IsDir() && (name == "testdata" || name == "internal" || name == "node_modules"):
				return fs.SkipDir
			case strings.HasSuffix(name, ".go"):
				paths = append(paths, strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../../"))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(paths)
	return slices.DeleteFunc(slices.Compact(paths), func(path string) bool {
		return strings.HasSuffix(path, filepath.Base(filepath.Dir(path))+"test") // media/mediatest
	})
}

func text(t *testing.T, path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
