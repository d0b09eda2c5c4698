package tweet

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// dense returns text without white space.
func dense(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// withoutBreaks returns text without its explicit breaks.
func withoutBreaks(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !isBreak(line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// checkSplit verifies what must hold of every division.
func checkSplit(t *testing.T, text string, o Options) []Part {
	t.Helper()
	parts, err := Split(text, o)
	if err != nil {
		t.Fatalf("Split(%q): %v", text, err)
	}
	end := 0
	var all strings.Builder
	for i, p := range parts {
		if n := WeightedLength(p.Text); n > o.limit() {
			t.Errorf("part %d weighs %d of %d: %q", i, n, o.limit(), p.Text)
		}
		if strings.TrimSpace(p.Text) == "" {
			t.Errorf("part %d is blank", i)
		}
		if p.Start < end || p.End <= p.Start || p.End > len(text) {
			t.Fatalf("part %d lies at %d–%d after %d, in a text of %d", i, p.Start, p.End, end, len(text))
		}
		source := text[p.Start:p.End]
		if o.Numbering.Format == "" && source != p.Text || !strings.Contains(p.Text, source) {
			t.Errorf("part %d is %q, but its place in the text holds %q", i, p.Text, source)
		}
		all.WriteString(source)
		end = p.End
	}
	if got, want := dense(all.String()), dense(withoutBreaks(text)); got != want {
		t.Errorf("the parts do not give the text back:\n got %q\nwant %q", got, want)
	}
	stray := slices.ContainsFunc(parts, func(p Part) bool { return withoutBreaks(p.Text) != p.Text })
	if o.Numbering.Format == "" && !stray {
		again, err := Split(Join(Texts(parts)), o)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := Texts(again), Texts(parts); !slices.Equal(got, want) {
			t.Errorf("splitting the joined thread again changes it:\n got %q\nwant %q", got, want)
		}
	}
	return parts
}

func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		"", "one", "a\n\n---\n\nb", "# Head\n\nText. More text! “Quoted.” Dr. Who… 3.5 km\n\n- item\n- item two\n",
		"これは長い文です。「引用です。」次の文、続く#日本語タグ。", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦🇩🇪🇺🇸1️⃣", "http://example.com/a(b)c éa.com x@y.com",
		"```\ncode\n\nmore\n```", "\u00a0\u2028 e\u0301 \u0301", "هل يمكن؟ «نعم» ثم،", "क्षत्रिय कर्म।", "---\n---\n----", strings.Repeat("word ", 40),
	} {
		f.Add(text, uint8(0), false, false)
		f.Add(text, uint8(40), true, true)
	}
	f.Fuzz(func(t *testing.T, text string, limit uint8, oneEach, number bool) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		o := Options{Limit: int(limit) + minLimit, OneEach: oneEach}
		if number {
			o.Limit += 16 // room for the numbers of long threads
			o.Numbering.Format = "(1/n)"
		}
		checkSplit(t, text, o)
	})
}
