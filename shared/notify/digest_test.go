package notify_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"spool/shared/account"
	"spool/shared/notify"
	"spool/shared/post"
	"spool/shared/wire"
)

// A digest comes once a day, at its hour, and says what the day came to and what comes.
func TestADigestSaysWhatTheDayCameTo(t *testing.T) {
	o := newOffice(t)
	o.now = time.Date(2026, 12, 1, 5, 0, 0, 0, time.UTC) // 6:00 in Berlin
	if _, err := o.mem.SaveAccount(t.Context(), account.Account{ID: "7", Username: "ada", Writer: "setup"}); err != nil {
		t.Fatal(err)
	}
	url, name := o.url, "morning"
	c, _, err := o.Create(t.Context(), notify.Webhook, notify.Settings{
		Name: &name, URL: &url, Accounts: &[]string{"7"}, Digest: &notify.Digest{Zone: "Europe/Berlin", Hour: 7}, Site: "https://s.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	at := o.now.Add(time.Hour)
	for i, p := range []struct {
		account string
		from    time.Duration // before the digest
		status  post.Status
	}{
		{"7", 23 * time.Hour, post.Published}, {"7", time.Hour, post.Published}, {"7", 2 * time.Hour, post.Failed},
		{"7", 3 * time.Hour, post.Missed}, {"7", time.Minute, post.Publishing}, {"7", -time.Hour, post.Scheduled},
		{"8", time.Hour, post.Published}, {"7", 25 * time.Hour, post.Failed}, {"7", -25 * time.Hour, post.Scheduled},
	} {
		text := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "a"}}}
		rec := post.New(o.now, p.account, text, at.Add(-p.from), "UTC")
		rec.Status, rec.Writer = p.status, post.NewWriter()
		if _, err := o.mem.Create(t.Context(), rec, text); err != nil {
			t.Fatal(i, err)
		}
	}
	d := &notify.Digester{Shelves: o.mem, Channels: o.mem, Deliveries: o.mem, Now: func() time.Time { return o.now }, Log: slog.New(slog.DiscardHandler)}
	sweep := func() {
		t.Helper()
		made, err := d.Sweep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o.worker.Sender.HandOver(t.Context(), made)
		o.work(t)
	}
	sweep()
	if len(o.requests) > 0 {
		t.Fatal("it came before its hour")
	}
	o.now = at.Add(10 * time.Minute)
	sweep()
	sweep()
	if len(o.requests) != 1 {
		t.Fatalf("it came %d times", len(o.requests))
	}
	var n wire.Notice
	if err := json.Unmarshal(o.requests[0].body, &n); err != nil {
		t.Fatal(err)
	}
	if want := "2 threads published, 1 stopped, 1 missed, 1 still waiting. On the next day 1 are to go out."; n.Data.Summary != want || n.Type != "digest" || n.Data.Todo == "" ||
		!strings.Contains(n.Data.Title, "1 December, 07:00") || n.Data.URL != "https://s.example/#/queue" || !n.Timestamp.Equal(at) {
		t.Errorf("it says %+v", n)
	}
	stored, err := o.mem.Channel(t.Context(), c.ID)
	if err != nil || !stored.Digest.Next.Equal(at.Add(24*time.Hour)) {
		t.Errorf("the next is at %v, %v", stored.Digest.Next, err)
	}
	stored.Digest.Next, stored.Writer = at, "a worker that died before it stored the next"
	if _, err := o.mem.SaveChannel(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	sweep()
	if len(o.requests) != 1 {
		t.Errorf("made twice it came %d times", len(o.requests))
	}
}
