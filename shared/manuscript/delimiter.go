package manuscript

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extended "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"spool/shared/lazyregexp"
	"spool/shared/tweet"
)

// A delimiterParser finds the marks of emphasis and of struck text. It goes beyond
// CommonMark where that would change what the words say:
//
//   - What X would link (@_neha_, youtu.be/_aBc_), templates and formulas have no marks in them.
//   - Stars between numbers, variables and their like are times signs: 5*2*10, a_1*b_1*c. In the
//     paths of files they stand for names: src/*.go.
//   - One tilde strikes nothing: 5~10.
//   - Beside Chinese, Japanese and Korean, which have no spaces there, punctuation does not
//     keep a mark from opening or closing: **「重要」**です. Nor do particles: __이것__은.
type delimiterParser struct{ atoms *atoms }

func (delimiterParser) Trigger() []byte { return []byte{'*', '_', '~'} }

func (p delimiterParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	var pairs parser.DelimiterProcessor = delimiters{p.atoms.source}
	if line[0] == '~' {
		pairs = struck{}
	}
	d := parser.ScanDelimiter(line, before, 1, pairs)
	if d == nil {
		return nil
	}
	d.Segment = segment.WithStop(segment.Start + d.OriginalLength)
	block.Advance(d.OriginalLength)
	after := rune(' ')
	if d.OriginalLength < len(line) {
		after = util.ToRune(line, d.OriginalLength)
	}
	setFlanks(d, before, after)
	if d.Char == '*' && p.atoms.signs(segment.Start, before, after) {
		return ast.NewTextSegment(d.Segment)
	}
	if d.Char == '_' && after == '.' && d.OriginalLength+1 < len(line) && util.IsAlphaNumeric(line[d.OriginalLength+1]) {
		d.CanClose = false // __main__.py
	}
	if d.Char == '~' && d.OriginalLength != 2 || !d.CanOpen && !d.CanClose || p.atoms.hold(segment.Start) {
		return ast.NewTextSegment(d.Segment)
	}
	pc.PushDelimiter(d)
	return d
}

// signs reports whether stars at an offset, between two characters, are no marks: they are times
// signs, also behind a bracket as in f(x)*g(x), or stand for the names of files. Behind a mention, tag
// or address they stay because what follows would become a part of it.
func (a *atoms) signs(offset int, before, after rune) bool {
	return a.multiplies(offset, before, after) || isGlob(before, after) || before == ')' && isSpaced(after) ||
		isSpaced(before) && isSpaced(after) && offset > 0 && a.hold(offset-1)
}

// isGlob reports whether stars between two characters stand for names of files: build/*.o, src/**/a.
func isGlob(before, after rune) bool {
	return before == '/' && (after == '/' || after == '.' || after == '_' || util.IsSpaceRune(after))
}

// setFlanks says whether a mark may open and close something between two characters.
func setFlanks(d *parser.Delimiter, before, after rune) {
	dense := isDense(before) || isDense(after)
	parts := func(r rune) bool { return util.IsSpaceRune(r) || util.IsPunctRune(r) }
	left := !util.IsSpaceRune(after) && (!util.IsPunctRune(after) || parts(before) || dense)
	right := !util.IsSpaceRune(before) && (!util.IsPunctRune(before) || parts(after) || dense)
	left = left && !strings.ContainsRune(",;:)]}", after) // SELECT a.*, b.*
	d.CanOpen, d.CanClose = left, right
	if d.Char == '_' {
		d.CanOpen = left && (!right || util.IsPunctRune(before))
		d.CanClose = right && (!left || util.IsPunctRune(after) || d.OriginalLength == 2 && isDense(after))
	}
}

// isDense reports the scripts in which words stand without spaces, or with particles
// attached.
func isDense(r rune) bool {
	return withoutSpaces(r) || unicode.In(r, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// isSpaced reports what words of other scripts consist of.
func isSpaced(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') && !isDense(r)
}

// delimiters makes nodes of pairs of marks in a source.
type delimiters struct{ source []byte }

func (delimiters) IsDelimiter(b byte) bool { return b == '*' || b == '_' || b == '~' }

// CanOpenCloser pairs marks of a kind, but for two stars that stand inside of different words:
// foo*bar and baz*qux.
func (d delimiters) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	if opener.Char != closer.Char {
		return false
	}
	single := opener.Char == '*' && opener.OriginalLength == 1 && closer.OriginalLength == 1
	if !single || !insideWord(d.source, opener.Segment) || !insideWord(d.source, closer.Segment) {
		return true
	}
	const longest = 200
	between := d.source[opener.Segment.Stop:max(opener.Segment.Stop, closer.Segment.Start)]
	return len(between) <= longest && !bytes.ContainsFunc(between, unicode.IsSpace)
}

// insideWord reports whether a mark stands between two letters or digits.
func insideWord(source []byte, mark text.Segment) bool {
	before, _ := utf8.DecodeLastRune(source[:mark.Start])
	after, _ := utf8.DecodeRune(source[mark.Stop:])
	return isSpaced(before) && isSpaced(after)
}

func (delimiters) OnMatch(consumes int) ast.Node { return ast.NewEmphasis(consumes) }

// struck makes nodes of struck text.
type struck struct{ delimiters }

func (struck) OnMatch(int) ast.Node { return extended.NewStrikethrough() }

// atoms are the parts of a source that have no marks in them.
type atoms struct {
	source     []byte
	start, end int // of the line that was looked at last
	found      offsets
	product    product
	paragraph  [2]int  // that was looked at last
	formulas   offsets // of the paragraph, which have several lines
	unsaid     offsets // those of them that no finding names yet
}

// literal is what programs other than Markdown's make something of: templates, formulas,
// variables, the paths of Windows, and names of Python that are no words of a language.
var literal = lazyregexp.New(`\{\{.*?\}\}|\{%.*?%\}|\$\$.+?\$\$|\$[^\s$](?:[^$\n]*?[^\s$\\])?\$|\$_\w*|\\\(.+?\\\)|\\\[.+?\\\]` +
	"|\\b[A-Za-z]:(?:\\\\(?:\\*[^\\s\\\\*?\"<>|`]*|[^\\s\\\\*?\"<>|`]+))+" +
	`|\b__(?:a?(?:iter|enter|exit|next)|init|repr|str|dict|doc|eq|ne|lt|le|gt|ge|len|getattr|setattr|delattr|getitem|setitem|` +
	`delitem|proto|pycache|mro|slots|init_subclass|qualname|dirname|filename|typename)__\b`)

// hold reports whether an offset lies in one of them.
func (a *atoms) hold(offset int) bool {
	if offset < a.start || offset >= a.end {
		a.look(offset)
	}
	return a.found.hold(offset)
}

// template reports whether an offset lies in a template, a formula or the path of a file.
func (a *atoms) template(offset int) bool {
	if !a.hold(offset) {
		return false
	}
	i, found := slices.BinarySearchFunc(a.found, offset, func(r [2]int, o int) int { return r[0] - o })
	if !found {
		i--
	}
	first, last := a.source[a.found[i][0]], a.source[a.found[i][1]-1]
	isPath := bytes.HasPrefix(a.source[a.found[i][0]+1:], []byte(`:\`))
	return first == '{' || first == '\\' || first == '$' && last == '$' || isPath
}

// look finds those of the line of an offset.
func (a *atoms) look(offset int) {
	a.start = bytes.LastIndexByte(a.source[:offset], '\n') + 1
	a.end = len(a.source)
	if i := bytes.IndexByte(a.source[offset:], '\n'); i >= 0 {
		a.end = offset + i + 1
	}
	a.found = a.found[:0]
	line := a.source[a.start:a.end]
	// X makes mentions and tags behind no star, but the stars of emphasis are not published.
	for _, e := range tweet.Entities(strings.NewReplacer("*@", " @", "*#", " #", "*$", " $").Replace(string(line))) {
		if end := a.trimmed(line, e.Start, e.End); end > e.Start {
			a.found = append(a.found, [2]int{a.start + e.Start, a.start + end})
		}
	}
	if bytes.ContainsAny(line, `${\`) || bytes.Contains(line, []byte("__")) {
		for _, m := range literal.FindAllIndex(line, -1) {
			if next := m[1]; line[m[0]] == '$' && next < len(line) && '0' <= line[next] && line[next] <= '9' {
				continue // two prices
			}
			if line[m[0]] == '\\' && (m[0] > 0 && line[m[0]-1] == '\\' || !isFormula(line[m[0]:m[1]])) {
				continue
			}
			a.found = append(a.found, [2]int{a.start + m[0], a.start + a.trimmed(line, m[0], m[1])})
		}
	}
	for _, f := range a.formulasAt(offset) {
		if f[0] < a.end && f[1] > a.start {
			a.found = append(slices.DeleteFunc(a.found, func(in [2]int) bool { return f[0] <= in[0] && in[1] <= f[1] }), f)
		}
	}
	slices.SortFunc(a.found, func(x, y [2]int) int { return x[0] - y[0] })
}

// formulasAt returns the formulas of several lines in the paragraph of an offset.
func (a *atoms) formulasAt(offset int) offsets {
	if a.paragraph[0] <= offset && offset < a.paragraph[1] {
		return a.formulas
	}
	start, end := 0, len(a.source)
	if above := bytes.LastIndex(a.source[:offset], []byte("\n\n")); above >= 0 {
		start = above + 2
	}
	if below := bytes.Index(a.source[offset:], []byte("\n\n")); below >= 0 {
		end = offset + below + 1
	}
	a.paragraph = [2]int{start, max(end, offset+1)}
	a.formulas = formulas(a.source[start:end], start)
	a.unsaid = append(a.unsaid, a.formulas...)
	return a.formulas
}

// trimmed returns where an entity ends that emphasis stands around: _https://example.com/a_.
func (a *atoms) trimmed(line []byte, start, end int) int {
	for start > 0 && end > start && strings.IndexByte("_*~", line[end-1]) >= 0 && line[start-1] == line[end-1] {
		end--
	}
	return end
}
