package httpapi_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"spool/shared/media/mediatest"
)

// TestATextMayBeMarkdown whose front matter and marks are not shown; what the thread cannot
// have of it is said. Without a format it is plain text.
func TestATextMayBeMarkdown(t *testing.T) {
	w := newWorld(t)
	const text = `"text":"---\ntitle: x\n---\n# Why\n\nIt is *so*. ![A cat](cat.png)\n\n<!-- not yet -->\n\n---\n\nThe end.","numbering":{"format":"1/n"}`
	_, out := w.do("POST", "/v1/preview", `{"format":"markdown",`+text+`}`)
	if got, want := texts(t, out), []string{"Why\n\nIt is so. 1/2", "The end. 2/2"}; !slices.Equal(got, want) {
		t.Errorf("the tweets are %q, want %q", got, want)
	}
	if got, want := codes(out), []string{"front_matter_ignored", "comment_dropped", "file_left_out"}; !slices.Equal(got, want) {
		t.Errorf("the findings are %q, want %q", got, want)
	}
	_, out = w.do("POST", "/v1/preview", `{"format":"text",`+text+`}`)
	if got := texts(t, out); len(got) != 3 || got[0] != "title: x 1/3" {
		t.Errorf("the tweets of the plain text are %q", got)
	}
	if status, _ := w.do("POST", "/v1/preview", `{"format":"word",`+text+`}`); status != 422 {
		t.Errorf("an unknown format is answered by %d", status)
	}
	if status, out := w.do("POST", "/v1/preview", `{"format":"markdown","text":"---\nnumber: some\n---\nx"}`); status != 422 || out["field"] != "line 2" {
		t.Errorf("front matter that cannot be read is answered by %d, %v", status, out)
	}
}

func texts(t *testing.T, preview map[string]any) (all []string) {
	t.Helper()
	posts, ok := preview["tweets"].([]any)
	if !ok {
		t.Fatalf("the preview is %v", preview)
	}
	for _, p := range posts {
		all = append(all, p.(map[string]any)["text"].(string))
	}
	return all
}

// asMarkdown is the body of a request with a text in Markdown, and more fields.
func asMarkdown(t *testing.T, text, more string) string {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return `{"format":"markdown","text":` + string(b) + more + `}`
}

// TestAPostIsMadeOfMarkdown: what the front matter says and the request does not is done, and
// what the thread does not show is a note with its line.
func TestAPostIsMadeOfMarkdown(t *testing.T) {
	w, _ := withMedia(t)
	cat := w.upload("cat.png", "image/png", mediatest.PNG(9, 9, 1))
	const front = "---\nat: 2026-12-24 18:00\nzone: Europe/Lisbon\naccount: Ada\nnumbering: 1/n\nreplies: following\n" +
		"polls:\n  - {tweet: 2, options: [Yes, No], hours: 1}\n---\n"
	text := front + "# Why\n\nIt is *so*. ![A cat](media:" + cat + ")\n\n![A dog](dog.png)\n\n---\n\nThe ~~end~~."
	status, made := w.do("POST", "/v1/posts", asMarkdown(t, text, ""))
	if status != 201 {
		t.Fatalf("answered %d %v", status, made)
	}
	_, got := w.do("GET", "/v1/posts/"+made["id"].(string), "")
	if got["scheduled_at"] != "2026-12-24T18:00:00Z" || got["zone"] != "Europe/Lisbon" {
		t.Errorf("it starts at %v in %v", got["scheduled_at"], got["zone"])
	}
	if got, want := texts(t, got), []string{"Why\n\nIt is so. 1/2", "The end. 2/2"}; !slices.Equal(got, want) {
		t.Errorf("the tweets are %q, want %q", got, want)
	}
	tweets := got["tweets"].([]any)
	first, second := tweets[0].(map[string]any), tweets[1].(map[string]any)
	if media, _ := first["media"].([]any); len(media) != 1 || media[0].(map[string]any)["id"] != cat || first["reply_settings"] != "following" || second["poll"] == nil {
		t.Errorf("the tweets are %v", tweets)
	}
	notes := fmt.Sprint(made["notes"])
	for _, want := range []string{"Line 14, tweet 1: The file dog.png did not come with the text.", "Line 18, tweet 2: X cannot show struck text"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes are %v, want %q among them", notes, want)
		}
	}
}

// TestANewTextSaysWhatItDoesNotShow of the post's files.
func TestANewTextSaysWhatItDoesNotShow(t *testing.T) {
	w, _ := withMedia(t)
	cat := "![A cat](media:" + w.upload("cat.png", "image/png", mediatest.PNG(9, 9, 1)) + ")"
	_, made := w.do("POST", "/v1/posts", asMarkdown(t, "One "+cat, `,"draft":true`))
	for i, text := range []string{"Two " + cat, "Three"} {
		status, out := w.do("PATCH", "/v1/posts/"+made["id"].(string), asMarkdown(t, text, ""))
		said := strings.Contains(fmt.Sprint(out["notes"]), "does not show all files")
		if status != 200 || said != (i == 1) {
			t.Errorf("%q is answered by %d %v", text, status, out)
		}
	}
}

// TestARequestWinsOverItsFrontMatter says where both tell a time, and a draft has none.
func TestARequestWinsOverItsFrontMatter(t *testing.T) {
	w := newWorld(t)
	const text = "---\nat: 2026-12-24 18:00\nzone: Europe/Lisbon\naccount: nobody\n---\nHello"
	_, out := w.do("POST", "/v1/posts", asMarkdown(t, text, `,"account_id":"1","at":"2026-12-25 09:00"`))
	if out["scheduled_at"] != "2026-12-25T08:00:00Z" { // in the account's zone
		t.Errorf("answered %v", out)
	}
	_, out = w.do("POST", "/v1/posts", asMarkdown(t, text, `,"account_id":"1","draft":true`))
	if out["status"] != "draft" || !strings.Contains(fmt.Sprint(out["notes"]), "this is a draft") {
		t.Errorf("answered %v", out)
	}
	if _, out = w.do("PATCH", "/v1/posts/"+out["id"].(string), asMarkdown(t, text+" again", "")); out["status"] != "draft" ||
		!strings.Contains(fmt.Sprint(out["notes"]), "keeps its time") || !slices.Equal(texts(t, out), []string{"Hello again"}) {
		t.Errorf("answered %v", out)
	}
}

// TestAPreviewSaysOfFrontMatterWhatAPostIsRefusedFor, at the same line; that of a post that is
// edited, which keeps its time and account, does not.
func TestAPreviewSaysOfFrontMatterWhatAPostIsRefusedFor(t *testing.T) {
	w, _ := withMedia(t)
	_, made := w.do("POST", "/v1/posts", asMarkdown(t, "One", `,"draft":true`))
	for text, line := range map[string]float64{
		"---\ntitle: x\nat: 2020-01-01 09:00\n---\nx":           3,
		"---\nat: whenever\n---\nx":                             2,
		"---\nat: 2026-12-24 18:00\nzone: Mars/Olympus\n---\nx": 3,
		"---\nzone: Mars/Olympus\n---\nx":                       2,
		"---\naccount: eve\n---\nx":                             2,
	} {
		status, refused := w.do("POST", "/v1/posts", asMarkdown(t, text, ""))
		if status != 422 || refused["field"] != fmt.Sprintf("line %v", line) {
			t.Fatalf("%q is answered by %d %v", text, status, refused)
		}
		_, out := w.do("POST", "/v1/preview", asMarkdown(t, text, ""))
		found := out["findings"].([]any)
		if len(found) == 0 {
			t.Errorf("the preview of %q says nothing", text)
			continue
		}
		f := found[len(found)-1].(map[string]any)
		if f["line"] != line || f["severity"] != "error" || !strings.HasPrefix(f["message"].(string), refused["detail"].(string)) {
			t.Errorf("the preview of %q says %v, and a post is refused for %v", text, f, refused["detail"])
		}
		_, out = w.do("POST", "/v1/preview", asMarkdown(t, text, `,"post_id":"`+made["id"].(string)+`"`))
		if got := codes(out); slices.Contains(got, "invalid") || slices.Contains(got, "time_passed") {
			t.Errorf("the preview of an edit says %v", got)
		}
	}
	if _, out := w.do("POST", "/v1/preview", asMarkdown(t, "---\nat: 2026-12-24 18:00\nzone: Europe/Lisbon\naccount: Ada\n---\nx", "")); len(codes(out)) > 0 {
		t.Errorf("the preview of good front matter says %v", codes(out))
	}
}

// TestWhatIsWrongInATextHasItsLine, and nothing is stored.
func TestWhatIsWrongInATextHasItsLine(t *testing.T) {
	w, _ := withMedia(t)
	for name, tc := range map[string]struct{ text, more, field, says string }{
		"a time that has passed":      {"---\ntitle: x\nat: 2020-01-01 09:00\n---\nx", "", "line 3", "passed"},
		"a zone that is none":         {"---\nat: 2026-12-24 18:00\nzone: Mars\n---\nx", "", "line 3", "zone"},
		"a time of the request's own": {"---\nat: 2026-12-24 18:00\n---\nx", `,"at":"2020-01-01 09:00"`, "at", "passed"},
		"a zone alone that is none":   {"---\nzone: Mars/Olympus\n---\nx", "", "line 2", "zone"},
		"a draft's zone":              {"---\nzone: Mars/Olympus\n---\nx", `,"draft":true`, "line 2", "zone"},
		"an account that is none":     {"---\naccount: eve\n---\nx", "", "line 2", "not connected"},
		"a file that is none":         {"a\n\nb ![x](media:none)", "", "line 3", "none"},
		"two cashtags":                {"a\n\n---\n\n$ABC and $DEF", "", "line 5", "Line 5, tweet 2: "},
		"two equal tweets":            {"a\n\n---\n\na", "", "line 5", "same text as tweet 1"},
		"nothing":                     {"<!-- nothing -->", "", "text", "nothing to post"},
		"a numbering without 1":       {"a", `,"numbering":{"format":"n"}`, "numbering.format", "has no 1"},
		"a numbering of the text's":   {"---\nnumbering: n\n---\na", "", "line 2", "has no 1"},
		"more than 500 tweets":        {strings.Repeat("a\n\n---\n\n", 502), "", "line 2001", "more than 500"},
	} {
		t.Run(name, func(t *testing.T) {
			status, out := w.do("POST", "/v1/posts", asMarkdown(t, tc.text, tc.more))
			if status != 422 || out["field"] != tc.field || !strings.Contains(fmt.Sprint(out["detail"]), tc.says) {
				t.Errorf("answered %d %v", status, out)
			}
		})
	}
	if _, out := w.do("GET", "/v1/posts", ""); len(out["posts"].([]any)) > 0 {
		t.Errorf("stored %v", out)
	}
}

// TestAPreviewSaysWhereTweetsLie in the text: of Markdown in whole lines.
func TestAPreviewSaysWhereTweetsLie(t *testing.T) {
	w := newWorld(t)
	const text = "---\ntitle: x\n---\n# One 👩‍👩‍👧\n\nText *a*\n\n---\n\nTwo"
	for format, want := range map[string][]string{
		"markdown": {"# One 👩‍👩‍👧\n\nText *a*", "Two"}, "text": {"title: x", "# One 👩‍👩‍👧\n\nText *a*", "Two"},
	} {
		_, out := w.do("POST", "/v1/preview", strings.Replace(asMarkdown(t, text, ""), "markdown", format, 1))
		units := utf16.Encode([]rune(text))
		var got []string
		for _, p := range out["tweets"].([]any) {
			source := p.(map[string]any)["source"].(map[string]any)
			got = append(got, string(utf16.Decode(units[int(source["start"].(float64)):int(source["end"].(float64))])))
		}
		if !slices.Equal(got, want) {
			t.Errorf("of %s the sources are %q, want %q", format, got, want)
		}
		last := out["tweets"].([]any)[len(want)-1].(map[string]any)
		if last["line"] != 10.0 {
			t.Errorf("the last one of %s begins at line %v", format, last["line"])
		}
	}
}
