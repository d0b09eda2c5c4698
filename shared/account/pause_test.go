package account_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"spool/shared/account"
	"spool/shared/event"
	"spool/shared/fault"
)

// A pause is told of when it begins and when it ends; that it is prolonged is not, and
// neither is one that nothing but time ends.
func TestPausesAreToldOfOnce(t *testing.T) {
	for id, want := range map[string][2]event.Kind{
		"":  {event.AppPaused, event.AppResumed},
		"7": {event.AccountPaused, event.AccountResumed},
	} {
		p := account.Pause{Rev: 4}
		step := func(next account.Pause) {
			rev := p.Rev
			if p = next; p.Rev != rev {
				t.Fatalf("%q: it is of revision %d, want %d", id, p.Rev, rev)
			}
			p.Rev++
		}
		limit := account.Pause{Until: now.Add(time.Minute), Sub: "rate_limited"}
		why := fault.ReasonCreditsDepleted.Reason()
		stop := account.Pause{Until: now.Add(time.Hour), Sub: "paused", Reason: why}
		step(p.Begin(now, id, limit))
		step(p.Lift(now, id))
		if len(p.Events) > 0 {
			t.Errorf("%q: of a limit it tells %+v", id, p.Events)
		}
		for range 3 {
			step(p.Begin(now, id, stop))
		}
		step(p.Lift(now, id))
		step(p.Lift(now, id))
		if len(p.Events) != 2 || p.Events[0].Kind != want[0] || p.Events[1].Kind != want[1] || p.Events[0].Seq != 7 || p.Events[1].Seq != 10 {
			t.Errorf("%q: it tells %+v", id, p.Events)
		}
		if e := p.Events[0]; e.Reason == nil || *e.Reason != why || !e.Until.Equal(stop.Until) || !e.At.Equal(now) {
			t.Errorf("%q: it tells %+v", id, e)
		}
		if e := p.Events[1]; !e.At.Equal(now) {
			t.Errorf("%q: it tells %+v", id, e)
		}
		if p = p.Handed(7); len(p.Events) != 1 {
			t.Errorf("%q: what was handed over is still there: %+v", id, p.Events)
		}
	}
}

func TestABudgetIsReachedOnceAMonth(t *testing.T) {
	b := account.Budgets{Month: "2026-12", Rev: 3}
	why := fault.ReasonBudgetSpent.Reason()
	for id, news := range map[string]bool{"": true, "7": true} {
		next, first := b.Reach(now, id, why)
		again, second := next.Reach(now, id, why)
		if first != news || second || len(again.Events) != 1 || again.Events[0].Whose != id || again.Events[0].Seq != 4 {
			t.Errorf("%q: it is news %v, and again %v; it tells %+v", id, first, second, again.Events)
		}
		if e := again.Events[0]; e.Kind != event.BudgetReached || !e.At.Equal(now) || e.Reason == nil || *e.Reason != why {
			t.Errorf("%q: it tells %+v", id, e)
		}
		if both, news := again.Reach(now, "8", why); !news || !both.Reached[id] || !both.Reached["8"] {
			t.Errorf("%q: after another account %+v", id, both)
		}
		if _, news := again.In("2027-01").Reach(now, id, why); !news {
			t.Errorf("%q: it is no news in the next month", id)
		}
		if left := again.Handed(4); len(left.Events) > 0 || !left.Reached[id] {
			t.Errorf("%q: after it was handed over there are %+v", id, left)
		}
	}
	if len(b.Reached) > 0 || len(b.Events) > 0 {
		t.Errorf("the record before has %+v", b)
	}
}

// What is told is compared with what is stored.
func TestTimesOfEventsAreAsRecordsKeepThem(t *testing.T) {
	fine := now.Add(123_456 * time.Nanosecond).In(time.FixedZone("", 3600))
	stop := account.Pause{Until: fine, Sub: "paused"}
	begun := account.Pause{}.Begin(fine, "7", stop)
	reached, _ := account.Budgets{}.Reach(fine, "7", fault.Reason{})
	refused := account.Account{Health: account.Connected}.Refuse(fine, fault.Reason{})
	for name, o := range map[string]event.Outbox{
		"begun": begun.Events, "lifted": begun.Lift(fine, "7").Events, "reached": reached.Events, "refused": refused.Events,
	} {
		for _, e := range o {
			if e.At != event.Stored(fine) || e.Until != event.Stored(e.Until) {
				t.Errorf("%s: at %v until %v", name, e.At, e.Until)
			}
		}
		if len(o) == 0 {
			t.Errorf("%s: it tells nothing", name)
		}
	}
}

func TestHandedAccounts(t *testing.T) {
	a := account.Account{Events: event.Outbox{{Seq: 1}, {Seq: 2}}}
	if left := a.Handed(1).Events; len(left) != 1 || left[0].Seq != 2 || len(a.Events) != 2 {
		t.Errorf("left is %+v of %+v", left, a.Events)
	}
}

func TestNothingIsKnownOfAnErasedAccount(t *testing.T) {
	all := func() account.Budgets {
		return account.Budgets{
			Of:      map[string]account.Budget{"": {Monthly: 3}, "7": {Monthly: 1}, "8": {Monthly: 2}},
			Reached: map[string]bool{"7": true, "8": true},
			Events:  event.Outbox{{Seq: 1, Whose: "7"}, {Seq: 2, Whose: "8"}},
		}
	}
	b := all()
	want := account.Budgets{
		Of:      map[string]account.Budget{"": {Monthly: 3}, "8": {Monthly: 2}},
		Reached: map[string]bool{"8": true},
		Events:  event.Outbox{{Seq: 2, Whose: "8"}},
	}
	if diff := cmp.Diff(want, b.Without("7")); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(all(), b); diff != "" {
		t.Errorf("the record before is changed (-want +got):\n%s", diff)
	}
}

func TestBudgetsOfAMonthAreTheirOwn(t *testing.T) {
	b := account.Budgets{Month: "2026-12", Of: map[string]account.Budget{"7": {}}, Reached: map[string]bool{"7": true}}
	own := b.In("2026-12")
	delete(own.Of, "7")
	delete(own.Reached, "7")
	if len(b.Of) != 1 || len(b.Reached) != 1 {
		t.Errorf("the record that they come from is changed: %+v", b)
	}
}

func TestALostRenewalIsNamed(t *testing.T) {
	x := fault.Reason{Sentence: "X refused the tokens."}
	for spent, want := range map[bool]string{
		false: x.Sentence, true: "X's answer to a renewal of the tokens was lost, and X no longer accepts the old ones.",
	} {
		a := account.Account{Health: account.Connected, Spent: spent}.Refuse(now, x)
		if a.Reason.Sentence != want || a.Events[0].Reason.Sentence != want {
			t.Errorf("spent is %v: %q, told as %q", spent, a.Reason.Sentence, a.Events[0].Reason.Sentence)
		}
	}
}
