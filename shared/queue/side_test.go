package queue_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"spool/shared/queue"
)

// batch makes an event of wakes: each is given as its post, how often it was received, and its receipt.
func batch(messages ...string) (e events.SQSEvent) {
	for _, m := range messages {
		post, rest, _ := strings.Cut(m, " ")
		count, receipt, _ := strings.Cut(rest, " ")
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: "m-" + post, Body: fmt.Sprintf(`{"post_id":%q,"due_at":"2026-08-20T09:00:00Z"}`, post), ReceiptHandle: receipt,
			Attributes: map[string]string{"ApproximateReceiveCount": count},
		})
	}
	return e
}

// again are the messages that come again.
func again(res events.SQSEventResponse) (ids []string) {
	for _, f := range res.BatchItemFailures {
		ids = append(ids, f.ItemIdentifier)
	}
	return ids
}

// TestMessagesAreHandledSideBySide: each waits until all are at work. Those that fail are reported in the event's order,
// whichever came first.
func TestMessagesAreHandledSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, seen := time.Now(), &observed{}
		took := map[string]time.Duration{"A": 3 * time.Second, "B": time.Second, "C": 2 * time.Second, "D": time.Second}
		res := queue.Consumer{Observer: seen}.Each(t.Context(), batch("A 1", "B 1", "C 1", "D 1"), func(_ context.Context, w queue.Wake, alone bool) error {
			if time.Sleep(took[w.PostID]); w.PostID == "D" {
				return nil
			}
			return fmt.Errorf("alone: %v", alone)
		})
		if got := time.Since(start); got != 3*time.Second {
			t.Errorf("it took %v, and the slowest takes 3 s", got)
		}
		if got := again(res); !slices.Equal(got, []string{"m-A", "m-B", "m-C"}) {
			t.Errorf("%v come again", got)
		}
		if !slices.Equal(seen.failed, []string{"m-B", "m-C", "m-A"}) {
			t.Errorf("told to have failed were %v, want them as they fail", seen.failed)
		}
	})
}

// TestWhatIsSentAgainComesAfterWhatIsNew: it may have ended a process before its record could say so.
func TestWhatIsSentAgainComesAfterWhatIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, at := time.Now(), map[string]time.Duration{}
		e := batch("NEW 1", "SLOW 1")
		for again, post := range map[int]string{1: "AGAIN", 2: "ALSO", 3: "OFTEN", 4: "OFTENER"} {
			e.Records = append([]events.SQSMessage{{
				MessageId: post, Body: fmt.Sprintf(`{"post_id":%q,"due_at":"2026-08-20T09:00:00Z","again":%d}`, post, again),
			}}, e.Records...)
		}
		var mu sync.Mutex
		queue.Consumer{Observer: &observed{}}.Each(t.Context(), e, func(_ context.Context, w queue.Wake, alone bool) error {
			mu.Lock()
			at[w.PostID] = time.Since(start)
			mu.Unlock()
			if time.Sleep(time.Second); w.PostID == "SLOW" {
				time.Sleep(time.Second)
			}
			if alone != (w.Again >= 3) {
				t.Errorf("%s is handled alone: %v", w.PostID, alone)
			}
			return nil
		})
		want := map[string]time.Duration{
			"NEW": 0, "SLOW": 0, "AGAIN": 2 * time.Second, "ALSO": 2 * time.Second, "OFTEN": 3 * time.Second, "OFTENER": 4 * time.Second,
		}
		if !maps.Equal(at, want) {
			t.Errorf("they are handled after %v, want %v", at, want)
		}
	})
}

// TestTheAnswerComesBeforeTheInvocationEnds, also where a message takes all the time that there is.
func TestTheAnswerComesBeforeTheInvocationEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lasts = 10 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), lasts)
		defer cancel()
		start := time.Now()
		res := queue.Consumer{Observer: &observed{}}.Each(ctx, batch("STUCK 1", "DONE 1"), func(ctx context.Context, w queue.Wake, _ bool) error {
			if w.PostID == "DONE" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		})
		if got := time.Since(start); got != lasts-2*time.Second || !slices.Equal(again(res), []string{"m-STUCK"}) {
			t.Errorf("after %v %v come again", got, again(res))
		}
	})
}

// TestAPanicIsItsMessagesAlone, and is told with where it was.
func TestAPanicIsItsMessagesAlone(t *testing.T) {
	seen := &observed{}
	res := queue.Consumer{Observer: seen}.Each(t.Context(), batch("GOOD 1", "POISON 1", "FINE 1"), func(_ context.Context, w queue.Wake, _ bool) error {
		if w.PostID == "POISON" {
			explode()
		}
		return nil
	})
	if got := again(res); !slices.Equal(got, []string{"m-POISON"}) || !slices.Equal(seen.failed, got) {
		t.Errorf("%v come again, %v were told", got, seen.failed)
	}
	if len(seen.stacks) != 1 || !strings.Contains(seen.stacks[0], "queue_test.explode") {
		t.Errorf("the stacks are %q", seen.stacks)
	}
}

func explode() { panic(errors.New("a bug")) }

// A message whose work has ended its goroutine is not done.
func TestWorkThatEndsItsGoroutineIsNotDone(t *testing.T) {
	seen := &observed{}
	res := queue.Consumer{Observer: seen}.Each(t.Context(), batch("GOOD 1", "GONE 1"), func(_ context.Context, w queue.Wake, _ bool) error {
		if w.PostID == "GONE" {
			runtime.Goexit()
		}
		return nil
	})
	if got := again(res); !slices.Equal(got, []string{"m-GONE"}) {
		t.Errorf("%v come again", got)
	}
}

// TestWhatMayEndTheProcessIsHandledAlone: what came before, and what asks for it, one by one, behind all others, and in
// the order of their failures.
func TestWhatMayEndTheProcessIsHandledAlone(t *testing.T) {
	asks := map[string]int{"ASKS ONCE": 1, "ASKS": 4}
	for name, tt := range map[string]struct {
		messages []string
		want     []string // who was handled alone, in order
		again    []string
	}{
		"nothing is suspected":            {[]string{"A 1", "B 1"}, nil, nil},
		"a count that is not told is one": {[]string{"A", "B x"}, nil, nil},
		"what came before":                {[]string{"TWICE 2", "A 1"}, []string{"TWICE"}, nil},
		"what came less often goes first": {[]string{"THRICE 3", "A 1", "TWICE 2"}, []string{"TWICE", "THRICE"}, nil},
		"of two alike, one by chance":     {[]string{"A 2 y", "B 2 x", "C 2 z"}, []string{"B", "A", "C"}, nil},
		"what asks for it":                {[]string{"ASKS 1", "A 1", "THRICE 3"}, []string{"THRICE", "ASKS"}, nil},
		"what asks came before, too":      {[]string{"ASKS 2", "THRICE 3"}, []string{"ASKS", "THRICE"}, nil},
		"what fails alone comes again":    {[]string{"BAD 2", "A 1"}, []string{"BAD"}, []string{"m-BAD"}},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			atWork, beside := 0, 0
			var alone []string
			seen := &observed{}
			res := queue.Consumer{Observer: seen}.Each(t.Context(), batch(tt.messages...), func(_ context.Context, w queue.Wake, isAlone bool) error {
				mu.Lock()
				atWork++
				if isAlone && atWork > 1 || !isAlone && len(alone) > 0 {
					t.Errorf("%s is handled beside others", w.PostID)
				}
				if isAlone {
					alone = append(alone, w.PostID)
				} else {
					beside++
				}
				mu.Unlock()
				defer func() { mu.Lock(); defer mu.Unlock(); atWork-- }()
				switch {
				case w.PostID == "BAD":
					return errors.New("no storage")
				case asks[w.PostID] > 0 && !isAlone:
					return fmt.Errorf("post %s: %w", w.PostID, &queue.Apart{Failures: asks[w.PostID]})
				}
				return nil
			})
			if !slices.Equal(alone, tt.want) {
				t.Errorf("alone were %v, want %v", alone, tt.want)
			}
			if got := again(res); !slices.Equal(got, tt.again) || !slices.Equal(seen.failed, tt.again) {
				t.Errorf("%v come again, %v were told to have failed; want %v", got, seen.failed, tt.again)
			}
		})
	}
}

// TestWhatAsksAgainHasFailed: alone it is.
func TestWhatAsksAgainHasFailed(t *testing.T) {
	calls := 0
	res := queue.Consumer{Observer: &observed{}}.Each(t.Context(), batch("ASKS 1"), func(context.Context, queue.Wake, bool) error {
		calls++
		return &queue.Apart{Failures: 1}
	})
	if got := again(res); calls != 2 || !slices.Equal(got, []string{"m-ASKS"}) {
		t.Errorf("it was asked %d times, and %v come again", calls, got)
	}
}
