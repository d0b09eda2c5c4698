package fault_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// codes are the types whose values have names: failures, reasons, what is to be done,
// statuses, actions and transitions.
var codes = map[string]bool{
	"spool/shared/fault.Code": true, "spool/shared/fault.ReasonCode": true, "spool/shared/fault.TodoCode": true,
	"spool/shared/post.Status": true, "spool/shared/post.SubStatus": true, "spool/shared/post.TweetStatus": true,
	"spool/shared/post.Action": true, "spool/shared/post.Transition": true,
}

// listed is a package as go list tells of it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// list asks go list for the product's packages, and what they import, compiled.
func list(t *testing.T) (all []listed) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles",
		"./shared/...", "./functions/...")
	cmd.Dir, cmd.Stderr = filepath.Join("..", ".."), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestCodesAreWrittenOnce: nobody spells a code, but where it gets its name. A literal
// that lacks a letter would compile, and mean nothing.
func TestCodesAreWrittenOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("looks at the types of all packages")
	}
	all, exports := list(t), map[string]string{}
	for _, p := range all {
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	compiled := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	named := 0
	for _, p := range all {
		if !strings.HasPrefix(p.ImportPath, "spool/") || p.ImportPath == "spool/shared/storetest" { // which is for tests
			continue
		}
		var files []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		if _, err := (&types.Config{Importer: compiled}).Check(p.ImportPath, fset, files, info); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			for _, lit := range spelled(f, info) {
				t.Errorf("%v: %s is the literal of a code: use its name", fset.Position(lit.Pos()), lit.Value)
			}
		}
		for _, tv := range info.Types {
			if tv.Value != nil && codes[types.TypeString(tv.Type, nil)] {
				named++
			}
		}
	}
	if named < 300 {
		t.Errorf("only %d codes are named: the test does not see what it should", named)
	}
}

// spelled are the literals of codes in a file, save for those of constants.
func spelled(f *ast.File, info *types.Info) (found []*ast.BasicLit) {
	ast.Inspect(f, func(n ast.Node) bool {
		if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
			return false
		}
		lit, ok := n.(*ast.BasicLit)
		if ok && lit.Kind == token.STRING && lit.Value != `""` && codes[types.TypeString(info.TypeOf(lit), nil)] {
			found = append(found, lit)
		}
		return true
	})
	return found
}
