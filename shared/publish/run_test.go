package publish

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
	"spool/shared/post"
	"spool/shared/tweet"
)

// TestWhatAWorkerIsWokenFor: a wake-up may come five seconds early.
func TestWhatAWorkerIsWokenFor(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*bench, *post.Post)
		load   error
		want   string
	}{
		"a post that is due": {func(b *bench, p *post.Post) {}, nil, "goOn"},
		"one that soon is":   {func(b *bench, p *post.Post) { p.Due = b.begun.Add(5 * time.Second) }, nil, "goOn"},
		"one that is not": {
			func(b *bench, p *post.Post) { p.Due = b.begun.Add(5*time.Second + time.Millisecond) }, nil, "stop",
		},
		"one that never is": {func(b *bench, p *post.Post) { p.Due = time.Time{} }, nil, "stop"},
		"one that somebody has": {
			func(b *bench, p *post.Post) { p.Lease = post.Lease{Owner: "w", Until: b.begun.Add(1)} }, nil, "stop",
		},
		"one that somebody had": {
			func(b *bench, p *post.Post) { p.Lease = post.Lease{Owner: "w", Until: b.begun} }, nil, "goOn",
		},
		"one that is too late": {
			func(b *bench, p *post.Post) { p.Lateness, p.ScheduledAt = 1, b.begun.Add(-2) }, nil, "stop, missed, missed",
		},
		"one that its owner erased": {func(b *bench, p *post.Post) {}, fault.New(fault.Gone, "gone"), "stop"},
		"one that nobody knows":     {func(b *bench, p *post.Post) {}, fault.New(fault.NotFound, "who?"), "stop"},
		"one that cannot be read":   {func(b *bench, p *post.Post) {}, errors.New("broken"), "stop: broken"},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				p := post.New(b.begun, "7", b.content, b.begun, "UTC")
				tc.change(b, &p)
				b.paper.load = func() (post.Post, post.Content, error) { return p, b.content, tc.load }
				b.rec, b.uploads = post.Post{}, uploads{}
				b.want(tc.want, b.wake(p.ID))
				if tc.want == "goOn" && b.uploads.accountID != "7" {
					t.Errorf("the uploads are of account %q", b.uploads.accountID)
				}
			})
		})
	}
}

// A post that has ended is woken for as long as nobody has taken its events.
func TestWhatNobodyHasHeardOfIsHandedOverAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		in     time.Duration // from now until it is to be told
		stores int
	}{
		"at its time":       {0, 1},
		"a little early":    {5 * time.Second, 1},
		"earlier than that": {5*time.Second + time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				p := b.must(b.rec.Fail(b.begun, fault.ReasonXRefused.Reason()))
				p.TellBy = b.begun.Add(tc.in)
				b.paper.load = func() (post.Post, post.Content, error) { return p, b.content, nil }
				if out := b.wake(p.ID); out != stop || b.err != nil || len(b.paper.saves) != tc.stores {
					t.Errorf("it came to %d, %v, and was stored %d times; want %d", out, b.err, len(b.paper.saves), tc.stores)
				}
				if at := b.rec.TellBy; tc.stores > 0 && !at.Equal(b.begun.Add(5*time.Minute)) {
					t.Errorf("it is handed over once more at %v", at)
				}
			})
		})
	}
}

func TestALongWaitIsTold(t *testing.T) {
	for wait, told := range map[time.Duration]bool{10 * time.Minute: false, time.Hour: true} {
		onBench(t, func(b *bench) {
			b.wait(Pause{Until: b.begun.Add(wait), Sub: post.Paused, Reason: fault.ReasonCreditsDepleted.Reason()})
			if got := len(b.rec.Events) > 0; got != told || b.rec.Hold == nil {
				t.Errorf("after %v it tells %+v; held %+v", wait, b.rec.Events, b.rec.Hold)
			}
		})
	}
}

// A tweet may have been sent by a clock that is late, and X may have shown it late.
func TestWhatAnEarlierHistorySentIsLookedForFromBeforeItsEnd(t *testing.T) {
	onBench(t, func(b *bench) {
		if at := b.lost(); !at.IsZero() {
			t.Errorf("tables that were never set back have lost something since %v", at)
		}
		b.Config.Restored = b.begun.Add(time.Hour)
		if want := b.begun.Add(time.Hour - post.Skew - b.Config.Settle); !b.lost().Equal(want) {
			t.Errorf("it is looked for since %v, want %v", b.lost(), want)
		}
	})
}

// TestAPostThatOthersMoveIsReadAgain three times, and is then left to them: it is due.
func TestAPostThatOthersMoveIsReadAgain(t *testing.T) {
	onBench(t, func(b *bench) {
		p := post.New(b.begun, "7", b.content, b.begun, "UTC")
		b.paper.load = func() (post.Post, post.Content, error) { return p, b.content, nil }
		b.paper.open = func() (Session, error) { return Session{AccountID: "7"}, nil }
		b.Publisher.Posts = moved{b.paper}
		if err := b.Publish(b.ctx, Order{PostID: p.ID, Alone: true}); err != nil || b.paper.loads != 3 {
			t.Errorf("it was read %d times, with the error %v", b.paper.loads, err)
		}
	})
}

// moved is a store in which whatever is stored has changed meanwhile.
type moved struct{ *paper }

func (moved) Save(_ context.Context, p post.Post) (post.Post, error) {
	return p, fault.New(fault.Conflict, "it has changed")
}

// TestAPauseIsOfTheAccount also where that could not be opened.
func TestAPauseIsOfTheAccount(t *testing.T) {
	onBench(t, func(b *bench) {
		paused := said(fault.Pause, fault.ReasonReconnect)
		paused.Until = b.begun.Add(time.Hour)
		b.session = Session{}
		b.paper.open = func() (Session, error) { return Session{}, paused }
		b.want("stop, publishing/paused, due 1h0m0s, reconnect_required", b.open())
		if s := b.paper.paused; len(s) != 1 || s[0].AccountID != "7" {
			t.Errorf("paused was %+v", s)
		}
	})
}

// TestAWakeUpALittleBeforeAPausesEndWaitsForIt, by the worker's clock. One that comes earlier parks the post.
func TestAWakeUpALittleBeforeAPausesEndWaitsForIt(t *testing.T) {
	for left, want := range map[time.Duration]string{
		5 * time.Second:                    "goOn",
		5*time.Second + 1*time.Millisecond: "stop, publishing/paused, due 5.001s, credits_depleted",
	} {
		onBench(t, func(b *bench) {
			b.rec = b.must(b.rec.HandOver(b.begun))
			opened := 0
			b.paper.open = func() (Session, error) {
				opened++
				s := Session{AccountID: "7"}
				if end := b.begun.Add(left); b.Now().Before(end) {
					s.Pause = &Pause{Scope: fault.ScopeApp, Until: end, Sub: post.Paused, Reason: fault.ReasonCreditsDepleted.Reason()}
				}
				return s, nil
			}
			if came := b.came(b.open()); !strings.HasPrefix(came, want) || opened > 2 {
				t.Errorf("%v before the end it came to %s, want %s; opened %d times", left, came, want, opened)
			}
		})
	}
}

// TestWhatIsCountedAlreadyIsNotSetAside again.
func TestWhatIsCountedAlreadyIsNotSetAside(t *testing.T) {
	onBench(t, func(b *bench) {
		all := b.price(b.content.Tweets)
		for name, tc := range map[string]struct {
			budgeted bool
			counted  tweet.Dollars
			asked    bool
		}{
			"all of it":       {true, all, false},
			"more":            {true, all + 1, false},
			"less":            {true, all - 1, true},
			"without budgets": {false, 0, false},
		} {
			c := *b.run
			b.paper.asides = nil
			c.session.Budgeted = tc.budgeted
			c.rec.Charge = post.Charge{Month: post.Month(b.begun), Amount: tc.counted}
			if out := c.afford(); out != goOn || (len(b.paper.asides) == 1) != tc.asked {
				t.Errorf("%s: it came to %v, and %d were asked for", name, out, len(b.paper.asides))
			}
			if tc.asked && c.rec.Charge.Amount != all {
				t.Errorf("%s: counted is %v then", name, c.rec.Charge.Amount)
			}
		}
	})
}

// TestAProbeIsProvedOnce, also where that could not be stored: the next probe will.
func TestAProbeIsProvedOnce(t *testing.T) {
	for _, failed := range []error{nil, errors.New("broken")} {
		onBench(t, func(b *bench) {
			b.paper.failed = failed
			b.probeSucceeded()
			if b.paper.proofs != 0 {
				t.Error("what was no probe was proved")
			}
			b.session.Probe = true
			b.probeSucceeded()
			b.probeSucceeded()
			if b.paper.proofs != 1 {
				t.Errorf("it was proved %d times", b.paper.proofs)
			}
		})
	}
}

// TestMediaAreNotAWholeRunWhenXHasThem and the post's time has come, or nearly.
func TestMediaAreNotAWholeRunWhenXHasThem(t *testing.T) {
	for name, tc := range map[string]struct {
		in    time.Duration // until the post's time
		stage Stage
		left  time.Duration
		want  string
	}{
		"it has come":           {0, Ready, time.Hour, "goOn"},
		"it comes soon":         {5 * time.Second, Ready, time.Hour, "goOn"},
		"it comes later":        {6 * time.Second, Ready, time.Hour, "reload, publishing/media_uploaded, due 6s"},
		"there is no time left": {6 * time.Second, Ready, 35*time.Second - 1, "stop"},
		"X has not":             {0, "", time.Hour, "reload, publishing/media_uploaded, due 0s"},
	} {
		t.Run(name, func(t *testing.T) {
			inStudio(t, []post.Medium{photo}, func(b *bench, s *studio) {
				b.rec = b.must(b.rec.Await(b.begun, b.begun, post.Transfer{}, nil))
				b.rec.ScheduledAt = b.begun.Add(tc.in)
				s.answers = []Progress{b.day(Progress{ID: "m1", Ready: true})}
				b.paper.found = map[string]Upload{}
				if tc.stage != "" {
					b.paper.found[photo.Digest()] = Upload{ID: "m1", Stage: tc.stage, Expires: b.begun.Add(time.Hour)}
				}
				b.within(tc.left)
				b.want(tc.want, b.prepare())
			})
		})
	}
	onBench(t, func(b *bench) { // a doubt comes first
		b.content.Tweets[1].Media = []post.Medium{photo}
		b.paper.failed = errors.New("the uploads are not to be read")
		b.want("goOn", b.prepare())
	})
}

// TestAFirstLookComesAfterTwoSeconds, where there is time for it.
func TestAFirstLookComesAfterTwoSeconds(t *testing.T) {
	for name, tc := range map[string]struct {
		left time.Duration
		took time.Duration
		want string
	}{
		"there is":      {27 * time.Second, 2 * time.Second, "stop, publishing/thread_partial, due 2s"},
		"there is none": {27*time.Second - 1, 0, "stop, publishing/reconciling, intent, due 2m0s, answer_lost"},
	} {
		t.Run(name, func(t *testing.T) {
			onBench(t, func(b *bench) {
				b.paper.pages = []Page{{Posts: []TimelinePost{{ID: b.id(time.Second), Parent: b.rec.Parent(), Text: "two"}}}}
				b.want(tc.want, b.within(tc.left).doubt(fault.ReasonAnswerLost.Reason(), post.NotLooked))
				if took := time.Since(b.begun); took != tc.took {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}
