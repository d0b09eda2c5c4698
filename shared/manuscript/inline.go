package manuscript

import (
	"html"
	"strings"

	"github.com/yuin/goldmark/ast"
	extended "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"spool/shared/lazyregexp"
	"spool/shared/tweet"
)

// inlines writes the text inside a block.
func (r *renderer) inlines(parent ast.Node) {
	unclosed := map[string]bool{}
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		if tag, ok := node.(*ast.RawHTML); ok {
			node = r.enclosed(tag, unclosed)
		}
		r.inline(node)
	}
}

func (r *renderer) inline(node ast.Node) {
	switch n := node.(type) {
	case *ast.Text:
		r.text(n)
	case *shown:
		r.understood = append(r.understood, n.source)
		r.write(n.text)
	case *ast.String:
		r.write(string(n.Value))
	case *ast.AutoLink:
		r.write(string(n.Label(r.source)))
	case *ast.Link:
		r.link(n)
	case *ast.Image:
		description := r.description(n)
		if title := string(n.Title); title == description || sizes.MatchString(title) {
			r.understood = append(r.understood, title)
		}
		r.image(n, unescape(string(n.Destination)), description)
	case *ast.RawHTML:
		r.rawHTML(n)
	case *ast.CodeSpan:
		r.within(tweet.Block{Kind: tweet.Inline}, func() { r.inlines(n) })
	case *unshown:
		r.note(max(n.Pos(), 0), CodeDroppedElement, r.alt(n))
		r.gap = true
	case *extended.Strikethrough:
		r.struck(n)
	case *extended.FootnoteLink:
		r.write(footnoteMark(n.Index))
	case *extended.FootnoteBacklink, *extended.TaskCheckBox: // shown in another way
	case *ast.Emphasis:
		r.insideWord(n)
		r.inlines(n)
	default:
		r.inlines(n)
	}
}

func (r *renderer) text(n *ast.Text) {
	value := string(n.Segment.Value(r.source))
	r.at(n.Segment.Start)
	if strings.ContainsAny(value, `$\`) {
		r.formulas(n.Segment.Start)
	}
	var literal []int
	if !n.IsRaw() {
		value, literal = resolved(value, func(at int) bool { return r.atoms.template(n.Segment.Start + at) })
		value = r.visible(n, value)
	}
	if !r.inside || r.gap && strings.HasSuffix(r.out.String(), " ") {
		value = strings.TrimLeft(value, " ") // behind an image, a line break or what is dropped
	}
	r.gap = false
	switch next := n.NextSibling().(type) {
	case *ast.Image:
		if endsLine(next) {
			value = strings.TrimRight(value, " ")
		}
	case *ast.RawHTML:
		if _, _, token := r.tag(next); token.Data == "br" {
			value = strings.TrimRight(value, " ")
		}
	}
	r.write(value)
	for _, offset := range literal {
		r.literal = append(r.literal, r.out.Len()-len(value)+offset)
	}
	switch {
	case n.SoftLineBreak() && value == "" && !r.inside: // a picture stood in the line
	case n.HardLineBreak():
		r.write("\n")
	case n.SoftLineBreak() && r.wraps.keep(r.source, blockOf(n), n.Segment.Stop):
		r.write("\n")
	case n.SoftLineBreak():
		r.breakSoftly()
	}
}

// formulas notes the formulas of several lines around an offset.
func (r *renderer) formulas(offset int) {
	r.atoms.formulasAt(offset)
	for _, f := range r.atoms.unsaid {
		if f[0] < r.formulaEnd {
			continue // a block
		}
		r.note(f[0], CodeRawMarkup, string(r.source[f[0]:f[1]]))
	}
	r.atoms.unsaid = nil
}

// visible returns a text without what nobody sees: characters that X refuses, and spaces that
// are a paragraph of their own.
func (r *renderer) visible(n *ast.Text, value string) string {
	const invisible = "\ufeff"
	if strings.Contains(value, invisible) {
		r.note(n.Segment.Start, CodeInvisible, strings.ReplaceAll(value, invisible, ""))
		value = strings.ReplaceAll(value, invisible, "")
	}
	if blockOf(n).ChildCount() == 1 && strings.TrimSpace(value) == "" {
		return ""
	}
	return value
}

// endsLine reports whether nothing but pictures stands between a picture and the line's end.
func endsLine(picture ast.Node) bool {
	switch next := picture.NextSibling().(type) {
	case nil:
		return true
	case *ast.Text:
		return next.Segment.IsEmpty() && (next.SoftLineBreak() || next.HardLineBreak())
	}
	return false
}

// blockOf returns the block that holds an inline.
func blockOf(n ast.Node) ast.Node {
	block := n.Parent()
	for block.Type() == ast.TypeInline {
		block = block.Parent()
	}
	return block
}

// struck writes struck text as if it were not, or drops it, and says so.
func (r *renderer) struck(n ast.Node) {
	code := CodeStruck
	if r.dropStruck {
		code = CodeDroppedStruck
	}
	r.note(max(n.Pos(), 0), code, r.alt(n))
	if r.dropStruck {
		r.gap = true
		return
	}
	r.inlines(n)
}

// insideWord notes emphasis inside a word, whose stars may be times signs: width*height*depth.
func (r *renderer) insideWord(n *ast.Emphasis) {
	words, ok := n.FirstChild().(*ast.Text)
	if !ok || n.Level != 1 || n.ChildCount() > 1 {
		return
	}
	start, end := words.Segment.Start-1, words.Segment.Stop+1
	within := 0 < start && end < len(r.source)
	if !within || !util.IsAlphaNumeric(r.source[start-1]) || !util.IsAlphaNumeric(r.source[end]) {
		return
	}
	const longest = 100
	if token := r.atoms.productAt(start); token[0] != '*' && len(token) <= longest {
		r.note(start, CodeStarsInWord, string(token))
	}
}

// image notes a picture. It belongs to the post of its own paragraph or, where it stands
// alone, of what precedes it, but for the end of a post.
func (r *renderer) image(n ast.Node, file, alt string) {
	if file == "" {
		return
	}
	at := r.out.Len()
	afterBreak := at == r.broken
	alone := blockOf(n).ChildCount() == 1
	if !r.inside && (!alone || afterBreak) {
		at += r.pending
	}
	r.images = append(r.images, Image{File: file, Alt: alt, Offset: at, Line: r.lineOf(max(n.Pos(), 0))})
	r.gap = true
}

// link writes the text of a link and, unless that says it all, its address.
func (r *renderer) link(n *ast.Link) {
	label := strings.TrimSpace(r.alt(n))
	target := unescape(string(n.Destination))
	address := encoded(target)
	r.within(tweet.Block{Kind: tweet.Inline}, func() {
		r.inlines(n)
		if !r.address(label, address) && address != "" {
			r.dropLink(n, label, target)
		}
	})
}

// address writes the address of a link behind its label, unless that says it already. It
// reports whether the address leads anywhere outside of the manuscript.
func (r *renderer) address(label, address string) (web bool) {
	web = isWeb(address)
	_, bare, _ := strings.Cut(address, "://")
	said := strings.TrimSuffix(label, "/")
	switch {
	case !web || said == strings.TrimSuffix(address, "/") || said == strings.TrimSuffix(bare, "/"):
	case label == "":
		r.write(address)
	default:
		r.write(" (" + address + ")")
	}
	return web
}

// dropLink notes that a link leads nowhere on X.
func (r *renderer) dropLink(n ast.Node, label, address string) {
	_, page := n.AttributeString(embedded)
	if !page && label == strings.TrimPrefix(address, "mailto:") {
		return
	}
	r.note(max(n.Pos(), 0), CodeDroppedLink, address)
}

// alt returns the text of a link, or what is struck.
func (r *renderer) alt(parent ast.Node) string {
	text, _ := r.aside(parent)
	return text
}

// description returns that of an image, which is written nowhere else.
func (r *renderer) description(parent ast.Node) string {
	text, understood := r.aside(parent)
	r.understood = append(r.understood, understood...)
	return text
}

// aside returns the text of an inline, and what of it is understood.
func (r *renderer) aside(parent ast.Node) (text string, understood []string) {
	inner := renderer{source: r.source, atoms: r.atoms, starts: r.starts, made: r.made}
	inner.inlines(parent)
	return inner.out.String(), inner.understood
}

// encoded returns an address with its spaces as X finds them in a link.
func encoded(address string) string { return strings.ReplaceAll(address, " ", "%20") }

// unescape resolves the backslashes and character references of CommonMark, each once.
func unescape(s string) string {
	text, _ := resolved(s, func(int) bool { return false })
	return text
}

// resolved is [unescape], and tells at which offsets of the text a backslash says that a
// character is no markup.
func resolved(s string, asWritten func(offset int) bool) (text string, literal []int) {
	if !strings.ContainsAny(s, `\&`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case (s[i] == '\\' || s[i] == '&') && asWritten(i):
			b.WriteByte(s[i])
		case s[i] == '\\' && i+1 < len(s) && util.IsPunct(s[i+1]):
			i++
			literal = append(literal, b.Len())
			b.WriteByte(s[i])
		case s[i] == '&':
			reference, value := referenceAt(s[i:])
			b.WriteString(value)
			i += len(reference) - 1
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), literal
}

// reference is a character reference of CommonMark.
var reference = lazyregexp.New(`^&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// referenceAt returns the character reference that s begins with and what it stands for, or
// the ampersand alone.
func referenceAt(s string) (source, value string) {
	source = reference.FindString(s)
	if source == "" {
		return "&", "&"
	}
	if source[1] == '#' {
		return source, html.UnescapeString(source)
	}
	if entity, ok := util.LookUpHTML5EntityByName(source[1 : len(source)-1]); ok {
		return source, string(entity.Characters)
	}
	return source, source
}
