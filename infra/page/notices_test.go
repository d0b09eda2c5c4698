package page_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"spool/shared/event"
	"spool/shared/wire"
)

// receiver is somebody who is told by webhooks.
type receiver struct {
	*httptest.Server
	status atomic.Int64 // that it answers
	got    chan received
}

type received struct {
	header http.Header
	body   []byte
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{got: make(chan received, 100)}
	r.status.Store(http.StatusNoContent)
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(int(r.status.Load()))
		r.got <- received{q.Header, body}
	}))
	t.Cleanup(r.Close)
	return r
}

// next waits for a notice, which must be signed with a secret.
func (r *receiver) next(t *testing.T, secret string) (n wire.Notice, id string) {
	t.Helper()
	select {
	case got := <-r.got:
		wh, err := standardwebhooks.NewWebhook(secret)
		if err == nil {
			err = wh.Verify(got.body, got.header)
		}
		if err == nil {
			err = json.Unmarshal(got.body, &n)
		}
		if err != nil {
			t.Fatalf("%s: %v", got.body, err)
		}
		return n, got.header.Get("webhook-id")
	case <-time.After(long):
		t.Fatal("nothing was received")
		return n, ""
	}
}

// secret reads the secret that is shown once.
func (r *rig) secret() string {
	r.t.Helper()
	r.do(see("#channel-secret"))
	secret := value(r, chromedp.TextContent(chromedp.CSS("#channel-secret")))
	r.do(click("#channel-secret-done"), gone("#channel-secret-dialog"))
	return secret
}

// TestAWebhookIsSetAndTried by the page alone: its secret is shown once and signs, a test tells how it went, a notice
// is in the log and is sent again, and the channel is changed, turned off and deleted.
func TestAWebhookIsSetAndTried(t *testing.T) {
	t.Parallel()
	r := newRig(t, map[string]string{"NoticeNetworks": "loopback"})
	r.setUp()
	hook := newReceiver(t)
	r.signIn()
	r.do(view("compose"), click("#nav-settings"), view("settings"), click("#settings-notices"), view("notices"),
		click("#channel-add"), fillIn("#channel-name", "Our bot"), fillIn("#channel-url", "ftp://example.com"),
		click("#channel-save"), see("#channel-url-error:not([hidden])"))
	r.looks("notices-dialog")
	r.do(chromedp.SetValue(chromedp.CSS("#channel-url"), hook.URL+"/hook"),
		click("#channel-all"), click("#channel-save"), told("#channel-form-problem", "Choose what it is told of"),
		click("#channel-post-published"), click("#channel-save"))
	secret := r.secret()

	const send, sent = `[id^="channel-"][id$="-send"]`, `[id^="channel-"][id$="-test"]`
	r.do(see(`section[data-state="on"]`), click(send), told(sent, "The test has arrived."))
	if n, _ := hook.next(t, secret); n.Type != event.Test {
		t.Errorf("the test says %+v", n)
	}
	hook.status.Store(http.StatusInternalServerError)
	r.do(click(send), told(sent, "The test has not arrived."))
	hook.next(t, secret)
	hook.status.Store(http.StatusNoContent)
	r.do(click(`[id^="channel-"][id$="-log"]`), see(`li[data-type="test"][data-state="delivered"]`),
		see(`li[data-type="test"][data-state="pending"]`))

	p, err := r.owner.Schedule(t.Context(), texts, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	n, id := hook.next(t, secret)
	for n.Type == event.Test { // is tried again
		n, id = hook.next(t, secret)
	}
	if n.Type != event.PostPublished || n.Data.Post == nil || n.Data.Post.ID != p.ID {
		t.Errorf("the notice says %+v", n)
	}
	const published = `li[data-type="post.published"][data-state="delivered"]`
	r.do(r.visit("#/settings"), view("settings"), r.visit("#/notices"), view("notices"),
		click(`[id^="channel-"][id$="-log"]`), see(published))
	r.looks("notices")
	r.do(click(published + ` [id$="-replay"]`))
	again, same := hook.next(t, secret)
	for again.Type == event.Test {
		again, same = hook.next(t, secret)
	}
	if same != id || again.Type != event.PostPublished {
		t.Errorf("it is sent again as %s of type %s, want %s", same, again.Type, id)
	}

	r.do(click(`[id^="channel-"][id$="-edit"]`), fillIn("#channel-name", " 2"), click("#channel-digest"),
		chromedp.SetValue(chromedp.CSS("#channel-digest"), "8"), click("#channel-save"), gone("#channel-dialog"),
		told(".account h2", "Our bot 2"), told(".facts", "At 08:00"),
		click(`[id^="channel-"][id$="-rotate"]`), click("#rotate-dialog-yes"))
	replaced := r.secret()
	if replaced == secret {
		t.Error("the secret is the old one")
	}
	r.do(click(`[id^="channel-"][id$="-toggle"]`), see(`section[data-state="off"]`), gone(send),
		click(`[id^="channel-"][id$="-toggle"]`), see(`section[data-state="on"]`),
		click(`[id^="channel-"][id$="-delete"]`), click("#channel-delete-dialog-yes"), told("#channels", "Nobody is told yet."))

	// By keyboard: e-mail needs no address.
	r.do(tabTo("channel-add"), chromedp.KeyEvent("\r"), see("#channel-dialog"), tabTo("channel-kind"), chromedp.KeyEvent("E"),
		gone("#channel-url"), tabTo("channel-name"), chromedp.KeyEvent("Me\r"), gone("#channel-dialog"),
		told(".account h2", "Me"), told(".account", "E-mail"))
}
