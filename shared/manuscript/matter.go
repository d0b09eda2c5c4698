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
	body    []byte // what follows it
	comment string // what stands in <!-- --> before it
}

// A frontReading is what was read of front matter beside its values.
type frontReading struct {
	foreign []string       // names that are not Spool's
	lines   map[string]int // of the names that are
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
	if err != nil || mapping == nil {
		return f, r, data, err
	}
	r.comment = m.comment
	r.foreign, r.lines, err = f.read(mapping, m.line)
	return f, r, m.body, err
}

// findMatter finds what may be front matter. White space behind a fence, and blank lines or
// a comment before the first one, make no difference.
func findMatter(data []byte) (m matter, found bool) {
	comment := leadingComment.FindSubmatch(data[:min(len(data), maxFront)])
	if comment == nil {
		comment = [][]byte{nil, nil}
	}
	start := len(comment[0])
	start += len(data[start:]) - len(bytes.TrimLeft(data[start:], " \t\n"))
	first, rest, found := bytes.Cut(data[start:], []byte("\n"))
	fence := string(bytes.TrimRight(first, " \t"))
	if !found || fence != "---" && fence != "+++" || start > 0 && data[start-1] != '\n' {
		return m, false
	}
	end := closingFence(rest, fence)
	if end < 0 || end > maxFront {
		return m, false
	}
	m = matter{
		inside: rest[:end], line: bytes.Count(data[:start], []byte("\n")) + 2, toml: fence == "+++",
		comment: string(comment[1]),
	}
	_, m.body, _ = bytes.Cut(rest[end:], []byte("\n"))
	return m, true
}

var leadingComment = lazyregexp.New(`^\s*<!--((?s:.*?))-->[ \t]*\n`)

// looksLikeFront returns the first line of a text that looks like the front matter of other
// programs: between fences of which one is missing, in JSON, or without fences.
func looksLikeFront(text []byte) (first string) {
	text = bytes.TrimLeft(text, " \t\n")
	text = text[:min(len(text), maxFront)]
	if bytes.HasPrefix(text, []byte("{")) {
		var values map[string]json.RawMessage
		if json.NewDecoder(bytes.NewReader(text)).Decode(&values) == nil && len(values) > 0 {
			first, _, _ = strings.Cut(string(text), "\n")
		}
		return first
	}
	if m := fencelessFront.FindSubmatch(text); m != nil {
		return string(m[1]) + string(m[2])
	}
	return ""
}

// fencelessFront is a fence and a name with its value, or several names with values of which
// the first is one that programs know.
var fencelessFront = lazyregexp.New(
	`^(?:---|\+\+\+)[ \t]*\n([a-z]\w*[ \t]*[:=][ \t][^\n]*)|` +
		`^((?i:title|author|date|tags|layout|slug|category|categories):[ \t][^\n]*)\n\w[\w -]{0,30}:[ \t]`)

// closingFence returns the offset of the line that ends the front matter, or -1.
func closingFence(inside []byte, fence string) int {
	pos := 0
	for line := range bytes.Lines(inside) {
		if text := strings.TrimRight(string(line), " \t\n"); text == fence || text == "..." && fence == "---" {
			return pos
		}
		pos += len(line)
	}
	return -1
}

// readYAML returns the names and values of front matter. What is no list of those is no
// front matter: then the --- is the end of an empty post, and the mapping nil. What is not
// quite YAML is an error only where it has names of Spool's.
func readYAML(m matter) (*yaml.Node, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(m.inside, &node); err != nil {
		names, lines := namesOf(m.inside)
		switch {
		case len(names) == 0 || len(names) < lines/2:
			return nil, nil
		case !slices.ContainsFunc(names, isKnown):
			return mappingOf(names), nil
		}
		message, line := yamlMessage(err)
		e := fault.New(fault.Invalid, "The front matter is not YAML: %s.", message).
			Todo("Write each line as name: value, with quotes around values that contain a colon.")
		if line > 0 {
			return nil, e.At(lineField(m.line + line - 1))
		}
		return nil, e
	}
	if len(node.Content) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode}, nil // empty front matter
	}
	if node.Content[0].Kind != yaml.MappingNode {
		return nil, nil
	}
	return node.Content[0], nil
}

// nameLine is a line of front matter that begins with a name.
var nameLine = lazyregexp.New(`(?m)^["']?([A-Za-z_][\w.-]*)["']?[ \t]*:(?:[ \t]|$)`)

// namesOf returns the names that lines begin with, and how many lines are not indented.
func namesOf(inside []byte) (names []string, lines int) {
	for _, m := range nameLine.FindAllSubmatch(inside, -1) {
		names = append(names, string(m[1]))
	}
	for line := range bytes.Lines(inside) {
		if len(bytes.TrimSpace(line)) > 0 && !bytes.ContainsAny(line[:1], " \t-#") {
			lines++
		}
	}
	return names, lines
}

// mappingOf makes a mapping of names without values.
func mappingOf(names []string) *yaml.Node {
	mapping := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range names {
		key, value := &yaml.Node{Kind: yaml.ScalarNode, Value: name}, &yaml.Node{Kind: yaml.ScalarNode}
		mapping.Content = append(mapping.Content, key, value)
	}
	return mapping
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
		pair[0].Line = 1
		if at != nil {
			pair[0].Line += bytes.Count(m.inside[:at[0]], []byte("\n"))
		}
	}
	return node.Content[0], nil
}

// yamlMessage takes the package's name and the line off its message.
func yamlMessage(err error) (message string, line int) {
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
