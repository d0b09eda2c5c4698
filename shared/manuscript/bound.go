package manuscript

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// The library takes time that grows with the square of the marks in one paragraph, and with
// the depth of what is nested. Nobody writes so many: what is beyond stays as it stands.
const (
	maxMarks       = 1500 // of a kind in a paragraph
	maxDefinitions = 2000 // of links, in a row
	maxDepth       = 40
)

// bounded makes a parser of inlines give up after maxMarks in one block.
func bounded(p parser.InlineParser) parser.InlineParser {
	return &boundedParser{InlineParser: p}
}

type boundedParser struct {
	parser.InlineParser
	block ast.Node
	marks int
}

func (p *boundedParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if p.block != parent {
		p.block, p.marks = parent, 0
	}
	if p.marks++; p.marks > maxMarks {
		return nil
	}
	return p.InlineParser.Parse(parent, block, pc)
}

// CloseBlock ends what the parser has open at the end of a block.
func (p *boundedParser) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	if c, ok := p.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, block, pc)
	}
}

// definitions reads the definitions of links at the beginning of a paragraph.
type definitions struct{ parser.ParagraphTransformer }

func (p definitions) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	if node.Lines().Len() <= maxDefinitions {
		p.ParagraphTransformer.Transform(node, reader, pc)
	}
}

// tables reads tables. Short rows are filled up to the width of the first one: where more
// cells would be filled than the table has bytes, it is none.
type tables struct{ parser.ParagraphTransformer }

func (p tables) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	columns, size := 0, 0
	lines := node.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		columns = max(columns, 1+bytes.Count(line.Value(reader.Source()), []byte("|")))
		size += line.Len()
	}
	const small = 1000 // cells
	if columns*lines.Len() <= max(size, small) {
		p.ParagraphTransformer.Transform(node, reader, pc)
	}
}

// nested makes a parser of blocks that hold others open none deeper than maxDepth.
func nested(p parser.BlockParser) parser.BlockParser { return nestedParser{p} }

type nestedParser struct{ parser.BlockParser }

func (p nestedParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	if len(pc.OpenedBlocks()) > maxDepth {
		return nil, parser.NoChildren
	}
	return p.BlockParser.Open(parent, reader, pc)
}

// An underlineParser reads headings that are underlined, but takes three hyphens for what
// they are everywhere: the end of a post. Hyphens underline one line.
type underlineParser struct{ parser.BlockParser }

func (p underlineParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	last := pc.LastOpenedBlock().Node
	bar := string(bytes.TrimSpace(line))
	several := last != nil && last.Lines() != nil && last.Lines().Len() != 1
	if bar == "---" || bar != "" && bar[0] == '-' && several {
		return nil, parser.NoChildren
	}
	return p.BlockParser.Open(parent, reader, pc)
}
