package manuscript

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extended "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"spool/shared/tweet"
)

// newParser returns a parser of CommonMark with what GitHub and note-taking programs add:
// tables, struck text, tasks, footnotes, wiki links, callouts and short codes of emoji.
func newParser(a *atoms, blocks ...util.PrioritizedValue) parser.Parser {
	inlines := []util.PrioritizedValue{
		util.Prioritized(bounded(calloutParser{}), 50),
		util.Prioritized(bounded(wikiParser{}), 60),
		util.Prioritized(bounded(taskParser{extension.NewTaskCheckBoxParser()}), 70),
		util.Prioritized(bounded(parser.NewCodeSpanParser()), 100),
		util.Prioritized(bounded(parser.NewLinkParser()), 200),
		util.Prioritized(bounded(parser.NewAutoLinkParser()), 300),
		util.Prioritized(bounded(parser.NewRawHTMLParser()), 400),
		util.Prioritized(bounded(delimiterParser{a}), 500),
		util.Prioritized(emojiParser{a}, 600),
	}
	blocks = append(blocks, blockParsers()...)
	p := parser.NewParser(
		parser.WithBlockParsers(blocks...), parser.WithInlineParsers(inlines...),
		parser.WithParagraphTransformers(
			util.Prioritized(definitions{parser.LinkReferenceParagraphTransformer}, 100),
			util.Prioritized(tables{extension.NewTableParagraphTransformer()}, 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
	goldmark.New(goldmark.WithParser(p), goldmark.WithExtensions(extension.Footnote))
	return p
}

// blockParsers read all blocks but HTML.
func blockParsers() []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(&formulaParser{}, 50),
		util.Prioritized(underlineParser{parser.NewSetextHeadingParser()}, 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(nested(parser.NewListParser()), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(parser.WithHeadingAttribute()), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(nested(parser.NewBlockquoteParser()), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	}
}

// A markdown is what a Markdown text says.
type markdown struct {
	document tweet.Document
	images   []Image
	lines    lineMap
	findings []finding
	// understood are words of the source that the text shows in another way.
	understood []string
	literal    []int // offsets of the text at which a character is no markup, by its backslash
}

// readMarkdown reads a Markdown text, whose struck text is dropped on demand.
func readMarkdown(source []byte, dropStruck bool) markdown {
	source, comments := withoutComments(source)
	r := renderer{source: source, atoms: &atoms{source: source}, starts: lineStarts(source), dropStruck: dropStruck}
	r.findings = comments
	r.parse(newParser(r.atoms, util.Prioritized(parser.NewHTMLBlockParser(), 900)))
	r.document.Text = r.out.String()
	for i := range r.images { // nothing may follow the last one
		at := min(r.images[i].Offset, r.out.Len())
		r.images[i].Offset = at
		r.late = append(r.late, tweet.Block{Kind: tweet.Picture, Start: at, End: at})
	}
	r.document.Add(r.late...)
	r.document.Divide()
	r.findings = append(r.findings, compare(source, &r.markdown)...)
	r.findings = append(r.findings, leftovers(&r.markdown)...)
	return r.markdown
}

// A renderer writes the blocks of a document as the text that X shows.
type renderer struct {
	writer
	markdown
	source  []byte
	atoms   *atoms
	used    references
	starts  []int // of the lines of source
	made    []int // the numbers of the lines, where the source was made of another one; nil: as they come
	broken  int   // where the last explicit break ends; 0: at the beginning
	anchors []anchor
	late    []tweet.Block // to be put among the others
	wraps   wraps
	// dropStruck says that struck text is not written.
	dropStruck bool
	gap        bool     // something was dropped just now
	formulaEnd int      // where the last formula ends that is a block
	inner      struct { // reads what stands in HTML
		parser parser.Parser
		atoms  atoms
	}
}

// parse reads the source and writes what is in it.
func (r *renderer) parse(p parser.Parser) {
	r.used = references{Context: parser.NewContext(), used: map[string]bool{}}
	r.blocks(p.Parse(text.NewReader(r.source), parser.WithContext(r.used)))
}

// blocks writes what is in a document, quotation or item of a list.
func (r *renderer) blocks(parent ast.Node) {
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		r.block(node)
	}
}

func (r *renderer) block(node ast.Node) {
	if node.Type() == ast.TypeInline { // the way back from an empty footnote
		r.inline(node)
		return
	}
	if lines := node.Lines(); lines != nil && lines.Len() > 0 {
		r.at(lines.At(0).Start)
	}
	switch n := node.(type) {
	case *ast.Heading:
		r.separate(2)
		r.within(tweet.Block{Kind: tweet.Heading, Level: n.Level}, func() { r.inlines(n) })
		for _, a := range n.Attributes() { // {#id}
			if value, ok := a.Value.([]byte); ok && forPrograms(string(a.Name), value) {
				r.understood = append(r.understood, string(a.Name), string(value))
			}
		}
		r.separate(2)
	case *ast.Paragraph:
		r.separate(r.distance(n))
		r.within(tweet.Block{}, func() { r.inlines(n) })
	case *ast.TextBlock: // a paragraph of a tight list
		r.separate(1)
		r.inlines(n)
	case *ast.ThematicBreak:
		r.rule(n)
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		r.code(n)
	case *formula:
		r.separate(2)
		r.within(tweet.Block{}, func() { r.codeLines(n.Lines()) })
		r.note(n.Lines().At(0).Start, CodeRawMarkup, r.lineText(n))
		r.formulaEnd = n.Lines().At(n.Lines().Len() - 1).Stop
		r.separate(2)
	case *ast.LinkReferenceDefinition:
		r.definition(n)
	case *ast.HTMLBlock:
		r.html(n)
	case *ast.Blockquote:
		r.quote(n)
	case *ast.List:
		r.list(n)
	case *extended.Table:
		r.table(n)
	case *extended.FootnoteList:
		r.footnotes(n)
	default:
		r.blocks(n)
	}
}

// forPrograms reports whether an attribute of a heading is a name that programs find it by.
func forPrograms(name string, value []byte) bool {
	return (name == "id" || name == "class") && len(value) > 0 && unicode.IsLetter(rune(value[0]))
}

// rule writes the explicit end of a post.
func (r *renderer) rule(n *ast.ThematicBreak) {
	r.separate(2)
	if r.prefix != "" || r.open {
		return // inside a quote or item it only parts paragraphs
	}
	if underlines(n) {
		title := r.lineText(n.PreviousSibling())
		r.note(n.PreviousSibling().Lines().At(0).Start, CodeUnderlined, title)
	}
	r.within(tweet.Block{Kind: tweet.Divider}, func() { r.write(tweet.Break) })
	r.separate(2)
	r.broken = r.out.Len()
}

// underlines reports whether a rule stands where other programs take it for the line below a
// heading: right below one line, and with a blank line below itself.
func underlines(n ast.Node) bool {
	title, ok := n.PreviousSibling().(*ast.Paragraph)
	return ok && title.Lines().Len() == 1 && !n.HasBlankPreviousLines() &&
		n.NextSibling() != nil && n.NextSibling().HasBlankPreviousLines()
}

func (r *renderer) code(n ast.Node) {
	r.separate(2)
	r.within(tweet.Block{Kind: tweet.Code}, func() { r.codeLines(n.Lines()) })
	r.separate(2)
}

// codeLines writes lines as they stand, but for blank ones around them.
func (r *renderer) codeLines(lines *text.Segments) {
	line := func(i int) string {
		segment := lines.At(i)
		return strings.TrimSuffix(string(segment.Value(r.source)), "\n")
	}
	start, end := 0, lines.Len()
	for start < end && line(start) == "" {
		start++
	}
	for start < end && line(end-1) == "" {
		end--
	}
	for i := start; i < end; i++ {
		if i > start {
			r.write("\n")
		}
		r.at(lines.At(i).Start)
		r.write(line(i))
	}
}

// lineText returns the lines of a block as they are written.
func (r *renderer) lineText(node ast.Node) string {
	var b strings.Builder
	lines := node.Lines()
	for i := range lines.Len() {
		segment := lines.At(i)
		b.Write(segment.Value(r.source))
	}
	return b.String()
}

func (r *renderer) quote(n *ast.Blockquote) {
	r.separate(2)
	const mark = "> "
	r.within(tweet.Block{Kind: tweet.Quote, Mark: mark}, func() {
		leave := r.enter(mark, mark)
		r.blocks(n)
		leave()
	})
	r.separate(2)
}

// table writes a row per line.
func (r *renderer) table(t *extended.Table) {
	r.separate(2)
	r.within(tweet.Block{Kind: tweet.Table}, func() {
		for row := t.FirstChild(); row != nil; row = row.NextSibling() {
			r.separate(1)
			r.within(tweet.Block{Kind: tweet.Row}, func() {
				bar := ""
				for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
					if cell.FirstChild() != nil {
						if !r.inside {
							bar = strings.TrimLeft(bar, " ")
						}
						r.write(bar)
						r.inlines(cell)
						bar = ""
					}
					bar = strings.TrimSuffix(bar, " ") + " | "
				}
			})
		}
	})
	r.separate(2)
}

// footnotes writes the notes behind all else, in the order of their numbers.
func (r *renderer) footnotes(list *extended.FootnoteList) {
	r.separate(2)
	for note := list.FirstChild(); note != nil; note = note.NextSibling() {
		r.separate(1)
		if n, ok := note.(*extended.Footnote); ok {
			r.item(n, footnoteMark(n.Index)+" ", "")
		}
	}
}

func footnoteMark(index int) string { return "[" + strconv.Itoa(index) + "]" }

// within writes a block; one without text is none.
func (r *renderer) within(b tweet.Block, write func()) {
	at := len(r.document.Blocks)
	b.Start, b.End = -1, r.column(b) // until its text begins, End is the column
	if r.inside {
		b.Start = r.out.Len()
	}
	r.document.Blocks = append(r.document.Blocks, b)
	write()
	if r.document.Blocks[at].Start < 0 {
		r.document.Blocks = slices.Delete(r.document.Blocks, at, at+1)
		return
	}
	r.document.Blocks[at].End = r.out.Len()
}

// column returns where in its line a block begins: an item or quote in front of its mark,
// other blocks behind those that they are in.
func (r *renderer) column(b tweet.Block) int {
	if r.open {
		return len(r.first) - r.markOf(b)
	}
	return len(r.prefix) - r.markOf(b)
}

func (r *renderer) markOf(b tweet.Block) int {
	if b.Kind == tweet.Item {
		return len(b.Mark)
	}
	return 0
}

// write writes text, and notes where the blocks begin that it is the first text of.
func (r *renderer) write(s string) {
	line := r.writer.write(s)
	if line < 0 {
		return
	}
	for i := len(r.document.Blocks) - 1; i >= 0 && r.document.Blocks[i].Start < 0; i-- {
		r.document.Blocks[i].Start = line + r.document.Blocks[i].End
	}
}

// at says which line of the source the next text is from.
func (r *renderer) at(offset int) { r.lines.add(r.out.Len(), r.lineOf(offset)) }

// lineOf returns the number of the line of an offset of the source.
func (r *renderer) lineOf(offset int) int {
	i, found := slices.BinarySearch(r.starts, offset)
	if found {
		i++
	}
	if r.made != nil {
		return r.made[i-1]
	}
	return i
}

// note adds a finding.
func (r *renderer) note(offset int, code, words string) {
	r.findings = append(r.findings, finding{r.lineOf(offset), code, words})
}

// lineStarts returns where the lines of a source begin.
func lineStarts(source []byte) []int {
	starts := make([]int, 1, 1+bytes.Count(source, []byte("\n")))
	for i, c := range source {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}
