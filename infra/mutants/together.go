package main

import (
	"bytes"
	"errors"
	"fmt"
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
)

// This file puts all mutants of a package's functions into one binary. A function
// stands there once as it is, and once for each of its mutants; as it begins it goes
// over to the one whose number the environment gives. So the tests are built once, and
// a mutant costs no more than it takes them to notice.

// chosen is the environment's variable with the number of the mutant, from 1 on.
const chosen = "SPOOL_MUTANT"

// choice is a file that is added to the package.
const choice = `package %s

import (
	"os"
	"strconv"
)

var mutantChosen, _ = strconv.Atoi(os.Getenv("` + chosen + `"))
`

// together writes the package's files with all mutants of functions that compile,
// and gives these their numbers. Mutants of other declarations, such as constants,
// are not among them.
func together(dir string, sources []*source) (files map[string][]byte, numbers map[*mutant]int, err error) {
	numbers = map[*mutant]int{}
	for _, s := range sources {
		for _, m := range s.mutants {
			if m.within != nil {
				numbers[m] = len(numbers) + 1
			}
		}
	}
	// A mutant that does not compile can hide another error, so it is checked until all is well.
	load, err := dependencies(dir)
	for err == nil {
		var bad []*mutant
		files, bad, err = attempt(dir, sources, numbers, load)
		for _, m := range bad {
			delete(numbers, m)
		}
		if len(bad) == 0 {
			break
		}
	}
	return files, numbers, err
}

// attempt writes the files, and tells which of the mutants do not compile.
func attempt(dir string, sources []*source, numbers map[*mutant]int, load types.Importer) (
	files map[string][]byte, bad []*mutant, err error,
) {
	files = map[string][]byte{filepath.Join(dir, "zz_mutant.go"): fmt.Appendf(nil, choice, sources[0].pkg)}
	at := map[string]func(offset int) *mutant{}
	for _, s := range sources {
		files[s.file], at[s.file] = s.together(numbers)
	}
	fset := token.NewFileSet()
	var parsed []*ast.File
	for file, text := range files {
		f, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		parsed = append(parsed, f)
	}
	var errs []error
	config := types.Config{Importer: load, Error: func(err error) {
		var e types.Error
		if !errors.As(err, &e) {
			errs = append(errs, err)
			return
		}
		p := fset.Position(e.Pos)
		if find := at[p.Filename]; find != nil && find(p.Offset) != nil {
			bad = append(bad, find(p.Offset))
			return
		}
		errs = append(errs, err)
	}}
	_, _ = config.Check(dir, fset, parsed, nil) // its errors are those that it told
	return files, bad, errors.Join(errs...)
}

// together writes the file with its functions' mutants behind it, and tells where each
// of them is.
func (s *source) together(numbers map[*mutant]int) (text []byte, at func(offset int) *mutant) {
	var out, behind bytes.Buffer
	type place struct {
		end    int
		mutant *mutant
	}
	var places []place
	var within *ast.FuncDecl
	done := 0
	begin := func(d *ast.FuncDecl) {
		if within != nil {
			out.WriteString("}; ")
		}
		if within = d; d != nil {
			out.Write(s.text[done:s.offset(d.Pos())])
			out.WriteString(s.head(d, d.Name.Name) + " switch mutantChosen { ")
			done = s.offset(d.Body.Lbrace) + 1
		}
	}
	for _, m := range s.mutants {
		n := numbers[m]
		if n == 0 {
			continue
		}
		d := m.within
		if within != d {
			begin(d)
		}
		name := fmt.Sprint("mutant", n)
		fmt.Fprintf(&out, "case %d: %s; ", n, s.call(d, name))
		fmt.Fprintf(&behind, "\n%s%s%s%s\n", s.head(d, name),
			s.text[s.offset(d.Body.Lbrace)+1:m.from], m.with, s.text[m.to:s.offset(d.Body.Rbrace)+1])
		places = append(places, place{behind.Len(), m})
	}
	begin(nil)
	out.Write(s.text[done:])
	start := out.Len()
	out.Write(behind.Bytes())
	return out.Bytes(), func(offset int) *mutant {
		for _, p := range places {
			if offset >= start && offset-start < p.end {
				return p.mutant
			}
		}
		return nil
	}
}

// head is a function up to its opening brace, under another name. All parameters have
// names there.
func (s *source) head(d *ast.FuncDecl, name string) string {
	receiver := ""
	if d.Recv != nil {
		receiver = "(" + s.params(d.Recv) + ") "
	}
	generic, results := "", ""
	if d.Type.TypeParams != nil {
		generic = "[" + s.params(d.Type.TypeParams) + "]"
	}
	if d.Type.Results != nil {
		results = s.code(d.Type.Results)
	}
	return fmt.Sprintf("func %s%s%s(%s) %s {", receiver, name, generic, s.params(d.Type.Params), results)
}

// call passes on to the mutant what a function was called with.
func (s *source) call(d *ast.FuncDecl, name string) string {
	if d.Recv != nil {
		name = argument(d.Recv, 0, 0) + "." + name
	}
	var args []string
	for i, f := range d.Type.Params.List {
		for j := range max(1, len(f.Names)) {
			args = append(args, argument(d.Type.Params, i, j))
		}
		if _, ok := f.Type.(*ast.Ellipsis); ok {
			args[len(args)-1] += "..."
		}
	}
	call := name + "(" + strings.Join(args, ", ") + ")"
	if d.Type.Results == nil {
		return call + "; return"
	}
	return "return " + call
}

// params writes parameters, and gives names to those without.
func (s *source) params(list *ast.FieldList) string {
	var all []string
	for i, f := range list.List {
		var names []string
		for j := range max(1, len(f.Names)) {
			names = append(names, argument(list, i, j))
		}
		all = append(all, strings.Join(names, ", ")+" "+s.code(f.Type))
	}
	return strings.Join(all, ", ")
}

// argument is the name of the j-th parameter of the i-th type.
func argument(list *ast.FieldList, i, j int) string {
	if f := list.List[i]; len(f.Names) > j && f.Names[j].Name != "_" {
		return f.Names[j].Name
	}
	return fmt.Sprint("mutantArg", list.List[i].Pos(), "x", j)
}

// dependencies gives what checks the package's imports against what is built of them.
func dependencies(dir string) (types.Importer, error) {
	list := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}",
		"./"+dir, "os", "strconv")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", dir, err)
	}
	built := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		built[path] = file
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(built[path]) }
	return importer.ForCompiler(token.NewFileSet(), "gc", open), nil
}
