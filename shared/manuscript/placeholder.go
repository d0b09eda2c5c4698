package manuscript

import (
	"bytes"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"spool/shared/lazyregexp"
)

// A bracket is a tag of an element of HTML as it stands in a source.
type bracket struct {
	start   int
	line    int
	name    string
	source  string
	closing bool
	bare    bool // it has no attributes that HTML knows
	holder  int  // where the tag starts that is open and holds such elements; -1: none is
	target  bool // it is the address of a link
}

// brackets are the tags of a source.
type brackets struct {
	open   map[string][]bracket // that no tag has closed so far, by their names
	closed []bracket            // that close nothing
}

var tagAt = lazyregexp.New(`^<(/?)([A-Za-z][A-Za-z0-9]*)(\s[^<>]*?)?/?>`)

// add looks at the tag that rest, of a line, begins with.
func (b *brackets) add(rest, before []byte, line int) {
	m := tagAt.FindSubmatch(rest)
	if m == nil {
		return
	}
	tag := bracket{
		start: len(before), line: line, name: strings.ToLower(string(m[2])), source: string(m[0]), closing: len(m[1]) > 0,
		bare: !hasAttributes(string(m[3])), holder: -1,
		target: bytes.HasSuffix(before, []byte("](")) || bytes.HasSuffix(before, []byte("]: ")),
	}
	open := b.open[tag.name]
	switch {
	case !isElement(tag.name):
	case !tag.closing:
		for _, name := range holdersOf(tag.name) {
			if holders := b.open[name]; len(holders) > 0 {
				tag.holder = max(tag.holder, holders[len(holders)-1].start)
			}
		}
		b.open[tag.name] = append(open, tag)
	case len(open) > 0:
		b.open[tag.name] = open[:len(open)-1]
	default:
		b.closed = append(b.closed, tag)
	}
}

// hasAttributes reports whether what stands behind the name of a tag are attributes, and not a
// writer's words: a<b and c>d, <source file>.
func hasAttributes(s string) bool {
	return strings.Contains(s, "=") || slices.ContainsFunc(strings.Fields(s), isBoolean)
}

// words returns a source whose tags without their other halves are words: cp <source> <dest>. What
// closes nothing among other tags is dropped.
func (b *brackets) words(source []byte) ([]byte, []finding) {
	alone := b.closed
	unclosed := map[int]bool{}
	for _, open := range b.open {
		for _, tag := range open {
			unclosed[tag.start] = true
			if tag.bare && !tag.target && !isStruck(tag.name) {
				alone = append(alone, tag)
			}
		}
	}
	alone = slices.DeleteFunc(alone, func(tag bracket) bool { return isVoid(tag.name) })
	if len(alone) == 0 {
		return source, nil
	}
	slices.SortFunc(alone, func(x, y bracket) int { return x.start - y.start })
	var found []finding
	out := make([]byte, 0, len(source)+len(alone)*len("lt;"))
	elements := blockRanges(source, ast.KindHTMLBlock)
	a := atoms{source: source}
	last := 0
	for _, tag := range alone {
		inHTML := elements.hold(tag.start)
		switch {
		case a.template(tag.start), inHTML && !tag.closing && !tag.isWord(source):
			continue
		case inHTML && tag.closing:
			found = append(found, finding{tag.line, CodeDroppedElement, tag.source})
			continue
		case !inHTML && tag.holder >= 0 && !unclosed[tag.holder]:
			continue
		}
		out = append(append(out, source[last:tag.start]...), "&lt;"...)
		last = tag.start + 1
	}
	return append(out, source[last:]...), found
}

// isWord reports whether an opening tag inside of other HTML is a word: what may stay open is
// not, nor is what stands in an indented line of tags.
func (tag bracket) isWord(source []byte) bool {
	if holders := holdersOf(tag.name); holders != nil || tag.name == "p" {
		return holders != nil && tag.holder < 0
	}
	const near = 400 // bytes of a line that are looked at
	start := max(0, tag.start-near)
	start += bytes.LastIndexByte(source[start:tag.start], '\n') + 1
	line, _, _ := bytes.Cut(source[start:min(len(source), tag.start+near)], []byte("\n"))
	return line[0] != ' ' && line[0] != '\t' || hasText(line)
}

// hasText reports whether a line has anything but tags.
func hasText(line []byte) bool {
	last := 0
	for _, tag := range anyTag.FindAllIndex(line, -1) {
		if len(bytes.TrimSpace(line[last:tag[0]])) > 0 {
			return true
		}
		last = tag[1]
	}
	return len(bytes.TrimSpace(line[last:])) > 0
}

var anyTag = lazyregexp.New(`<[^<>]*>`)

// offsets are stretches of a source, in order.
type offsets [][2]int

func (o offsets) hold(offset int) bool {
	i, found := slices.BinarySearchFunc(o, offset, func(r [2]int, at int) int { return r[0] - at })
	return found || i > 0 && offset < o[i-1][1]
}

// blockRanges returns the lines of a source that are blocks of a kind.
func blockRanges(source []byte, kind ast.NodeKind) (found offsets) {
	blocks := append(blockParsers(), util.Prioritized(parser.NewHTMLBlockParser(), 900))
	document := parser.NewParser(parser.WithBlockParsers(blocks...)).Parse(text.NewReader(source))
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() == kind {
			for i := range n.Lines().Len() {
				found = append(found, [2]int{n.Lines().At(i).Start, n.Lines().At(i).Stop})
			}
		}
		if n.Type() == ast.TypeInline {
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}
