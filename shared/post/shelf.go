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

// Moment is the time that a post is found by: when it shall start, or, while it
// has no time, when it was made.
func (p Post) Moment() time.Time {
	if p.ScheduledAt.IsZero() {
		return p.CreatedAt
	}
	return p.ScheduledAt
}

// MomentPlace is where the post stands on its shelf: places sort by the moment.
func (p Post) MomentPlace() string { return placeAt(p.Moment(), p.ID) }

// Place is where the post stands among its account's: places sort as the posts
// were made.
func (p Post) Place() string { return placeAt(p.CreatedAt, p.ID) }

func placeAt(t time.Time, id string) string { return PlaceOf(t) + "-" + id }

// PlaceOf is the place before all others of a time.
func PlaceOf(t time.Time) string { return fmt.Sprintf("%014d", max(0, t.UnixMilli())) }

// TimeOf is the time of a place; of what is no place, zero.
func TimeOf(place string) time.Time {
	digits, _, _ := strings.Cut(place, "-")
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
	Place     string // in the order that it was asked for
}

// Span is a part of a list.
type Span struct {
	From, To  string // places: from the one on, and before the other; empty: no bound
	Ascending bool   // earliest first; else latest first
	Accounts  []string
	Limit     int // entries that are looked at
}

// Holds reports whether a place is within the span.
func (s Span) Holds(place string) bool {
	return place >= s.From && (s.To == "" || place < s.To)
}

// Beyond is what comes after a place of the span.
func (s Span) Beyond(place string) Span {
	switch {
	case s.Ascending:
		s.From = max(s.From, after(place))
	case s.To == "" || place != "" && place < s.To:
		s.To = place
	}
	return s
}

// after is the first place behind another.
func after(place string) string {
	if place == "" {
		return ""
	}
	return place + "\x01"
}
