package publish_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"spool/infra/xsim"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/vault"
)

func TestThreadGoesOutInOrder(t *testing.T) {
	for _, n := range []int{1, 2, 25} {
		inVirtualTime(t, func(r *rig) {
			p := r.publish(r.add(tweets(n)...).ID)
			r.wantPublished(p, tweets(n)...)
			if r.creates() != n || r.reads() != 0 {
				t.Errorf("%d creates and %d reads for %d tweets", r.creates(), r.reads(), n)
			}
			if loads, saves := r.store.loads.Load(), int(r.store.saves.Load()); loads != 1 || saves != n+1 {
				t.Errorf("%d loads and %d saves for %d tweets, want 1 and %d", loads, saves, n, n+1)
			}
		})
	}
}

func TestPostStartsAtItsTime(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.add("on time")
		at := start.Add(time.Hour)
		r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Schedule(start, at, "UTC") })
		if got := r.publish(p.ID); got.Rev != r.load(p.ID).Rev || got.Status != post.Scheduled {
			t.Errorf("an hour early it became %s", got.Status)
		}
		time.Sleep(time.Until(at) - 3*time.Second)
		r.wantPublished(r.publish(p.ID), "on time")
		timeline, err := r.sim.Timeline("ada")
		if err != nil {
			t.Fatal(err)
		}
		if got := timeline[0].CreatedAt; !got.Equal(at) {
			t.Errorf("woken 3 s early it posted at %v, want %v", got, at)
		}
	})
}

// TestWhatIsNotDueIsLeftAlone: deliveries come twice and late.
func TestWhatIsNotDueIsLeftAlone(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.publish(r.add(tweets(2)...).ID)
		again := r.publish(p.ID)
		if again.Rev != p.Rev || r.creates() != 2 {
			t.Errorf("a second delivery wrote revision %d after %d, with %d creates", again.Rev, p.Rev, r.creates())
		}
		if err := r.pub.Publish(r.ctx, alone("nobody")); err != nil {
			t.Errorf("a post that does not exist: %v", err)
		}
	})
}

func TestTwoDeliveriesAtOnceSendOnce(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.add(tweets(5)...)
		r.fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Count: -1, Delay: time.Second})
		r.deliverThrice(p.ID)
		r.wantPublished(r.load(p.ID), tweets(5)...)
		if r.creates() != 5 {
			t.Errorf("%d creates for 5 tweets", r.creates())
		}
	})
}

// TestOldWorkerComesBack: a worker is held up in its write for longer than its
// lease, another takes over, and then the old one wakes up.
func TestOldWorkerComesBack(t *testing.T) {
	for _, skew := range []time.Duration{0, 30 * time.Second, -30 * time.Second} {
		inVirtualTime(t, func(r *rig) {
			p := r.add(tweets(4)...)
			r.store.trouble = func(n int, _ post.Post) trouble {
				if n == 3 { // the second tweet is out, and about to be recorded
					time.Sleep(2 * time.Minute)
				}
				return none
			}
			var wg sync.WaitGroup
			old := r.pub
			wg.Go(func() { old.Publish(context.WithoutCancel(r.ctx), alone(p.ID)) })
			time.Sleep(time.Second)
			r.pub = r.worker(skew)
			got := r.finish(p.ID, 10)
			wg.Wait()
			r.wantPublished(got, tweets(4)...)
			if r.creates() != 4 {
				t.Errorf("clocks %v apart: %d creates for 4 tweets", skew, r.creates())
			}
		})
	}
}

// TestStorageTrouble: writes fail before or after they happen, and the SDK sends
// one twice. Whatever is stored, each tweet goes out once.
func TestStorageTrouble(t *testing.T) {
	for name, what := range map[string]trouble{"fails": before, "happens and its answer is lost": after, "is sent twice": lost} {
		for at := 1; at <= 4; at++ {
			t.Run(name, func(t *testing.T) {
				inVirtualTime(t, func(r *rig) {
					r.store.trouble = func(n int, _ post.Post) trouble {
						if n == at {
							return what
						}
						return none
					}
					p := r.publish(r.add(tweets(3)...).ID)
					r.wantPublished(p, tweets(3)...)
					if r.creates() != 3 || r.reads() != 0 {
						t.Errorf("save %d: %d creates and %d reads for 3 tweets", at, r.creates(), r.reads())
					}
				})
			})
		}
	}
}

// TestLongThreadTakesSeveralInvocations: each stops in time, and hands over.
func TestLongThreadTakesSeveralInvocations(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.sim.Configure(func(s *xsim.Settings) { s.Limits[xsim.CreatePost] = xsim.Limit{} })
		r.fault(xsim.Fault{Method: "POST", Path: "/2/tweets", Count: -1, Delay: 900 * time.Millisecond})
		p := r.add(tweets(200)...)
		got := r.publish(p.ID)
		if n := len(got.Published); got.Sub != post.ThreadPartial || got.Attempt != nil || got.Due.After(time.Now()) ||
			n < 20 {
			t.Fatalf("after one invocation: %s, %d out, attempt %v, due %v", got.Sub, n, got.Attempt, got.Due)
		}
		r.wantPublished(r.finish(p.ID, 12), tweets(200)...)
		if r.creates() != 200 || r.reads() != 0 {
			t.Errorf("%d creates and %d reads for 200 tweets", r.creates(), r.reads())
		}
	})
}

func TestLateness(t *testing.T) {
	for late, want := range map[time.Duration]post.Status{time.Minute: post.Published, time.Minute + time.Second: post.Missed} {
		inVirtualTime(t, func(r *rig) {
			p := r.add("news")
			r.move(p.ID, func(p post.Post) (post.Post, error) { p.Lateness = time.Minute; return p, nil })
			time.Sleep(late)
			if got := r.publish(p.ID); got.Status != want {
				t.Errorf("%v late it is %s, want %s", late, got.Status, want)
			}
		})
	}
	inVirtualTime(t, func(r *rig) {
		p := r.add("news")
		time.Sleep(10000 * time.Hour)
		r.connect()
		r.wantPublished(r.publish(p.ID), "news")
	})
}

func TestAccountThatIsGone(t *testing.T) {
	orphan := func(r *rig, p post.Post) post.Post {
		r.move(p.ID, func(p post.Post) (post.Post, error) { p.AccountID = "404"; return p, nil })
		return r.finish(p.ID, 5)
	}
	inVirtualTime(t, func(r *rig) {
		r.wantStopped(orphan(r, r.add("one")), post.Failed, "", "account_gone")
	})
	inVirtualTime(t, func(r *rig) { // a doubt stays one
		r.fault(xsim.Fault{Drop: xsim.DropAfter})
		r.sim.Configure(func(s *xsim.Settings) { s.VisibilityLag = time.Hour })
		r.wantStopped(orphan(r, r.publish(r.add("one").ID)), post.Failed, post.Unknown, "outcome_unknown")
	})
}

func TestAccountThatNeedsConnecting(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		if err := r.sim.Disconnect("ada"); err != nil {
			t.Fatal(err)
		}
		p := r.publish(r.add(tweets(2)...).ID)
		asked := len(r.sim.Journal())
		time.Sleep(time.Until(p.Due))
		r.wantStopped(r.publish(p.ID), post.Publishing, post.Paused, "reconnect_required")
		if n := len(r.sim.Journal()); n != asked {
			t.Errorf("X was asked %d times for an account that it does not let in", n-asked)
		}
		r.connect()
		r.wantPublished(r.finish(p.ID, 5), tweets(2)...)
	})
}

// TestTokenEndsWithinAThread: X kills the token, or another worker renews it.
func TestTokenEndsWithinAThread(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.add(tweets(5)...)
		r.fault(xsim.Fault{Nth: 3, Status: 401, Body: `{"title":"Unauthorized","type":"about:blank","status":401}`})
		r.wantPublished(r.publish(p.ID), tweets(5)...)
		if n := r.requests("POST", "/2/oauth2/token"); n != 1 || r.creates() != 6 {
			t.Errorf("%d refreshes and %d creates", n, r.creates())
		}
	})
	inVirtualTime(t, func(r *rig) {
		p := r.add(tweets(5)...)
		r.store.trouble = func(n int, _ post.Post) trouble {
			if n == 3 {
				v := r.worker(0).Accounts.(*vault.Vault)
				if s, err := v.Open(r.ctx, ada); err != nil {
					t.Error(err)
				} else if _, err := v.Renew(r.ctx, s); err != nil {
					t.Error(err)
				}
			}
			return none
		}
		r.wantPublished(r.publish(p.ID), tweets(5)...)
		if n := r.requests("POST", "/2/oauth2/token"); n != 1 {
			t.Errorf("%d refreshes, want the other worker's only", n)
		}
	})
}

// TestOutageThatAnswers401: the fresh token is refused too. That is no
// disconnect: the account waits, and goes on by itself.
func TestOutageThatAnswers401(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		p := r.add(tweets(2)...)
		other := r.add("other")
		r.fault(xsim.Fault{Count: 2, Status: 401, Body: `{"title":"Unauthorized","type":"about:blank","status":401}`})
		r.wantStopped(r.publish(p.ID), post.Publishing, post.Paused, "access_token_refused")
		r.wantStopped(r.publish(other.ID), post.Publishing, post.Paused, "access_token_refused")
		if r.creates() != 2 {
			t.Errorf("%d creates, want 2: the other post waits without trying", r.creates())
		}
		r.wantPublished(r.finish(p.ID, 3), tweets(2)...)
		r.wantPublished(r.finish(other.ID, 3), "other")
	})
}

func TestRefreshThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		fault xsim.Fault
		code  fault.ReasonCode
	}{
		"X does not answer": {xsim.Fault{Drop: xsim.DropBefore}, "refresh_unclear"},
		"X does not know the app": {
			xsim.Fault{Status: 401, Body: `{"error":"unauthorized_client","error_description":"Missing valid authorization header"}`}, "app_credentials_refused",
		},
		"X's tokens have a limit": {
			xsim.Fault{Status: 429, Body: `{"title":"Too Many Requests","status":429}`}, "rate_limited",
		},
		"X's token server is down": {xsim.Fault{Status: 503, Body: `{"title":"Service Unavailable"}`}, "refresh_unclear"},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				c.fault.Method, c.fault.Path = "POST", "/2/oauth2/token"
				r.fault(c.fault)
				r.fault(xsim.Fault{Nth: 2, Status: 401, Body: `{"title":"Unauthorized","type":"about:blank","status":401}`})
				p := r.publish(r.add(tweets(3)...).ID)
				r.wantStopped(p, post.Publishing, post.Paused, c.code)
				if p.Attempt != nil {
					t.Error("a refused tweet is in doubt")
				}
				r.wantPublished(r.finish(p.ID, 8), tweets(3)...)
			})
		})
	}
}
