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
type formulaParser struct {
	source []byte
	ends   map[string]int // where the marks stand next that end formulas; -1: nowhere
}

var formulaStart = lazyregexp.New(`^(?:\$\$|\\\[|\\begin(\{[A-Za-z]+\*?\}))`)

func (*formulaParser) Trigger() []byte { return []byte{'$', '\\'} }

func (p *formulaParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
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
	behind := line[at+len(m[0]):]
	alone := len(bytes.TrimSpace(behind)) == 0 || len(m[1]) > 0
	if bytes.Contains(behind, end) || !p.endsBehind(reader.Source(), segment.Stop, end, alone) {
		return nil, parser.NoChildren
	}
	n := &formula{end: end}
	n.add(reader)
	return n, parser.NoChildren
}

// blankLine parts paragraphs.
var blankLine = lazyregexp.New(`\n[ \t>]*\n`)

// endsBehind reports whether the mark that ends a formula stands behind an offset: in the same
// paragraph or, if the mark that begins it has a line of its own, not too far away.
func (p *formulaParser) endsBehind(source []byte, from int, mark []byte, alone bool) bool {
	if len(p.source) != len(source) || len(source) > 0 && &p.source[0] != &source[0] {
		p.source, p.ends = source, map[string]int{}
	}
	end, known := p.ends[string(mark)]
	if !known || end >= 0 && end < from {
		if end = bytes.Index(source[from:], mark); end >= 0 {
			end += from
		}
		p.ends[string(mark)] = end
	}
	const most = 64 << 10
	return end >= 0 && end-from <= most && (alone || !blankLine.Match(source[max(from-1, 0):end]))
}

// add takes a line, without its indentation.
func (n *formula) add(reader text.Reader) {
	_, segment := reader.PeekLine()
	n.Lines().Append(segment.TrimLeftSpace(reader.Source()))
	reader.AdvanceToEOL()
}

func (*formulaParser) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n, ok := node.(*formula)
	if !ok || n.done {
		return parser.Close
	}
	line, _ := reader.PeekLine()
	n.done = bytes.Contains(line, n.end)
	n.add(reader)
	return parser.Continue | parser.NoChildren
}

func (*formulaParser) Close(ast.Node, text.Reader, parser.Context) {}

func (*formulaParser) CanInterruptParagraph() bool { return true }

func (*formulaParser) CanAcceptIndentedLine() bool { return false }

// inFormula is what no sentence in brackets has: signs between letters, and commands of TeX.
var inFormula = lazyregexp.New(`[A-Za-z0-9](?:\^|\*[A-Za-z0-9]|_\{|_[A-Za-z0-9]\b)|\\[A-Za-z]|[{}=]`)

// isFormula reports whether what stands between \( and \), or \[ and \], is a formula: others
// write brackets so that are no link.
func isFormula(source []byte) bool {
	return inFormula.Match(source[len(`\(`) : len(source)-len(`\)`)])
}

// A formulaScanner finds the formulas in a paragraph that go on in another line.
type formulaScanner struct {
	rest  []byte
	at    int             // of rest in the source
	never map[string]bool // marks that end nothing any more
	found offsets
}

// formulas returns the formulas of a paragraph, which begins at an offset, that have several lines.
func formulas(paragraph []byte, at int) offsets {
	s := formulaScanner{rest: paragraph, at: at, never: map[string]bool{}}
	for {
		i := bytes.IndexAny(s.rest, "$\\`")
		if i < 0 {
			return s.found
		}
		s.skip(i)
		s.skip(s.next())
	}
}

func (s *formulaScanner) skip(n int) {
	n = min(n, len(s.rest))
	s.rest, s.at = s.rest[n:], s.at+n
}

// next returns the length of what comes next: code, a formula, or a character.
func (s *formulaScanner) next() int {
	switch {
	case s.rest[0] == '`':
		return codeSpan(s.rest)
	case bytes.HasPrefix(s.rest, []byte("$$")):
		return s.until("$$", "$$", func([]byte) bool { return true })
	case bytes.HasPrefix(s.rest, []byte(`\(`)):
		return s.until(`\(`, `\)`, isFormula)
	case bytes.HasPrefix(s.rest, []byte(`\[`)):
		return s.until(`\[`, `\]`, isFormula)
	case s.rest[0] == '\\':
		return len(`\$`)
	}
	m := dollars.FindSubmatch(s.rest[:min(len(s.rest), 300)])
	if m == nil || bytes.Contains(m[0], []byte("\n")) && !inFormula.Match(m[1]) {
		return len("$")
	}
	return s.take(len(m[1]) + 2)
}

// dollars is a formula between two signs that are no prices.
var dollars = lazyregexp.New("^\\$([^\\s$`](?:[^$`]*[^\\s$`\\\\])?)\\$(?:[^0-9]|$)")

// until takes a formula between two marks, if it is one.
func (s *formulaScanner) until(begin, end string, isOne func([]byte) bool) int {
	if s.never[end] {
		return len(begin)
	}
	i := bytes.Index(s.rest[len(begin):], []byte(end))
	if i < 0 {
		s.never[end] = true
		return len(begin)
	}
	length := len(begin) + i + len(end)
	if !isOne(s.rest[:length]) {
		return len(begin)
	}
	return s.take(length)
}

// take notes a formula that has several lines.
func (s *formulaScanner) take(length int) int {
	if bytes.Contains(s.rest[:length], []byte("\n")) {
		s.found = append(s.found, [2]int{s.at, s.at + length})
	}
	return length
}
