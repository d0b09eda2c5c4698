package notify

import (
	"slices"
	"testing"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

var start = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// A delivery is tried for three days, with ever longer waits, and then given up.
func TestADeliveryIsTriedForThreeDays(t *testing.T) {
	for _, jitter := range []float64{0, 0.999} {
		d := newDelivery(start, "C", Notice{ID: "n", Kind: event.Test, At: start})
		var last time.Time
		tries := 0
		for wait := time.Duration(0); d.State == Pending; tries++ {
			now := d.Due
			claimed, err := d.claim(now, "w")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := claimed.claim(now.Add(time.Second), "other"); !fault.Is(err, fault.Conflict) {
				t.Errorf("two workers have it: %v", err)
			}
			if tries > 0 {
				if w := now.Sub(last); w < wait && now.Before(start.Add(trying)) {
					t.Errorf("wait %d is %v, after %v", tries, w, wait)
				} else {
					wait = w
				}
			}
			last = now
			d = claimed.attempted(Attempt{At: now, Code: 500, Error: "it answered 500"}, 0, jitter)
		}
		if age := last.Sub(start); d.State != Failed || !d.Due.IsZero() || age != trying || tries < 8 {
			t.Errorf("it is %s after %d attempts in %v, due %v", d.State, tries, age, d.Due)
		}
		again := d.replay(start.Add(100 * time.Hour))
		if again.State != Pending || !again.Due.Equal(start.Add(100*time.Hour)) || again.NoticeID != d.NoticeID || again.ID != d.ID || len(again.Attempts) != len(d.Attempts) {
			t.Errorf("sent again it is %+v", again)
		}
	}
}

func TestAReceiverMayPutADeliveryOff(t *testing.T) {
	d := newDelivery(start, "C", Notice{ID: "n", At: start})
	d = d.attempted(Attempt{At: start, Code: 503, Error: "it answered 503"}, time.Hour, 0)
	if !d.Due.Equal(start.Add(time.Hour)) {
		t.Errorf("it is due at %v", d.Due)
	}
}

func TestADeliveryShowsItsLastAttempts(t *testing.T) {
	d := newDelivery(start, "C", Notice{ID: "n", At: start})
	for i := range 3 * maxAttempts {
		d.State = Pending
		d = d.attempted(Attempt{At: start.Add(time.Duration(i) * time.Second), Error: "no"}, 0, 0)
	}
	if n := len(d.Attempts); n != maxAttempts || !d.Attempts[n-1].At.Equal(start.Add((3*maxAttempts-1)*time.Second)) {
		t.Errorf("it shows %d", n)
	}
}

func TestWhatDisablesAChannel(t *testing.T) {
	failed := Attempt{At: start, Code: 500, Error: "it answered 500"}
	pending := Delivery{State: Pending, Tries: 1, Attempts: []Attempt{failed}}
	given := Delivery{State: Failed, Tries: 11, Attempts: slices.Repeat([]Attempt{failed}, 11)} // up, after three days
	seldom := Delivery{State: Failed, Tries: 2, Attempts: []Attempt{failed, failed}}
	for name, tt := range map[string]struct {
		channel  Channel
		attempt  Attempt
		delivery Delivery
		state    ChannelState
		failing  bool
		news     bool
	}{
		"it works":                     {Channel{State: On}, Attempt{Code: 200}, Delivery{State: Delivered}, On, false, false},
		"it works again":               {Channel{State: On, FailingSince: start}, Attempt{Code: 200}, Delivery{State: Delivered}, On, false, true},
		"it fails":                     {Channel{State: On}, failed, pending, On, true, true},
		"it fails again":               {Channel{State: On, FailingSince: start}, failed, pending, On, true, false},
		"it failed days ago, and now":  {Channel{State: On, FailingSince: start.Add(-200 * time.Hour)}, failed, pending, On, true, false},
		"it fails for 3 days":          {Channel{State: On, FailingSince: start}, failed, given, Disabled, true, true},
		"it took something meanwhile":  {Channel{State: On, FailingSince: start.Add(time.Hour)}, failed, given, On, true, false},
		"it was tried twice":           {Channel{State: On, FailingSince: start}, failed, seldom, On, true, false},
		"it wants no more":             {Channel{State: On}, Attempt{Code: 410, Error: "it answered 410"}, pending, Disabled, false, true},
		"its owner turned it off":      {Channel{State: Off, FailingSince: start}, failed, given, Off, true, false},
		"it is disabled, and was told": {Channel{State: Disabled, FailingSince: start}, failed, given, Disabled, true, false},
	} {
		c, news := tt.channel.judged(start, tt.delivery, tt.attempt)
		if c.State != tt.state || c.FailingSince.IsZero() == tt.failing || news != tt.news {
			t.Errorf("%s: it is %s, failing since %v, news %v", name, c.State, c.FailingSince, news)
		}
		if told := len(c.Events) == 1 && c.Events[0].Kind == event.ChannelDisabled; told != (tt.state == Disabled && tt.news) {
			t.Errorf("%s: it tells %+v", name, c.Events)
		}
	}
}

func TestWhatAChannelWants(t *testing.T) {
	some := Channel{State: On, Kinds: []event.Kind{event.PostFailed, event.AppPaused}, Accounts: []string{"7"}}
	for _, tt := range []struct {
		c       Channel
		k       event.Kind
		account string
		want    bool
	}{
		{Channel{State: On}, event.PostPublished, "7", true},
		{Channel{State: Off}, event.PostPublished, "7", false},
		{Channel{State: Disabled}, event.PostPublished, "7", false},
		{some, event.PostFailed, "7", true},
		{some, event.PostFailed, "8", false},
		{some, event.PostMissed, "7", false},
		{some, event.AppPaused, "", true}, // is everybody's
	} {
		if got := tt.c.Wants(tt.k, tt.account); got != tt.want {
			t.Errorf("%+v wants %s of %q: %v", tt.c, tt.k, tt.account, got)
		}
	}
}

func TestDigestsComeOnceADay(t *testing.T) {
	for _, tt := range []struct {
		d    Digest
		from time.Time
		want string
	}{
		{Digest{Zone: "UTC", Hour: 7}, start, "2026-12-02T07:00:00Z"},
		{Digest{Zone: "UTC", Hour: 10}, start, "2026-12-01T10:00:00Z"},
		{Digest{Zone: "UTC", Hour: 9}, start, "2026-12-02T09:00:00Z"}, // it is 9 now
		{Digest{Zone: "Asia/Tokyo", Hour: 0}, start, "2026-12-01T15:00:00Z"},
		{Digest{Zone: "Europe/Berlin", Hour: 2}, time.Date(2027, 3, 27, 12, 0, 0, 0, time.UTC), "2027-03-28T01:00:00Z"}, // there is no 2 o'clock
	} {
		d, err := tt.d.begin(tt.from)
		if got := d.Next.Format(time.RFC3339); err != nil || got != tt.want {
			t.Errorf("%+v from %v: %s, %v; want %s", tt.d, tt.from, got, err, tt.want)
		}
	}
	for _, bad := range []Digest{{Zone: "Mars/Olympus"}, {Zone: "Local"}, {Zone: "UTC", Hour: 24}, {Zone: "UTC", Hour: -1}} {
		if _, err := bad.begin(start); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
