package publish

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// TestHowLongARefusedDeletionWaits, and when a tweet that X does not have counts as
// deleted.
func TestHowLongARefusedDeletionWaits(t *testing.T) {
	retry, gone := said(fault.Retry, fault.ReasonXUnavailable), said(fault.Final, fault.ReasonNotFound)
	for name, tc := range map[string]struct {
		cause error
		after time.Duration // since the tweet was posted
		tries int
		shown error // what X says when it is asked whether it has the tweet
		want  string
	}{
		"the first time":                  {retry, 0, 0, nil, "stop, deleting/retry_1, due 12.5s, x_unavailable"},
		"the third time":                  {retry, 0, 2, nil, "stop, deleting/retry_3, due 3m20s, x_unavailable"},
		"the fourth time":                 {retry, 0, 3, nil, "stop, failed, x_unavailable"},
		"the fourth time, and it is gone": {retry, 2 * time.Minute, 3, gone, "stop, deleted"},
		"no answer": {
			context.DeadlineExceeded, 0, 0, nil, "stop, deleting/retry_1, due 12.5s, answer_lost",
		},
		"for good": {
			said(fault.Final, fault.ReasonDeleteRefused), 0, 0, nil, "stop, failed, delete_refused",
		},
		"for good, and it is gone": {
			said(fault.Final, fault.ReasonDeleteRefused), 2 * time.Minute, 0, gone, "stop, deleted",
		},
		"it is gone, long ago": {gone, 2 * time.Minute, 0, gone, "stop, deleted"},
		"it is gone so soon": {
			gone, 2*time.Minute - time.Millisecond, 0, gone, "stop, deleting/retry_1, due 2m0s, tweet_not_visible",
		},
		"for good, and X cannot be asked": {
			said(fault.Final, fault.ReasonDeleteRefused), 2 * time.Minute, 0, retry, "stop, failed, delete_refused",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				time.Sleep(tc.after)
				d := b.deleting()
				b.rec.Tries, b.paper.delete = tc.tries, tc.cause
				b.paper.lookup = func(string, string) (TimelinePost, error) {
					return TimelinePost{}, tc.shown
				}
				b.session.Probe = true
				b.want(tc.want, d.deleteAll())
				if b.paper.proofs != 0 {
					t.Error("a refusal proves that X takes requests again")
				}
				if got := b.rec.Reason; b.rec.Status == post.Failed &&
					!strings.HasPrefix(got.Sentence, "Tweet 1 could not be deleted from X. ") {
					t.Errorf("it says %q", got.Sentence)
				}
				if got := b.rec.Reason; b.rec.Status == post.Failed && got.Todo == "" {
					t.Error("it does not say what to do")
				}
			})
		})
	}
}

// TestADeletionIsNotLookedUpWithoutTheTime: what X refuses for good is stuck then.
func TestADeletionIsNotLookedUpWithoutTheTime(t *testing.T) {
	onBench(t, func(b *bench) {
		d := b.deleting()
		b.within(25*time.Second - 1)
		b.want("stop, failed, delete_refused", d.notDeleted(b.rec.Published[0], said(fault.Final, fault.ReasonDeleteRefused)))
		if got := b.rec.Reason.Todo; got != "Retry the post later: it goes on deleting where it stopped." {
			t.Errorf("it says %q", got)
		}
	})
}

// TestThreadsAreDeletedLastToFirst, and a worker that is late leaves the rest.
func TestThreadsAreDeletedLastToFirst(t *testing.T) {
	for name, tc := range map[string]struct {
		late time.Duration
		want string
		gone int
	}{
		"there is time":           {0, "stop, deleted", 2},
		"the lease just lasts":    {30 * time.Second, "stop, deleted", 2},
		"the lease does not last": {30*time.Second + time.Millisecond, "reload, deleting, due 30.001s", 0},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.rec = b.must(b.rec.Checkpoint(b.begun, b.id(time.Second), b.Config.Lease))
				d := b.deleting()
				ids := b.rec.PlatformPostIDs()
				slices.Reverse(ids)
				time.Sleep(tc.late)
				b.began = time.Now() // its share is another matter
				b.session.Probe = true
				b.want(tc.want, d.deleteAll())
				if proved := b.paper.proofs > 0; proved != (tc.gone > 0) {
					t.Errorf("it is proved that X takes requests again: %v", proved)
				}
				if !slices.Equal(b.paper.deletes, ids[:tc.gone]) {
					t.Errorf("deleted were %v of %v", b.paper.deletes, ids)
				}
			})
		})
	}
}

// TestADeletionIsClaimedOnlyWithTime.
func TestADeletionIsClaimedOnlyWithTime(t *testing.T) {
	for left, want := range map[time.Duration]string{
		35 * time.Second: "goOn, deleting, lease 45s", 35*time.Second - 1: "stop",
	} {
		onBench(t, func(b *bench) {
			d := b.deleting()
			b.rec = b.must(b.rec.Defer(b.begun, b.begun, nil))
			b.within(left)
			b.want(want, d.claim())
		})
	}
}

// TestATweetByAPersonsWordIsLookedAtFirst: it is deleted where X shows it to be the post's.
func TestATweetByAPersonsWordIsLookedAtFirst(t *testing.T) {
	for name, tc := range map[string]struct {
		told bool
		on   TimelinePost
		err  error
		want string
	}{
		"X shows it":             {true, TimelinePost{Author: "7", Text: "two"}, nil, "again, deleting, lease 45s"},
		"X shows another text":   {true, TimelinePost{Author: "7", Text: "three"}, nil, "stop, failed, not_this_tweet"},
		"X shows another author": {true, TimelinePost{Author: "8", Text: "two"}, nil, "stop, failed, not_this_tweet"},
		"X cannot be asked": {
			true, TimelinePost{}, said(fault.Retry, fault.ReasonXUnavailable),
			"stop, deleting/retry_1, due 12.5s, x_unavailable",
		},
		"the id came from X": {false, TimelinePost{}, nil, "again, deleting, lease 45s"},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				first := b.rec.Parent()
				b.rec = b.must(b.rec.Checkpoint(b.begun, b.id(time.Second), b.Config.Lease))
				b.rec.Published[1].ByPerson = tc.told
				d := b.deleting()
				looked := 0
				b.paper.lookup = func(_, id string) (TimelinePost, error) {
					looked++
					tc.on.ID, tc.on.Parent = id, first
					return tc.on, tc.err
				}
				b.want(tc.want, d.deleteLast())
				if (looked > 0) != tc.told {
					t.Errorf("it was looked at %d times", looked)
				}
			})
		})
	}
	onBench(t, func(b *bench) { // the first replies to nothing
		b.rec.Published[0].ByPerson = true
		d := b.deleting()
		b.paper.lookup = func(_, id string) (TimelinePost, error) { return TimelinePost{ID: id, Author: "7", Text: "one"}, nil }
		b.want("stop, deleted", d.deleteLast())
	})
}
