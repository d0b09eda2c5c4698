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

// bare returns text without white space and the marks of quotes, which continued ones repeat.
func bare(text string) string { return strings.ReplaceAll(dense(text), ">", "") }

// checkSplit verifies what must hold of every division.
func checkSplit(t *testing.T, text string, o Options) []Part {
	t.Helper()
	parts, err := Split(Plain(text), o)
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
		if o.Numbering.Format == "" && bare(source) != bare(p.Text) || !strings.Contains(bare(p.Text), bare(source)) {
			t.Errorf("part %d is %q, but its place in the text holds %q", i, p.Text, source)
		}
		all.WriteString(source)
		end = p.End
	}
	if got, want := bare(all.String()), bare(withoutBreaks(text)); got != want {
		t.Errorf("the parts do not give the text back:\n got %q\nwant %q", got, want)
	}
	stray := slices.ContainsFunc(parts, func(p Part) bool { return withoutBreaks(p.Text) != p.Text })
	if o.Numbering.Format == "" && !stray {
		again, err := Split(Plain(Join(Texts(parts))), o)
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
		"```\ncode\n\nmore\n```", "\u00a0\u2028 e\u0301 \u0301", "هل يمكن؟ «نعم» ثم،", "क्षत्रिय कर्म।", "---\n---\n----", "\t\ta\n\n\tb", strings.Repeat("word ", 40),
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

func TestFlagsAreNeverCutInHalf(t *testing.T) {
	const flag = "🇫🇷"
	for _, before := range []string{"", "a", "文", "example.com/", "👩‍👩‍👧‍👦", "🇯🇵"} {
		for _, n := range []int{12, 13, 14, 139, 140, 141, 142, 500} {
			for _, limit := range []int{25, 26, 279, 280} {
				for _, p := range checkSplit(t, before+strings.Repeat(flag, n), Options{Limit: limit}) {
					if rest := strings.ReplaceAll(strings.ReplaceAll(p.Text, flag, ""), "🇯🇵", ""); strings.ContainsFunc(rest, isRegionalIndicator) {
						t.Fatalf("%q and %d flags, limit %d: a part is %q", before, n, limit, p.Text)
					}
				}
			}
		}
	}
}

func TestEmojiSideBySideAreDifferentCharacters(t *testing.T) {
	for _, text := range []string{"🇫🇷🇫🇷", "👍🏽👍🏽", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "❤️🎉", "1️⃣🎉"} {
		first := graphemeLen(text)
		if rest := text[first:]; first == len(text) || graphemeLen(rest) != len(rest) {
			t.Errorf("%q is cut into %q and %q", text, text[:first], rest)
		}
	}
}

func TestSplitBreaksWhereAnEditorWould(t *testing.T) {
	tests := []struct {
		name    string
		text    string
		options Options
		want    []string
	}{
		{"nothing", " \n\n", Options{}, nil},
		{"what fits is one post", "One.\n\nTwo.", Options{}, []string{"One.\n\nTwo."}},
		{"explicit breaks always end a post", "One.\n---\nTwo.\n\n ----- \n\n---\n\nThree", Options{}, []string{"One.", "Two.", "Three"}},
		{"hyphens beside text are no break", "--- One ---\n--", Options{}, []string{"--- One ---\n--"}},
		{"each paragraph", "One.\n\nTwo.\nStill two.", Options{OneEach: true}, []string{"One.", "Two.\nStill two."}},
		{"each paragraph, headings and lines that announce with what follows", "# Head\n\nOne.\n\nA list:\n\n- a\n- b", Options{OneEach: true}, []string{"# Head\n\nOne.", "A list:\n\n- a\n- b"}},

		{"each paragraph, however short", "Good morning\n\nToday I ship it\n\nWish me luck", Options{OneEach: true}, []string{"Good morning", "Today I ship it", "Wish me luck"}},
		{"each paragraph, however short, in Japanese", "おはよう\n\n今日は出荷します\n\n応援してね", Options{OneEach: true}, []string{"おはよう", "今日は出荷します", "応援してね"}},
		{"each paragraph, with a colon before another", "I say:\n\nit works.", Options{OneEach: true}, []string{"I say:", "it works."}},

		{"paragraphs before sentences", "First one. Second one is here.\n\nThird one. Fourth.", Options{Limit: 40}, []string{"First one. Second one is here.", "Third one. Fourth."}},
		{"sentences before clauses", "When it rains, it pours. If not, then not.", Options{Limit: 30}, []string{"When it rains, it pours.", "If not, then not."}},
		{"clauses before words", "when it rains on the hills, the river rises", Options{Limit: 30}, []string{"when it rains on the hills,", "the river rises"}},
		{"words before anything else", "one two three four five six seven", Options{Limit: 25}, []string{"one two three four", "five six seven"}},
		{"no post of one word at the end", "aaaa bbbb cccc dddd eeee ffff gggg", Options{Limit: 30}, []string{"aaaa bbbb cccc dddd", "eeee ffff gggg"}},

		{"abbreviations end no sentence", "We met Dr. Smith at noon. He had left e.g. his hat.", Options{Limit: 30}, []string{"We met Dr. Smith at noon.", "He had left e.g. his hat."}},
		{"decimals and initials end no sentence", "It took J. R. Tolkien 3.5 ms. Then it was over.", Options{Limit: 32}, []string{"It took J. R. Tolkien 3.5 ms.", "Then it was over."}},
		{"ellipses before small letters end no sentence", "He waited… and waited so long. Nobody came here.", Options{Limit: 31}, []string{"He waited… and waited so long.", "Nobody came here."}},
		{"quotes stay with their sentence", "“Is it you?” asked she. “It is me.” He came in.", Options{Limit: 28}, []string{"“Is it you?” asked she.", "“It is me.” He came in."}},
		{"an emoji stays with its sentence", "We did it today! 🎉🎉 Next is the parser.", Options{Limit: 25}, []string{"We did it today! 🎉🎉", "Next is the parser."}},
		{"Chinese", "六年来我们都打分。二〇二四年三月，我们停止了。", Options{Limit: 30}, []string{"六年来我们都打分。", "二〇二四年三月，我们停止了。"}},
		{"Chinese quotes", "他说：“可以更小吗？”她回答说：“可以。”", Options{Limit: 26}, []string{"他说：“可以更小吗？”", "她回答说：“可以。”"}},
		{"Japanese words of katakana", "私たちはストーリーポイントをやめた", Options{Limit: 26}, []string{"私たちは", "ストーリーポイントをやめた"}},
		{"Arabic", "لماذا توقفنا عن ذلك؟ لأن أحداً لم يصدق، أبداً.", Options{Limit: 30}, []string{"لماذا توقفنا عن ذلك؟", "لأن أحداً لم يصدق، أبداً."}},
		{"Hindi", "कुछ भी नहीं टूटा। यह पहली बात है।", Options{Limit: 25}, []string{"कुछ भी नहीं टूटा।", "यह पहली बात है।"}},

		{"a heading goes with what follows", "Some text that is long.\n\nThe heading\n\nText under it.", Options{Limit: 38}, []string{"Some text that is long.", "The heading\n\nText under it."}},
		{"a question goes with its answer", "Some text that is long.\n\nThe heading?\n\nText under it.", Options{Limit: 38}, []string{"Some text that is long.", "The heading?\n\nText under it."}},
		{"a list stays together", "The text before the list.\n\n- one item\n- two item\n- three item", Options{Limit: 50}, []string{"The text before the list.", "- one item\n- two item\n- three item"}},
		{"a list is divided between its items", "- item one. And more.\n- item two. And more.\n- item three.", Options{Limit: 48}, []string{"- item one. And more.", "- item two. And more.\n- item three."}},
		{"code stays together", "Do it like this, always:\n\nif x {\n\ty()\n}\n\nThat is all there is.", Options{Limit: 40}, []string{"Do it like this, always:\n\nif x {\n\ty()\n}", "That is all there is."}},
		{"lines that are indented like the first one move with it", "    first:\n      second\n    third", Options{}, []string{"first:\n  second\nthird"}},
		{"a mark stays with a word that is too long", "- " + strings.Repeat("x", 40), Options{Limit: 30}, []string{"- " + strings.Repeat("x", 28), strings.Repeat("x", 12)}},
		{"sentences that begin with small letters", "this is the first one. this is the second. this is the third one.", Options{Limit: 45}, []string{"this is the first one. this is the second.", "this is the third one."}},
		{"Russian abbreviations", "Это было в 1999 г. Москва тогда была другой. А потом всё было иначе.", Options{Limit: 45}, []string{"Это было в 1999 г. Москва тогда была другой.", "А потом всё было иначе."}},
		{"verse is divided between its lines", "The first line is here,\nthe second one there,\nthe third comes after\nand then the fourth.", Options{Limit: 50}, []string{"The first line is here,\nthe second one there,", "the third comes after\nand then the fourth."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Texts(checkSplit(t, tt.text, tt.options)); !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestKnownHeadingsGoWithWhatFollows(t *testing.T) {
	d := Document{Text: "Why?\n\nBecause.\n\nWell.\n\nYes", Blocks: []Block{
		{Kind: Heading, Start: 0, End: 4, Level: 1}, {Kind: Paragraph, Start: 6, End: 14}, {Kind: Heading, Start: 16, End: 21, Level: 2}, {Kind: Paragraph, Start: 23, End: 26},
	}}
	parts, err := Split(d, Options{OneEach: true})
	if got, want := Texts(parts), []string{"Why?\n\nBecause.", "Well.\n\nYes"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestSplitNeverCutsInside(t *testing.T) {
	const family = "👩‍👩‍👧‍👦"
	tests := []struct {
		name, text string
		want       []string
	}{
		{"a link", "some words and then https://example.com/a/long/path/that/goes/on?and=on", []string{"some words and then", "https://example.com/a/long/path/that/goes/on?and=on"}},
		{"a link in a script without spaces", "更多内容请看example.com/a", []string{"更多内容请看", "example.com/a"}},
		{"a hashtag in a script without spaces", "続きはこちらで！#日本語のタグです", []string{"続きはこちらで！", "#日本語のタグです"}},
		{"a mention", "in the evening @somebody_else came", []string{"in the evening", "@somebody_else came"}},
		{"an emoji, even in a row that is too long", strings.Repeat(family, 14), []string{strings.Repeat(family, 12), strings.Repeat(family, 2)}},
		{"a letter and its marks", strings.Repeat("x\u0323\u0307", 10), []string{strings.Repeat("x\u0323\u0307", 8), strings.Repeat("x\u0323\u0307", 2)}},
		{"a conjunct", strings.Repeat("क्ष", 9), []string{strings.Repeat("क्ष", 8), "क्ष"}},
		{"a number and its unit in Chinese", "我们将会在接下来的2026年实现", []string{"我们将会在接下", "来的2026年实现"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Texts(checkSplit(t, tt.text, Options{Limit: 25})); !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestNumbering(t *testing.T) {
	text := "First sentence is here. Second sentence is here."
	tests := []struct {
		name string
		n    Numbering
		want []string
	}{
		{"none", Numbering{}, []string{"First sentence is here.", "Second sentence is here."}},
		{"behind", Numbering{Format: "1/n"}, []string{"First sentence is here. 1/2", "Second sentence is here. 2/2"}},
		{"in parentheses", Numbering{Format: "(1/n)"}, []string{"First sentence is here. (1/2)", "Second sentence is here. (2/2)"}},
		{"in front", Numbering{Format: "1.", First: true}, []string{"1. First sentence is here.", "2. Second sentence is here."}},
		{"in words", Numbering{Format: "1 in n"}, []string{"First sentence is here. 1 in 2", "Second sentence is here. 2 in 2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Texts(checkSplit(t, text, Options{Limit: 35, Numbering: tt.n})); !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestNumbersTakeRoomAsTheyGrow(t *testing.T) {
	// Words that fill a post of 32 exactly beside the number of a thread below ten posts.
	text := strings.TrimSpace(strings.Repeat(strings.Repeat("x", 28)+" ", 9))
	o := Options{Limit: 32, Numbering: Numbering{Format: "1/n"}}
	if got := checkSplit(t, text, o); len(got) != 9 || got[8].Text != strings.Repeat("x", 28)+" 9/9" {
		t.Errorf("nine words make %d posts, the last one %q", len(got), got[len(got)-1].Text)
	}
	// A tenth makes the numbers longer, and the words too long for their posts.
	if got := checkSplit(t, text+" "+strings.Repeat("x", 28), o); len(got) <= 10 || !got[0].Forced {
		t.Errorf("ten words make %d posts, the first one %q", len(got), got[0].Text)
	}
}

func TestOnePostHasNoNumber(t *testing.T) {
	if got := checkSplit(t, "Short.", Options{Numbering: Numbering{Format: "1/n"}}); got[0].Text != "Short." {
		t.Errorf("got %q", got[0].Text)
	}
}

func TestSplitRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"a limit that holds nothing": {Limit: minLimit - 1},
		"numbering without a number": {Numbering: Numbering{Format: "n"}},
		"numbering on two lines":     {Numbering: Numbering{Format: "\n1"}},
		"numbering that fills posts": {Numbering: Numbering{Format: strings.Repeat("x", 260) + "1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if parts, err := Split(Plain("text"), o); err == nil {
				t.Errorf("got %v, want an error", parts)
			}
		})
	}
}

// TestPostsOfTheSameTextAreToldApart: X refuses the second one.
func TestPostsOfTheSameTextAreToldApart(t *testing.T) {
	line := strings.Repeat("All work and no play makes Jack a dull boy. ", 6) // a post, almost
	for name, tc := range map[string]struct {
		text string
		told bool
	}{
		"a paragraph again and again": {strings.Repeat(strings.TrimSpace(line)+"\n\n", 5), true},
		"sentences":                   {strings.Repeat("Again. ", 100), true},
		"between breaks":              {"Again\n---\nAgain", false},
	} {
		parts, err := Split(Plain(tc.text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		same := slices.ContainsFunc(Check(draftsOf(Texts(parts)), Rules{}), func(f Finding) bool { return f.Code == CodeDuplicateInThread })
		if same == tc.told {
			t.Errorf("%s: %q", name, Texts(parts))
		}
	}
}

func draftsOf(texts []string) []Draft {
	drafts := make([]Draft, len(texts))
	for i, text := range texts {
		drafts[i].Text = text
	}
	return drafts
}
