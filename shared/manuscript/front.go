package manuscript

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// Front is the front matter: YAML between two lines of ---, or TOML between two of +++,
// before all else. Fences that few programs have, ---yaml, indented ones, more hyphens, or ;;; around
// JSON, need a name that is known. Names of other programs (title, date, tags …) are ignored with
// a note, which tells the values of those that are not common, and nothing of the front matter
// is ever published.
//
// A name without a value is as none. For one tweet, poll, quote and reply may stand in place of polls,
// quotes and replies, and a mapping in place of a list of one.
//
//	---
//	at: 2026-12-01 09:00      # or: tomorrow 9am
//	zone: Europe/Berlin       # the account's zone if absent
//	account: spool            # user name on X
//	numbering: 1/n            # none if absent
//	number: first             # or last, behind the text
//	paragraphs: each          # or merge: short ones share a post
//	target: 240               # how long posts had better be at most; the limit if absent
//	replies: following        # who may reply; everybody if absent; or [{tweet: 2, by: verified}]
//	community: 1234567890     # that the thread is posted to, by address or id
//	made_with_ai: true        # the media are; or those of some tweets: [1, 3]
//	paid_partnership: true    # somebody paid for the thread, or for some tweets: [2]
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
	DropStruck  bool
	Media       []Medium
	Polls       []Poll
	Quotes      []Quote
	Replies     []Replies
	Community   string // its id
	MadeWithAI  Tweets
	Paid        Tweets
}

// A Poll of the front matter belongs to a post by its number.
type Poll struct {
	Tweet   int // from 1
	Options []string
	Minutes int
	Line    int // of the manuscript, from 1
}

// A Quote of the front matter makes a post, by its number, quote another one.
type Quote struct {
	Tweet int    // from 1
	Of    string // the id of the quoted post
	Line  int    // of the manuscript, from 1
}

// Replies says who may reply to a post, in X's words.
type Replies struct {
	Tweet int // from 1
	By    string
	Line  int // of the manuscript, from 1
}

// Tweets are all posts, or some by their numbers.
type Tweets struct {
	All  bool
	Some []int // from 1
}

// splitOptions are the options for an account whose posts may be limit long.
func (m Manuscript) splitOptions(limit int) tweet.Options {
	return tweet.Options{
		Limit: limit, Target: m.Front.Target, OneEach: m.Front.OneEach,
		Numbering: tweet.Numbering{Format: m.Front.Numbering, First: m.Front.NumberFirst},
	}
}

// isKnown reports the names that Spool uses.
func isKnown(name string) bool {
	switch name {
	case "at", "zone", "account", "numbering", "number", "paragraphs", "replies", "media", "target", "struck", "polls",
		"quotes", "community", "made_with_ai", "paid_partnership":
		return true
	}
	return false
}

// read reads the names that are Spool's, and says what the others are.
func (f *Front) read(mapping *yaml.Node) (r frontReading, err error) {
	r.lines = map[string]int{}
	for pair := range slices.Chunk(mapping.Content, 2) {
		key, value := pair[0], pair[1]
		written := key.Value
		if name := strings.ToLower(key.Value); isKnown(name) {
			key.Value = name
		}
		value = meant(key, value)
		known := isKnown(key.Value)
		switch {
		case known && value.Tag == "!!null":
			continue
		case isMisread(key.Value, value):
			r.misread = append(r.misread, finding{key.Line, CodeFrontMisread, written + ": " + words(value)})
			continue
		case known && !isForeign(key.Value, value):
		case isCommon(written):
			r.foreign = append(r.foreign, written)
			continue
		default:
			r.foreign = append(r.foreign, strings.TrimRight(written+": "+words(value), ": ."))
			continue
		}
		if r.lines[key.Value] > 0 {
			return r, frontError(key, "The front matter has %s twice.", key.Value)
		}
		r.lines[key.Value] = key.Line
		if err := f.set(key, value); err != nil {
			return r, err
		}
	}
	return r, nil
}

// words are what a value says, however it is built.
func words(value *yaml.Node) string {
	if value.Kind == yaml.ScalarNode {
		return value.Value
	}
	said := make([]string, 0, len(value.Content))
	for _, n := range value.Content {
		said = append(said, words(n))
	}
	return strings.Join(said, ", ")
}

// meant returns the list that a writer means: of the one poll, quote, medium or reply setting
// that a value is. It gives the key the name of the list.
func meant(key, value *yaml.Node) *yaml.Node {
	lists := map[string]string{
		"poll": "polls", "quote": "quotes", "reply": "replies", "polls": "polls", "quotes": "quotes", "replies": "replies",
		"media": "media",
	}
	name := lists[strings.ToLower(key.Value)]
	if name == "" {
		return value
	}
	switch {
	case value.Kind == yaml.MappingNode && value.Tag == "!!map" && len(value.Content) > 0:
		value = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: value.Line, Content: []*yaml.Node{value}}
	case value.Kind == yaml.SequenceNode:
	case name == "quotes" && quoted.MatchString(value.Value):
		of := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "of", Line: value.Line}
		one := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: value.Line, Content: []*yaml.Node{of, value}}
		value = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: value.Line, Content: []*yaml.Node{one}}
	case name == "replies" && value.Value != "" && tweet.IsReplySetting(value.Value):
	default:
		return value
	}
	key.Value = name
	return value
}

// isMisread reports what is meant for Spool, and says nothing to it.
func isMisread(name string, value *yaml.Node) bool {
	switch strings.ToLower(name) {
	case "poll", "polls", "media":
		return value.Kind == yaml.ScalarNode && value.Tag != "!!bool" && value.Value != ""
	}
	return false
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
	case "community":
		return value.Kind != yaml.ScalarNode || !community.MatchString(value.Value)
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
	case "replies":
		return f.setReplies(key, node)
	case "made_with_ai":
		return f.MadeWithAI.set(key, node)
	case "paid_partnership":
		return f.Paid.set(key, node)
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
		if value == "none" || value == "false" {
			f.Numbering = ""
		}
	case "community":
		f.Community = community.FindStringSubmatch(value)[1]
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
