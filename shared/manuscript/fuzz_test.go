package manuscript

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"spool/shared/fault"
	"spool/shared/intake"
	"spool/shared/tweet"
)

// FuzzMarkdown checks that any Markdown becomes a thread within the limit, of which a finding
// names each word of the source that is not in it.
func FuzzMarkdown(f *testing.F) {
	for _, source := range []string{
		"---\nat: x\n---\n# a", "- a\n  > b\n  > - c\n1. d", "```\na\n", "[a](b \"c\") ![d](e)", "<a\n<!-- b", "| a |\n|-|\n| b", "\\&&#0;&#x10ffff;", "a\n---\n***",
		"* * *\n- - a\n\n      code", ">\n> \n>> a", "[a]: b\n[a]", "~~a~~ **b*", "日本\n語", "<https://a.b> www.c.de", "+++\na = 1\n+++\nb", "> [!note] a\n> b",
		"[[a|b]] ![[c.png]] %%d%% :rocket:", "a[^1]\n\n[^1]: b", "[^1]a\n[^1]:", "<div>\n# a\n</div>\n<style>b</style>", "1/ a\n\n2/ b", "- [ ] a\n- [x] b", "**「a」**b 5*2*10 @_a_", "a\n===\nb\n----",
	} {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if err := check(source[:min(len(source), 400)]); err != nil {
			t.Error(err)
		}
	})
}

var (
	randomSeed = flag.Uint64("seed", 1, "the first of the random manuscripts")
	randomRuns = flag.Uint64("manuscripts", 2000, "how many random manuscripts there are")
)

// TestRandomManuscripts makes manuscripts of what Markdown and its readers take for markup, in
// any order, and checks each: make manuscripts tries as many as one likes.
func TestRandomManuscripts(t *testing.T) {
	for seed := *randomSeed; seed < *randomSeed+*randomRuns; seed++ {
		pieces := randomPieces(rand.New(rand.NewPCG(seed, 0)))
		if check(strings.Join(pieces, "")) == nil {
			continue
		}
		for i := 0; i < len(pieces); { // leave out what does not matter
			if fewer := slices.Delete(slices.Clone(pieces), i, i+1); check(strings.Join(fewer, "")) != nil {
				pieces = fewer
			} else {
				i++
			}
		}
		source := strings.Join(pieces, "")
		t.Errorf("seed %d: %q: %v", seed, source, check(source))
	}
}

// randomPieces are words, and what may stand around them.
func randomPieces(rng *rand.Rand) []string {
	markup := strings.Split("*|**|_|__|~~|~|`|``|```|```go\n|[|]|](|](https://a.de/b_c|](d.md)|)|![|[[|]]|![[|%%|<b>|</b>|<i|<div>|</div>|<!--|-->|<br>|<style>|"+
		"&amp;|&lt;|&copy|&|\\|\n|\n|\n\n|\n\n|\n\n|  \n|- |* |1. |2) |> |> > |# |## |#|---\n|---|===|+++\n|\n| a-|-:|:smile:|[^1]|[^1]: |[x] |[ ] |{#id}|@user_a|#tag|"+
		"https://x.de/a_b|www.d.de|$x$|$|{{|}}|{%|%}|日本|、|。|、「|」|👍|é|==|^^|^|\t|    |  | | | |.|: |:|-|1/ |(|)|\"|'|!|?|\ufeff|…|→ |5*2|a_b_c|title: |import |> [!note] |"+
		"<p>|<li>|<ul><li>|</li>|</ul>|<td>|</p>|<input>|<source>|<pre>|</pre>|<p title=\"w7\">|<sup>|</sup>|$$|\\(|\\)|\\[|\\]|x*|*y|a*b|w*w*w|"+
		"ж|ו*|----\n|;;;\n|  ---\n|Foo: |1/ |2/ | 1/2\n|a) |/*.|    <p> ", "|")
	markup = append(markup, "|", "| a | b |\n|---|---|\n", "[a]: https://b.de\n")
	pieces := make([]string, 1+rng.IntN(14))
	for i := range pieces {
		if rng.IntN(5) < 2 {
			pieces[i] = fmt.Sprintf("w%d", rng.IntN(50))
			if rng.IntN(3) == 0 {
				pieces[i] += " "
			}
			continue
		}
		pieces[i] = markup[rng.IntN(len(markup))]
	}
	return pieces
}

// check reads a Markdown text and says what is wrong with what came of it.
func check(source string) error {
	m, err := Parse("fuzz.md", []byte(source))
	if err != nil {
		if !fault.Is(err, fault.Invalid) {
			return fmt.Errorf("fails with an error that is not the text's: %w", err)
		}
		return nil
	}
	if !utf8.ValidString(m.Text) || strings.HasPrefix(m.Text, "\n") {
		return fmt.Errorf("text is %q", m.Text)
	}
	for _, image := range m.Images {
		if image.Offset < 0 || image.Offset > len(m.Text) {
			return fmt.Errorf("image lies at %d of %d", image.Offset, len(m.Text))
		}
	}
	if err := checkBlocks(m.Document); err != nil {
		return err
	}
	m.Front = Front{}
	thread, err := m.Thread(tweet.StandardLimit)
	if isTooMany(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, d := range thread.Drafts {
		if n := tweet.WeightedLength(d.Text); n > tweet.StandardLimit {
			return fmt.Errorf("post of %d characters: %q", n, d.Text)
		}
	}
	if err := checkShown(source, thread); err != nil {
		return err
	}
	return checkWords(source, m, thread)
}

// checkBlocks verifies that blocks lie in their text, in order.
func checkBlocks(d tweet.Document) error {
	start := 0
	for _, b := range d.Blocks {
		if b.Start < start || b.End < b.Start || b.End > len(d.Text) {
			return fmt.Errorf("block %+v begins before %d, or ends behind %d", b, start, len(d.Text))
		}
		start = b.Start
	}
	return nil
}

// checkShown verifies that tweets and findings are of lines that there are.
func checkShown(source string, thread Thread) error {
	shown := thread.Show(thread.Drafts, tweet.Rules{})
	lines := 1 + strings.Count(intake.LF(source), "\n")
	for _, p := range shown.Tweets {
		if p.Line < 0 || p.Line > lines {
			return fmt.Errorf("tweet %d begins at line %d of %d", p.Position, p.Line, lines)
		}
	}
	for _, f := range shown.Findings {
		if f.Line < 0 || f.Line > lines || f.Tweet < 0 || f.Tweet > max(1, len(shown.Tweets)) {
			return fmt.Errorf("finding %+v of %d lines and %d tweets", f, lines, len(shown.Tweets))
		}
	}
	return nil
}

// checkWords verifies that each word of the source is in the thread, or is named by a finding.
func checkWords(source string, m Manuscript, thread Thread) error {
	text, err := intake.Text([]byte(source))
	if err != nil {
		return err
	}
	_, _, body, err := cutFront([]byte(text))
	if err != nil {
		return err
	}
	if slices.ContainsFunc(thread.parts, func(p tweet.Part) bool { return p.Forced }) {
		return nil // a word had to be cut
	}
	var said strings.Builder
	for _, d := range thread.Drafts {
		said.WriteString(d.Text + "\n")
	}
	for _, image := range m.Images {
		said.WriteString(image.Alt + " " + image.File + "\n")
	}
	said.WriteString(strings.Join(m.understood, "\n"))
	found := map[string]bool{"~": true} // which findings have no figure before
	for _, f := range m.Findings {
		for _, w := range wordsOf(f.Message, 0) {
			found[w.text] = true
		}
	}
	body, _ = withoutComments(bytes.ReplaceAll(body, []byte("\ufeff"), nil))
	for _, w := range missing(sourceWords(body), wordsOf(said.String(), 0)) {
		if !found[w.text] && !found[strings.Trim(w.text, "_")] {
			return fmt.Errorf("line %d: %q is neither in the thread nor in a finding", w.line, w.text)
		}
	}
	return nil
}
