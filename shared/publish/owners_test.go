package publish_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"spool/infra/stack/stacktest"
	"spool/infra/xsim"
	"spool/shared/dynamo"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/storetest"
	"spool/shared/xapi"
)

// keeper is a store of posts as a story needs it.
type keeper interface {
	publish.Posts
	Create(ctx context.Context, p post.Post, c post.Content) (post.Post, error)
	Forget(ctx context.Context, p post.Post, until time.Time) error
}

// story is the publisher on any store, with a clock that only a test moves.
type story struct {
	t    *testing.T
	ctx  context.Context
	sim  *xsim.Sim
	keep keeper
	pub  *publish.Publisher
	now  atomic.Int64
}

// open is an account that is always open.
type open struct {
	publish.Accounts
	token string
}

func (o open) Open(_ context.Context, id string) (publish.Session, error) {
	return publish.Session{AccountID: id, Token: o.token, Limit: 280}, nil
}
func (o open) Renew(_ context.Context, s publish.Session) (publish.Session, error) { return s, nil }
func (o open) Pause(_ context.Context, _ publish.Session, p publish.Pause) (time.Time, error) {
	return p.Until, nil
}
func (o open) ProbeSucceeded(context.Context, publish.Session) error { return nil }
func (s *story) clock() time.Time                                    { return time.UnixMilli(s.now.Load()).UTC() }
func (s *story) pass(d time.Duration)                                { s.now.Add(d.Milliseconds()) }
func (s *story) post(texts ...string) post.Post                      { s.t.Helper(); return s.make(s.clock(), texts...) }
func (s *story) draft(text string)                                   { s.t.Helper(); s.make(time.Time{}, text) }

func newStory(t *testing.T, keep keeper) *story {
	t.Helper()
	s := &story{t: t, ctx: t.Context(), keep: keep}
	s.now.Store(start.UnixMilli())
	s.sim = xsim.New(xsim.Config{Now: s.clock})
	pair, err := s.sim.Connect("ada")
	if err != nil {
		t.Fatal(err)
	}
	config := publish.Defaults()
	config.FirstLookDelay = 0
	s.pub = &publish.Publisher{
		Posts: keep, Accounts: open{token: pair.AccessToken}, Config: config, Now: s.clock, Rand: half,
		Log: slog.New(slog.DiscardHandler),
		X:   &xapi.Client{Endpoint: "https://x.test", HTTP: &http.Client{Transport: s.sim.Transport()}, Now: s.clock},
	}
	return s
}

// make stores a post.
func (s *story) make(at time.Time, texts ...string) post.Post {
	s.t.Helper()
	c := post.Content{Version: 1}
	for _, text := range texts {
		c.Tweets = append(c.Tweets, post.Tweet{Text: text})
	}
	p, err := s.keep.Create(s.ctx, post.New(s.clock(), ada, c, at, "UTC"), c)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// publish wakes workers for a post, whenever it is due, until nothing more has to
// happen to it.
func (s *story) publish(id string) post.Post {
	s.t.Helper()
	for range 20 {
		p, _, err := s.keep.Load(s.ctx, id)
		if err != nil {
			s.t.Fatal(err)
		}
		if p.Due.IsZero() {
			return p
		}
		s.pass(max(0, p.Due.Sub(s.clock())))
		if err := s.pub.Publish(s.ctx, alone(id)); err != nil {
			s.t.Fatal(err)
		}
	}
	s.t.Fatalf("post %s does not come to rest", id)
	panic("unreachable")
}

// lose has X never see the next tweet.
func (s *story) lose() {
	s.t.Helper()
	if _, err := s.sim.Fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Drop: xsim.DropBefore}); err != nil {
		s.t.Fatal(err)
	}
}

// wantNone checks that a post was given no tweet, and that X has only these texts.
func (s *story) wantNone(p post.Post, said ...string) {
	s.t.Helper()
	if p.Status != post.Failed || len(p.Published) != 0 {
		s.t.Errorf("it is %s/%s with %v", p.Status, p.Sub, p.PlatformPostIDs())
	}
	timeline, err := s.sim.Timeline("ada")
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, tw := range timeline {
		got = append(got, tw.Text)
	}
	if !slices.Equal(got, said) {
		s.t.Errorf("on X are %q, want %q", got, said)
	}
}

// onBoth plays a story on the memory, for each number of newer posts, and for one
// of them on DynamoDB.
func onBoth(t *testing.T, numbers []int, onDynamo int, tell func(*story, int)) {
	for _, n := range numbers {
		if testing.Short() && n > 100 {
			continue
		}
		t.Run(fmt.Sprintf("in memory, with %d newer posts", n), func(t *testing.T) {
			tell(newStory(t, storetest.NewMemory(time.Now)), n)
		})
	}
	if testing.Short() {
		return
	}
	t.Run(fmt.Sprintf("on DynamoDB, with %d newer posts", onDynamo), func(t *testing.T) {
		tables := stacktest.NewTables(t)
		tell(newStory(t, dynamo.NewPosts(tables.DB, tables.Posts)), onDynamo)
	})
}

// TestAnotherPostsTweetIsNeverTaken: of two posts that begin alike one is published,
// and X never sees the other. However many posts were made since, that one is never
// given the tweet of the first.
func TestAnotherPostsTweetIsNeverTaken(t *testing.T) {
	onBoth(t, []int{0, 98, 99, 150, 1000}, 150, func(s *story, newer int) {
		a := s.post("gm", "it is cold")
		s.pass(time.Second)
		b := s.post("gm", "it is warm")
		s.pass(time.Second)
		for i := range newer {
			s.draft(fmt.Sprint("an idea, number ", i))
		}
		if a = s.publish(a.ID); a.Status != post.Published {
			s.t.Fatalf("the first is %s", a.Status)
		}
		s.lose()
		b = s.publish(b.ID)
		s.wantNone(b, "gm", "it is cold")
		if b.Sub != post.Unknown {
			s.t.Errorf("X calls it a duplicate, and it is %s/%s", b.Status, b.Sub)
		}
	})
}

// TestATweetWhoseRecordWasDeletedIsNeverTaken: the same, and the first post's record
// is deleted the moment that it is published.
func TestATweetWhoseRecordWasDeletedIsNeverTaken(t *testing.T) {
	onBoth(t, []int{0, 150}, 2, func(s *story, newer int) {
		a, b := s.post("gm", "it is cold"), s.post("gm", "it is warm")
		for i := range newer {
			s.draft(fmt.Sprint("an idea, number ", i))
		}
		a = s.publish(a.ID)
		if err := a.Forget(s.clock()); err != nil {
			s.t.Fatal(err)
		}
		if err := s.keep.Forget(s.ctx, a, s.clock().Add(post.Remembered)); err != nil {
			s.t.Fatal(err)
		}
		s.lose()
		s.wantNone(s.publish(b.ID), "gm", "it is cold")
	})
}

// TestTextsThatXMakesAlike: what two posts say differs in the record, not on X.
func TestTextsThatXMakesAlike(t *testing.T) {
	for _, texts := range [][2]string{
		{"https://example.com/", "example.com"}, {"two  spaces", "two spaces"}, {"Cafe\u0301", "Caf\u00e9"},
		{"so long a beginning that a list shows no more of it: 1", "so long a beginning that a list shows no more of it: 1 "},
	} {
		s := newStory(t, storetest.NewMemory(time.Now))
		s.sim.Configure(func(settings *xsim.Settings) { settings.DuplicateWindow = 0 })
		a, b := s.post(texts[0], "it is cold"), s.post(texts[1], "it is warm")
		a = s.publish(a.ID)
		s.lose()
		b = s.publish(b.ID)
		if b.Status != post.Published || slices.Contains(b.PlatformPostIDs(), a.Published[0].ID) {
			t.Errorf("%q: it is %s with %v; the other has %v", texts[1], b.Status, b.PlatformPostIDs(), a.PlatformPostIDs())
		}
	}
}

// TestOfTwoThatTakeATweetTheStoreLetsOne: another post takes the tweet between this
// one's reads and its writes.
func TestOfTwoThatTakeATweetTheStoreLetsOne(t *testing.T) {
	mem := storetest.NewMemory(time.Now)
	race := &raced{Memory: mem}
	s := newStory(t, race)
	b := s.post("gm", "it is warm")
	other := s.make(time.Time{}, "something else")
	id := ""
	race.own = func(tweet string) {
		if id == "" {
			id = tweet
			if err := mem.Own(s.ctx, tweet, other); err != nil {
				t.Fatal(err)
			}
			kept := other
			kept.Published = []post.Receipt{{ID: tweet}}
			if _, err := mem.Save(s.ctx, kept); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.sim.Fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Drop: xsim.DropAfter}); err != nil {
		t.Fatal(err)
	}
	b = s.publish(b.ID)
	if id == "" || slices.Contains(b.PlatformPostIDs(), id) {
		t.Errorf("it is %s with %v, and %q is another's", b.Status, b.PlatformPostIDs(), id)
	}
}

// raced is a store in which something happens before a tweet is taken.
type raced struct {
	*storetest.Memory
	own func(id string)
}

func (r *raced) Own(ctx context.Context, id string, p post.Post) error {
	r.own(id)
	return r.Memory.Own(ctx, id, p)
}

// TestAWorkerThatDiesWithTheTweetTaken: the next one takes it again, and records it.
func TestAWorkerThatDiesWithTheTweetTaken(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.fault(xsim.Fault{Drop: xsim.DropAfter})
		p := r.add(tweets(2)...)
		ctx, die := context.WithCancel(r.ctx)
		r.store.trouble = func(n int, _ post.Post) trouble {
			if n == 2 { // the claim was the first
				die()
				return before
			}
			return none
		}
		if err := r.pub.Publish(ctx, alone(p.ID)); err == nil {
			t.Fatal("the worker did not die")
		}
		r.store.trouble = nil
		r.wantPublished(r.finish(p.ID, 5), tweets(2)...)
	})
}

// TestAPostFromBeforeOpeningsWereNoted is registered before X can have its tweet.
func TestAPostFromBeforeOpeningsWereNoted(t *testing.T) {
	for _, opening := range []string{"", "AS-ANOTHER-VERSION-SAW-IT"} {
		mem := storetest.NewMemory(time.Now)
		registered := &registering{Memory: mem}
		s := newStory(t, registered)
		p := s.post("gm", "it is cold")
		want := p.Opening
		p.Opening = opening
		if _, err := mem.Save(s.ctx, p); err != nil {
			t.Fatal(err)
		}
		registered.begin = func() {
			if stored, _, err := mem.Load(s.ctx, p.ID); err != nil || stored.Attempt != nil {
				t.Errorf("it is registered when its attempt is %v, %v", stored.Attempt, err)
			}
		}
		p = s.publish(p.ID)
		if registered.times != 1 || p.Opening != want || p.Status != post.Published {
			t.Errorf("registered %d times, with the opening %q, it is %s", registered.times, p.Opening, p.Status)
		}
	}
}

// registering counts what is registered.
type registering struct {
	*storetest.Memory
	begin func()
	times int
}

func (r *registering) Register(ctx context.Context, p post.Post, c post.Content) error {
	r.times++
	r.begin()
	return r.Memory.Register(ctx, p, c)
}

// TestASiblingOfANewerVersion leaves a doubt open for as long as it takes: nobody is
// asked what a newer version will find out.
func TestASiblingOfANewerVersion(t *testing.T) {
	mem := storetest.NewMemory(time.Now)
	newer := &mute{Memory: mem, what: "Siblings", times: 18, code: fault.Newer}
	s := newStory(t, newer)
	if _, err := s.sim.Fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Drop: xsim.DropAfter}); err != nil {
		t.Fatal(err)
	}
	p := s.publish(s.post("gm").ID)
	if p.Status != post.Published || newer.times != 0 {
		t.Errorf("it cannot be understood %d times more: the post is %s/%s", newer.times, p.Status, p.Sub)
	}
}

// TestOwnersThatCannotBeRead leave a doubt open.
func TestOwnersThatCannotBeRead(t *testing.T) {
	for _, what := range []string{"Siblings", "Owned", "Own"} {
		mem := storetest.NewMemory(time.Now)
		mute := &mute{Memory: mem, what: what, times: 2}
		s := newStory(t, mute)
		if _, err := s.sim.Fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Drop: xsim.DropAfter}); err != nil {
			t.Fatal(err)
		}
		p := s.publish(s.post("gm", "it is cold").ID)
		if p.Status != post.Published || mute.times != 0 {
			t.Errorf("%s fails twice (%d left): the post is %s/%s", what, mute.times, p.Status, p.Sub)
		}
	}
}

// mute fails some times at one call.
type mute struct {
	*storetest.Memory
	what  string
	times int
	code  fault.Code // empty: Unavailable
}

func (m *mute) fails(what string) error {
	if what != m.what || m.times == 0 {
		return nil
	}
	m.times--
	return fault.New(cmp.Or(m.code, fault.Unavailable), "The store does not answer.")
}

func (m *mute) Siblings(ctx context.Context, p post.Post, since time.Time) ([]post.Post, error) {
	if err := m.fails("Siblings"); err != nil {
		return nil, err
	}
	return m.Memory.Siblings(ctx, p, since)
}

func (m *mute) Owned(ctx context.Context, ids []string) (map[string]string, error) {
	if err := m.fails("Owned"); err != nil {
		return nil, err
	}
	return m.Memory.Owned(ctx, ids)
}

func (m *mute) Own(ctx context.Context, id string, p post.Post) error {
	if err := m.fails("Own"); err != nil {
		return err
	}
	return m.Memory.Own(ctx, id, p)
}
