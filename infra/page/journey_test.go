package page_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"spool/infra/sim/owner"
	"spool/infra/xsim"
	"spool/shared/media/mediatest"
	"spool/shared/wire"
)

// texts are a thread as it is written: a line of --- begins a new tweet.
var texts = []string{"The first of three tweets.", "The second says more.", "The third ends the thread."}

func written() string { return strings.Join(texts, "\n---\n") }

// onX wants the thread on the timeline once, and nothing else there.
func (r *rig) onX() {
	r.t.Helper()
	timeline, err := r.Simulator.Timeline("ada")
	if err != nil {
		r.t.Fatal(err)
	}
	parents := map[string]string{} // by text
	ids := map[string]string{}
	for _, p := range timeline {
		parents[p.Text], ids[p.Text] = p.Parent, p.ID
	}
	parent := ""
	for i, text := range texts {
		if ids[text] == "" || parents[text] != parent {
			r.t.Errorf("tweet %d is %q on X and replies to %q, want %q", i+1, ids[text], parents[text], parent)
		}
		parent = ids[text]
		link := value(r, chromedp.AttributeValue(chromedp.CSS(fmt.Sprintf("#tweet-%d-link", i+1)), "href"))
		if want := "/status/" + ids[text]; !strings.HasPrefix(link.Value, "https://x.com/") ||
			!strings.HasSuffix(link.Value, want) {
			r.t.Errorf("tweet %d links to %s, want …%s", i+1, link.Value, want)
		}
	}
	if len(timeline) != len(texts) {
		r.t.Errorf("the timeline has %d tweets, want %d", len(timeline), len(texts))
	}
}

// status waits until a post has it, while its view is open.
func status(name string) step { return see(`main[data-view="post"][data-status="` + name + `"]`) }

// TestFromNothingToAThread goes the way of a newcomer, by the page alone.
func TestFromNothingToAThread(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.zone("Asia/Tokyo")
	app := r.Simulator.Settings()
	r.signIn()
	r.do(
		view("setup"),
		fillIn("#app-client-id", app.ClientID),
		fillIn("#app-client-secret", app.ClientSecret),
		click("#app-save"),
		click("#setup-connect"),
		click(`input[name="as"][value="ada"]`),
		click(`button[value="allow"]`), // X's consent page
		see(`a[href="/"]`),
	) // the callback's page
	if address := value(r, chromedp.Evaluate[string]("location.href")); strings.ContainsAny(address, "?#") {
		t.Errorf("the address still shows %s", address)
	}
	r.do(click(`a[href="/"]`), view("compose"))
	accounts, err := r.owner.Client().ListAccounts(t.Context())
	here := value(r, chromedp.Evaluate[string]("Intl.DateTimeFormat().resolvedOptions().timeZone"))
	if err != nil || here != "Asia/Tokyo" || accounts.Accounts[0].Zone != here ||
		value(r, chromedp.Evaluate[string](`document.getElementById("when-zone").value`)) != here {
		t.Errorf("the accounts are %+v, %v; the browser is in %s", accounts, err, here)
	}
	// X is slow, so that the page has something to show in between.
	r.fault(xsim.Fault{Count: -1, Delay: 2 * time.Second})
	r.do(fillIn("#compose-text", written()), see("#tweet-3"), click("#save-now"), click("#publish-now-yes"), view("post"))
	r.within(
		long,
		see(
			`main[data-status="publishing"] #tweet-1[data-status="published"]`,
		),
		see(`main[data-status="publishing"] #tweet-2[data-status="published"]`),
		status("published"),
		see("#tweet-3-link"),
	)
	r.onX()
}

// TestPostsAreFoundByTheirWords in the queue, which shows what comes next first.
func TestPostsAreFoundByTheirWords(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	var ids []string
	for i, text := range []string{"The launch is on Friday.", "Something else.", "Friday, after the LAUNCH."} {
		p, err := r.owner.Schedule(t.Context(), []string{"A thread.", text}, time.Now().Add(time.Duration(30-i)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	r.signIn()
	r.do(view("compose"), click("#nav-queue"), view("queue"))
	for i, id := range slices.Backward(ids) {
		r.do(see(fmt.Sprintf("#queue-upcoming li:nth-child(%d)#post-%s", len(ids)-i, id)))
	}
	r.do(
		fillIn("#search-words", "launch friday"),
		click("#search-find"),
		see("#found-post-"+ids[0]),
		see("#found-post-"+ids[2]),
	)
	if told := value(r, chromedp.TextContent(chromedp.CSS("#search-told"))); told != "2 found." {
		t.Errorf("the search says %q", told)
	}
	r.keep("queue-found-1280-light")
	r.do(
		fillIn("#search-words", " monday"),
		click("#search-find"),
		chromedp.Poll[chromedp.Void](
			`document.getElementById("search-told").textContent === "No post contains all of these words."`,
		),
	)
}

// TestABudgetHoldsAThread until its owner raises it on the page.
func TestABudgetHoldsAThread(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	r.signIn()
	r.do(
		view("compose"),
		click("#nav-accounts"),
		view("accounts"),
		fillIn("#budget-amount", "0.01"),
		click("#budget-save"),
		see("#budgets li"),
	)
	p, err := r.owner.Schedule(t.Context(), texts, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	r.until(p.ID, func(p owner.Post) bool { return p.SubStatus == "paused" })
	r.do(
		click("#nav-queue"),
		view("queue"),
		see("#queue-needs-you #post-"+p.ID),
		click("#way-"+p.ID+"-budget"),
		view("accounts"),
	)
	r.keep("accounts-budget-1280-light")
	r.do(fillIn("#budget-amount", "1"), click("#budget-save"))
	r.until(p.ID, func(p owner.Post) bool { return p.Status == "published" })
	r.do(r.visit("#/post/"+p.ID), view("post"), status("published"), see("#tweet-3-link"))
	r.onX()
}

// TestAKeyboardIsEnough schedules a thread without a pointer.
func TestAKeyboardIsEnough(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	at := time.Now().UTC().Add(48 * time.Hour)
	r.do(r.visit(""), view("signin"),
		tabTo("signin-key"), chromedp.KeyEvent(r.AdminKey+"\r"), view("compose"),
		tabTo("compose-text"), chromedp.KeyEvent(strings.ReplaceAll(written(), "\n", "\r")), see("#tweet-3"),
		tabTo("when-at"), chromedp.KeyEvent(at.Format("01022006\t0304PM")),
		tabTo("save-schedule"), chromedp.KeyEvent("\r"), view("post"), status("scheduled"))
	id := value(r, chromedp.Evaluate[string](`location.hash.split("/").pop()`))
	p, err := r.owner.Post(t.Context(), id)
	if err != nil || len(p.Tweets) != len(texts) || !p.ScheduledAt.Equal(at.Truncate(time.Minute)) {
		t.Errorf("got %d tweets for %v, %v; want %d for %v", len(p.Tweets), p.ScheduledAt, err, len(texts), at)
	}
}

// tabTo presses Tab until an element has the focus.
func tabTo(id string) step {
	return func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		for range 100 {
			if _, err := chromedp.KeyEvent("\t")(ctx, t); err != nil {
				return none, err
			}
			focused, err := chromedp.Evaluate[string]("document.activeElement.id")(ctx, t)
			if err != nil || focused == id {
				return none, err
			}
		}
		return none, fmt.Errorf("a hundred presses of Tab do not lead to #%s", id)
	}
}

// TestAPictureGoesOutWithItsDescription uploads one from the browser straight to the bucket.
func TestAPictureGoesOutWithItsDescription(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	picture := filepath.Join(t.TempDir(), "loom.png")
	if err := os.WriteFile(picture, mediatest.PNG(64, 48, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	r.signIn()
	r.do(
		view("compose"),
		fillIn("#compose-text", "A loom."),
		click("#tweet-1-media"),
		chromedp.SetUploadFiles(chromedp.CSS("#compose-file"), []string{picture}),
		see("#tweet-1-file-1.ready img"),
		click(
			"#tweet-1-file-1-alt",
		),
		fillIn("#describe-text", "A loom with cards"),
		click("#describe-done"),
		gone("#describe"),
	)
	r.keep("compose-picture")
	r.do(click("#save-now"), click("#publish-now-yes"))
	r.within(long, status("published"))
	timeline, err := r.Simulator.Timeline("ada")
	if err != nil || len(timeline) != 1 || len(timeline[0].Media) != 1 {
		t.Fatalf("the timeline is %+v, %v", timeline, err)
	}
	if m := timeline[0].Media[0]; m.AltText != "A loom with cards" {
		t.Errorf("the picture is %+v", m)
	}
	if !slices.ContainsFunc(r.asked(), func(address string) bool { return strings.HasPrefix(address, r.uploads) }) {
		t.Error("nothing was sent to the bucket")
	}
}

// TestTheCalendarMovesAPost drags one to another day, where it keeps its time of day.
func TestTheCalendarMovesAPost(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.setUp()
	now := time.Now().UTC()
	from, to := time.Date(
		now.Year(),
		now.Month()+2,
		10,
		12,
		30,
		0,
		0,
		time.UTC,
	), time.Date(
		now.Year(),
		now.Month()+2,
		16,
		12,
		30,
		0,
		0,
		time.UTC,
	)
	p, err := r.owner.Schedule(t.Context(), texts, from)
	if err == nil { // in a zone that is not the calendar's
		p.Post, err = r.owner.Client().
			EditPost(t.Context(), p.ID, "", wire.EditInput{At: from.Format(time.RFC3339), Zone: "Asia/Tokyo"})
	}
	if err != nil {
		t.Fatal(err)
	}
	day := `[data-day="` + to.Format(time.DateOnly) + `"]`
	r.signIn()
	r.do(view("compose"), r.visit("#/calendar/month/"+from.Format(time.DateOnly)), view("calendar"), see("#item-"+p.ID),
		chromedp.DragAndDrop(chromedp.CSS("#item-"+p.ID), chromedp.CSS(day)), see(day+" #item-"+p.ID))
	r.keep("calendar-moved")
	if p, err := r.owner.Post(t.Context(), p.ID); err != nil || !p.ScheduledAt.Equal(to) || p.Zone != "Asia/Tokyo" {
		t.Errorf("it is scheduled for %v in %s, %v; want %v in its own zone", p.ScheduledAt, p.Zone, err, to)
	}
}
