package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
)

// This file holds the publisher's waits and limits to their exact lengths.

func TestTimes(t *testing.T) {
	for _, tc := range []struct {
		lease, settle time.Duration
		want          Config
	}{
		{45 * time.Second, 2 * time.Minute, Config{
			ReadGap: 30 * time.Second, Request: 15 * time.Second, Upload: 30 * time.Second,
		}},
		{90 * time.Second, 10 * time.Minute, Config{ // longer ones do not lengthen what is between
			ReadGap: 30 * time.Second, Request: 15 * time.Second, Upload: 30 * time.Second,
		}},
		{9 * time.Second, 80 * time.Second, Config{
			ReadGap: 20 * time.Second, Request: 3 * time.Second, Upload: 6 * time.Second,
		}},
	} {
		want := tc.want
		want.Lease, want.Settle = tc.lease, tc.settle
		want.Store, want.FirstLookDelay, want.WakeLead, want.Held = 10*time.Second, 2*time.Second, 5*time.Second, 30*time.Minute
		want.ShareTime, want.ShareTweets = 20*time.Second, 25
		if got := Times(tc.lease, tc.settle); got != want {
			t.Errorf("with a lease of %v and %v to settle: %+v, want %+v", tc.lease, tc.settle, got, want)
		}
	}
	if got := Defaults(); got != Times(45*time.Second, 2*time.Minute) {
		t.Errorf("by default: %+v", got)
	}
	if got := LeastSettle(45 * time.Second); got != 105*time.Second {
		t.Errorf("the shortest settling time is %v", got)
	}
	if post.ShortestWait != time.Minute || post.LongestWait != 25*time.Hour {
		t.Errorf("waits are from %v to %v", post.ShortestWait, post.LongestWait)
	}
}

// TestHowLongARefusedTweetWaits: the jitter of the bench is a half, which lengthens a
// wait by a quarter.
func TestHowLongARefusedTweetWaits(t *testing.T) {
	retry := said(fault.Retry, fault.ReasonXUnavailable)
	hidden := said(fault.Retry, fault.ReasonParentNotVisible)
	for name, tc := range map[string]struct {
		cause error
		after time.Duration // since the tweet before it was posted
		tries int
		want  string
	}{
		"the first time":  {retry, 0, 0, "stop, publishing/retry_1, due 12.5s, x_unavailable"},
		"the second time": {retry, 0, 1, "stop, publishing/retry_2, due 50s, x_unavailable"},
		"the third time":  {retry, 0, 2, "stop, publishing/retry_3, due 3m20s, x_unavailable"},
		"the fourth time": {retry, 0, 3, "stop, failed, x_unavailable"},
		"the tweet before it may not be everywhere yet": {
			hidden, 5 * time.Minute, 0, "stop, publishing/retry_1, due 5m12.5s, parent_not_visible",
		},
		"the tweet before it must be gone": {
			hidden, 5*time.Minute + time.Millisecond, 0, "stop, failed, parent_deleted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				time.Sleep(tc.after)
				b.rec.Tries = tc.tries
				b.want(tc.want, b.refused(tc.cause))
				if r := b.rec.Reason; r.Detail != "no" || r.Transaction != "t1" {
					t.Errorf("X's own words are not kept: %+v", r)
				}
			})
		})
	}
}

// TestADuplicateIsADoubtOnlyAfterADoubt, since X may have accepted the earlier request.
func TestADuplicateIsADoubtOnlyAfterADoubt(t *testing.T) {
	duplicate := said(fault.Final, fault.ReasonDuplicateText)
	duplicate.Duplicate = true
	other := said(fault.Final, fault.ReasonNotPermitted)
	for name, tc := range map[string]struct {
		cause   error
		doubted bool
		want    string
	}{
		"a duplicate":                   {duplicate, false, "stop, failed, duplicate_text"},
		"a duplicate, after a doubt":    {duplicate, true, "stop, publishing/reconciling, intent, due 2m0s, duplicate_text"},
		"something else, after a doubt": {other, true, "stop, failed, not_permitted"},
		"something else, with no doubt": {other, false, "stop, failed, not_permitted"},
		"no answer": {
			context.DeadlineExceeded, false, "stop, publishing/reconciling, intent, due 2m0s, answer_lost",
		},
		"no answer, and a doubt before ": {
			context.DeadlineExceeded, true, "stop, publishing/reconciling, intent, due 2m0s, answer_lost",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.within(time.Second) // no look
				if tc.doubted {
					b.rec.Doubted = b.begun
				}
				b.want(tc.want, b.refused(tc.cause))
			})
		})
	}
}

// TestHowLongASharedRefusalWaits: to a limit's end or a pause's, a minute at the least,
// and no longer than is believed.
func TestHowLongASharedRefusalWaits(t *testing.T) {
	until := func(action fault.Action, d time.Duration) func(*bench) verdict {
		return func(b *bench) verdict {
			v := said(action, fault.ReasonAccountLocked)
			if d != 0 {
				v.Until = b.begun.Add(d)
			}
			return v
		}
	}
	for name, tc := range map[string]struct {
		cause  func(*bench) verdict
		holds  time.Duration
		failed error
		want   string
		until  time.Duration // of the account's pause
	}{
		"a limit": {
			until(fault.Wait, time.Hour), 0, nil, "stop, publishing/rate_limited, due 1h0m0s, account_locked", time.Hour,
		},
		"a limit that ends now": {
			until(fault.Wait, time.Second), 0, nil, "stop, publishing/rate_limited, due 1m0s, account_locked", time.Minute,
		},
		"a limit without an end": {
			until(fault.Wait, 0), 0, nil, "stop, publishing/rate_limited, due 1m0s, account_locked", time.Minute,
		},
		"a pause": {
			until(fault.Pause, time.Hour), 0, nil, "stop, publishing/paused, due 1h0m0s, account_locked", time.Hour,
		},
		"a pause, of a minute": {
			until(fault.Pause, time.Minute), 0, nil, "stop, publishing/paused, due 1m0s, account_locked", time.Minute,
		},
		"one that holds longer": {
			until(fault.Pause, time.Hour), 2 * time.Hour, nil, "stop, publishing/paused, due 2h0m0s, account_locked", time.Hour,
		},
		"one that holds less": {
			until(fault.Pause, time.Hour), time.Minute, nil, "stop, publishing/paused, due 1h0m0s, account_locked", time.Hour,
		},
		"one that is not stored": {
			until(fault.Pause, time.Hour), 0, errors.New("no"), "stop, publishing/paused, due 1h0m0s, account_locked",
			time.Hour,
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.paper.failed = tc.failed
				if tc.holds != 0 {
					b.paper.holds = b.begun.Add(tc.holds)
				}
				b.want(tc.want, b.refused(tc.cause(b)))
				if p := b.paper.pauses; len(p) != 1 || p[0].Scope != fault.ScopeAccount || p[0].Until.Sub(b.begun) != tc.until {
					t.Errorf("paused were %+v, want the account for %v", p, tc.until)
				}
			})
		})
	}
}

// TestALimitOfItsOwnHoldsOnePost: X counts reads, uploads and deletions each by
// themselves, so that others may go on.
func TestALimitOfItsOwnHoldsOnePost(t *testing.T) {
	limit := func(b *bench) verdict {
		v := said(fault.Wait, fault.ReasonRateLimited)
		v.Until = b.begun.Add(10 * time.Minute)
		return v
	}
	for name, refused := range map[string]func(*bench) outcome{
		"of reads": func(b *bench) outcome {
			b.rec.Sub = post.Reconciling
			return b.timelineUnread(limit(b))
		},
		"of uploads": func(b *bench) outcome {
			b.preparing()
			return b.notUploaded(nil, post.Medium{}, limit(b))
		},
		"of deletions": func(b *bench) outcome { return b.deleting().notDeleted(post.Receipt{}, limit(b)) },
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				out := refused(b)
				if due := b.rec.Due.Sub(b.begun); out != stop || b.rec.Sub != post.RateLimited ||
					due != 10*time.Minute {
					t.Errorf("it came to %s", b.came(out))
				}
				if len(b.paper.pauses) != 0 {
					t.Errorf("it pauses %+v", b.paper.pauses)
				}
			})
		})
	}
}

// TestATokenIsRenewedOnce in a run. X refuses one that was just renewed: it had outages
// that answered 401 to everybody.
func TestATokenIsRenewedOnce(t *testing.T) {
	onBench(t, func(b *bench) {
		refused := said(fault.Refresh, fault.ReasonAccessTokenRefused)
		refused.Scope = fault.ScopePost
		b.want("again", b.refused(refused))
		b.want("stop, publishing/paused, due 5m0s, access_token_refused", b.refused(refused))
		if p := b.paper.pauses; len(p) != 1 || p[0].Scope != fault.ScopeAccount || p[0].Until.Sub(b.begun) != 5*time.Minute {
			t.Errorf("paused were %+v, want the account for five minutes", p)
		}
	})
}

func TestAnAccountThatCannotBeOpened(t *testing.T) {
	gone := fault.New(fault.NotFound, "no such account")
	broken := errors.New("the table is broken")
	paused := said(fault.Pause, fault.ReasonReconnect)
	waiting := said(fault.Wait, fault.ReasonRefreshing)
	for name, tc := range map[string]struct {
		cause   error
		claimed bool
		doubt   bool
		until   time.Duration
		want    string
		pauses  int
	}{
		"it is gone":              {gone, false, false, 0, "stop, failed, account_gone", 0},
		"it is gone, in a doubt":  {gone, false, true, 0, "stop, failed/unknown, intent, outcome_unknown", 0},
		"it cannot be read":       {broken, false, false, 0, "stop: the table is broken", 0},
		"it cannot be read again": {broken, true, false, 0, "stop, publishing/paused, due 1m0s, token_not_renewed", 0},
		"it is to be connected":   {paused, false, false, 0, "stop, publishing/paused, due 1m0s, reconnect_required", 0},
		"it is paused for an hour": {
			paused, false, false, time.Hour, "stop, publishing/paused, due 1h0m0s, reconnect_required", 1,
		},
		"it is paused, in a doubt": {
			paused, false, true, time.Hour, "stop, publishing/paused, intent, due 1h0m0s, reconnect_required", 1,
		},
		"its token is renewed": {
			waiting, true, false, 2 * time.Minute, "stop, publishing/paused, due 2m0s, refreshing", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				if v, ok := errors.AsType[verdict](tc.cause); ok && tc.until != 0 {
					v.Until = b.begun.Add(tc.until)
					tc.cause = v
				}
				if !tc.claimed {
					b.rec.Lease.Owner = "another"
				}
				if !tc.claimed && !tc.doubt {
					b.rec.Attempt = nil
				}
				b.want(tc.want, b.cannotOpen(tc.cause))
				if p := b.paper.pauses; len(p) != tc.pauses || tc.pauses > 0 && p[0].Scope != fault.ScopeAccount {
					t.Errorf("paused were %+v", p)
				}
			})
		})
	}
}

// TestWhenATimelineIsReadAgain: sooner at first, each hour in the end, and not for ever.
func TestWhenATimelineIsReadAgain(t *testing.T) {
	settle := said(fault.Settle, fault.ReasonAnswerUnclear)
	for name, tc := range map[string]struct {
		cause  error
		failed int
		want   string
	}{
		"the first time":    {settle, 0, "stop, publishing/reconciling, intent, due 1m15s, answer_unclear"},
		"the second time":   {settle, 1, "stop, publishing/reconciling, intent, due 2m30s, answer_unclear"},
		"the sixth time":    {settle, 5, "stop, publishing/reconciling, intent, due 40m0s, answer_unclear"},
		"the seventh time":  {settle, 6, "stop, publishing/reconciling, intent, due 1h15m0s, answer_unclear"},
		"the eleventh time": {settle, 10, "stop, publishing/reconciling, intent, due 1h15m0s, answer_unclear"},
		"the twelfth time":  {settle, 11, "stop, failed/unknown, intent, outcome_unknown"},
		"the store's error": {errors.New("broken"), 0, "stop, publishing/reconciling, intent, due 1m15s, settling"},
		"X never shows it": {
			said(fault.Final, fault.ReasonNotPermitted), 0, "stop, failed/unknown, intent, outcome_unknown",
		},
		"a newer version's post": {
			fault.New(fault.Newer, "newer"), 0, "stop, publishing/reconciling, intent, due 1m0s, settling",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.rec.Sub, b.rec.Attempt.Failed = post.Reconciling, tc.failed
				b.want(tc.want, b.timelineUnread(tc.cause))
			})
		})
	}
}

// TestWhenATweetCountsAsAbsent: after the settling time, twice, with half a minute
// between.
func TestWhenATweetCountsAsAbsent(t *testing.T) {
	settled := Defaults().Settle
	for name, tc := range map[string]struct {
		after  time.Duration // since the attempt
		left   time.Duration // of the invocation
		was    post.Attempt
		tries  int
		reason *fault.Reason
		want   string
	}{
		"too early": {after: settled - time.Millisecond, want: "stop, publishing/reconciling, intent, due 2m0s, settling"},
		"once":      {after: settled, want: "stop, publishing/reconciling, intent, due 2m30s, settling"},
		"once, with a reason": {
			after: settled, reason: &fault.Reason{Code: fault.ReasonAnswerLost},
			want: "stop, publishing/reconciling, intent, due 2m30s, answer_lost",
		},
		"twice": {
			after: settled, was: post.Attempt{Absent: 1}, want: "again, publishing/thread_partial, intent, lease 2m45s",
		},
		"twice, and the time ends": {
			after: settled, left: 35*time.Second - 1, was: post.Attempt{Absent: 1},
			want: "stop, publishing/reconciling, intent, due 2m0s, settling",
		},
		"twice, and there is just time": {
			after: settled, left: 35 * time.Second, was: post.Attempt{Absent: 1},
			want: "again, publishing/thread_partial, intent, lease 2m45s",
		},
		"twice, and X calls it a duplicate": {
			after: settled, was: post.Attempt{Absent: 1, Duplicate: true},
			want: "stop, failed/unknown, intent, outcome_unknown",
		},
		"twice, for the third time": {
			after: settled, was: post.Attempt{Absent: 1}, tries: 2,
			want: "again, publishing/thread_partial, intent, lease 2m45s",
		},
		"twice, for the fourth time": {
			after: settled, was: post.Attempt{Absent: 1}, tries: 3, reason: &fault.Reason{Detail: "no", Transaction: "t1"},
			want: "stop, failed, no_clear_answer",
		},
		"for the fourth time, and X calls it a duplicate": {
			after: settled, was: post.Attempt{Absent: 1, Duplicate: true}, tries: 3,
			reason: &fault.Reason{Detail: "no", Transaction: "t1"}, want: "stop, failed/unknown, intent, outcome_unknown",
		},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				tc.was.At = b.begun
				b.rec.Sub, b.rec.Attempt, b.rec.Tries, b.rec.Reason = post.Reconciling, &tc.was, tc.tries, tc.reason
				time.Sleep(tc.after)
				if tc.left > 0 {
					b.within(tc.left)
				}
				b.want(tc.want, b.absent())
				if r := b.rec.Reason; tc.tries == 3 && (r.Detail != "no" || r.Transaction != "t1") {
					t.Errorf("X's own words are not kept: %+v", r)
				}
			})
		})
	}
}

// TestARequestLeavesOnlyWithTime: it ends within the lease, and can be recorded within
// the invocation.
func TestARequestLeavesOnlyWithTime(t *testing.T) {
	onBench(t, func(b *bench) {
		for _, tc := range []struct {
			lease, left time.Duration
			begin, send bool
		}{
			{15 * time.Second, time.Hour, true, true},
			{15*time.Second - time.Millisecond, time.Hour, true, false},
			{time.Minute, 35 * time.Second, true, true},
			{time.Minute, 35*time.Second - 1, false, true},
			{time.Minute, 25 * time.Second, false, true},
			{time.Minute, 25*time.Second - 1, false, false},
		} {
			c := *b.run
			ctx, cancel := context.WithTimeout(b.t.Context(), tc.left)
			c.ctx, c.rec.Lease.Until = ctx, time.Now().Add(tc.lease)
			if c.canBegin() != tc.begin || c.canSend() != tc.send {
				t.Errorf("with a lease of %v and %v left: begin %v, send %v", tc.lease, tc.left, c.canBegin(), c.canSend())
			}
			cancel()
		}
		if !b.left(1000 * time.Hour) {
			t.Error("an invocation without an end has ended")
		}
	})
}

// TestAWorkerThatIsLateHandsOver: before its request, when the lease does not last.
func TestAWorkerThatIsLateHandsOver(t *testing.T) {
	onBench(t, func(b *bench) {
		time.Sleep(31 * time.Second)
		b.want("reload, publishing/thread_partial, due 31s", b.send())
	})
}

// TestTheNextTweetFollowsAtOnce where there is time for it.
func TestTheNextTweetFollowsAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		left time.Duration
		size int
		want string
	}{
		"there is":             {35 * time.Second, 3, "again, publishing/thread_partial, intent, lease 45s"},
		"there is not":         {35*time.Second - 1, 3, "stop, publishing/thread_partial, due 0s"},
		"it was the last":      {35 * time.Second, 2, "stop, published"},
		"and there is no time": {35*time.Second - 1, 2, "stop, published"},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.rec.Size = tc.size
				b.want(tc.want, b.within(tc.left).checkpoint("1"))
			})
		})
	}
}

// TestTheNextTweetWaitsForItsMedia, which another run uploads to X.
func TestTheNextTweetWaitsForItsMedia(t *testing.T) {
	for stage, want := range map[Stage]string{
		Ready: "again, publishing/thread_partial, intent, lease 45s", Processing: "stop, publishing/thread_partial, due 0s",
	} {
		onBench(t, func(b *bench) {
			b.content.Tweets[1].Media, b.content.Tweets[2].Media = []post.Medium{film}, []post.Medium{photo}
			b.paper.found = map[string]Upload{photo.Digest(): {Stage: stage, Expires: b.begun.Add(time.Hour)}}
			b.want(want, b.checkpoint("1"))
		})
	}
}

// TestAPersonIsToldWhichTweetsItCouldBe.
func TestAPersonIsToldWhichTweetsItCouldBe(t *testing.T) {
	onBench(t, func(b *bench) {
		b.rec.Sub = post.Reconciling
		b.want("stop, failed/unknown, intent, outcome_unknown", b.undecided([]string{"11", "12"}))
		want := "It is unknown whether tweet 2 is on X. 2 tweets on the timeline could be it: 11, 12."
		if got := b.rec.Reason.Sentence; got != want {
			t.Errorf("it says %q", got)
		}
	})
}

// TestStoringIsTriedUntilTheTimeIsUp: what is stored may be known nowhere else. Each try
// has ten seconds.
func TestStoringIsTriedUntilTheTimeIsUp(t *testing.T) {
	onBench(t, func(b *bench) {
		b.paper.broken = b.begun.Add(8 * time.Second)
		b.want("stop, publishing/paused, due 1m0s, x_refused",
			b.end(b.rec.Park(b.begun, b.begun.Add(time.Minute), post.Paused,
				fault.Reason{Code: fault.ReasonXRefused}, false)))
		var tries []string
		for _, at := range b.paper.saves {
			tries = append(tries, fmt.Sprint(at.Sub(b.begun)))
		}
		want := []string{"0s", "50ms", "150ms", "350ms", "750ms", "1.55s", "3.15s", "5.15s", "7.15s", "9.15s"}
		if !slices.Equal(tries, want) {
			t.Errorf("tried at %v, want %v", tries, want)
		}
		if b.paper.bound != 10*time.Second {
			t.Errorf("a try has %v", b.paper.bound)
		}
	})
	onBench(t, func(b *bench) {
		b.paper.broken = b.begun.Add(time.Hour)
		b.within(5 * time.Second)
		b.want("stop: context deadline exceeded", b.endAndReload(b.rec.HandOver(b.begun)))
		if took := time.Since(b.begun); took != 5*time.Second {
			t.Errorf("it gave up after %v", took)
		}
	})
}

// TestWhatAThreadStillCosts: what is counted already is not counted again, in the month
// that it belongs to.
func TestWhatAThreadStillCosts(t *testing.T) {
	onBench(t, func(b *bench) {
		november := time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC)
		time.Sleep(time.Until(november))
		december := november.Add(time.Minute)
		all, one := b.price(b.content.Tweets), b.price(b.content.Tweets[:1])
		charged := func(month string) post.Charge { return post.Charge{Month: month, Amount: one + 1} }
		for name, tc := range map[string]struct {
			scheduled time.Time
			begun     bool
			charge    post.Charge
			want      Expense
		}{
			"new":                           {november, false, post.Charge{}, Expense{At: november}},
			"of the next minute":            {december, false, post.Charge{}, Expense{At: december}},
			"long due":                      {november.Add(-time.Hour), false, post.Charge{}, Expense{At: november}},
			"set aside":                     {november, false, charged("2026-11"), Expense{At: november, Counted: one + 1}},
			"set aside in the month before": {december, false, charged("2026-11"), Expense{At: december}},
			"begun": {
				november, true, charged("2026-11"), Expense{At: november, Counted: one + 1, Begun: true},
			},
			"begun in the month before": {
				december, true, charged("2026-11"), Expense{At: december, Counted: one + 1, Begun: true},
			},
			"begun when there was no budget": {november, true, post.Charge{}, Expense{At: november, Counted: one, Begun: true}},
		} {
			c := *b.run
			c.rec.ScheduledAt, c.rec.Charge = tc.scheduled, tc.charge
			if !tc.begun {
				c.rec.Published, c.rec.Attempt = nil, nil
			}
			tc.want.PostID, tc.want.Amount = c.rec.ID, all
			got := c.expense()
			if got.At = got.At.UTC().Round(0); got != tc.want {
				t.Errorf("%s: %+v, want %+v", name, got, tc.want)
			}
		}
	})
}
