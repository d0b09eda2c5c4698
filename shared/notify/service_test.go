package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/notify"
	"spool/shared/storetest"
)

// office is the service and the sender, with a receiver on this machine.
type office struct {
	*notify.Service
	mem    *storetest.Memory
	worker *notify.Worker
	log    *bytes.Buffer
	url    string
	mail   letters

	mu       sync.Mutex
	now      time.Time
	code     int
	requests []received
	looks    []notify.Look
}

type received struct {
	header http.Header
	body   []byte
}

func (o *office) LookAll(_ context.Context, looks []notify.Look) error {
	o.looks = append(o.looks, looks...)
	return nil
}

// letters are e-mails that were sent.
type letters []string

func (l *letters) Publish(_ context.Context, subject, body string) error {
	*l = append(*l, subject+"\n"+body)
	return nil
}

func newOffice(t *testing.T) *office {
	o := &office{log: &bytes.Buffer{}, code: 204, now: time.Now().UTC().Truncate(time.Millisecond)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		defer o.mu.Unlock()
		o.requests = append(o.requests, received{r.Header, body})
		w.WriteHeader(o.code)
	}))
	t.Cleanup(srv.Close)
	o.url = srv.URL
	now := func() time.Time { return o.now }
	o.mem = storetest.NewMemory(now)
	seal, log := storetest.NewSealer(), slog.New(slog.NewTextHandler(o.log, nil))
	o.Service = &notify.Service{Channels: o.mem, Deliveries: o.mem, Accounts: o.mem, SendsMail: true, Seal: seal, Queue: o, Networks: notify.Loopback, Now: now, Log: log}
	o.worker = &notify.Worker{
		Teller: &notify.Teller{Posts: o.mem, Accounts: o.mem, Channels: o.mem, Deliveries: o.mem, Now: now, Log: log},
		Sender: &notify.Sender{
			Channels: o.mem, Deliveries: o.mem, Seal: seal, Web: notify.NewWeb(notify.Loopback), Mail: &o.mail,
			Outbox: notify.Outbox{Queue: o, Log: log}, Now: now, Rand: func() float64 { return 0 }, Log: log,
		},
	}
	return o
}

// work does what was asked for by messages.
func (o *office) work(t *testing.T) {
	t.Helper()
	for len(o.looks) > 0 {
		l := o.looks[0]
		o.looks = o.looks[1:]
		if err := o.worker.Look(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
}

func settings(name, url string) notify.Settings {
	s := notify.Settings{Name: &name}
	if url != "" {
		s.URL = &url
	}
	return s
}

// The receiver takes what it is sent by the scheme's own library, before, while and after
// the secret is replaced.
func TestRequestsAreSigned(t *testing.T) {
	o := newOffice(t)
	c, first, err := o.Create(t.Context(), notify.Webhook, settings("hook", o.url+"/hook"))
	if err != nil {
		t.Fatal(err)
	}
	verify := func(key string) error {
		hook, err := standardwebhooks.NewWebhook(key)
		if err != nil {
			t.Fatal(err)
		}
		last := o.requests[len(o.requests)-1]
		return hook.VerifyIgnoringTimestamp(last.body, last.header)
	}
	test := func() {
		t.Helper()
		if _, _, err := o.Test(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
		o.work(t)
	}
	test()
	if err := verify(first); err != nil {
		t.Error(err)
	}
	var n struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(o.requests[0].body, &n); err != nil || n.Type != "test" {
		t.Errorf("the body is %s, %v", o.requests[0].body, err)
	}
	_, second, err := o.Rotate(t.Context(), c.ID)
	if err != nil || second == first {
		t.Fatalf("the new secret is %q, %v", second, err)
	}
	o.now = o.now.Add(24*time.Hour - time.Minute)
	test()
	if a, b := verify(first), verify(second); a != nil || b != nil {
		t.Errorf("within a day: by the old secret %v, by the new one %v", a, b)
	}
	o.now = o.now.Add(time.Minute)
	test()
	if a, b := verify(first), verify(second); a == nil || b != nil {
		t.Errorf("after a day: by the old secret %v, by the new one %v", a, b)
	}
	o.requests[len(o.requests)-1].body[0] = ' '
	if verify(second) == nil {
		t.Error("another body is taken")
	}
	stored, err := o.mem.Channel(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := json.Marshal(stored)
	for _, secret := range []string{first, second, "/hook"} {
		if strings.Contains(string(shown), secret) || strings.Contains(o.log.String(), secret) {
			t.Errorf("%q is in the record or the log", secret)
		}
	}
}

// An attempt that failed is shown, and tried again with the same id when it is due; a
// delivery can be sent again by hand.
func TestADeliveryIsTriedAgain(t *testing.T) {
	o := newOffice(t)
	c, _, err := o.Create(t.Context(), notify.Slack, settings("chat", o.url+"/T0/SECRET"))
	if err != nil {
		t.Fatal(err)
	}
	o.code = 503
	d, _, err := o.Test(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.work(t)
	if _, _, err := o.Replay(t.Context(), c.ID, d.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("sent again while it is on its way: %v", err)
	}
	log, _, err := o.History(t.Context(), c.ID, "", 10)
	if err != nil || len(log) != 1 || log[0].State != notify.Pending || len(log[0].Attempts) != 1 || log[0].Attempts[0].Code != 503 || log[0].Attempts[0].Error == "" {
		t.Fatalf("the log has %+v, %v", log, err)
	}
	again := notify.Look{Channel: c.ID, Delivery: d.ID}
	o.looks = []notify.Look{again, again}
	o.work(t) // it is not due
	o.now, o.code = log[0].Due, 204
	o.looks = []notify.Look{again, again}
	o.work(t)
	log, _, _ = o.History(t.Context(), c.ID, "", 10)
	if len(o.requests) != 2 || log[0].State != notify.Delivered || len(log[0].Attempts) != 2 {
		t.Errorf("%d requests; the log has %+v", len(o.requests), log)
	}
	if _, _, err := o.Replay(t.Context(), c.ID, d.ID); err != nil {
		t.Fatal(err)
	}
	o.work(t)
	if log, _, _ = o.History(t.Context(), c.ID, "", 10); len(o.requests) != 3 || log[0].State != notify.Delivered || log[0].NoticeID != d.NoticeID {
		t.Errorf("%d requests; the log has %+v", len(o.requests), log)
	}
	if strings.Contains(o.log.String(), "SECRET") || !strings.Contains(o.log.String(), "status_code=503") {
		t.Errorf("the log says\n%s", o.log)
	}
}

// That nothing reaches a channel for three days is told the others, by e-mail too.
func TestADisabledChannelIsTold(t *testing.T) {
	o := newOffice(t)
	c, _, err := o.Create(t.Context(), notify.Discord, settings("chat", o.url+"/SECRET"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Create(t.Context(), notify.Email, settings("mail", "")); err != nil {
		t.Fatal(err)
	}
	o.code = 500
	d, _, err := o.Test(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.work(t)
	failing, err := o.One(t.Context(), c.ID)
	if err != nil || failing.FailingSince.IsZero() || failing.State != notify.On {
		t.Fatalf("after one failure it is %+v, %v", failing, err)
	}
	for begun := o.now; o.now.Before(begun.Add(72*time.Hour - 5*time.Second)); {
		if c, err := o.One(t.Context(), c.ID); err != nil || c.State != notify.On {
			t.Fatalf("after %v it is %+v, %v", o.now.Sub(begun), c, err)
		}
		log, _, err := o.History(t.Context(), c.ID, "", 1)
		if err != nil || log[0].State != notify.Pending {
			t.Fatalf("after %v its delivery is %+v, %v", o.now.Sub(begun), log, err)
		}
		o.now = log[0].Due
		o.looks = []notify.Look{{Channel: c.ID, Delivery: d.ID}}
		o.work(t)
	}
	disabled, err := o.One(t.Context(), c.ID)
	if err != nil || disabled.State != notify.Disabled || disabled.Reason == nil || len(disabled.Events) > 0 {
		t.Errorf("after three days it is %+v, %v", disabled, err)
	}
	if len(o.mail) != 1 || !strings.Contains(o.mail[0], `Spool: The channel "chat" is disabled`) || strings.Contains(o.mail[0], "SECRET") {
		t.Errorf("the mail says %q", o.mail)
	}
	if _, _, err := o.Test(t.Context(), c.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a disabled channel is tested: %v", err)
	}
	on := true
	if again, err := o.Change(t.Context(), c.ID, notify.Settings{On: &on}); err != nil || again.State != notify.On || again.Reason != nil || !again.FailingSince.IsZero() {
		t.Errorf("turned on again it is %+v, %v", again, err)
	}
}

func TestChannelsThatCannotBe(t *testing.T) {
	o := newOffice(t)
	o.Networks = notify.Public
	if _, err := o.mem.SaveAccount(t.Context(), account.Account{ID: "7", Username: "ada", Writer: "setup"}); err != nil {
		t.Fatal(err)
	}
	some := "https://example.com/x"
	for name, try := range map[string]func() error{
		"no address": func() error { _, _, err := o.Create(t.Context(), notify.Webhook, settings("a", "")); return err },
		"a private one": func() error {
			_, _, err := o.Create(t.Context(), notify.Slack, settings("a", "https://10.1.2.3/x"))
			return err
		},
		"e-mail to an address": func() error { _, _, err := o.Create(t.Context(), notify.Email, settings("a", some)); return err },
		"no name":              func() error { _, _, err := o.Create(t.Context(), notify.Email, settings(" ", "")); return err },
		"an unknown event": func() error {
			s := settings("a", some)
			s.Kinds = &[]event.Kind{"post.liked"}
			_, _, err := o.Create(t.Context(), notify.Webhook, s)
			return err
		},
		"a test as an event": func() error {
			s := settings("a", some)
			s.Kinds = &[]event.Kind{event.Test}
			_, _, err := o.Create(t.Context(), notify.Webhook, s)
			return err
		},
		"an account that is not there": func() error {
			s := settings("a", some)
			s.Accounts = &[]string{"7", "nobody"}
			_, _, err := o.Create(t.Context(), notify.Webhook, s)
			return err
		},
		"an account by its user name": func() error {
			c, _, err := o.Create(t.Context(), notify.Webhook, settings("a", some))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = o.Delete(t.Context(), c.ID) }()
			_, err = o.Change(t.Context(), c.ID, notify.Settings{Accounts: &[]string{"ada"}})
			return err
		},
		"a name that turns the line": func() error {
			_, _, err := o.Create(t.Context(), notify.Webhook, settings("\u202eevil", some))
			return err
		},
		"a name with a control": func() error {
			_, _, err := o.Create(t.Context(), notify.Webhook, settings("e\x00vil", some))
			return err
		},
		"a secret for a chat": func() error {
			c, _, err := o.Create(t.Context(), notify.Slack, settings("a", some))
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = o.Rotate(t.Context(), c.ID)
			return err
		},
	} {
		if err := try(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range notify.MaxChannels - 1 {
		if _, _, err := o.Create(t.Context(), notify.Webhook, settings("a", some)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := o.Create(t.Context(), notify.Webhook, settings("a", some)); !fault.Is(err, fault.Conflict) {
		t.Errorf("one more than there can be: %v", err)
	}
	if err := o.Delete(t.Context(), "none"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown one is deleted: %v", err)
	}
}

// Where nobody would get e-mail no channel of it is made, and one that was made before says so.
func TestWithoutAnAddressThereIsNoMail(t *testing.T) {
	o := newOffice(t)
	c, _, err := o.Create(t.Context(), notify.Email, settings("mail", ""))
	if err != nil {
		t.Fatal(err)
	}
	o.SendsMail, o.worker.Sender.Mail = false, nil
	if _, _, err := o.Create(t.Context(), notify.Email, settings("more", "")); !fault.Is(err, fault.NotSetUp) {
		t.Errorf("a channel is made: %v", err)
	}
	d, _, err := o.Test(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	o.work(t)
	d, err = o.mem.Delivery(t.Context(), c.ID, d.ID)
	if err != nil || d.State != notify.Pending || len(d.Attempts) != 1 || !strings.Contains(d.Attempts[0].Error, "no e-mail") {
		t.Errorf("the delivery is %+v, %v", d, err)
	}
}

// With a channel goes what was sent to it, which has titles of posts.
func TestWithAChannelGoesWhatWasSentToIt(t *testing.T) {
	o := newOffice(t)
	c, _, err := o.Create(t.Context(), notify.Slack, settings("chat", o.url))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Test(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	o.work(t)
	if err := o.Delete(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if left, err := o.mem.Log(t.Context(), c.ID, "", 10); err != nil || len(left) > 0 || len(o.requests) != 1 {
		t.Errorf("there are still %v, %v", left, err)
	}
}

// What was on its way to a channel that is gone is not sent any more.
func TestADeletedChannelIsToldNothing(t *testing.T) {
	o := newOffice(t)
	c, _, err := o.Create(t.Context(), notify.Slack, settings("chat", o.url))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Test(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if err := o.Delete(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	o.work(t)
	due, err := o.mem.DueDeliveries(t.Context(), o.now.Add(1000*time.Hour), 10)
	if len(o.requests) > 0 || err != nil || len(due) > 0 {
		t.Errorf("%d requests; still due %v, %v", len(o.requests), due, err)
	}
}
