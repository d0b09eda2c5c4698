package publish_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/connect"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/storetest"
	"spool/shared/tweet"
	"spool/shared/vault"
	"spool/shared/xapi"
	"spool/shared/xauth"
)

// start is when every rig begins.
var start = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// ada is the account of the simulator that posts.
const ada = "1815120100"

// rig is the publisher with the real client and vault before the simulator, in
// virtual time, with the store in memory.
type rig struct {
	t     testing.TB
	ctx   context.Context
	sim   *xsim.Sim
	mem   *storetest.Memory
	store *faulty
	pub   *publish.Publisher
}

// inVirtualTime runs a test in a bubble, with a rig.
func inVirtualTime(t *testing.T, test func(*rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		r := &rig{t: t, ctx: t.Context(), sim: xsim.New(xsim.Config{}), mem: storetest.NewMemory(time.Now)}
		r.store = &faulty{Memory: r.mem}
		r.pub = r.worker(0)
		r.connect()
		test(r)
	})
}

// worker makes the publisher of another process, whose clock is off by skew.
func (r *rig) worker(skew time.Duration) *publish.Publisher {
	now := func() time.Time { return time.Now().Add(skew) }
	client := &http.Client{Transport: r.sim.Transport()}
	v := &vault.Vault{
		Store: r.mem, Seal: plain{}, Config: vault.Defaults(), Now: now, Rand: half, Log: slog.New(slog.DiscardHandler),
		Authority: &xauth.Authority{Endpoint: "https://x.test", HTTP: client, Now: now},
	}
	return &publish.Publisher{
		Posts: r.store, Accounts: v, X: &xapi.Client{Endpoint: "https://x.test", HTTP: client, Now: now},
		Prices: tweet.ListPrices(), Config: publish.Defaults(), Now: now, Rand: half, Log: v.Log,
	}
}

// connect stores the app and @ada's first pair.
func (r *rig) connect() {
	r.t.Helper()
	c := connect.Connector{Vault: r.pub.Accounts.(*vault.Vault), Accounts: r.owner(), Apps: r.mem}
	if err := c.PutApp(r.ctx, vault.App{ClientID: xsim.DefaultClientID,
		ClientSecret: xsim.DefaultClientSecret}); err != nil {
		r.t.Fatal(err)
	}
	pair, err := r.sim.Connect("ada")
	if err != nil {
		r.t.Fatal(err)
	}
	snap, err := r.mem.Snapshot(r.ctx, ada)
	if err != nil && !fault.Is(err, fault.NotFound) {
		r.t.Fatal(err)
	}
	a := snap.Account
	a.ID, a.Username, a.Limit, a.Health, a.UsedAt = ada, "ada", 280, account.Connected, time.Now()
	a.Version++
	a.Expires = time.Now().Add(time.Duration(pair.ExpiresIn) * time.Second)
	a.Sealed = fmt.Appendf(nil, `{"access":%q,"refresh":%q}`, pair.AccessToken, pair.RefreshToken)
	if _, err := r.mem.SaveAccount(r.ctx, a); err != nil {
		r.t.Fatal(err)
	}
}

// half is a jitter that is always the same.
func half() float64 { return 0.5 }

// plain seals nothing.
type plain struct{}

func (plain) Seal(_ context.Context, b []byte, _ map[string]string) ([]byte, error) { return b, nil }
func (plain) Open(_ context.Context, b []byte, _ map[string]string) ([]byte, error) { return b, nil }

// faulty is the store, with trouble at chosen saves, and counting.
type faulty struct {
	*storetest.Memory
	loads, saves atomic.Int64
	// trouble, if set, is asked before each save. It may do something first;
	// what it returns is done with the save.
	trouble func(n int, p post.Post) trouble
}

type trouble int

const (
	none   trouble = iota
	before         // the save fails, and did not happen
	after          // the save happened, and its answer is lost
	lost           // the save is sent twice, as the SDK does when the first answer is lost
	dead           // the save happened, and its worker died
)

func (f *faulty) Load(ctx context.Context, id string) (post.Post, post.Content, error) {
	f.loads.Add(1)
	return f.Memory.Load(ctx, id)
}

func (f *faulty) Save(ctx context.Context, p post.Post) (post.Post, error) {
	n := int(f.saves.Add(1))
	what := none
	if f.trouble != nil {
		what = f.trouble(n, p)
	}
	if what == before {
		return p, context.DeadlineExceeded
	}
	saved, err := f.Memory.Save(ctx, p)
	switch what {
	case after:
		return p, context.DeadlineExceeded
	case lost:
		return f.Memory.Save(ctx, p)
	}
	return saved, err
}

// tweets are n texts.
func tweets(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("Tweet %d & <more>: see example.com/%d", i+1, i+1)
	}
	return texts
}

// add stores a post that is due now.
func (r *rig) add(texts ...string) post.Post {
	r.t.Helper()
	c := post.Content{Version: 1}
	for _, text := range texts {
		c.Tweets = append(c.Tweets, post.Tweet{Text: text})
	}
	p, err := r.mem.Create(r.ctx, post.New(time.Now(), ada, c, time.Now(), "UTC"), c)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// load reads a post.
func (r *rig) load(id string) post.Post {
	r.t.Helper()
	p, _, err := r.mem.Load(r.ctx, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// move makes a transition by a person.
func (r *rig) move(id string, transition func(post.Post) (post.Post, error)) {
	r.t.Helper()
	p, err := transition(r.load(id))
	if err == nil {
		_, err = r.mem.Save(r.ctx, p)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// alone orders a post's publishing by a process that does nothing else.
func alone(id string) publish.Order { return publish.Order{PostID: id, Alone: true} }

// publish is one invocation of 60 seconds, and gives what it left behind.
func (r *rig) publish(id string) post.Post {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, time.Minute)
	defer cancel()
	if err := r.pub.Publish(ctx, alone(id)); err != nil {
		r.t.Fatal(err)
	}
	return r.load(id)
}

// atOnce is as many invocations as follow one another at once.
func (r *rig) atOnce(id string) post.Post {
	r.t.Helper()
	for range 20 {
		if p := r.publish(id); p.Due.IsZero() || p.Due.After(time.Now()) {
			return p
		}
	}
	r.t.Fatal("it is handed on for ever")
	return post.Post{}
}

// finish wakes workers whenever the post is due, at most n times, until nothing
// more has to happen to it. Where a worker left it alone the next comes after a
// minute, as with dispatch.
func (r *rig) finish(id string, n int) post.Post {
	r.t.Helper()
	for range n {
		p := r.load(id)
		if p.Due.IsZero() {
			return p
		}
		time.Sleep(time.Until(p.Due))
		if got := r.publish(id); got.Rev == p.Rev {
			time.Sleep(time.Minute)
		}
	}
	if p := r.load(id); !p.Due.IsZero() {
		r.t.Fatalf("after %d invocations it is %s/%s, due at %v, because of %+v", n, p.Status, p.Sub, p.Due, p.Reason)
	}
	return r.load(id)
}

// fault scripts a fault of the next create, or as f says.
func (r *rig) fault(f xsim.Fault) {
	r.t.Helper()
	if f.Method == "" {
		f.Method, f.Path = "POST", "/2/tweets"
	}
	if _, err := r.sim.Fault(f); err != nil {
		r.t.Fatal(err)
	}
}

// requests counts what X was asked.
func (r *rig) requests(method, path string) (n int) {
	for _, e := range r.sim.Journal() {
		if e.Method == method && e.Path == path {
			n++
		}
	}
	return n
}

func (r *rig) creates() int { return r.requests("POST", "/2/tweets") }
func (r *rig) reads() int   { return r.requests("GET", "/2/users/"+ada+"/tweets") }

// wantPublished checks that the post is out: each tweet once, in order, in one
// chain, as the record says.
func (r *rig) wantPublished(p post.Post, texts ...string) {
	r.t.Helper()
	if p.Status != post.Published || p.Reason != nil || p.Busy(time.Now()) || p.Attempt != nil {
		r.t.Fatalf("the post is %s/%s because of %+v, attempt %v", p.Status, p.Sub, p.Reason, p.Attempt)
	}
	r.wantOut(p, texts...)
}

// wantOut checks that exactly these tweets of the post are out.
func (r *rig) wantOut(p post.Post, texts ...string) {
	r.t.Helper()
	timeline, err := r.sim.Timeline("ada")
	if err != nil {
		r.t.Fatal(err)
	}
	var ids, said []string
	parent := ""
	for _, tw := range timeline {
		if tw.ByHand || !slices.Contains(texts, tw.Text) {
			continue
		}
		if tw.Parent != parent {
			r.t.Errorf("%q replies to %q, want %q", tw.Text, tw.Parent, parent)
		}
		parent = tw.ID
		ids, said = append(ids, tw.ID), append(said, tw.Text)
	}
	if !slices.Equal(said, texts) {
		r.t.Errorf("on X are %q, want %q", said, texts)
	}
	if !slices.Equal(ids, p.PlatformPostIDs()) {
		r.t.Errorf("on X are %v, the record has %v", ids, p.PlatformPostIDs())
	}
}

// wantStopped checks where the post stands, and why.
func (r *rig) wantStopped(p post.Post, status post.Status, sub post.SubStatus, code fault.ReasonCode) {
	r.t.Helper()
	if p.Status != status || p.Sub != sub || p.Reason == nil || p.Reason.Code != code {
		r.t.Fatalf("the post is %s/%s because of %+v; want %s/%s because of %s", p.Status, p.Sub, p.Reason, status, sub, code)
	}
	if p.Reason.Sentence == "" || p.Busy(time.Now()) {
		r.t.Errorf("it stopped without a sentence, or with its lease: %+v", p)
	}
}

// pauseOf is a pause of the app.
func pauseOf(d time.Duration) publish.Pause {
	return publish.Pause{Scope: fault.ScopeApp, Until: time.Now().Add(d), Sub: post.Paused,
		Reason: fault.Reason{Code: "credits_depleted"}}
}

// deliverThrice has two workers, one of them twice, take up a post at once.
func (r *rig) deliverThrice(id string) {
	r.t.Helper()
	other := r.worker(30 * time.Second)
	var wg sync.WaitGroup
	for _, publish := range []func(context.Context, publish.Order) error{r.pub.Publish, other.Publish, r.pub.Publish} {
		wg.Go(func() {
			if err := publish(r.ctx, alone(id)); err != nil {
				r.t.Error(err)
			}
		})
	}
	wg.Wait()
}
