package post_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/fault"
	"spool/shared/post"
)

func TestTweetsAreRemovedLastToFirst(t *testing.T) {
	p := thread(t)["removing"]
	if p.Lease.Owner != "me" || p.RunID != "me" || p.Sub != "" || !p.Due.Equal(p.Lease.Until) {
		t.Fatalf("taken as %+v", p)
	}
	at := now.Add(3 * time.Second)
	p = must(t)(p.Removed(at, ttl))
	if p.Status != post.Deleting || !p.Due.Equal(now.Add(ttl)) || !p.Lease.Until.Equal(at.Add(ttl)) {
		t.Errorf("after one tweet: %s, due %v, lease until %v", p.Status, p.Due, p.Lease.Until)
	}
	want := []post.Line{
		{ThreadPosition: 1, Status: post.TweetPublished, PlatformPostID: id1, AttemptedAt: now, PostedAt: now},
		{ThreadPosition: 2, Status: post.TweetPublished, PlatformPostID: id2, ParentPostID: id1, AttemptedAt: now, PostedAt: post.PostedAt(id2)},
		{ThreadPosition: 3, Status: post.TweetDeleted, PlatformPostID: id3, ParentPostID: id2, AttemptedAt: now, PostedAt: post.PostedAt(id3)},
	}
	if diff := cmp.Diff(want, p.Lines()); diff != "" {
		t.Errorf("the lines differ (-want +got):\n%s", diff)
	}
	p = must(t)(must(t)(p.Removed(at, ttl)).Removed(at, ttl))
	if p.Status != post.Deleted || p.Busy(at) || !p.Due.IsZero() || len(p.OnX()) != 0 {
		t.Errorf("after the last tweet: %+v", p)
	}
	if !slices.Equal(p.PlatformPostIDs(), []string{id1, id2, id3}) {
		t.Errorf("the record forgot which tweets there were: %v", p.PlatformPostIDs())
	}
}

func TestOnlyWhatWasPublishedIsDeleted(t *testing.T) {
	for situation, want := range map[string]string{
		"draft": "nothing to delete", "missed": "nothing to delete", "scheduled": "is scheduled", "waiting": "is publishing",
		"claimed": "is publishing", "doubted": "is publishing", "unknown": "unknown whether tweet 2", "deleting": "being deleted from X", "deleted": "deleted from X",
	} {
		_, err := thread(t)[situation].Unpublish(now)
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), want) {
			t.Errorf("a post that is %s: got %v, want a conflict with %q", situation, err, want)
		}
	}
	p := must(t)(thread(t)["failed"].Unpublish(now)) // one of three is out
	p = must(t)(must(t)(p.ClaimDeletion(now, "me", ttl)).Removed(now, ttl))
	if p.Status != post.Deleted || p.Lines()[0].Status != post.TweetDeleted || p.Lines()[1].Status != post.TweetPending {
		t.Errorf("part of a thread was deleted to %s: %+v", p.Status, p.Lines())
	}
}

func TestClaimDeletionWaitsForTheLeaseBefore(t *testing.T) {
	p := thread(t)["removing"]
	if _, err := p.ClaimDeletion(now.Add(ttl-time.Millisecond), "other", ttl); !fault.Is(err, fault.Conflict) {
		t.Errorf("within the lease: got %v, want a conflict", err)
	}
	if taken := must(t)(p.ClaimDeletion(now.Add(ttl), "other", ttl)); taken.Lease.Term != p.Lease.Term+1 || taken.RunID != "other" {
		t.Errorf("taken over as %+v", taken)
	}
	if _, err := thread(t)["deleting"].ClaimDeletion(now.Add(-time.Millisecond), "early", ttl); !fault.Is(err, fault.Conflict) {
		t.Errorf("before its time: got %v, want a conflict", err)
	}
}

func TestDeferCountsWhatFailed(t *testing.T) {
	p := thread(t)["removing"]
	if handed := must(t)(p.Defer(now, now, nil)); handed.Tries != 0 || handed.Sub != "" || handed.Busy(now) || !handed.Due.Equal(now) {
		t.Errorf("handed over as %+v", handed)
	}
	for i, want := range []post.SubStatus{post.Retry1, post.Retry2, post.Retry3} {
		next := must(t)(p.Defer(now, now.Add(time.Second), &reason))
		if next.Sub != want || next.Tries != i+1 || next.Reason == nil || !next.Due.Equal(now.Add(time.Second)) {
			t.Errorf("try %d: %+v", i+1, next)
		}
		p = must(t)(next.ClaimDeletion(now.Add(time.Minute), "me", ttl))
	}
	if p = must(t)(p.Removed(now, ttl)); p.Tries != 0 {
		t.Errorf("the next tweet starts with %d tries", p.Tries)
	}
}

func TestAFailedDeletionGoesOnWhereItStopped(t *testing.T) {
	stuck := thread(t)["stuck"]
	if stuck.Status != post.Failed || stuck.Reason == nil || len(stuck.OnX()) != 2 {
		t.Fatalf("stuck as %+v", stuck)
	}
	for name, again := range map[string]func(time.Time) (post.Post, error){"retried": stuck.Retry, "asked for again": stuck.Unpublish} {
		if p := must(t)(again(now)); p.Status != post.Deleting || len(p.OnX()) != 2 || !p.Due.Equal(now) || p.Reason != nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestWhatIsDeletedIsNeverPublished walks from a deletion through whatever can
// follow, in any order: no way leads back to publishing, and none forgets a tweet.
func TestWhatIsDeletedIsNeverPublished(t *testing.T) {
	names := []post.Transition{}
	for _, e := range post.Transitions() {
		names = append(names, e.Name)
	}
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	deleting, moves := thread(t)["deleting"], moves()
	for range 2000 {
		p, way := deleting, []post.Transition{}
		for range 30 {
			name := names[r.IntN(len(names))]
			if name == post.RemovedLast || name == post.RetryUnpublish || name == post.Miss || name == post.ResolveLast {
				name = post.Unpublish // those are given a changed post
			}
			next, err := moves[name](p)
			if err != nil {
				continue
			}
			p, way = next, append(way, name)
			ok := p.Status == post.Deleting || p.Status == post.Deleted || p.Status == post.Failed
			if !ok || p.Removal == nil || p.Attempt != nil || len(p.Published) != 3 || p.Removal.Gone > 3 || (p.Removal.Gone == 3) != (p.Status == post.Deleted) {
				t.Fatalf("seed %d: %v leads to %s with attempt %v and removal %+v", seed, way, p.Status, p.Attempt, p.Removal)
			}
		}
	}
}

func TestForget(t *testing.T) {
	for situation, want := range map[string]string{
		"draft": "", "scheduled": "", "published": "", "failed": "", "cancelled": "", "missed": "", "deleted": "", "stuck": "",
		"claimed": "being published", "preparing": "being published", "waiting": "being published", "doubted": "being published",
		"unknown": "unknown whether tweet 2", "deleting": "being deleted", "removing": "being deleted", "held": "being deleted",
	} {
		p := thread(t)[situation]
		err := p.Forget(now.Add(time.Hour))
		if want == "" && err != nil || want != "" && (!fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), want)) {
			t.Errorf("a post that is %s: got %v, want %q", situation, err, want)
		}
	}
}

func TestADuplicateIsADraftOfTheSame(t *testing.T) {
	p := thread(t)["deleted"]
	p.Zone, p.Lateness = "Europe/Berlin", time.Hour
	of := texts(4, "one", "two", "three")
	of.Notes = []string{"told to whoever made it"}
	d, c := p.Duplicate(now, of)
	if d.ID == p.ID || d.Status != post.Draft || d.AccountID != "7" || d.Zone != p.Zone || d.Lateness != p.Lateness || len(d.Published) != 0 || d.Removal != nil {
		t.Errorf("duplicated as %+v", d)
	}
	if c.Version != 1 || c.Notes != nil || d.Content != 1 || d.Size != 3 || d.Title != "one" || len(c.Tweets) != 3 {
		t.Errorf("with the content %+v, and %+v", c, d)
	}
}
