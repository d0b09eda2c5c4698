package publish_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/infra/sim/transition"
	"spool/infra/transcript"
	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/storetest"
	"spool/shared/vault"
	"spool/shared/xapi"
	"spool/shared/xauth"
)

// access is how long a request to the store takes.
const access = 10 * time.Millisecond

// stage is a rig of which all is told that workers ask X and the store.
type stage struct {
	*rig
	talk    *transcript.Talk
	files   shelf
	posts   map[string]string // ids by name
	workers int
	absent  sync.WaitGroup // the workers that nobody waits for

	mu     sync.Mutex
	known  map[string]post.Post // what a worker knows of a post
	plans  []plan
	failed string // the write that failed last: it is told once, however often it is tried
}

// plan is something to happen to a worker as it stores a transition: once, or
// again and again until a time.
type plan struct {
	when  func(does transition.Made, is post.Post) bool
	then  func(ctx context.Context) trouble
	until time.Time
}

// anew begins a new world.
func (s *stage) anew(t testing.TB) {
	s.absent.Wait()
	s.talk.Morning()
	s.rig = &rig{t: t, ctx: t.Context(), sim: xsim.New(xsim.Config{}), mem: storetest.NewMemory(time.Now)}
	s.store = &faulty{Memory: s.mem}
	s.pub = s.worker(0)
	s.connect()
	s.talk.Call(ada, "ada")
	s.files, s.posts, s.workers = shelf{}, map[string]string{}, 0
	s.known, s.plans = map[string]post.Post{}, nil
}

// hire makes a worker whose clock is off, and who tells all that it does.
func (s *stage) hire(skew time.Duration) (*publish.Publisher, context.Context) {
	s.workers++
	who := fmt.Sprintf("worker %d", s.workers)
	p := s.worker(skew)
	client := &http.Client{Transport: transcript.HTTP{Talk: s.talk, X: s.sim}}
	x := p.X.(*xapi.Client)
	x.HTTP = client
	v := p.Accounts.(*vault.Vault)
	v.Store, v.Authority.(*xauth.Authority).HTTP = toldAccounts{s.mem, s.talk}, client
	p.Posts = told{s.store, s}
	p.Queue = toldQueue{s}
	p.Media = publish.Media{X: xapi.Uploads{Client: x}, Files: s.files, Uploads: toldUploads{s.mem, s.talk},
		Segment: segment}
	return p, transcript.As(s.ctx, who)
}

// deliver gives a post to a worker that has a time for it, and does nothing else.
func (s *stage) deliver(name string, skew time.Duration, limit time.Duration) (done chan struct{}) {
	return s.order(alone(s.posts[name]), skew, limit)
}

// order has a worker do what is ordered.
func (s *stage) order(o publish.Order, skew time.Duration, limit time.Duration) (done chan struct{}) {
	p, ctx := s.hire(skew)
	ctx, cancel := context.WithTimeout(ctx, limit)
	who := transcript.Who(ctx)
	beside := ""
	if !o.Alone {
		beside = ", beside others"
	}
	s.talk.Line("queue", "delivers %s to %s%s", s.name(o.PostID), who, beside)
	done = make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		switch err := p.Publish(ctx, o); {
		case errors.As(err, new(*publish.Suspected)):
			s.talk.Line(who, "leaves %s until it is alone", s.name(o.PostID))
		case err != nil:
			s.talk.Line(who, "fails: %v", err)
		}
	}()
	return done
}

// plan has something happen when a worker stores a transition.
func (s *stage) plan(when func(transition.Made, post.Post) bool, then func(context.Context) trouble, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans = append(s.plans, plan{when, then, until})
}

// due is the plan for what a worker is about to store, if there is one.
func (s *stage) due(does transition.Made, is post.Post) (plan, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans = slices.DeleteFunc(s.plans, func(p plan) bool { return !p.until.IsZero() && time.Now().After(p.until) })
	i := slices.IndexFunc(s.plans, func(p plan) bool { return p.when(does, is) })
	if i < 0 {
		return plan{}, false
	}
	p := s.plans[i]
	if p.until.IsZero() {
		s.plans = slices.Delete(s.plans, i, i+1)
	}
	return p, true
}

// die ends the goroutine of a worker, as a crash does.
func (s *stage) die(ctx context.Context) {
	s.talk.Line(transcript.Who(ctx), "dies")
	runtime.Goexit()
}

// toldQueue is the queue, which delivers nothing by itself.
type toldQueue struct{ s *stage }

func (q toldQueue) WakeAll(ctx context.Context, wakes []schedule.Wake) error {
	for _, w := range wakes {
		q.s.talk.Line(transcript.Who(ctx), "wakes another for %s, run %d in a row", q.s.name(w.PostID), w.Hops+1)
	}
	return nil
}

// told is the store of one worker.
type told struct {
	*faulty
	s *stage
}

// knows notes what a worker knows of a post.
func (s told) knows(ctx context.Context, p post.Post) post.Post {
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	who := transcript.Who(ctx) + " " + p.ID
	was := s.s.known[who]
	s.s.known[who] = p
	return was
}

func (s told) Load(ctx context.Context, id string) (post.Post, post.Content, error) {
	time.Sleep(access)
	p, c, err := s.faulty.Load(ctx, id)
	if err == nil {
		s.knows(ctx, p)
	}
	s.s.talk.Line(transcript.Who(ctx), "reads %s", s.s.name(id))
	return p, c, err
}

func (s told) Save(ctx context.Context, p post.Post) (post.Post, error) {
	who := transcript.Who(ctx)
	was := s.knows(ctx, p)
	does, ok := transition.Between(was, p)
	if !ok {
		s.s.t.Errorf("no transition leads from %+v to %+v", was, p)
	}
	told := fmt.Sprintf("%-10s %s: %s", does, s.s.name(p.ID), s.s.standing(p))
	what := none
	if plan, ok := s.s.due(does, p); ok {
		what = plan.then(ctx)
	}
	time.Sleep(access)
	saved, err := p, error(context.DeadlineExceeded)
	if what != before {
		saved, err = s.faulty.Save(ctx, p)
	}
	switch {
	case what == dead && err == nil:
		s.s.talk.Line(who, "%s", told)
		s.s.die(ctx)
	case what == after && err == nil:
		s.s.talk.Line(who, "%s -> stored, but the answer is lost", told)
		s.knows(ctx, was)
		return p, context.DeadlineExceeded
	case err == nil:
		s.s.talk.Line(who, "%s", told)
		s.knows(ctx, saved)
	case fault.Is(err, fault.Conflict):
		s.s.talk.Line(who, "%s -> refused: it has changed", told)
	default:
		if told += " -> not stored: the store fails"; s.s.failed != told {
			s.s.talk.Line(who, "%s", told)
		}
		s.s.failed = told
		s.knows(ctx, was)
	}
	return saved, err
}

func (s told) Siblings(ctx context.Context, p post.Post, since time.Time) ([]post.Post, error) {
	time.Sleep(access)
	s.s.talk.Line(transcript.Who(ctx), "reads the posts that begin alike")
	return s.faulty.Siblings(ctx, p, since)
}

func (s told) Owned(ctx context.Context, ids []string) (map[string]string, error) {
	time.Sleep(access)
	s.s.talk.Line(transcript.Who(ctx), "reads whose the tweets are")
	return s.faulty.Owned(ctx, ids)
}

func (s told) Own(ctx context.Context, id string, p post.Post) error {
	time.Sleep(access)
	err := s.faulty.Own(ctx, id, p)
	said := fmt.Sprintf("takes %s for %s", s.s.talk.Name("#", id), s.s.name(p.ID))
	if err != nil {
		said += " -> refused: it is another post's"
	}
	s.s.talk.Line(transcript.Who(ctx), "%s", said)
	return err
}

// name is what the file calls a post.
func (s *stage) name(id string) string {
	for name, known := range s.posts {
		if known == id {
			return name
		}
	}
	return "?"
}

// standing tells a record.
func (s *stage) standing(p post.Post) string {
	all := string(p.Status)
	if p.Sub != "" {
		all += "/" + string(p.Sub)
	}
	all += fmt.Sprintf(", %d of %d out", len(p.Published), p.Size)
	if len(p.Published) > 0 {
		all += " (" + s.talk.Name("#", p.Parent()) + ")"
	}
	if p.Removal != nil {
		all += fmt.Sprintf(", %d gone", p.Removal.Gone)
	}
	if a := p.Attempt; a != nil {
		all += fmt.Sprintf(", intent %d", p.Next()+1)
		if !a.At.Equal(p.UpdatedAt) {
			all += " of " + s.talk.Time(a.At)
		}
		all += count(", absent", a.Absent) + count(", unread", a.Failed)
		if a.Duplicate {
			all += ", duplicate"
		}
	}
	all += count(", tried", p.Tries) + count(", ended without a word", p.Crashes)
	if p.Media != nil {
		all += fmt.Sprintf(", %d of %d bytes at X", p.Media.Sent, p.Media.Total) + count(", tried", p.Media.Tries)
	}
	if p.Lease.Owner != "" {
		all += ", lease " + s.talk.Time(p.Lease.Until)
	}
	if !p.Due.IsZero() {
		all += ", due " + s.talk.Time(p.Due)
	}
	if p.Reason != nil {
		all += ", " + string(p.Reason.Code)
	}
	return all
}

// count tells how often, unless it is never.
func count(what string, n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s %dx", what, n)
}

// toldAccounts is the vault's store of one worker.
type toldAccounts struct {
	*storetest.Memory
	talk *transcript.Talk
}

func (a toldAccounts) Snapshot(ctx context.Context, id string) (account.Snapshot, error) {
	time.Sleep(access)
	a.talk.Line(transcript.Who(ctx), "reads the account")
	return a.Memory.Snapshot(ctx, id)
}

func (a toldAccounts) SaveAccount(ctx context.Context, acc account.Account) (account.Account, error) {
	time.Sleep(access)
	saved, err := a.Memory.SaveAccount(ctx, acc)
	a.talk.Line(transcript.Who(ctx), "account    %s%s", transcript.Account(a.talk, acc), refusal(err))
	return saved, err
}

func (a toldAccounts) SavePause(ctx context.Context, id string, p account.Pause) error {
	time.Sleep(access)
	err := a.Memory.SavePause(ctx, id, p)
	whose := "the app"
	if id != "" {
		whose = "the account"
	}
	if p.Until.IsZero() {
		a.talk.Line(transcript.Who(ctx), "pause      of %s ends%s", whose, refusal(err))
	} else {
		a.talk.Line(transcript.Who(ctx), "pause      of %s until %s, %s%s%s", whose, a.talk.Time(p.Until), p.Reason.Code,
			count(", prolonged", max(p.Count-1, 0)), refusal(err))
	}
	return err
}

// refusal tells that a write was not taken.
func refusal(err error) string {
	if err == nil {
		return ""
	}
	return " -> refused: it has changed"
}

// toldUploads remembers uploads for one worker.
type toldUploads struct {
	*storetest.Memory
	talk *transcript.Talk
}

func (u toldUploads) Uploads(ctx context.Context, accountID string, digests []string) (map[string]publish.Upload, error) {
	time.Sleep(access)
	found, err := u.Memory.Uploads(ctx, accountID, digests)
	u.talk.Line(transcript.Who(ctx), "reads what X has of %d media: %d", len(digests), len(found))
	return found, err
}

func (u toldUploads) SaveUpload(ctx context.Context, up publish.Upload) error {
	time.Sleep(access)
	err := u.Memory.SaveUpload(ctx, up)
	what := "forgotten: it is to be uploaded anew"
	if up.ID != "" {
		what = fmt.Sprintf("%s is %s", u.talk.Name("m", up.ID), up.Stage)
	}
	u.talk.Line(transcript.Who(ctx), "upload     %s%s", what, count(", segments", up.Segments))
	return err
}

// texts are the tweets of a thread as a file writes them.
func texts(s string) []string { return strings.Split(s, " / ") }
