package tweet

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestPreviewTextShowsWhereEachPostLiesInTheText(t *testing.T) {
	text := "😀 First paragraph.\n\n---\n\nSecond 👩‍🚀 with https://example.com/path and @you.\n"
	thread, err := previewText(text, Options{Numbering: Numbering{Format: "1/n"}}, Rules{Prices: ListPrices()})
	if err != nil {
		t.Fatal(err)
	}
	if len(thread.Tweets) != 2 {
		t.Fatalf("got %d posts, want 2", len(thread.Tweets))
	}
	units := utf16.Encode([]rune(text))
	for i, want := range []string{"😀 First paragraph.", "Second 👩‍🚀 with https://example.com/path and @you."} {
		p := thread.Tweets[i]
		if got := string(utf16.Decode(units[p.Source.Start:p.Source.End])); got != want {
			t.Errorf("post %d lies at %q, want %q", i+1, got, want)
		}
	}
	second := thread.Tweets[1]
	if !strings.HasSuffix(second.Text, " 2/2") {
		t.Errorf("second post %q has no number", second.Text)
	}
	// "Second " 7, emoji 2, " with " 6, link 23, " and @you. 2/2" 14.
	if second.Weighted != 52 || second.Remaining != 228 || !second.Valid || second.Over != nil {
		t.Errorf("second post is counted as %+v", second)
	}
	postUnits := utf16.Encode([]rune(second.Text))
	var entities []string
	for _, e := range second.Entities {
		if got := string(utf16.Decode(postUnits[e.Start:e.End])); got != e.Text {
			t.Errorf("entity %q lies at %q", e.Text, got)
		}
		entities = append(entities, string(e.Kind)+" "+e.Text)
	}
	if got := strings.Join(entities, ", "); got != "url https://example.com/path, mention @you" {
		t.Errorf("entities are %s", got)
	}
	if got := thread.Cost.Total.String(); got != "$0.215" {
		t.Errorf("thread costs %s, want $0.215", got)
	}
}

func TestPreviewMarksWhatIsOverTheLimit(t *testing.T) {
	thread := Preview([]Draft{{Text: strings.Repeat("é", 279) + "日本"}}, Rules{})
	p := thread.Tweets[0]
	if p.Over == nil || *p.Over != (Range{279, 281}) || p.Remaining != -3 || p.Valid {
		t.Errorf("got %+v with over %+v", p, p.Over)
	}
	if !HasErrors(thread.Findings) {
		t.Error("the preflight has no error")
	}
}

func TestPreviewTextWarnsOfWordsThatHadToBeCut(t *testing.T) {
	thread, err := previewText(strings.Repeat("x", 300), Options{}, Rules{Limit: StandardLimit})
	if err != nil {
		t.Fatal(err)
	}
	if len(thread.Findings) != 1 || thread.Findings[0].Code != CodeCutWord || thread.Findings[0].Tweet != 1 {
		t.Errorf("findings are %+v, want one %s at post 1", thread.Findings, CodeCutWord)
	}
}

func TestATextOfTooManyPostsIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		text    string
		refused bool
	}{
		"500 posts":                  {strings.TrimSuffix(strings.Repeat("a\n---\n", 500), "---\n"), false},
		"501 posts":                  {strings.TrimSuffix(strings.Repeat("a\n---\n", 501), "---\n"), true},
		"500 posts, empty ones too":  {strings.Repeat("a\n---\n\n---\n", 500), false},
		"a word for 501":             {strings.Repeat("x", 500*280+1), true},
		"words for 500, with blanks": {strings.Repeat(strings.Repeat("x", 280)+strings.Repeat(" ", 100), 500), false},
	} {
		t.Run(name, func(t *testing.T) {
			thread, err := previewText(tc.text, Options{}, Rules{Limit: 280})
			if isTooMany(err) != tc.refused || !tc.refused && (err != nil || len(thread.Tweets) != 500) {
				t.Errorf("got %d posts, %v", len(thread.Tweets), err)
			}
		})
	}
}

// BenchmarkHostilePreview shows the texts of 350 kB that cost most of those that make no more posts than allowed; a second
// of one core is what each may take.
func BenchmarkHostilePreview(b *testing.B) {
	for _, piece := range []string{"a.b-", "a.b-.", "日本.com", "日本。", "a.", "a\n", "@a ", "#a ", "$a ", "a.com/", "http://", "e\u0301\u0301", "👩‍👩‍👧", "word and another ", "(a) ", "\"a\" "} {
		for _, numbering := range []string{"", "1/n"} {
			b.Run(fmt.Sprintf("%q/%s", piece, numbering), func(b *testing.B) {
				text, o := strings.Repeat(piece, 350_000/len(piece)), Options{Numbering: Numbering{Format: numbering}}
				for isTooMany(previewed(text, o)) {
					text = text[:len(text)*9/10/len(piece)*len(piece)]
				}
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if err := previewed(text, o); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// previewed previews a text for what it costs.
func previewed(text string, o Options) error {
	_, err := previewText(text, o, Rules{Limit: 280})
	return err
}

func isTooMany(err error) bool {
	_, ok := errors.AsType[*TooManyTweetsError](err)
	return ok
}

// previewText splits a plain text and shows the thread.
func previewText(text string, o Options, r Rules) (Thread, error) {
	o.Limit = r.Limit
	parts, err := SplitThread(Plain(text), o)
	if err != nil {
		return Thread{}, err
	}
	drafts := make([]Draft, len(parts))
	for i, p := range parts {
		drafts[i].Text = p.Text
	}
	return PreviewParts(text, parts, drafts, r), nil
}
