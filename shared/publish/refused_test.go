package publish_test

import (
	"strconv"
	"testing"
	"time"

	"spool/infra/xsim"
	"spool/shared/account"
	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/vault"
)

// TestRefusals is X's table of failures as it meets the second of three tweets:
// the record that it leaves, and that the thread is whole in the end where that
// is possible.
func TestRefusals(t *testing.T) {
	forbid := func(detail string) xsim.Fault {
		return xsim.Fault{Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"` + detail + `"}`}
	}
	for name, c := range map[string]struct {
		fault  xsim.Fault
		status post.Status
		sub    post.SubStatus
		code   fault.ReasonCode
		wait   time.Duration // at the least, where it waits
		final  bool
	}{
		"app not enrolled": {
			xsim.Fault{Status: 403, Body: `{"title":"Client Forbidden","reason":"client-not-enrolled","type":"https://api.twitter.com/2/problems/client-forbidden"}`},
			post.Publishing, post.Paused, "app_not_enrolled", 15 * time.Minute, false},
		"wrong kind of token": {xsim.Fault{Status: 403, Body: `{"title":"Unsupported Authentication"}`},
			post.Publishing, post.Paused, "app_misconfigured", 15 * time.Minute, false},
		"duplicate": {
			forbid("You are not allowed to create a Tweet with duplicate content."), post.Failed, "", "duplicate_text", 0, true,
		},
		"generic": {forbid("You are not permitted to perform this action."), post.Failed, "", "not_permitted", 0, true},
		"reply gate": {
			forbid("Reply to this conversation is not allowed because you have not been mentioned by the author."),
			post.Failed, "", "reply_not_allowed", 0, true,
		},
		"reply gate 2": {
			forbid("You can only reply to or quote posts where you are mentioned or are the author."), post.Failed, "",
			"reply_not_allowed", 0, true,
		},
		"young parent": {
			forbid("You attempted to reply to a Tweet that is deleted or not visible to you."), post.Publishing, post.Retry1,
			"parent_not_visible", 10 * time.Second, false,
		},
		"cashtags": {
			forbid("Posts are limited to a maximum of one cashtag"), post.Failed, "", "too_many_cashtags", 0, true,
		},
		"feature": {
			forbid("Your account is not permitted to access this feature"), post.Publishing, post.Paused, "feature_blocked",
			time.Hour, false,
		},
		"locked": {
			forbid("To protect our users, this account is temporarily locked."), post.Publishing, post.Paused,
			"account_locked", time.Hour, false,
		},
		"blank": {
			xsim.Fault{Status: 400, Body: `{"title":"Invalid Request","detail":"Please include either text or media in your Tweet.","type":"https://api.x.com/2/problems/invalid-request"}`}, post.Failed, "", "blank_post", 0, true,
		},
		"media": {
			xsim.Fault{Status: 400, Body: `{"detail":"Your media IDs are invalid."}`}, post.Publishing, post.Retry1, "media_not_ready", 10 * time.Second, false,
		},
		"rate limit": {
			xsim.Fault{Status: 429, Body: `{"title":"Too Many Requests","status":429}`}, post.Publishing, post.RateLimited, "rate_limited", time.Minute, false,
		},
		"old form": {
			xsim.Fault{Status: 429, Body: `{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`}, post.Publishing, post.RateLimited, "rate_limited", time.Minute, false,
		},
		"monthly cap": {
			xsim.Fault{Status: 429, Body: `{"title":"UsageCapExceeded","type":"https://api.twitter.com/2/problems/usage-capped"}`}, post.Publishing, post.Paused, "usage_cap", 6 * time.Hour, false,
		},
		"no credits": {
			xsim.Fault{Status: 402, Body: `{"title":"CreditsDepleted","type":"https://api.twitter.com/2/problems/credits"}`}, post.Publishing, post.Paused, "credits_depleted", 15 * time.Minute, false,
		},
		"no credits 2": {
			xsim.Fault{Status: 402, Body: `{"title":"Payment Required","type":"https://api.x.com/2/problems/credits-depleted"}`}, post.Publishing, post.Paused, "credits_depleted", 15 * time.Minute, false,
		},
		"spend cap": {
			xsim.Fault{Status: 403, Body: `{"title":"SpendCapReached"}`}, post.Publishing, post.Paused, "spend_cap", 6 * time.Hour, false,
		},
		"overload": {
			xsim.Fault{Status: 503, Body: `{"title":"Service Unavailable","status":503}`}, post.Publishing, post.Reconciling, "answer_unclear", time.Minute, false,
		},
		"proxy": {
			xsim.Fault{Status: 403, Body: `<html><title>Attention Required! | Cloudflare</title></html>`}, post.Publishing, post.Reconciling, "answer_unclear", time.Minute, false,
		},
		"lost answer": {
			xsim.Fault{Drop: xsim.DropBefore}, post.Publishing, post.Reconciling, "answer_lost", time.Minute, false,
		},
		"unknown 4xx": {
			xsim.Fault{Status: 418, Body: `{"title":"Teapot","detail":"No coffee."}`}, post.Failed, "", "x_refused", 0, true,
		},
		"unknown 5xx": {
			xsim.Fault{Status: 599, Body: `{"title":"?"}`}, post.Publishing, post.Reconciling, "answer_unclear", time.Minute, false,
		},
		"429 of nobody": {
			xsim.Fault{Status: 429, Body: `<html>slow down</html>`}, post.Publishing, post.Reconciling, "answer_unclear", time.Minute, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				c.fault.Nth = 2
				r.fault(c.fault)
				begun := time.Now()
				p := r.publish(r.add(tweets(3)...).ID)
				r.wantStopped(p, c.status, c.sub, c.code)
				r.wantOut(p, tweets(3)[:1]...)
				if c.fault.Drop == "" && (p.Reason.Detail == "" || p.Reason.Transaction == "") {
					t.Errorf("X's own words or transaction are not kept: %+v", p.Reason)
				}
				if c.final {
					if !p.Due.IsZero() {
						t.Errorf("a final refusal is due again at %v", p.Due)
					}
					r.move(p.ID, func(p post.Post) (post.Post, error) { return p.Retry(time.Now()) })
				} else if p.Due.Sub(begun) < c.wait {
					t.Errorf("it goes on after %v, want at least %v", p.Due.Sub(begun), c.wait)
				}
				r.wantPublished(r.finish(p.ID, 8), tweets(3)...)
				snap, err := r.mem.Snapshot(r.ctx, ada)
				if err != nil || snap.Account.Health != account.Connected || !snap.AppPause.Until.IsZero() {
					t.Errorf("afterwards the account is %s, the app's pause %+v, %v", snap.Account.Health, snap.AppPause, err)
				}
			})
		})
	}
}

func TestParentThatIsDeleted(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.fault(xsim.Fault{Nth: 2, Status: 402, Body: `{"title":"CreditsDepleted"}`})
		p := r.publish(r.add(tweets(2)...).ID)
		if err := r.sim.DeleteByHand(p.Published[0].ID); err != nil {
			t.Fatal(err)
		}
		p = r.finish(p.ID, 5)
		r.wantStopped(p, post.Failed, "", "parent_deleted")
		if len(p.Published) != 1 {
			t.Errorf("the published tweet is gone from the record: %+v", p)
		}
	})
}

// TestLimits: whichever window has nothing left is waited for, by all posts of
// its scope, and X is not asked before.
func TestLimits(t *testing.T) {
	at := func(d time.Duration) string { return strconv.FormatInt(start.Add(d).Unix(), 10) }
	for name, c := range map[string]struct {
		headers map[string]string
		until   time.Duration
	}{
		"15 minutes": {
			map[string]string{"x-rate-limit-remaining": "0", "x-rate-limit-reset": at(14 * time.Minute)}, 14 * time.Minute,
		},
		"the user's day": {
			map[string]string{"x-rate-limit-remaining": "7", "x-rate-limit-reset": at(time.Minute),
				"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": at(20 * time.Hour)}, 20 * time.Hour,
		},
		"the app's day": {
			map[string]string{"x-app-limit-24hour-remaining": "0", "x-app-limit-24hour-reset": at(9 * time.Hour)}, 9 * time.Hour,
		},
		"reset missing": {map[string]string{"x-rate-limit-remaining": "0"}, time.Minute},
		"reset is zero": {map[string]string{"x-rate-limit-remaining": "0", "x-rate-limit-reset": "0"}, time.Minute},
		"reset has gone": {
			map[string]string{"x-rate-limit-remaining": "0", "x-rate-limit-reset": at(-time.Hour)}, time.Minute,
		},
		"reset is absurd": {
			map[string]string{"x-rate-limit-remaining": "0", "x-rate-limit-reset": "99999999999"}, time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, func(r *rig) {
				r.fault(xsim.Fault{Nth: 2, Status: 429, Headers: c.headers, Body: `{"title":"Too Many Requests","status":429}`})
				p := r.publish(r.add(tweets(3)...).ID)
				r.wantStopped(p, post.Publishing, post.RateLimited, "rate_limited")
				if wait := p.Due.Sub(start); wait < c.until || wait > c.until+time.Minute {
					t.Errorf("it waits for %v, want %v and a little more", wait, c.until)
				}
				other := r.publish(r.add("other").ID)
				r.wantStopped(other, post.Publishing, post.RateLimited, "rate_limited")
				if r.creates() != 2 {
					t.Errorf("%d creates: the other post tried during the limit", r.creates())
				}
				r.wantPublished(r.finish(p.ID, 5), tweets(3)...)
				r.wantPublished(r.finish(other.ID, 5), "other")
			})
		})
	}
}

func TestRealLimitIsWaitedFor(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		r.sim.Configure(func(s *xsim.Settings) { s.Limits[xsim.CreatePost] = xsim.Limit{User15m: 4, User24h: 9} })
		p := r.finish(r.add(tweets(12)...).ID, 8)
		r.wantPublished(p, tweets(12)...)
		if r.creates() != 12+3 || time.Since(start) < 24*time.Hour {
			t.Errorf("%d creates in %v for 12 tweets and 3 waits", r.creates(), time.Since(start))
		}
	})
}

// TestAppPause: one careful probe at a time, ever more rarely; nothing else asks
// X. When the probe succeeds everything goes on.
func TestAppPause(t *testing.T) {
	const depleted = `{"title":"CreditsDepleted"}`
	inVirtualTime(t, func(r *rig) {
		var posts []post.Post
		for _, text := range []string{"a", "b", "c", "d"} {
			posts = append(posts, r.add(text))
		}
		r.fault(xsim.Fault{Count: 3, Status: 402, Body: depleted})
		var asked []time.Duration
		for range 600 { // minutes
			for _, p := range posts {
				if got := r.load(p.ID); !got.Due.IsZero() && !got.Due.After(time.Now()) {
					r.publish(p.ID)
				}
			}
			for r.creates() > len(asked) {
				asked = append(asked, time.Since(start).Truncate(time.Minute))
			}
			time.Sleep(time.Minute)
		}
		for i, p := range posts {
			r.wantPublished(r.load(p.ID), []string{"a", "b", "c", "d"}[i])
		}
		// The refusal, two refused probes after 15 and 30 minutes more, the
		// probe after an hour more, and then the others.
		if len(asked) != 7 || asked[0] != 0 || asked[1] < 15*time.Minute || asked[2]-asked[1] < 30*time.Minute ||
			asked[3]-asked[2] < time.Hour || asked[6]-asked[3] > 3*time.Minute {
			t.Errorf("X was asked at %v", asked)
		}
	})
}

// TestManyWorkersMeetOneRefusal: that is one pause, not an ever longer one.
func TestManyWorkersMeetOneRefusal(t *testing.T) {
	inVirtualTime(t, func(r *rig) {
		v := r.pub.Accounts.(*vault.Vault)
		s, err := v.Open(r.ctx, ada)
		if err != nil {
			t.Fatal(err)
		}
		p := pauseOf(15 * time.Minute)
		for range 10 {
			if _, err := v.Pause(r.ctx, s, p); err != nil {
				t.Fatal(err)
			}
		}
		snap, err := r.mem.Snapshot(r.ctx, ada)
		if err != nil || snap.AppPause.Count != 1 || !snap.AppPause.Until.Equal(p.Until) {
			t.Errorf("ten refusals at once paused the app %d times, until %v: %v", snap.AppPause.Count, snap.AppPause.Until, err)
		}
	})
}
