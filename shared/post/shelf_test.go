package post_test

import (
	"slices"
	"testing"
	"time"

	"spool/shared/post"
)

// TestEachStatusStandsOnAShelf: what goes out or has gone out stands together, all else
// by itself, and no shelf is left over.
func TestEachStatusStandsOnAShelf(t *testing.T) {
	together := []post.Status{post.Scheduled, post.Publishing, post.Published}
	var shelves []post.Shelf
	for _, s := range post.Statuses() {
		want := post.Shelf(s)
		if slices.Contains(together, s) {
			want = post.Timeline
		}
		if s.Shelf() != want {
			t.Errorf("%s stands on %s, want %s", s, s.Shelf(), want)
		}
		shelves = append(shelves, want)
	}
	slices.Sort(shelves)
	if got := slices.Sorted(slices.Values(post.Shelves())); !slices.Equal(got, slices.Compact(shelves)) {
		t.Errorf("the shelves are %q, want %q", got, shelves)
	}
}

// TestMomentIsThePostsTime, and that at which it was made while it has none.
func TestMomentIsThePostsTime(t *testing.T) {
	made := now.Add(-time.Hour)
	if got := (post.Post{CreatedAt: made}).Moment(); got != made {
		t.Errorf("a draft is found by %v, want %v", got, made)
	}
	if got := (post.Post{CreatedAt: made, ScheduledAt: now}).Moment(); got != now {
		t.Errorf("what has a time is found by %v, want %v", got, now)
	}
}

// TestSortKeysSortByTime, to the millisecond, and then by the post: whatever it is called,
// it stands between the key of its time and that of the next.
func TestSortKeysSortByTime(t *testing.T) {
	times := []time.Time{
		time.UnixMilli(0), time.UnixMilli(1), time.UnixMilli(999_999_999_999), now, now.Add(time.Millisecond),
		time.UnixMilli(99_999_999_999_999), // the last of fourteen digits, in the year 5138
	}
	var keys []string
	for _, at := range times {
		made := post.Post{ID: "Z7", CreatedAt: at}
		timed := post.Post{ID: "Z7", CreatedAt: now.Add(-time.Hour), ScheduledAt: at.Add(time.Millisecond - 1)}
		if made.SortKey() != timed.MomentSortKey() {
			t.Errorf("made at %v: %q; to start then: %q", at, made.SortKey(), timed.MomentSortKey())
		}
		keys = append(keys, post.SortKeyAt(at), (post.Post{ID: "0", CreatedAt: at}).SortKey(), made.SortKey())
		if got := post.SortKeyTime(made.SortKey()); !got.Equal(at) || got.Location() != time.UTC {
			t.Errorf("%q tells %v, want %v", made.SortKey(), got, at)
		}
		if got := post.SortKeyTime(post.SortKeyAt(at)); !got.Equal(at) {
			t.Errorf("%q tells %v, want %v", post.SortKeyAt(at), got, at)
		}
	}
	if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
		t.Errorf("the keys are not in order: %q", keys)
	}
}

func TestSortKeysOutsideOfTime(t *testing.T) {
	if got := post.SortKeyAt(time.UnixMilli(-1)); got != post.SortKeyAt(time.UnixMilli(0)) {
		t.Errorf("before 1970 the key is %q", got)
	}
	for _, none := range []string{"", "-", "x-ABC", "99999999999999999999-ABC"} {
		if got := post.SortKeyTime(none); !got.IsZero() {
			t.Errorf("%q tells %v", none, got)
		}
	}
}
