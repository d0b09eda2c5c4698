package account_test

import (
	"testing"
	"time"

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
		if e := p.Events[0]; e.Reason == nil || *e.Reason != why || !e.Until.Equal(stop.Until) {
			t.Errorf("%q: it tells %+v", id, e)
		}
		if p = p.Handed(7); len(p.Events) != 1 {
			t.Errorf("%q: what was handed over is still there: %+v", id, p.Events)
		}
	}
}

func TestABudgetIsReachedOnceAMonth(t *testing.T) {
	b := account.Budgets{Month: "2026-12", Rev: 3}
	for id, news := range map[string]bool{"": true, "7": true} {
		next, first := b.Reach(now, id, fault.ReasonBudgetSpent.Reason())
		again, second := next.Reach(now, id, fault.ReasonBudgetSpent.Reason())
		if first != news || second || len(again.Events) != 1 || again.Events[0].Whose != id || again.Events[0].Seq != 4 {
			t.Errorf("%q: it is news %v, and again %v; it tells %+v", id, first, second, again.Events)
		}
		if _, news := again.In("2027-01").Reach(now, id, fault.ReasonBudgetSpent.Reason()); !news {
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
