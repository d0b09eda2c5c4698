package page_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/cockroachdb/datadriven"

	"spool/shared/httpapi/page"
	"spool/shared/manuscript"
)

var (
	pastes = flag.Int("pastes", 300, "how many documents TestPastedWordsSurvive makes")
	seed   = flag.Uint64("seed", 1, "what they begin with")
)

// converted is what becomes of HTML.
type converted struct {
	Markdown  string
	Formatted bool
	Dropped   map[string]int
}

// converter is a browser that has the page's files, under the page's own policy.
func converter(t *testing.T) (convert func(t *testing.T, documents ...string) []converted) {
	t.Helper()
	server := httptest.NewServer(page.New(page.Files(), ""))
	t.Cleanup(server.Close)
	b := openBrowser(t, server.URL)
	b.do(chromedp.Navigate(server.URL + "/assets/icon.svg"))
	return func(t *testing.T, documents ...string) (all []converted) {
		t.Helper()
		argument, err := json.Marshal(documents)
		if err != nil {
			t.Fatal(err)
		}
		script := `import("/assets/compose/html.js").then(({markdownOf: of}) => JSON.stringify(` + string(argument) +
			`.map(of).map((c) => ({...c, dropped: Object.fromEntries(c.dropped)}))))`
		out := value(b, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		if err := json.Unmarshal([]byte(out), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
}

// TestPastedHTML reads what programs put into the clipboard, from testdata/pasted, and shows the Markdown that the page
// makes of it, and what is left out. go test ./infra/page -run TestPastedHTML -rewrite writes it anew.
func TestPastedHTML(t *testing.T) {
	t.Parallel()
	convert := converter(t)
	datadriven.Walk(t, "testdata/pasted", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			c := convert(t, d.Input)[0]
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

// hard are words that mean something in Markdown, to X, or to whoever splits a text.
var hard = strings.Fields("and Ada 5*2*10 * ** *a* **b** _ _x_ snake_case __main__ `c` ``` # ## #tag > - + 1. 2) --- === [a](b) [1] [x] " +
	"[[page]] [^1] ![p](q.png) <b> </i> <!-- &amp; &copy; \\ \\* ~~s~~ ~ %%p%% :rocket: ! | ^ @_neha_ $TSLA {{y}} 50%% 日本語 “q” (see) it's " +
	"https://example.com/_a_(b)?c=*d*&e=f youtu.be/_aBc_dEf_ a&b; 1/2 … — naïve 👩‍🚀 …! ** __")

// TestPastedWordsSurvive makes documents of words that look like markup, and reads the Markdown that the page makes of
// them as the API does: it must say the same words.
func TestPastedWordsSurvive(t *testing.T) {
	t.Parallel()
	t.Logf("seed %d", *seed)
	rng := rand.New(rand.NewPCG(*seed, 0))
	var documents, want []string
	for range *pastes {
		source, words := randomHTML(rng)
		documents, want = append(documents, source), append(want, words)
	}
	bare := func(text string) string { return strings.Join(strings.Fields(text), "") }
	for i, c := range converter(t)(t, documents...) {
		m, err := manuscript.ParseAs(manuscript.Markdown, []byte(c.Markdown))
		if err != nil {
			t.Fatalf("%s\nbecomes\n%s\nwhich cannot be read: %v", documents[i], c.Markdown, err)
		}
		if got := bare(m.Text); got != bare(want[i]) {
			t.Errorf("%s\nbecomes\n%s\nwhich says\n%s\nand is to say\n%s", documents[i], c.Markdown, got, bare(want[i]))
		}
	}
}

// randomHTML is a document of some paragraphs, headings and items, and what it says.
func randomHTML(rng *rand.Rand) (source, words string) {
	var s, w strings.Builder
	for range 1 + rng.IntN(3) {
		line, said := randomLine(rng)
		switch rng.IntN(5) {
		case 0:
			s.WriteString("<h2>" + line + "</h2>")
			w.WriteString(said)
		case 1:
			s.WriteString("<ul><li>" + line + "</li></ul>")
			w.WriteString("-" + said)
		default:
			s.WriteString("<p>" + line + "</p>")
			w.WriteString(said)
		}
	}
	return s.String(), w.String()
}

// randomLine is a line of words, some of which are bold and so on.
func randomLine(rng *rand.Rand) (source, words string) {
	var s, w strings.Builder
	for range 1 + rng.IntN(6) {
		word := hard[rng.IntN(len(hard))]
		gap := []string{" ", " ", "", "<br>"}[rng.IntN(4)]
		w.WriteString(word)
		marked := html.EscapeString(word)
		for _, tag := range []string{"b", "i", "s"} {
			if rng.IntN(5) == 0 {
				marked = "<" + tag + ">" + marked + "</" + tag + ">"
			}
		}
		if strings.ContainsAny(word, "/$") { // an address stands by itself
			marked, gap = " "+marked, " "
		}
		s.WriteString(marked + gap)
	}
	return s.String(), w.String()
}
