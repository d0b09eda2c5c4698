package page_test

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
)

const (
	patience = 30 * time.Second // of one step in the browser
	long     = 3 * time.Minute  // of a thread's publication, rescue by the minute's dispatch included
)

// chromium is the browser on the PATH.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "the page tests were skipped: no Chromium found; install Debian's package chromium, or Google Chrome"
	if os.Getenv("SPOOL_REQUIRE_BROWSER") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// step is something done in the browser.
type step = chromedp.Action[chromedp.Void]

// rig is a running Spool and a browser before it.
type rig struct {
	*stack.Stack
	*browser
	owner *owner.Owner
}

// browser is one with one tab.
type browser struct {
	t       *testing.T
	page    string // the origin of the page
	uploads string // how the addresses begin to which the page sends files
	tab     context.Context
	width   int64 // of the window

	mu         sync.Mutex
	requests   []*network.EventRequestWillBeSent
	complaints []string // of the browser: what a policy refused, what the page's code did not expect
}

// newRig runs the template as it is after a deployment, with nothing set up.
func newRig(t *testing.T, parameters map[string]string) *rig {
	t.Helper()
	chromium(t) // or there is no need to start anything
	s := stacktest.Start(t, parameters, t.Output())
	r := &rig{Stack: s, browser: openBrowser(t, s.API.String()), owner: &owner.Owner{API: s.API, Key: s.AdminKey}}
	r.uploads = r.Endpoint("S3") + "/" + r.Model.Buckets[0].Name + "/"
	return r
}

// openBrowser starts a browser for the page of an origin. What it complains of fails the test, and so does a request of
// the page to anybody but that origin and, where there is one, the media bucket.
func openBrowser(t *testing.T, page string) *browser {
	t.Helper()
	options := append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		chromedp.DisableGPU,
		chromedp.Flag("lang", "en-US"),
		chromedp.Flag(
			"host-resolver-rules",
			"MAP rebound.test 127.0.0.1",
		), // as a page's own name may come to mean this machine
		chromedp.UserDataDir(t.TempDir()),
	)
	if os.Geteuid() == 0 { // the sandbox refuses root, as which containers run
		options = append(options, chromedp.NoSandbox)
	}
	all, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	tab, closeTab := chromedp.NewContext(all)
	t.Cleanup(closeTab)
	r := &browser{t: t, page: page, uploads: "blob:", tab: tab}
	if err := chromedp.Listen(tab, r.listen); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.judge)
	r.size(1280)
	r.scheme("light")
	return r
}

// listen notes what the page asks for and what the browser complains of.
func (r *browser) listen(event any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		r.requests = append(r.requests, e)
	case *runtime.EventExceptionThrown:
		r.complaints = append(r.complaints, e.ExceptionDetails.Text+" "+description(e.ExceptionDetails.Exception))
	case *log.EventEntryAdded:
		// An answer of 401 says that nobody is signed in; other pages' troubles are theirs.
		if e.Entry.Source != log.EntrySourceNetwork && strings.HasPrefix(e.Entry.URL, r.page) {
			r.complaints = append(r.complaints, string(e.Entry.Source)+": "+e.Entry.Text+" at "+e.Entry.URL)
		}
	}
}

func description(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	return o.Description
}

// judge looks at what listen noted.
func (r *browser) judge() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.complaints {
		r.t.Error("the browser complained:", c)
	}
	own := 0
	for _, e := range r.requests {
		from, to := origin(r.t, e.DocumentURL), origin(r.t, e.Request.URL)
		switch {
		case from != r.page || e.Type == network.ResourceTypeDocument: // a page of the simulator's, or the way there
		case to == r.page:
			own++
		case to == "blob://" || to == "data://" || strings.HasPrefix(e.Request.URL, r.uploads):
		default:
			r.t.Errorf("the page asked for %s", e.Request.URL)
		}
	}
	if own == 0 {
		r.t.Error("no request of the page's was seen")
	}
}

// asked are the addresses of all requests until now.
func (r *browser) asked() (addresses []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.requests {
		addresses = append(addresses, e.Request.URL)
	}
	return addresses
}

func origin(t *testing.T, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		t.Error(err)
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// do does steps, each of which waits for what it needs.
func (r *browser) do(steps ...step) {
	r.t.Helper()
	r.within(patience, steps...)
}

func (r *browser) within(limit time.Duration, steps ...step) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.tab, limit)
	defer cancel()
	for i, s := range steps {
		if err := chromedp.Do(ctx, s); err != nil {
			r.keep("failed")
			text, _ := chromedp.Run(r.tab, chromedp.Text(chromedp.CSS("body")))
			r.t.Fatalf("step %d of %d: %v; the page shows:\n%s", i+1, len(steps), err, text)
		}
	}
}

// value does a step that gives something.
func value[T any](r interface{ do(...step) }, a chromedp.Action[T]) T {
	var out T
	r.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		var err error
		out, err = a(ctx, t)
		return chromedp.Void{}, err
	})
	return out
}

// see waits until something is visible; selectors are those of CSS.
func see(selector string) step { return chromedp.WaitVisible(chromedp.CSS(selector)) }

// gone waits until something is not there.
func gone(selector string) step { return chromedp.WaitNotPresent(chromedp.CSS(selector)) }

func click(selector string) step { return chromedp.Click(chromedp.CSS(selector), chromedp.NodeEnabled) }

func fillIn(selector, text string) step { return chromedp.SendKeys(chromedp.CSS(selector), text) }

// view waits until a view has what it shows.
func view(name string) step { return see(`main[data-view="` + name + `"][data-ready="true"]`) }

// visit opens the page at a view's address, such as "#/queue".
func (r *rig) visit(hash string) step { return chromedp.Navigate(r.API.JoinPath("/").String() + hash) }

// signIn signs in with the admin key.
func (r *rig) signIn() {
	r.t.Helper()
	r.do(
		r.visit(""),
		view("signin"),
		fillIn("#signin-key", r.AdminKey),
		click("#signin-enter"),
		gone(`main[data-view="signin"]`),
	)
}

// setUp does by the API what the first test does by the page.
func (r *rig) setUp() {
	r.t.Helper()
	if err := r.StoreApp(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	if err := r.owner.Connect(r.t.Context(), "ada"); err != nil {
		r.t.Fatal(err)
	}
}

// size makes the window so many pixels wide, as a phone's where that is little.
func (r *browser) size(width int64) {
	r.width = width
	r.do(viewport(width, 0))
}

// viewport is a window of a size; without a height one that is usual for the width.
func viewport(width, height int64) step {
	if width < 600 {
		return chromedp.EmulateViewport(width, max(height, 844), chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	return chromedp.EmulateViewport(width, max(height, 900))
}

// scheme is light or dark. Nothing moves, so that pictures and contrasts are those of the end of a movement.
func (r *browser) scheme(name string) {
	_, err := chromedp.Call(
		r.tab,
		emulation.SetEmulatedMedia,
		emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}},
	)
	if err != nil {
		r.t.Fatal(err)
	}
}

// zone puts the browser into a time zone.
func (r *browser) zone(name string) {
	there := emulation.SetTimezoneOverrideParams{TimezoneID: name}
	if _, err := chromedp.Call(r.tab, emulation.SetTimezoneOverride, there); err != nil {
		r.t.Fatal(err)
	}
}

// keep keeps a picture of the whole page as an artefact of the test. The window is made as high as the page, so that
// what stays at its edges is where it belongs.
func (r *browser) keep(name string) {
	r.t.Helper()
	picture, err := chromedp.Run(r.tab, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		height, err := chromedp.Evaluate[int64]("document.documentElement.scrollHeight")(ctx, t)
		if err != nil {
			return nil, err
		}
		if _, err := viewport(r.width, height)(ctx, t); err != nil {
			return nil, err
		}
		return chromedp.CaptureScreenshot()(ctx, t)
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(r.t.ArtifactDir(), name+".png"), picture, 0o644)
	}
	if err == nil {
		err = chromedp.Do(r.tab, viewport(r.width, 0))
	}
	if err != nil {
		r.t.Error(err)
	}
}
