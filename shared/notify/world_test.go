package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/notify"
	"spool/shared/post"
	"spool/shared/storetest"
	"spool/shared/wire"
)

var (
	seed   = flag.Uint64("seed", 1, "the seed of the first world of notices")
	worlds = flag.Uint64("worlds", 60, "how many worlds of notices to play")
)

// TestWorlds plays histories in which the store fails, before or after it has done what it
// was asked, messages get lost, come twice and late, and receivers fail: everything that
// came true arrives at every channel that wants it, with one id, in the order of its
// numbers, and nothing else does. go test ./shared/notify -run Worlds -args -worlds 5000
func TestWorlds(t *testing.T) {
	arrived, faults := 0, 0
	for n := *seed; n < *seed+*worlds; n++ {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, n)
			w.play()
			w.check()
			arrived, faults = arrived+w.arrived, faults+w.faults
		})
		if t.Failed() {
			t.Fatalf("world %d is wrong: go test ./shared/notify -run Worlds -args -seed %d -worlds 1", n, n)
		}
	}
	t.Logf("%d worlds from seed %d on: %d requests arrived, %d faults", *worlds, *seed, arrived, faults)
	if arrived == 0 || faults == 0 {
		t.Error("nothing happened")
	}
}

// world is one history, which its seed decides.
type world struct {
	t       *testing.T
	seed    uint64
	mem     *storetest.Memory
	store   *flaky
	worker  *notify.Worker
	service *notify.Service
	rounds  *notify.Dispatcher
	outbox  notify.Outbox
	queue   []message
	posts   []string
	calm    time.Time // nothing goes wrong after that

	mu      sync.Mutex
	counts  map[string]int
	faults  int
	arrived int
	facts   map[string]event.Event            // by record and number
	told    map[string]map[string]wire.Notice // what each channel got, by id
	keys    map[string]string                 // of webhooks, by their hosts
}

// message is a look on its way.
type message struct {
	at       time.Time
	look     notify.Look
	receives int
}

var errFlaky = errors.New("the store answers nothing")

// chance decides whether something happens: by its name, and how often it was asked
// before, so that a world is the same however its goroutines run.
func (w *world) chance(what string, of float64) bool { return w.fraction(what) < of }

func (w *world) fraction(what string) float64 {
	w.mu.Lock()
	n := w.counts[what]
	w.counts[what]++
	w.mu.Unlock()
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %d", w.seed, what, n)
	x := h.Sum64()
	x ^= x >> 33 // FNV's high bits are those of short texts
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// strikes is chance, as long as things go wrong.
func (w *world) strikes(what string, of float64) bool {
	if !time.Now().Before(w.calm) || !w.chance(what, of) {
		return false
	}
	w.mu.Lock()
	w.faults++
	w.mu.Unlock()
	return true
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{
		t: t, seed: seed, mem: storetest.NewMemory(time.Now), calm: time.Now().Add(6 * time.Hour),
		counts: map[string]int{}, facts: map[string]event.Event{}, told: map[string]map[string]wire.Notice{}, keys: map[string]string{},
	}
	w.store = &flaky{w.mem, w}
	web, seal, quiet := notify.NewWeb(notify.Public), storetest.NewSealer(), slog.New(slog.DiscardHandler)
	web.Client = &http.Client{Transport: w}
	w.outbox = notify.Outbox{Queue: w, Log: quiet}
	w.worker = &notify.Worker{
		Teller:   &notify.Teller{Posts: w.store, Accounts: w.store, Channels: w.store, Deliveries: w.store, Now: time.Now, Log: quiet},
		Digester: &notify.Digester{Shelves: w.mem, Channels: w.store, Deliveries: w.store, Now: time.Now, Log: quiet},
		Sender: &notify.Sender{
			Channels: w.store, Deliveries: w.store, Seal: seal, Web: web, Outbox: w.outbox, Now: time.Now,
			Rand: func() float64 { return 0.5 }, Log: quiet,
		},
	}
	w.rounds = &notify.Dispatcher{Deliveries: w.store, Queue: w, Now: time.Now, Log: quiet}
	w.service = &notify.Service{Channels: w.mem, Deliveries: w.mem, Seal: seal, Queue: w, Networks: notify.Public, Now: time.Now, Log: quiet}
	for _, host := range []string{"good", "flaky", "slow"} {
		name, url := host, "https://"+host+".example.com/hook"
		_, key, err := w.service.Create(t.Context(), notify.Webhook, notify.Settings{Name: &name, URL: &url})
		if err != nil {
			t.Fatal(err)
		}
		w.keys[host+".example.com"], w.told[host+".example.com"] = key, map[string]wire.Notice{}
	}
	return w
}

// LookAll is the queue: it loses messages, and delivers them twice and late.
func (w *world) LookAll(_ context.Context, looks []notify.Look) error {
	for _, l := range looks {
		what := fmt.Sprint(l.Post, l.Account, l.App, l.Delivery)
		if w.strikes("lose "+what, 0.2) {
			continue
		}
		at := time.Now().Add(l.Delay)
		if w.strikes("delay "+what, 0.1) {
			at = at.Add(10 * time.Minute)
		}
		w.send(message{at: at, look: l})
		if w.strikes("repeat "+what, 0.2) {
			w.send(message{at: at.Add(30 * time.Second), look: l})
		}
	}
	return nil
}

func (w *world) send(m message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, m)
}

// RoundTrip is all receivers. They take what is signed, or fail.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer := func(code int) (*http.Response, error) {
		return &http.Response{StatusCode: code, Body: io.NopCloser(strings.NewReader("")), Header: http.Header{}, Request: r}, nil
	}
	id, host := r.Header.Get("webhook-id"), r.URL.Hostname()
	switch {
	case w.strikes("unreachable "+host+id, map[string]float64{"good.example.com": 0, "flaky.example.com": 0.4, "slow.example.com": 0.2}[host]):
		return nil, errors.New("connection reset")
	case w.strikes("busy "+host+id, 0.1):
		return answer(503)
	}
	hook, err := standardwebhooks.NewWebhook(w.keys[host])
	if err == nil {
		err = hook.VerifyIgnoringTimestamp(body, r.Header) // the library's clock is not the world's
	}
	var n wire.Notice
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(body)).Decode(&n)
	}
	if err != nil {
		w.t.Errorf("%s got what it cannot take: %v", host, err)
		return answer(400)
	}
	w.mu.Lock()
	w.arrived++
	if first, ok := w.told[host][id]; ok && (first.Type != n.Type || first.Data.Sequence != n.Data.Sequence || !first.Timestamp.Equal(n.Timestamp)) {
		w.t.Errorf("%s got two notices with the id %s: %+v, and %+v", host, id, first, n)
	}
	w.told[host][id] = n
	w.mu.Unlock()
	if w.strikes("lost answer "+host+id, 0.1) {
		return nil, errors.New("EOF")
	}
	return answer(204)
}

// flaky is the store as the notify function reaches it.
type flaky struct {
	*storetest.Memory
	w *world
}

// do fails now and then, before or after it has done what it was asked: so whoever
// calls it knows as little as one that was killed.
func (f *flaky) do(what string, effect func() error) error {
	if f.w.strikes("before "+what, 0.05) {
		return errFlaky
	}
	err := effect()
	if f.w.strikes("after "+what, 0.05) {
		return errFlaky
	}
	return err
}

func (f *flaky) Load(ctx context.Context, id string) (p post.Post, c post.Content, err error) {
	err = f.do("load "+id, func() error { p, c, err = f.Memory.Load(ctx, id); return err })
	return p, c, err
}

func (f *flaky) Save(ctx context.Context, p post.Post) (q post.Post, err error) {
	err = f.do("save "+p.ID, func() error { q, err = f.Memory.Save(ctx, p); return err })
	return q, err
}

func (f *flaky) Snapshot(ctx context.Context, id string) (s account.Snapshot, err error) {
	err = f.do("snapshot "+id, func() error { s, err = f.Memory.Snapshot(ctx, id); return err })
	return s, err
}

func (f *flaky) SaveAccount(ctx context.Context, a account.Account) (b account.Account, err error) {
	err = f.do("save account "+a.ID, func() error { b, err = f.Memory.SaveAccount(ctx, a); return err })
	return b, err
}

func (f *flaky) SavePause(ctx context.Context, id string, p account.Pause) error {
	return f.do("save pause "+id, func() error { return f.Memory.SavePause(ctx, id, p) })
}

func (f *flaky) SaveBudgets(ctx context.Context, b account.Budgets) error {
	return f.do("save budgets", func() error { return f.Memory.SaveBudgets(ctx, b) })
}

func (f *flaky) Delivery(ctx context.Context, channel, id string) (d notify.Delivery, err error) {
	err = f.do("delivery "+id, func() error { d, err = f.Memory.Delivery(ctx, channel, id); return err })
	return d, err
}

func (f *flaky) SaveDelivery(ctx context.Context, d notify.Delivery) (e notify.Delivery, err error) {
	err = f.do("save delivery "+d.ID, func() error { e, err = f.Memory.SaveDelivery(ctx, d); return err })
	return e, err
}

func (f *flaky) SaveChannel(ctx context.Context, c notify.Channel) (d notify.Channel, err error) {
	err = f.do("save channel "+c.Name, func() error { d, err = f.Memory.SaveChannel(ctx, c); return err })
	return d, err
}

// holds notes what a stored record has to tell.
func (w *world) holds(record string, events event.Outbox) {
	for _, e := range events {
		w.facts[fmt.Sprintf("%s_%d_%d", record, e.Seq, e.At.UnixMilli())] = e
	}
}

// act has something happen to the posts, the accounts, the app or the budgets.
func (w *world) act(n int) {
	ctx, now, at := w.t.Context(), time.Now(), fmt.Sprint("act ", n)
	must := func(err error) {
		if err != nil && !fault.Is(err, fault.Conflict) {
			w.t.Fatal(err)
		}
	}
	why := fault.ReasonAccountLocked.Reason()
	switch kind := int(w.fraction(at) * 8); kind {
	case 0, 1, 2, 3:
		w.actOnPost(n)
	case 4, 5:
		snap, err := w.mem.Snapshot(ctx, "7")
		must(err)
		a := snap.Account.Refuse(now, why)
		if kind == 5 {
			a = snap.Account.Connect(now, account.Pair{Sealed: []byte("s"), Expires: now.Add(time.Hour)}, 0)
		}
		a.Writer = account.NewWriter()
		a, err = w.mem.SaveAccount(ctx, a)
		must(err)
		w.holds("account_7", a.Events)
		w.outbox.Account(ctx, a)
	case 6:
		id := []string{"", "7"}[int(w.fraction(at)*2)]
		all, err := w.mem.Pauses(ctx, []string{"7"})
		must(err)
		p := all[id].Begin(now, id, account.Pause{Until: now.Add(time.Hour), Sub: "paused", Reason: why})
		if all[id].Told {
			p = all[id].Lift(now, id)
		}
		must(w.mem.SavePause(ctx, id, p))
		w.holds(map[string]string{"": "app", "7": "pause_7"}[id], p.Events)
		w.outbox.Pause(ctx, id, p)
	default:
		b, err := w.mem.Budgets(ctx)
		must(err)
		b, _ = b.Reach(now, []string{"", "7", "8"}[int(w.fraction(at)*3)], why)
		b.Writer = account.NewWriter()
		must(w.mem.SaveBudgets(ctx, b))
		w.holds("budget", b.Events)
		w.outbox.Budgets(ctx, b)
	}
}

// actOnPost has a post go on, as a worker or its owner would.
func (w *world) actOnPost(n int) {
	ctx, now, at := w.t.Context(), time.Now(), fmt.Sprint("post ", n)
	id := w.posts[int(w.fraction(at)*float64(len(w.posts)))]
	p, _, err := w.mem.Load(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	why := fault.ReasonXRefused.Reason()
	moves := []func() (post.Post, error){
		func() (post.Post, error) { return p.Fail(now, why) },
		func() (post.Post, error) { return p.Retry(now) },
		func() (post.Post, error) { return p.Claim(now, post.NewWriter(), time.Minute) },
		func() (post.Post, error) { return p.Complete(now, post.IDAt(now)) },
		func() (post.Post, error) { return p.GiveUp(now, why) },
		func() (post.Post, error) { return p.Resolve(now, p.Next()+1, "") },
		func() (post.Post, error) { return p.Cancel(now) },
		func() (post.Post, error) { return p.Schedule(now, now.Add(time.Minute), "UTC") },
		func() (post.Post, error) {
			q, err := p.Park(now, now.Add(time.Hour), post.Paused, why, false)
			return q.TellHold(post.HeldFor), err
		},
	}
	next, err := moves[int(w.fraction(at)*float64(len(moves)))]()
	if err != nil {
		return // it does not stand so
	}
	next.Writer = post.NewWriter()
	if next, err = w.mem.Save(ctx, next); err != nil {
		w.t.Fatal(err)
	}
	w.holds("post_"+id, next.Events)
	w.outbox.Post(ctx, next)
}

// play lets the history happen, and then come to rest.
func (w *world) play() {
	ctx := w.t.Context()
	c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "one"}, {Text: "two"}}}
	for i := range 3 {
		p := post.New(time.Now(), "7", c, time.Now(), "UTC")
		p.ID = fmt.Sprint("P", i)
		if _, err := w.mem.Create(ctx, p, c); err != nil {
			w.t.Fatal(err)
		}
		w.posts = append(w.posts, p.ID)
	}
	a := account.Account{ID: "7", Username: "ada", Health: account.Connected, Writer: "setup"}
	if _, err := w.mem.SaveAccount(ctx, a); err != nil {
		w.t.Fatal(err)
	}
	begun := time.Now()
	for n := range 30 * 60 { // minutes
		if n < 5*60 && w.chance("act", 0.15) {
			w.act(n)
		}
		w.deliver()
		w.round()
		if n%15 == 14 {
			_ = w.worker.Sweep(ctx) // the next one does what it did not
		}
		time.Sleep(time.Until(begun.Add(time.Duration(n+1) * time.Minute)))
	}
}

// round is dispatch's, and a worker that is woken for nothing but a post's events.
func (w *world) round() {
	ctx, now := w.t.Context(), time.Now()
	ids, _, err := w.mem.Due(ctx, 0, now.Add(75*time.Second), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range ids {
		p, _, err := w.mem.Load(ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		switch {
		case p.Untold() && !p.TellBy.After(now):
			p = p.Remind(now)
		case !p.Untold() && !p.Due.After(now) && !p.Busy(now) && !now.Before(w.calm): // a worker takes it up
			if p, err = p.Fail(now, fault.ReasonXRefused.Reason()); err != nil {
				w.t.Fatal(err)
			}
		default:
			continue
		}
		p.Writer = post.NewWriter()
		if p, err = w.mem.Save(ctx, p); err != nil {
			w.t.Fatal(err)
		}
		w.holds("post_"+id, p.Events)
		w.outbox.Post(ctx, p)
	}
	_ = w.rounds.Dispatch(ctx) // the next one does what it did not
}

// deliver hands over the messages whose time has come. One that failed comes again.
func (w *world) deliver() {
	w.mu.Lock()
	all := w.queue
	w.queue = nil
	w.mu.Unlock()
	slices.SortStableFunc(all, func(a, b message) int { return a.at.Compare(b.at) })
	for _, m := range all {
		if m.at.After(time.Now()) {
			w.send(m)
			continue
		}
		if err := w.worker.Look(w.t.Context(), m.look); err != nil && m.receives < 4 {
			w.send(message{time.Now().Add(6 * time.Minute), m.look, m.receives + 1})
		}
	}
}

// check holds what arrived against what came true.
func (w *world) check() {
	for host, got := range w.told {
		last := map[string]wire.Notice{}
		for id, e := range w.facts {
			n, ok := got[id]
			if !ok {
				w.t.Errorf("%s was never told of %s, %s", host, id, e.Kind)
			} else if n.Type != e.Kind || !n.Timestamp.Equal(e.At) || n.Data.Sequence != e.Seq {
				w.t.Errorf("%s was told %+v of %s, want %+v", host, n, id, e)
			}
			record := id[:strings.LastIndex(id, "_")]
			record = record[:strings.LastIndex(record, "_")]
			if before := last[record]; ok && before.Data.Sequence > 0 && before.Data.Sequence < n.Data.Sequence && before.Timestamp.After(n.Timestamp) {
				w.t.Errorf("%s: %s is of %v, and a later one of %v", host, id, n.Timestamp, before.Timestamp)
			}
			last[record] = n
		}
		for id, n := range got {
			if _, ok := w.facts[id]; !ok {
				w.t.Errorf("%s was told %s, %s, which never came true", host, id, n.Type)
			}
		}
	}
	due, err := w.mem.DueDeliveries(w.t.Context(), time.Now().Add(1000*time.Hour), 100)
	if err != nil || len(due) > 0 {
		w.t.Errorf("still to be sent: %v, %v", due, err)
	}
}
