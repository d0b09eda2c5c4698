package fault_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"spool/shared/fault"
)

// constants are the values of a type's constants in one of the package's files.
func constants(t *testing.T, file, of string) (values []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == of {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("%s has no constants of type %s", file, of)
	}
	return values
}

// TestEveryReasonIsKnown: what happened, and what is to be done about it.
func TestEveryReasonIsKnown(t *testing.T) {
	codes := constants(t, "reasons.go", "ReasonCode")
	for _, k := range fault.Reasons() {
		i := slices.Index(codes, string(k.Code))
		if i < 0 {
			t.Errorf("%s is listed twice, or has no constant", k.Code)
			continue
		}
		codes = slices.Delete(codes, i, i+1)
		if !strings.HasSuffix(k.Sentence, ".") || k.Todo != "" && !strings.HasSuffix(k.Todo, ".") {
			t.Errorf("%s says %q, and to do %q", k.Code, k.Sentence, k.Todo)
		}
		if r := k.Code.Reason(); r.Code != k.Code || r.Sentence != k.Sentence || r.Todo != k.Todo || r.TodoCode() != k.TodoCode {
			t.Errorf("%s gives %+v", k.Code, r)
		}
		if !slices.ContainsFunc(fault.Todos(), func(todo fault.Todo) bool { return todo.Code == k.TodoCode }) {
			t.Errorf("%s has the todo code %q, which nobody knows", k.Code, k.TodoCode)
		}
	}
	if len(codes) > 0 {
		t.Errorf("nothing is known of the reasons %v", codes)
	}
}

// TestEveryTodoIsListed once.
func TestEveryTodoIsListed(t *testing.T) {
	codes := constants(t, "todo.go", "TodoCode")
	var listed []string
	for _, todo := range fault.Todos() {
		listed = append(listed, string(todo.Code))
		if !strings.HasSuffix(todo.Does, ".") {
			t.Errorf("%s asks for %q", todo.Code, todo.Does)
		}
	}
	if !slices.Equal(codes, listed) {
		t.Errorf("there are %v, and listed %v", codes, listed)
	}
}

// TestWordsSuitEveryClient: none names a request of the API's.
func TestWordsSuitEveryClient(t *testing.T) {
	for _, k := range fault.Reasons() {
		for _, word := range []string{"/v1/", "GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "spool "} {
			if strings.Contains(k.Sentence+k.Todo, word) {
				t.Errorf("%s says %q: not every client knows that", k.Code, word)
			}
		}
	}
}

func TestSays(t *testing.T) {
	r := fault.ReasonMissed.Reason()
	if got := r.Says("Too late."); got.Sentence != "Too late." || got.Todo != r.Todo || r.Sentence == got.Sentence {
		t.Errorf("got %+v of %+v", got, r)
	}
}

// TestEveryCodeIsKnown: when it is given, what to do about it, and its HTTP status.
func TestEveryCodeIsKnown(t *testing.T) {
	codes := constants(t, "codes.go", "Code")
	for _, p := range fault.Problems() {
		i := slices.Index(codes, string(p.Code))
		if i < 0 {
			t.Errorf("%s is listed twice, or has no constant", p.Code)
			continue
		}
		codes = slices.Delete(codes, i, i+1)
		if !strings.HasSuffix(p.When, ".") || !strings.HasSuffix(p.Todo, ".") {
			t.Errorf("%s is given %q; to do: %q", p.Code, p.When, p.Todo)
		}
		if want := cmp.Or(p.Status, http.StatusInternalServerError); p.Code.Status() != want {
			t.Errorf("%s is answered with %d, want %d", p.Code, p.Code.Status(), want)
		}
	}
	if len(codes) > 0 {
		t.Errorf("nothing is known of the codes %v", codes)
	}
}
