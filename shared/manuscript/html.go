package manuscript

import (
	"cmp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extended "github.com/yuin/goldmark/extension/ast"
	"golang.org/x/net/html"

	"spool/shared/lazyregexp"
	"spool/shared/tweet"
)

// An anchor is an element <a> that is open.
type anchor struct {
	address string
	start   int // of its label in the text
}

// rawHTML writes what the tag of an element stands for in text. A tag of no element of HTML
// is a writer's word: Dear <name>.
func (r *renderer) rawHTML(n *ast.RawHTML) {
	source, kind, token := r.tag(n)
	if kind == html.CommentToken || kind == html.DoctypeToken { // also <? ?> and <!NAME >
		r.note(max(n.Pos(), 0), CodeDroppedElement, source)
		r.gap = true
		return
	}
	if !isElement(token.Data) {
		if n.Segments.Len() > 0 {
			r.at(n.Segments.At(0).Start)
		}
		r.write(source)
		return
	}
	if kind != html.EndTagToken {
		r.title(n, token)
	}
	switch {
	case token.Data == "br" && blockOf(n).Kind() == extended.KindTableCell:
		r.write(" ")
	case token.Data == "br":
		if r.inside || r.pending < 2 { // otherwise a blank line is there
			r.write("\n")
		}
		if next, ok := n.NextSibling().(*ast.Text); ok && next.Segment.IsEmpty() {
			next.SetSoftLineBreak(false) // the line ends there in the source as well
			next.SetHardLineBreak(false)
		}
	case token.Data == "option" && kind == html.StartTagToken && r.inside:
		r.write(" ")
	case token.Data == "img" && kind != html.EndTagToken:
		if attribute(token, "src") == "" {
			r.lose(n, attribute(token, "alt"))
		}
		r.image(n, attribute(token, "src"), attribute(token, "alt"))
	case isEmbedded(token.Data) && kind != html.EndTagToken:
		r.embedded(n, token)
	case token.Data == "q" && kind == html.StartTagToken:
		r.write("“")
	case token.Data == "q" && kind == html.EndTagToken:
		r.write("”")
	case token.Data == "a" && kind == html.StartTagToken:
		r.anchors = append(r.anchors, anchor{encoded(attribute(token, "href")), r.out.Len()})
	case token.Data == "a" && kind == html.EndTagToken && len(r.anchors) > 0:
		r.closeAnchor(n)
	case isStruck(token.Data) && kind == html.StartTagToken: // nothing of its paragraph closes it
		line, _, _ := strings.Cut(string(r.source[max(n.Pos(), 0):]), "\n")
		r.note(max(n.Pos(), 0), CodeStruck, strings.TrimPrefix(line, source))
	}
}

// title notes the title of an element, which X shows nowhere, unless its words say it as well.
func (r *renderer) title(n *ast.RawHTML, token html.Token) {
	title := attribute(token, "title")
	label, ok := n.NextSibling().(*ast.Text)
	if title != attribute(token, "alt") && (!ok || string(label.Segment.Value(r.source)) != title) {
		r.lose(n, title)
	}
	r.lose(n, unseen(token))
}

// lose notes words of a tag that are not published.
func (r *renderer) lose(n *ast.RawHTML, words string) {
	if words != "" {
		r.note(max(n.Pos(), 0), CodeLostWords, words)
	}
}

// embedded attaches a film, and notes the address of what else an element shows.
func (r *renderer) embedded(n *ast.RawHTML, token html.Token) {
	address := cmp.Or(attribute(token, "src"), attribute(token, "data"), attribute(token, "href"))
	switch {
	case address == "":
	case isPicture(address) && (token.Data == "video" || token.Data == "source"):
		r.image(n, address, "")
	default:
		r.note(max(n.Pos(), 0), CodeEmbedded, address)
		r.gap = true
	}
}

// tag returns a tag as it is written and what it is.
func (r *renderer) tag(n *ast.RawHTML) (source string, kind html.TokenType, token html.Token) {
	var b strings.Builder
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		b.Write(segment.Value(r.source))
	}
	tokens := html.NewTokenizer(strings.NewReader(b.String()))
	kind = tokens.Next()
	return b.String(), kind, tokens.Token()
}

// An unshown holds what stands in an element that is not for readers.
type unshown struct{ ast.BaseInline }

var kindUnshown = ast.NewNodeKind("Unshown")

func (*unshown) Kind() ast.NodeKind { return kindUnshown }

func (n *unshown) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// enclosed returns a node that holds what stands in an element which is struck or not shown,
// and takes its place; or the tag, if it begins none. unclosed are the names that no tag of
// the paragraph closes any more.
func (r *renderer) enclosed(open *ast.RawHTML, unclosed map[string]bool) ast.Node {
	_, kind, token := r.tag(open)
	var holder ast.Node
	switch {
	case kind != html.StartTagToken || unclosed[token.Data]:
		return open
	case isStruck(token.Data):
		holder = extended.NewStrikethrough()
	case token.Data == "script" || token.Data == "style":
		holder = &unshown{}
	case token.Data == "sup" || token.Data == "sub":
		return r.raised(open, token.Data)
	default:
		return open
	}
	end := r.closing(open, token.Data)
	if end == nil {
		unclosed[token.Data] = true
		return open
	}
	if h, ok := holder.(interface{ SetPos(int) }); ok {
		h.SetPos(open.Pos())
	}
	parent := open.Parent()
	for node := open.NextSibling(); node != end; node = open.NextSibling() {
		holder.AppendChild(holder, node)
	}
	parent.RemoveChild(parent, end)
	parent.ReplaceChild(parent, open, holder)
	return holder
}

// raised returns what stands for digits that are raised or lowered, 10<sup>6</sup>, and takes
// their place; or the tag, if it has none.
func (r *renderer) raised(open *ast.RawHTML, name string) ast.Node {
	digits, ok := open.NextSibling().(*ast.Text)
	if !ok {
		return open
	}
	value := string(digits.Segment.Value(r.source))
	end, ok := digits.NextSibling().(*ast.RawHTML)
	if !ok || value == "" {
		return open
	}
	if _, kind, token := r.tag(end); kind != html.EndTagToken || token.Data != name {
		return open
	}
	holder := raisedAs(value, name)
	if holder == nil {
		return open
	}
	parent := open.Parent()
	parent.RemoveChild(parent, end)
	parent.RemoveChild(parent, digits)
	parent.ReplaceChild(parent, open, holder)
	return holder
}

// exponent is what is raised as a part of a formula: n+1, -x, 2n, k; but not the st of 1st.
var exponent = lazyregexp.New(`^(?:[A-Za-z0-9]*(?:[-+*/=−][A-Za-z0-9]+)+|[0-9]+[A-Za-z]|[ijkmnpxyz])$`)

// raisedAs returns what stands for something raised or lowered, or nil if that says the same
// in its line.
func raisedAs(value, name string) *shown {
	digits, mark := raisedDigits, "^"
	if name == "sub" {
		digits, mark = loweredDigits, "_"
	}
	switch {
	case strings.Trim(value, "0123456789+-") == "":
		return &shown{source: value, text: digits.Replace(value)}
	case !exponent.MatchString(value):
		return nil
	case len(value) == 1:
		return &shown{text: mark + value}
	}
	return &shown{text: mark + "(" + value + ")"}
}

var (
	raisedDigits = strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷",
		"8", "⁸", "9", "⁹", "+", "⁺", "-", "⁻")
	loweredDigits = strings.NewReplacer("0", "₀", "1", "₁", "2", "₂", "3", "₃", "4", "₄", "5", "₅", "6", "₆", "7", "₇",
		"8", "₈", "9", "₉", "+", "₊", "-", "₋")
)

// closing returns the tag behind another one that closes its element, or nil.
func (r *renderer) closing(open ast.Node, name string) ast.Node {
	for node := open.NextSibling(); node != nil; node = node.NextSibling() {
		if n, ok := node.(*ast.RawHTML); ok {
			if _, kind, token := r.tag(n); kind == html.EndTagToken && token.Data == name {
				return node
			}
		}
	}
	return nil
}

func isStruck(tag string) bool { return tag == "del" || tag == "s" || tag == "strike" }

// closeAnchor writes the address of an element <a> behind its words.
func (r *renderer) closeAnchor(n ast.Node) {
	last := r.anchors[len(r.anchors)-1]
	r.anchors = r.anchors[:len(r.anchors)-1]
	label := strings.TrimSpace(r.out.String()[min(last.start, r.out.Len()):])
	if last.address == "" {
		return
	}
	if label == "" && blockOf(n).ChildCount() > 2 && len(r.images) > 0 {
		r.note(max(n.Pos(), 0), CodePictureLink, last.address)
		return
	}
	if !r.address(label, last.address) {
		r.note(max(n.Pos(), 0), CodeDroppedLink, last.address)
		return
	}
	r.late = append(r.late, tweet.Block{Kind: tweet.Inline, Start: last.start, End: r.out.Len()})
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
