package post_test

import (
	"testing"
	"time"

	"spool/shared/post"
)

func TestSpanHoldsFromTheOneAndBeforeTheOther(t *testing.T) {
	for name, c := range map[string]struct {
		span post.Span
		key  string
		want bool
	}{
		"no bounds":                  {post.Span{}, "b", true},
		"before the first":           {post.Span{From: "b"}, "a", false},
		"the first":                  {post.Span{From: "b"}, "b", true},
		"within":                     {post.Span{From: "b", To: "d"}, "c", true},
		"the one that it ends at":    {post.Span{From: "b", To: "d"}, "d", false},
		"behind":                     {post.Span{From: "b", To: "d"}, "e", false},
		"before one without a first": {post.Span{To: "d"}, "a", true},
	} {
		if got := c.span.Holds(c.key); got != c.want {
			t.Errorf("%s: holds %v", name, got)
		}
	}
}

// TestSpanGoesOnBehindASortKey, and never back over what was seen.
func TestSpanGoesOnBehindASortKey(t *testing.T) {
	up := post.Span{From: "b", To: "d", Ascending: true}
	down := post.Span{From: "b", To: "d"}
	for name, c := range map[string]struct{ got, want [2]string }{
		"upwards":                   {bounds(up.Beyond("c")), [2]string{"c\x01", "d"}},
		"upwards, from before it":   {bounds(up.Beyond("a")), [2]string{"b", "d"}},
		"upwards, from nowhere":     {bounds(up.Beyond("")), [2]string{"b", "d"}},
		"upwards, from no start":    {bounds(post.Span{Ascending: true}.Beyond("")), [2]string{"", ""}},
		"downwards":                 {bounds(down.Beyond("c")), [2]string{"b", "c"}},
		"downwards, from its end":   {bounds(down.Beyond("d")), [2]string{"b", "d"}},
		"downwards, from behind it": {bounds(down.Beyond("e")), [2]string{"b", "d"}},
		"downwards, from nowhere":   {bounds(down.Beyond("")), [2]string{"b", "d"}},
		"downwards, without an end": {bounds(post.Span{}.Beyond("c")), [2]string{"", "c"}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
}

func bounds(s post.Span) [2]string { return [2]string{s.From, s.To} }

// TestEarliestAllowsForClocksThatDiffer, from the first attempt on.
func TestEarliestAllowsForClocksThatDiffer(t *testing.T) {
	attempt := &post.Attempt{At: now.Add(time.Hour)}
	for name, c := range map[string]struct {
		p    post.Post
		want time.Time
	}{
		"attempted once":   {post.Post{Attempt: attempt}, now.Add(59 * time.Minute)},
		"doubted before":   {post.Post{Attempt: attempt, Doubted: now}, now.Add(-time.Minute)},
		"never been tried": {post.Post{}, time.Time{}},
	} {
		if got := c.p.Earliest(); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestHolds(t *testing.T) {
	p := post.Post{Published: []post.Receipt{{ID: "5"}}}
	if !p.Holds("5", 1) || p.Holds("6", 1) || p.Holds("6", 2) {
		t.Error("without an attempt it holds more, or less, than its tweet")
	}
	p.Attempt = &post.Attempt{}
	if !p.Holds("6", 2) || p.Holds("6", 1) || p.Holds("6", 3) {
		t.Error("with an attempt it holds more, or less, than the next")
	}
}
