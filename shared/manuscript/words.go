package manuscript

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"spool/shared/lazyregexp"
	"spool/shared/tweet"
)

// This file compares what a source says with what its thread says, word by word, whatever
// became of it in between.

// A word is a word of the source: letters and digits, a character of a script without
// spaces, or a sign that carries a fact, such as % or €.
type word struct {
	text string
	line int
}

// markup is what is no word of the source: tags of HTML, targets of links that lead nowhere
// on X, the languages of code, the marks of footnotes and tasks.
var markup = lazyregexp.New(
	"(?m)^[ \\t>]*(?:[-*+] +|[0-9]+[.)] +)?(?:`{3,}|~{3,})[^`\\n]*$" +
		`|</?([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?/?>` +
		`|\]\(\s*(?:<([^>\n]*)>|([^)\s]*))|\]\[[^\[\]]*\]` +
		`|\[\^[^\]\n]+\]:?|\[[xX]\](?:\s|$)`)

// withoutMarkup blanks what is no word of the source, but for its line ends and the
// addresses in it.
func withoutMarkup(source string) string {
	var b strings.Builder
	last := 0
	for _, m := range markup.FindAllStringSubmatchIndex(source, -1) {
		if m[2] >= 0 && !isElement(strings.ToLower(source[m[2]:m[3]])) {
			continue // a writer's word
		}
		b.WriteString(source[last:m[0]])
		b.WriteByte(' ')
		for group := 4; group <= 6; group += 2 {
			if m[group] < 0 {
				continue
			}
			if address := source[m[group]:m[group+1]]; isWeb(address) && !labelled(source[:m[0]], address) {
				b.WriteString(encoded(address))
			}
		}
		b.WriteString(strings.Repeat("\n", strings.Count(source[m[0]:m[1]], "\n")))
		b.WriteByte(' ')
		last = m[1]
	}
	b.WriteString(source[last:])
	return b.String()
}

// labelled reports whether a label that ends where before ends says an address.
func labelled(before, address string) bool {
	_, bare, _ := strings.Cut(address, "://")
	bare = strings.TrimSuffix(bare, "/")
	before = strings.TrimSuffix(before, "/")
	return slices.ContainsFunc([]string{bare, strings.TrimSuffix(address, "/"), "https://" + bare}, func(label string) bool {
		return strings.HasSuffix(before, "["+label)
	})
}

func isWeb(address string) bool {
	scheme, _, found := strings.Cut(address, "://")
	return found && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

// wordsOf returns the words of a text whose first line has a number.
func wordsOf(text string, line int) []word {
	var words []word
	add := func(s string) { words = append(words, word{s, line}) }
	start, before := -1, ' '
	end := func(at int) {
		if start >= 0 {
			if w := trimWord(text, start, at); w != "" {
				add(strings.ToLower(w))
			}
			start = -1
		}
	}
	for i, r := range text {
		switch {
		case isDense(r) && unicode.IsLetter(r):
			end(i)
			add(string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || unicode.Is(unicode.M, r) && start >= 0:
			if start < 0 {
				start = i
			}
		default:
			end(i)
			if isFact(r) || r == '~' && unicode.IsDigit(before) && !strings.HasPrefix(text[i+1:], "~") {
				add(string(r))
			}
			if r == '\n' {
				line++
			}
		}
		before = r
	}
	end(len(text))
	return words
}

// trimWord takes underscores, which may be marks of emphasis, off a word that is no name of
// a user, a tag or a part of an address.
func trimWord(text string, start, end int) string {
	bare := strings.Trim(text[start:end], "_")
	if bare != "" && start > 0 && strings.IndexByte("@#/", text[start-1]) >= 0 {
		return text[start:end]
	}
	return bare
}

// isFact reports the signs whose loss changes what is said.
func isFact(r rune) bool {
	return unicode.Is(unicode.Sc, r) || unicode.Is(unicode.So, r) || strings.ContainsRune("%‰°±×÷§", r)
}

// missing returns the words of a source that a text has not, or not as often: those that
// have no place in the order of both, and then any others.
func missing(source, text []word) []word {
	surplus := map[string]int{}
	for _, w := range source {
		surplus[w.text]++
	}
	for _, w := range text {
		surplus[w.text]--
	}
	var lost []int
	take := func(i int) bool {
		if surplus[source[i].text] > 0 {
			surplus[source[i].text]--
			lost = append(lost, i)
			return true
		}
		return false
	}
	const near, far = 8, 32
	taken := make([]bool, len(source))
	for i, j := 0, 0; i < len(source); i++ { // follow the order of the text
		short := surplus[source[i].text] > 0
		reach := far
		if short {
			reach = near
		}
		found := slices.IndexFunc(text[j:min(j+reach, len(text))], func(w word) bool { return w.text == source[i].text })
		switch {
		case found >= 0:
			j += found + 1
		case short:
			taken[i] = take(i)
		}
	}
	for i := len(source) - 1; i >= 0; i-- {
		if !taken[i] {
			take(i)
		}
	}
	slices.Sort(lost)
	return unjoined(source, lost, surplus)
}

// unjoined returns the lost words of a source but for those that stand in the text as one with
// their neighbours, such as the bold and the ed of bold**ed, or without the mark of emphasis
// behind an address. Numbers that became one are lost.
func unjoined(source []word, lost []int, surplus map[string]int) []word {
	stands := func(w string) bool {
		if surplus[w] >= 0 {
			return false
		}
		surplus[w]++
		return true
	}
	var kept []word
	end := 0
	for _, i := range lost {
		if i < end {
			continue
		}
		if first, last := joinedAt(source, i, stands); last > 0 {
			for k := first; k < last; k++ {
				if _, isLost := slices.BinarySearch(lost, k); !isLost || k < end {
					surplus[source[k].text]-- // another one seemed lost in its place
				}
			}
			end = last
			continue
		}
		if w := source[i].text; strings.ContainsFunc(w, unicode.IsDigit) || !standsShorter(w, stands) {
			kept = append(kept, source[i])
		}
	}
	return slices.DeleteFunc(kept, func(w word) bool { return stands(w.text) })
}

// joinedAt returns which neighbours of a word stand as one with it; end 0: none.
func joinedAt(source []word, i int, stands func(string) bool) (start, end int) {
	const most = 6 // parts
	for first := i; first >= max(0, i-most+1); first-- {
		one := source[first].text
		for last := first + 1; last < min(first+most, len(source)); last++ {
			next := source[last].text
			if endsInDigit(one) && '0' <= next[0] && next[0] <= '9' {
				break
			}
			if one += next; last >= i && stands(one) {
				return first, last + 1
			}
		}
	}
	return 0, 0
}

func endsInDigit(s string) bool { return s != "" && '0' <= s[len(s)-1] && s[len(s)-1] <= '9' }

// standsShorter reports whether a word stands in the text without marks of emphasis behind it.
func standsShorter(w string, stands func(string) bool) bool {
	for strings.HasSuffix(w, "_") {
		if w = w[:len(w)-1]; stands(w) {
			return true
		}
	}
	return false
}

// sourceWords returns the words of a source. In templates and formulas a backslash is one.
func sourceWords(source []byte) []word {
	text := withoutMarkup(string(source))
	a := atoms{source: []byte(text)}
	text, _ = resolved(text, a.template)
	return wordsOf(text, 1)
}

// compare returns a finding for each line that words were lost of.
func compare(source []byte, m *markdown) []finding {
	said := wordsOf(m.document.Text, 0)
	for _, image := range m.images {
		said = append(said, wordsOf(image.Alt+" "+image.File, 0)...)
	}
	for _, words := range m.understood {
		said = append(said, wordsOf(words, 0)...)
	}
	for _, f := range m.findings {
		if f.code != CodeStruck {
			said = append(said, wordsOf(f.words, 0)...) // that much is said already
		}
	}
	var findings []finding
	for _, w := range missing(sourceWords(source), said) {
		if n := len(findings); n > 0 && findings[n-1].line == w.line {
			findings[n-1].words += " " + w.text
			continue
		}
		findings = append(findings, finding{w.line, CodeLostWords, w.text})
	}
	return findings
}

// raw is what looks like markup that was not understood.
var raw = lazyregexp.New(
	`\{\{.*?\}\}|\{%.*?%\}|\\\(.+?\\\)|\\\[.+?\\\]|\$\$.+?\$\$|\$[^\s$](?:[^$]*?[^\s$\\])?\$` +
		`|(?:^|[\s(])(?:==[^\s=](?:[^=]*[^\s=])?==|\+\+[^\s+](?:[^+]*[^\s+])?\+\+)|\^\[[^\]]*\]|\{[:#][^{}]*\}|\{\.[A-Za-z][^{}]*\}|\{[a-z]\w*(?:\.[A-Za-z]\w*)+\}|^\[TOC\]|^!!! .*$` +
		`|^\*\[[^\]]+\]:|(?:^|\s)\^[A-Za-z0-9-]+$|\w\^[^\s^]{1,20}\^|\{/\*.*?\*/\}|<%.*?%>|\$\{[^{}]*\}|\]\[[^\]]*\]` +
		`|<!--|(?:^|\s)%%|\{\+\+.*?\+\+\}|\{--.*?--\}|\{>>.*?<<\}|^\?\?\? .*$|^\s*- \[[-/>]\] ` +
		`|[\p{Han}\p{Hiragana}\p{Katakana}]__[^_\s]+__|[A-Za-z]~[0-9]+~|[\pL)]\*\pL{2,}\*` +
		`|^(?:import|export) .*(?: from |\{|=).*$|</?([A-Za-z][A-Za-z0-9]*)[^<>]*>|\[\^[^\]]+\]|\*\*+|~~+|\[\[|\]\]|\]\(` +
		`|(?:^|[\s(])__\w[^_]*$|(?:^|\s):[a-z][a-z_]+:|^#{1,6} |^\|.*\|$|:::.*$|` + "`+")

// leftovers returns a finding for each line of the source of which a text shows markup.
func leftovers(m *markdown) (findings []finding) {
	code := newCover(m.document.Blocks, tweet.Code, tweet.Inline)
	closed := map[string]bool{}
	for _, tag := range closing.FindAllStringSubmatch(m.document.Text, -1) {
		closed[tag[1]] = true
	}
	start := 0
	for text := range strings.Lines(m.document.Text) {
		line := strings.TrimSuffix(text, "\n")
		left := leftover(line, start, code, m.literal, closed)
		for len(left) > 0 {
			number := m.lines.line(start + left[0][0])
			var shown []string
			for len(left) > 0 && m.lines.line(start+left[0][0]) == number {
				shown = append(shown, line[left[0][0]:left[0][1]])
				left = left[1:]
			}
			findings = append(findings, finding{number, CodeRawMarkup, strings.Join(shown, " ")})
		}
		start += len(text)
	}
	return findings
}

// leftover returns what looks like markup in a line of a text that begins at start. What is
// closed in the text, or has attributes, is no writer's word.
func leftover(line string, start int, code *cover, escaped []int, closed map[string]bool) (shown [][2]int) {
	module := strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "export ")
	if !module && !strings.ContainsAny(line, "{$<[*~_]:|`#=+^!\\%?") {
		return nil
	}
	for _, at := range raw.FindAllStringSubmatchIndex(line, -1) {
		if at[2] >= 0 && isWritersWord(line[at[0]:at[1]], line[at[2]:at[3]], closed) {
			continue
		}
		price := line[at[0]] == '$' && at[1] < len(line) && '0' <= line[at[1]] && line[at[1]] <= '9'
		escape, _ := slices.BinarySearch(escaped, start+at[0])
		literal := escape < len(escaped) && escaped[escape] < start+at[1]
		if !price && !literal && !code.holds(start+at[1]-1) {
			shown = append(shown, [2]int{at[0], at[1]})
		}
	}
	return shown
}

// closing is the end of an element.
var closing = lazyregexp.New(`</([A-Za-z][A-Za-z0-9]*)>`)

// isWritersWord reports what stands in angle brackets and is a word, such as <name>, but for
// what readers would take for a mistake, such as <div>.
func isWritersWord(tag, name string, closed map[string]bool) bool {
	if tag[1] == '/' || tag[len(tag)-2] == '/' || closed[name] || strings.Contains(tag, `="`) {
		return false
	}
	name = strings.ToLower(name)
	return !isContainer(name) && !isFormat(name)
}

// A cover tells what lies in blocks of some kinds, asked for in order.
type cover struct{ blocks []tweet.Block }

func newCover(blocks []tweet.Block, kinds ...tweet.BlockKind) *cover {
	var c cover
	for _, b := range blocks {
		for _, k := range kinds {
			if b.Kind == k {
				c.blocks = append(c.blocks, b)
			}
		}
	}
	return &c
}

func (c *cover) holds(offset int) bool {
	for len(c.blocks) > 0 && c.blocks[0].End <= offset {
		c.blocks = c.blocks[1:]
	}
	return len(c.blocks) > 0 && c.blocks[0].Start <= offset
}

// A finding is what reading a manuscript changed, dropped or did not understand.
type finding struct {
	line  int // of the source that was read, from 1
	code  string
	words string
}

// The codes of findings about a manuscript.
const (
	CodeComment        = "comment_dropped"
	CodeOpenComment    = "comment_open"
	CodeDroppedLink    = "link_dropped"
	CodeDroppedElement = "element_dropped"
	CodePictureLink    = "picture_link_dropped"
	CodeEmbedded       = "embedded_dropped"
	CodeStruck         = "struck_text"
	CodeDroppedStruck  = "struck_text_dropped"
	CodeLostWords      = "words_lost"
	CodeUnderlined     = "heading_ends_tweet"
	CodeRawMarkup      = "markup_left"
	CodeUnderline      = "line_of_hyphens_left"
	CodeFrontMatter    = "front_matter_ignored"
	CodeFrontMisread   = "front_matter_misread"
	CodeFrontPublished = "front_matter_published"
	CodeInvisible      = "invisible_character_dropped"
	CodeMovedPicture   = "picture_moved"
	CodeFileLeftOut    = "file_left_out"
	CodeStarsInWord    = "emphasis_in_word"
)

// says is how much a code matters, and its sentence about some words.
func says(code, words string) (tweet.Severity, string) {
	s := sentences[code]
	return s.severity, fmt.Sprintf(s.format, shortened(words))
}

var sentences = map[string]struct {
	severity tweet.Severity
	format   string
}{
	CodeComment: {tweet.Hint, "A comment is not published: “%s”."},
	CodeOpenComment: {tweet.Warning, "A comment begins here that nothing closes, and all behind it is not published: “%s”. " +
		"Close it with %%%%, or take that mark out."},
	CodeDroppedLink: {tweet.Hint, "A link leads nowhere on X, and only its words are published: %s. " +
		"Give an address that begins with https:// if readers are to follow it."},
	CodePictureLink: {tweet.Hint, "A picture is a link, which it cannot be on X: %s is not published."},
	CodeEmbedded: {tweet.Warning, "X cannot show what is embedded here, and it is not published: %s. " +
		"Write its address as a link if readers are to follow it."},
	CodeDroppedElement: {tweet.Hint, "What is no text for readers is not published: “%s”."},
	CodeStruck: {tweet.Warning, "X cannot show struck text, and these words stay as if they were not struck: “%s”. " +
		"Take them out if readers are not to see them."},
	CodeDroppedStruck: {tweet.Hint, "Struck text is not published: “%s”."},
	CodeLostWords:     {tweet.Warning, "Not in the thread, or changed: “%s”. Write it in another way if it belongs there."},
	CodeRawMarkup: {tweet.Warning, "Readers will see this as it stands: “%s”. " +
		"Write it in another way if it is meant as markup."},
	CodeStarsInWord: {tweet.Hint, "Stars inside a word are read as emphasis, and not published: “%s”. " +
		`Write \* for each of them if they are times signs.`},
	CodeUnderline: {tweet.Hint, "This line below text is published as it stands: “%s”. " +
		"Write --- to end a tweet, or leave a blank line above it."},
	CodeFrontMatter: {tweet.Hint, "The front matter has names that Spool does not use: %s. Nothing of them is published."},
	CodeFrontMisread: {tweet.Warning, "The front matter has “%s”, which Spool does not understand and does not use. " +
		"Write it as a list: media as - {file: cat.png}, polls as - {options: [\"Yes\", \"No\"]}."},
	CodeUnderlined: {tweet.Warning, "A line --- ends a tweet, and “%s” stands alone above it. " +
		"If it is a heading, underline it with more hyphens, or begin it with #."},
	CodeFrontPublished: {tweet.Warning, "This looks like front matter, and is published: “%s”. " +
		"If nobody is to read it, take it out, or write it as name: value between two lines ---, with names in lower case."},
	CodeFileLeftOut: {tweet.Warning, "The file %s did not come with the text. " +
		"Upload it, and write media: and its id in place of the file's name."},
	CodeMovedPicture: {tweet.Hint, "X shows four pictures in a tweet, so that %s goes to the next one."},
	CodeInvisible:    {tweet.Hint, "Invisible characters (U+FEFF), which X refuses, were taken out beside “%s”."},
}

// shortened returns as much of words as a sentence has room for.
func shortened(words string) string {
	const most = 600
	words = strings.Join(strings.Fields(words), " ")
	if len(words) <= most {
		return words
	}
	cut := strings.LastIndexByte(words[:most], ' ')
	if cut < 0 {
		cut = most
	}
	return strings.ToValidUTF8(words[:cut], "") + fmt.Sprintf(" … (%d words more)", len(strings.Fields(words[cut:])))
}
