package chaos

import (
	"container/heap"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"spool/infra/sim/exhaust"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/storetest"
)

// user is the account that posts, and owner its name.
const (
	user  = "1815120100"
	owner = "ada"
)

// World is one history. It is used once, in a bubble of testing/synctest.
type World struct {
	Seed uint64
	// Only, unless nil, holds the numbers of the faults that are let happen.
	Only map[uint64]bool
	// Log, unless nil, is told what happens.
	Log *slog.Logger
	// Poison, unless empty, has one post end every process that works on it, at that moment.
	// Nothing else goes wrong.
	Poison Poison
	// Scene, unless nil, is played in place of a random history, and Script says
	// what goes wrong in it. Nothing else does.
	Scene  *Scene
	Script *exhaust.Script

	weather weather
	start   time.Time
	sim     *xsim.Sim
	x       http.RoundTripper // the way to sim
	mem     *storetest.Memory
	ids     []string // of the posts

	mu         sync.Mutex        // guards all below
	files      map[string][]byte // of tweets, by where they are kept
	calls      uint64
	faults     []Fault
	events     events
	inbox      []message // that are gathered to a batch
	queued     int       // events so far
	running    int
	processes  []*process
	dispatcher *dispatcher // of the latest round
	wake       chan struct{}
	doubts     map[string]bool   // attempts that were ever in doubt
	forgotten  map[string]memory // records that were deleted, by post
	told       map[string]told   // what there was to tell of the posts
	lost       int               // creates without a clear answer
	reads      int               // reads of the timeline that succeeded
	upsets     int               // crashes, conflicts and failures of the store
	wrong      []string
	reached    Reached
	restBy     time.Time // not zero once nothing goes wrong any more
	// Of scripted worlds:
	armed    bool  // from here on things go wrong
	known    bool  // the rest of the history is that of another
	lastBorn int64 // when the latest process began
}

// Fault is something that went wrong by chance.
type Fault struct {
	Call uint64 // its number
	What string
}

// weather is what a world is like.
type weather struct {
	posts, processes   int
	store, net, crash  float64       // the chance of trouble at one call
	queue              float64       // the chance of trouble with one message
	visibility         time.Duration // after what time a message that failed comes again
	receives           int           // how often it does before it is dead
	batch              int           // the most messages that a process takes at once; 0: one
	gather             time.Duration // how long after the first they come
	burst              bool          // all posts are due at the same second
	until              time.Duration // after that nothing goes wrong any more
	mostFaults         int
	invocation         time.Duration
	meddling           int  // how often the owner does something
	regrets            bool // the owner deletes threads from X, and records
	mimic              float64
	alike              bool    // two posts begin with the same text
	restless           bool    // what is due is delivered at once, without a round of dispatch
	media              float64 // the chance of a tweet to show some
	boast              bool    // X keeps media for less than it says
	bare               bool    // first tweets, too, may have media and no text
	skew, lag, late    time.Duration
	swarm              bool          // each kind of trouble is off by even chances
	crowd              int           // drafts beside the posts
	drafts             bool          // the posts have no time
	limit              int           // of tweets in 15 minutes; 0: none
	processing         time.Duration // of a medium
	badApp, badConsent bool
	retryAtLast        bool
	settings           func(*xsim.Settings)
}

// newWeather draws the weather.
func (w *World) newWeather() weather {
	p := &picks{w: w, s: ofWorld}
	level := []float64{0, 0.02, 0.06, 0.15}[p.upTo(3)]
	or := func(rate float64) float64 {
		if p.chance(0.3) {
			return 0
		}
		return rate
	}
	t := weather{
		posts: 1 + p.upTo(2), processes: 1 + p.upTo(3),
		store: or(level), net: or(level * 2), crash: or(level / 2), queue: or(level),
		until: time.Hour + p.span(3*time.Hour), mostFaults: 1 + p.upTo(24),
		invocation: []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute}[p.upTo(2)],
		meddling:   p.upTo(3), alike: p.chance(0.05), mimic: or(0.04),
		badApp: p.chance(0.1), badConsent: p.chance(0.05), retryAtLast: p.chance(0.5),
	}
	t.restless = p.chance(0.3)
	t.visibility, t.receives = 30*time.Minute, 5
	if p.chance(0.2) { // messages die early
		t.visibility, t.receives = time.Minute+p.span(5*time.Minute), 1+p.upTo(1)
	}
	// X commits late and shows it late, and the clocks of whoever sent and of
	// whoever reads differ: all of that together stays within what the protocol
	// allows for, which is its settling time without the lease.
	t.skew, t.lag = []time.Duration{0, 5 * time.Second, maxSkew}[p.upTo(2)], p.span(5*time.Second)
	t.late = allowance - t.lag - 2*t.skew
	replyLag, unlimited, alike := p.span(3*time.Second), p.chance(0.7), p.chance(0.3)
	limit, life := 3+p.upTo(10), 30*time.Minute
	if !unlimited {
		t.limit = limit
	}
	shortLife := p.chance(0.2)
	processing, kept := t.withMedia(p)
	t.processing = processing
	t.drafts = p.chance(0.03)
	if t.swarm = p.chance(0.5); p.chance(0.03) {
		t.crowd = 100 + p.upTo(300)
		t.alike = p.chance(0.5)
	}
	t.batch, t.gather = []int{1, 2, 10}[p.upTo(2)], p.span(2*time.Second)
	if t.burst = p.chance(0.3); t.burst && p.chance(0.3) {
		t.posts += p.upTo(5)
	}
	t.settings = func(s *xsim.Settings) {
		s.ProcessingTime, s.MediaLife = processing, kept
		s.VisibilityLag, s.ReplyLag = t.lag, replyLag
		s.Limits = map[xsim.Endpoint]xsim.Limit{}
		if !unlimited {
			s.Limits[xsim.CreatePost], s.Limits[xsim.AppendMedia] = xsim.Limit{User15m: limit}, xsim.Limit{User15m: 10 * limit}
		}
		if alike {
			s.DuplicateWindow = 0
		}
		if shortLife {
			s.AccessLife = life
		}
	}
	return t
}

// allowance is publish.Config.Settle less publish.Config.Lease, and a little. It
// is written out, since it is what X does and not what the protocol wants.
const allowance = 74 * time.Second

// Run lets the history happen and gives what was wrong with it.
func (w *World) Run() []string {
	w.begin()
	if w.Scene != nil {
		w.playScene()
		time.Sleep(10 * time.Minute) // what dead processes left behind runs out
		return w.wrong
	}
	w.play()
	w.check()
	if w.weather.retryAtLast && len(w.wrong) == 0 {
		w.resolveAll()
		w.play()
		w.check()
	}
	time.Sleep(10 * time.Minute) // what dead processes left behind runs out
	return w.wrong
}

// Faults tells what went wrong by chance.
func (w *World) Faults() []Fault { return w.faults }

// Ends tells how many posts came to which end, and why.
func (w *World) Ends() map[string]int {
	ends := map[string]int{}
	for _, id := range w.ids {
		p, _ := w.load(id)
		end := string(p.Status)
		if p.Sub != "" {
			end += "/" + string(p.Sub)
		}
		if p.Reason != nil {
			end += ": " + string(p.Reason.Code)
		}
		ends[end]++
	}
	return ends
}

// begin makes the world.
func (w *World) begin() {
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	w.start = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	time.Sleep(time.Until(w.start))
	switch {
	case w.Scene != nil:
		w.weather = w.Scene.weather()
	case w.Poison != "":
		w.weather = poisoned()
	default:
		w.weather = w.newWeather()
	}
	settings := xsim.DefaultSettings()
	w.weather.settings(&settings)
	w.sim = xsim.New(xsim.Config{Seed: w.Seed, Settings: &settings})
	w.x = w.sim.Transport()
	w.mem = storetest.NewMemory(time.Now)
	w.doubts, w.files, w.wake = map[string]bool{}, map[string][]byte{}, make(chan struct{}, 1)
	w.forgotten, w.reached, w.told = map[string]memory{}, Reached{}, map[string]told{}
	for range w.weather.processes {
		w.processes = append(w.processes, w.newProcess())
	}
	w.connect()
	w.calmLater(w.weather.until)
	if w.Scene != nil {
		w.Scene.set(w)
		return
	}
	for i := range w.weather.posts {
		w.write(i)
	}
	if w.Poison != "" {
		return
	}
	w.fill()
	w.meddle()
	w.regret()
}

// write schedules a thread.
func (w *World) write(i int) {
	p := &picks{w: w, s: ofOwner, n: uint64(1000 * i)}
	n := 1 + p.upTo(4)
	if p.chance(0.1) {
		n = 1 + p.upTo(29)
	}
	at := w.start.Add(p.span(30 * time.Minute))
	if w.weather.burst {
		at = w.start.Add(5*time.Minute + time.Duration(i)*time.Millisecond) // no two begin at once
	} else if p.chance(0.3) {
		at = w.start.Add(-p.span(2 * time.Hour)) // the system was down
	}
	id := fmt.Sprintf("post-%d", i)
	c := post.Content{Version: 1}
	for k := range n {
		text := fmt.Sprintf("%s says %d & more: example.com/%d", id, k, k)
		shown := w.gallery(p)
		if k == 0 && w.weather.alike {
			text, shown = "good morning", nil // of two in doubt the older takes what X has, whatever it shows
		}
		if len(shown) > 0 && (k > 0 || w.weather.bare) && p.chance(0.2) {
			text = ""
		}
		c.Tweets = append(c.Tweets, post.Tweet{Text: text, Media: shown})
	}
	if w.weather.drafts {
		at = time.Time{}
	}
	rec := post.New(time.Now(), user, c, at, "UTC")
	rec.ID = id
	if p.chance(0.1) && w.Poison == "" {
		rec.Lateness = time.Minute + p.span(30*time.Minute)
	}
	if _, err := w.mem.Create(context.Background(), rec, c); err != nil {
		panic(err) // the memory cannot fail
	}
	w.ids = append(w.ids, id)
}

// fill writes drafts, newer than the posts; half of them begin as those do that begin alike.
func (w *World) fill() {
	for i := range w.weather.crowd {
		text := fmt.Sprintf("a thought, the %dth", i)
		if i%2 == 0 {
			text = "good morning"
		}
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: text}}}
		rec := post.New(time.Now().Add(time.Duration(i+2)*time.Second), user, c, time.Time{}, "UTC")
		rec.ID = fmt.Sprintf("draft-%d", i)
		if _, err := w.mem.Create(context.Background(), rec, c); err != nil {
			panic(err) // the memory cannot fail
		}
	}
}

// event is something that is to happen.
type event struct {
	at time.Time
	n  int // of two at the same time the earlier made comes first
	do func()
	// what says all that it does, where a world shows its state; empty: it does not
	what string
	of   *process // unless nil, nothing happens while this process lives
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].n < e[j].n
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// after lets something happen later. It may be called from any goroutine.
func (w *World) after(d time.Duration, do func()) { w.later(d, event{do: do}) }

// later lets an event happen.
func (w *World) later(d time.Duration, e event) {
	w.mu.Lock()
	w.queued++
	e.at, e.n = time.Now().Add(d), w.queued
	heap.Push(&w.events, e)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// play lets events and rounds of dispatch happen until nothing is left to.
func (w *World) play() {
	for {
		at, do := w.upcoming()
		switch {
		case do == nil && w.busy():
			<-w.wake
			continue
		case do == nil:
			return
		case w.isLate(at):
			w.say("the world is not at rest by %v: %s", w.restBy.Sub(w.start), w.state())
			return
		}
		if wait := time.Until(at); wait > 0 {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
			case <-w.wake: // something earlier may have come up
				timer.Stop()
				continue
			}
		}
		if w.isKnown() {
			return
		}
		w.take(do)()
	}
}

// upcoming is what happens next: an event, or a round of dispatch. Rounds that
// would find nothing due are left out.
func (w *World) upcoming() (time.Time, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var at time.Time
	var do func()
	if len(w.events) > 0 {
		at, do = w.events[0].at, w.events[0].do
	}
	_, due, _ := w.mem.Due(context.Background(), 0, w.start.Add(1000*time.Hour), 1)
	if len(due) == 0 {
		return at, do
	}
	const every = time.Minute
	first := due[0].Add(-schedule.Horizon - maxSkew)
	if now := time.Now(); first.Before(now) {
		first = now
	}
	round := first.Truncate(every).Add(every)
	if do == nil || round.Before(at) {
		return round, w.dispatch
	}
	return at, do
}

// take removes the event that happens now.
func (w *World) take(do func()) func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events) > 0 && !w.events[0].at.After(time.Now()) {
		return heap.Pop(&w.events).(event).do
	}
	return do
}

func (w *World) busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running > 0
}

// spawn runs something of a process, which may die meanwhile.
func (w *World) spawn(do func()) {
	w.mu.Lock()
	w.running++
	w.mu.Unlock()
	go func() {
		defer func() {
			w.mu.Lock()
			w.running--
			w.mu.Unlock()
			select {
			case w.wake <- struct{}{}:
			default:
			}
		}()
		do()
	}()
}

// say notes that something is wrong.
func (w *World) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

// state tells where the posts stand.
func (w *World) state() (s string) {
	for _, id := range w.ids {
		p, _ := w.load(id)
		s += fmt.Sprintf("%s is %s/%s with %d of %d, due %v; ", id, p.Status, p.Sub, len(p.Published), p.Size, p.Due)
	}
	return s
}

// die ends the goroutine of a process that was killed.
func die() { runtime.Goexit() }

var (
	_ publish.Posts    = (*store)(nil)
	_ account.Store    = (*store)(nil)
	_ schedule.Queue   = (*queue)(nil)
	_ publish.Accounts = (*accounts)(nil)
)
