package publish_test

import (
	"fmt"
	"testing"
	"time"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/storetest"
)

// setBack has the store know only of some posts as they were, and of the account with the tokens that it has now.
func (r *rig) setBack(to time.Time, posts ...post.Post) {
	r.t.Helper()
	earlier := storetest.NewMemory(time.Now)
	snap, err := r.mem.Snapshot(r.ctx, ada)
	if err != nil {
		r.t.Fatal(err)
	}
	snap.Account.Rev = 0
	if _, err := earlier.SaveAccount(r.ctx, snap.Account); err != nil {
		r.t.Fatal(err)
	}
	if err := earlier.SaveApp(r.ctx, snap.App); err != nil {
		r.t.Fatal(err)
	}
	for _, p := range posts {
		_, c, err := r.mem.Load(r.ctx, p.ID)
		if err != nil {
			r.t.Fatal(err)
		}
		p.Rev = 0
		if _, err := earlier.Create(r.ctx, p, c); err != nil {
			r.t.Fatal(err)
		}
	}
	r.mem, r.store.Memory = earlier, earlier
	r.pub = r.worker(0)
	r.pub.Config.Restored = to
}

// Of a post that was published after the time that the tables were set back to nothing goes out twice, and what had not
// gone out does, behind what had.
func TestWhatWentOutSinceTheTablesWereSetBackDoesNotGoOutAgain(t *testing.T) {
	for out := range 4 {
		t.Run(fmt.Sprintf("%d of 3 tweets were out", out), func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				then := r.add(tweets(3)...)
				time.Sleep(time.Minute)
				to := time.Now()
				time.Sleep(time.Minute)
				if out > 0 {
					if out < 3 {
						r.fault(xsim.Fault{
							Method: "POST", Path: "/2/tweets", Nth: out + 1, Status: 403,
							Body: `{"title":"Forbidden","status":403,"detail":"You are not permitted to perform this action."}`,
						})
					}
					if now := r.finish(then.ID, 6); len(now.Published) != out {
						t.Fatalf("%d tweets are out: %+v", len(now.Published), now.Reason)
					}
					r.sim.ClearFaults()
				}
				time.Sleep(time.Hour)
				created := r.creates()
				r.setBack(to, then)
				r.wantPublished(r.finish(then.ID, 6), tweets(3)...)
				if n := r.creates() - created; n != 3-out {
					t.Errorf("%d tweets were sent afterwards, want %d", n, 3-out)
				}
			})
		})
	}
}

// What was stored later than that is published as ever: nobody looks for it.
func TestWhatIsNewerThanTheRestoreIsNotLookedFor(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.setBack(time.Now())
		time.Sleep(time.Minute)
		p := r.add(tweets(3)...)
		r.wantPublished(r.finish(p.ID, 6), tweets(3)...)
		if r.reads() > 0 {
			t.Errorf("the timeline was read %d times", r.reads())
		}
	})
}

// Where the timeline cannot be read nothing is sent.
func TestNothingRestoredIsSentUnseen(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		then := r.add(tweets(2)...)
		time.Sleep(time.Minute)
		r.finish(then.ID, 6)
		created := r.creates()
		r.setBack(time.Now().Add(-time.Second), then)
		r.fault(xsim.Fault{Method: "GET", Path: "/2/users/*/tweets", Status: 503, Count: 2})
		p := r.publish(then.ID)
		if r.creates() != created || p.Sub != post.Reconciling {
			t.Errorf("%d tweets were sent, and the post is %s", r.creates()-created, p.Sub)
		}
		r.wantPublished(r.finish(then.ID, 9), tweets(2)...)
		if r.creates() != created {
			t.Errorf("%d tweets were sent again", r.creates()-created)
		}
	})
}

// Two posts that say the same each have a tweet of their own, whichever of them is settled first.
func TestPostsThatSayTheSameAreEachRestored(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		first, second := r.add("good morning"), r.add("good morning")
		time.Sleep(time.Minute)
		r.finish(first.ID, 6) // X takes the same text no second time
		created := r.creates()
		r.setBack(time.Now(), first, second)
		for _, p := range []post.Post{second, first} {
			r.finish(p.ID, 9)
		}
		published := 0
		for _, p := range []post.Post{first, second} {
			switch got := r.load(p.ID); {
			case got.Status == post.Published:
				published++
			case got.Reason == nil || got.Reason.Code != fault.ReasonDuplicateText:
				t.Errorf("one is %s: %+v", got.Status, got.Reason)
			}
		}
		if timeline, err := r.sim.Timeline("ada"); err != nil || published != 1 || len(timeline) != 1 {
			t.Errorf("%d are published by %d tweets after %d requests, %v", published, len(timeline), r.creates()-created, err)
		}
	})
}
