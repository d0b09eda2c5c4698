package publish

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"spool/shared/post"
	"spool/shared/schedule"
)

// handed remembers the wakes of posts that were handed on.
type handed struct {
	wakes []schedule.Wake
	err   error
}

func (h *handed) WakeAll(_ context.Context, wakes []schedule.Wake) error {
	h.wakes = append(h.wakes, wakes...)
	return h.err
}

// TestARunHasItsShare of time and of tweets, and hands the post on, to begin at once.
func TestARunHasItsShare(t *testing.T) {
	const more, rest = "again, publishing/thread_partial, intent, lease ", "stop, publishing/thread_partial, due "
	for name, tc := range map[string]struct {
		took time.Duration
		sent int // before this one
		last bool
		hops int
		want string
		wake bool
	}{
		"there is time":                   {20*time.Second - time.Millisecond, 23, false, 0, more + "1m4.999s", false},
		"its time is over":                {20 * time.Second, 0, false, 0, rest + "20s", true},
		"it has sent enough":              {0, 24, false, 0, rest + "0s", true},
		"it was the last tweet":           {20 * time.Second, 24, true, 0, "stop, published", false},
		"nine have handed it on before":   {20 * time.Second, 0, false, 9, rest + "20s", true},
		"ten have, and it waits a little": {20 * time.Second, 0, false, 10, rest + "20s", false},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				h := &handed{}
				b.Queue, b.done, b.order.Hops = h, tc.sent, tc.hops
				if tc.last {
					b.rec.Size = 2
				}
				time.Sleep(tc.took)
				b.want(tc.want, b.checkpoint("1"))
				var want []schedule.Wake
				if tc.wake {
					want = []schedule.Wake{{PostID: b.rec.ID, AccountID: "7", DueAt: b.rec.Due, Hops: tc.hops + 1}}
				}
				if !slices.Equal(h.wakes, want) {
					t.Errorf("woken are %v, want %v", h.wakes, want)
				}
			})
		})
	}
}

// TestWhatCannotBeHandedOnWaitsForDispatch: that is no failure.
func TestWhatCannotBeHandedOnWaitsForDispatch(t *testing.T) {
	for name, queue := range map[string]schedule.Queue{"the queue fails": &handed{err: errors.New("no queue")}, "there is no queue": nil} {
		onBench(t, func(b *bench) {
			b.Queue, b.done = queue, 24
			t.Log(name)
			b.want("stop, publishing/thread_partial, due 0s", b.checkpoint("1"))
		})
	}
}

// TestDeletingHasItsShare, after one tweet at the least.
func TestDeletingHasItsShare(t *testing.T) {
	for name, tc := range map[string]struct {
		took time.Duration
		done int
		want string
		wake int
	}{
		"there is time":        {20*time.Second - 1, 24, "stop, deleted", 0},
		"its time is over":     {20 * time.Second, 1, "stop, deleting, due 20s", 1},
		"it has not begun yet": {20 * time.Second, 0, "stop, deleted", 0},
		"it has done enough":   {0, 25, "stop, deleting, due 0s", 1},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				h := &handed{}
				b.Queue, b.done = h, tc.done
				d := b.deleting()
				time.Sleep(tc.took)
				b.want(tc.want, d.deleteAll())
				if len(h.wakes) != tc.wake {
					t.Errorf("woken are %v", h.wakes)
				}
			})
		})
	}
}

// TestUploadingHasItsShare: how far it is is stored, and another run goes on from there.
func TestUploadingHasItsShare(t *testing.T) {
	inStudio(t, []post.Medium{film}, func(b *bench, _ *studio) {
		h := &handed{}
		b.Queue = h
		b.uploads.known[film.Digest()] = Upload{ID: "m1", Stage: Sending, Segments: 2}
		b.rec.Lease.Until = b.begun.Add(time.Hour)
		time.Sleep(20*time.Second - 1)
		b.want("goOn", b.mayUpload(b.content.Media(1)))
		time.Sleep(time.Nanosecond)
		b.want("stop, publishing/media_uploading, due 20s", b.mayUpload(b.content.Media(1)))
		if len(b.paper.saved) != 1 || b.rec.Media.Sent != 8 || len(h.wakes) != 1 {
			t.Errorf("stored are %v, the record tells of %+v, woken are %v", b.paper.saved, b.rec.Media, h.wakes)
		}
	})
}
