package post_test

import (
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// TestWhoEndedItsWorkersIsSuspected: each lease that is left behind counts, until something gets on.
func TestWhoEndedItsWorkersIsSuspected(t *testing.T) {
	const ttl = time.Minute
	later := now.Add(time.Hour)
	claim := func(p post.Post) (post.Post, error) { return p.Claim(later, "next", ttl) }
	for situation, c := range map[string]struct {
		at   time.Time
		move func(post.Post) (post.Post, error)
		want int // before the move, with two crashes told already
		then int
	}{
		"scheduled": {later, claim, 2, 2},
		"claimed":   {later, claim, 3, 3},
		"doubted":   {later, claim, 2, 2},
		"preparing": {later, func(p post.Post) (post.Post, error) { return p.Prepare(later, "next", ttl, post.Transfer{}) }, 3, 3},
		"removing":  {later, func(p post.Post) (post.Post, error) { return p.ClaimDeletion(later, "next", ttl) }, 3, 3},
		"waiting":   {later, func(p post.Post) (post.Post, error) { return p.Spare(later) }, 2, 3},
	} {
		p := thread(t)[situation]
		p.Crashes = 2
		if got := p.Suspicion(c.at); got != c.want {
			t.Errorf("%s: it is suspected %d times, want %d", situation, got, c.want)
		}
		p, err := c.move(p)
		if err != nil || p.Crashes != c.then {
			t.Errorf("%s: then %d, %v; want %d", situation, p.Crashes, err, c.then)
		}
	}
}

// TestWhoIsAtWorkIsNotSuspected, and its post is not spared.
func TestWhoIsAtWorkIsNotSuspected(t *testing.T) {
	p := thread(t)["claimed"]
	at := p.Lease.Until.Add(-1)
	if n := p.Suspicion(at); n != 0 {
		t.Errorf("it is suspected %d times", n)
	}
	if _, err := p.Spare(at); !fault.Is(err, fault.Conflict) {
		t.Errorf("it is spared: %v", err)
	}
	if n := p.Suspicion(p.Lease.Until); n != 1 {
		t.Errorf("once its lease is over it is suspected %d times", n)
	}
}
