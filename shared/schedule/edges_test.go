package schedule_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/storetest"
)

// store is a memory of which some calls fail.
type store struct {
	*storetest.Memory
	load, save error
	written    []post.Post
	pressed    bool // for more, behind a failure
}

func (s *store) Load(ctx context.Context, id string) (post.Post, post.Content, error) {
	if s.load != nil {
		return post.Post{}, post.Content{}, s.load
	}
	return s.Memory.Load(ctx, id)
}

func (s *store) Save(ctx context.Context, p post.Post) (post.Post, error) {
	s.written = append(s.written, p)
	if s.save != nil {
		return p, s.save
	}
	return s.Memory.Save(ctx, p)
}

// Coming gives shard 1 partly, and then fails.
func (s *store) Coming(ctx context.Context, shard int, from, until time.Time) iter.Seq2[schedule.Entry, error] {
	if shard != 1 {
		return s.Memory.Coming(ctx, shard, from, until)
	}
	return func(yield func(schedule.Entry, error) bool) {
		s.pressed = yield(schedule.Entry{}, errors.New("throttled"))
	}
}

var discard = slog.New(slog.DiscardHandler)

// partly gives what it found before its failure.
type partly struct{ *storetest.Memory }

func (partly) Coming(context.Context, int, time.Time, time.Time) iter.Seq2[schedule.Entry, error] {
	return func(yield func(schedule.Entry, error) bool) {
		if yield(schedule.Entry{PostID: "found", At: now}, nil) {
			yield(schedule.Entry{}, errors.New("throttled"))
		}
	}
}

func TestNothingIsWokenWhereNothingIsDue(t *testing.T) {
	q := &wakes{err: errors.New("no queue")}
	d := schedule.Dispatcher{Index: storetest.NewMemory(clock), Queue: q, Shards: 1, Now: clock, Log: discard}
	if err := d.Dispatch(t.Context()); err != nil {
		t.Errorf("the queue was asked: %v", err)
	}
	d.Index, d.Queue = partly{storetest.NewMemory(clock)}, &wakes{}
	if err := d.Dispatch(t.Context()); err == nil || len(d.Queue.(*wakes).sent) != 1 {
		t.Errorf("a shard that failed after its first post: %v, woken %v", err, d.Queue)
	}
}

func TestDelayIsNeverLessThanNone(t *testing.T) {
	for in, want := range map[time.Duration]time.Duration{-time.Hour: 0, 0: 0, time.Second: 0, 2*time.Second - 1: 0, 2 * time.Second: time.Second} {
		if got := schedule.Delay(now, now.Add(in)); got != want {
			t.Errorf("due in %v: the queue keeps it for %v, want %v", in, got, want)
		}
	}
	const soon = schedule.Horizon + 30*time.Second
	if !schedule.Soon(now, now.Add(soon-1)) || schedule.Soon(now, now.Add(soon)) {
		t.Errorf("soon does not end at %v", soon)
	}
}

// doubtful is a post whose first tweet is out, and whose second may be: its worker has
// renewed the lease, but what is due is not later for it.
func doubtful(t *testing.T, m *storetest.Memory) post.Post {
	t.Helper()
	p := add(t, m, "one", now.Add(-time.Hour))
	p, err := p.Claim(now.Add(-time.Minute), "worker", 45*time.Second)
	if err == nil {
		p, err = p.Checkpoint(now.Add(-30*time.Second), post.IDAt(now.Add(-time.Minute)), time.Minute)
	}
	if err == nil {
		p, err = m.Save(t.Context(), p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFailDeadLeavesARenewedLeaseAlone(t *testing.T) {
	m := storetest.NewMemory(clock)
	p := doubtful(t, m)
	h := schedule.DeadLetterHandler{Posts: m, Now: clock, Log: discard}
	if err := h.FailDead(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if p, _, err := m.Load(t.Context(), p.ID); err != nil || p.Status != post.Publishing {
		t.Errorf("while somebody works on it: %s, %v", p.Status, err)
	}
}

// TestFailDeadNamesTheDoubtfulTweet, and signs what it writes.
func TestFailDeadNamesTheDoubtfulTweet(t *testing.T) {
	s := &store{Memory: storetest.NewMemory(clock)}
	p := doubtful(t, s.Memory)
	h := schedule.DeadLetterHandler{Posts: s, Now: func() time.Time { return now.Add(time.Hour) }, Log: discard}
	for range post.MaxCrashes {
		if err := h.FailDead(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.written) != post.MaxCrashes {
		t.Fatalf("%d writes", len(s.written))
	}
	if spared := s.written[0]; spared.Writer == "" || spared.Writer == p.Writer {
		t.Errorf("the revision that spares it is signed %q, the one before %q", spared.Writer, p.Writer)
	}
	p, got := s.written[post.MaxCrashes-2], s.written[post.MaxCrashes-1]
	if got.Writer == "" || got.Writer == p.Writer {
		t.Errorf("the revision is signed %q, the one before %q", got.Writer, p.Writer)
	}
	if got.Sub != post.Unknown || !strings.HasSuffix(got.Reason.Sentence, "Tweet 2 may be on X.") || !strings.Contains(got.Reason.Todo, "timeline") {
		t.Errorf("%s: %q %q", got.Sub, got.Reason.Sentence, got.Reason.Todo)
	}
}

func TestFailDeadTellsFailures(t *testing.T) {
	later := func() time.Time { return now.Add(time.Hour) }
	conflict, broken := fault.New(fault.Conflict, "Changed."), errors.New("throttled")
	for name, c := range map[string]struct{ load, save, want error }{
		"it cannot be read":           {broken, nil, broken},
		"it is a newer version's":     {fault.New(fault.Newer, "Newer."), nil, nil},
		"somebody moved it":           {nil, conflict, nil},
		"it cannot be written":        {nil, broken, broken},
		"it was deleted by its owner": {fault.New(fault.Gone, "Gone."), nil, nil},
	} {
		s := &store{Memory: storetest.NewMemory(clock), load: c.load, save: c.save}
		p := doubtful(t, s.Memory)
		h := schedule.DeadLetterHandler{Posts: s, Now: later, Log: discard}
		if err := h.FailDead(t.Context(), p.ID); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// paused stores a post that waits.
func paused(t *testing.T, m *storetest.Memory, sub post.SubStatus) {
	t.Helper()
	p := add(t, m, "one", now)
	p, err := p.Park(now, now.Add(time.Hour), sub, fault.Reason{Code: "why"}, false)
	if err == nil {
		_, err = m.Save(t.Context(), p)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestResumeTellsWhomItWakes(t *testing.T) {
	s, q := &store{Memory: storetest.NewMemory(clock)}, &wakes{}
	paused(t, s.Memory, post.Paused)
	before, _, _ := s.Memory.Load(t.Context(), "one")
	r := schedule.Resumer{Index: s.Memory, Posts: s, Queue: q, Shards: 1, Now: clock, Log: discard}
	if n, err := r.Resume(t.Context(), ""); n != 1 || err != nil {
		t.Fatalf("resumed %d, %v", n, err)
	}
	if want := (schedule.Wake{PostID: "one", AccountID: "7", DueAt: now}); len(q.sent) != 1 || q.sent[0] != want {
		t.Errorf("woken %v, want %v", q.sent, want)
	}
	if w := s.written[0].Writer; w == "" || w == before.Writer {
		t.Errorf("the revision is signed %q, the one before %q", w, before.Writer)
	}
}

func TestResumeOfWhatDoesNotWait(t *testing.T) {
	broken := errors.New("throttled")
	for name, c := range map[string]struct {
		sub        post.SubStatus
		load, save error
		want       error
	}{
		"it waits for X's limit":      {post.RateLimited, nil, nil, nil},
		"it does not exist any more":  {post.Paused, fault.New(fault.NotFound, "None."), nil, nil},
		"it was deleted":              {post.Paused, fault.New(fault.Gone, "Gone."), nil, nil},
		"somebody moved it meanwhile": {post.Paused, nil, fault.New(fault.Conflict, "Changed."), nil},
		"it cannot be read":           {post.Paused, broken, nil, broken},
		"it cannot be written":        {post.Paused, nil, broken, broken},
	} {
		q := &wakes{err: errors.New("no queue")}
		s := &store{Memory: storetest.NewMemory(clock), load: c.load, save: c.save}
		paused(t, s.Memory, c.sub)
		r := schedule.Resumer{Index: s.Memory, Posts: s, Queue: q, Shards: 1, Now: clock, Log: discard}
		n, err := r.Resume(t.Context(), "")
		if n != 0 || len(q.sent) != 0 || !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%s: resumed %d, woken %v, %v; want %v", name, n, q.sent, err, c.want)
		}
	}
}

// TestResumeLeavesAWorkerAlone that holds what its record calls paused.
func TestResumeLeavesAWorkerAlone(t *testing.T) {
	m, q := storetest.NewMemory(clock), &wakes{}
	paused(t, m, post.Paused)
	p, _, err := m.Load(t.Context(), "one")
	if err == nil {
		p.Lease = post.Lease{Owner: "worker", Term: 1, Until: now.Add(time.Minute)}
		p, err = m.Save(t.Context(), p)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := schedule.Resumer{Index: m, Posts: m, Queue: q, Shards: 1, Now: clock, Log: discard}
	if n, err := r.Resume(t.Context(), ""); n != 0 || err != nil || len(q.sent) != 0 {
		t.Errorf("resumed %d, %v, woken %v", n, err, q.sent)
	}
	if after, _, err := m.Load(t.Context(), "one"); err != nil || after.Rev != p.Rev {
		t.Errorf("it was written anew: %+v, %v", after, err)
	}
}

// TestResumeServesTheOtherShards where one cannot be read, and tells of that one.
func TestResumeServesTheOtherShards(t *testing.T) {
	s, q := &store{Memory: storetest.NewMemory(clock)}, &wakes{}
	paused(t, s.Memory, post.Paused)
	r := schedule.Resumer{Index: s, Posts: s, Queue: q, Shards: 3, Now: clock, Log: discard}
	n, err := r.Resume(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "shard 1: throttled") || n == 0 || s.pressed {
		t.Errorf("resumed %d, %v; the shard was pressed for more: %v", n, err, s.pressed)
	}
}
