package page_test

import (
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"spool/infra/emulate/dynamodb/dynamodbtest"
	"spool/infra/emulate/npm"
	"spool/infra/sim/owner"
)

//go:embed package.json package-lock.json
var packages embed.FS

// axe is the source of axe-core, which checks a page's accessibility.
//
// Source: https://github.com/dequelabs/axe-core
func axe(t *testing.T) string {
	t.Helper()
	set := npm.Set{Name: "page-tests", What: "axe-core", Files: packages, Log: t.Output()}
	folder, err := set.Install(t.Context(), dynamodbtest.Cache(t))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(folder, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// violation is a rule that axe-core found broken.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v violation) String() string {
	text := v.Help + " (" + v.ID + ")"
	for _, n := range v.Nodes {
		text += "\n" + n.HTML + "\n" + n.Summary
	}
	return text
}

// violations checks the page as it is shown now.
func (r *rig) violations(axe string) []violation {
	r.t.Helper()
	r.do(chromedp.Evaluate[chromedp.Void](axe + "; undefined"))
	found := value(
		r,
		chromedp.Evaluate[string](`axe.run().then((r) => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise),
	)
	var violations []violation
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		r.t.Fatal(err)
	}
	return violations
}

// shown is what is looked at: a view at an address, and the name of its pictures.
type shown struct{ name, view, hash string }

// TestViews looks at every view in light and dark, on a desktop and on a phone: nothing must keep anybody from using
// it, and nothing may be wider than the screen.
func TestViews(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	rules := axe(t)
	r.look(rules, shown{"signin", "signin", ""})
	r.signIn()
	r.do(
		view("setup"),
		chromedp.Evaluate[chromedp.Void](`document.querySelector("main").append(document.createElement("img")); undefined`),
	)
	if found := r.violations(rules); len(found) != 1 || found[0].ID != "image-alt" {
		t.Errorf("of a picture without a description the check says %v", found)
	}
	r.look(rules, shown{"setup", "setup", "#/setup"})
	r.setUp()
	posts := r.furnish()
	for _, s := range []shown{
		{"compose", "compose", "#/compose"},
		{"queue", "queue", "#/queue"},
		{"calendar", "calendar", "#/calendar"},
		{"accounts", "accounts", "#/accounts"},
		{"settings", "settings", "#/settings"},
		{"notices-none", "notices", "#/notices"},
		{"post-failed", "post", "#/post/" + posts["failed"]},
		{"post-published", "post", "#/post/" + posts["published"]},
		{"post-scheduled", "post", "#/post/" + posts["scheduled"]},
	} {
		r.look(rules, s)
	}
}

// look checks one view, and keeps its picture.
func (r *rig) look(axe string, s shown) {
	r.t.Helper()
	for _, width := range []int64{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			r.size(width)
			r.scheme(scheme)
			r.do(chromedp.Navigate("about:blank"), r.visit(s.hash), view(s.view))
			if s.view == "compose" {
				if value(r, chromedp.Value(chromedp.CSS("#compose-text"))) == "" { // else it was kept
					r.do(fillIn("#compose-text", essay))
				}
				r.do(see("#tweet-2"))
			}
			r.check(axe, fmt.Sprintf("%s-%d-%s", s.name, width, scheme))
		}
	}
}

// looks checks what is shown now, on a phone in the dark and on a desktop in the light.
func (r *rig) looks(name string) {
	r.t.Helper()
	rules := axe(r.t)
	for _, l := range []struct {
		width  int64
		scheme string
	}{{390, "dark"}, {1280, "light"}} {
		r.size(l.width)
		r.scheme(l.scheme)
		r.check(rules, fmt.Sprintf("%s-%d-%s", name, l.width, l.scheme))
	}
}

// check keeps a picture of what is shown, and says what keeps anybody from using it.
func (r *rig) check(axe, at string) {
	r.t.Helper()
	r.keep(at)
	for _, v := range r.violations(axe) {
		r.t.Errorf("%s: %v", at, v)
	}
	if wide := value(r, chromedp.Evaluate[int64]("document.documentElement.scrollWidth")); wide > r.width {
		r.t.Errorf("%s: the page is %d pixels wide", at, wide)
	}
}

// essay is what is written in the compose view: it makes a thread, with a link and a tag.
const essay = "Ada Lovelace wrote the first program in 1843, for a machine that was never built. " +
	"A thread about her notes, and why they matter still. " +
	"She saw that numbers may stand for anything: https://en.wikipedia.org/wiki/Ada_Lovelace\n---\n" +
	"“The Analytical Engine has no pretensions whatever to originate anything. " +
	"It can do whatever we know how to order it to perform.” #computing"

// furnish makes posts of each kind and gives their ids.
func (r *rig) furnish() map[string]string {
	r.t.Helper()
	ids := map[string]string{}
	schedule := func(name string, texts []string, at time.Time) owner.Post {
		p, err := r.owner.Schedule(r.t.Context(), texts, at)
		if err != nil {
			r.t.Fatal(err)
		}
		ids[name] = p.ID
		return p
	}
	published := schedule(
		"published",
		[]string{"A thread that is out.", "Its second tweet, with a link: https://example.com/a", "Its last."},
		time.Time{},
	)
	r.until(published.ID, owner.Post.Final)
	r.fail(2)
	failed := schedule(
		"failed",
		[]string{"A thread that stops.", "X does not want this one.", "Nobody sees this yet."},
		time.Time{},
	)
	r.until(failed.ID, owner.Post.Final)
	schedule("scheduled", []string{"For tomorrow.", "And its second tweet."}, time.Now().Add(20*time.Hour))
	schedule("later", []string{"For the day after."}, time.Now().Add(44*time.Hour))
	return ids
}
