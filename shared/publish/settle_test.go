package publish_test

import (
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/post"
)

// TestLostAnswers: X took the tweet or did not, and nobody was told.
func TestLostAnswers(t *testing.T) {
	const unavailable = `{"title":"Service Unavailable","status":503}`
	for name, c := range map[string]struct {
		fault   xsim.Fault
		creates int // for three tweets
		reads   int
	}{
		"dropped before the commit": {xsim.Fault{Drop: xsim.DropBefore}, 4, 3},
		"dropped after the commit":  {xsim.Fault{Drop: xsim.DropAfter}, 3, 1},
		"503, and nothing was done": {xsim.Fault{Status: 503, Body: unavailable}, 4, 3},
		"503, and it was done":      {xsim.Fault{Status: 503, Body: unavailable, Commit: true}, 3, 1},
		"a proxy's page, and it was done": {
			xsim.Fault{Status: 403, Body: "<title>Attention Required! | Cloudflare</title>", Commit: true}, 3, 1,
		},
		"a proxy's page, nothing was done": {
			xsim.Fault{Status: 403, Body: "<title>Attention Required! | Cloudflare</title>"}, 4, 3,
		},
		"201 without an id, and it was done": {xsim.Fault{Status: 201, Body: `{"data":{}}`, Commit: true}, 3, 1},
		"answered too late":                  {xsim.Fault{Delay: 16 * time.Second}, 3, 1},
		"committed a second late":            {xsim.Fault{Late: time.Second}, 3, 1},
		"committed half a minute late":       {xsim.Fault{Late: 30 * time.Second}, 3, 2},
		"committed late after a 503":         {xsim.Fault{Late: 100 * time.Second, Status: 503, Body: unavailable}, 3, 2},
		"committed between the two reads":    {xsim.Fault{Late: 130 * time.Second}, 3, 3},
	} {
		for nth := 1; nth <= 3; nth++ {
			t.Run(fmt.Sprintf("%s, tweet %d", name, nth), func(t *testing.T) {
				inVirtualTime(t, func(r *rig) {
					c.fault.Nth = nth
					p := r.add(tweets(3)...)
					c.fault.Method, c.fault.Path = "POST", "/2/tweets"
					r.fault(c.fault)
					r.wantPublished(r.finish(p.ID, 6), tweets(3)...)
					if r.creates() != c.creates || r.reads() != c.reads {
						t.Errorf("%d creates and %d reads, want %d and %d", r.creates(), r.reads(), c.creates, c.reads)
					}
				})
			})
		}
	}
}

// TestDuplicateAfterADoubt: what was settled as absent is refused as a
// duplicate. So X had it after all.
func TestDuplicateAfterADoubt(t *testing.T) {
	t.Run("and it is shown at last", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			r.sim.Configure(func(s *xsim.Settings) { s.VisibilityLag = 4 * time.Minute })
			r.fault(xsim.Fault{Drop: xsim.DropAfter, Nth: 2})
			p := r.add(tweets(3)...)
			r.wantPublished(r.finish(p.ID, 8), tweets(3)...)
			if r.creates() != 4 {
				t.Errorf("%d creates, want one more than tweets", r.creates())
			}
		})
	})
	t.Run("and it is never shown", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			r.sim.Configure(func(s *xsim.Settings) { s.VisibilityLag = 1000 * time.Hour })
			r.fault(xsim.Fault{Drop: xsim.DropAfter})
			r.wantStopped(r.finish(r.add("one").ID, 8), post.Failed, post.Unknown, "outcome_unknown")
		})
	})
	t.Run("and without a doubt it is final", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			if _, err := r.sim.PostByHand("ada", "one", ""); err != nil {
				t.Fatal(err)
			}
			r.wantStopped(r.finish(r.add("one").ID, 8), post.Failed, "", "duplicate_text")
		})
	})
}

// TestOtherTweetsInBetween: the owner writes while a tweet is in doubt, even the
// same words, and replies to the thread.
func TestOtherTweetsInBetween(t *testing.T) {
	for name, drop := range map[string]xsim.Drop{"X has the tweet": xsim.DropAfter, "X does not have it": xsim.DropBefore} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				r.sim.Configure(func(s *xsim.Settings) { s.DuplicateWindow = 0 })
				r.fault(xsim.Fault{Drop: drop, Nth: 2})
				texts := tweets(3)
				p := r.add(texts...)
				got := r.publish(p.ID)
				for _, own := range [][2]string{{texts[1], ""}, {"and another thing", got.Parent()}, {texts[2], ""}, {"hello", ""}} {
					if _, err := r.sim.PostByHand("ada", own[0], own[1]); err != nil {
						t.Fatal(err)
					}
				}
				r.wantPublished(r.finish(p.ID, 6), texts...)
			})
		})
	}
}

func TestSeveralPagesInBetween(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.sim.Configure(func(s *xsim.Settings) { s.VisibilityLag = 5 * time.Second })
		r.fault(xsim.Fault{Drop: xsim.DropAfter, Nth: 2})
		p := r.add(tweets(3)...)
		r.publish(p.ID)
		for i := range 250 {
			if _, err := r.sim.PostByHand("ada", fmt.Sprintf("busy day %d", i), ""); err != nil {
				t.Fatal(err)
			}
		}
		r.wantPublished(r.finish(p.ID, 6), tweets(3)...)
		if r.reads() != 4 {
			t.Errorf("%d reads, want the first look's one page and the second's three", r.reads())
		}
	})
}

// TestTwoCandidates: only a person can say which of two is the post's.
func TestTwoCandidates(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.sim.Configure(func(s *xsim.Settings) { s.VisibilityLag = 10 * time.Second })
		r.fault(xsim.Fault{Drop: xsim.DropAfter})
		p := r.publish(r.add("one", "two").ID)
		if _, err := r.sim.PostByHand("ada", "one", ""); err != nil {
			t.Fatal(err)
		}
		p = r.finish(p.ID, 4)
		r.wantStopped(p, post.Failed, post.Unknown, "outcome_unknown")
		timeline, err := r.sim.Timeline("ada")
		if err != nil {
			t.Fatal(err)
		}
		r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Resolve(time.Now(), 1, timeline[0].ID) })
		r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Retry(time.Now()) })
		p = r.finish(p.ID, 3)
		if p.Status != post.Published || p.Published[0].ID != timeline[0].ID || r.creates() != 2 {
			t.Errorf("resolved and retried it is %s, begins with %s, after %d creates", p.Status, p.Published[0].ID, r.creates())
		}
	})
}

// TestMediaTellTweetsApart: a moment before, the owner posted another picture by
// hand, with the same text or none.
func TestMediaTellTweetsApart(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		drop    xsim.Drop
		unknown bool
	}{
		"X has it, and it has no text":         {"", xsim.DropAfter, false},
		"X has it, and another with its text":  {"good morning", xsim.DropAfter, false},
		"X does not have it: a person decides": {"", xsim.DropBefore, true},
	} {
		t.Run(name, func(t *testing.T) {
			withMedia(t, func(r *rig, files shelf) {
				mine, byHand := files.picture(1), files.picture(2)
				s, err := r.pub.Accounts.Open(r.ctx, ada)
				if err != nil {
					t.Fatal(err)
				}
				at, err := r.pub.Media.X.Upload(r.ctx, s.Token, byHand, io.NewSectionReader(files[byHand.Key()], 0, byHand.Bytes))
				if err != nil {
					t.Fatal(err)
				}
				byHand.PlatformID = at.ID
				if _, err := r.pub.X.Create(r.ctx, s.Token, post.Tweet{Text: c.text, Media: []post.Medium{byHand}},
					""); err != nil {
					t.Fatal(err)
				}
				r.fault(xsim.Fault{Drop: c.drop})
				content := post.Content{Version: 1, Tweets: []post.Tweet{{Text: c.text, Media: []post.Medium{mine}},
					{Text: "the next"}}}
				p, err := r.mem.Create(r.ctx, post.New(time.Now(), ada, content, time.Now(), "UTC"), content)
				if err != nil {
					t.Fatal(err)
				}
				p = r.finish(p.ID, 8)
				if c.unknown {
					r.wantStopped(p, post.Failed, post.Unknown, "outcome_unknown")
					return
				}
				timeline, err := r.sim.Timeline("ada")
				if err != nil || len(timeline) != 3 {
					t.Fatalf("%d tweets are on X, want 3: %v", len(timeline), err)
				}
				if p.Status != post.Published || p.Published[0].ID != timeline[1].ID {
					t.Errorf("it is %s and begins with %v, want %s", p.Status, p.PlatformPostIDs(), timeline[1].ID)
				}
			})
		})
	}
}

// TestSameTextOfAnotherPost: the first tweet of another post says the same. Its
// tweet is not taken for this post's.
func TestSameTextOfAnotherPost(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		first := r.publish(r.add("good morning", "it is cold").ID)
		r.fault(xsim.Fault{Drop: xsim.DropBefore})
		second := r.finish(r.add("good morning", "it is warm").ID, 8)
		if second.Status == post.Published || len(second.Published) != 0 {
			t.Errorf("the second post is %s with %v, the first has %v", second.Status, second.PlatformPostIDs(),
				first.PlatformPostIDs())
		}
	})
}

// TestReadsAreRefused: X does not show the timeline.
func TestReadsAreRefused(t *testing.T) {
	read := func(status int, body string) xsim.Fault {
		return xsim.Fault{Method: "GET", Path: "/2/users/*/tweets", Nth: 2, Status: status, Body: body}
	}
	for name, c := range map[string]struct {
		fault xsim.Fault
		sub   post.SubStatus
		code  fault.ReasonCode
	}{
		"no credits": {read(402, `{"title":"CreditsDepleted"}`), post.Paused, "credits_depleted"},
		"a limit":    {read(429, `{"title":"Too Many Requests","status":429}`), post.RateLimited, "rate_limited"},
		"X is down":  {read(503, `{"title":"Service Unavailable","status":503}`), post.Reconciling, "x_unavailable"},
		"no answer": {
			xsim.Fault{Method: "GET", Path: "/2/users/*/tweets", Nth: 2, Drop: xsim.DropBefore}, post.Reconciling, "answer_lost",
		},
		"a proxy page": {read(403, "<title>Attention Required! | Cloudflare</title>"), post.Reconciling, "x_unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				r.fault(c.fault)
				r.fault(xsim.Fault{Drop: xsim.DropBefore, Nth: 2})
				p := r.publish(r.add(tweets(3)...).ID)
				time.Sleep(time.Until(p.Due))
				p = r.publish(p.ID)
				r.wantStopped(p, post.Publishing, c.sub, c.code)
				if p.Attempt == nil {
					t.Fatal("the doubt is forgotten")
				}
				r.wantPublished(r.finish(p.ID, 8), tweets(3)...)
				if r.creates() != 4 {
					t.Errorf("%d creates, want 4", r.creates())
				}
			})
		})
	}
	t.Run("the token ended meanwhile", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			r.fault(xsim.Fault{Drop: xsim.DropAfter, Nth: 2})
			r.fault(xsim.Fault{Method: "GET", Path: "/2/users/*/tweets", Count: 2, Status: 401, Body: `{"title":"Unauthorized"}`})
			p := r.add(tweets(3)...)
			r.wantPublished(r.finish(p.ID, 4), tweets(3)...)
		})
	})
	t.Run("for good", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			f := read(403, `{"title":"Forbidden","detail":"Forbidden"}`)
			f.Nth, f.Count = 1, -1
			r.fault(f)
			r.fault(xsim.Fault{Drop: xsim.DropBefore, Nth: 2})
			p := r.finish(r.add(tweets(3)...).ID, 8)
			r.wantStopped(p, post.Failed, post.Unknown, "outcome_unknown")
			if _, err := p.Retry(time.Now()); err == nil {
				t.Error("a doubt was retried")
			}
			r.sim.ClearFaults()
			r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Resolve(time.Now(), 2, "") })
			r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Retry(time.Now()) })
			r.wantPublished(r.finish(p.ID, 3), tweets(3)...)
		})
	})
	t.Run("for hours", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			f := read(500, `{}`)
			f.Nth, f.Count = 1, -1
			r.fault(f)
			r.fault(xsim.Fault{Drop: xsim.DropBefore})
			r.wantStopped(r.finish(r.add("one").ID, 20), post.Failed, post.Unknown, "outcome_unknown")
			if took := time.Since(start); took < 4*time.Hour || r.reads() > 13 {
				t.Errorf("a person was asked after %v and %d reads", took, r.reads())
			}
		})
	})
}

// TestTextsThatXChanges: the first tweet is told by its text, which comes back
// changed.
func TestTextsThatXChanges(t *testing.T) {
	for _, text := range []string{
		"plain", "a link https://example.com/a/?b=c&d", "bare example.com, and www.example.org/", "<b> & \"q\" &amp; 5 > 3",
		"two  spaces\n\nand lines", "Cafe\u0301", "emoji 👩‍🚀 日本語", "https://example.com/", "AT&T http://EXAMPLE.com/Path",
	} {
		inVirtualTime(t, func(r *rig) {
			r.fault(xsim.Fault{Drop: xsim.DropAfter})
			p := r.finish(r.add(text, "second").ID, 5)
			if p.Status != post.Published || r.creates() != 2 {
				t.Errorf("%q: %s because of %+v, after %d creates", text, p.Status, p.Reason, r.creates())
			}
		})
	}
}

// TestTwoPostsWithOneTextInDoubt: X has one tweet, and both could be it. One
// takes it; the other never does.
func TestTwoPostsWithOneTextInDoubt(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.sim.Configure(func(s *xsim.Settings) { s.VisibilityLag = 10 * time.Second })
		r.fault(xsim.Fault{Drop: xsim.DropAfter})
		r.fault(xsim.Fault{Drop: xsim.DropBefore, Nth: 2})
		older := r.add("good morning", "it is cold")
		time.Sleep(time.Second)
		newer := r.add("good morning", "it is warm")
		r.publish(older.ID)
		r.publish(newer.ID)
		time.Sleep(5 * time.Minute)
		for _, p := range []post.Post{newer, older, newer} {
			r.publish(p.ID)
		}
		older, newer = r.finish(older.ID, 5), r.finish(newer.ID, 20)
		r.wantPublished(older, "good morning", "it is cold")
		if newer.Status != post.Failed || len(newer.Published) != 0 {
			t.Errorf("the newer post is %s/%s with %v", newer.Status, newer.Sub, newer.PlatformPostIDs())
		}
	})
}

// TestAPostOfTheSameTextThatIsBeingRecorded: X has the newer post's tweet, whose record is
// about to be written. The older post, in doubt, does not take it meanwhile.
func TestAPostOfTheSameTextThatIsBeingRecorded(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		older := r.add("good morning", "it is cold")
		time.Sleep(time.Second)
		newer := r.add("good morning", "it is warm")
		r.fault(xsim.Fault{Drop: xsim.DropBefore})
		slow := false
		r.store.trouble = func(_ int, p post.Post) trouble {
			if p.ID == newer.ID && len(p.Published) == 1 && !slow {
				slow = true
				time.Sleep(8 * time.Second)
			}
			return none
		}
		var wg sync.WaitGroup
		wg.Go(func() { r.pub.Publish(r.ctx, alone(older.ID)) })
		time.Sleep(100 * time.Millisecond)
		wg.Go(func() { r.pub.Publish(r.ctx, alone(newer.ID)) })
		wg.Wait()
		r.wantPublished(r.load(newer.ID), "good morning", "it is warm")
		if got := r.finish(older.ID, 10); len(got.Published) != 0 {
			t.Errorf("the older post is %s/%s with %v", got.Status, got.Sub, got.PlatformPostIDs())
		}
	})
}
