package fault_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"spool/shared/fault"
)

// TestEveryReasonHasATodoCode reads the code of all packages that give reasons to posts
// and accounts: a new one that nobody knows a way out of fails here.
func TestEveryReasonHasATodoCode(t *testing.T) {
	found := map[string]string{}
	for _, pkg := range []string{"fault", "post", "publish", "schedule", "vault", "xapi", "xauth"} {
		err := fs.WalkDir(os.DirFS("../"+pkg), ".", func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			for _, code := range codesIn(t, "../"+pkg+"/"+name) {
				found[code] = pkg + "/" + name
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, known := range []string{"account_locked", "app_not_set_up", "app_credentials_refused", "reconnect_required", "twin_unknown", "worker_failed", "x_refused"} {
		if found[known] == "" {
			t.Errorf("the test does not see the code %q any more, so it may miss others", known)
		}
	}
	for code, where := range found {
		if todo := (fault.Reason{Code: code}).TodoCode(); !slices.Contains(fault.TodoCodes(), todo) {
			t.Errorf("%s gives the reason %q, about which there is nothing to do (%q)", where, code, todo)
		}
	}
}

// snake is what a reason's code looks like.
var snake = regexp.MustCompile(`^"[a-z0-9]+(_[a-z0-9]+)*"$`)

// codesIn finds the literals that a file gives as codes of reasons: as a field, by
// assignment, and without a field's name in errors that carry a verdict.
func codesIn(t *testing.T, file string) (codes []string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	take := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && snake.MatchString(lit.Value) {
			code, _ := strconv.Unquote(lit.Value)
			codes = append(codes, code)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Code" || key.Name == "code") {
				take(n.Value)
			}
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if sel, ok := lhs.(*ast.SelectorExpr); ok && sel.Sel.Name == "Code" && i < len(n.Rhs) {
					take(n.Rhs[i])
				}
			}
		case *ast.CompositeLit:
			if name, ok := n.Type.(*ast.Ident); ok && name.Name == "unreadable" {
				for _, e := range n.Elts {
					take(e)
				}
			}
		}
		return true
	})
	return codes
}
