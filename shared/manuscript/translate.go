package manuscript

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// This file makes Markdown of blocks of HTML.

// html writes a block of HTML: its elements as those of Markdown that mean the same, and
// what stands in them as Markdown.
func (r *renderer) html(n *ast.HTMLBlock) {
	source := r.lineText(n)
	if n.HasClosure() {
		source += string(n.ClosureLine.Value(r.source))
	}
	r.separate(2)
	first := 1
	if n.Lines().Len() > 0 {
		first = r.lineOf(n.Lines().At(0).Start)
	}
	t := translator{tokens: html.NewTokenizer(strings.NewReader(source)), line: first, numbers: []int{first}}
	for t.next() {
	}
	r.findings = append(r.findings, t.lost...)
	if dropped := strings.TrimSpace(t.dropped.String()); dropped != "" {
		r.findings = append(r.findings, finding{first, CodeDroppedElement, dropped})
	}
	inner := []byte(t.out.String())
	if r.inner.parser == nil {
		r.inner.parser = newParser(&r.inner.atoms)
	}
	r.inner.atoms = atoms{source: inner}
	outer := *r
	r.source, r.atoms, r.wraps = inner, &r.inner.atoms, wraps{}
	r.starts, r.made, r.formulaEnd = lineStarts(inner), t.numbers, 0
	r.parse(r.inner.parser)
	r.source, r.atoms, r.used, r.wraps = outer.source, outer.atoms, outer.used, wraps{}
	r.starts, r.made, r.formulaEnd = outer.starts, outer.made, outer.formulaEnd
	r.separate(2)
}

// A translator makes Markdown of HTML.
type translator struct {
	tokens  *html.Tokenizer
	out     strings.Builder
	line    int             // of the source that the token begins in
	last    int             // of the source that it ends in
	numbers []int           // of the source, for each line of out
	dropped strings.Builder // what styles, scripts and instructions say
	lost    []finding       // words of attributes
	lists   []htmlList      // that are open
	indent  string          // of the lines of the item
	begun   bool            // nothing stands behind the mark of the item yet
	left    bool            // a list ended inside of an item
	heading bool
	code    bool
}

// An htmlList is a list that is open.
type htmlList struct {
	next   int    // the number of its next item; 0: without
	indent string // of its marks
}

// next translates a token, unless there is none.
func (t *translator) next() bool {
	kind := t.tokens.Next()
	raw := string(t.tokens.Raw())
	t.last = t.line + strings.Count(raw, "\n")
	defer t.count(t.out.Len())
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
	case html.CommentToken, html.DoctypeToken:
		t.dropped.WriteString(raw)
	}
	return true
}

// count notes from which lines of the source the lines of out are that the token made from an
// offset on.
func (t *translator) count(from int) {
	out := t.out.String()
	if from < len(out) && (from == 0 || out[from-1] == '\n') {
		t.numbers[len(t.numbers)-1] = t.line
	}
	for range strings.Count(out[from:], "\n") {
		t.line = min(t.line+1, t.last)
		t.numbers = append(t.numbers, t.line)
	}
	t.line = t.last
}

// write writes Markdown, whose lines are indented like the item that they are in.
func (t *translator) write(s string) {
	for line := range strings.Lines(s) {
		if line != "\n" && t.atStart() {
			t.out.WriteString(t.indent)
		}
		t.out.WriteString(line)
		t.begun = t.begun && line == "\n"
	}
}

// atStart reports whether the next text begins a line.
func (t *translator) atStart() bool {
	return t.out.Len() == 0 || strings.HasSuffix(t.out.String(), "\n")
}

// part parts what follows from what is before it, unless that is the mark of an item.
func (t *translator) part(follows string) {
	if t.begun {
		follows = strings.TrimLeft(follows, "\n")
	}
	t.left = false
	t.write(follows)
}

func (t *translator) text(raw string) {
	switch blank := strings.TrimSpace(raw) == ""; {
	case t.code:
		t.write(html.UnescapeString(raw))
	case t.heading:
		t.write(strings.Join(strings.Fields(raw), " "))
	case blank && (t.begun || t.atStart()):
	default:
		if strings.HasSuffix(t.out.String(), lead["br"]) || t.begun {
			text := strings.TrimLeft(raw, " \t\n")
			t.line += strings.Count(raw[:len(raw)-len(text)], "\n")
			raw = text
		}
		if t.left && !blank {
			t.part("\n")
		}
		for i, line := range strings.Split(raw, "\n") {
			if i > 0 {
				t.write("\n")
				line = strings.TrimLeft(line, " \t")
			}
			t.write(line)
		}
	}
}

// lead is what stands in Markdown for the beginnings of elements.
var lead = map[string]string{
	"h1": "\n\n# ", "h2": "\n\n## ", "h3": "\n\n### ", "h4": "\n\n#### ", "h5": "\n\n##### ", "h6": "\n\n###### ",
	"tr": "\n\n", "td": " ", "th": " ", "br": "<br>\n", "hr": "\n\n***\n\n", "pre": "\n\n```\n",
	"dt": "\n\n", "dd": "\n\n", "summary": "\n\n###### ",
	"option": "\n\n", "legend": "\n\n", "caption": "\n\n",
}

func (t *translator) start(raw string) {
	token := t.tokens.Token()
	switch tag := token.Data; {
	case tag == "script" || tag == "style":
		if t.tokens.Next() == html.TextToken {
			t.dropped.Write(t.tokens.Raw())
			t.last += bytes.Count(t.tokens.Raw(), []byte("\n"))
		}
		return
	case t.code && !isElement(tag):
		t.write(raw)
		return
	case t.code:
	case tag == "video":
		t.part("\n\n" + strings.ReplaceAll(raw, "\n", " "))
		return
	case inMarkdown(tag), !isBlock(tag) && attribute(token, "title") != "":
		t.write(strings.ReplaceAll(raw, "\n", " "))
		return
	case tag == "ol", tag == "ul":
		t.list(token)
	case tag == "li":
		t.item(token)
	case lead[tag] != "":
		t.heading = isTitle(tag)
		t.code = tag == "pre"
		t.part(lead[tag])
	case isContainer(tag):
		t.part("\n\n")
	}
	if words := strings.TrimSpace(attribute(token, "title") + " " + unseen(token)); words != "" {
		t.lost = append(t.lost, finding{t.line, CodeLostWords, words})
	}
}

// list begins a list.
func (t *translator) list(token html.Token) {
	l := htmlList{indent: t.indent}
	if token.Data == "ol" {
		l.next = numberOf(token, "start", 1)
	}
	switch {
	case len(t.lists) == 0:
		t.part("\n\n")
	case !t.begun && !t.atStart():
		t.write("\n")
	}
	t.lists = append(t.lists, l)
}

// item begins an item of the innermost list.
func (t *translator) item(token html.Token) {
	if !t.atStart() && !t.begun {
		t.write("\n")
	}
	t.left = false
	var list htmlList
	mark := "- "
	if n := len(t.lists); n > 0 {
		list = t.lists[n-1]
	}
	if list.next > 0 {
		number := numberOf(token, "value", list.next)
		mark = fmt.Sprintf("%d. ", number)
		t.lists[len(t.lists)-1].next = number + 1
	}
	t.indent = list.indent
	t.write(mark)
	if len(t.lists) < maxDepth {
		t.indent += strings.Repeat(" ", len(mark))
	}
	t.begun = true
}

// numberOf returns the number that an attribute of a tag gives, or another one.
func numberOf(token html.Token, name string, otherwise int) int {
	if n, err := strconv.Atoi(attribute(token, name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func (t *translator) end(raw string) {
	name, _ := t.tokens.TagName()
	switch tag := string(name); {
	case tag == "pre" && t.code:
		t.code = false
		t.write("\n```\n\n")
	case t.code:
	case (tag == "ol" || tag == "ul") && len(t.lists) > 0:
		t.endList()
	case isTitle(tag):
		t.heading = false
		t.part("\n\n")
	case isContainer(tag):
		t.part("\n\n")
	case inMarkdown(tag):
		t.write(raw)
	}
}

// endList ends the innermost list.
func (t *translator) endList() {
	last := len(t.lists) - 1
	t.indent = t.lists[last].indent
	t.lists = t.lists[:last]
	t.begun = false
	switch {
	case last == 0:
		t.part("\n\n")
		return
	case !t.atStart():
		t.write("\n")
	}
	t.left = true
}
