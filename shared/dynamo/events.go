package dynamo

import (
	"encoding/json"
	"time"

	"spool/shared/event"
	"spool/shared/fault"
)

// storedEvent is an event as it is stored. Its names are short, since an item within 1 KB
// costs one write unit. A version that does not know a member leaves it out where it
// stores the outbox: that says less of an event, and never another thing.
type storedEvent struct {
	Seq    int64         `json:"n"`
	Kind   event.Kind    `json:"k"`
	At     int64         `json:"t"` // in milliseconds, as Until is
	Reason *storedReason `json:"r,omitempty"`
	Until  int64         `json:"u,omitempty"`
	Done   int           `json:"d,omitempty"`
	Whose  string        `json:"w,omitempty"`
}

type storedReason struct {
	Code        fault.ReasonCode `json:"c"`
	Sentence    string           `json:"s"`
	Todo        string           `json:"t,omitempty"`
	Detail      string           `json:"d,omitempty"`
	Transaction string           `json:"x,omitempty"`
}

// outbox goes over the events of a record.
func outbox(f *form, all *event.Outbox) {
	var s string
	if f.writing && len(*all) > 0 {
		stored := make([]storedEvent, len(*all))
		for i, e := range *all {
			stored[i] = storedEvent{
				e.Seq, e.Kind, e.At.UnixMilli(), (*storedReason)(e.Reason), milliseconds(e.Until), e.Done, e.Whose,
			}
		}
		raw, err := toJSON(stored)
		if err != nil {
			f.fail("events", err)
		}
		s = string(raw)
	}
	text(f, "events", &s)
	if f.writing || s == "" {
		return
	}
	var stored []storedEvent
	if err := json.Unmarshal([]byte(s), &stored); err != nil {
		f.fail("events", err)
	}
	*all = nil
	for _, e := range stored {
		*all = append(*all, event.Event{
			Seq: e.Seq, Kind: e.Kind, At: time.UnixMilli(e.At).UTC(), Reason: (*fault.Reason)(e.Reason),
			Until: fromMilliseconds(e.Until), Done: e.Done, Whose: e.Whose,
		})
	}
}

// milliseconds is a time as it is stored; zero for none.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMilliseconds is a stored time; zero for none.
func fromMilliseconds(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
