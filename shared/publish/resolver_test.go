package publish

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// listing is the posts of an account, newest first, a few at a time.
type listing struct {
	*paper
	posts []post.Post
	fails bool
}

func (l listing) List(_ context.Context, _, before string, limit int) ([]post.Post, error) {
	if l.fails || limit != 100 {
		return nil, errors.New("broken")
	}
	for i, p := range l.posts {
		if before == "" || p.SortKey() < before {
			return l.posts[i:min(i+limit, i+2, len(l.posts))], nil
		}
	}
	return nil, nil
}

// resolver is one that has the bench's paper around it, and X show what is asked about.
func (b *bench) resolver(posts ...post.Post) *Resolver {
	b.paper.open = func() (Session, error) { return Session{AccountID: "7", Token: "old"}, nil }
	b.paper.lookup = func(_, id string) (TimelinePost, error) {
		return TimelinePost{ID: id, Author: "7", Parent: b.rec.Parent(), Text: "two"}, nil
	}
	b.rec.Status, b.rec.Sub = post.Failed, post.Unknown
	return &Resolver{Posts: listing{paper: b.paper, posts: posts}, Accounts: b.paper, X: b.paper, Now: time.Now}
}

// resolve takes the word that X made the tweet in doubt a second after the bench began.
func (b *bench) resolve(r *Resolver) (post.Post, error) {
	next, _, err := r.Resolve(b.ctx, b.rec, b.content, Word{Position: 2, ID: b.id(time.Second)})
	return next, err
}

// TestAResolverRenewsATokenOnce that X refuses.
func TestAResolverRenewsATokenOnce(t *testing.T) {
	refused := said(fault.Refresh, fault.ReasonAccessTokenRefused)
	for name, tc := range map[string]struct {
		refuses int // requests
		renew   error
		asked   int
		want    fault.Code
	}{
		"X takes it":                  {0, nil, 1, ""},
		"X takes the new one":         {1, nil, 2, ""},
		"X refuses both":              {2, nil, 2, fault.Unconfirmed},
		"it could not be renewed now": {1, errors.New("broken"), 1, fault.Unconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				r, asked := b.resolver(), 0
				show := b.paper.lookup
				b.paper.lookup = func(token, id string) (TimelinePost, error) {
					if asked++; asked <= tc.refuses {
						return TimelinePost{}, refused
					}
					return show(token, id)
				}
				b.paper.failed = tc.renew
				_, err := b.resolve(r)
				if tc.want == "" && err != nil || tc.want != "" && !fault.Is(err, tc.want) || asked != tc.asked {
					t.Errorf("asked %d times, and then %v", asked, err)
				}
			})
		})
	}
	onBench(t, func(b *bench) { // what X refuses otherwise is not asked again
		r, asked := b.resolver(), 0
		b.paper.lookup = func(string, string) (TimelinePost, error) {
			asked++
			return TimelinePost{}, said(fault.Retry, fault.ReasonXUnavailable)
		}
		if _, err := b.resolve(r); !fault.Is(err, fault.Unconfirmed) || asked != 1 {
			t.Errorf("asked %d times, and then %v", asked, err)
		}
	})
}

// TestWhatAPersonIsToldOfAnID names the field that has it.
func TestWhatAPersonIsToldOfAnID(t *testing.T) {
	for name, tc := range map[string]struct {
		on   TimelinePost
		err  error
		want fault.Code
	}{
		"X does not have it":        {TimelinePost{}, said(fault.Final, fault.ReasonNotFound), fault.NotOnX},
		"X cannot be asked":         {TimelinePost{}, said(fault.Retry, fault.ReasonXUnavailable), fault.Unconfirmed},
		"X does not tell whose":     {TimelinePost{Text: "two"}, nil, fault.Unconfirmed},
		"X shows another author":    {TimelinePost{Author: "8", Text: "two"}, nil, fault.OtherAuthor},
		"X shows another parent":    {TimelinePost{Author: "7", Parent: "9", Text: "two"}, nil, fault.OtherParent},
		"X shows no parent":         {TimelinePost{Author: "7", Parent: "-", Text: "two"}, nil, fault.OtherParent},
		"X shows something else":    {TimelinePost{Author: "7", Text: "2"}, nil, fault.OtherText},
		"X shows what it should be": {TimelinePost{Author: "7", Text: "two"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				r := b.resolver()
				b.paper.lookup = func(_, id string) (TimelinePost, error) {
					tc.on.ID = id
					switch tc.on.Parent {
					case "":
						tc.on.Parent = b.rec.Parent()
					case "-":
						tc.on.Parent = ""
					}
					return tc.on, tc.err
				}
				b.wantField(tc.want, r)
			})
		})
	}
}

// TestWhatXShowsIsHeldAgainstTheTweet: its place in the thread, of which a person is told
// what it should be, and its text as X keeps texts.
func TestWhatXShowsIsHeldAgainstTheTweet(t *testing.T) {
	for name, tc := range map[string]struct {
		on           TimelinePost
		parent, text string
		want         string // what a person is told; empty where it is the one
	}{
		"a reply, in place of the first tweet": {
			TimelinePost{Parent: "9", Text: "one"}, "", "one", "this thread's first tweet replies to none",
		},
		"a reply to another tweet": {
			TimelinePost{Parent: "9", Text: "two"}, "8", "two", "does not reply to the tweet before it, which is 8",
		},
		"no reply, in place of one": {
			TimelinePost{Text: "two"}, "8", "two", "does not reply to the tweet before it, which is 8",
		},
		"a link as X shows it": {
			TimelinePost{Text: "Read example.com/a https://t.co/b"}, "", "Read https://example.com/a", "",
		},
		"spaces that X does not keep": {TimelinePost{Text: "one two"}, "", "one  two ", ""},
		"another text":                {TimelinePost{Text: "one"}, "", "two", "X shows another text"},
	} {
		t.Run(name, func(t *testing.T) {
			f := same(tc.on, "", tc.parent, tc.text)
			if tc.want == "" && f != nil || tc.want != "" && (f == nil || !strings.Contains(f.Message, tc.want)) {
				t.Errorf("it comes to %v, want %q", f, tc.want)
			}
		})
	}
}

// wantField holds what a resolver comes to against the fault that it should be, of the
// tweet's id.
func (b *bench) wantField(want fault.Code, r *Resolver) {
	b.t.Helper()
	_, err := b.resolve(r)
	f, _ := errors.AsType[*fault.Error](err)
	switch {
	case want == "" && err != nil, want != "" && f == nil:
		b.t.Errorf("got %v, want %q", err, want)
	case want != "" && (f.Code != want || f.Field != "platform_post_id" || f.Fix == ""):
		b.t.Errorf("got %+v, want %s", f, want)
	}
}

// TestATweetThatAnotherPostHasIsNotGivenAway, nor one that may be about to be recorded.
func TestATweetThatAnotherPostHasIsNotGivenAway(t *testing.T) {
	held := post.Lease{Owner: "w"}
	for name, tc := range map[string]struct {
		other   post.Post
		after   time.Duration // of its attempt, after X made the tweet
		sibling bool          // it begins alike, and is not listed
		want    fault.Code
	}{
		"another has it":                   {post.Post{}, 0, false, fault.Taken},
		"another that begins alike has it": {post.Post{}, 0, true, fault.Taken},
		"another is sending":               {post.Post{Lease: held, Sub: post.ThreadPartial}, 0, false, fault.Taken},
		"another is sending since a minute": {
			post.Post{Lease: held, Sub: post.ThreadPartial}, time.Minute, false, fault.Taken,
		},
		"another is sending since later": {
			post.Post{Lease: held, Sub: post.ThreadPartial}, time.Minute + time.Millisecond, false, "",
		},
		"another is being settled":  {post.Post{Lease: held, Sub: post.Reconciling}, 0, false, ""},
		"another has let go of it":  {post.Post{Sub: post.ThreadPartial}, 0, false, ""},
		"another uploads its media": {post.Post{Lease: held, Sub: post.MediaUploading}, 0, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				id := b.id(time.Second)
				tc.other.ID, tc.other.CreatedAt = "other", b.begun.Add(-time.Hour)
				if tc.other.Sub == "" {
					tc.other.Published = []post.Receipt{{ID: id}}
				} else if tc.other.Sub != post.MediaUploading {
					tc.other.Attempt = &post.Attempt{At: post.PostedAt(id).Add(tc.after)}
				}
				newer := []post.Post{ // itself, and others before the one
					{ID: b.rec.ID, Published: []post.Receipt{{ID: id}}, CreatedAt: b.begun},
					{ID: "a", CreatedAt: b.begun.Add(-time.Minute)}, {ID: "b", CreatedAt: b.begun.Add(-2 * time.Minute)},
				}
				r := b.resolver(append(newer, tc.other)...)
				if tc.sibling {
					r = b.resolver(newer...)
					b.paper.siblings = []post.Post{newer[0], tc.other}
				}
				b.wantField(tc.want, r)
			})
		})
	}
}

// TestWhenATakenTweetMayBeAskedForAgain: when the other's lease ends, in a minute at the
// least.
func TestWhenATakenTweetMayBeAskedForAgain(t *testing.T) {
	for lease, want := range map[time.Duration]time.Duration{
		10 * time.Minute: 10 * time.Minute, time.Second: time.Minute, -time.Hour: time.Minute,
	} {
		onBench(t, func(b *bench) {
			_, err := b.resolve(b.resolver(post.Post{
				ID: "other", Lease: post.Lease{Owner: "w", Until: b.begun.Add(lease)}, Attempt: &post.Attempt{At: b.begun},
			}))
			if f, ok := errors.AsType[*fault.Error](err); !ok || f.Wait != want {
				t.Errorf("got %+v, want a wait of %v", err, want)
			}
		})
	}
}

// TestAWordIsNotTakenWhenRecordsCannotBeRead.
func TestAWordIsNotTakenWhenRecordsCannotBeRead(t *testing.T) {
	onBench(t, func(b *bench) {
		r := b.resolver()
		r.Posts = listing{paper: b.paper, fails: true}
		if _, err := b.resolve(r); err == nil || len(b.paper.taken) != 0 {
			t.Errorf("it was taken: %v, %v", b.paper.taken, err)
		}
	})
	onBench(t, func(b *bench) {
		b.rec.Opening = "" // it was stored before openings were noted
		if _, err := b.resolve(b.resolver()); err != nil || len(b.paper.taken) != 1 {
			t.Errorf("it was not taken: %v, %v", b.paper.taken, err)
		}
		if b.paper.bound != 10*time.Second {
			t.Errorf("X has %v to show the tweet", b.paper.bound)
		}
		if b.paper.of.Opening != b.content.Opening() || !b.paper.since.Equal(b.rec.Earliest()) {
			t.Errorf("asked was for what begins with %q, since %v", b.paper.of.Opening, b.paper.since)
		}
	})
}
