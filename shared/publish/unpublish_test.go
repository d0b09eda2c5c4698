package publish_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/post"
)

// out publishes a thread, lets time pass, and asks for it to be deleted. Then it
// counts anew.
func (r *rig) out(age time.Duration, texts ...string) post.Post {
	r.t.Helper()
	p := r.atOnce(r.add(texts...).ID)
	r.wantPublished(p, texts...)
	time.Sleep(age)
	r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Unpublish(time.Now()) })
	r.store.loads.Store(0)
	r.store.saves.Store(0)
	return r.load(p.ID)
}

// old is an age at which X knows a tweet everywhere.
const old = time.Hour

// deletes are the ids that X was asked to delete, in order.
func (r *rig) deletes() (ids []string) {
	for _, e := range r.sim.Journal() {
		if id, ok := strings.CutPrefix(e.Path, "/2/tweets/"); ok && e.Method == "DELETE" {
			ids = append(ids, id)
		}
	}
	return ids
}

// wantLeft checks that exactly these texts are on X, and that the tweets of the
// post that the record says are on X are.
func (r *rig) wantLeft(p post.Post, texts ...string) {
	r.t.Helper()
	timeline, err := r.sim.Timeline("ada")
	if err != nil {
		r.t.Fatal(err)
	}
	var left []string
	live := map[string]bool{}
	for _, t := range timeline {
		if live[t.ID] = !t.Deleted; !t.Deleted {
			left = append(left, t.Text)
		}
	}
	if !slices.Equal(left, texts) {
		r.t.Errorf("on X are %q, want %q", left, texts)
	}
	for i, tw := range p.Published {
		if want := i < len(p.OnX()); live[tw.ID] != want {
			r.t.Errorf("tweet %d is on X: %v, the record says %v", i+1, live[tw.ID], want)
		}
	}
}

// wantGone checks that the thread is gone, that nothing else is, and that nothing
// was sent again.
func (r *rig) wantGone(p post.Post, creates int, left ...string) {
	r.t.Helper()
	if p.Status != post.Deleted || p.Reason != nil || p.Sub != "" || p.Busy(time.Now()) || len(p.OnX()) != 0 {
		r.t.Fatalf("the post is %s/%s because of %+v, with %d tweets on X", p.Status, p.Sub, p.Reason, len(p.OnX()))
	}
	r.wantLeft(p, left...)
	if n := r.creates(); n != creates {
		r.t.Errorf("%d creates, want %d: something was sent again", n, creates)
	}
}

// removal scripts a fault of a deletion.
func (r *rig) removal(f xsim.Fault) {
	f.Method, f.Path = "DELETE", "/2/tweets/*"
	r.fault(f)
}

func TestThreadIsDeletedLastToFirst(t *testing.T) {
	for _, n := range []int{1, 2, 25} {
		inVirtualTime(t, func(r *rig) {
			r.publish(r.add("stays").ID)
			p := r.out(old, tweets(n)...)
			if _, err := r.sim.PostByHand("ada", "by hand", p.Published[0].ID); err != nil {
				t.Fatal(err)
			}
			p = r.publish(p.ID)
			r.wantGone(p, n+1, "stays", "by hand")
			want := p.PlatformPostIDs()
			slices.Reverse(want)
			if !slices.Equal(r.deletes(), want) {
				t.Errorf("deleted in the order %v, want %v", r.deletes(), want)
			}
			if loads, saves := r.store.loads.Load(), int(r.store.saves.Load()); loads != 1 || saves != n+1 {
				t.Errorf("%d loads and %d saves for %d tweets, want 1 and %d", loads, saves, n, n+1)
			}
			if again := r.publish(p.ID); again.Rev != p.Rev {
				t.Errorf("a second delivery wrote revision %d after %d", again.Rev, p.Rev)
			}
		})
	}
}

// TestTroubleWithADeletionIsOvercome is X's table of failures as it meets the
// second of three deletions, and the account's.
func TestTroubleWithADeletionIsOvercome(t *testing.T) {
	for name, c := range map[string]struct {
		fault xsim.Fault
		sub   post.SubStatus
		code  fault.ReasonCode // empty: the run itself overcomes it
		wait  time.Duration    // at the least
	}{
		"no answer, and not done": {xsim.Fault{Drop: xsim.DropBefore}, post.Retry1, "answer_lost", 10 * time.Second},
		"no answer, and done":     {xsim.Fault{Drop: xsim.DropAfter}, post.Retry1, "answer_lost", 10 * time.Second},
		"overload, and done": {
			xsim.Fault{Status: 503, Body: `{"title":"Service Unavailable","status":503}`, Commit: true}, post.Retry1, "x_unavailable", 10 * time.Second,
		},
		"a proxy's page": {
			xsim.Fault{Status: 403, Body: `<html><title>Attention Required! | Cloudflare</title></html>`}, post.Retry1, "x_unavailable", 10 * time.Second,
		},
		"a 404 that names nothing": {
			xsim.Fault{Status: 404, Body: `{"title":"Not Found","status":404}`}, post.Retry1, "x_unavailable", 10 * time.Second,
		},
		"an answer that denies it": {
			xsim.Fault{Status: 200, Body: `{"data":{"deleted":false}}`}, post.Retry1, "x_unavailable", 10 * time.Second,
		},
		"a limit": {
			xsim.Fault{Status: 429, Body: `{"title":"Too Many Requests","status":429}`}, post.RateLimited, "rate_limited", time.Minute,
		},
		"a token that has ended": {
			xsim.Fault{Status: 401, Body: `{"title":"Unauthorized","type":"about:blank","status":401}`}, "", "", 0,
		},
		"an outage answering 401": {
			xsim.Fault{Count: 2, Status: 401, Body: `{"title":"Unauthorized","type":"about:blank","status":401}`}, post.Paused, "access_token_refused", 5 * time.Minute,
		},
		"an app without credits": {
			xsim.Fault{Status: 402, Body: `{"title":"CreditsDepleted"}`}, post.Paused, "credits_depleted", 15 * time.Minute,
		},
		"an account that is locked": {
			xsim.Fault{Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"To protect our users, this account is temporarily locked."}`}, post.Paused, "account_locked", time.Hour,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				p := r.out(old, tweets(3)...)
				c.fault.Nth = 2
				r.removal(c.fault)
				begun := time.Now()
				p = r.publish(p.ID)
				if c.code != "" {
					r.wantStopped(p, post.Deleting, c.sub, c.code)
					if len(p.OnX()) != 2 || p.Due.Sub(begun) < c.wait {
						t.Errorf("%d tweets are left, and it goes on after %v, want at least %v", len(p.OnX()), p.Due.Sub(begun), c.wait)
					}
				}
				r.wantGone(r.finish(p.ID, 8), 3)
			})
		})
	}
}

// TestStorageTroubleWhileDeleting: writes fail before or after they happen, or
// are sent twice.
func TestStorageTroubleWhileDeleting(t *testing.T) {
	for name, what := range map[string]trouble{"fails": before, "happens and its answer is lost": after, "is sent twice": lost} {
		for at := 1; at <= 4; at++ {
			t.Run(fmt.Sprintf("write %d %s", at, name), func(t *testing.T) {
				inVirtualTime(t, func(r *rig) {
					p := r.out(old, tweets(3)...)
					r.store.trouble = func(n int, _ post.Post) trouble {
						if n == at {
							return what
						}
						return none
					}
					r.wantGone(r.finish(p.ID, 4), 3)
					if n := len(r.deletes()); n != 3 {
						t.Errorf("%d deletions for 3 tweets", n)
					}
				})
			})
		}
	}
}

// TestAWorkerMayDieAtAnyMomentOfADeletion kills the first worker before or after
// each of its writes.
func TestAWorkerMayDieAtAnyMomentOfADeletion(t *testing.T) {
	for _, done := range []bool{false, true} {
		for at := 1; at <= 5; at++ {
			t.Run(fmt.Sprintf("at write %d, done: %v", at, done), func(t *testing.T) {
				inVirtualTime(t, func(r *rig) {
					p := r.out(old, tweets(4)...)
					r.store.trouble = func(n int, p post.Post) trouble {
						if n != at {
							return none
						}
						if done {
							if _, err := r.mem.Save(r.ctx, p); err != nil {
								t.Error(err)
							}
						}
						runtime.Goexit()
						return none
					}
					var wg sync.WaitGroup
					wg.Go(func() { r.pub.Publish(r.ctx, alone(p.ID)) })
					wg.Wait()
					r.wantGone(r.finish(p.ID, 4), 4)
					if n := len(r.deletes()); n > 5 {
						t.Errorf("%d deletions for 4 tweets and one death", n)
					}
				})
			})
		}
	}
}

func TestTwoDeliveriesAtOnceDeleteOnce(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.out(old, tweets(5)...)
		r.removal(xsim.Fault{Count: -1, Delay: time.Second})
		r.deliverThrice(p.ID)
		r.wantGone(r.load(p.ID), 5)
		if n := len(r.deletes()); n != 5 {
			t.Errorf("%d deletions for 5 tweets", n)
		}
	})
}

func TestDeletingALongThreadTakesSeveralInvocations(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.sim.Configure(func(s *xsim.Settings) { s.Limits[xsim.DeletePost] = xsim.Limit{} })
		p := r.out(old, tweets(60)...)
		r.removal(xsim.Fault{Count: -1, Delay: 2 * time.Second})
		p = r.publish(p.ID)
		if n := len(p.OnX()); p.Status != post.Deleting || p.Busy(time.Now()) || p.Due.After(time.Now()) || n == 60 ||
			n == 0 {
			t.Fatalf("after one invocation: %s/%s, %d left, due %v", p.Status, p.Sub, n, p.Due)
		}
		r.wantGone(r.finish(p.ID, 8), 60)
		if n := len(r.deletes()); n != 60 {
			t.Errorf("%d deletions for 60 tweets", n)
		}
	})
}

// TestLimitOfDeletions: what is left waits for the next window, and other posts
// go out meanwhile.
func TestLimitOfDeletions(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.atOnce(r.out(old, tweets(60)...).ID)
		r.wantStopped(p, post.Deleting, post.RateLimited, "rate_limited")
		if wait := time.Until(p.Due); len(p.OnX()) != 10 || wait < 14*time.Minute || wait > 16*time.Minute {
			t.Errorf("%d tweets are left, and it waits for %v", len(p.OnX()), wait)
		}
		r.wantLeft(p, tweets(60)[:10]...)
		r.publish(r.add("other").ID)
		r.wantGone(r.finish(p.ID, 2), 61, "other")
	})
}

// TestTweetsThatAreGoneAlready: the owner deleted them, or X did.
func TestTweetsThatAreGoneAlready(t *testing.T) {
	byHand := func(r *rig, p post.Post) {
		for _, tw := range p.Published {
			if err := r.sim.DeleteByHand(tw.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Run("an old one counts as deleted", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			p := r.out(old, tweets(3)...)
			byHand(r, p)
			r.wantGone(r.publish(p.ID), 3)
		})
	})
	t.Run("a new one may not be seen by X yet", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			p := r.out(time.Second, tweets(3)...)
			r.removal(xsim.Fault{Status: 404, Body: `{"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}`})
			p = r.publish(p.ID)
			r.wantStopped(p, post.Deleting, post.Retry1, "tweet_not_visible")
			if age := p.Due.Sub(p.Published[2].PostedAt); age < 2*time.Minute || age > 3*time.Minute {
				t.Errorf("it goes on when the tweet is %v old", age)
			}
			r.wantLeft(p, tweets(3)...)
			r.wantGone(r.finish(p.ID, 3), 3)
		})
	})
	t.Run("X refuses, but does not have them", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			p := r.out(old, tweets(3)...)
			byHand(r, p)
			r.removal(xsim.Fault{Count: -1, Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"You are not authorized to delete this Tweet."}`})
			r.wantGone(r.publish(p.ID), 3)
		})
	})
	t.Run("X denies it over and over, and does not have them", func(t *testing.T) {
		inVirtualTime(t, func(r *rig) {
			p := r.out(old, tweets(2)...)
			byHand(r, p)
			r.removal(xsim.Fault{Count: -1, Status: 200, Body: `{"data":{"deleted":false}}`})
			r.wantGone(r.finish(p.ID, 10), 2)
		})
	})
}

// TestADeletionThatFailsCanBeResumed: it never publishes, whatever is missing.
func TestADeletionThatFailsCanBeResumed(t *testing.T) {
	for name, f := range map[string]xsim.Fault{
		"X refuses": {
			Nth: 2, Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"You are not authorized to delete this Tweet."}`,
		},
		"X is down again and again": {Nth: 2, Count: 1 + post.MaxTries, Status: 503, Body: `{"title":"Service Unavailable"}`},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				p := r.out(old, tweets(3)...)
				r.removal(f)
				p = r.finish(p.ID, 6)
				if p.Status != post.Failed || p.Reason == nil ||
					!strings.HasPrefix(p.Reason.Sentence, "Tweet 2 could not be deleted from X. ") || p.Reason.Todo == "" {
					t.Fatalf("it ended as %s because of %+v", p.Status, p.Reason)
				}
				r.wantLeft(p, tweets(3)[:2]...)
				if err := r.sim.DeleteByHand(p.Published[1].ID); err != nil { // as its reason advises
					t.Fatal(err)
				}
				r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Retry(time.Now()) })
				r.wantGone(r.finish(p.ID, 3), 3)
			})
		})
	}
}

func TestDeletionOfPartOfAThread(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.fault(xsim.Fault{Nth: 3, Status: 403, Body: `{"detail":"You are not permitted to perform this action."}`})
		p := r.publish(r.add(tweets(4)...).ID)
		time.Sleep(old)
		r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Unpublish(time.Now()) })
		r.wantGone(r.finish(p.ID, 2), 3)
	})
}

func TestDeletionWithoutItsAccount(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.out(old, tweets(2)...)
		if err := r.sim.Disconnect("ada"); err != nil {
			t.Fatal(err)
		}
		p = r.publish(p.ID)
		time.Sleep(time.Until(p.Due))
		r.wantStopped(r.publish(p.ID), post.Deleting, post.Paused, "reconnect_required")
		r.connect()
		r.wantGone(r.finish(p.ID, 5), 2)
	})
	inVirtualTime(t, func(r *rig) {
		p := r.out(old, tweets(2)...)
		r.move(p.ID, func(p post.Post) (post.Post, error) { p.AccountID = "404"; return p, nil })
		p = r.publish(p.ID)
		r.wantStopped(p, post.Failed, "", "account_gone")
		r.move(p.ID, func(p post.Post) (post.Post, error) { p.AccountID = ada; return p.Retry(time.Now()) })
		r.wantGone(r.publish(p.ID), 2)
	})
}

// TestAPauseEndsByHandForADeletionToo, and X's consent to it ends the pause for
// all.
func TestAPauseEndsByHandForADeletionToo(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.out(old, tweets(2)...)
		r.removal(xsim.Fault{Status: 402, Body: `{"title":"CreditsDepleted"}`})
		r.wantStopped(r.publish(p.ID), post.Deleting, post.Paused, "credits_depleted")
		other := r.publish(r.add("other").ID)
		r.wantStopped(other, post.Publishing, post.Paused, "credits_depleted")
		if err := r.owner().Resume(r.ctx); err != nil {
			t.Fatal(err)
		}
		r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Resume(time.Now()) })
		r.wantGone(r.publish(p.ID), 2)
		r.wantPublished(r.finish(other.ID, 3), "other")
	})
}

// TestADoubtBesideADeletion: a post whose first tweet is in doubt begins with the
// words of a thread that vanishes meanwhile. It is sent once, and is nobody else's.
func TestADoubtBesideADeletion(t *testing.T) {
	for name, drop := range map[string]xsim.Drop{"X has it not": xsim.DropBefore, "X has it": xsim.DropAfter} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				r.sim.Configure(func(s *xsim.Settings) { s.DuplicateWindow, s.VisibilityLag = 0, 5*time.Second })
				gone := r.out(0, "good morning", "it is cold")
				r.fault(xsim.Fault{Drop: drop})
				doubtful := r.publish(r.add("good morning", "it is warm").ID)
				if doubtful.Sub != post.Reconciling {
					t.Fatalf("the other post is %s/%s", doubtful.Status, doubtful.Sub)
				}
				if err := r.pub.Publish(r.ctx, alone(gone.ID)); err != nil {
					t.Fatal(err)
				}
				doubtful = r.finish(doubtful.ID, 8)
				if doubtful.Status != post.Published || doubtful.Published[0].ID == gone.Published[0].ID {
					t.Fatalf("the other post is %s with %v because of %+v", doubtful.Status, doubtful.PlatformPostIDs(),
						doubtful.Reason)
				}
				gone = r.finish(gone.ID, 3)
				if gone.Status != post.Deleted {
					t.Errorf("the thread is %s/%s", gone.Status, gone.Sub)
				}
				r.wantLeft(gone, "good morning", "it is warm")
			})
		})
	}
}

// TestAPostThatWasForgottenIsNoWork: its message comes after its owner deleted it.
func TestAPostThatWasForgottenIsNoWork(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.add(tweets(2)...)
		if err := r.mem.Forget(r.ctx, p, time.Now().Add(post.Remembered)); err != nil {
			t.Fatal(err)
		}
		if err := r.pub.Publish(r.ctx, alone(p.ID)); err != nil || r.creates() != 0 {
			t.Errorf("got %v, and %d creates", err, r.creates())
		}
		if _, _, err := r.mem.Load(r.ctx, p.ID); !fault.Is(err, fault.Gone) {
			t.Errorf("reading it: got %v, want gone", err)
		}
	})
}
