package publish

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"spool/shared/clock"
	"spool/shared/correlate"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/schedule"
)

// This file tells the publisher's way from a wake-up to the end of a run, under the
// headings of README.md: wake, open, afford, prepare, claim, send, checkpoint, doubt,
// settle, wait. What X's refusals ask for is in refused.go.

// An outcome is what a step of a run comes to: what is done next.
type outcome int

const (
	goOn   outcome = iota // the step is done: the next one follows
	again                 // the next request may leave at once: if it makes a tweet, the intent is stored
	reload                // the run's copy of the post is out of date: the post is read again
	stop                  // the run is over: the record says how it goes on, or err why not
)

// run is one worker's work on one post, within one invocation.
type run struct {
	*Publisher
	ctx     context.Context // of the invocation, which the run does not outlast
	order   Order
	owner   string
	due     time.Time // when it was due that the run does
	began   time.Time // when it took the post
	done    int       // tweets that it has sent, or deleted
	rec     post.Post
	content post.Content
	session Session
	uploads uploads
	renewed bool      // the access token was renewed in this run
	dialled time.Time // when the connection for the next request was asked for
	err     error     // of Spool's own storage, or the end of the invocation
}

// Order is what a worker is woken with.
type Order struct {
	PostID string
	// Alone: the process works on no other post meanwhile. Else it leaves those that are
	// suspected to end processes, for which it answers [Suspected].
	Alone bool
	Hops  int // of the wake: see [schedule.Wake]
}

// Suspected is the error of a post that may be what ended its workers: nothing was done for
// it, and it is to be worked on alone.
type Suspected struct{ Crashes int }

// Error says so.
func (s *Suspected) Error() string {
	return fmt.Sprintf("the work on the post has ended without a word %d times in a row: it is to be worked on alone", s.Crashes)
}

// maxHops is how many runs hand a post on to one another by wakes, before it waits for
// dispatch: well below what Lambda takes for an endless loop.
const maxHops = 10

// Publish does what is due for the post: starts it, goes on with it, settles its
// doubt, or deletes it from X. A post for which nothing is due, or that somebody
// else works on, is left alone. So is one that takes a newer version of Spool, or
// whose account does: it stays due. All outcomes that X or the rules
// decide are in the record; the error is of Spool's own storage, and calling again
// is right.
func (p *Publisher) Publish(ctx context.Context, o Order) error {
	for range 3 {
		r := &run{Publisher: p, ctx: ctx, order: o, owner: post.NewWriter()}
		switch out := r.do(o.PostID); {
		case fault.Is(r.err, fault.Newer):
			p.Log.WarnContext(ctx, "the post is left to a newer version of Spool", "post_id", o.PostID, "error", r.err)
			return nil // it stays in the due index, so a worker is woken for it every minute
		case out != reload:
			return r.err
		}
	}
	return nil // others are at work on it, and it stays in the due index until they are done
}

// do goes the whole way.
func (r *run) do(id string) outcome {
	if out := r.wake(id); out != goOn {
		return out
	}
	if r.rec.Status == post.Deleting {
		d := deletion{r}
		return inOrder(r.open, r.sleepUntilDue, d.claim, d.deleteAll)
	}
	return inOrder(r.open, r.afford, r.sleepUntilDue, r.prepare, r.claim, r.sendAll)
}

// inOrder takes one step after another, for as long as they go on.
func inOrder(steps ...func() outcome) outcome {
	for _, step := range steps {
		if out := step(); out != goOn {
			return out
		}
	}
	return stop
}

// wake reads the post, and sees whether anything is due for it.
func (r *run) wake(id string) outcome {
	rec, content, err := r.Posts.Load(r.ctx, id)
	switch {
	case fault.Is(err, fault.Gone):
		return stop // its owner deleted it since it was due
	case fault.Is(err, fault.NotFound):
		r.Log.WarnContext(r.ctx, "woken for a post that does not exist", "post_id", id)
		return stop
	case err != nil:
		return r.fail(err)
	}
	r.rec, r.content = rec, content
	r.due = rec.Due
	r.ctx = correlate.With(r.ctx,
		slog.String("post_id", rec.ID), slog.String("account_id", rec.AccountID), slog.String("run_id", r.owner))
	r.uploads = uploads{Media: r.Media, accountID: rec.AccountID, now: r.Now, log: r.Log}
	now := r.Now()
	switch {
	case rec.Untold():
		return r.remind(now)
	case rec.Due.IsZero() || rec.Busy(now) || rec.Due.After(now.Add(r.Config.WakeLead)):
		r.Log.DebugContext(r.ctx, "nothing is due", "status", rec.Status, "due", rec.Due)
		return stop
	case rec.Overdue(now):
		return r.end(rec.Miss(now))
	case !r.order.Alone && rec.Suspicion(now) > 0:
		return r.fail(&Suspected{rec.Suspicion(now)})
	default:
		return goOn
	}
}

// remind has the events of a post that has ended handed over once more: storing it does
// that, see notify.Posts. It was woken since nobody has taken them out.
func (r *run) remind(now time.Time) outcome {
	if r.rec.TellBy.After(now.Add(r.Config.WakeLead)) {
		return stop
	}
	r.Log.InfoContext(r.ctx, "handing the post's events over once more", "events", len(r.rec.Events))
	if out := r.keep(r.rec.Remind(now), nil); out != goOn {
		return out
	}
	return stop
}

// open opens the account. While it waits, or cannot be used, the post waits as well. A
// wake-up that comes a little before a pause ends, by this worker's clock, waits here.
func (r *run) open() outcome {
	s, err := r.Accounts.Open(r.ctx, r.rec.AccountID)
	if err == nil && s.Pause != nil && !s.Pause.Until.After(r.Now().Add(r.Config.WakeLead)) {
		if err := clock.Sleep(r.ctx, s.Pause.Until.Sub(r.Now())); err != nil {
			return r.fail(err)
		}
		s, err = r.Accounts.Open(r.ctx, r.rec.AccountID)
	}
	if err != nil {
		r.session.AccountID = r.rec.AccountID
		return r.cannotOpen(err)
	}
	if r.session = s; s.Pause != nil {
		return r.wait(*s.Pause)
	}
	return goOn
}

// afford sets aside what the thread costs, where a budget holds for its account,
// before anything is sent that X charges for. That it is counted is stored with the
// next change of the record; a worker that dies before leaves that to the budgets
// themselves.
func (r *run) afford() outcome {
	if !r.session.Budgeted {
		return goOn
	}
	e := r.expense()
	if e.Amount <= e.Counted {
		return goOn
	}
	charge, wait, err := r.Accounts.SetAside(r.ctx, r.session, e)
	switch {
	case err != nil:
		return r.fail(err)
	case wait != nil:
		r.Log.InfoContext(r.ctx, "a budget holds the post", "costs", e.Amount)
		return r.wait(*wait)
	}
	r.rec.Charge = charge
	return goOn
}

// sleepUntilDue waits for the second: a wake-up comes a little early, so that everything is
// ready when it begins, the connection as well.
func (r *run) sleepUntilDue() outcome {
	if err := clock.Sleep(r.ctx, r.rec.Due.Add(-connecting).Sub(r.Now())); err != nil {
		return r.fail(err)
	}
	r.dialAhead()
	if err := clock.Sleep(r.ctx, r.rec.Due.Sub(r.Now())); err != nil {
		return r.fail(err)
	}
	return goOn
}

// prepare sees to it that X has all media of the tweets that are to be sent. Where it
// has not, or the post's time has not come, uploading them is all of the run, without an
// intent to send anything.
func (r *run) prepare() outcome {
	media := r.content.Media(r.rec.Next())
	if r.rec.Attempt != nil || len(media) == 0 {
		return goOn // a doubt comes first: see attached
	}
	if err := r.uploads.load(r.ctx, media); err != nil {
		return r.fail(err)
	}
	early := r.rec.ScheduledAt.After(r.Now().Add(r.Config.WakeLead))
	if !early && len(r.uploads.missing(media)) == 0 {
		return goOn
	}
	if !r.canBegin() {
		return r.handOn() // another invocation has more time
	}
	r.began = r.Now()
	if out := r.keep(r.rec.Prepare(r.began, r.owner, r.Config.Lease, r.uploads.transfer(media))); out != goOn {
		return out
	}
	return r.uploadAll(media)
}

// claim takes the post, and stores the intent to send its first open tweet.
func (r *run) claim() outcome {
	if !r.canBegin() {
		return r.handOn() // another invocation has more time
	}
	if err := r.register(); err != nil {
		return r.fail(err)
	}
	r.began = r.Now()
	return r.keep(r.rec.Claim(r.began, r.owner, r.Config.Lease))
}

// register notes what a post begins with where its record does not say so: it was
// stored before that was noted, or by a version that saw openings otherwise. It costs
// a request, for such posts only.
func (r *run) register() error {
	if r.rec.Opening == r.content.Opening() {
		return nil
	}
	if err := r.Posts.Register(r.ctx, r.rec, r.content); err != nil {
		return err
	}
	r.rec.Opening = r.content.Opening() // stored with the claim
	return nil
}

// sendAll sends what is claimed, and goes on to the last tweet as long as all is well.
// An intent that an earlier worker left behind is settled first.
func (r *run) sendAll() outcome {
	out := again
	if r.rec.Sub == post.Reconciling {
		out = r.settle()
	}
	for out == again {
		out = r.send()
	}
	return out
}

// send sends the attempted tweet, whose intent is stored.
func (r *run) send() outcome {
	if out := r.lookBack(); out != goOn {
		return out
	}
	if !r.canSend() {
		r.Log.WarnContext(r.ctx, "the worker was held up before it sent", "position", r.rec.Next()+1)
		return r.endAndReload(r.rec.HandOver(r.Now())) // this invocation may have the time to go on itself
	}
	id, err := r.create()
	if err != nil {
		return r.refused(err)
	}
	r.probeSucceeded()
	return r.checkpoint(id)
}

// create is the one request that makes the attempted tweet. While X answers it, the
// connection for the next tweet is made.
func (r *run) create() (id string, err error) {
	if r.rec.Next()+1 < r.rec.Size {
		r.dialAhead()
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.Config.Request)
	defer cancel()
	return r.X.Create(ctx, r.session.Token, r.uploads.attach(r.content.Tweets[r.rec.Next()]), r.rec.Parent())
}

// connecting is how long before a request its connection is asked for. It is longer than
// connecting takes, and well below the second for which a connection waits.
const connecting = 500 * time.Millisecond

// dialAhead has the connection for the next request to X made.
func (r *run) dialAhead() {
	if r.Dialer == nil {
		return
	}
	r.dialled = r.Now()
	r.Dialer.Ahead(r.ctx)
}

// checkpoint records X's id of the attempted tweet, together with the intent to send
// the next.
func (r *run) checkpoint(id string) outcome {
	now := r.Now()
	r.done++
	switch {
	case r.rec.Next()+1 >= r.rec.Size:
		return r.end(r.rec.Complete(now, id))
	case r.canBegin() && !r.hadShare() && r.attached(r.rec.Next()+1):
		if now.Sub(r.dialled) > connecting { // X took its time
			r.dialAhead()
		}
		return r.keepSending(r.rec.Checkpoint(now, id, r.Config.Lease))
	default:
		return r.end(r.rec.Yield(now, id))
	}
}

// doubt begins to settle whether X accepted the attempted tweet. When a first look
// finds it, the run goes on; else the post waits for the settling time.
func (r *run) doubt(reason fault.Reason, look post.Look) outcome {
	delay := r.Config.FirstLookDelay
	if r.left(delay+r.Config.Request+r.Config.Store) && clock.Sleep(r.ctx, delay) == nil {
		if found, err := r.look(); err == nil && len(found) == 1 {
			return r.adopt(found[0])
		}
	}
	return r.end(r.rec.Doubt(r.Now(), r.rec.Attempt.At.Add(r.Config.Settle), look, reason))
}

// settle reads whether the tweet of a doubtful attempt is on X: then its id is
// recorded. It is sent again only where it is certainly absent.
func (r *run) settle() outcome {
	found, err := r.look()
	switch {
	case err != nil:
		return r.timelineUnread(err)
	case len(found) == 0:
		return r.absent()
	case len(found) == 1:
		return r.adopt(found[0])
	default:
		return r.undecided(found)
	}
}

// wait puts the post back into the due index until the pause ends. All that waits for the
// same moment is due at it, and dispatch has it go on in turn. Of a longer one it sees
// whether it lasts.
func (r *run) wait(p Pause) outcome {
	until := earlier(p.Until, r.Now().Add(post.LongestWait))
	parked, err := r.rec.Park(r.Now(), until, p.Sub, p.Reason, r.inDoubt())
	return r.end(parked.TellHold(r.Config.Held), err)
}

// earlier is the earlier of two times.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// inDoubt reports whether X may have the attempted tweet: an earlier worker left the
// intent behind. Of one that this run stored X has just told that it has not.
func (r *run) inDoubt() bool {
	return r.rec.Attempt != nil && (!r.claimed() || r.rec.Sub == post.Reconciling)
}

// claimed reports whether this run has the post.
func (r *run) claimed() bool { return r.rec.Lease.Owner == r.owner }

// canBegin reports whether there is time to store an intent, and then to send.
func (r *run) canBegin() bool { return r.left(r.Config.Store + r.Config.Request + r.Config.Store) }

// canSend reports whether a request that leaves now ends within the lease, and
// can be recorded before the invocation ends.
func (r *run) canSend() bool {
	return !r.Now().Add(r.Config.Request).After(r.rec.Lease.Until) && r.left(r.Config.Request+r.Config.Store)
}

// hadShare reports whether it is time that others have their turn.
func (r *run) hadShare() bool {
	return r.done >= r.Config.ShareTweets || r.Now().Sub(r.began) >= r.Config.ShareTime
}

// left reports whether the invocation lasts for at least d more.
func (r *run) left(d time.Duration) bool {
	end, bounded := r.ctx.Deadline()
	return !bounded || time.Until(end) >= d
}

// keep stores a transition and goes on from it. It tries until the time is up, since
// what it stores may be known nowhere else. Whoever's write is refused has lost the
// post.
func (r *run) keep(next post.Post, err error) outcome {
	if err != nil {
		r.Log.InfoContext(r.ctx, "the post does not stand as this worker thought", "error", err)
		return reload
	}
	next.Writer = r.owner
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		saved, err := r.save(next)
		switch {
		case err == nil:
			r.stored(saved)
			return goOn
		case fault.Is(err, fault.Conflict):
			r.Log.InfoContext(r.ctx, "the post changed under this worker, which reads it again", "error", err)
			return reload
		}
		r.Log.WarnContext(r.ctx, "storing the record failed; trying again", "error", err)
		if clock.Sleep(r.ctx, wait) != nil {
			return r.fail(err)
		}
	}
}

// stored goes on from what is stored.
func (r *run) stored(next post.Post) {
	before := r.rec
	r.rec = next
	if r.Observer == nil {
		return
	}
	c := post.Change{Before: before, After: next, Due: r.due}
	if n := len(before.Published); len(next.Published) > n {
		c.Charged = r.price(r.content.Tweets[n:len(next.Published)])
	}
	r.Observer.PostStored(r.ctx, c)
}

// save is one try to store.
func (r *run) save(p post.Post) (post.Post, error) {
	ctx, cancel := context.WithTimeout(r.ctx, r.Config.Store)
	defer cancel()
	return r.Posts.Save(ctx, p)
}

// keepSending stores a transition after which a request may leave.
func (r *run) keepSending(next post.Post, err error) outcome {
	if out := r.keep(next, err); out != goOn {
		return out
	}
	return again
}

// end stores the transition that ends the run. What is due at once is handed on.
func (r *run) end(next post.Post, err error) outcome {
	if out := r.close(next, err); out != goOn {
		return out
	}
	return r.handOn()
}

// handOn ends the run, and wakes another worker where the post is due at once. Where that
// fails, dispatch finds the post in the due index.
func (r *run) handOn() outcome {
	due := !r.rec.Due.IsZero() && !r.rec.Due.After(r.Now())
	if r.Queue == nil || !due || r.order.Hops >= maxHops {
		return stop
	}
	wake := schedule.Wake{PostID: r.rec.ID, AccountID: r.rec.AccountID, DueAt: r.rec.Due, Hops: r.order.Hops + 1}
	if err := r.Queue.WakeAll(r.ctx, []schedule.Wake{wake}); err != nil {
		r.Log.WarnContext(r.ctx, "the post could not be handed on, and waits for dispatch", "error", err)
	}
	return stop
}

// close stores the transition that lets go of the post.
func (r *run) close(next post.Post, err error) outcome {
	if out := r.keep(next, err); out != goOn {
		return out
	}
	attrs := []any{"status", r.rec.Status, "sub_status", r.rec.Sub, "published", len(r.rec.Published), "of", r.rec.Size}
	if reason := r.rec.Reason; reason != nil {
		attrs = append(attrs, "reason", reason.Code, "detail", reason.Detail, "transaction", reason.Transaction)
	}
	if !r.rec.Due.IsZero() {
		attrs = append(attrs, "next", r.rec.Due)
	}
	r.Log.InfoContext(r.ctx, "run ended", attrs...)
	return goOn
}

// endAndReload ends the run, for another to go on at once: in this invocation, where
// that has the time.
func (r *run) endAndReload(next post.Post, err error) outcome {
	if r.close(next, err); r.err != nil {
		return stop
	}
	return reload
}

// fail ends the run for an error that is not X's.
func (r *run) fail(err error) outcome {
	r.err = err
	return stop
}
