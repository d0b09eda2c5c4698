package post_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"spool/shared/post"
)

// TestTransitionsAreNamedInOnePlace: whoever means a transition says so by its
// constant. A file that knows posts, of the product, its tests or what plays it, has
// no string that is the name of one.
func TestTransitionsAreNamedInOnePlace(t *testing.T) {
	names := map[string]bool{}
	for _, e := range post.Transitions() {
		names[string(e.Name)] = true
	}
	const root = "../.."
	for _, room := range []string{"functions", "infra", "shared"} {
		err := filepath.WalkDir(filepath.Join(root, room), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.Name() == "node_modules" || d.Name() == "testdata":
				return filepath.SkipDir
			case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "shared/post/transition.go"):
				return nil
			}
			files := token.NewFileSet()
			f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil || !knowsPosts(f) {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				if s, err := strconv.Unquote(lit.Value); err == nil && names[s] {
					t.Errorf("%s: %q is a transition: use post.%s", files.Position(lit.Pos()), s, s)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// knowsPosts reports whether a file is of this package or imports it.
func knowsPosts(f *ast.File) bool {
	for _, i := range f.Imports {
		if i.Path.Value == strconv.Quote("spool/shared/post") {
			return true
		}
	}
	return f.Name.Name == "post"
}

// TestTransitionsAreMethods: a transition is a method of a post, or says of which it is
// a part.
func TestTransitionsAreMethods(t *testing.T) {
	part := map[post.Transition]post.Transition{
		post.RestoreDraft: post.Restore, post.ResolveLast: post.Resolve, post.RetryUnpublish: post.Retry, post.RemovedLast: post.Removed,
	}
	for _, e := range post.Transitions() {
		name := e.Name
		if of := part[name]; of != "" {
			name = of
		}
		if _, ok := reflect.TypeFor[post.Post]().MethodByName(string(name)); !ok {
			t.Errorf("%s is no method of a post", name)
		}
	}
}
