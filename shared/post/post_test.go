package post_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/post"
)

var (
	now    = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	reason = fault.Reason{Code: "why", Sentence: "Because."}
	id1    = post.IDAt(now)
	id2    = post.IDAt(now.Add(time.Second))
	id3    = post.IDAt(now.Add(2 * time.Second))
)

const ttl = 45 * time.Second

// texts is a content of the given version.
func texts(version int, tweets ...string) post.Content {
	c := post.Content{Version: version}
	for _, t := range tweets {
		c.Tweets = append(c.Tweets, post.Tweet{Text: t})
	}
	return c
}

// must gives the post of a transition that has to succeed.
func must(t *testing.T) func(post.Post, error) post.Post {
	return func(p post.Post, err error) post.Post {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// thread is a post of three tweets in each situation that a post can be in.
func thread(t *testing.T) map[string]post.Post {
	ok := must(t)
	c := texts(1, "one", "two", "three")
	scheduled := post.New(now, "7", c, now, "UTC")
	claimed := ok(scheduled.Claim(now, "me", ttl))
	second := ok(claimed.Checkpoint(now, id1, ttl))
	failed := ok(second.Fail(now, reason))
	published := ok(ok(second.Checkpoint(now, id2, ttl)).Complete(now, id3))
	deleting := ok(published.Unpublish(now))
	removing := ok(deleting.ClaimDeletion(now, "me", ttl))
	late := scheduled
	late.Lateness = time.Minute
	return map[string]post.Post{
		"draft":     post.New(now, "7", c, time.Time{}, ""),
		"scheduled": scheduled,
		"claimed":   claimed,
		"preparing": ok(scheduled.Prepare(now, "me", ttl, post.Transfer{Total: 9})),
		"waiting":   ok(second.Park(now, now.Add(time.Hour), post.Paused, reason, false)),
		"doubted":   ok(second.Doubt(now, now.Add(time.Hour), post.NotLooked, reason)),
		"published": published,
		"failed":    failed,
		"unknown":   ok(second.GiveUp(now, reason)),
		"cancelled": ok(failed.Cancel(now)),
		"missed":    ok(late.Miss(now.Add(time.Hour))),
		"deleting":  deleting,
		"removing":  removing,
		"held":      ok(removing.Park(now, now.Add(time.Hour), post.Paused, reason, false)),
		"stuck":     ok(ok(removing.Removed(now, ttl)).Fail(now, reason)),
		"deleted":   ok(ok(ok(removing.Removed(now, ttl)).Removed(now, ttl)).Removed(now, ttl)),
	}
}

// moves are the transitions by name, with arguments that suit the thread.
func moves() map[post.Transition]func(post.Post) (post.Post, error) {
	// In a zone, and finer than a record keeps.
	at := now.Add(time.Minute + 234567*time.Nanosecond).In(time.FixedZone("", 3600))
	return map[post.Transition]func(post.Post) (post.Post, error){
		post.Schedule: func(p post.Post) (post.Post, error) { return p.Schedule(at, at, "UTC") },
		post.Edit: func(p post.Post) (post.Post, error) {
			return p.Edit(at, texts(1, "one", "two", "three"), texts(2, "one", "second", "third"))
		},
		post.Cancel: func(p post.Post) (post.Post, error) { return p.Cancel(at) },
		post.Retry: func(p post.Post) (post.Post, error) {
			if p.Removal != nil { // that is RetryUnpublish
				return p, fault.New(fault.Conflict, "another transition")
			}
			return p.Retry(at)
		},
		post.Restore: func(p post.Post) (post.Post, error) {
			p.ScheduledAt = at.Add(time.Hour)
			return p.Restore(at)
		},
		post.RestoreDraft: func(p post.Post) (post.Post, error) {
			p.ScheduledAt = time.Time{}
			return p.Restore(at)
		},
		post.Miss:  func(p post.Post) (post.Post, error) { p.Lateness = time.Second; return p.Miss(at) },
		post.Claim: func(p post.Post) (post.Post, error) { return p.Claim(at.Add(time.Hour), "other", ttl) },
		post.Prepare: func(p post.Post) (post.Post, error) {
			return p.Prepare(at.Add(time.Hour), "other", ttl, post.Transfer{})
		},
		post.Upload:      func(p post.Post) (post.Post, error) { return p.Upload(at, ttl, post.Transfer{}) },
		post.Await:       func(p post.Post) (post.Post, error) { return p.Await(at, at, post.Transfer{}, nil) },
		post.Uploaded:    func(p post.Post) (post.Post, error) { return p.Uploaded(at) },
		post.Checkpoint:  func(p post.Post) (post.Post, error) { return p.Checkpoint(at, id2, ttl) },
		post.Complete:    func(p post.Post) (post.Post, error) { return p.Complete(at, id2) },
		post.Yield:       func(p post.Post) (post.Post, error) { return p.Yield(at, id2) },
		post.Doubt:       func(p post.Post) (post.Post, error) { return p.Doubt(at, at, post.NotThere, reason) },
		post.Resend:      func(p post.Post) (post.Post, error) { return p.Resend(at, ttl) },
		post.HandOver:    func(p post.Post) (post.Post, error) { return p.HandOver(at) },
		post.Backoff:     func(p post.Post) (post.Post, error) { return p.Backoff(at, at, reason) },
		post.Park:        func(p post.Post) (post.Post, error) { return p.Park(at, at, post.Paused, reason, true) },
		post.Resume:      func(p post.Post) (post.Post, error) { return p.Resume(at) },
		post.Spare:       func(p post.Post) (post.Post, error) { return p.Spare(at.Add(time.Hour)) },
		post.Fail:        func(p post.Post) (post.Post, error) { return p.Fail(at, reason) },
		post.GiveUp:      func(p post.Post) (post.Post, error) { return p.GiveUp(at, reason) },
		post.Resolve:     func(p post.Post) (post.Post, error) { return p.Resolve(at, 2, "") },
		post.ResolveLast: func(p post.Post) (post.Post, error) { p.Size = 2; return p.Resolve(at, 2, id2) },

		post.Unpublish:      func(p post.Post) (post.Post, error) { return p.Unpublish(at) },
		post.RetryUnpublish: func(p post.Post) (post.Post, error) { p.Removal = &post.Removal{}; return p.Retry(at) },
		post.ClaimDeletion:  func(p post.Post) (post.Post, error) { return p.ClaimDeletion(at.Add(time.Hour), "other", ttl) },
		post.Removed:        func(p post.Post) (post.Post, error) { return p.Removed(at, ttl) },
		post.RemovedLast: func(p post.Post) (post.Post, error) {
			p.Removal = &post.Removal{Gone: len(p.Published) - 1}
			return p.Removed(at, ttl)
		},
		post.Defer: func(p post.Post) (post.Post, error) { return p.Defer(at, at, &reason) },
	}
}

// edge is the edge of a transition from a status.
func edge(name post.Transition, from post.Status) (post.Edge, bool) {
	all := post.Transitions()
	i := slices.IndexFunc(all, func(e post.Edge) bool { return e.Name == name && slices.Contains(e.From, from) })
	if i < 0 {
		return post.Edge{}, false
	}
	return all[i], true
}

// TestEveryTransitionFromEverySituation holds the rules to a table written by
// hand: for each situation what is allowed, and all else is refused.
func TestEveryTransitionFromEverySituation(t *testing.T) {
	allowed := map[string][]post.Transition{
		"draft":     {post.Schedule, post.Edit, post.Cancel},
		"scheduled": {post.Schedule, post.Edit, post.Cancel, post.Miss, post.Claim, post.Prepare, post.Park, post.Fail, post.Spare},
		"preparing": {post.Cancel, post.Miss, post.Claim, post.Prepare, post.Upload, post.Await, post.Uploaded, post.Park, post.Fail, post.Spare},
		"claimed":   {post.Claim, post.Checkpoint, post.Complete, post.Yield, post.Doubt, post.Resend, post.HandOver, post.Backoff, post.Park, post.Fail, post.GiveUp, post.Spare},
		"waiting":   {post.Cancel, post.Claim, post.Prepare, post.Park, post.Resume, post.Fail, post.Spare},
		"doubted":   {post.Claim, post.Checkpoint, post.Complete, post.Yield, post.Doubt, post.Resend, post.Backoff, post.Park, post.Fail, post.GiveUp, post.Spare},
		"published": {post.Unpublish},
		"failed":    {post.Edit, post.Cancel, post.Retry, post.Unpublish, post.RetryUnpublish},
		"unknown":   {post.Resolve, post.ResolveLast},
		"cancelled": {post.Schedule, post.Edit, post.Restore, post.RestoreDraft, post.Unpublish},
		"missed":    {post.Schedule, post.Edit, post.Cancel, post.Restore},
		"deleting":  {post.ClaimDeletion, post.Removed, post.RemovedLast, post.Defer, post.Park, post.Fail, post.Spare},
		"removing":  {post.ClaimDeletion, post.Removed, post.RemovedLast, post.Defer, post.Park, post.Fail, post.Spare},
		"held":      {post.ClaimDeletion, post.Removed, post.RemovedLast, post.Defer, post.Park, post.Resume, post.Fail, post.Spare},
		"stuck":     {post.Unpublish, post.RetryUnpublish},
		"deleted":   {},
	}
	// These are given a changed post.
	changed := []post.Transition{post.Miss, post.Restore, post.RestoreDraft, post.ResolveLast, post.RetryUnpublish, post.RemovedLast}
	for situation, p := range thread(t) {
		for name, move := range moves() {
			got, err := move(p)
			e, drawn := edge(name, p.Status)
			switch want := slices.Contains(allowed[situation], name); {
			case want && err != nil:
				t.Errorf("%s of a post that is %s: %v", name, situation, err)
			case want && !drawn:
				t.Errorf("%s of a post that is %s is no edge of Transitions", name, situation)
			case want && got.Status != e.To && e.To != "":
				t.Errorf("%s of a post that is %s leads to %s, want %s", name, situation, got.Status, e.To)
			case !want && !fault.Is(err, fault.Conflict):
				t.Errorf("%s of a post that is %s: got %v, want a conflict", name, situation, err)
			case !want && !slices.Contains(changed, name) && !cmp.Equal(got, p):
				t.Errorf("%s of a post that is %s was refused, and changed it: %s", name, situation, cmp.Diff(p, got))
			}
		}
	}
	for _, e := range post.Transitions() {
		if moves()[e.Name] == nil {
			t.Errorf("the table lacks %s", e.Name)
		}
	}
}

func TestWhatIsDueWhen(t *testing.T) {
	later := now.Add(time.Hour)
	for situation, want := range map[string]time.Time{
		"draft": {}, "scheduled": now, "claimed": now.Add(ttl), "preparing": now.Add(ttl), "waiting": later, "doubted": later,
		"published": {}, "failed": {}, "unknown": {}, "cancelled": {}, "missed": {},
		"deleting": now, "removing": now.Add(ttl), "held": later, "stuck": {}, "deleted": {},
	} {
		p := thread(t)[situation]
		if !p.Due.Equal(want) {
			t.Errorf("a post that is %s is due at %v, want %v", situation, p.Due, want)
		}
		if p.Busy(now) != (situation == "claimed" || situation == "preparing" || situation == "removing") {
			t.Errorf("a post that is %s is busy: %v", situation, p.Busy(now))
		}
	}
}

func TestClaimKeepsTheDoubtOfAnEarlierWorker(t *testing.T) {
	p := thread(t)["claimed"]
	if _, err := p.Claim(now.Add(ttl-time.Millisecond), "other", ttl); !fault.Is(err, fault.Conflict) {
		t.Fatalf("within the lease: got %v, want a conflict", err)
	}
	taken := must(t)(p.Claim(now.Add(ttl), "other", ttl))
	if taken.Sub != post.Reconciling || *taken.Attempt != *p.Attempt || taken.Lease.Term != p.Lease.Term+1 || taken.RunID != "other" {
		t.Errorf("taken over as %+v", taken)
	}
	if _, err := thread(t)["scheduled"].Claim(now.Add(-time.Millisecond), "early", ttl); !fault.Is(err, fault.Conflict) {
		t.Errorf("before its time: got %v, want a conflict", err)
	}
}

func TestCheckpointKeepsTheIndexInPeace(t *testing.T) {
	p := thread(t)["claimed"]
	at := now.Add(3 * time.Second)
	next := must(t)(p.Checkpoint(at, id1, ttl))
	if !next.Due.Equal(p.Due) {
		t.Errorf("a checkpoint moved Due to %v: that is a write to the index", next.Due)
	}
	if !next.Lease.Until.Equal(at.Add(ttl)) || !next.Attempt.At.Equal(at) || next.Sub != post.ThreadPartial {
		t.Errorf("lease until %v, attempt at %v, %s", next.Lease.Until, next.Attempt.At, next.Sub)
	}
	if len(p.Published) != 0 {
		t.Error("the old copy has changed")
	}
}

func TestDoubtsAreCounted(t *testing.T) {
	p := thread(t)["claimed"]
	for _, step := range []struct {
		look post.Look
		want post.Attempt
	}{
		{post.NotLooked, post.Attempt{}},
		{post.NotRead, post.Attempt{Failed: 1}},
		{post.NotRead, post.Attempt{Failed: 2}},
		{post.NotThere, post.Attempt{Absent: 1}}, // a read that worked ends the row of failures
		{post.Duplicate, post.Attempt{Absent: 1, Duplicate: true}},
	} {
		p = must(t)(p.Doubt(now, now, step.look, reason))
		step.want.At = now
		if *p.Attempt != step.want {
			t.Errorf("after look %d: %+v, want %+v", step.look, *p.Attempt, step.want)
		}
	}
	p = must(t)(p.Resend(now.Add(time.Minute), ttl))
	p = must(t)(p.Resend(now.Add(2*time.Minute), ttl))
	if !p.Doubted.Equal(now) || p.Tries != 2 || *p.Attempt != (post.Attempt{At: now.Add(2 * time.Minute)}) {
		t.Errorf("sent again: doubted %v, tries %d, attempt %+v", p.Doubted, p.Tries, *p.Attempt)
	}
	p = must(t)(p.Checkpoint(now, id1, ttl))
	if !p.Doubted.IsZero() || p.Tries != 0 {
		t.Errorf("the next tweet starts with doubted %v, tries %d", p.Doubted, p.Tries)
	}
}

func TestBackoffShowsTheTry(t *testing.T) {
	p := thread(t)["claimed"]
	for i, want := range []post.SubStatus{post.Retry1, post.Retry2, post.Retry3} {
		next := must(t)(p.Backoff(now, now.Add(time.Second), reason))
		if next.Sub != want || next.Attempt != nil || !next.Due.Equal(now.Add(time.Second)) {
			t.Errorf("try %d: %s, attempt %v, due %v", i+1, next.Sub, next.Attempt, next.Due)
		}
		p = must(t)(next.Claim(now.Add(time.Minute), "me", ttl))
	}
}

func TestHandOverKeepsNoIntent(t *testing.T) {
	p := must(t)(thread(t)["claimed"].HandOver(now))
	if p.Attempt != nil || p.Busy(now) || !p.Due.Equal(now) {
		t.Errorf("handed over as %+v", p)
	}
}

func TestParkKeepsADoubtAndNothingElse(t *testing.T) {
	p := thread(t)["claimed"]
	for _, doubt := range []bool{true, false} {
		if got := must(t)(p.Park(now, now, post.RateLimited, reason, doubt)); (got.Attempt != nil) != doubt || got.Sub != post.RateLimited {
			t.Errorf("doubt %v: attempt %v, %s", doubt, got.Attempt, got.Sub)
		}
	}
}

func TestEditLeavesWhatIsPublished(t *testing.T) {
	failed := thread(t)["failed"] // "one" is out
	old := texts(1, "one", "two", "three")
	for name, edited := range map[string]post.Content{
		"another first tweet":  texts(2, "uno", "two"),
		"nothing at all":       texts(2),
		"nothing left to send": texts(2, "one"),
	} {
		if _, err := failed.Edit(now, old, edited); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: got %v, want a conflict", name, err)
		}
	}
	p := must(t)(failed.Edit(now, old, texts(2, "one", "zwei")))
	if p.Size != 2 || p.Content != 2 || p.Title != "one" || p.Status != post.Failed {
		t.Errorf("edited to %+v", p)
	}
}

func TestRetryStartsOverAtTheOpenTweet(t *testing.T) {
	failed := thread(t)["failed"]
	failed.Lateness = time.Minute
	p := must(t)(failed.Retry(now.Add(2 * time.Hour)))
	if p.Overdue(now.Add(3*time.Hour)) || !p.Due.Equal(now.Add(2*time.Hour)) || p.Reason != nil {
		t.Errorf("retried as %+v", p)
	}
}

// TestATimeThatHasPassedIsNeverTakenForNow is about the year that is wrong, and
// about clocks that differ.
func TestATimeThatHasPassedIsNeverTakenForNow(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, situation := range []string{"draft", "scheduled", "cancelled", "missed"} {
		p := thread(t)[situation]
		got, err := p.Schedule(now, now.In(berlin).AddDate(-1, 0, 0), "Europe/Berlin")
		if !fault.Is(err, fault.TimePassed) || !cmp.Equal(got, p) {
			t.Errorf("a post that is %s takes last year for now: %v, %+v", situation, err, got)
		}
		for _, want := range []string{now.In(berlin).AddDate(-1, 0, 0).Format("Monday, 2 January 2006, 15:04"), "Europe/Berlin"} {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("the refusal does not name %q: %v", want, err)
			}
		}
		if got, err := p.Schedule(now, now.Add(-post.Tolerance), "UTC"); err != nil || got.Due.After(now) {
			t.Errorf("a post that is %s does not take a minute ago for now: %v", situation, err)
		}
	}
}

// TestACancellationIsTakenBack: what waited waits again, what was a draft is one
// again, and nothing goes out of itself.
func TestACancellationIsTakenBack(t *testing.T) {
	christmas := now.AddDate(0, 1, 0)
	c := texts(1, "one")
	cancelled := must(t)(post.New(now, "7", c, christmas, "Europe/Berlin").Cancel(now))
	cancelled.Lateness = time.Minute
	p := must(t)(cancelled.Restore(now.Add(time.Hour)))
	if p.Status != post.Scheduled || !p.Due.Equal(christmas) || !p.ScheduledAt.Equal(christmas) || p.Lateness != time.Minute {
		t.Errorf("restored as %+v", p)
	}
	overdue := post.New(now, "7", c, christmas, "UTC")
	overdue.Lateness = time.Second
	missed := must(t)(overdue.Miss(christmas.Add(time.Minute)))
	for name, late := range map[string]post.Post{"cancelled": cancelled, "missed": missed} {
		if got, err := late.Restore(christmas.Add(time.Minute)); !fault.Is(err, fault.TimePassed) || !cmp.Equal(got, late) {
			t.Errorf("%s, and its time has passed: %v, %+v", name, err, got)
		}
	}
	draft := must(t)(post.New(now, "7", c, time.Time{}, "UTC").Cancel(now))
	if p := must(t)(draft.Restore(now)); p.Status != post.Draft || !p.Due.IsZero() {
		t.Errorf("a draft is restored as %+v", p)
	}
}

func TestOverdueOnlyBeforeTheStart(t *testing.T) {
	for situation, want := range map[string]bool{"scheduled": true, "claimed": false, "doubted": false, "waiting": false} {
		p := thread(t)[situation]
		if p.Lateness = time.Minute; p.Overdue(now.Add(time.Minute)) {
			t.Errorf("a post that is %s is overdue at the limit itself", situation)
		}
		if got := p.Overdue(now.Add(time.Minute + 1)); got != want {
			t.Errorf("a post that is %s is overdue: %v", situation, got)
		}
		if p.Lateness = 0; p.Overdue(now.Add(1000 * time.Hour)) {
			t.Errorf("a post that is %s and has no limit is overdue", situation)
		}
	}
}

func TestResolve(t *testing.T) {
	unknown := thread(t)["unknown"] // about the second of three
	for name, c := range map[string]struct {
		position int
		id       string
		code     fault.Code
	}{
		"another position":       {1, id2, fault.Invalid},
		"a position too far":     {3, "", fault.Invalid},
		"no id":                  {2, "x", fault.Invalid},
		"an earlier tweet's id":  {2, id1, fault.Invalid},
		"an id with a sign":      {2, "+12", fault.Invalid},
		"an id that is too long": {2, "12345678901234567890", fault.Invalid},
		"an id with a zero":      {2, "012", fault.Invalid},
		"a space":                {2, " ", fault.Invalid},
	} {
		if _, err := unknown.Resolve(now, c.position, c.id); !fault.Is(err, c.code) {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
	out := must(t)(unknown.Resolve(now, 2, id2))
	if out.Status != post.Failed || out.Sub != "" || !slices.Equal(out.PlatformPostIDs(), []string{id1, id2}) || out.Attempt != nil {
		t.Errorf("resolved as published: %+v", out)
	}
	gone := must(t)(unknown.Resolve(now, 2, ""))
	if gone.Status != post.Failed || gone.Attempt != nil || !gone.Doubted.Equal(now) {
		t.Errorf("resolved as absent: %+v", gone)
	}
	last := unknown
	last.Size = 2
	if done := must(t)(last.Resolve(now, 2, id2)); done.Status != post.Published || done.Reason != nil {
		t.Errorf("the last tweet resolved: %+v", done)
	}
}

// TestUnconfirmedIsTheLastTweet, of the copy alone.
func TestUnconfirmedIsTheLastTweet(t *testing.T) {
	p := thread(t)["published"]
	marked := p.Unconfirmed()
	for i, want := range []bool{false, false, true} {
		if marked.Published[i].ByPerson != want || p.Published[i].ByPerson {
			t.Errorf("tweet %d is a person's word: %v, want %v; of the post before: %v", i+1, marked.Published[i].ByPerson, want, p.Published[i].ByPerson)
		}
	}
}

func TestLinesTellTheThread(t *testing.T) {
	p := thread(t)["doubted"]
	want := []post.Line{
		{ThreadPosition: 1, Status: post.TweetPublished, PlatformPostID: id1, AttemptedAt: now, PostedAt: now},
		{ThreadPosition: 2, Status: post.TweetAttempting, ParentPostID: id1, AttemptedAt: now},
		{ThreadPosition: 3, Status: post.TweetPending},
	}
	if diff := cmp.Diff(want, p.Lines()); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
	if p.Next() != 1 || p.Parent() != id1 {
		t.Errorf("next is %d, after %s", p.Next(), p.Parent())
	}
}

func TestTitleIsTheBeginning(t *testing.T) {
	for text, want := range map[string]string{
		"short\n\tand   sweet": "short and sweet",
		"一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一": "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九…",
	} {
		if got := post.New(now, "7", texts(1, text), time.Time{}, "").Title; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSnowflakesKeepTheirTime(t *testing.T) {
	// The example of X's documentation: https://docs.x.com/fundamentals/x-ids
	if got, want := post.PostedAt("1541815603606036480"), time.Date(2022, 6, 28, 16, 7, 40, 105_000_000, time.UTC); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := post.PostedAt(post.IDAt(now)); !got.Equal(now) {
		t.Errorf("there and back: %v, want %v", got, now)
	}
	for _, no := range []string{"", "-1", "x"} {
		if !post.PostedAt(no).IsZero() {
			t.Errorf("%q has a time", no)
		}
	}
}
