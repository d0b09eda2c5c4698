package event_test

import (
	"testing"
	"time"

	"spool/shared/event"
)

func numbers(o event.Outbox) (n []int64) {
	for _, e := range o {
		n = append(n, e.Seq)
	}
	return n
}

func TestAnOutboxIsBounded(t *testing.T) {
	var o event.Outbox
	for n := range int64(3 * event.Most) {
		o = o.Add(event.Event{Seq: n + 1})
	}
	if n := numbers(o); len(n) != event.Most || n[0] != 2*event.Most+1 || o.Last() != 3*event.Most {
		t.Errorf("it holds %v", n)
	}
}

func TestWhatIsAddedIsNotInTheOutboxBefore(t *testing.T) {
	before := make(event.Outbox, 1, 8)
	before.Add(event.Event{Seq: 7})
	if got := before[:2][1].Seq; got != 0 {
		t.Errorf("the memory behind the old outbox has %d", got)
	}
}

func TestAfter(t *testing.T) {
	o := event.Outbox{{Seq: 3}, {Seq: 5}, {Seq: 9}}
	for seq, want := range map[int64]int{0: 3, 2: 3, 3: 2, 4: 2, 5: 1, 8: 1, 9: 0, 10: 0} {
		if got := o.After(seq); len(got) != want || want == 0 && got != nil {
			t.Errorf("behind %d there are %v, want %d", seq, numbers(got), want)
		}
	}
	if n := event.Outbox(nil).Last(); n != 0 {
		t.Errorf("the last of none is %d", n)
	}
}

func TestStoredTimes(t *testing.T) {
	at := time.Date(2026, 11, 26, 9, 0, 0, 123_999_999, time.FixedZone("", 3600))
	if got, want := event.Stored(at), time.Date(2026, 11, 26, 8, 0, 0, 123_000_000, time.UTC); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := event.Stored(time.Time{}); got != (time.Time{}) {
		t.Errorf("no time became %v", got)
	}
}
