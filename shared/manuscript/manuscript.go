// Package manuscript reads what people write threads in: Markdown, plain text, or a JSON
// array of posts, with front matter for the time, the account and the options.
//
// # Markdown
//
// Markdown is CommonMark with what GitHub and note-taking programs add: tables, tasks,
// footnotes, callouts, [[wiki links]], ![[pictures]], %%private%% words and :emoji:. It
// becomes the text that X shows, and the blocks of it, by which package tweet divides it:
// emphasis is dropped, links are written out behind their text, and lists, headings, quotes
// and code keep their lines.
//
//   - A rule (---, a line of three hyphens) ends a post, also below text: there it underlines
//     no heading. More hyphens, or equals signs, do.
//   - A line break stays where the lines are short, where a symbol follows, and where a
//     sentence ends before the window did; in items of lists also before a) and the like. Prose
//     that an editor wrapped is joined, columns that spaces make are not.
//   - Paragraphs that begin with 1/, 2/ and so on begin posts, which get no other numbers; nor do
//     posts that end with 1/2, 2/2. Headings above the first one go with it.
//   - Lists keep the numbers that were written, which may be dates; 1. 1. 1. is counted.
//   - What is defined, [Ada]: Why?, and has no address and nothing that refers to it, is text.
//   - Comments, instructions, styles and scripts are not published; a %% that begins a line and is
//     never closed hides all behind it. Elements of HTML become what means the same, lists in lists
//     among them, and what stands in them is Markdown. Footnotes stand behind the thread.
//   - Tags without their other halves are the writer's words: cp <source> <dest>, the <p> element.
//   - Emphasis inside words is read in all scripts. What X would link, templates, formulas, the paths
//     of files and arithmetic have no marks of emphasis in them: 5*2*10, a_1*b_1, src/*.go.
//   - Formulas stay as they are, also over several lines, with blank ones where $$, \[ or \begin
//     stands alone.
//   - Struck text stays, without its marks.
//
// # Plain text
//
// A plain text stays as it is, but that wrapped prose is joined. A line of three hyphens ends a
// post; a longer one does where it underlines nothing, and none does in code between two lines of
// ``` or ~~~. A post whose first line is indented moves to the left as far as all its lines have room.
//
// # Front matter
//
// See [Front]. What stands between two rules at the head of a manuscript is front matter where one
// of its names is Spool's or one that other programs know (title, date, tags …), or where all
// are written as programs write them, in lower case. Otherwise it is prose with colons, and
// published; a finding says so.
//
// # Findings
//
// The words of the source are compared with those of the thread, whatever was in between:
// what was dropped, changed or left as markup is a finding that names line and words. The
// manuscripts in testdata/threads show all of it: what was written, the thread that it makes,
// and what is said of it.
package manuscript

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"spool/shared/fault"
	"spool/shared/intake"
	"spool/shared/tweet"
)

// A Manuscript is a thread as it was written.
type Manuscript struct {
	Front Front
	// The document is to be split into posts. It is empty where Posts are given.
	tweet.Document
	// Images stand in the text, in order.
	Images []Image
	// Posts are given one by one, and not split.
	Posts []string
	// Findings tell what reading the manuscript changed, dropped or did not understand. Each
	// has a line, and the posts are those of no thread yet: 0.
	Findings []tweet.Finding

	source     string // that was read
	lines      lineMap
	understood []string // see markdown
	frontLines map[string]int
}

// FrontLine is the line of a name of the front matter, from 1; 0: it has none.
func (m Manuscript) FrontLine(name string) int { return m.frontLines[name] }

// FrontField is where a name of the front matter stands: its line, or the name itself where
// it came in another way.
func (m Manuscript) FrontField(name string) string {
	if line := m.frontLines[name]; line > 0 {
		return lineField(line)
	}
	return name
}

// A Format is how a thread is written.
type Format string

// The formats.
const (
	Markdown Format = "markdown"
	Text     Format = "text"
	JSON     Format = "json"
)

// FormatOf returns the format of a file by its name. That of standard input, which is named
// - or not at all, shows in what it begins with.
func FormatOf(name string, data []byte) Format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".md", ".markdown", ".mdown", ".mkdn", ".mkd", ".mdx", ".qmd", ".rmd":
		return Markdown
	case ".json":
		return JSON
	}
	if name != "" && name != "-" {
		return Text
	}
	if begin := bytes.TrimSpace(data); bytes.HasPrefix(begin, []byte("[")) && json.Valid(begin) {
		return JSON
	}
	return Markdown
}

// An Image of a Markdown text belongs to the post that its place falls into. Alone between
// two explicit breaks it is a post of its own.
type Image struct {
	File   string // a path relative to the manuscript, or a URL
	Alt    string
	Offset int // in bytes, in Text
	Line   int // of the source, from 1
}

// Parse reads a manuscript in the format that [FormatOf] its name is. data must be UTF-8; a
// byte order mark is taken away, and lines end in LF. Errors are [fault.Invalid], with the
// line as field where it is known.
func Parse(name string, data []byte) (Manuscript, error) {
	return ParseAs(FormatOf(name, data), data)
}

// ParseAs reads a manuscript in a format.
func ParseAs(format Format, data []byte) (Manuscript, error) {
	text, err := intake.Text(data)
	if err != nil {
		return Manuscript{}, err
	}
	data = []byte(text)
	if format == JSON {
		posts, err := parseJSON(data)
		return Manuscript{Posts: posts}, err
	}
	front, reading, body, err := cutFront(data)
	if err != nil {
		return Manuscript{}, err
	}
	m := Manuscript{Front: front, source: text, frontLines: reading.lines}
	first := 1 + bytes.Count(data[:len(data)-len(body)], []byte("\n"))
	if reading.comment != "" {
		m.find(1, CodeComment, reading.comment)
	}
	for _, f := range reading.misread {
		m.find(f.line, f.code, f.words)
	}
	if len(reading.foreign) > 0 {
		m.find(1, CodeFrontMatter, strings.Join(reading.foreign, ", "))
	}
	if words := looksLikeFront(body); words != "" && first == 1 {
		m.find(1, CodeFrontPublished, words)
	}
	body = m.withoutInvisible(body, first)
	if format == Markdown {
		m.readMarkdown(body, first)
	} else {
		plain := string(body)
		m.Document = tweet.Plain(unwrapped(strings.Trim(plain, "\n")))
		m.lines = linesOf(plain, m.Text, first)
		m.findUnderlines()
	}
	return m, nil
}

// findUnderlines notes the lines of more than three hyphens that are published, because they stand
// below text: some mean the end of a post by them.
func (m *Manuscript) findUnderlines() {
	divides := map[int]bool{}
	for _, b := range m.Blocks {
		divides[b.Start] = divides[b.Start] || b.Kind == tweet.Divider
	}
	code := newCover(m.Blocks, tweet.Code)
	start := 0
	for text := range strings.Lines(m.Text) {
		line := strings.TrimSpace(text)
		if isBar(line) && line[0] == '-' && !divides[start] && !code.holds(start) {
			m.find(m.lines.line(start+strings.Index(text, line)), CodeUnderline, line)
		}
		start += len(text)
	}
}

// Typed is the manuscript of a text as somebody typed it into a field: without front matter,
// and with each line break where it stands.
func Typed(text string) Manuscript {
	text = intake.LF(text)
	return Manuscript{Document: tweet.Plain(text), source: text, lines: linesOf(text, text, 1)}
}

// readMarkdown reads a Markdown text whose first line has a number.
func (m *Manuscript) readMarkdown(body []byte, first int) {
	read := readMarkdown(body, m.Front.DropStruck)
	m.Document, m.Images, m.lines, m.understood = read.document, read.images, read.lines, read.understood
	for i := range m.lines {
		m.lines[i].line += first - 1
	}
	for i := range m.Images {
		m.Images[i].Line += first - 1
	}
	for _, f := range read.findings {
		m.find(f.line+first-1, f.code, f.words)
	}
	slices.SortStableFunc(m.Findings, func(a, b tweet.Finding) int { return cmp.Compare(a.Line, b.Line) })
}

// find adds a finding.
func (m *Manuscript) find(line int, code, words string) {
	severity, message := says(code, words)
	m.Findings = append(m.Findings, tweet.Finding{Line: line, Severity: severity, Code: code, Message: message})
}

// withoutInvisible takes the characters U+FEFF out of a text, which X refuses.
func (m *Manuscript) withoutInvisible(body []byte, first int) []byte {
	const invisible = "\ufeff"
	i := bytes.Index(body, []byte(invisible))
	if i < 0 {
		return body
	}
	beside, _, _ := bytes.Cut(body[i+len(invisible):], []byte("\n"))
	const enough = 40
	words := strings.ToValidUTF8(string(beside[:min(len(beside), enough)]), "")
	m.find(first+bytes.Count(body[:i], []byte("\n")), CodeInvisible, words)
	return bytes.ReplaceAll(body, []byte(invisible), nil)
}

// parseJSON reads an array whose elements are texts, or objects with a text.
func parseJSON(data []byte) ([]string, error) {
	var elements []json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&elements); err != nil {
		return nil, badJSON(data, err)
	}
	if err := intake.JSON(data); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, badJSON(data, errors.New("something follows the array"))
	}
	posts := make([]string, len(elements))
	for i, element := range elements {
		text, err := postOf(element, i+1)
		if err != nil {
			return nil, err
		}
		posts[i] = intake.LF(text)
	}
	return posts, nil
}

// postOf reads an element of the array: the post of a number.
func postOf(element json.RawMessage, number int) (string, error) {
	var text *string
	if err := json.Unmarshal(element, &text); err == nil && text != nil {
		return *text, nil
	}
	var members map[string]json.RawMessage
	text = nil
	err := json.Unmarshal(element, &members)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != "text" {
			return "", fault.New(fault.Invalid, "Tweet %d of the array has an unknown member, %.60q.", number, name).
				Todo(`Known is only "text". Times, media and all else belong to the flags of the command.`)
		}
	}
	if err == nil && members["text"] != nil {
		err = json.Unmarshal(members["text"], &text)
	}
	if err != nil || text == nil {
		return "", fault.New(fault.Invalid, "Tweet %d of the array is neither a text nor an object with a text.", number).
			Todo(`Write it like "Hello" or {"text": "Hello"}.`).Because(err)
	}
	return *text, nil
}

func badJSON(data []byte, err error) error {
	e := fault.New(fault.Invalid, "The manuscript is not a JSON array of tweets.").
		Todo(`Write it like ["First tweet", {"text": "Second tweet"}].`).Because(err)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return e.At(lineField(1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))))
	}
	return e
}
