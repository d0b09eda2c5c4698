package post_test

import (
	"slices"
	"testing"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
	"spool/shared/post"
)

// claimed is a post of two tweets that a worker has.
func claimed(t *testing.T) post.Post {
	t.Helper()
	c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "one"}, {Text: "two"}}}
	p := post.New(now, "7", c, now, "UTC")
	p.Rev = 1
	p, err := p.Claim(now, "worker", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	p.Rev = 2
	return p
}

func kinds(p post.Post) (all []event.Kind) {
	for _, e := range p.Events {
		all = append(all, e.Kind)
	}
	return all
}

// Leaving the due index and coming back to it would each cost a write.
func TestWhatEndsStaysWhereItIsInTheDueIndex(t *testing.T) {
	p := claimed(t)
	place := p.IndexedAt()
	p, err := p.Fail(now.Add(time.Second), fault.ReasonXRefused.Reason())
	if err != nil {
		t.Fatal(err)
	}
	if !p.Due.IsZero() || !p.IndexedAt().Equal(place) || !p.Untold() {
		t.Errorf("it is due at %v and in the index at %v, want %v", p.Due, p.IndexedAt(), place)
	}
	if e := p.Events[0]; e.Seq != p.Rev+1 || e.Kind != event.PostFailed || !e.At.Equal(p.UpdatedAt) || e.Reason == nil {
		t.Errorf("it tells %+v", e)
	}
	if p, err = p.Retry(now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if !p.IndexedAt().Equal(p.Due) || !p.TellBy.IsZero() || len(p.Events) != 1 {
		t.Errorf("retried it is in the index at %v, want %v, with %v to tell", p.IndexedAt(), p.Due, kinds(p))
	}
}

func TestEventsAreHandedOverBetweenWorkers(t *testing.T) {
	p := claimed(t)
	p.Events = event.Outbox{{Seq: 1, Kind: event.PostHeld}, {Seq: 2, Kind: event.PostHeld}}
	if _, err := p.Handed(now, 1); !fault.Is(err, fault.Conflict) {
		t.Errorf("while a worker has it: %v", err)
	}
	later := p.Lease.Until
	first, err := p.Handed(later, 1)
	if err != nil || len(first.Events) != 1 || len(p.Events) != 2 {
		t.Errorf("after the first: %v of %v, %v", kinds(first), kinds(p), err)
	}
	if !first.UpdatedAt.Equal(p.UpdatedAt) || first.Lease != p.Lease || !first.Due.Equal(p.Due) {
		t.Errorf("it changed the post: %+v", first)
	}
	if all, err := first.Handed(later, 2); err != nil || all.Events != nil || !all.TellBy.IsZero() {
		t.Errorf("after both: %+v, %v", all.Events, err)
	}
}

// X's ordinary limits end within a quarter of an hour: one of them alone is not worth telling of.
func TestAHoldThatIsToldOfOutlastsTwoOrdinaryLimits(t *testing.T) {
	if post.HeldFor != 2*15*time.Minute {
		t.Errorf("it is told of after %v", post.HeldFor)
	}
}

// A hold begins with the first wait and ends when a tweet is out, or the post ends.
func TestAHoldIsToldOfOnce(t *testing.T) {
	p := claimed(t)
	at := now
	for i, wait := range []time.Duration{10 * time.Minute, 20 * time.Minute, 21 * time.Minute, time.Hour} {
		var err error
		if p, err = p.Park(at, at.Add(wait), post.RateLimited, fault.ReasonRateLimited.Reason(), false); err != nil {
			t.Fatal(err)
		}
		p = p.TellHold(post.HeldFor)
		if told := len(p.Events) == 1; told != (i >= 2) { // 10 + 20 is not longer than 30
			t.Errorf("after wait %d it tells %v", i+1, kinds(p))
		}
		if !p.Hold.Since.Equal(now) {
			t.Errorf("after wait %d it is held since %v, want %v", i+1, p.Hold.Since, now)
		}
		at = p.Due
		if p, err = p.Claim(at, "worker", time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if e := p.Events[0]; e.Kind != event.PostHeld || !e.Until.Equal(now.Add(51*time.Minute)) {
		t.Errorf("it tells %+v", e)
	}
	p, err := p.Checkpoint(at, "1", time.Minute)
	if err != nil || p.Hold != nil {
		t.Errorf("a tweet is out, and it is held since %v; %v", p.Hold, err)
	}
	if p = p.TellHold(0); len(p.Events) != 1 || p.Hold != nil {
		t.Errorf("what is not held tells %v", kinds(p))
	}
}

// What a person's word ends is due for nothing, and found for its event alone.
func TestWhatIsToldTakesThePostOutOfTheDueIndex(t *testing.T) {
	c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "one"}}}
	p := post.New(now, "7", c, now, "UTC")
	for _, step := range []func() (post.Post, error){
		func() (post.Post, error) { return p.Claim(now, "worker", time.Minute) },
		func() (post.Post, error) { return p.GiveUp(now, fault.ReasonXRefused.Reason()) },
		func() (post.Post, error) { return p.Handed(now, p.Events[0].Seq) },
		func() (post.Post, error) { return p.Resolve(now, 1, id1) },
	} {
		var err error
		if p, err = step(); err != nil {
			t.Fatal(err)
		}
		told, ended := len(p.Events) > 0, p.Status != post.Publishing
		if told != p.Untold() || ended && told == p.IndexedAt().IsZero() {
			t.Errorf("%s/%s with %v to tell is in the due index at %v", p.Status, p.Sub, kinds(p), p.IndexedAt())
		}
		p.Rev++
	}
	if p.Status != post.Published || !p.Untold() {
		t.Errorf("it ended %s, with %v to tell", p.Status, kinds(p))
	}
}

// An earlier version of Spool, which knows of no events, retries a post and leaves them as they are.
func TestWhatGoesOnIsNotWokenForItsEvents(t *testing.T) {
	p := post.Post{Status: post.Scheduled, Due: now, Events: event.Outbox{{Seq: 1}}, TellBy: now.Add(-time.Hour)}
	if p.Untold() || !p.IndexedAt().Equal(now) {
		t.Errorf("it is woken for its events: %v, at %v", p.Untold(), p.IndexedAt())
	}
	if p := (post.Post{}).Remind(now); !p.TellBy.IsZero() {
		t.Errorf("what has nothing to tell is to be told at %v", p.TellBy)
	}
}

// What nobody can be told of must not keep the due index busy.
func TestRemindersComeEverMoreRarely(t *testing.T) {
	p, err := claimed(t).Fail(now, fault.ReasonXRefused.Reason())
	if err != nil {
		t.Fatal(err)
	}
	if q := p.Remind(now.Add(123456 * time.Nanosecond)); !q.TellBy.Equal(now.Add(5 * time.Minute)) {
		t.Errorf("it is put off to %v, which no record keeps", q.TellBy)
	}
	at, waits := now, []time.Duration{}
	for at.Before(now.Add(24 * time.Hour)) {
		p = p.Remind(at)
		waits = append(waits, p.TellBy.Sub(at))
		at = p.TellBy
	}
	m := time.Minute
	if want := []time.Duration{5 * m, 5 * m, 10 * m, 20 * m, 40 * m, 80 * m, 160 * m, 320 * m, 360 * m, 360 * m, 360 * m}; !slices.Equal(waits, want) {
		t.Errorf("it is put off by %v, want %v", waits, want)
	}
}
