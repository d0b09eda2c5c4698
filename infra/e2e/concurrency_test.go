package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"spool/infra/stack"
	"spool/infra/xsim"
)

// In a new account, where ten executions may run at once, publishing leaves the API its share: while 14 threads go out,
// none of 81 calls by a few callers finds no execution left.
func TestPublishingLeavesTheAPIItsShare(t *testing.T) {
	t.Parallel()
	s := start(t, nil, func(o *stack.Options) { o.Concurrency = 10 })
	// X is slow, so that all threads are going out all the time.
	if _, err := s.Simulator.Fault(xsim.Fault{Method: http.MethodPost, Path: "/2/tweets", Count: -1, Delay: 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	var ids []string
	at := time.Now().Add(5 * time.Second)
	for i := range 14 {
		p, err := s.owner.Schedule(t.Context(), thread(fmt.Sprintf("share %d", i), 3), at)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	ctx, cancel := context.WithDeadline(t.Context(), at)
	defer cancel()
	<-ctx.Done() // their second has come
	const callers = 3
	statuses := make(chan int, 81)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range cap(statuses) / callers {
				statuses <- s.status(t, "/v1/posts")
			}
		})
	}
	wg.Wait()
	close(statuses)
	calls := 0
	for status := range statuses {
		if calls++; status != http.StatusOK {
			t.Errorf("a call is answered %d", status)
		}
	}
	if calls != 81 {
		t.Errorf("%d calls were made", calls)
	}
	for _, id := range ids {
		s.finished(t, id)
	}
	for _, m := range s.CloudWatch.Report().Metrics {
		if m.Name == "Throttles" && m.Sum > 0 {
			t.Errorf("%s: %v times", m, m.Sum)
		}
	}
}

// status is how the API answers its owner's GET. It is asked once.
func (s *system) status(t *testing.T, path string) int {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.API.String()+path, nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Header.Set("Authorization", "Bearer "+s.AdminKey)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}
