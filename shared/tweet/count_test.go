package tweet

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestEveryEmojiOfUnicode17WeighsTwo(t *testing.T) {
	for _, emoji := range emojiSequences {
		if got := WeightedLength(emoji); got != 2 {
			t.Errorf("WeightedLength(%+q) = %d, want 2", emoji, got)
		}
		// Between other characters, and twice.
		if got := WeightedLength("a" + emoji + emoji + "b"); got != 6 {
			t.Errorf("two %+q weigh %d, want 4", emoji, got-2)
		}
	}
	for _, emoji := range []string{"😀", "🪾", "🫩", "☀", "#️⃣"} {
		if got := WeightedLength(emoji); got != 2 {
			t.Errorf("WeightedLength(%q) = %d, want 2", emoji, got)
		}
	}
}

func TestWeightsOfWhatIsNoEmojiSequence(t *testing.T) {
	tests := []struct {
		name, text string
		want       int
	}{
		{"joiner between people who are no family", "👩‍👩", 5},
		{"text presentation", "☀\ufe0e", 4},
		{"presentation selector behind an emoji that needs none", "😀\ufe0f", 4},
		{"lone selector", "\ufe0f", 2},
		{"digit with selector but no keycap", "1\ufe0f", 3},
		{"copyright sign", "©", 1},
		{"copyright emoji", "©️", 2},
		{"two regional indicators that are no flag", "🇦🇧", 4},
		{"three regional indicators", "🇩🇪🇩", 4},
		{"two skin tones", "👋🏽🏽", 4},
		{"tags without their end", "🏴\U000e0067\U000e0062", 6},
		{"zero-width joiner alone", "\u200d", 1},
		{"decomposed letter", "e\u0301", 1},
		{"decomposed Hangul", "\u1112\u1161\u11ab", 2},
		{"sixty marks on a letter", "x" + strings.Repeat("\u0323", 60), 61},
		{"invalid UTF-8", "a\xff", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := WeightedLength(tt.text); got != tt.want {
				t.Errorf("WeightedLength(%+q) = %d, want %d", tt.text, got, tt.want)
			}
		})
	}
}

func TestLinksInUnusualSurroundings(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"mail address", "write to me@example.com", nil},
		{"ideographs up to the longest label", strings.Repeat("中", 18) + "example.com", []string{"example.com"}},
		{"ideographs beyond the longest label", strings.Repeat("中", 60) + "example.com", nil},
		{"emoji in front", "a👩‍🚀example.com", []string{"example.com"}},
		{"parentheses around and inside", "(see en.wikipedia.org/wiki/Go_(game))", []string{"en.wikipedia.org/wiki/Go_(game)"}},
		{"full stop behind", "Go to example.com.", []string{"example.com"}},
		{"hyphen in front", "-example.com", nil},
		{"file name", "main.go", nil},
		{"file name that is a domain", "readme.md", []string{"readme.md"}},
		{"mixed script without protocol", "foo.com.あ.みんな/x", []string{"foo.com/x"}},
		{"query without path belongs to links with a protocol only", "example.com?a=b http://example.com?a=b", []string{"example.com", "http://example.com?a=b"}},
		{"slug that is too long for t.co", "https://t.co/" + strings.Repeat("a", 41), nil},
		{"longest link", "https://example.com/" + strings.Repeat("a", 4096-28), []string{"https://example.com/" + strings.Repeat("a", 4096-28)}},
		{"too long link", "https://example.com/" + strings.Repeat("a", 4096-27), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, l := range Links(tt.text) {
				got = append(got, l.Text)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("Links(%.80q) = %.80q, want %.80q", tt.text, got, tt.want)
			}
		})
	}
}

// FuzzCount checks what must hold of every count.
func FuzzCount(f *testing.F) {
	for _, text := range []string{
		"Hi http://test.co", "👩‍👩‍👧‍👦1️⃣🇩🇪", "e\u0301x.com", "中文example.com/a(b)c?d=e", "ab\ufeff\uffff", "xn--a.xn--b.みんな/(a)(b)",
		"@user/list #tag $CASH.A rt @b", "\u2066\u202a.com", "\xff\xfe.com", "https://t.co/aB1?x=y.",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := Weigh(text, StandardLimit)
		if n := WeightedLength(text); n != c.Weighted {
			t.Errorf("WeightedLength = %d, Weigh says %d", n, c.Weighted)
		}
		normal := norm.NFC.String(text)
		if n := WeightedLength(normal); n != c.Weighted {
			t.Errorf("normalised it weighs %d, otherwise %d", n, c.Weighted)
		}
		all, end := "", 0
		for p := range pieces(normal) {
			all += p.text
		}
		if all != normal {
			t.Errorf("the pieces give %q, not %q", all, normal)
		}
		for _, e := range Entities(text) {
			if e.Start < end || e.End <= e.Start || e.End > len(text) {
				t.Fatalf("entity %+v lies after %d in a text of %d", e, end, len(text))
			}
			end = e.End
		}
		if over := overAt(text, StandardLimit); c.Weighted <= StandardLimit && over != len(text) {
			t.Errorf("text within the limit is over it at %d", over)
		}
		for rest := text; rest != ""; {
			n := graphemeLen(rest)
			if n <= 0 || n > len(rest) {
				t.Fatalf("a character of %q has %d bytes", rest, n)
			}
			rest = rest[n:]
		}
	})
}

// english returns plain text of about n bytes, with a link in every tenth sentence.
func english(n int) string {
	const sentence = "The second thing is that people like small work, and that nobody had believed the number anyway. "
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(sentence)
		switch {
		case i%10 == 9:
			b.WriteString("More at https://example.com/forecast?id=12. ")
		case i%7 == 6:
			b.WriteString("\n\n")
		}
	}
	return b.String()[:n]
}

// The expected texts are those of Unicode's own normal form C, as ICU and Python have it.
func TestManyMarksOnOneLetter(t *testing.T) {
	const acute, dot, joiner = "\u0301", "\u0323", "\u034F"
	times := strings.Repeat
	for _, tt := range []struct{ name, text, want string }{
		{"one of them makes another letter", "e" + times(acute, 31), "é" + times(acute, 30)},
		{"none does", "q" + times(acute, 40), "q" + times(acute, 40)},
		{"one behind all others comes before them", "q" + times(acute, 31) + dot, "q" + dot + times(acute, 31)},
		{"one behind all others makes another letter", "e" + times(acute, 31) + dot, "\u1EB9" + times(acute, 31)},
		{"a joiner that was there stays", "e" + joiner + times(acute, 31), "e" + joiner + times(acute, 31)},
		{"a letter that is two marks", "\u1EDD" + times(acute, 33), "\u1EDD" + times(acute, 33)},
		{"among other text", "Ünı " + "e" + times(acute, 31) + " 각" + "\u1100\u1161", "Ünı " + "é" + times(acute, 30) + " 각가"},
		{"marks alone", times(acute, 100), times(acute, 100)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Normalize(tt.text); got != tt.want {
				t.Errorf("Normalize(%+q)\n got %+q\nwant %+q", tt.text, got, tt.want)
			}
			weight := 0
			for _, r := range tt.want {
				weight += runeWeight(r)
			}
			if got := WeightedLength(tt.text); got != weight {
				t.Errorf("it weighs %d, want %d", got, weight)
			}
			if got := Weigh(tt.text, PremiumLimit).Weighted; got != weight {
				t.Errorf("Weigh gives %d, want %d", got, weight)
			}
		})
	}
}

func TestWhatIsOverTheLimitBehindManyMarks(t *testing.T) {
	text := "e" + strings.Repeat("\u0301", 279) + "abc" // é, and 278 marks
	if got := overAt(text, StandardLimit); text[got:] != "bc" {
		t.Errorf("%+q is beyond the limit, want bc", text[got:])
	}
}

func BenchmarkWeightedLength(b *testing.B) {
	for _, tt := range []struct{ name, text string }{
		{"English", english(100_000)},
		{"EnglishPost", english(280)},
		{"EnglishWithTypography", strings.ReplaceAll(english(100_000), "that", "“that”")},
		{"Chinese", strings.Repeat("六年来，我们的团队给每一个任务都打分。", 2000)},
		{"Emoji", strings.Repeat("👩‍👩‍👧‍👦🇩🇪👋🏽", 3000)},
		{"Dots", strings.Repeat("a.", 50_000)},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.SetBytes(int64(len(tt.text)))
			for b.Loop() {
				WeightedLength(tt.text)
			}
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	for _, limit := range []int{StandardLimit, PremiumLimit} {
		for _, size := range []int{10_000, 100_000, 1_000_000} {
			text := english(size)
			b.Run(fmt.Sprintf("Limit%d/%dKB", limit, size/1000), func(b *testing.B) {
				b.SetBytes(int64(size))
				for b.Loop() {
					if _, err := Split(Plain(text), Options{Limit: limit}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// Each of these texts makes some scan start anew at every character unless it remembers
// what it has seen; then the test would take minutes.
func TestTextsThatProvokeQuadraticScans(t *testing.T) {
	for _, unit := range []string{"a.", "a_b.", "中.", "é.com/", "(a", "http://", "x.com/(", "@a", "#a", "👩‍", "\u0301", "1.中a.", "x.com?", "-.a", "a b\n---\n", "a\n\n"} {
		text := strings.Repeat(unit, 60_000/len(unit))
		if n := WeightedLength(text); n < utf8.RuneCountInString(text)/30 {
			t.Errorf("%q repeated weighs %d", unit, n)
		}
		if _, err := Split(Plain(text), Options{}); err != nil {
			t.Error(err)
		}
		Entities(text)
	}
}
