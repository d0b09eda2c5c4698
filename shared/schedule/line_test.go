package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/storetest"
)

// stage is a dispatcher over a store, at a time that moves.
type stage struct {
	*testing.T
	*storetest.Memory
	schedule.Dispatcher
	at    time.Time
	queue *wakes
}

func newStage(t *testing.T) *stage {
	s := &stage{T: t, at: now, queue: &wakes{}}
	s.Memory = storetest.NewMemory(func() time.Time { return s.at })
	s.Dispatcher = schedule.Dispatcher{Index: s.Memory, Queue: s.queue, Shards: 1, Now: func() time.Time { return s.at }, Log: discard}
	return s
}

// put stores a post of so many tweets.
func (s *stage) put(account, id string, due time.Time, tweets int, change ...func(post.Post) (post.Post, error)) post.Post {
	s.Helper()
	c := post.Content{Version: 1, Tweets: slices.Repeat([]post.Tweet{{Text: "hello"}}, tweets)}
	p := post.New(now.Add(-24*time.Hour), account, c, due, "UTC")
	p.ID = id
	p, err := s.Create(s.Context(), p, c)
	for _, step := range change {
		if err == nil {
			p, err = step(p)
		}
	}
	if len(change) > 0 && err == nil {
		p, err = s.Save(s.Context(), p)
	}
	if err != nil {
		s.Fatal(err)
	}
	return p
}

// held waits until a time.
func held(until time.Time) func(post.Post) (post.Post, error) {
	return func(p post.Post) (post.Post, error) {
		return p.Park(now, until, post.RateLimited, fault.Reason{Code: "app_limit"}, false)
	}
}

// round is a round of dispatch; it gives what it sent.
func (s *stage) round() []schedule.Wake {
	s.Helper()
	s.queue.sent = nil
	if err := s.Dispatch(s.Context()); err != nil {
		s.Fatal(err)
	}
	return s.queue.sent
}

// told lists wakes as "post after seconds".
func told(wakes []schedule.Wake) (all []string) {
	for _, w := range wakes {
		all = append(all, fmt.Sprintf("%s %v", w.PostID, w.Delay))
	}
	return all
}

// TestPostsOfASecondGoRoundTheAccounts: one with many posts does not hold up the others', and each has its own in order.
func TestPostsOfASecondGoRoundTheAccounts(t *testing.T) {
	s := newStage(t)
	nine := now.Add(30 * time.Second)
	for i := range 500 {
		s.put("many", fmt.Sprintf("many %03d", i), nine.Add(time.Duration(i)*time.Millisecond), 1)
	}
	for i := range 10 {
		s.put(fmt.Sprintf("one %d", i), fmt.Sprintf("one %d", i), nine.Add(999*time.Millisecond), 1)
	}
	s.put("early", "early", nine.Add(-time.Millisecond), 1)
	sent := s.round()
	if len(sent) != 511 || sent[0].PostID != "early" {
		t.Fatalf("%d are woken, %v first", len(sent), sent[0])
	}
	var many []string
	for i, w := range sent[1:] {
		if w.AccountID == "many" {
			many = append(many, w.PostID)
		} else if i > 10 {
			t.Errorf("%s, due in the same second, is woken as the %dth", w.PostID, i+1)
		}
		if want := schedule.Delay(now, w.DueAt); w.Delay != want {
			t.Errorf("%s is woken after %v, want %v", w.PostID, w.Delay, want)
		}
	}
	if !slices.IsSorted(many) || len(many) != 500 {
		t.Errorf("%d posts of the account with many, out of order", len(many))
	}
}

// TestABacklogIsAStream: what an outage left behind goes out at twenty tweets a second, round the
// accounts, as far as the next round; what is due meanwhile is woken to its second.
func TestABacklogIsAStream(t *testing.T) {
	s := newStage(t)
	for i := range 400 {
		s.put("many", fmt.Sprintf("many %03d", i), now.Add(-time.Hour+time.Duration(i)*time.Second), 1)
	}
	for i := range 400 {
		s.put("threads", fmt.Sprintf("thread %03d", i), now.Add(-2*time.Hour+time.Duration(i)*time.Second), 5)
	}
	s.put("other", "just late", now.Add(-5*time.Minute-time.Millisecond), 1)
	s.put("other", "a little late", now.Add(-5*time.Minute), 1)
	s.put("other", "now", now, 1)
	s.put("other", "soon", now.Add(20*time.Second), 1)
	tweets, last := map[time.Duration]int{}, time.Duration(0)
	ids := map[string]time.Duration{}
	turn := map[string]int{}
	for _, w := range s.round() {
		ids[w.PostID] = w.Delay
		if w.AccountID == "other" && w.PostID != "just late" {
			continue
		}
		turn[w.AccountID]++
		tweets[w.Delay] += map[bool]int{true: 5, false: 1}[w.AccountID == "threads"]
		if w.Delay < last || w.Delay > schedule.Horizon {
			t.Errorf("%s is woken after %v, after one of %v", w.PostID, w.Delay, last)
		}
		last = w.Delay
	}
	for at, n := range tweets {
		if n > 25 { // a thread may begin in the second before
			t.Errorf("%d tweets are woken for after %v", n, at)
		}
	}
	all := 0
	for _, n := range tweets {
		all += n
	}
	if want := 20 * int(schedule.Horizon/time.Second); all < want || all > want+5 {
		t.Errorf("%d tweets are in the stream of a round, want %d", all, want)
	}
	if turn["many"]-turn["threads"] > 1 || turn["threads"]-turn["many"] > 1 {
		t.Errorf("in turn %v", turn)
	}
	for id, want := range map[string]time.Duration{"a little late": 0, "now": 0, "soon": 19 * time.Second} {
		if got, ok := ids[id]; !ok || got != want {
			t.Errorf("%q is woken after %v (%v), want %v", id, got, ok, want)
		}
	}
	if at, ok := ids["just late"]; !ok || at > time.Second {
		t.Errorf("the other account's is woken after %v, %v", at, ok)
	}
}

// TestWhatWaitedGoesOnInTurn: after a limit's end the first one tries whether it is over, and the
// others follow as a stream, round the accounts. None comes before the end.
func TestWhatWaitedGoesOnInTurn(t *testing.T) {
	s := newStage(t)
	end := now.Add(10*time.Second + 300*time.Millisecond)
	for i := range 30 {
		s.put("many", fmt.Sprintf("many %02d", i), now.Add(-time.Hour+time.Duration(i)*time.Second), 1, held(end))
	}
	s.put("other", "other", now.Add(-time.Minute), 1, held(end))
	s.put("third", "third", now.Add(-time.Minute), 1, held(end.Add(5*time.Second)))
	s.put("due", "due", now.Add(15*time.Second), 1)
	sent := told(s.round())
	want := []string{"many 00 12s", "other 17s"}
	for i := range 29 {
		second := 17 // it begins at 16.3 s
		if i+1 > 14 {
			second = 18
		}
		want = append(want, fmt.Sprintf("many %02d %ds", i+1, second))
	}
	want = append(want, "due 14s", "third 18s")
	slices.Sort(want)
	slices.Sort(sent)
	if !slices.Equal(sent, want) {
		t.Errorf("woken\n%q, want\n%q", sent, want)
	}
}

// TestARescueComesOnceTheLeaseIsOver: before, the worker may be alive.
func TestARescueComesOnceTheLeaseIsOver(t *testing.T) {
	s := newStage(t)
	claim := func(ttl time.Duration) func(post.Post) (post.Post, error) {
		return func(p post.Post) (post.Post, error) { return p.Claim(now.Add(-time.Second), "worker", ttl) }
	}
	s.put("7", "at work", now.Add(-time.Minute), 3, claim(45*time.Second+500*time.Millisecond))
	s.put("7", "its worker is dead", now.Add(-time.Minute), 3, claim(500*time.Millisecond))
	renewed := s.put("7", "renewed", now.Add(-time.Minute), 3, claim(500*time.Millisecond))
	renewed, err := renewed.Checkpoint(now, post.IDAt(now), 10*time.Minute)
	if err == nil {
		_, err = s.Save(t.Context(), renewed)
	}
	if err != nil {
		t.Fatal(err)
	}
	sent := told(s.round())
	slices.Sort(sent)
	if want := []string{"at work 46s", "its worker is dead 0s"}; !slices.Equal(sent, want) {
		t.Errorf("woken %q, want %q", sent, want)
	}
}

// blind is a store that cannot tell how posts stand.
type blind struct{ *storetest.Memory }

func (blind) Standings(context.Context, []string) (map[string]schedule.Standing, error) {
	return nil, errors.New("throttled")
}

// TestPostsAreWokenWhoseRecordsCannotBeRead, at the time that the index has. The round counts as failed.
func TestPostsAreWokenWhoseRecordsCannotBeRead(t *testing.T) {
	s := newStage(t)
	s.Index = blind{s.Memory}
	for i := range 3 {
		s.put("7", fmt.Sprint(i), now.Add(20*time.Second), 1)
	}
	if err := s.Dispatch(t.Context()); err == nil {
		t.Error("the round succeeded")
	}
	if want := []string{"0 19s", "1 19s", "2 19s"}; !slices.Equal(told(s.queue.sent), want) || s.queue.sent[0].AccountID != "" {
		t.Errorf("woken %v, want %q", s.queue.sent, want)
	}
}

func TestHowAPostStands(t *testing.T) {
	s := newStage(t)
	p := s.put("7", "p", now.Add(-time.Minute), 3)
	want := schedule.Standing{AccountID: "7", Planned: p.ScheduledAt, Left: 3}
	if got := schedule.StandingOf(p); got != want {
		t.Errorf("scheduled: %+v, want %+v", got, want)
	}
	p, err := p.Claim(now, "worker", time.Minute)
	if err == nil {
		p, err = p.Checkpoint(now, post.IDAt(now), time.Minute)
	}
	want.Left, want.Busy = 2, now.Add(time.Minute)
	if got := schedule.StandingOf(p); err != nil || got != want {
		t.Errorf("at work: %+v, want %+v (%v)", got, want, err)
	}
	p, err = held(now.Add(time.Hour))(p)
	want.Held, want.Busy = true, time.Time{}
	if got := schedule.StandingOf(p); err != nil || got != want {
		t.Errorf("held up: %+v, want %+v (%v)", got, want, err)
	}
	if p, err = p.Cancel(now); err == nil {
		p, err = p.Unpublish(now)
	}
	want.Held, want.Left = false, 1
	if got := schedule.StandingOf(p); err != nil || got != want {
		t.Errorf("to be deleted: %+v, want %+v (%v)", got, want, err)
	}
}
