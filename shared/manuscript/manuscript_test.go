package manuscript

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/tweet"
)

func TestMarkdownBecomesPlainText(t *testing.T) {
	tests := []struct{ name, markdown, want string }{
		{"emphasis is dropped", "a *b* __c__ ***d*** ~~e~~ `f*g`", "a b c d e f*g"},
		{"short lines stay", "one\ntwo  \nthree\\\nfour", "one\ntwo\nthree\nfour"},
		{"lines that the writer's window broke are joined", "A line that is about as long as windows are wide, and that goes on with\nthe next one, which ends here, somewhere about the middle, and goes on in\nthe third.", "A line that is about as long as windows are wide, and that goes on with the next one, which ends here, somewhere about the middle, and goes on in the third."},
		{"scripts without spaces are joined without", "この行は長いので、書き手の画面で折り返されました。そして次の行に続きます。この行\nは続きです。\n\nand\nmore", "この行は長いので、書き手の画面で折り返されました。そして次の行に続きます。この行は続きです。\n\nand\nmore"},
		{"headings keep their lines", "# One *two*\ntext\n## Three", "One two\n\ntext\n\nThree"},
		{"links are written out", "see [the docs](https://go.dev/doc), please", "see the docs (https://go.dev/doc), please"},
		{"links that say it all are not", "[https://go.dev](https://go.dev) [go.dev](https://go.dev/) <https://go.dev>", "https://go.dev go.dev https://go.dev"},
		{"links without text", "[](https://go.dev)", "https://go.dev"},
		{"links to other places are dropped", "[mail](mailto:a@b.c) [below](#x) [file](a.md)", "mail below file"},
		{"reference links", "[the docs][d]\n\n[d]: https://go.dev", "the docs (https://go.dev)"},
		{"bare links are left alone", "https://example.com/a_b_c_d", "https://example.com/a_b_c_d"},
		{"hashtags and mentions are no markup", "#go and @user_name_x", "#go and @user_name_x"},
		{"rules are explicit breaks", "a\n\n---\n\nb\n\n***\n\nc", "a\n\n---\n\nb\n\n---\n\nc"},
		{"a rule below text is no heading", "a\n---\nb", "a\n\n---\n\nb"},
		{"tight list", "- a\n- b *c*\n  d\n\ntext", "- a\n- b c\n  d\n\ntext"},
		{"loose list", "* a\n\n* b", "- a\n\n- b"},
		{"numbered list keeps its start and mark", "3) a\n4) b", "3) a\n4) b"},
		{"nested lists", "- a\n  - b\n    1. c\n    2. d\n- e", "- a\n  - b\n    1. c\n    2. d\n- e"},
		{"paragraphs of an item", "- a\n\n  b\n- c", "- a\n\n  b\n\n- c"},
		{"code keeps its lines", "```go\nif x {\n\n\ty()\n}\n```\n\n    indented *code*", "if x {\n\n\ty()\n}\n\nindented *code*"},
		{"quotation", "> a\n> b\n>\n> c\n\nd", "> a\n> b\n>\n> c\n\nd"},
		{"table", "| a | b |\n|---|---|\n| 1 | *2* |", "a | b\n1 | 2"},
		{"escapes and references", `\*a\* &amp; &lt;b&gt; &#8364; \&amp; & &x; C:\dir`, `*a* & <b> € &amp; & &x; C:\dir`},
		{"code has no escapes", "`\\*a &amp;`", "\\*a &amp;"},
		{"HTML is dropped", "a<br>b <b>c</b><!-- d -->\n\n<div>\ne &amp; f<br/>g\n</div>", "a\nb c\n\ne & f\ng"},
		{"nothing", " \n\n<!-- only a comment -->\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Parse("thread.md", []byte(tt.markdown))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, m.Text); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What follows a heading stays with it, whether or not Markdown's mark is shown.
func TestEachParagraphOfMarkdown(t *testing.T) {
	for name, tt := range map[string]struct {
		source string
		want   []string
	}{
		"short ones":    {"Good morning\n\nToday I ship it\n\nWish me luck", []string{"Good morning", "Today I ship it", "Wish me luck"}},
		"in Japanese":   {"おはよう\n\n今日は出荷します\n\n応援してね", []string{"おはよう", "今日は出荷します", "応援してね"}},
		"with headings": {"# Why\n\nBecause\n\n- item\n\nThe end", []string{"Why\n\nBecause", "- item", "The end"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Parse("thread.md", []byte("---\nparagraphs: each\n---\n"+tt.source))
			if err != nil {
				t.Fatal(err)
			}
			drafts, err := draftsOf(m, tweet.StandardLimit)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, texts(drafts)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestFrontMatter(t *testing.T) {
	tests := []struct {
		name, source string
		want         Front
		text         string
	}{
		{
			"all names", "---\nat: 2026-12-01 09:00\nzone: Europe/Berlin # a comment\naccount: '@spool'\nnumbering: (1/n)\nnumber: first\nparagraphs: each\nreplies: following\nmedia:\n  - {file: a.png, alt: A, post: 2}\n  - file: b.png\n---\n\nHello\n",
			Front{
				At: "2026-12-01 09:00", Zone: "Europe/Berlin", Account: "spool", Numbering: "(1/n)", NumberFirst: true, OneEach: true, Replies: []Replies{{Tweet: 1, By: "following", Line: 8}},
				Media: []Medium{{"a.png", "A", 2, 10}, {"b.png", "", 1, 11}},
			},
			"Hello",
		},
		{"times are taken as they stand", "---\nat: 2026-12-01T09:00:00Z\n---\nx", Front{At: "2026-12-01T09:00:00Z"}, "x"},
		{"no numbering", "---\nnumbering: none\n---\nx", Front{}, "x"},
		{"empty", "---\n---\nx", Front{}, "x"},
		{"Windows line ends and byte order mark", "\ufeff---\r\nzone: UTC\r\n---\r\na\r\n\r\nb\r\n", Front{Zone: "UTC"}, "a\n\nb"},
		{"none", "at: tomorrow\n\nx", Front{}, "at: tomorrow\n\nx"},
		{"explicit breaks around prose are none", "---\nSome prose\n---\nx", Front{}, "---\nSome prose\n---\nx"},
		{"never closed", "---\nat: x\n", Front{}, "---\nat: x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Parse("thread.txt", []byte(tt.source))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]any{tt.want, tt.text}, []any{m.Front, m.Text}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLineEndsAreXs(t *testing.T) {
	for name, source := range map[string]string{
		"a.txt": "\ufeffone\r\ntwo\rthree\r\n", "a.md": "one\\\r\ntwo\\\rthree\r", "a.json": "\ufeff[\r\n" + `"one\r\ntwo\rthree"]`,
		"b.json": `[{"text":"one\ntwo\r\nthree"}]`,
	} {
		m, err := Parse(name, []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		if drafts, err := draftsOf(m, tweet.StandardLimit); err != nil || len(drafts) != 1 || drafts[0].Text != "one\ntwo\nthree" {
			t.Errorf("%q gives %+v, %v", source, drafts, err)
		}
	}
}

func TestWhatIsNotKnownOfAJSONManuscriptIsNamed(t *testing.T) {
	for source, says := range map[string]string{
		`["a", {"text":"b","media":["c.png"]}]`: `Tweet 2 of the array has an unknown member, "media".`,
		`[{"txet":"b"}]`:                        `Tweet 1 of the array has an unknown member, "txet".`,
		`[{"text":"a","\u001b[2J":1}]`:          `Tweet 1 of the array has an unknown member, "\x1b[2J".`,
	} {
		_, err := Parse("a.json", []byte(source))
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Message != says || e.Fix == "" {
			t.Errorf("%s: %#v", source, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, file, source, field string }{
		{"list for a value", "a.md", "---\nat: [1, 2]\n---\n", "line 2"},
		{"name twice", "a.md", "---\nzone: UTC\nzone: UTC\n---\n", "line 3"},
		{"unknown choice", "a.md", "---\nparagraphs: some\n---\n", "line 2"},
		{"broken YAML", "a.md", "---\nat: \"x\nzone: y\n---\n", "line 4"},
		{"medium without file", "a.md", "---\nmedia: [{alt: x}]\n---\n", "line 2"},
		{"media that are no list", "a.md", "---\nmedia: [1]\n---\n", "line 2"},
		{"not UTF-8", "a.txt", "a\xff", ""},
		{"no JSON", "a.json", "[\"a\",\n]", "line 2"},
		{"no array", "a.json", `{"text":"a"}`, ""},
		{"half a character", "a.json", `["a", {"text":"\ud83d"}]`, "[1].text"},
		{"something behind the array", "a.json", `["a"] ["b"]`, ""},
		{"number", "a.json", `["a", 1]`, ""},
		{"null", "a.json", `[null]`, ""},
		{"unknown field", "a.json", `[{"text":"a","txet":"b"}]`, ""},
		{"object without text", "a.json", `[{}]`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Parse(tt.file, []byte(tt.source))
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Code != fault.Invalid || e.Field != tt.field || !strings.HasSuffix(e.Message, ".") {
				t.Errorf("got %+v, %#v; want %s at %q", m, err, fault.Invalid, tt.field)
			}
		})
	}
}

func TestPostsOfAnArrayAreNotSplit(t *testing.T) {
	long := strings.Repeat("word ", 80)
	m, err := Parse("a.JSON", []byte(`["one", {"text": "two\n\n---\n\nthree"}, "`+long+`"]`))
	if err != nil {
		t.Fatal(err)
	}
	drafts, err := draftsOf(m, tweet.StandardLimit)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := texts(drafts), []string{"one", "two\n\n---\n\nthree", long}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDraftsHaveTheirImages(t *testing.T) {
	m, err := Parse("a.md", []byte("---\nnumbering: 1/n\nreplies: verified\nmedia: [{file: film.mp4, post: 3}]\n---\nFirst\n\n![One](1.png)\n\n---\n\n![Two](2.GIF) second\n\n---\n\nThird"))
	if err != nil {
		t.Fatal(err)
	}
	drafts, err := draftsOf(m, tweet.StandardLimit)
	if err != nil {
		t.Fatal(err)
	}
	want := []tweet.Draft{
		{Text: "First 1/3", Media: []tweet.Medium{{Kind: tweet.Image, AltText: "One"}}, ReplySettings: "verified"},
		{Text: "second 2/3", Media: []tweet.Medium{{Kind: tweet.GIF, AltText: "Two"}}},
		{Text: "Third 3/3", Media: []tweet.Medium{{Kind: tweet.Video}}},
	}
	if diff := cmp.Diff(want, drafts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestImageWithoutTextIsAPost(t *testing.T) {
	m, err := Parse("a.md", []byte("![One](1.png)"))
	if err != nil {
		t.Fatal(err)
	}
	made, err := m.Thread(tweet.StandardLimit)
	thread := made.Show(made.Drafts, tweet.Rules{Prices: tweet.ListPrices()})
	if err != nil {
		t.Fatal(err)
	}
	if len(thread.Tweets) != 1 || tweet.HasErrors(thread.Findings) || thread.Cost.Usage.MediaMetadata != 1 {
		t.Errorf("got %+v", thread)
	}
}

func TestPicturesAloneBetweenBreaksAreAPost(t *testing.T) {
	for name, tt := range map[string]struct {
		source string
		want   []string // of each post, its text and its files
	}{
		"in the middle":        {"One\n\n---\n\n![A](a.png)\n\n---\n\nTwo", []string{"One", " a.png", "Two"}},
		"at the beginning":     {"![A](a.png)\n\n---\n\nTwo", []string{" a.png", "Two"}},
		"at the end":           {"One\n\n---\n\n![A](a.png)\n", []string{"One", " a.png"}},
		"several":              {"One\n\n---\n![A](a.png) ![B](b.png)\n\n![C](c.png)\n\n---\nTwo", []string{"One", " a.png b.png c.png", "Two"}},
		"one after the other":  {"![A](a.png)\n\n---\n\n![B](b.png)\n\n---\n\n![C](c.png)", []string{" a.png", " b.png", " c.png"}},
		"with text behind it":  {"One\n\n---\n\n![A](a.png)\n\nTwo", []string{"One", "Two a.png"}},
		"below text":           {"One\n\n![A](a.png)\n\n---\n\nTwo", []string{"One a.png", "Two"}},
		"with nothing between": {"One\n\n---\n\n---\n\nTwo", []string{"One", "Two"}},
		"numbered":             {"---\nnumbering: 1/n\n---\nOne\n\n---\n\n![A](a.png)\n\n---\n\nTwo", []string{"One 1/3", "2/3 a.png", "Two 3/3"}},
		"with media of others": {"---\nmedia: [{file: x.png, post: 3}]\n---\nOne\n\n---\n\n![A](a.png)\n\n---\n\nTwo", []string{"One", " a.png", "Two x.png"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := Parse("a.md", []byte(tt.source))
			if err != nil {
				t.Fatal(err)
			}
			made, err := m.Thread(280)
			if err != nil {
				t.Fatal(err)
			}
			drafts, files := made.Drafts, made.Files
			if thread := made.Show(drafts, tweet.Rules{Prices: tweet.ListPrices()}); len(thread.Tweets) != len(drafts) || tweet.HasErrors(thread.Findings) {
				t.Errorf("it looks like %+v", thread)
			}
			got := texts(drafts)
			for i, shown := range files {
				if len(shown) != len(drafts[i].Media) {
					t.Errorf("post %d shows %v for %v", i+1, drafts[i].Media, shown)
				}
				for _, f := range shown {
					got[i] += " " + f.Path
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestFilesAreInTheOrderOfTheMedia(t *testing.T) {
	m, err := Parse("a.md", []byte("---\nmedia: [{file: film.mp4, post: 3, alt: A film}, {file: 3.png}]\n---\nFirst\n\n![One](1.png)\n\n---\n\nSecond\n\n---\n\nThird"))
	if err != nil {
		t.Fatal(err)
	}
	thread, err := m.Thread(280)
	got := thread.Files
	want := [][]File{{{"1.png", "One", 6}, {"3.png", "", 2}}, nil, {{"film.mp4", "A film", 2}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	m.Front.Media[0].Tweet = 4
	if _, err := m.Thread(280); err == nil {
		t.Error("a file of a post that is missing is taken")
	}
}

func TestMediaOfPostsThatAreMissingAreRefused(t *testing.T) {
	m, err := Parse("a.txt", []byte("---\nmedia: [{file: x.png, post: 2}]\n---\nOnly one"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := draftsOf(m, tweet.StandardLimit); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want %s", err, fault.Invalid)
	}
}

func texts(drafts []tweet.Draft) []string {
	var all []string
	for _, d := range drafts {
		all = append(all, d.Text)
	}
	return all
}

func draftsOf(m Manuscript, limit int) ([]tweet.Draft, error) {
	thread, err := m.Thread(limit)
	return thread.Drafts, err
}

func isTooMany(err error) bool {
	_, ok := errors.AsType[*tweet.TooManyTweetsError](err)
	return ok
}

// TestAPictureHasItsLine also where the text goes on only after it.
func TestAPictureHasItsLine(t *testing.T) {
	m, err := ParseAs(Markdown, []byte("---\nzone: UTC\n---\n# Why\n\nIt is. ![A](a.png)\n\nMore\nand ![B](b.png) more.\n\n![C](c.png)"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, image := range m.Images {
		lines = append(lines, image.Line)
	}
	if want := []int{6, 9, 11}; !slices.Equal(lines, want) {
		t.Errorf("the pictures are in lines %v, want %v", lines, want)
	}
	if f := m.OnlyUploaded().Findings; len(f) != 3 || f[0].Line != 6 {
		t.Errorf("without the files it says %+v", f)
	}
}
