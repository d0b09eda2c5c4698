package manuscript

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"spool/shared/lazyregexp"
)

// A formula has several lines, and is published as it stands.
type formula struct {
	ast.BaseBlock
	end  []byte // what it ends with
	done bool
}

var kindFormula = ast.NewNodeKind("Formula")

func (*formula) Kind() ast.NodeKind { return kindFormula }

// IsRaw says that nothing in it is markup.
func (*formula) IsRaw() bool { return true }

func (n *formula) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// A formulaParser reads the formulas of TeX that have several lines: $$ and $$, \[ and \],
// \begin{align} and \end{align}.
type formulaParser struct{}

var formulaStart = lazyregexp.New(`^(?:\$\$|\\\[|\\begin(\{[A-Za-z]+\*?\}))`)

func (formulaParser) Trigger() []byte { return []byte{'$', '\\'} }

func (formulaParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	at := pc.BlockOffset()
	if at < 0 {
		return nil, parser.NoChildren
	}
	m := formulaStart.FindSubmatch(line[at:])
	if m == nil {
		return nil, parser.NoChildren
	}
	end := []byte("$$")
	switch {
	case len(m[1]) > 0:
		end = append([]byte(`\end`), m[1]...)
	case line[at] == '\\':
		end = []byte(`\]`)
	}
	const most = 4 << 10
	rest := reader.Source()[segment.Stop:min(len(reader.Source()), segment.Stop+most)]
	if blank := bytes.Index(rest, []byte("\n\n")); blank >= 0 {
		rest = rest[:blank]
	}
	if bytes.Contains(line[at+len(m[0]):], end) || len(bytes.TrimSpace(line)) == 0 || !bytes.Contains(rest, end) {
		return nil, parser.NoChildren
	}
	n := &formula{end: end}
	n.add(reader)
	return n, parser.NoChildren
}

// add takes a line, without its indentation.
func (n *formula) add(reader text.Reader) {
	_, segment := reader.PeekLine()
	n.Lines().Append(segment.TrimLeftSpace(reader.Source()))
	reader.AdvanceToEOL()
}

func (formulaParser) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n, ok := node.(*formula)
	if !ok || n.done {
		return parser.Close
	}
	line, _ := reader.PeekLine()
	n.done = bytes.Contains(line, n.end)
	n.add(reader)
	return parser.Continue | parser.NoChildren
}

func (formulaParser) Close(ast.Node, text.Reader, parser.Context) {}

func (formulaParser) CanInterruptParagraph() bool { return true }

func (formulaParser) CanAcceptIndentedLine() bool { return false }

// inFormula is what no sentence in brackets has: signs between letters, and commands of TeX.
var inFormula = lazyregexp.New(`[A-Za-z0-9](?:\^|\*[A-Za-z0-9]|_\{|_[A-Za-z0-9]\b)|\\[A-Za-z]|[{}=]`)

// isFormula reports whether what stands between \( and \), or \[ and \], is a formula: others
// write brackets so that are no link.
func isFormula(source []byte) bool {
	return inFormula.Match(source[len(`\(`) : len(source)-len(`\)`)])
}
