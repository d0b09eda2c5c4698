package manuscript

import (
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// inlines writes the text inside a block.
func (r *renderer) inlines(parent ast.Node) {
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		r.inline(node)
	}
}

func (r *renderer) inline(node ast.Node) {
	switch n := node.(type) {
	case *ast.Text:
		value := string(n.Segment.Value(r.source))
		if !n.IsRaw() {
			value = unescape(value)
		}
		if !r.inside {
			value = strings.TrimLeft(value, " ") // behind an image or a line break
		}
		r.write(value)
		switch {
		case n.HardLineBreak():
			r.write("\n")
		case n.SoftLineBreak():
			r.breakSoftly()
		}
	case *ast.String:
		r.write(string(n.Value))
	case *ast.AutoLink:
		r.write(string(n.Label(r.source)))
	case *ast.Link:
		r.link(n)
	case *ast.Image:
		r.images = append(r.images, Image{File: unescape(string(n.Destination)), Alt: r.alt(n), Offset: r.imagePlace(n)})
	case *ast.RawHTML:
		r.rawHTML(n)
	default: // emphasis, struck text, code
		r.inlines(n)
	}
}

// imagePlace returns the offset of the text that an image belongs to: that of its own
// paragraph or, where it stands alone, what precedes it, but for the end of a post.
func (r *renderer) imagePlace(n *ast.Image) int {
	block := n.Parent()
	for block.Type() == ast.TypeInline {
		block = block.Parent()
	}
	afterBreak := r.out.Len() == r.broken
	alone := block.ChildCount() == 1
	if r.inside || alone && !afterBreak {
		return r.out.Len()
	}
	return r.out.Len() + r.pending
}

// link writes the text of a link and, unless that says it all, its address.
func (r *renderer) link(n *ast.Link) {
	r.inlines(n)
	label := strings.TrimSpace(r.alt(n))
	address := unescape(string(n.Destination))
	bare, isWeb := strings.CutPrefix(address, "https://")
	if !isWeb {
		bare, isWeb = strings.CutPrefix(address, "http://")
	}
	switch {
	case !isWeb || label == address || label == strings.TrimSuffix(bare, "/"):
	case label == "":
		r.write(address)
	default:
		r.write(" (" + address + ")")
	}
}

// alt returns the text of a link, or the description of an image.
func (r *renderer) alt(parent ast.Node) string {
	inner := renderer{source: r.source}
	inner.inlines(parent)
	return inner.out.String()
}

// rawHTML writes the line breaks among the tags and drops the others.
func (r *renderer) rawHTML(n *ast.RawHTML) {
	var tag strings.Builder
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		tag.Write(segment.Value(r.source))
	}
	if isLineBreak(strings.TrimPrefix(tag.String(), "<")) {
		r.write("\n")
	}
}

// isLineBreak reports whether what follows a < makes it a <br>.
func isLineBreak(rest string) bool {
	return len(rest) > 2 && strings.EqualFold(rest[:2], "br") && strings.ContainsRune(" />", rune(rest[2]))
}

// withoutTags drops the tags and comments of HTML, but for line breaks.
func withoutTags(source string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(source, "<")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if isLineBreak(rest) {
			b.WriteByte('\n')
		}
		end := ">"
		if strings.HasPrefix(rest, "!--") {
			end = "-->"
		}
		if _, source, found = strings.Cut(rest, end); !found {
			return b.String()
		}
	}
}

// unescape resolves the backslashes and character references of Markdown.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && isPunctuation(s[i+1]):
			i++
			b.WriteByte(s[i])
		case s[i] == '&':
			reference := referenceAt(s[i:])
			b.WriteString(html.UnescapeString(reference))
			i += len(reference) - 1
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// referenceAt returns the character reference, such as &amp;, that s begins with, or the
// ampersand alone.
func referenceAt(s string) string {
	const longest = 34 // &CounterClockwiseContourIntegral;
	if end := strings.IndexByte(s[:min(len(s), longest)], ';'); end > 0 {
		return s[:end+1]
	}
	return s[:1]
}

// isPunctuation reports the characters that a backslash can stand before.
func isPunctuation(b byte) bool {
	return '!' <= b && b <= '/' || ':' <= b && b <= '@' || '[' <= b && b <= '`' || '{' <= b && b <= '~'
}
