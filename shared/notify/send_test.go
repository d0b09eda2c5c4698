package notify_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/notify"
	"spool/shared/post"
	"spool/shared/storetest"
)

// shut is a sealer that opens nothing, as when the key's policy is wrong, until it is mended.
type shut struct {
	notify.Sealer
	mended bool
}

func (s *shut) Open(ctx context.Context, sealed []byte, binding map[string]string) ([]byte, error) {
	if s.mended {
		return s.Sealer.Open(ctx, sealed, binding)
	}
	return nil, errors.New("KMS: Decrypt, RequestID: 1234")
}

func (*shut) Publish(context.Context, string, string) error {
	return errors.New("SNS: Publish, RequestID: 1234")
}

// What fails in Spool itself is no failure of the receiver's: the message fails, and the notice arrives when it is mended.
func TestSpoolsOwnFailuresAreNotTheReceivers(t *testing.T) {
	o := newOffice(t)
	broken := &shut{Sealer: o.worker.Sender.Seal}
	mail := o.worker.Sender.Mail
	o.worker.Sender.Seal, o.worker.Sender.Mail = broken, broken
	hook, _, err := o.Create(t.Context(), notify.Webhook, settings("hook", o.url))
	if err != nil {
		t.Fatal(err)
	}
	letters, _, err := o.Create(t.Context(), notify.Email, settings("mail", ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{hook.ID, letters.ID} {
		d, _, err := o.Test(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		begun := o.now
		for o.now.Before(begun.Add(71 * time.Hour)) {
			if err := o.worker.Look(t.Context(), notify.Look{Channel: id, Delivery: d.ID}); err == nil {
				t.Fatal("the message does not come again")
			}
			o.now = o.now.Add(6 * time.Minute) // as the queue brings it again
		}
		d, err = o.mem.Delivery(t.Context(), id, d.ID)
		if err != nil || d.State != notify.Pending || len(d.Attempts) > 0 {
			t.Errorf("the delivery is %+v, %v", d, err)
		}
		if c, err := o.One(t.Context(), id); err != nil || c.State != notify.On || !c.FailingSince.IsZero() {
			t.Errorf("the channel is %+v, %v", c, err)
		}
		broken.mended, o.worker.Sender.Mail = true, mail
		if err := o.worker.Look(t.Context(), notify.Look{Channel: id, Delivery: d.ID}); err != nil {
			t.Fatal(err)
		}
		if d, err = o.mem.Delivery(t.Context(), id, d.ID); err != nil || d.State != notify.Delivered {
			t.Errorf("mended, the delivery is %+v, %v", d, err)
		}
		broken.mended, o.worker.Sender.Mail = false, broken
	}
}

// belt is the notice queue with as many workers as the function has executions.
type belt struct {
	w     *notify.Worker
	t     *testing.T
	group sync.WaitGroup
	free  chan struct{}
}

func (b *belt) LookAll(_ context.Context, looks []notify.Look) error {
	for _, l := range looks {
		b.group.Go(func() {
			time.Sleep(l.Delay)
			b.free <- struct{}{}
			defer func() { <-b.free }()
			if err := b.w.Look(b.t.Context(), l); err != nil {
				b.t.Error(err)
			}
		})
	}
	return nil
}

// hosts are receivers: one takes what comes, the other lets it wait until it is mended.
type hosts struct {
	mu     sync.Mutex
	mended bool
	took   map[string][]time.Time
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	hangs := r.URL.Hostname() == "hangs.example.com" && !h.mended
	if !hangs {
		h.took[r.URL.Hostname()] = append(h.took[r.URL.Hostname()], time.Now())
	}
	h.mu.Unlock()
	if hangs {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: 204, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// A receiver that lets requests wait does not hold up what the others are told, and gets everything once it is mended.
func TestAReceiverThatHangsHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const posts = 15
		mem, seal, quiet := storetest.NewMemory(time.Now), storetest.NewSealer(), slog.New(slog.DiscardHandler)
		receivers := &hosts{took: map[string][]time.Time{}}
		web := notify.NewWeb(notify.Public)
		web.Client = &http.Client{Transport: receivers, Timeout: web.Client.Timeout}
		q := &belt{t: t, free: make(chan struct{}, 2)}
		q.w = &notify.Worker{
			Teller: &notify.Teller{Posts: mem, Accounts: mem, Channels: mem, Deliveries: mem, Now: time.Now, Log: quiet},
			Sender: &notify.Sender{
				Channels: mem, Deliveries: mem, Seal: seal, Web: web, Outbox: notify.Outbox{Queue: q, Log: quiet}, Now: time.Now,
				Rand: func() float64 { return 0.5 }, Log: quiet,
			},
		}
		rounds := &notify.Dispatcher{Deliveries: mem, Queue: q, Now: time.Now, Log: quiet}
		service := &notify.Service{Channels: mem, Deliveries: mem, Seal: seal, Queue: q, Networks: notify.Public, Now: time.Now, Log: quiet}
		for _, host := range []string{"hangs", "takes"} {
			if _, _, err := service.Create(t.Context(), notify.Webhook, settings(host, "https://"+host+".example.com")); err != nil {
				t.Fatal(err)
			}
		}
		begun := time.Now()
		for range posts {
			c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "one"}}}
			p := post.New(time.Now(), "7", c, time.Now(), "UTC")
			p, err := p.Fail(time.Now(), fault.ReasonXRefused.Reason())
			if err != nil {
				t.Fatal(err)
			}
			p.Events, p.Writer = event.Outbox{{Seq: 1, Kind: event.PostFailed, At: time.Now()}}, post.NewWriter()
			if _, err := mem.Create(t.Context(), p, c); err != nil {
				t.Fatal(err)
			}
			notify.Outbox{Queue: q, Log: quiet}.Post(t.Context(), p)
			time.Sleep(100 * time.Millisecond)
		}
		minutes := func(n int) {
			for range n {
				if err := rounds.Dispatch(t.Context()); err != nil {
					t.Error(err)
				}
				time.Sleep(time.Minute)
			}
			q.group.Wait()
		}
		minutes(30)
		took := receivers.took["takes.example.com"]
		if len(took) != posts || took[posts-1].Sub(begun) > 20*time.Second {
			t.Errorf("the healthy one got %d of %d, the last after %v", len(took), posts, took[len(took)-1].Sub(begun))
		}
		receivers.mended = true
		minutes(6 * 60)
		if n := len(receivers.took["hangs.example.com"]); n != posts {
			t.Errorf("once mended the other got %d of %d", n, posts)
		}
	})
}
