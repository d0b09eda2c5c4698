package page_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/cockroachdb/datadriven"

	"spool/shared/httpapi/page"
)

// converted is what becomes of HTML.
type converted struct {
	Markdown  string
	Formatted bool
	Dropped   map[string]int
}

// TestPastedHTML reads what programs put into the clipboard, from testdata/pasted, and shows the Markdown that the page
// makes of it, as the browser that parses it has it under the page's own policy, and what is left out.
// go test ./infra/page -run TestPastedHTML -rewrite writes it anew.
func TestPastedHTML(t *testing.T) {
	t.Parallel()
	files, err := page.New(page.Files(), "")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(files)
	t.Cleanup(server.Close)
	b := openBrowser(t, server.URL)
	b.do(chromedp.Navigate(server.URL + "/assets/icon.svg"))
	convert := func(html string) string {
		argument, err := json.Marshal(html)
		if err != nil {
			t.Fatal(err)
		}
		script := `import("/assets/compose/html.js").then(({markdownOf: of}) => of(` + string(argument) + `))
			.then((c) => JSON.stringify({...c, dropped: Object.fromEntries(c.dropped)}))`
		return value(b, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	}
	datadriven.Walk(t, "testdata/pasted", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var c converted
			if err := json.Unmarshal([]byte(convert(d.Input)), &c); err != nil {
				t.Fatal(err)
			}
			var notes strings.Builder
			if !c.Formatted {
				notes.WriteString("only words\n")
			}
			for _, what := range slices.Sorted(maps.Keys(c.Dropped)) {
				fmt.Fprintf(&notes, "left out: %d × %s\n", c.Dropped[what], what)
			}
			return strings.ReplaceAll(c.Markdown, "  \n", "␣␣\n") + "\n" + strings.Repeat("=", 20) + "\n" + notes.String()
		})
	})
}
