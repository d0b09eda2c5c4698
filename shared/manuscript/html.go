package manuscript

import (
	"path"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"

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
	var b strings.Builder
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		b.Write(segment.Value(r.source))
	}
	tokens := html.NewTokenizer(strings.NewReader(b.String()))
	kind := tokens.Next()
	token := tokens.Token()
	if kind == html.CommentToken || kind == html.DoctypeToken {
		return
	}
	if !isElement(token.Data) {
		r.write(b.String())
		return
	}
	switch {
	case token.Data == "br":
		r.write("\n")
	case token.Data == "img" && kind != html.EndTagToken:
		r.image(n, attribute(token, "src"), attribute(token, "alt"))
	case token.Data == "a" && kind == html.StartTagToken:
		r.anchors = append(r.anchors, anchor{encoded(attribute(token, "href")), r.out.Len()})
	case token.Data == "a" && kind == html.EndTagToken && len(r.anchors) > 0:
		r.closeAnchor(n)
	}
}

// closeAnchor writes the address of an element <a> behind its words.
func (r *renderer) closeAnchor(n ast.Node) {
	last := r.anchors[len(r.anchors)-1]
	r.anchors = r.anchors[:len(r.anchors)-1]
	label := strings.TrimSpace(r.out.String()[min(last.start, r.out.Len()):])
	if last.address == "" {
		return
	}
	if label == "" && blockOf(n).ChildCount() > 2 && len(r.images) > 0 {
		r.note(max(n.Pos(), 0), CodeDroppedLink, last.address) // a picture that is a link
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

// html writes a block of HTML: its elements as those of Markdown that mean the same, and
// what stands in them as Markdown.
func (r *renderer) html(n *ast.HTMLBlock) {
	source := r.lineText(n)
	if n.HasClosure() {
		source += string(n.ClosureLine.Value(r.source))
	}
	r.separate(2)
	t := translator{tokens: html.NewTokenizer(strings.NewReader(source))}
	for t.next() {
	}
	line := r.fixed
	if n.Lines().Len() > 0 {
		line = r.lineOf(n.Lines().At(0).Start)
	}
	if dropped := strings.TrimSpace(t.dropped.String()); dropped != "" {
		r.findings = append(r.findings, finding{line, CodeDroppedElement, dropped})
	}
	inner := []byte(strings.Trim(t.out.String(), "\n"))
	if r.inner.parser == nil {
		r.inner.parser = newParser(&r.inner.atoms)
	}
	r.inner.atoms = atoms{source: inner}
	outer := *r
	r.source, r.atoms, r.fixed, r.wraps = inner, &r.inner.atoms, line, wraps{}
	r.blocks(r.inner.parser.Parse(text.NewReader(inner)))
	r.source, r.atoms, r.fixed, r.wraps = outer.source, outer.atoms, outer.fixed, wraps{}
	r.separate(2)
}

// A translator makes Markdown of HTML.
type translator struct {
	tokens  *html.Tokenizer
	out     strings.Builder
	dropped strings.Builder // what styles and scripts say
	heading bool
	code    bool
}

// next translates a token, unless there is none.
func (t *translator) next() bool {
	kind := t.tokens.Next()
	raw := string(t.tokens.Raw())
	switch kind {
	case html.ErrorToken:
		t.text(raw)
		return false
	case html.TextToken:
		t.text(raw)
	case html.StartTagToken, html.SelfClosingTagToken:
		t.start(raw)
	case html.EndTagToken:
		t.end(raw)
	}
	return true
}

func (t *translator) text(raw string) {
	switch {
	case t.code:
		t.out.WriteString(html.UnescapeString(raw))
	case t.heading:
		t.out.WriteString(strings.Join(strings.Fields(raw), " "))
	default:
		for i, line := range strings.Split(raw, "\n") {
			if i > 0 {
				t.out.WriteByte('\n')
				line = strings.TrimLeft(line, " \t")
			}
			t.out.WriteString(line)
		}
	}
}

// lead is what stands in Markdown for the beginnings of elements.
var lead = map[string]string{
	"h1": "\n\n# ", "h2": "\n\n## ", "h3": "\n\n### ", "h4": "\n\n#### ", "h5": "\n\n##### ", "h6": "\n\n###### ",
	"li": "\n- ",
	"tr": "\n\n", "td": " ", "th": " ", "br": "\\\n", "hr": "\n\n***\n\n", "pre": "\n\n```\n", "dt": "\n\n", "dd": "\n\n",
}

func (t *translator) start(raw string) {
	name, _ := t.tokens.TagName()
	switch tag := string(name); {
	case tag == "script" || tag == "style":
		if t.tokens.Next() == html.TextToken {
			t.dropped.Write(t.tokens.Raw())
		}
	case t.code:
	case lead[tag] != "":
		t.heading = tag[0] == 'h' && tag != "hr"
		t.code = tag == "pre"
		t.out.WriteString(lead[tag])
	case isContainer(tag):
		t.out.WriteString("\n\n")
	case inMarkdown(tag):
		t.out.WriteString(strings.ReplaceAll(raw, "\n", " "))
	}
}

func (t *translator) end(raw string) {
	name, _ := t.tokens.TagName()
	switch tag := string(name); {
	case tag == "pre" && t.code:
		t.code = false
		t.out.WriteString("\n```\n\n")
	case t.code:
	case len(tag) == 2 && tag[0] == 'h' && tag != "hr":
		t.heading = false
		t.out.WriteString("\n\n")
	case isContainer(tag):
		t.out.WriteString("\n\n")
	case inMarkdown(tag):
		t.out.WriteString(raw)
	}
}

// isContainer reports the elements that part what is in them from what is around them.
func isContainer(tag string) bool {
	switch tag {
	case "p", "div", "section", "article", "aside", "header", "footer", "main", "nav", "center", "details", "summary",
		"blockquote", "ul", "ol", "dl", "table", "thead", "tbody", "figure", "figcaption", "address", "form", "fieldset",
		"picture", "video":
		return true
	}
	return false
}

// inMarkdown reports the tags that are left to Markdown: those of links and pictures, and
// what is none of HTML's.
func inMarkdown(tag string) bool { return tag == "a" || tag == "img" || !isElement(tag) }

// isElement reports the names of the elements of HTML.
func isElement(name string) bool { return elements[name] }

var elements = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(`
		a abbr acronym address applet area article aside audio b base basefont bdi bdo big blink blockquote body br button
		canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed
		fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe
		img input ins kbd label legend li link main map mark marquee menu meta meter nav nobr noframes noscript object ol
		optgroup option output p param picture pre progress q rp rt ruby s samp script search section select slot small
		source span strike strong style sub summary sup svg path table tbody td template textarea tfoot th thead time title
		tr track tt u ul var video wbr g rect circle`) {
		names[name] = true
	}
	return names
}()

// isPicture reports whether a file is one that a post can show, by its name.
func isPicture(file string) bool {
	switch strings.ToLower(path.Ext(file)) {
	case ".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".mov", ".m4v", ".avif", ".bmp", ".svg":
		return true
	}
	return false
}
