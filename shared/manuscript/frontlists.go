package manuscript

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"spool/shared/lazyregexp"
)

// This file reads what front matter says of single tweets.

// number says which tweet something of the front matter belongs to. Files of older
// versions call it a post.
type number struct {
	Tweet int `yaml:"tweet"`
	Post  int `yaml:"post"`
}

// tweet is the number, from 1, which is also what none means.
func (n number) tweet() int { return max(n.Tweet, n.Post, 1) }

// onlyMembers refuses a member of a list's elements that has another name than those that Spool
// knows: a misspelled one would change what is published.
func onlyMembers(key, list *yaml.Node, names ...string) error {
	names = append(names, "tweet", "post")
	for _, element := range list.Content {
		if element.Kind != yaml.MappingNode {
			continue
		}
		for member := range slices.Chunk(element.Content, 2) {
			if name := member[0]; !slices.Contains(names, name.Value) {
				return frontError(key, "%s has the name %q, which Spool does not know.", key.Value, name.Value).
					Todo("The names are %s.", strings.Join(names[:len(names)-1], ", "))
			}
		}
	}
	return nil
}

// twice is the error of a list that says two things of a tweet which has room for one.
func twice(key *yaml.Node, n number) error {
	return frontError(key, "%s has tweet %d twice.", key.Value, n.tweet()).Todo("Take one of them out.")
}

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
	if err := onlyMembers(key, node, "file", "alt"); err != nil {
		return err
	}
	for i, m := range media {
		if m.File == "" {
			return frontError(key, "A medium has no file.")
		}
		f.Media = append(f.Media, Medium{File: m.File, Alt: m.Alt, Tweet: m.Number.tweet(), Line: node.Content[i].Line})
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
	if err := onlyMembers(key, node, "options", "minutes", "hours", "days"); err != nil {
		return err
	}
	for i, p := range polls {
		const day = 24 * 60
		if slices.ContainsFunc(f.Polls, func(other Poll) bool { return other.Tweet == p.Number.tweet() }) {
			return twice(key, p.Number)
		}
		minutes := p.Minutes + 60*p.Hours + day*p.Days
		if minutes == 0 {
			minutes = day
		}
		f.Polls = append(f.Polls, Poll{Tweet: p.Number.tweet(), Options: p.Options, Minutes: minutes,
			Line: node.Content[i].Line})
	}
	return nil
}

// quoted is what names a post of X: its id, or an address that ends in it.
var quoted = lazyregexp.New(`^(?:https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/\w+/status/)?([0-9]{1,19})(?:[/?#].*)?$`)

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
	if err := onlyMembers(key, node, "of"); err != nil {
		return err
	}
	for i, q := range quotes {
		id := quoted.FindStringSubmatch(q.Of)
		if id == nil {
			return frontError(key, "quotes has %q, which is no tweet.", q.Of).Todo("Give its address or its id.")
		}
		if slices.ContainsFunc(f.Quotes, func(other Quote) bool { return other.Tweet == q.Number.tweet() }) {
			return twice(key, q.Number)
		}
		f.Quotes = append(f.Quotes, Quote{Tweet: q.Number.tweet(), Of: id[1], Line: node.Content[i].Line})
	}
	return nil
}

// community is what names a community of X: its id, or an address that ends in it.
var community = lazyregexp.New(`^(?:https?://(?:www\.|mobile\.)?(?:x|twitter)\.com/i/communities/)?([0-9]{1,19})(?:[/?#].*)?$`)

// setReplies reads who may reply to the first tweet, or a list of tweets.
func (f *Front) setReplies(key, node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		f.Replies = []Replies{{Tweet: 1, By: node.Value, Line: node.Line}}
		return nil
	}
	replies := []struct {
		Number number `yaml:",inline"`
		By     string `yaml:"by"`
	}{}
	if err := node.Decode(&replies); err != nil {
		return frontError(key, "replies is not a list of tweets.").
			Todo("Write it like following, or - {tweet: 2, by: following}.").Because(err)
	}
	if err := onlyMembers(key, node, "by"); err != nil {
		return err
	}
	for i, r := range replies {
		if slices.ContainsFunc(f.Replies, func(other Replies) bool { return other.Tweet == r.Number.tweet() }) {
			return twice(key, r.Number)
		}
		f.Replies = append(f.Replies, Replies{Tweet: r.Number.tweet(), By: r.By, Line: node.Content[i].Line})
	}
	return nil
}

// set reads true, false, or a list of numbers.
func (t *Tweets) set(key, node *yaml.Node) error {
	err := node.Decode(&t.All)
	if err != nil {
		err = node.Decode(&t.Some)
	}
	if err != nil || slices.ContainsFunc(t.Some, func(n int) bool { return n < 1 }) {
		return frontError(key, "%s is neither true nor a list of tweets.", key.Value).
			Todo("Write true, or their numbers like [1, 3].").Because(err)
	}
	return nil
}
