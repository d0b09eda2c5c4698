package schedule_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/schedule"
	"spool/shared/storetest"
)

// slow is a memory that takes a second to read a post, and counts who waits for it.
type slow struct {
	*storetest.Memory
	mu         sync.Mutex
	busy, most int
}

func (s *slow) enter(by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy += by
	s.most = max(s.most, s.busy)
}

func (s *slow) Load(ctx context.Context, id string) (post.Post, post.Content, error) {
	s.enter(1)
	defer s.enter(-1)
	<-time.After(time.Second)
	return s.Memory.Load(ctx, id)
}

// TestResumeWorksSideBySide, sixteen at a time: the store has a limit too.
func TestResumeWorksSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, q := &slow{Memory: storetest.NewMemory(clock)}, &wakes{}
		for i := range 40 {
			p := add(t, s.Memory, fmt.Sprint(i), now)
			p, err := p.Park(now, now.Add(time.Hour), post.Paused, fault.Reason{Code: "why"}, false)
			if err == nil {
				_, err = s.Memory.Save(t.Context(), p)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		r := schedule.Resumer{Index: s.Memory, Posts: s, Queue: q, Shards: 1, Now: clock, Log: discard}
		if n, err := r.Resume(t.Context(), ""); err != nil || n != 40 || s.most != 16 {
			t.Errorf("resumed %d, %v; at most %d at once, want 16", n, err, s.most)
		}
	})
}
