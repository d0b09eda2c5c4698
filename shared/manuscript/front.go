package manuscript

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"go.yaml.in/yaml/v3"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// Front is the front matter: YAML between two lines of ---, or TOML between two of +++,
// before all else. Names of other programs (title, date, tags …) are ignored with a note, and
// nothing of the front matter is ever published.
//
//	---
//	at: 2026-12-01 09:00      # or: tomorrow 9am
//	zone: Europe/Berlin       # the account's zone if absent
//	account: spool            # user name on X
//	numbering: 1/n            # none if absent
//	number: first             # or last, behind the text
//	paragraphs: each          # or merge: short ones share a post
//	target: 240               # how long posts had better be at most; the limit if absent
//	replies: following        # who may reply; everybody if absent
//	struck: drop              # or keep: struck text stays, without its marks
//	media:                    # beside the images in the text
//	  - {file: cat.png, alt: A cat, tweet: 1}
//	polls:                    # for minutes, hours or days; a day if absent
//	  - {tweet: 2, options: ["Yes", "No"], hours: 24}
//	quotes:                   # posts that others quote, by address or id
//	  - {tweet: 3, of: https://x.com/ada/status/1234567890}
//	---
type Front struct {
	At          string
	Zone        string
	Account     string
	Numbering   string
	NumberFirst bool
	OneEach     bool
	Target      int
	Replies     string
	DropStruck  bool
	Media       []Medium
	Polls       []Poll
	Quotes      []Quote
}

// A Poll of the front matter belongs to a post by its number.
type Poll struct {
	Tweet   int // from 1
	Options []string
	Minutes int
}

// A Quote of the front matter makes a post, by its number, quote another one.
type Quote struct {
	Tweet int    // from 1
	Of    string // the id of the quoted post
}

// splitOptions are the options for an account whose posts may be limit long.
func (m Manuscript) splitOptions(limit int) tweet.Options {
	return tweet.Options{
		Limit: limit, Target: m.Front.Target, OneEach: m.Front.OneEach,
		Numbering: tweet.Numbering{Format: m.Front.Numbering, First: m.Front.NumberFirst},
	}
}

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
		inside: rest[:end], line: bytes.Count(data[:start], []byte("\n")) + 2, toml: fence == "+++", comment: string(comment[1]),
	}
	_, m.body, _ = bytes.Cut(rest[end:], []byte("\n"))
	return m, true
}

var leadingComment = regexp.MustCompile(`^\s*<!--((?s:.*?))-->[ \t]*\n`)

// looksLikeFront returns the first line of a text that looks like the front matter of other
// programs: between fences of which one is missing, in JSON, or without fences.
func looksLikeFront(text []byte) (first string) {
	text = bytes.TrimLeft(text, " \t\n")
	text = text[:min(len(text), maxFront)]
	var values map[string]json.RawMessage
	if bytes.HasPrefix(text, []byte("{")) && json.NewDecoder(bytes.NewReader(text)).Decode(&values) == nil && len(values) > 0 {
		first, _, _ = strings.Cut(string(text), "\n")
		return first
	}
	if m := fencelessFront.FindSubmatch(text); m != nil {
		return string(m[1]) + string(m[2])
	}
	return ""
}

// fencelessFront is a fence and a name with its value, or several names with values of which
// the first is one that programs know.
var fencelessFront = regexp.MustCompile(
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
var nameLine = regexp.MustCompile(`(?m)^["']?([A-Za-z_][\w.-]*)["']?[ \t]*:(?:[ \t]|$)`)

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

// isKnown reports the names that Spool uses.
func isKnown(name string) bool {
	switch name {
	case "at", "zone", "account", "numbering", "number", "paragraphs", "replies", "media", "target", "struck", "polls",
		"quotes":
		return true
	}
	return false
}

// read reads the names that are Spool's, and returns the others. first is the line of the
// mapping's first line.
func (f *Front) read(mapping *yaml.Node, first int) (foreign []string, lines map[string]int, err error) {
	lines = map[string]int{}
	for pair := range slices.Chunk(mapping.Content, 2) {
		key, value := pair[0], pair[1]
		key.Line += first - 1
		known := isKnown(key.Value)
		switch {
		case known && isForeign(key.Value, value), !known && len(mapping.Content) == 2 && value.Value != "":
			foreign = append(foreign, strings.TrimRight(key.Value+": "+value.Value, ": ."))
			continue
		case !known:
			foreign = append(foreign, key.Value)
			continue
		case lines[key.Value] > 0:
			return nil, nil, frontError(key, "The front matter has %s twice.", key.Value)
		}
		lines[key.Value] = key.Line
		if err := f.set(key, value); err != nil {
			return nil, nil, err
		}
	}
	return foreign, lines, nil
}

// isForeign reports the values that a name of Spool's cannot have, so that it is another
// program's: target: _blank, number: 3a, quotes: true.
func isForeign(name string, value *yaml.Node) bool {
	switch name {
	case "media", "polls", "quotes":
		return value.Kind == yaml.ScalarNode
	case "target":
		return value.Kind == yaml.ScalarNode && !strings.ContainsAny(value.Value, "0123456789")
	case "number":
		return strings.ContainsAny(value.Value, "0123456789") || value.Tag == "!!bool"
	case "replies", "struck", "paragraphs":
		return value.Tag == "!!bool" || value.Tag == "!!int" || value.Tag == "!!float"
	}
	return false
}

// set sets the field of a name.
func (f *Front) set(key, node *yaml.Node) error {
	switch key.Value {
	case "media":
		return f.setMedia(key, node)
	case "polls":
		return f.setPolls(key, node)
	case "quotes":
		return f.setQuotes(key, node)
	}
	if node.Kind != yaml.ScalarNode {
		return frontError(key, "%s needs one value, not a list.", key.Value)
	}
	value := node.Value
	switch key.Value {
	case "at":
		f.At = value
	case "zone":
		f.Zone = value
	case "account":
		f.Account = strings.TrimPrefix(value, "@")
	case "numbering":
		f.Numbering = value
		if value == "none" {
			f.Numbering = ""
		}
	case "replies":
		f.Replies = value
	case "number":
		return choose(key, value, &f.NumberFirst, "last", "first")
	case "struck":
		return choose(key, value, &f.DropStruck, "keep", "drop")
	case "paragraphs":
		return choose(key, value, &f.OneEach, "merge", "each")
	case "target":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return frontError(key, "target must be a number of characters, not %q.", value)
		}
		f.Target = n
	}
	return nil
}

// number says which tweet something of the front matter belongs to. Files of older
// versions call it a post.
type number struct {
	Tweet int `yaml:"tweet"`
	Post  int `yaml:"post"`
}

// tweet is the number, from 1, which is also what none means.
func (n number) tweet() int { return max(n.Tweet, n.Post, 1) }

// setMedia reads the list of media.
func (f *Front) setMedia(key, node *yaml.Node) error {
	media := []struct {
		File   string `yaml:"file"`
		Alt    string `yaml:"alt"`
		Number number `yaml:",inline"`
	}{}
	if err := node.Decode(&media); err != nil {
		return frontError(key, "media is not a list of files.").
			Todo("Write it like - {file: cat.png, alt: A cat, tweet: 1}.").Because(err)
	}
	for _, m := range media {
		if m.File == "" {
			return frontError(key, "A medium has no file.")
		}
		f.Media = append(f.Media, Medium{File: m.File, Alt: m.Alt, Tweet: m.Number.tweet()})
	}
	return nil
}

// setPolls reads the list of polls.
func (f *Front) setPolls(key, node *yaml.Node) error {
	polls := []struct {
		Number  number   `yaml:",inline"`
		Options []string `yaml:"options"`
		Minutes int      `yaml:"minutes"`
		Hours   int      `yaml:"hours"`
		Days    int      `yaml:"days"`
	}{}
	if err := node.Decode(&polls); err != nil {
		return frontError(key, "polls is not a list of polls.").
			Todo(`Write it like - {tweet: 1, options: ["Yes", "No"], hours: 24}.`).Because(err)
	}
	for _, p := range polls {
		const day = 24 * 60
		minutes := p.Minutes + 60*p.Hours + day*p.Days
		if minutes == 0 {
			minutes = day
		}
		f.Polls = append(f.Polls, Poll{Tweet: p.Number.tweet(), Options: p.Options, Minutes: minutes})
	}
	return nil
}

// quoted is what names a post of X: its id, or an address that ends in it.
var quoted = regexp.MustCompile(`^(?:https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/\w+/status/)?([0-9]{1,19})(?:[/?#].*)?$`)

// setQuotes reads the list of quotes.
func (f *Front) setQuotes(key, node *yaml.Node) error {
	quotes := []struct {
		Number number `yaml:",inline"`
		Of     string `yaml:"of"`
	}{}
	if err := node.Decode(&quotes); err != nil {
		return frontError(key, "quotes is not a list of quotes.").
			Todo("Write it like - {tweet: 1, of: https://x.com/ada/status/1234567890}.").Because(err)
	}
	for _, q := range quotes {
		id := quoted.FindStringSubmatch(q.Of)
		if id == nil {
			return frontError(key, "quotes has %q, which is no tweet.", q.Of).Todo("Give its address or its id.")
		}
		f.Quotes = append(f.Quotes, Quote{Tweet: q.Number.tweet(), Of: id[1]})
	}
	return nil
}

// choose sets an option that has two values.
func choose(key *yaml.Node, value string, option *bool, no, yes string) error {
	if value != no && value != yes {
		return frontError(key, "%s must be %s or %s, not %q.", key.Value, no, yes, value)
	}
	*option = value == yes
	return nil
}

func frontError(key *yaml.Node, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).At(lineField(key.Line))
}

// lineField names a line of the manuscript as the place of a failure.
func lineField(line int) string { return fmt.Sprintf("line %d", line) }

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

var yamlLine = regexp.MustCompile(`^(?:unmarshal errors:\s*)?line ([0-9]+): `)
