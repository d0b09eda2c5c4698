package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/storetest"
)

var now = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// wakes collects what is sent.
type wakes struct {
	sent []schedule.Wake
	err  error
}

func (w *wakes) WakeAll(_ context.Context, all []schedule.Wake) error {
	w.sent = append(w.sent, all...)
	return w.err
}

// brokenShard is an index of which shard 1 cannot be read.
type brokenShard struct{ *storetest.Memory }

func (b brokenShard) Coming(ctx context.Context, shard int, from, until time.Time) iter.Seq2[schedule.Entry, error] {
	if shard == 1 {
		return func(yield func(schedule.Entry, error) bool) { yield(schedule.Entry{}, errors.New("throttled")) }
	}
	return b.Memory.Coming(ctx, shard, from, until)
}

// add stores a post that is due at a time.
func add(t *testing.T, m *storetest.Memory, id string, due time.Time) post.Post {
	t.Helper()
	c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "one"}, {Text: "two"}}}
	p := post.New(now, "7", c, due, "UTC")
	p.ID = id
	p, err := m.Create(t.Context(), p, c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func clock() time.Time { return now }

func TestDispatchWakesWhatComesDue(t *testing.T) {
	m, q := storetest.NewMemory(clock), &wakes{}
	for id, in := range map[string]time.Duration{
		"a little late": -4 * time.Minute, "now": 0, "in 1.5 s": 1500 * time.Millisecond,
		"in 10.9 s": 10900 * time.Millisecond, "in 75 s": 75 * time.Second, "in 76 s": 76 * time.Second,
	} {
		add(t, m, id, now.Add(in))
	}
	d := schedule.Dispatcher{Index: brokenShard{m}, Queue: q, Shards: 2, Now: clock, Log: slog.New(slog.DiscardHandler)}
	if err := d.Dispatch(t.Context()); err == nil {
		t.Error("a shard that cannot be read is not told")
	}
	want := map[string]time.Duration{"a little late": 0, "now": 0, "in 1.5 s": 0, "in 10.9 s": 9 * time.Second, "in 75 s": 74 * time.Second}
	if len(q.sent) != len(want) {
		t.Errorf("woken: %v", q.sent)
	}
	for _, w := range q.sent {
		if delay, ok := want[w.PostID]; !ok || delay != w.Delay {
			t.Errorf("%q is woken after %v, want %v", w.PostID, w.Delay, delay)
		}
	}
}

func TestDispatchTellsThatTheQueueFailed(t *testing.T) {
	m := storetest.NewMemory(clock)
	add(t, m, "one", now)
	d := schedule.Dispatcher{Index: m, Queue: &wakes{err: errors.New("no queue")}, Shards: 1, Now: clock, Log: slog.New(slog.DiscardHandler)}
	if err := d.Dispatch(t.Context()); err == nil {
		t.Error("the round succeeded without a queue")
	}
}

func TestSoon(t *testing.T) {
	for in, want := range map[time.Duration]bool{-time.Hour: true, 0: true, schedule.Horizon: true, 2 * time.Minute: false} {
		if got := schedule.Soon(now, now.Add(in)); got != want {
			t.Errorf("due in %v is soon: %v", in, got)
		}
	}
}

// TestFailDead: dead messages end their post, with the reason, unless the post lives. It gets another chance alone until
// work on it has ended without a word three times in a row, whether that is told by messages or by a lease that was left.
func TestFailDead(t *testing.T) {
	claim := func(p post.Post) (post.Post, error) { return p.Claim(now.Add(-time.Minute), "dead", 45*time.Second) }
	for name, c := range map[string]struct {
		due    time.Duration
		move   func(post.Post) (post.Post, error)
		spared int // dead messages that it survives, of those that concern it
		status post.Status
		sub    post.SubStatus
	}{
		"nobody could work on it":    {-time.Hour, nil, 3, post.Failed, ""},
		"a worker died with a doubt": {-time.Hour, claim, 2, post.Failed, post.Unknown},
		"two workers died, one after the other": {-time.Hour, func(p post.Post) (post.Post, error) {
			p, _ = p.Claim(now.Add(-time.Hour), "dead", 45*time.Second)
			return claim(p)
		}, 1, post.Failed, post.Unknown},
		"three workers died, one after the other": {-time.Hour, func(p post.Post) (post.Post, error) {
			for i := range 2 {
				p, _ = p.Claim(now.Add(time.Duration(i-30)*time.Minute), "dead", 45*time.Second)
			}
			return claim(p)
		}, 0, post.Failed, post.Unknown},
		"a worker died, and the next found its tweet": {-time.Hour, func(p post.Post) (post.Post, error) {
			p, _ = p.Claim(now.Add(-time.Hour), "dead", time.Second)
			p, _ = p.Claim(now.Add(-time.Minute), "me", time.Minute)
			return p.Yield(now, post.IDAt(now.Add(-time.Hour)))
		}, 3, post.Failed, ""},
		"its time has not come":      {time.Hour, nil, 0, post.Scheduled, ""},
		"somebody works on it":       {-time.Hour, func(p post.Post) (post.Post, error) { return p.Claim(now, "alive", time.Minute) }, 0, post.Publishing, ""},
		"its owner has cancelled it": {-time.Hour, func(p post.Post) (post.Post, error) { return p.Cancel(now) }, 0, post.Cancelled, ""},
		"it waits for a limit to end": {-time.Hour, func(p post.Post) (post.Post, error) {
			return p.Park(now, now.Add(time.Hour), post.RateLimited, fault.Reason{}, false)
		}, 0, post.Publishing, post.RateLimited},
		"nobody could delete its tweets": {-time.Hour, func(p post.Post) (post.Post, error) {
			p, _ = p.Claim(now.Add(-time.Minute), "me", time.Second)
			p, _ = p.Complete(now.Add(-time.Minute), post.IDAt(now))
			return p.Unpublish(now.Add(-time.Minute))
		}, 3, post.Failed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := storetest.NewMemory(clock)
			p := add(t, m, "one", now.Add(c.due))
			if c.move != nil {
				moved, err := c.move(p)
				if err == nil {
					_, err = m.Save(t.Context(), moved)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			h := schedule.DeadLetterHandler{Posts: m, Now: clock, Log: slog.New(slog.DiscardHandler)}
			die := func() post.Post {
				if err := h.FailDead(t.Context(), "one"); err != nil {
					t.Fatal(err)
				}
				p, _, err := m.Load(t.Context(), "one")
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			before, _, err := m.Load(t.Context(), "one")
			for i := range c.spared {
				p := die()
				if !p.Due.Equal(before.Due) || p.Lease != before.Lease || p.Crashes != before.Crashes+i+1 || p.Sub != before.Sub {
					t.Fatalf("after %d dead messages it is %+v, and was %+v", i+1, p, before)
				}
			}
			die()
			p = die() // messages come twice
			if err != nil || p.Status != c.status || p.Sub != c.sub {
				t.Fatalf("it is %s/%s, %v; want %s/%s", p.Status, p.Sub, err, c.status, c.sub)
			}
			if p.Status == post.Failed && (p.Reason == nil || p.Reason.Code != "worker_failed" || !p.Due.IsZero()) {
				t.Errorf("failed because of %+v, due %v", p.Reason, p.Due)
			}
		})
	}
	h := schedule.DeadLetterHandler{Posts: storetest.NewMemory(clock), Now: clock, Log: slog.New(slog.DiscardHandler)}
	if err := h.FailDead(t.Context(), "nobody"); err != nil {
		t.Errorf("a post that does not exist: %v", err)
	}
	m := storetest.NewMemory(clock)
	if err := m.Forget(t.Context(), add(t, m, "deleted", now), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	h.Posts = m
	if err := h.FailDead(t.Context(), "deleted"); err != nil {
		t.Errorf("a post that its owner deleted: %v", err)
	}
}

// TestResume: the paused go on at once, as a stream; others keep their time.
func TestResume(t *testing.T) {
	m, q := storetest.NewMemory(clock), &wakes{}
	for i := range 12 { // of two tweets each
		p := add(t, m, fmt.Sprintf("paused %d", i), now)
		p, err := p.Park(now, now.Add(post.LongestWait), post.Paused, fault.Reason{Code: "credits_depleted"}, false)
		if err == nil {
			_, err = m.Save(t.Context(), p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add(t, m, "scheduled", now.Add(time.Hour))
	r := schedule.Resumer{Index: m, Posts: m, Queue: q, Shards: 1, Now: clock, Log: slog.New(slog.DiscardHandler)}
	n, err := r.Resume(t.Context(), "")
	if err != nil || n != 12 || len(q.sent) != 12 || q.sent[9].Delay != 0 || q.sent[10].Delay != time.Second {
		t.Fatalf("resumed %d, %v; woken %v", n, err, q.sent)
	}
	for i := range 12 {
		if p, _, err := m.Load(t.Context(), fmt.Sprintf("paused %d", i)); err != nil || !p.Due.Equal(now) {
			t.Errorf("post %d is due at %v, %v", i, p.Due, err)
		}
	}
	if p, _, err := m.Load(t.Context(), "scheduled"); err != nil || !p.Due.Equal(now.Add(time.Hour)) {
		t.Errorf("the scheduled post is due at %v, %v", p.Due, err)
	}
}

// TestResumeOfAnAccount finds all of its paused posts, however many wait, and leaves
// those of others alone. Those that a minute is not enough for are due, and dispatch wakes
// workers for them.
func TestResumeOfAnAccount(t *testing.T) {
	const many, stream = 2000, 20*75 + 1
	m, q := storetest.NewMemory(clock), &wakes{}
	for i := range many + 1 {
		c := post.Content{Version: 1, Tweets: []post.Tweet{{Text: "one"}}}
		p := post.New(now, map[bool]string{false: "7", true: "8"}[i == many], c, now, "UTC")
		p, err := p.Park(now, now.Add(time.Hour), post.Paused, fault.Reason{Code: "account_locked"}, false)
		if err == nil {
			_, err = m.Create(t.Context(), p, c)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r := schedule.Resumer{Index: m, Posts: m, Queue: q, Shards: 1, Now: clock, Log: slog.New(slog.DiscardHandler)}
	if n, err := r.Resume(t.Context(), "7"); err != nil || n != many || len(q.sent) != stream {
		t.Fatalf("resumed %d of %d, %v; woken %d", n, many, err, len(q.sent))
	}
	if n, err := r.Resume(t.Context(), "7"); err != nil || n != 0 {
		t.Errorf("what goes on already was resumed again: %d, %v", n, err)
	}
}
