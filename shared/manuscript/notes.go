package manuscript

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	emoji "github.com/yuin/goldmark-emoji/definition"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"spool/shared/lazyregexp"
)

// This file reads what note-taking programs and forges add to Markdown.

// A wikiParser reads [[page]], [[page|words]] and ![[picture.png]].
type wikiParser struct{}

var (
	wikiLink = lazyregexp.New(`^!?\[\[([^\[\]|\n]+)(?:\|([^\[\]\n]*))?\]\]`)
	sizes    = lazyregexp.New(`^\d+(x\d+)?$`) // of a picture, in place of words
)

// embedded is the attribute of a link that shows a page in place of its name.
const embedded = "embedded"

func (wikiParser) Trigger() []byte { return []byte{'[', '!'} }

func (wikiParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if !bytes.HasPrefix(line, []byte("[[")) && !bytes.HasPrefix(line, []byte("![[")) {
		return nil
	}
	m := wikiLink.FindSubmatchIndex(line)
	if m == nil {
		return nil
	}
	block.Advance(m[1])
	page := string(line[m[2]:m[3]])
	words := text.NewSegment(segment.Start+m[2], segment.Start+m[3])
	if m[4] >= 0 {
		words = text.NewSegment(segment.Start+m[4], segment.Start+m[5])
	}
	link := ast.NewLink()
	link.Destination = []byte(page)
	if line[0] != '!' || !isPicture(page) {
		link.AppendChild(link, ast.NewTextSegment(words))
		link.SetPos(segment.Start)
		if line[0] == '!' {
			link.SetAttributeString(embedded, true)
		}
		return link
	}
	switch value := words.Value(block.Source()); {
	case m[4] >= 0 && sizes.Match(value):
		link.Title = value // understood, and not shown
	case m[4] >= 0:
		link.AppendChild(link, ast.NewTextSegment(words))
	}
	return ast.NewImage(link)
}

// A calloutParser reads the head of a callout, > [!note] Title, whose kind is its title
// where it has no other one.
type calloutParser struct{}

var calloutHead = lazyregexp.New(`^\[!([A-Za-z]+)\][+-]?[ \t]*`)

func (calloutParser) Trigger() []byte { return []byte{'['} }

func (calloutParser) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	holder := parent.Parent()
	if !bytes.HasPrefix(line, []byte("[!")) || parent.HasChildren() || holder == nil ||
		holder.Kind() != ast.KindBlockquote {
		return nil
	}
	m := calloutHead.FindSubmatchIndex(line)
	if m == nil || segment.Start != parent.Lines().At(0).Start {
		return nil
	}
	kind := strings.ToLower(string(line[m[2]:m[3]]))
	block.Advance(m[1])
	if len(bytes.TrimSpace(line[m[1]:])) > 0 {
		return &shown{source: kind}
	}
	return &shown{source: kind, text: strings.ToUpper(kind[:1]) + kind[1:]}
}

// An emojiParser reads the short codes of emoji, such as :rocket:, but none between letters or
// digits, as in root:x:0:0, nor in an address.
type emojiParser struct{ atoms *atoms }

var (
	shortCode = lazyregexp.New(`^:([a-z0-9_+-]+):`)
	emojis    = sync.OnceValue(func() emoji.Emojis { return emoji.Github() })
)

func (emojiParser) Trigger() []byte { return []byte{':'} }

func (p emojiParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	m := shortCode.FindSubmatch(line)
	if m == nil {
		return nil
	}
	next, _ := utf8.DecodeRune(line[len(m[0]):])
	if isSpaced(block.PrecendingCharacter()) || isSpaced(next) {
		return nil
	}
	e, ok := emojis().Get(string(m[1]))
	if !ok || !e.IsUnicode() || p.atoms.hold(segment.Start) {
		return nil
	}
	block.Advance(len(m[0]))
	return &shown{source: string(m[1]), text: string(e.Unicode)}
}

// A shown is what the text shows in another way than the source.
type shown struct {
	ast.BaseInline
	source, text string
}

var kindShown = ast.NewNodeKind("Shown")

func (*shown) Kind() ast.NodeKind { return kindShown }

func (n *shown) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// withoutComments takes what is not for readers, <!-- --> and %% %%, off a source, but for
// what code shows, and makes words of the tags that nothing closes. The lines keep their
// numbers.
func withoutComments(source []byte) ([]byte, []finding) {
	if !bytes.Contains(source, []byte("<")) && !bytes.Contains(source, []byte("%%")) {
		return source, nil
	}
	c := commentCutter{source: source, rest: source, line: 1, open: map[string]bool{}}
	c.tags.open = map[string][]bracket{}
	if indentedMark.Match(source) {
		c.code = blockRanges(source, ast.KindCodeBlock)
	}
	for len(c.rest) > 0 {
		c.next()
	}
	words, dropped := c.tags.words(c.out.Bytes())
	return words, append(c.found, dropped...)
}

// indentedMark is a line that may be code, and has a mark of a comment or tag in it.
var indentedMark = lazyregexp.New(`(?m)^(?: {4}|[ >]*\t|[-*+>0-9.) ]+ {4}).*(?:<|%%)`)

// A commentCutter goes through a source once.
type commentCutter struct {
	source []byte
	code   offsets // of the source, in lines that are indented
	rest   []byte
	out    bytes.Buffer
	line   int
	fence  string // of the code that it is in
	inLine bool   // something of the line was looked at
	found  []finding
	open   map[string]bool // marks that nothing ends
	tags   brackets
}

var fenceMark = lazyregexp.New("^[ \t>]*(?:[-*+] +|[0-9]+[.)] +)?(`{3,}|~{3,})")

// next copies or drops what comes next.
func (c *commentCutter) next() {
	if !c.inLine {
		c.inLine = true
		line, _, _ := bytes.Cut(c.rest, []byte("\n"))
		m := fenceMark.FindSubmatch(line)
		switch {
		case m != nil && c.fence == "":
			c.fence = string(m[1])
		case m != nil && m[1][0] == c.fence[0] && len(m[1]) >= len(c.fence) && len(bytes.TrimSpace(line[len(m[0]):])) == 0:
			c.fence = ""
			c.copy(len(line))
			return
		}
		if end := len(c.source) - len(c.rest) + len(line); c.fence != "" || len(line) > 0 && c.code.hold(end-1) {
			c.copy(len(line))
			return
		}
	}
	i := bytes.IndexAny(c.rest, "\n`<%\\")
	if i < 0 {
		c.copy(len(c.rest))
		return
	}
	c.copy(i)
	switch {
	case len(c.rest) == 0:
	case c.rest[0] == '\n':
		c.copy(1)
	case c.rest[0] == '\\':
		c.copy(min(2, len(c.rest)))
	case c.rest[0] == '`':
		c.copy(codeSpan(c.rest))
	case !c.comment("<!--", "-->") && !c.comment("%%", "%%"):
		c.tags.add(c.rest, c.out.Bytes(), c.line)
		c.copy(1)
	}
}

// codeSpan returns the length of the code that rest begins with, or of its mark alone.
func codeSpan(rest []byte) int {
	mark := len(rest) - len(bytes.TrimLeft(rest, "`"))
	const most = 4 << 10
	paragraph := rest[mark:min(len(rest), mark+most)]
	if end := bytes.Index(paragraph, []byte("\n\n")); end >= 0 {
		paragraph = paragraph[:end]
	}
	for from := 0; from < len(paragraph); {
		i := bytes.IndexByte(paragraph[from:], '`')
		if i < 0 {
			break
		}
		from += i
		run := len(paragraph[from:]) - len(bytes.TrimLeft(paragraph[from:], "`"))
		if from += run; run == mark {
			return mark + from
		}
	}
	return mark
}

func (c *commentCutter) copy(n int) {
	lines := bytes.Count(c.rest[:n], []byte("\n"))
	c.out.Write(c.rest[:n])
	c.inLine = n == 0 && c.inLine || n > 0 && c.rest[n-1] != '\n'
	c.line += lines
	c.rest = c.rest[n:]
}

// behindDigit reports whether a figure stands before what is next: 50%%.
func (c *commentCutter) behindDigit() bool {
	before := c.out.Bytes()
	return len(before) > 0 && '0' <= before[len(before)-1] && before[len(before)-1] <= '9'
}

// commentEnd returns the offset of the mark that ends a comment, or -1. One of %% in fenced code, which
// the comment holds, ends it only where no other one does.
func commentEnd(rest []byte, end string) int {
	first := bytes.Index(rest, []byte(end))
	if first < 0 || end != "%%" {
		return first
	}
	const most = 16 << 10
	fences, from := 0, 0
	for n := first; n < most; {
		fences += len(codeFence.FindAllIndex(rest[from:n], -1))
		if fences%2 == 0 {
			return n
		}
		from = n + len(end)
		next := bytes.Index(rest[from:], []byte(end))
		if next < 0 {
			break
		}
		n = from + next
	}
	return first
}

// codeFence is a line that begins or ends code.
var codeFence = lazyregexp.New("(?m)^[ \\t]*(?:```|~~~)")

// beginsLine reports whether nothing stands before what is next in its line.
func (c *commentCutter) beginsLine() bool {
	before := c.out.Bytes()
	return len(bytes.TrimSpace(before[bytes.LastIndexByte(before, '\n')+1:])) == 0
}

// comment drops a comment that is next, but for its line ends. One of %% that begins a line and is
// never closed hides all else, as in the programs that know it.
func (c *commentCutter) comment(begin, end string) bool {
	if !bytes.HasPrefix(c.rest, []byte(begin)) || c.open[end] || begin == "%%" && c.behindDigit() {
		return false
	}
	n := commentEnd(c.rest[len(begin):], end)
	if n < 0 && begin == "%%" && c.beginsLine() {
		c.found = append(c.found, finding{c.line, CodeOpenComment, string(c.rest[len(begin):])})
		c.rest = nil
		return true
	}
	if n < 0 {
		c.open[end] = true
		return false
	}
	n += len(begin) + len(end)
	comment := c.rest[:n]
	c.found = append(c.found, finding{c.line, CodeComment, string(comment[len(begin) : n-len(end)])})
	lines := bytes.Count(comment, []byte("\n"))
	for range lines {
		c.out.WriteByte('\n')
	}
	c.line += lines
	c.rest = c.rest[n:]
	if bytes.HasSuffix(c.out.Bytes(), []byte(" ")) && bytes.HasPrefix(c.rest, []byte(" ")) {
		c.rest = c.rest[1:]
	}
	return true
}
