package manuscript

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"

	"spool/shared/fault"
	"spool/shared/lazyregexp"
)

// This file finds front matter and reads the names and values in it.

// maxFront bounds the front matter, so that a text is never taken for a large one.
const maxFront = 64 << 10

// A matter is front matter as it stands in a manuscript.
type matter struct {
	inside  []byte
	line    int // of its first line, from 1
	toml    bool
	unusual bool   // it is fenced as few programs do
	body    []byte // what follows it
	comment string // what stands in <!-- --> before it
}

// A frontReading is what was read of front matter beside its values.
type frontReading struct {
	foreign []string       // names that are not Spool's, with what they say
	misread []finding      // values that are meant for Spool, and say nothing
	lines   map[string]int // of the names that are Spool's
	comment string         // before it
}

// cutFront takes the front matter off data: YAML between two lines of ---, or TOML between
// two of +++.
func cutFront(data []byte) (f Front, r frontReading, body []byte, err error) {
	m, found := findMatter(data)
	if !found {
		return f, r, data, nil
	}
	var mapping *yaml.Node
	if m.toml {
		mapping, err = readTOML(m)
	} else {
		mapping, err = readYAML(m)
	}
	if err != nil || mapping == nil || !m.isMeant(mapping) {
		return f, r, data, err
	}
	r, err = f.read(mapping)
	r.comment = m.comment
	return f, r, m.body, err
}

// fence is what front matter begins with: three hyphens or, as few programs have it, more of
// them, indented ones, semicolons, or with the name of a language. Blank lines and a comment may
// stand before it.
var fence = lazyregexp.New(`^[\s\x{a0}\x{200b}\x{2060}\x{feff}]*(?:<!--((?s:.*?))-->[ \t]*\n\s*)?` +
	`(-{3,}|\+{3,}|;{3,})[ \t]*(yaml|yml|toml|json)?[ \t]*\n`)

// findMatter finds what may be front matter. White space behind a fence makes no difference.
func findMatter(data []byte) (m matter, found bool) {
	at := fence.FindSubmatchIndex(data[:min(len(data), maxFront)])
	if at == nil {
		return m, false
	}
	const code = 4 // columns of an indentation
	mark, language := string(data[at[4]:at[5]]), ""
	indent := at[4] - bytes.LastIndexByte(data[:at[4]], '\n') - 1
	if indent >= code {
		return m, false
	}
	if at[6] >= 0 {
		language = string(data[at[6]:at[7]])
	}
	rest := data[at[1]:]
	end := closingFence(rest, mark)
	if end < 0 || end > maxFront {
		return m, false
	}
	m = matter{
		inside: rest[:end], line: bytes.Count(data[:at[4]], []byte("\n")) + 2, toml: mark[0] == '+' || language == "toml",
		unusual: len(mark) > 3 || mark[0] == ';' || language != "" || indent > 0,
	}
	if at[2] >= 0 {
		m.comment = string(data[at[2]:at[3]])
	}
	_, m.body, _ = bytes.Cut(rest[end:], []byte("\n"))
	return m, true
}

// closingFence returns the offset of the line that ends the front matter, or -1.
func closingFence(inside []byte, fence string) int {
	pos := 0
	for line := range bytes.Lines(inside) {
		if text := strings.TrimSpace(string(line)); text == fence || text == "..." && fence == "---" {
			return pos
		}
		pos += len(line)
	}
	return -1
}

// isMeant reports whether names and values between two rules are front matter, and not prose with
// colons: one of the names is Spool's or one that programs know, or all are written as programs
// write them.
func (m matter) isMeant(mapping *yaml.Node) bool {
	if len(mapping.Content) == 0 {
		return len(bytes.TrimSpace(m.inside)) == 0 // or comments of YAML, which may be headings
	}
	programs := !m.unusual
	for pair := range slices.Chunk(mapping.Content, 2) {
		name := pair[0].Value
		if isKnown(strings.ToLower(name)) || isCommon(name) || isHead(name) {
			return true
		}
		programs = programs && programName.MatchString(name)
	}
	return programs
}

var programName = lazyregexp.New(`^[a-z_$][A-Za-z0-9_.-]*$`)

// isHead reports the names at the head of a document, also where they begin with a capital.
func isHead(name string) bool {
	switch strings.ToLower(name) {
	case "title", "subtitle", "author", "date", "tags", "layout", "slug", "category", "categories", "keywords",
		"permalink":
		return true
	}
	return false
}

// isCommon reports the names that programs use which make sites and notes.
func isCommon(name string) bool {
	switch name {
	case "title", "subtitle", "author", "authors", "date", "tags", "tag", "layout", "slug", "category", "categories",
		"keywords", "permalink", "aliases", "alias", "draft", "published", "publish", "publishdate", "lastmod", "updated",
		"created", "modified", "weight", "toc", "lang", "language", "type", "status", "id", "url", "cssclass", "cssclasses",
		"marp", "theme", "template", "sidebar_position", "sidebar_label", "hide_title", "pagination_next", "pagination_prev":
		return true
	}
	return false
}

// looksLikeFront returns the first line of a text that looks like the front matter of other
// programs: between fences that are none of Spool's or of which one is missing, in JSON, or
// without fences.
func looksLikeFront(text []byte) (first string) {
	text = bytes.TrimLeft(text, " \t\n\u200b")
	text = text[:min(len(text), maxFront)]
	if bytes.HasPrefix(text, []byte("{")) {
		var values map[string]json.RawMessage
		if json.NewDecoder(bytes.NewReader(text)).Decode(&values) == nil && len(values) > 0 {
			first, _, _ = strings.Cut(string(text), "\n")
		}
		return first
	}
	if m := fencedFront.FindSubmatch(text); m != nil {
		closed := closingFence(text[len(m[0]):], string(m[1])) >= 0
		if closed || programName.Match(m[3]) {
			return strings.TrimSpace(string(m[2]))
		}
		return ""
	}
	return headOf(text)
}

// fencedFront is a fence, and a name with its value in the next line.
var fencedFront = lazyregexp.New(`^([-+;=~*]{3,})[ \t]*\w*[ \t]*\n([ \t]*[{"']*(\w[\w.-]*)["']?[ \t]*[:=][ \t]*[^\n]*)`)

// headOf returns the first line of names and values without fences, at the head of a text: those
// of a document, or of a letter.
func headOf(text []byte) (first string) {
	head, lines := false, 0
	for line := range bytes.Lines(text) {
		m := nameLine.FindSubmatch(line)
		if m == nil {
			break
		}
		if lines++; lines == 1 {
			first = strings.TrimSpace(string(line))
		}
		head = head || isHead(string(m[1])) || strings.EqualFold(string(m[1]), "subject")
	}
	if !head || lines < 2 {
		return ""
	}
	return first
}

// readYAML returns the names and values of front matter. What is no list of those is no
// front matter: then the --- is the end of an empty post, and the mapping nil. What is not
// quite YAML is an error only where it has names of Spool's.
func readYAML(m matter) (*yaml.Node, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(m.inside, &node); err != nil {
		mapping, lines := roughly(m.inside)
		names := len(mapping.Content) / 2
		switch {
		case names == 0 || names < lines/2:
			return nil, nil
		case !slices.ContainsFunc(mapping.Content, func(n *yaml.Node) bool { return n.Tag == "name" && isKnown(n.Value) }):
			return mapping, nil
		}
		message, line := yamlMessage(err)
		return nil, fault.New(fault.Invalid, "The front matter is not YAML: %s.", message).
			Todo("Write each line as name: value, with quotes around values that contain a colon.").
			At(lineField(m.line + line - 1))
	}
	if len(node.Content) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode}, nil // empty front matter
	}
	mapping := node.Content[0]
	if mapping.Kind != yaml.MappingNode {
		return nil, nil
	}
	place(mapping, func(line int) int { return line + m.line - 1 })
	return mapping, nil
}

// place gives the nodes of a tree other lines.
func place(node *yaml.Node, line func(int) int) {
	node.Line = line(node.Line)
	for _, n := range node.Content {
		place(n, line)
	}
}

// nameLine is a line of front matter that begins with a name.
var nameLine = lazyregexp.New(`(?m)^["']?([A-Za-z_][\w.-]*)["']?[ \t]*:(?:[ \t]|$)`)

// roughly returns the names that lines begin with and what follows them, and how many lines
// are not indented.
func roughly(inside []byte) (mapping *yaml.Node, lines int) {
	mapping = &yaml.Node{Kind: yaml.MappingNode}
	var value *yaml.Node
	for line := range bytes.Lines(inside) {
		if len(bytes.TrimSpace(line)) > 0 && !bytes.ContainsAny(line[:1], " \t-#") {
			lines++
		}
		m := nameLine.FindSubmatchIndex(line)
		switch {
		case m != nil:
			value = &yaml.Node{Kind: yaml.ScalarNode, Value: string(bytes.TrimSpace(line[m[1]:]))}
			name := &yaml.Node{Kind: yaml.ScalarNode, Tag: "name", Value: string(line[m[2]:m[3]])}
			mapping.Content = append(mapping.Content, name, value)
		case value != nil:
			value.Value = strings.TrimSpace(value.Value + " " + string(bytes.TrimSpace(line)))
		}
	}
	return mapping, lines
}

// readTOML returns the names and values of front matter in TOML as YAML has them.
func readTOML(m matter) (*yaml.Node, error) {
	var values map[string]any
	if err := toml.Unmarshal(m.inside, &values); err != nil {
		e := fault.New(fault.Invalid, "The front matter is not TOML: %s.", strings.TrimPrefix(err.Error(), "toml: ")).
			Todo(`Write each line as name = "value".`)
		if d, ok := errors.AsType[*toml.DecodeError](err); ok {
			row, _ := d.Position()
			return nil, e.At(lineField(m.line + row - 1))
		}
		return nil, e
	}
	text, err := yaml.Marshal(values)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The front matter cannot be read: %v.", err)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil || len(node.Content) == 0 {
		return nil, err
	}
	for pair := range slices.Chunk(node.Content[0].Content, 2) {
		line := `(?m)^[ \t]*"?` + regexp.QuoteMeta(pair[0].Value) + `"?[ \t]*=`
		at := regexp.MustCompile(line).FindIndex(m.inside)
		number := m.line
		if at != nil {
			number += bytes.Count(m.inside[:at[0]], []byte("\n"))
		}
		for _, n := range pair {
			place(n, func(int) int { return number })
		}
	}
	return node.Content[0], nil
}

// yamlMessage takes the package's name and the line off its message, which has none where that is
// the first one.
func yamlMessage(err error) (message string, line int) {
	line = 1
	message = strings.TrimSuffix(strings.TrimPrefix(err.Error(), "yaml: "), ".")
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
		if strings.HasPrefix(message, "did not find expected") { // the package counts these from 0
			line++
		}
	}
	return message, line
}

var yamlLine = lazyregexp.New(`^(?:unmarshal errors:\s*)?line ([0-9]+): `)
