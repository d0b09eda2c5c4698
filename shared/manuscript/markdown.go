package manuscript

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"spool/shared/tweet"
)

// newParser returns a parser of CommonMark with tables, struck text and bare links. It
// knows no headings that are underlined: a line of hyphens is always the end of a post.
func newParser() parser.Parser {
	p := parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewHTMLBlockParser(), 900),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(parser.DefaultInlineParsers()...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
	goldmark.New(goldmark.WithParser(p), goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify))
	return p
}

func parse(source []byte) ast.Node { return newParser().Parse(text.NewReader(source)) }

// plainText returns the text of a Markdown document, the images in it, and where its
// headings begin.
func plainText(source []byte) (text string, images []Image, headings []int) {
	r := renderer{source: source}
	r.blocks(parse(source))
	for i := range r.images { // nothing may follow the last one
		r.images[i].Offset = min(r.images[i].Offset, r.out.Len())
	}
	return r.out.String(), r.images, r.headings
}

// A renderer writes the blocks of a document as plain text.
type renderer struct {
	writer
	source   []byte
	images   []Image
	headings []int
	broken   int // where the last explicit break ends; 0: at the beginning
}

// blocks writes what is in a document, quotation or item of a list.
func (r *renderer) blocks(parent ast.Node) {
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		r.block(node)
	}
}

func (r *renderer) block(node ast.Node) {
	switch n := node.(type) {
	case *ast.Heading:
		r.separate(2)
		r.headings = append(r.headings, r.out.Len()+r.pending)
		r.inlines(n)
	case *ast.Paragraph:
		r.separate(2)
		r.inlines(n)
	case *ast.TextBlock: // a paragraph of a tight list
		r.separate(1)
		r.inlines(n)
	case *ast.ThematicBreak:
		r.separate(2)
		r.write(tweet.Break)
		r.separate(2)
		r.broken = r.out.Len()
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		r.separate(2)
		r.write(strings.TrimRight(r.lines(n), "\n"))
	case *ast.HTMLBlock:
		r.separate(2)
		r.write(strings.TrimSpace(unescape(withoutTags(r.lines(n)))))
	case *ast.Blockquote:
		r.separate(2)
		leave := r.enter("> ", "> ")
		r.blocks(n)
		leave()
	case *ast.List:
		r.list(n)
	case *table.Table:
		r.table(n)
	default:
		r.blocks(n)
	}
}

// lines returns the lines of a block as they are written.
func (r *renderer) lines(node ast.Node) string {
	var b strings.Builder
	lines := node.Lines()
	for i := range lines.Len() {
		segment := lines.At(i)
		b.Write(segment.Value(r.source))
	}
	return b.String()
}

func (r *renderer) list(list *ast.List) {
	distance := 1
	if !list.IsTight {
		distance = 2
	}
	if _, nested := list.Parent().(*ast.ListItem); !nested || !list.IsTight {
		r.separate(2)
	}
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		r.separate(distance)
		mark := "- "
		if list.IsOrdered() {
			mark = strconv.Itoa(number) + string(list.Marker) + " "
			number++
		}
		leave := r.enter(mark, strings.Repeat(" ", len(mark)))
		r.blocks(item)
		leave()
	}
}

// table writes a row per line.
func (r *renderer) table(t *table.Table) {
	r.separate(2)
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		r.separate(1)
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if cell != row.FirstChild() {
				r.write(" | ")
			}
			r.inlines(cell)
		}
	}
}
