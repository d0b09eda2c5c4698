package httpapi_test

import (
	"slices"
	"testing"
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
