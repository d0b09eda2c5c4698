package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// mutant is one change of a source file.
type mutant struct {
	name     string // the file, the declaration, and what is changed into what
	file     string
	line     int
	from, to int           // what is left out, in bytes
	with     string        // what stands there instead
	within   *ast.FuncDecl // nil: a constant's or variable's declaration
}

// apply makes the change.
func (m mutant) apply(source []byte) []byte {
	return slices.Concat(source[:m.from], []byte(m.with), source[m.to:])
}

// source is a file, and what it is changed into, in the order of the places.
type source struct {
	file    string
	text    []byte
	pkg     string
	fset    *token.FileSet
	mutants []*mutant
}

// mutate finds all mutants of a file.
func mutate(file string, text []byte) (*source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	s := &source{file: file, text: text, pkg: f.Name.Name, fset: fset}
	m := &mutator{source: s, names: map[string]int{}, met: map[string]bool{string(text): true}}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				m.within, m.name = d, funcName(d)
				m.declaration(d.Body)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && v.Names[0].Name != "_" { // that is for the compiler
					m.within, m.name = nil, v.Names[0].Name
					m.declaration(v)
				}
			}
		}
	}
	return s, nil
}

// funcName is a function's name, with that of its receiver's type.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if id, ok := t.(*ast.Ident); ok {
		return id.Name + "." + d.Name.Name
	}
	return d.Name.Name
}

// mutator collects the mutants of a file.
type mutator struct {
	*source
	name   string // of the declaration that is being changed
	within *ast.FuncDecl
	names  map[string]int  // how often each name was given
	met    map[string]bool // texts: two changes can come to the same
}

func (m *mutator) declaration(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if unread(n) {
			return false
		}
		if worded := worded(n); worded != nil {
			m.declaration(worded)
			return false
		}
		m.node(n)
		return true
	})
}

// unread reports whether a node is for people's eyes only: a call of a logger, or a
// fault's words. What it says is not what is tried here; see [worded], too.
func unread(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		s, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "fault" && s.Sel.Name == "New" {
			return true
		}
		log, ok := s.X.(*ast.SelectorExpr)
		return ok && strings.EqualFold(log.Sel.Name, "log")
	case *ast.KeyValueExpr:
		id, ok := n.Key.(*ast.Ident)
		return ok && slices.Contains([]string{"log", "sentence", "todo"}, strings.ToLower(id.Name))
	}
	return false
}

// worded is the fault that a call gives advice with (Todo), or the reason that it gives
// other words (Says); nil for all else.
func worded(n ast.Node) ast.Expr {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	if s, ok := call.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "Todo" || s.Sel.Name == "Says") {
		return s.X
	}
	return nil
}

// node makes the mutants of one node.
func (m *mutator) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		m.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			m.replace(n, m.code(n.X))
		}
	case *ast.BasicLit:
		if v, err := strconv.Atoi(n.Value); n.Kind == token.INT && err == nil {
			m.replace(n, strconv.Itoa(v+1))
		}
	case *ast.Ident:
		if other, ok := map[string]string{"true": "false", "false": "true"}[n.Name]; ok {
			m.replace(n, other)
		}
	case *ast.IfStmt:
		m.negate(n.Cond)
	case *ast.ForStmt:
		m.negate(n.Cond)
	case *ast.SwitchStmt:
		m.cases(n)
	case *ast.CallExpr:
		m.call(n)
	case *ast.AssignStmt:
		m.assignment(n)
	case *ast.BlockStmt:
		m.statements(n.List)
	case *ast.CaseClause:
		m.statements(n.Body)
	case *ast.CompositeLit:
		m.elements(n)
	}
}

// operators are what each operator is changed into. For && and || see
// [mutator.binary].
var operators = map[token.Token][]string{
	token.EQL: {"!="}, token.NEQ: {"=="},
	token.LSS: {"<=", ">="}, token.LEQ: {"<", ">"}, token.GTR: {">=", "<="}, token.GEQ: {">", "<"},
	token.ADD: {"-"}, token.SUB: {"+"}, token.MUL: {"/"}, token.QUO: {"*"}, token.REM: {"*"},
	token.SHL: {">>"}, token.SHR: {"<<"},
}

// binary changes the operator. Of two conditions each is left out once: whoever
// notices both notices the other operator as well.
func (m *mutator) binary(n *ast.BinaryExpr) {
	if n.Op == token.LAND || n.Op == token.LOR {
		m.replace(n, m.code(n.X))
		m.replace(n, m.code(n.Y))
	}
	for _, op := range operators[n.Op] {
		m.replace(n, m.code(n.X)+" "+op+" "+m.code(n.Y))
	}
}

// negate turns a condition round that is a value or a call.
func (m *mutator) negate(cond ast.Expr) {
	switch cond.(type) {
	case *ast.Ident, *ast.CallExpr, *ast.SelectorExpr:
		m.replace(cond, "!"+m.code(cond))
	}
}

// cases turns the conditions of a switch without a tag round.
func (m *mutator) cases(n *ast.SwitchStmt) {
	if n.Tag != nil {
		return
	}
	for _, s := range n.Body.List {
		for _, cond := range s.(*ast.CaseClause).List {
			m.negate(cond)
		}
	}
}

// call puts what a function or method is given in place of what it gives. Most of
// these do not compile; those that do leave out a step, such as a rounding.
func (m *mutator) call(n *ast.CallExpr) {
	if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name != "Because" {
		m.replace(n, m.code(s.X))
	}
	if len(n.Args) == 1 && !n.Ellipsis.IsValid() {
		m.replace(n, m.code(n.Args[0]))
	}
}

// assignment leaves each variable as it was.
func (m *mutator) assignment(n *ast.AssignStmt) {
	if n.Tok != token.ASSIGN || len(n.Lhs) != len(n.Rhs) {
		return
	}
	for i, to := range n.Lhs {
		if m.code(to) != "_" {
			m.edit(n.Rhs[i], m.code(to), "not set "+m.code(to)+" = "+m.code(n.Rhs[i]))
		}
	}
}

// statements leaves each statement out that something is left without.
func (m *mutator) statements(list []ast.Stmt) {
	for _, s := range list {
		switch n := s.(type) {
		case *ast.ExprStmt:
			if !unread(n.X) {
				m.without(n, n.End())
			}
		case *ast.AssignStmt:
			if n.Tok != token.ASSIGN && n.Tok != token.DEFINE {
				m.without(n, n.End())
			}
		case *ast.IncDecStmt, *ast.DeferStmt, *ast.BranchStmt:
			m.without(n, n.End())
		}
	}
}

// elements leaves out each element of a list, and each field that has a name.
func (m *mutator) elements(n *ast.CompositeLit) {
	_, list := n.Type.(*ast.ArrayType)
	for i, e := range n.Elts {
		if _, named := e.(*ast.KeyValueExpr); unread(e) || !named && !list {
			continue
		}
		end := n.Rbrace
		if i+1 < len(n.Elts) {
			end = n.Elts[i+1].Pos()
		}
		m.without(e, end)
	}
}

// without leaves out what stands up to end.
func (m *mutator) without(n ast.Node, end token.Pos) {
	m.cut(n.Pos(), end, "", "without "+m.code(n))
}

func (m *mutator) replace(n ast.Node, with string) {
	m.edit(n, with, m.code(n)+" -> "+with)
}

func (m *mutator) edit(n ast.Node, with, what string) {
	m.cut(n.Pos(), n.End(), with, what)
}

// cut adds the mutant that has something else in one place.
func (m *mutator) cut(from, to token.Pos, with, what string) {
	name := fmt.Sprintf("%s %s: %s", filepath.ToSlash(m.file), m.name, strings.Join(strings.Fields(what), " "))
	made := &mutant{
		name: name, file: m.file, line: m.fset.Position(from).Line,
		from: m.offset(from), to: m.offset(to), with: with, within: m.within,
	}
	text := made.apply(m.text)
	_, err := parser.ParseFile(token.NewFileSet(), m.file, text, parser.SkipObjectResolution)
	if err != nil || m.met[string(text)] {
		return
	}
	m.met[string(text)] = true
	if m.names[name]++; m.names[name] > 1 {
		made.name += fmt.Sprint(" #", m.names[name])
	}
	m.mutants = append(m.mutants, made)
}

// offset is where a place is in the text, in bytes.
func (s *source) offset(at token.Pos) int { return s.fset.Position(at).Offset }

// code is the text of a node.
func (s *source) code(n ast.Node) string { return string(s.text[s.offset(n.Pos()):s.offset(n.End())]) }
