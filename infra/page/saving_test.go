package page_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"spool/shared/client"
	"spool/shared/wire"
)

// told waits until an element says something.
func told(selector, want string) step {
	return chromedp.Poll[chromedp.Void](fmt.Sprintf("document.querySelector(%q)?.textContent.includes(%q)", selector, want))
}

// loseAnswer has the browser lose the API's answer to the next request for a path.
func loseAnswer(path string) step {
	return chromedp.Evaluate[chromedp.Void](`(() => {
		const real = fetch;
		window.fetch = async (...request) => {
			const answer = await real(...request);
			if (request[0] !== "` + path + `") return answer;
			window.fetch = real;
			throw new TypeError("the answer is lost");
		};
	})()`)
}

// TestSaving saves in the composer what can be saved, and what cannot.
func TestSaving(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	r.signIn()
	r.do(view("compose"))
	r.saysWhatIsMissing()
	r.savesOnce()
	r.refusesAnOldEdit()
}

// saysWhatIsMissing wants it to be said at its place, and what was written to stay.
func (r *rig) saysWhatIsMissing() {
	r.t.Helper()
	r.do(click("#save-draft"))
	r.do(told("#save-problem", "There is nothing to save yet."))
	r.do(fillIn("#compose-text", written()), see("#tweet-3"), click("#save-schedule"))
	r.do(told("#when-at-error", "Choose a date and a time."))
	r.do(fillIn("#when-at", "01012026\t0900AM"), click("#save-schedule"))
	r.do(told("#when-at-error", "This time has passed."))

	broken := filepath.Join(r.t.TempDir(), "loom.png")
	if err := os.WriteFile(broken, []byte("no picture"), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.do(click("#tweet-2-media"), chromedp.SetUploadFiles(chromedp.CSS("#compose-file"), []string{broken}),
		see("#tweet-2-file-1.refused"), click("#save-draft"))
	r.do(told("#save-problem", "One of the files was refused."))
	r.do(click("#tweet-2-file-1-remove"), gone("#tweet-2-file-1"))

	r.do(click("#tweet-3-options"), click("#options-poll"), fillIn("#options-poll-1", "Only one"), click("#options-done"),
		told("#options-poll-2-error", "two answers"), click("#options-cancel"), gone("#options"))

	r.do(fillIn("#compose-text", " $TSLA $AAPL"), see("#tweet-3.has-error"), click("#save-draft"),
		told("#save-problem", "Tweet 3: "))
	r.do(click("#save-show"), chromedp.Reload(), view("compose"), see("#tweet-3.has-error"))
	r.wants(written()+" $TSLA $AAPL", "text")

	r.do(click("#save-clear"), click("#clear-no"), gone("#clear"))
	r.wants(written()+" $TSLA $AAPL", "text")
	r.do(click("#save-clear"), click("#clear-yes"), gone("#clear"), see("#preview-empty"))
	r.wants("", "text")
	r.do(chromedp.Reload(), view("compose"))
	r.wants("", "text")
}

// savesOnce wants one draft although the answer to the first press is lost.
func (r *rig) savesOnce() {
	r.t.Helper()
	r.do(fillIn("#compose-text", "# Why\n\nBecause."), click("label[for=compose-format-markdown]"),
		tweets("Why\n\nBecause."), loseAnswer("/v1/posts"), click("#save-draft"))
	r.do(told("#save-problem", "Spool could not be reached."))
	r.wants("# Why\n\nBecause.", "markdown")
	r.do(click("#save-draft"), view("post"), status("draft"))
	list, err := r.owner.Client().ListPosts(r.t.Context(), client.PostQuery{})
	if err != nil || len(list.Posts) != 1 {
		r.t.Fatalf("there are %d posts, %v", len(list.Posts), err)
	}
	p, err := r.owner.Post(r.t.Context(), list.Posts[0].ID)
	if err != nil || len(p.Tweets) != 1 || p.Tweets[0].Text != "Why\n\nBecause." {
		r.t.Errorf("it is %+v, %v", p.Tweets, err)
	}
	r.do(click("#nav-compose"), view("compose"))
	r.wants("", "text")
}

// refusesAnOldEdit wants an edit of what has changed meanwhile to be refused, and to lead to the post as it is now.
func (r *rig) refusesAnOldEdit() {
	r.t.Helper()
	p, err := r.owner.Schedule(r.t.Context(), texts, time.Now().Add(48*time.Hour))
	if err != nil {
		r.t.Fatal(err)
	}
	r.do(r.visit("#/compose/"+p.ID), view("compose"), see("#tweet-3"),
		chromedp.Focus(chromedp.CSS("#compose-text")), press("a", "selectAll"), chromedp.KeyEvent("Mine."), tweets("Mine."))
	theirs := wire.EditInput{Tweets: []wire.TweetInput{{Text: "Theirs."}}}
	if _, err := r.owner.Client().EditPost(r.t.Context(), p.ID, "", theirs); err != nil {
		r.t.Fatal(err)
	}
	r.do(click("#save-schedule"))
	r.do(told("#save-problem", "Reload the post to see what changed."))
	r.wants("Mine.", "text")
	r.do(click("#save-reload"), tweets("Theirs."))
	r.wants("Theirs.", "text")
	r.do(chromedp.Focus(chromedp.CSS("#compose-text")), press("a", "selectAll"), chromedp.KeyEvent("Ours."), tweets("Ours."),
		click("#save-schedule"), view("post"), status("scheduled"))
	if p, err := r.owner.Post(r.t.Context(), p.ID); err != nil || len(p.Tweets) != 1 || p.Tweets[0].Text != "Ours." {
		r.t.Errorf("it is %+v, %v", p.Tweets, err)
	}
}
