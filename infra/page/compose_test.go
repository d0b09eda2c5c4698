package page_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	cdp "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// copied puts something into the clipboard by a copy event, as another program's page does.
func (r *rig) copied(html, plain string) {
	r.t.Helper()
	arguments, err := json.Marshal([]string{html, plain})
	if err != nil {
		r.t.Fatal(err)
	}
	const script = `((html, plain) => document.addEventListener("copy", (e) => {
		if (html) e.clipboardData.setData("text/html", html);
		e.clipboardData.setData("text/plain", plain);
		e.preventDefault();
	}, { once: true, capture: true }))(...`
	r.do(chromedp.Evaluate[chromedp.Void](script+string(arguments)+"); undefined"), press("c", "copy"))
}

// press presses Ctrl and a letter, which means an editing command.
func press(letter, command string) step {
	return func(ctx context.Context, _ *chromedp.Target) (none chromedp.Void, err error) {
		const ctrl = 2
		p := input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeRawKeyDown, Modifiers: ctrl, Key: letter, Code: "Key" + strings.ToUpper(letter),
			WindowsVirtualKeyCode: int64(strings.ToUpper(letter)[0]), Commands: []string{command},
		}
		if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, p); err != nil {
			return none, err
		}
		p.Type, p.Commands = input.DispatchKeyEventTypeKeyUp, nil
		_, err = chromedp.Call(ctx, input.DispatchKeyEvent, p)
		return none, err
	}
}

// paste pastes what is in the clipboard.
func paste() step { return press("v", "paste") }

// written wants a text in the field, and that it is read in a way.
func (r *rig) wants(text, format string) {
	r.t.Helper()
	got := value(r, chromedp.Value(chromedp.CSS("#compose-text")))
	chosen := value(r, chromedp.Evaluate[string](`document.querySelector("[name=compose-format]:checked").value`))
	if got != text || chosen != format {
		r.t.Errorf("the field has %q, read as %s; want %q, read as %s", got, chosen, text, format)
	}
}

// tweets waits until the preview shows some.
func tweets(texts ...string) step {
	all, err := json.Marshal(texts)
	if err != nil {
		panic(err) // texts can be said in JSON
	}
	return chromedp.Poll[chromedp.Void](
		`JSON.stringify([...document.querySelectorAll(".tweet-text")].map((p) => p.textContent)) === JSON.stringify(` +
			string(all) + `)`)
}

const (
	markdown = "# Why\n\nIt is *so*.\n\n- one\n- two"
	rich     = `<h1>Why</h1><p>It is <i>so</i>. <img src="https://elsewhere.test/loom.png" alt="A loom"></p>` +
		`<video src="https://elsewhere.test/v.mp4" poster="https://elsewhere.test/v.png"></video><p>The end.</p>`
	richMarkdown = "# Why\n\nIt is *so*. ![A loom](loom.png)\n\nThe end."
	richWords    = "Why\nIt is so.\nThe end."
)

// TestPasting pastes into the field by the browser's own clipboard.
func TestPasting(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	r.signIn()
	r.do(view("compose"))
	r.noticesMarkdown()
	r.empty()
	r.makesMarkdown()
	r.empty()
	r.prefersWords()
}

// empty shows the composer as it is for somebody who wrote nothing yet.
func (r *rig) empty() {
	r.t.Helper()
	r.do(chromedp.Evaluate[chromedp.Void](`sessionStorage.clear()`), chromedp.Navigate("about:blank"),
		r.visit("#/compose"), view("compose"), see("#preview-empty"))
}

// noticesMarkdown wants pasted Markdown to be read as that only when somebody says so, by keyboard or pointer.
func (r *rig) noticesMarkdown() {
	r.t.Helper()
	r.do(tabTo("compose-text"))
	r.copied("", markdown)
	r.do(paste(), see("#compose-read-markdown"), tweets("# Why\n\nIt is *so*.\n\n- one\n- two"))
	r.wants(markdown, "text")
	r.do(tabTo("compose-read-markdown"), chromedp.KeyEvent("\r"), see("#compose-undo"), tweets("Why\n\nIt is so.\n\n- one\n- two"))
	r.wants(markdown, "markdown")
	r.do(chromedp.Reload(), view("compose"), tweets("Why\n\nIt is so.\n\n- one\n- two"))
	r.wants(markdown, "markdown") // it was kept
	r.do(click("label[for=compose-format-text]"), tweets(markdown))
	r.wants(markdown, "text")

	r.do(chromedp.Focus(chromedp.CSS("#compose-text")), press("a", "selectAll"), paste(), see("#compose-read-markdown"),
		click("#compose-read-markdown"), see("#compose-undo"), click("#compose-undo"), gone("#compose-undo"), tweets(markdown))
	r.wants(markdown, "text")
	r.do(paste(), click("#compose-keep-text"), gone("#compose-read-markdown"), paste(), tweets(markdown+markdown+markdown))
	if told := value(r, chromedp.TextContent(chromedp.CSS("#compose-said"))); told != "" {
		r.t.Errorf("after it was declined the page says %q", told)
	}
}

// makesMarkdown wants what is copied with its look to become Markdown. Undoing it gives back exactly what was there, and
// nothing is loaded.
func (r *rig) makesMarkdown() {
	r.t.Helper()
	shown := tweets("Why\n\nIt is so.\n\nThe end.")
	r.do(chromedp.Focus(chromedp.CSS("#compose-text")))
	r.copied(rich, richWords)
	r.do(paste(), see("#compose-undo"), shown, see("#tweet-1 .findings"))
	r.wants(richMarkdown, "markdown")
	const told = "It was pasted as Markdown. Left out: 1 video. A picture is only named: add the file to its tweet."
	if said := value(r, chromedp.TextContent(chromedp.CSS("#compose-said"))); !strings.HasPrefix(said, told) {
		r.t.Errorf("the page says %q, want %q", said, told)
	}
	if said := value(r, chromedp.TextContent(chromedp.CSS("#tweet-1 .findings"))); !strings.Contains(said, "loom.png did not come with the text. Add it") {
		r.t.Errorf("of the picture the tweet says %q", said)
	}
	r.do(click("#tweet-1 .findings .line"))
	const selected = `(() => { const a = document.activeElement; return a.value.slice(a.selectionStart, a.selectionEnd) })()`
	if got := value(r, chromedp.Evaluate[string](selected)); got != "It is *so*. ![A loom](loom.png)" {
		r.t.Errorf("the finding leads to %q", got)
	}
	r.looks("compose-pasted")
	r.do(click("#compose-undo"), gone("#compose-undo"))
	r.wants("", "text")
	r.do(paste(), see("#compose-undo"), press("z", "undo"), gone("#compose-undo"))
	r.wants("", "text")
	r.do(paste(), click("#compose-only-words"), gone("#compose-only-words"))
	r.wants(richWords, "text")
	r.do(click("#compose-undo"), gone("#compose-undo"))
	r.wants("", "text")

	// What was written as plain text is not read in another way by itself.
	const own = "Costs 5*2*10.\n---\nMore:\n"
	r.do(chromedp.SendKeys(chromedp.CSS("#compose-text"), own), see("#tweet-2"), click("#tweet-2-options"),
		click("#options-paid"), click("#options-done"), see("#tweet-2 .tags"))
	r.do(chromedp.Focus(chromedp.CSS("#compose-text")), paste(), see("#compose-keep-format"))
	r.wants(own+richWords, "text")
	r.do(click("#compose-keep-format"), see("#compose-undo"))
	r.wants(own+richMarkdown, "markdown")
	r.do(click("#compose-undo"), gone("#compose-undo"))
	r.wants(own+richWords, "text")
	r.do(see("#tweet-2 .tags"), press("a", "selectAll"), click("label[for=compose-format-markdown]"),
		chromedp.Focus(chromedp.CSS("#compose-text")), press("a", "selectAll"), paste(), see("#compose-undo"), shown)
	r.wants(richMarkdown, "markdown")
	r.do(click("#compose-undo"), see("#tweet-2 .tags"))
	r.wants(own+richWords, "markdown")
}

// prefersWords wants words to win over a picture of them, which word processors put into the clipboard beside what they
// copy. A picture alone is a file of a tweet.
func (r *rig) prefersWords() {
	r.t.Helper()
	r.do(chromedp.Focus(chromedp.CSS("#compose-text")))
	allow := cdp.SetPermissionParams{
		Permission: &cdp.PermissionDescriptor{Name: "clipboard-write", AllowWithoutSanitization: true},
		Setting:    cdp.PermissionSettingGranted, Origin: r.page,
	}
	if _, err := chromedp.Call(r.tab, cdp.SetPermission, allow); err != nil {
		r.t.Fatal(err)
	}
	const script = `(async (words) => {
		const canvas = new OffscreenCanvas(4, 4);
		canvas.getContext("2d").fillRect(0, 0, 4, 4);
		const all = { "image/png": await canvas.convertToBlob() };
		if (words) {
			all["text/plain"] = new Blob(["Why"], { type: "text/plain" });
			all["text/html"] = new Blob(["<p>Why</p>"], { type: "text/html" });
		}
		await navigator.clipboard.write([new ClipboardItem(all)]);
	})`
	r.do(chromedp.Evaluate[chromedp.Void](script+"(true)", chromedp.EvalAwaitPromise), paste(), tweets("Why"))
	r.wants("Why", "text")
	r.do(gone(".medium"), chromedp.Evaluate[chromedp.Void](script+"(false)", chromedp.EvalAwaitPromise), paste(),
		see("#tweet-1-file-1.ready img"))
	r.wants("Why", "text")
}
