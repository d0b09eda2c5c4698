package post_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// TestNewKeepsTimesAsRecordsDo: in UTC, to the millisecond.
func TestNewKeepsTimesAsRecordsDo(t *testing.T) {
	at := now.Add(1234567 * time.Nanosecond).In(time.FixedZone("", 3600))
	kept := now.Add(time.Millisecond)
	p := post.New(at, "7", texts(1, "one"), at, "UTC")
	for name, got := range map[string]time.Time{"created": p.CreatedAt, "updated": p.UpdatedAt, "scheduled": p.ScheduledAt, "due": p.Due} {
		if got != kept {
			t.Errorf("%s at %v, want %v", name, got, kept)
		}
	}
	if p.Preparation != 0 {
		t.Errorf("without media it is taken up %v before its time", p.Preparation)
	}
	first := post.Content{Version: 1, Tweets: []post.Tweet{{Media: []post.Medium{{ID: "1"}}}}}
	if p := post.New(at, "7", first, at, "UTC"); p.Preparation != post.MediaPreparation || !p.Due.Equal(kept.Add(-post.MediaPreparation)) {
		t.Errorf("with media it is taken up %v before its time, due %v", p.Preparation, p.Due)
	}
}

// TestTitleFollowsTheContent: forty characters, of which the last says that there is more.
func TestTitleFollowsTheContent(t *testing.T) {
	forty := strings.Repeat("ä", 40)
	for text, want := range map[string]string{forty: forty, forty + "b": strings.Repeat("ä", 39) + "…", " two\nlines ": "two lines", "": "(no text)"} {
		p := post.New(now, "7", texts(1, "other"), time.Time{}, "")
		p, err := p.Edit(now, texts(1, "other"), texts(2, text))
		if err != nil || p.Title != want || post.New(now, "7", texts(1, text), time.Time{}, "").Title != want {
			t.Errorf("title of %q is %q, %v; want %q", text, p.Title, err, want)
		}
	}
}

// TestOpeningFollowsTheContent, from one version to the next: posts of old records have
// none, and get one with their next content.
func TestOpeningFollowsTheContent(t *testing.T) {
	first, second := texts(1, "one", "two"), texts(2, "uno", "two")
	p := post.New(now, "7", first, now, "UTC")
	if p.Opening != first.Opening() {
		t.Errorf("the opening is %q, want %q", p.Opening, first.Opening())
	}
	if edited := must(t)(p.Edit(now, first, second)); edited.Opening != second.Opening() {
		t.Errorf("with the next content the opening is %q, want %q", edited.Opening, second.Opening())
	}
	p.Opening = ""
	if same := must(t)(p.Edit(now, first, texts(1, "uno"))); same.Opening != "" {
		t.Errorf("without another content the opening is %q", same.Opening)
	}
}

// TestOpeningStays: posts are kept under it. What X shows alike begins alike.
func TestOpeningStays(t *testing.T) {
	const want = "KRSXRTH64EEAIIVZ"
	for _, text := range []string{"read https://example.com/a", "  read\nexample.com/a/", "read http://example.com/a"} {
		if got := texts(1, text, "two").Opening(); got != want {
			t.Errorf("%q begins with %s, want %s", text, got, want)
		}
	}
	if got := texts(1, "read example.com/b").Opening(); got == want {
		t.Error("another text begins the same")
	}
}

// TestFaultsSayWhere: the field of the request that is wrong, and how.
func TestFaultsSayWhere(t *testing.T) {
	all := thread(t)
	whole := texts(1, "one", "two", "three")
	for name, c := range map[string]struct {
		do          func() (post.Post, error)
		field, says string
	}{
		"an edit changes what is published": {func() (post.Post, error) {
			return all["failed"].Edit(now, whole, texts(2, "uno", "two"))
		}, "tweets", "cannot change"},
		"an edit leaves nothing to publish": {func() (post.Post, error) {
			return all["failed"].Edit(now, whole, texts(2, "one"))
		}, "tweets", "all published already"},
		"another tweet is in doubt": {func() (post.Post, error) {
			return all["unknown"].Resolve(now, 1, id2)
		}, "thread_position", "number 2, not 1"},
		"it is no id": {func() (post.Post, error) {
			return all["unknown"].Resolve(now, 2, "x")
		}, "platform_post_id", "not an id"},
		"it is the id of a tweet from before the attempt": {func() (post.Post, error) {
			return all["unknown"].Resolve(now, 2, post.IDAt(now.Add(-post.Skew-time.Millisecond)))
		}, "platform_post_id", "before Spool first sent this one"},
		"it is the id of a tweet that is still to come": {func() (post.Post, error) {
			return all["unknown"].Resolve(now, 2, post.IDAt(now.Add(post.Skew+time.Millisecond)))
		}, "platform_post_id", "has not made a tweet"},
		"it is the id of an earlier tweet": {func() (post.Post, error) {
			return all["unknown"].Resolve(now, 2, id1)
		}, "platform_post_id", "earlier tweet of this thread"},
	} {
		_, err := c.do()
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Field != c.field || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: %#v, want one about %s that says %q", name, err, c.field, c.says)
		}
	}
}

// TestRecordsThatNoTransitionMakes are refused all the same: a store may be repaired by
// hand.
func TestRecordsThatNoTransitionMakes(t *testing.T) {
	for name, c := range map[string]struct {
		from   string
		change func(*post.Post)
		move   func(post.Post) (post.Post, error)
	}{
		"media are uploaded beside an attempt": {"preparing",
			func(p *post.Post) { p.Attempt = &post.Attempt{At: now} },
			func(p post.Post) (post.Post, error) { return p.Upload(now, ttl, post.Transfer{}) }},
		"media are uploaded of what has failed": {"preparing",
			func(p *post.Post) { p.Status = post.Failed },
			func(p post.Post) (post.Post, error) { return p.Uploaded(now) }},
		"a published post is worked on": {"published",
			func(p *post.Post) { p.Lease = post.Lease{Owner: "me", Until: now.Add(time.Minute)} },
			func(p post.Post) (post.Post, error) { return p.Unpublish(now) }},
		"what waits is worked on": {"waiting",
			func(p *post.Post) { p.Lease = post.Lease{Owner: "me", Until: now.Add(time.Minute)} },
			func(p post.Post) (post.Post, error) { return p.Resume(now) }},
		"what was cancelled is worked on": {"cancelled",
			func(p *post.Post) { p.Published, p.Lease = nil, post.Lease{Owner: "me", Until: now.Add(time.Minute)} },
			func(p post.Post) (post.Post, error) { return p, p.Forget(now) }},
		"what is scheduled is never due": {"scheduled",
			func(p *post.Post) { p.Due = time.Time{} },
			func(p post.Post) (post.Post, error) { return p.Claim(now, "me", ttl) }},
		"what is deleted is never due": {"deleting",
			func(p *post.Post) { p.Due = time.Time{} },
			func(p post.Post) (post.Post, error) { return p.ClaimDeletion(now, "me", ttl) }},
	} {
		p := thread(t)[c.from]
		c.change(&p)
		if _, err := c.move(p); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v, want %s", name, err, fault.Conflict)
		}
	}
	if (post.Post{Lease: post.Lease{Until: now.Add(time.Minute)}}).Busy(now) {
		t.Error("a lease that nobody has keeps others off")
	}
}

// TestWhatEndedIsToldBeforeWhatIsMissing: that it is published, not that nothing is attempted.
func TestWhatEndedIsToldBeforeWhatIsMissing(t *testing.T) {
	published := thread(t)["published"]
	_, tweet := published.Checkpoint(now, id1, ttl)
	_, media := published.Uploaded(now)
	for _, err := range []error{tweet, media} {
		if err == nil || !strings.Contains(err.Error(), "is published") {
			t.Errorf("%v", err)
		}
	}
}

// TestResumeEndsEachWait: a pause, and X's limit.
func TestResumeEndsEachWait(t *testing.T) {
	for _, sub := range []post.SubStatus{post.Paused, post.RateLimited} {
		p := thread(t)["waiting"]
		p.Sub = sub
		if p, err := p.Resume(now); err != nil || !p.Due.Equal(now) {
			t.Errorf("%s: due %v, %v", sub, p.Due, err)
		}
	}
}

// TestTimedWhenItsTimeChanges: not as it is made, and not by the time that it has.
func TestTimedWhenItsTimeChanges(t *testing.T) {
	later := now.Add(time.Minute)
	for name, c := range map[string]struct {
		rev  int64
		at   time.Time
		want time.Time
	}{
		"another time":                     {1, now.Add(time.Hour), later},
		"the same time":                    {1, now, time.Time{}},
		"another time before it is stored": {0, now.Add(time.Hour), time.Time{}},
	} {
		p := thread(t)["scheduled"]
		p.Rev = c.rev
		if p, err := p.Schedule(later, c.at, "UTC"); err != nil || p.TimedAt != c.want {
			t.Errorf("%s: timed at %v, %v; want %v", name, p.TimedAt, err, c.want)
		}
	}
}

// TestTriesAreTheTransitions': what a worker counts itself does not get in.
func TestTriesAreTheTransitions(t *testing.T) {
	p, err := thread(t)["scheduled"].Prepare(now, "me", ttl, post.Transfer{Total: 9, Tries: 3})
	if err != nil || p.Media.Tries != 0 {
		t.Errorf("prepared with %+v, %v", p.Media, err)
	}
}

func TestDeferringWithoutAReasonIsNoTry(t *testing.T) {
	p, err := thread(t)["held"].Defer(now, now.Add(time.Hour), nil)
	if err != nil || p.Sub != "" || p.Reason != nil || p.Tries != 0 {
		t.Errorf("deferred: %s, %v, %d tries, %v", p.Sub, p.Reason, p.Tries, err)
	}
}

// TestOverdue: only what never began, and may be late by so much alone.
func TestOverdue(t *testing.T) {
	at := now.Add(time.Hour)
	p := thread(t)["scheduled"]
	p.Lateness = 1
	if p.Overdue(now) || p.Overdue(now.Add(1)) || !p.Overdue(now.Add(2)) {
		t.Error("the limit of a nanosecond is not kept")
	}
	for name, change := range map[string]func(*post.Post){
		"it may start however late": func(p *post.Post) { p.Lateness = 0 },
		"a tweet is out":            func(p *post.Post) { p.Published = []post.Receipt{{ID: id1}} },
		"a tweet is on its way":     func(p *post.Post) { p.Attempt = &post.Attempt{At: now} },
		"a tweet was doubted":       func(p *post.Post) { p.Doubted = now },
	} {
		late := p
		if change(&late); late.Overdue(at) {
			t.Errorf("%s, and it is overdue", name)
		}
	}
}

// TestDigestStays: X's uploads are kept under it.
func TestDigestStays(t *testing.T) {
	const want = "5c1b775983968f15f3c4574384008c11"
	m := post.Medium{ID: "1", Kind: tweet.Image, SHA256: "abc", AltText: "a cat"}
	if got := m.Digest(); got != want {
		t.Errorf("the digest is %s, want %s", got, want)
	}
}
