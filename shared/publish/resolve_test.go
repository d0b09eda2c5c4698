package publish_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/publish"
)

// unknown makes a post whose tweet at an index is in a doubt that only a person can
// settle; the tweets before it are out.
func (r *rig) unknown(at int, texts ...string) post.Post {
	r.t.Helper()
	r.fault(xsim.Fault{Drop: xsim.DropBefore, Nth: at + 1})
	p := r.publish(r.add(texts...).ID)
	r.move(p.ID, func(p post.Post) (post.Post, error) {
		p, err := p.Claim(p.Due, "w", 0)
		if err != nil {
			return p, err
		}
		return p.GiveUp(time.Now(), fault.Reason{Code: "outcome_unknown", Sentence: "Who knows."})
	})
	return r.load(p.ID)
}

// resolve takes a person's word, and stores it.
func (r *rig) resolve(id string, w publish.Word) ([]string, error) {
	r.t.Helper()
	p, c, err := r.mem.Load(r.ctx, id)
	if err != nil {
		r.t.Fatal(err)
	}
	resolver := publish.Resolver{Posts: r.mem, Accounts: r.pub.Accounts, X: r.pub.X, Now: time.Now}
	next, notes, err := resolver.Resolve(r.ctx, p, c, w)
	if err == nil {
		_, err = r.mem.Save(r.ctx, next)
	}
	return notes, err
}

// byHand is a tweet that somebody posts in X's own application.
func (r *rig) byHand(user, text, parent string) string {
	r.t.Helper()
	p, err := r.sim.PostByHand(user, text, parent)
	if err != nil {
		r.t.Fatal(err)
	}
	return p.ID
}

func TestAWordIsHeldAgainstX(t *testing.T) {
	for name, c := range map[string]struct {
		at      int                          // the index of the tweet in doubt
		tweet   func(*rig, post.Post) string // the id that the person gives
		want    fault.Code
		certain fault.Code // when the person is certain
	}{
		"it is the tweet": {0, func(r *rig, _ post.Post) string { return r.byHand("ada", "one", "") }, "", ""},
		"it is the reply": {
			1, func(r *rig, p post.Post) string { return r.byHand("ada", "two", p.Parent()) }, "", "",
		},
		"X changed it as it does": {0, func(r *rig, _ post.Post) string { return r.byHand("ada", " one ", "") }, "", ""},
		"another text": {
			0, func(r *rig, _ post.Post) string { return r.byHand("ada", "what I had for lunch", "") }, fault.OtherText, "",
		},
		"another author": {
			0, func(r *rig, _ post.Post) string { return r.byHand("grace", "one", "") }, fault.OtherAuthor, fault.OtherAuthor,
		},
		"a reply to another tweet": {
			1, func(r *rig, _ post.Post) string { return r.byHand("ada", "two", r.byHand("ada", "zero", "")) }, fault.OtherParent, fault.OtherParent,
		},
		"no reply": {
			1, func(r *rig, _ post.Post) string { return r.byHand("ada", "two", "") }, fault.OtherParent, fault.OtherParent,
		},
		"a reply where none is": {
			0, func(r *rig, _ post.Post) string { return r.byHand("ada", "one", r.byHand("ada", "zero", "")) }, fault.OtherParent, fault.OtherParent,
		},
		"nothing": {
			0, func(r *rig, _ post.Post) string { return post.IDAt(time.Now()) }, fault.NotOnX, fault.NotOnX,
		},
		"an old one": {
			0, func(r *rig, p post.Post) string { return post.IDAt(p.Attempt.At.Add(-post.Skew - time.Millisecond)) }, fault.TooEarly, fault.TooEarly,
		},
		"one of the future": {
			0, func(r *rig, _ post.Post) string { return post.IDAt(time.Now().Add(2 * post.Skew)) }, fault.Invalid, fault.Invalid,
		},
		"another post's": {0, func(r *rig, _ post.Post) string {
			r.sim.Configure(func(s *xsim.Settings) { s.DuplicateWindow = 0 })
			return r.publish(r.add("one", "but other").ID).Published[0].ID
		}, fault.Taken, fault.Taken},
		"another post's, of another text": {0, func(r *rig, _ post.Post) string {
			return r.publish(r.add("a quite different one").ID).Published[0].ID
		}, fault.OtherText, fault.Taken},
		"one of a post that was deleted": {0, func(r *rig, _ post.Post) string {
			r.sim.Configure(func(s *xsim.Settings) { s.DuplicateWindow = 0 })
			p := r.publish(r.add("one", "but other").ID)
			if err := r.mem.Forget(r.ctx, p, time.Now().Add(post.Remembered)); err != nil {
				t.Fatal(err)
			}
			return p.Published[0].ID
		}, fault.Taken, fault.Taken},
	} {
		for _, certain := range []bool{false, true} {
			inVirtualTime(t, func(r *rig) {
				p := r.unknown(c.at, "one", "two")
				id := c.tweet(r, p)
				want := c.want
				if certain {
					want = c.certain
				}
				notes, err := r.resolve(p.ID, publish.Word{Position: c.at + 1, ID: id, Certain: certain})
				if fault.CodeOf(err) != want {
					t.Errorf("%s (certain: %v): got %v, want %q", name, certain, err, want)
				}
				got := r.load(p.ID)
				switch {
				case want != "" && (got.Rev != p.Rev || len(got.Published) != c.at):
					t.Errorf("%s: refused, it is %+v", name, got)
				case want == "" && (len(got.Published) != c.at+1 || got.Published[c.at].ID != id):
					t.Errorf("%s: it has %v", name, got.PlatformPostIDs())
				case want == "" && got.Published[c.at].ByPerson != (c.want != "") || (len(notes) > 0) != (want == "" && c.want != ""):
					t.Errorf("%s: told %v, with the notes %q", name, got.Published, notes)
				}
			})
		}
	}
}

// TestNobodyIsLockedOutWhenXCannotBeAsked: a person who is certain can go on, and X
// is asked before anything is deleted.
func TestNobodyIsLockedOutWhenXCannotBeAsked(t *testing.T) {
	lookups := xsim.Fault{Method: "GET", Path: "/2/tweets/*", Count: -1}
	refused, down := lookups, lookups
	refused.Status, refused.Body = 403, `{"title":"Forbidden","detail":"Forbidden"}`
	down.Status, down.Body = 503, `{}`
	for name, prevent := range map[string]func(*rig){
		"X refuses":     func(r *rig) { r.fault(refused) },
		"X is down":     func(r *rig) { r.fault(down) },
		"all is paused": func(r *rig) { r.pause(time.Hour) },
	} {
		for _, mine := range []bool{true, false} {
			inVirtualTime(t, func(r *rig) {
				p := r.unknown(0, "one")
				text := "one"
				if !mine {
					text = "what I had for lunch"
				}
				id := r.byHand("ada", text, "")
				prevent(r)
				word := publish.Word{Position: 1, ID: id}
				if _, err := r.resolve(p.ID, word); !fault.Is(err, fault.Unconfirmed) {
					t.Fatalf("%s: got %v, want %s", name, err, fault.Unconfirmed)
				}
				word.Certain = true
				notes, err := r.resolve(p.ID, word)
				if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "could not be asked") {
					t.Fatalf("%s: for certain: got %v, %v", name, notes, err)
				}
				r.sim.ClearFaults()
				time.Sleep(2 * time.Hour)
				r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Unpublish(time.Now()) })
				p = r.finish(p.ID, 5)
				timeline, err := r.sim.Timeline("ada")
				if err != nil {
					t.Fatal(err)
				}
				timeline = slices.DeleteFunc(timeline, func(p xsim.Post) bool { return p.Deleted })
				if mine && (p.Status != post.Deleted || len(timeline) != 0) {
					t.Errorf("%s: it is %s/%s because of %+v, and %d tweets are on X", name, p.Status, p.Sub, p.Reason, len(timeline))
				}
				if !mine && (p.Status != post.Failed || p.Reason.Code != "not_this_tweet" || len(timeline) != 1) {
					t.Errorf("%s: it is %s because of %+v, and %d tweets are on X: a tweet of the owner's was deleted", name,
						p.Status, p.Reason, len(timeline))
				}
			})
		}
	}
}

// TestResolvingWithoutAnAccount says why X cannot be asked.
func TestResolvingWithoutAnAccount(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.unknown(0, "one")
		r.pub.Accounts = nobodys{r.pub.Accounts}
		word := publish.Word{Position: 1, ID: r.byHand("ada", "one", "")}
		if _, err := r.resolve(p.ID, word); !fault.Is(err, fault.Unconfirmed) ||
			!strings.Contains(err.Error(), "no longer connected") {
			t.Errorf("got %v, want %s", err, fault.Unconfirmed)
		}
		word.Certain = true
		if _, err := r.resolve(p.ID, word); err != nil {
			t.Error(err)
		}
	})
}

// nobodys are accounts of which none is connected.
type nobodys struct{ publish.Accounts }

func (nobodys) Open(_ context.Context, id string) (publish.Session, error) {
	return publish.Session{}, fault.New(fault.NotFound, "There is no account %q.", id)
}

// pause has the app wait.
func (r *rig) pause(d time.Duration) {
	r.t.Helper()
	s, err := r.pub.Accounts.Open(r.ctx, ada)
	if err == nil {
		_, err = r.pub.Accounts.Pause(r.ctx, s, pauseOf(d))
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestATweetThatIsBeingRecordedIsNotGivenAway: another post is being published that
// the tweet may be of.
func TestATweetThatIsBeingRecordedIsNotGivenAway(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.sim.Configure(func(s *xsim.Settings) { s.DuplicateWindow = 0 })
		p := r.unknown(0, "one")
		other := r.add("one", "but other")
		r.move(other.ID, func(p post.Post) (post.Post, error) { return p.Claim(time.Now(), "w", time.Minute) })
		id := r.byHand("ada", "one", "")
		for range 2 { // the second time after its lease: its worker may be late, and has not been rescued
			_, err := r.resolve(p.ID, publish.Word{Position: 1, ID: id})
			if !fault.Is(err, fault.Taken) {
				t.Fatalf("got %v, want %s", err, fault.Taken)
			}
			time.Sleep(2 * time.Minute)
		}
		r.move(other.ID, func(p post.Post) (post.Post, error) { return p.Fail(time.Now(), fault.Reason{Code: "c"}) })
		if _, err := r.resolve(p.ID, publish.Word{Position: 1, ID: id}); err != nil {
			t.Error(err)
		}
	})
}

// TestAWordOfAbsenceKeepsTheFirstAttempt: what it may have left behind is looked for
// from then on.
func TestAWordOfAbsenceKeepsTheFirstAttempt(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.unknown(0, "one")
		first := p.Attempt.At
		for range 2 {
			if _, err := r.resolve(p.ID, publish.Word{Position: 1}); err != nil {
				t.Fatal(err)
			}
			if got := r.load(p.ID).Doubted; !got.Equal(first) {
				t.Fatalf("it was first in doubt at %v, want %v", got, first)
			}
			time.Sleep(time.Hour)
			r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Retry(time.Now()) })
			r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Claim(time.Now(), "w", time.Minute) })
			r.move(p.ID, func(p post.Post) (post.Post, error) { return p.GiveUp(time.Now(), fault.Reason{Code: "c"}) })
		}
	})
}
