package manuscript

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// Front is the front matter: YAML between two lines of --- at the very start.
//
//	---
//	at: 2026-12-01 09:00      # or: tomorrow 9am
//	zone: Europe/Berlin       # the account's zone if absent
//	account: spool            # user name on X
//	numbering: 1/n            # none if absent
//	number: first             # or last, behind the text
//	paragraphs: each          # or merge: short ones share a post
//	replies: following        # who may reply; everybody if absent
//	media:                    # beside the images in the text
//	  - {file: cat.png, alt: A cat, post: 1}
//	---
type Front struct {
	At          string
	Zone        string
	Account     string
	Numbering   string
	NumberFirst bool
	OneEach     bool
	Replies     string
	Media       []Medium
}

// splitOptions are the options for an account whose posts may be limit long.
func (m Manuscript) splitOptions(limit int) tweet.Options {
	o := tweet.Options{
		Limit: limit, OneEach: m.Front.OneEach, Headings: m.Headings,
		Numbering: tweet.Numbering{Format: m.Front.Numbering, First: m.Front.NumberFirst},
	}
	for _, image := range m.Images {
		o.Pictures = append(o.Pictures, image.Offset)
	}
	return o
}

// maxFront bounds the front matter, so that a text is never taken for a large one.
const maxFront = 64 << 10

// cutFront takes the front matter off data. What is not a list of names and values is
// none: then the --- is the end of an empty post.
func cutFront(data []byte) (Front, []byte, error) {
	const fence = "---\n"
	if !bytes.HasPrefix(data, []byte(fence)) {
		return Front{}, data, nil
	}
	inside := data[len(fence):]
	end := closingFence(inside)
	if end < 0 || end > maxFront {
		return Front{}, data, nil
	}
	var node yaml.Node
	if err := yaml.Unmarshal(inside[:end], &node); err != nil {
		if strings.Contains(string(inside[:end]), ":") {
			return Front{}, nil, fault.New(fault.Invalid, "The front matter is not YAML: %s.", yamlMessage(err)).
				Todo("Write each line as name: value, with quotes around values that contain a colon.")
		}
		return Front{}, data, nil
	}
	body := inside[end:]
	if i := bytes.IndexByte(body, '\n'); i >= 0 {
		body = body[i+1:]
	} else {
		body = nil
	}
	if len(node.Content) == 0 {
		return Front{}, body, nil // empty front matter
	}
	if node.Content[0].Kind != yaml.MappingNode {
		return Front{}, data, nil
	}
	front, err := readFront(node.Content[0])
	return front, body, err
}

// closingFence returns the offset of the line that ends the front matter, or -1.
func closingFence(inside []byte) int {
	pos := 0
	for line := range bytes.Lines(inside) {
		if text := strings.TrimRight(string(line), " \t\n"); text == "---" || text == "..." {
			return pos
		}
		pos += len(line)
	}
	return -1
}

func readFront(mapping *yaml.Node) (Front, error) {
	var f Front
	seen := map[string]bool{}
	for pair := range slices.Chunk(mapping.Content, 2) {
		key, value := pair[0], pair[1]
		if seen[key.Value] {
			return f, frontError(key, "The front matter has %s twice.", key.Value)
		}
		seen[key.Value] = true
		if err := f.set(key, value); err != nil {
			return f, err
		}
	}
	return f, nil
}

// set sets the field of a name.
func (f *Front) set(key, node *yaml.Node) error {
	if key.Value == "media" {
		return f.setMedia(key, node)
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
	case "paragraphs":
		return choose(key, value, &f.OneEach, "merge", "each")
	default:
		return frontError(key, "The front matter has an unknown name, %s.", key.Value).
			Todo("Known are at, zone, account, numbering, number, paragraphs, replies and media. If this is not front matter, take away the first line.")
	}
	return nil
}

// setMedia reads the list of media.
func (f *Front) setMedia(key, node *yaml.Node) error {
	media := []struct {
		File string `yaml:"file"`
		Alt  string `yaml:"alt"`
		Post int    `yaml:"post"`
	}{}
	if err := node.Decode(&media); err != nil {
		return frontError(key, "media is not a list of files.").Todo("Write it like - {file: cat.png, alt: A cat, post: 1}.").Because(err)
	}
	for _, m := range media {
		m.Post = max(m.Post, 1)
		if m.File == "" {
			return frontError(key, "A medium has no file.")
		}
		f.Media = append(f.Media, Medium(m))
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
	return fault.New(fault.Invalid, format, args...).At(lineField(key.Line + 1)) // the fence is line 1
}

// lineField names a line of the manuscript as the place of a failure.
func lineField(line int) string { return fmt.Sprintf("line %d", line) }

// yamlMessage takes the package's name off its message.
func yamlMessage(err error) string {
	return strings.TrimSuffix(strings.TrimPrefix(err.Error(), "yaml: "), ".")
}
