package docs_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"spool/shared/fault"
	"spool/shared/httpapi/docs"
)

const nasty = `<script>alert("1")</script>&'`

// answers is what the page of a small document, full of markup, is served as.
func answers(t *testing.T) *httptest.ResponseRecorder {
	t.Helper()
	api := humago.New(http.NewServeMux(), huma.DefaultConfig(nasty, "1"))
	type in struct {
		Key  string `header:"Idempotency-Key" doc:"<b>bold</b>"`
		Body struct {
			Text string `json:"text" maxLength:"7" enum:"a,b" doc:"<b>bold</b>"`
		}
	}
	huma.Register(api, huma.Operation{
		OperationID: "make-thing", Method: http.MethodPost, Path: "/v1/things", Summary: nasty, Description: nasty + "\n\n" + nasty, Tags: []string{"Things"},
		Security: []map[string][]string{{"key": {"things:write"}}},
	}, func(context.Context, *in) (*struct{}, error) { return nil, nil })
	doc := api.OpenAPI()
	doc.Tags = []*huma.Tag{{Name: "Things", Description: nasty}}
	doc.Paths["/v1/things"].Post.RequestBody.Content["application/json"].Example = map[string]string{"text": "it's " + nasty}
	rec := httptest.NewRecorder()
	docs.Handler(func() *huma.OpenAPI { return doc }).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/docs", nil))
	return rec
}

func TestThePageShowsTheOperations(t *testing.T) {
	page := answers(t).Body.String()
	for _, want := range []string{
		`<h3 id="make-thing">`, `<a href="#make-thing">`, `Needs a key with the scope things:write.`, `<code>Idempotency-Key</code>`,
		`up to 7 characters`, `one of a, b`, `-H &#34;Idempotency-Key: $(uuidgen)&#34;`, `it&#39;\&#39;&#39;s`, `id="shape-InBody"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it lacks %s", want)
		}
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("two things have the id %s", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !ids[m[1]] {
			t.Errorf("a link leads to #%s, which there is not", m[1])
		}
	}
}

func TestThePageRunsNothing(t *testing.T) {
	rec := answers(t)
	for _, markup := range []string{"<script", "<b>bold", "style=", `="http`, "url(", "@import"} {
		if strings.Contains(rec.Body.String(), markup) {
			t.Errorf("it has %s", markup)
		}
	}
	if policy := rec.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "unsafe") {
		t.Errorf("its policy is %q", policy)
	}
}

// TestThePageKnowsAllCodes: each has its row, with what to do.
func TestThePageKnowsAllCodes(t *testing.T) {
	page := answers(t).Body.String()
	row := func(code, says string) {
		t.Helper()
		_, rest, found := strings.Cut(page, "<tr><th scope=\"row\"><code>"+code+"</code></th>")
		if cells, _, _ := strings.Cut(rest, "</tr>"); !found || !strings.Contains(cells, "<td>"+html.EscapeString(says)+"</td>") {
			t.Errorf("of %s it does not say %q", code, says)
		}
	}
	for _, known := range fault.Problems() {
		row(string(known.Code), known.Todo)
	}
	for _, todo := range fault.Todos() {
		row(string(todo.Code), todo.Does)
	}
	for _, known := range fault.Reasons() {
		if !strings.Contains(page, "<code>"+string(known.Code)+"</code></th><td>"+html.EscapeString(known.Sentence)+"</td>") {
			t.Errorf("it does not say what the reason %s is", known.Code)
		}
	}
}
