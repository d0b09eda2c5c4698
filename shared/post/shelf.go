package post

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// This file says how posts are found: each stands on one shelf, by its moment.

// Shelf is a group of statuses that are found together. Publishing a post does
// not move it to another: that would cost writes for each thread.
type Shelf string

// Timeline is the shelf of what goes out or has gone out. The other shelves are
// one status each, and have its name.
const Timeline Shelf = "timeline"

// Shelves are all shelves.
func Shelves() []Shelf {
	return []Shelf{
		Timeline, Shelf(Draft), Shelf(Failed), Shelf(Cancelled), Shelf(Missed), Shelf(Deleting), Shelf(Deleted),
	}
}

// Shelf is where the posts of a status stand.
func (s Status) Shelf() Shelf {
	switch s {
	case Scheduled, Publishing, Published:
		return Timeline
	default:
		return Shelf(s)
	}
}

// Moment is the time that a post is found by: when it is to start, or, while it
// has no time, when it was made.
func (p Post) Moment() time.Time {
	if p.ScheduledAt.IsZero() {
		return p.CreatedAt
	}
	return p.ScheduledAt
}

// MomentSortKey is the post's sort key on its shelf: shelves are in the order of moments.
func (p Post) MomentSortKey() string { return sortKey(p.Moment(), p.ID) }

// SortKey is the post's sort key in its account's list, which is in the order in
// which posts were made.
func (p Post) SortKey() string { return sortKey(p.CreatedAt, p.ID) }

func sortKey(t time.Time, id string) string { return SortKeyAt(t) + "-" + id }

// SortKeyAt comes before the sort keys of all posts of a time, and behind those of earlier ones.
func SortKeyAt(t time.Time) string { return fmt.Sprintf("%014d", max(0, t.UnixMilli())) }

// SortKeyTime is the time of a sort key; zero for what is none.
func SortKeyTime(key string) time.Time {
	digits, _, _ := strings.Cut(key, "-")
	ms, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Entry is what an index tells of a post.
type Entry struct {
	ID        string
	AccountID string
	SortKey   string // in the list that was asked for
}

// Span is a part of a list.
type Span struct {
	From, To  string // sort keys: from the one on, and before the other; empty: no bound
	Ascending bool   // earliest first; else latest first
	Accounts  []string
	Limit     int // entries that are looked at
}

// Holds reports whether a sort key is within the span.
func (s Span) Holds(key string) bool {
	return key >= s.From && (s.To == "" || key < s.To)
}

// Beyond is what comes after a sort key of the span.
func (s Span) Beyond(key string) Span {
	switch {
	case s.Ascending:
		s.From = max(s.From, after(key))
	case s.To == "":
		s.To = key
	case key != "":
		s.To = min(s.To, key)
	}
	return s
}

// after is the first sort key behind another.
func after(key string) string {
	if key == "" {
		return ""
	}
	return key + "\x01"
}
