package chaos

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"spool/infra/sim/exhaust"
	"spool/shared/post"
	"spool/shared/publish"
)

// This file lets a script decide what goes wrong, in place of chance.

// What can go wrong at any call. A crash after a call is the same as one before the
// next, or at the end of the invocation: in between a process does nothing.
const (
	crash   = "crash"
	frozen  = "frozen"         // longer than the lease; then it goes on, and the call has its effect
	another = "another worker" // is woken as well, and does all its work while the call is under way
)

const (
	// freeze is longer than the lease and a round of dispatch, so that another takes
	// over, and not as long as what the settling time allows for.
	freeze = 70 * time.Second
	// meanwhile is how long a call takes while another worker is woken: shorter than
	// any call may take.
	meanwhile = 4 * time.Second
	// visible is how long X may leave a tweet out of a timeline.
	visible = 70 * time.Second
)

// lived is what a scripted process remembers of itself.
type lived struct {
	born  int64 // in nanoseconds; no two are born at once
	steps uint64
	// held: it froze once, or X is late with a request of its. Twice is more than
	// the settling time allows for.
	held    bool
	clocked bool // it has looked at its clock
}

// birth begins a process's life.
func (w *World) birth() lived {
	if w.Script == nil {
		return lived{}
	}
	w.lastBorn = max(time.Now().UnixNano(), w.lastBorn+1)
	return lived{born: w.lastBorn}
}

// takes is how long the process's next step takes, within [0, most): it depends on
// nothing but the process and how many it has made. So two processes hardly ever
// do something at the same nanosecond, and a script gives one history.
func (p *process) takes(most time.Duration) time.Duration {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.steps++
	return time.Duration(mix(uint64(p.born)+p.steps*0xd1342543de82ef95) % uint64(most))
}

// ask has the script decide.
func (w *World) ask(where string, menu func() []string) string {
	if !w.armed {
		return ""
	}
	what := w.Script.At(where, menu)
	if what != "" {
		w.Log.Info("FAULT", "at", time.Since(w.start), "where", where, "what", what)
		w.mu.Lock()
		w.faults = append(w.faults, Fault{What: what})
		w.upsets++
		w.mu.Unlock()
	}
	return what
}

// scripted is step in a scripted world.
func (p *process) scripted(s subject, call string, troubles []string) string {
	w := p.w
	time.Sleep(time.Millisecond + p.takes(100*time.Microsecond))
	p.alive()
	what := w.ask(call, func() []string { return p.menu(s, call, troubles) })
	switch {
	case what == crash:
		p.kill()
	case what == frozen && s != ofNetwork: // see network.carry
		p.freeze()
		return ""
	case what == frozen || strings.HasPrefix(what, "late"):
		p.hold()
	case what == another:
		w.deliver(message{id: p.post, receives: 1})
		time.Sleep(meanwhile)
		p.alive()
		return ""
	case w.act(what):
		return ""
	}
	return what
}

// menu is all that can happen at a call.
func (p *process) menu(s subject, call string, troubles []string) []string {
	menu := append([]string{crash}, troubles...)
	if p.isHeld() {
		menu = slices.DeleteFunc(menu, func(what string) bool { return strings.HasPrefix(what, "late") })
	} else {
		menu = append(menu, frozen)
	}
	if p.post != "" && s != ofFiles {
		menu = append(menu, another)
	}
	return append(menu, p.w.acts(call)...)
}

// freeze stops the process for a while, whatever it waits for.
func (p *process) freeze() {
	p.hold()
	time.Sleep(freeze)
	p.alive()
}

// hold notes that it is held up; isHeld tells that it was.
func (p *process) hold() {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.held = true
}

func (p *process) isHeld() bool {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	return p.held
}

// first reports, once, that the process looks at its clock for the first time.
func (p *process) first() bool {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	was := p.clocked
	p.clocked = true
	return !was
}

// ending is the end of an invocation: should the process die here, its message
// comes again though all is done.
func (p *process) ending() {
	if p.w.Script == nil {
		return
	}
	p.alive()
	if p.w.ask("end of an invocation", only(crash)) == crash {
		p.kill()
	}
}

// lookAtClock takes a little time, that two looks are never at once.
func (p *process) lookAtClock() {
	if p.w.Script != nil {
		time.Sleep(1 + p.takes(time.Microsecond))
		p.alive()
	}
}

// lookedAtClock: the process may freeze when it has looked, and what it saw is old
// by the time that it goes on.
func (p *process) lookedAtClock() {
	if p.w.Script == nil || !p.works {
		return
	}
	if p.first() {
		switch p.w.ask("first look at the clock", only("clock ahead", "clock behind")) {
		case "clock ahead":
			p.skew = maxSkew
		case "clock behind":
			p.skew = -maxSkew
		}
	}
	if !p.isHeld() && p.w.ask("look at the clock", only(frozen)) == frozen {
		p.freeze()
	}
}

func only(items ...string) func() []string { return func() []string { return items } }

// troubles are what can go wrong with a request.
func (n *network) troubles(r *http.Request) []string {
	if n.p.w.Script == nil {
		return append(troublesOf(r), rowsOf(r)...)
	}
	all := []string{"unreachable", "lost before"}
	switch op := opOf(r); {
	case strings.HasPrefix(r.URL.Path, "/2/oauth2/"):
		return append(all, "lost after", "503", "429", "400 invalid_request", "401 invalid_client", "403 app", "slow after")
	case r.Method == http.MethodGet && !aboutMedia(r):
		all = append(all, "lost after", "stale")
	case r.Method == http.MethodDelete:
		all = append(all, "lost after", "503 done", "page done", "hidden", "denied")
	case op != "" && !aboutMedia(r):
		all = append(all, "lost after", "503 done", "page done", "201 empty", "late", "late 503", "slow after")
	default:
		all = append(all, "lost after", "503 done", "late", "bad medium")
	}
	return append(all, rowsOf(r)...)
}

// acts are what may happen besides at a call, so far as it matters to the call:
// what touches something else is the same before it and after it.
func (w *World) acts(call string) (all []string) {
	switch call {
	case "Load", "Save", "Due", "Register", "Siblings", "Owned", "Own", "rest":
		for _, id := range w.ids {
			for _, what := range wishes {
				if w.may(id, what) {
					all = append(all, what+" "+id)
				}
			}
		}
	case "Snapshot", "SavePause", "SaveAccount":
		all = []string{"pause the app", "pause the account", "resume the app", "connect", "withdraw consent"}
	case "POST /2/tweets", "GET /2/users/" + user + "/tweets":
		all = []string{"reply by hand", "repeat by hand"}
	}
	return all
}

// wishes are what the owner can want of a post.
var wishes = []string{"cancel", "edit", "retry", "restore", "resolve", "publish", "unpublish", "forget"}

// may reports whether the post allows what its owner wants.
func (w *World) may(id, what string) bool {
	if w.isForgotten(id) {
		return false
	}
	p, c := w.load(id)
	if what == "forget" {
		return p.Forget(time.Now()) == nil
	}
	_, err := w.wish(what)(p, c)
	return err == nil
}

// act does it, if it is one of acts.
func (w *World) act(what string) bool {
	verb, id, _ := strings.Cut(what, " ")
	switch {
	case what == "":
		return false
	case what == "pause the app":
		w.pause(publish.Pause{Scope: "app", Until: time.Now().Add(15 * time.Minute)})
	case what == "pause the account":
		w.pause(publish.Pause{Scope: "account", Until: time.Now().Add(15 * time.Minute)})
	case what == "resume the app":
		w.resumeApp()
	case what == "connect":
		w.connect()
	case what == "withdraw consent":
		_ = w.sim.Disconnect(owner)
	case what == "reply by hand":
		w.reply(w.ids[0])
	case what == "repeat by hand":
		w.repeat(w.ids[0])
	case verb == "forget":
		w.forget(id, 0)
	case slices.Contains(wishes, verb):
		w.move(id, verb, w.wish(verb))
	default:
		return false
	}
	return true
}

// pause is another worker meeting a refusal, of the app or the account.
func (w *World) pause(p publish.Pause) {
	w.mu.Lock()
	worker := w.newProcess()
	w.mu.Unlock()
	p.Sub, p.Reason.Code, p.Reason.Sentence = post.Paused, "paused_elsewhere", "X refused another post."
	_, _ = worker.vault(w.mem).Pause(context.Background(), publish.Session{AccountID: user}, p)
}

// repeat is the owner posting by hand what the next tweet says, though not as a
// reply.
func (w *World) repeat(id string) {
	switch p, c := w.load(id); {
	case p.Next() >= len(c.Tweets) || c.Tweets[p.Next()].Text == "":
	case p.Next() == 0:
		w.repeatFirst(c.Tweets[0].Text)
	default:
		w.byHand(c.Tweets[p.Next()].Text, "")
	}
}

// states makes fingerprints of worlds. What a reason says is for people: no rule
// reads one that is stored.
var states = exhaust.Fingerprint{
	Omit: set(
		"storetest.Memory.Now", "storetest.Memory.mu",
		"xsim.Sim.now", "xsim.Sim.mu", "xsim.Sim.random", "xsim.Sim.journal", "xsim.Sim.bill", "xsim.Post.Request",
		"post.Receipt.AttemptedAt",
		"fault.Reason.Code", "fault.Reason.Sentence", "fault.Reason.Todo", "fault.Reason.Detail", "fault.Reason.Transaction",
	),
	Alias: set("post.Post.RunID", "post.Post.Writer", "post.Lease.Owner", "account.Account.Writer", "account.Lease.Owner"),
}

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, n := range names {
		s[n] = true
	}
	return s
}

// pending is an event as a state has it.
type pending struct {
	at   time.Time
	what string
}

// isKnown shows the state where no process is at work. They keep nothing in memory
// from one invocation to the next, so what is stored, what X has, what is queued
// and the time are all that the future depends on; what the checks count comes to it.
func (w *World) isKnown() bool {
	if w.Script == nil || !w.armed {
		return false
	}
	if w.restBy.IsZero() && w.Script.Spent() && !w.busy() {
		w.mustRest()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var queued []pending
	for _, e := range w.events {
		switch {
		case e.of != nil && !e.of.dead:
			continue // nothing will come of it
		case e.what == "":
			return false
		}
		queued = append(queued, pending{e.at, e.what})
	}
	if w.running > 0 {
		return false
	}
	for _, m := range w.inbox {
		queued = append(queued, pending{time.Now(), m.String()})
	}
	slices.SortFunc(queued, func(a, b pending) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return strings.Compare(a.what, b.what)
	})
	w.known = w.Script.Still(func() uint64 {
		slack := 3*len(w.doubts) + w.lost + w.upsets - w.reads
		return states.Of(time.Now(), w.mem, w.sim, queued, w.forgotten, slack)
	})
	return w.known
}
