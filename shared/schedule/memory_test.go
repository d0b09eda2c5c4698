package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/schedule"
)

// after is a round so much later; it gives which posts were woken.
func (s *stage) after(d time.Duration) (ids []string) {
	s.Helper()
	s.at = s.at.Add(d)
	for _, w := range s.round() {
		ids = append(ids, w.PostID)
	}
	slices.Sort(ids)
	return ids
}

// want compares whom a round woke.
func (s *stage) want(got []string, want ...string) {
	s.Helper()
	if !slices.Equal(got, want) {
		s.Errorf("at %v: woken %q, want %q", s.at.Sub(now), got, want)
	}
}

// TestAWakeIsSentOnceWhileItIsOnItsWay, and again once its time is over for ten seconds.
func TestAWakeIsSentOnceWhileItIsOnItsWay(t *testing.T) {
	for name, c := range map[string]struct {
		next  time.Duration // after the first round; it is due after 70 s, and woken a second before
		woken []string
	}{
		"on its way":                  {60 * time.Second, nil},
		"its time has just come":      {69 * time.Second, nil},
		"a worker may be at it":       {79*time.Second + 99*time.Millisecond, nil},
		"the first round after that":  {79*time.Second + 100*time.Millisecond, []string{"p"}},
		"an hour later, as a backlog": {time.Hour, []string{"p"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.put("7", "p", now.Add(70*time.Second), 1)
			s.want(s.after(0), "p")
			s.want(s.after(0))
			s.want(s.after(c.next), c.woken...)
		})
	}
}

// TestWhatIsDueAtAnotherTimeIsWokenAnew: it was given another time, published now, or taken by a worker since.
func TestWhatIsDueAtAnotherTimeIsWokenAnew(t *testing.T) {
	for name, change := range map[string]func(post.Post) (post.Post, error){
		"sooner": func(p post.Post) (post.Post, error) { return p.Schedule(now, now.Add(30*time.Second), "UTC") },
		"now":    func(p post.Post) (post.Post, error) { return p.Schedule(now, now, "UTC") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			p := s.put("7", "p", now.Add(70*time.Second), 1)
			s.want(s.after(0), "p")
			p, err := change(p)
			if err == nil {
				_, err = s.Save(t.Context(), p)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.want(s.after(0), "p")
			s.want(s.after(0))
		})
	}
	t.Run("its worker died", func(t *testing.T) {
		s := newStage(t)
		p := s.put("7", "p", now, 1)
		s.want(s.after(0), "p")
		p, err := p.Claim(now, "worker", 45*time.Second)
		if err == nil {
			_, err = s.Save(t.Context(), p)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.at = now.Add(10 * time.Second)
		if sent := told(s.round()); !slices.Equal(sent, []string{"p 36s"}) {
			t.Errorf("woken %q, want it a second after the lease", sent)
		}
		s.want(s.after(0))
	})
}

// TestAProcessThatKnowsNothingSendsThemOnceMore: one that has just started, or a second one.
func TestAProcessThatKnowsNothingSendsThemOnceMore(t *testing.T) {
	s := newStage(t)
	s.put("7", "p", now.Add(70*time.Second), 1)
	s.want(s.after(0), "p")
	s.Dispatcher = schedule.Dispatcher{Index: s.Memory, Queue: s.queue, Shards: 1, Now: s.Dispatcher.Now, Log: discard}
	s.want(s.after(0), "p")
}

// TestRoundsOfAProcessDoNotMeet: of two at the same time one sends.
func TestRoundsOfAProcessDoNotMeet(t *testing.T) {
	s := newStage(t)
	s.put("7", "p", now, 1)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := s.Dispatch(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	if wg.Wait(); len(s.queue.sent) != 1 {
		t.Errorf("sent %v", s.queue.sent)
	}
}

func TestWhatTheQueueDidNotTakeIsSentWithTheNextRound(t *testing.T) {
	s := newStage(t)
	s.put("7", "p", now.Add(70*time.Second), 1)
	s.queue.err = errors.New("no queue")
	if err := s.Dispatch(t.Context()); err == nil {
		t.Error("the round succeeded")
	}
	s.queue.err = nil
	s.want(s.after(0), "p")
}

// shaky is an index that cannot be read now and then.
type shaky struct {
	schedule.Index
	err error
}

func (x *shaky) Coming(ctx context.Context, shard int, from, until time.Time) iter.Seq2[schedule.Entry, error] {
	if x.err != nil {
		return func(yield func(schedule.Entry, error) bool) { yield(schedule.Entry{}, x.err) }
	}
	return x.Index.Coming(ctx, shard, from, until)
}

// TestAShardThatCannotBeReadForgetsNothing of what was sent for its posts.
func TestAShardThatCannotBeReadForgetsNothing(t *testing.T) {
	s := newStage(t)
	s.put("7", "p", now.Add(70*time.Second), 1)
	s.want(s.after(0), "p")
	x := &shaky{s.Memory, errors.New("throttled")}
	s.Index = x
	if err := s.Dispatch(t.Context()); err == nil {
		t.Error("the round succeeded")
	}
	x.err = nil
	s.want(s.after(time.Second))
}

// workers work on what they are woken for, in the order of the queue, so many tweets a second.
type workers struct {
	*stage
	pace   int // tweets a second
	queue  []schedule.Wake
	free   time.Time
	lost   map[string]bool // whose next message vanishes
	stuck  map[string]bool // which they cannot work on
	begun  map[string]time.Time
	counts map[string]int // messages of each post
}

func (s *stage) workers(pace int) *workers {
	return &workers{
		stage: s, pace: pace, free: now, lost: map[string]bool{}, stuck: map[string]bool{},
		begun: map[string]time.Time{}, counts: map[string]int{},
	}
}

// round is a round of dispatch, and what the workers do in the minute after it.
func (w *workers) round() {
	w.Helper()
	for _, wake := range w.stage.round() {
		if wake.Again != w.counts[wake.PostID] {
			w.Errorf("%s is woken for the time %d, which says %d", wake.PostID, w.counts[wake.PostID]+1, wake.Again+1)
		}
		w.counts[wake.PostID]++
		if w.lost[wake.PostID] {
			delete(w.lost, wake.PostID)
			continue
		}
		wake.DueAt = w.at.Add(wake.Delay) // when it comes
		w.queue = append(w.queue, wake)
	}
	slices.SortStableFunc(w.queue, func(a, b schedule.Wake) int { return a.DueAt.Compare(b.DueAt) })
	w.at = w.at.Add(time.Minute)
	for len(w.queue) > 0 && w.queue[0].DueAt.Before(w.at) {
		wake := w.queue[0]
		if w.free.Before(wake.DueAt) {
			w.free = wake.DueAt
		}
		if !w.free.Before(w.at) {
			return
		}
		w.queue = w.queue[1:]
		w.work(wake.PostID)
	}
}

// work is a worker's work on a post.
func (w *workers) work(id string) {
	p, _, err := w.Load(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	if w.stuck[id] || p.Due.IsZero() {
		return
	}
	w.begun[id] = w.free
	w.free = w.free.Add(time.Duration(p.Size) * time.Second / time.Duration(w.pace))
	if p, err = p.Fail(w.free, fault.Reason{Code: "done"}); err == nil {
		p.Events = nil
		p, err = p.Handed(w.free, 0)
	}
	if err == nil {
		_, err = w.Save(w.Context(), p)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// TestABacklogOfTenThousandDrains while every post that becomes due keeps its second, and no message is sent twice: of workers
// that send twice as much as the stream has, and of such that cannot keep its pace.
func TestABacklogOfTenThousandDrains(t *testing.T) {
	for _, c := range []struct {
		pace  int
		drain int // minutes
		late  time.Duration
	}{{40, 9, 2 * time.Second}, {15, 13, 70 * time.Second}} {
		t.Run(fmt.Sprintf("%d tweets a second", c.pace), func(t *testing.T) {
			s := newStage(t)
			const many = 10_000
			for i := range many {
				s.put(fmt.Sprint(i%50), fmt.Sprintf("late %05d", i), now.Add(-time.Hour), 1)
			}
			w := s.workers(c.pace)
			minutes := 0
			for ; len(w.begun) < many+minutes && minutes < 60; minutes++ {
				s.put("other", fmt.Sprintf("due %d", minutes), s.at.Add(40*time.Second), 1)
				w.round()
			}
			if minutes > c.drain {
				t.Errorf("it took %d minutes, want %d", minutes, c.drain)
			}
			for id, n := range w.counts {
				if n > 1 {
					t.Fatalf("%s was woken %d times", id, n)
				}
			}
			for i := range minutes {
				due := now.Add(time.Duration(i)*time.Minute + 40*time.Second)
				if late := w.begun[fmt.Sprintf("due %d", i)].Sub(due); late > c.late {
					t.Errorf("what became due in minute %d went out %v late", i, late)
				}
			}
		})
	}
}

// TestAVanishedWakeComesAgain: at the latest with the first round after the workers have had the time for all that waits, and ten
// seconds.
func TestAVanishedWakeComesAgain(t *testing.T) {
	for _, others := range []int{0, 3000} {
		s := newStage(t)
		for i := range others {
			s.put(fmt.Sprint(i%50), fmt.Sprintf("other %04d", i), now.Add(30*time.Second), 1)
		}
		s.put("7", "lost", now.Add(30*time.Second), 1)
		w := s.workers(25)
		w.lost["lost"] = true
		bound := 30*time.Second + 10*time.Second + time.Duration(others)*time.Second/10 + time.Minute
		for s.at.Sub(now) < bound {
			w.round()
		}
		if w.counts["lost"] != 2 {
			t.Errorf("beside %d others it was woken %d times within %v", others, w.counts["lost"], bound)
		}
		for id, n := range w.counts {
			if n > 1 && id != "lost" {
				t.Fatalf("%s was woken %d times", id, n)
			}
		}
	}
}

// TestWhatCannotBeWorkedOnHoldsNobodyUp, however many such posts there are: they are woken for now and then, and the others come first.
func TestWhatCannotBeWorkedOnHoldsNobodyUp(t *testing.T) {
	s := newStage(t)
	w := s.workers(40)
	for i := range 3000 {
		id := fmt.Sprintf("stuck %04d", i)
		s.put(fmt.Sprint(i%3), id, now.Add(-2*time.Hour), 1)
		w.stuck[id] = true
	}
	for i := range 500 {
		s.put("0", fmt.Sprintf("late %03d", i), now.Add(-time.Hour), 1)
	}
	const minutes = 8
	for range minutes {
		w.round()
	}
	if len(w.begun) != 500 {
		t.Errorf("within eight minutes %d of 500 posts went out", len(w.begun))
	}
	messages := 0
	for id, n := range w.counts {
		if messages += n; w.stuck[id] && n > 3 {
			t.Fatalf("%s was woken %d times", id, n)
		}
	}
	if most := minutes * 60 * 20 * 5 / 4; messages > most {
		t.Errorf("%d messages were sent in eight minutes, want at most %d", messages, most)
	}
}

// slowly takes a second for what is sent at a time.
type slowly struct{ *wakes }

func (q slowly) WakeAll(ctx context.Context, all []schedule.Wake) error {
	<-time.After(time.Second)
	return q.wakes.WakeAll(ctx, all)
}

// TestARoundEndsInTimeAndTheNextGoesOn: none of what was sent is sent again, and what was sent late has no delay too much.
func TestARoundEndsInTimeAndTheNextGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		time.Sleep(time.Until(now))
		s.Dispatcher.Now, s.Queue = time.Now, slowly{s.queue}
		const many = 10_000
		for i := range many {
			s.put(fmt.Sprint(i%7), fmt.Sprintf("%05d", i), now.Add(70*time.Second), 1)
		}
		var sent []schedule.Wake
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 27*time.Second)
			began := time.Now()
			if err := s.Dispatch(ctx); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("a round took %v of 27 s", took)
			}
			for i, w := range s.queue.sent {
				at := began.Add(time.Duration(i/500) * time.Second)
				if want := schedule.Delay(at, w.DueAt); w.Delay != want {
					t.Fatalf("what is sent after %v has a delay of %v, want %v", at.Sub(began), w.Delay, want)
				}
			}
			sent, s.queue.sent = append(sent, s.queue.sent...), nil
			cancel()
		}
		ids := map[string]bool{}
		for _, w := range sent {
			ids[w.PostID] = true
		}
		if len(sent) != many || len(ids) != many {
			t.Errorf("%d wakes for %d posts were sent in two rounds", len(sent), len(ids))
		}
	})
}
