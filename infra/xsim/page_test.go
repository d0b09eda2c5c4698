package xsim

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// find returns the elements of a page with this name.
func find(t *testing.T, page, name string) []*html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var found []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func words(n *html.Node) string {
	var all []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			all = append(all, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(all, " ")
}

func TestThePageShowsThreads(t *testing.T) {
	w := newWorld(t)
	root := w.posted("First of a thread <script>alert(1)</script>", "")
	second := w.posted("Second, see https://example.com/a", root)
	w.posted("Another thread", "")
	w.posted("Third, to the first", root)
	if err := w.DeleteByHand(second); err != nil {
		t.Fatal(err)
	}
	w.Configure(func(s *Settings) { s.Enrolled = false })
	r := w.send("GET", "/", "", "", "")
	if r.status != http.StatusOK || !strings.Contains(r.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Fatalf("%d %v", r.status, r.header)
	}
	threads := find(t, r.body, "ol")
	if len(threads) != 2 || !strings.HasPrefix(words(threads[0]), "Another thread 1/1") {
		t.Fatalf("%d threads, the first is %q", len(threads), words(threads[0]))
	}
	posts := find(t, r.body, "li")
	for i, want := range []string{"Another thread 1/1", "First of a thread <script>alert(1)</script> 1/3", "Second, see https://example.com/a 2/3", "Third, to the first 3/3"} {
		if got := words(posts[i]); !strings.HasPrefix(got, want) {
			t.Errorf("post %d is %q, want %q", i, got, want)
		}
	}
	if attr(posts[2], "class") != "deleted" || !strings.Contains(words(posts[3]), "replies to 1") {
		t.Errorf("deleted: %q; aside: %q", attr(posts[2], "class"), words(posts[3]))
	}
	if !strings.Contains(r.body, "not enrolled") {
		t.Error("the state of the application is not shown")
	}
}

// TestPagesLoadNothingForeign: every page's resources are served by the simulator.
func TestPagesLoadNothingForeign(t *testing.T) {
	w := newWorld(t)
	bad := authorizeQuery()
	bad.Set("client_id", "other")
	for _, path := range []string{"/", "/i/oauth2/authorize?" + authorizeQuery().Encode(), "/i/oauth2/authorize?" + bad.Encode()} {
		page := w.send("GET", path, "", "", "")
		var links []string
		for _, n := range find(t, page.body, "link") {
			links = append(links, attr(n, "href"))
		}
		for _, n := range find(t, page.body, "script") {
			links = append(links, attr(n, "src"))
		}
		if len(links) == 0 {
			t.Errorf("%s has no style", path)
		}
		for _, l := range links {
			if r := w.send("GET", l, "", "", ""); !strings.HasPrefix(l, "/__sim/page/") || r.status != http.StatusOK || r.header.Get("Content-Type") == "text/html; charset=utf-8" {
				t.Errorf("%s loads %s: %d as %s", path, l, r.status, r.header.Get("Content-Type"))
			}
		}
	}
}

// TestTheConsentPage fills the form in as a browser would.
func TestTheConsentPage(t *testing.T) {
	w := newWorld(t)
	q := authorizeQuery()
	q.Set("state", `"><script>alert(1)</script>`)
	page := w.send("GET", "/i/oauth2/authorize?"+q.Encode(), "", "", "").body
	if len(find(t, page, "script")) != 0 {
		t.Fatal("the state became markup")
	}
	if strings.Contains(page, "media.write") && !strings.Contains(page, "Upload media for you") {
		t.Error("the scopes are not in words")
	}
	fields := map[string][]string{}
	for _, n := range find(t, page, "input") {
		fields[attr(n, "name")] = append(fields[attr(n, "name")], attr(n, "value"))
	}
	if got := strings.Join(fields["as"], " "); got != "ada grace" {
		t.Errorf("one can sign in as %q", got)
	}
	for name, values := range q {
		if len(fields[name]) != 1 || fields[name][0] != values[0] {
			t.Errorf("the form has %s = %q, want %q", name, fields[name], values)
		}
	}
	var decisions []string
	for _, n := range find(t, page, "button") {
		decisions = append(decisions, attr(n, "name")+"="+attr(n, "value"))
	}
	if got := strings.Join(decisions, " "); got != "auto=allow auto=deny" {
		t.Errorf("the buttons are %q", got)
	}
	q.Set("auto", "allow")
	q.Set("as", "nobody")
	if r := w.send("GET", "/i/oauth2/authorize?"+q.Encode(), "", "", ""); r.status != http.StatusBadRequest {
		t.Errorf("a stranger signs in: %d", r.status)
	}
}
