package post

import (
	"time"

	"spool/shared/fault"
)

// Tolerance is how long ago a time may be to be taken for now: clocks differ, and
// a request takes its while.
const Tolerance = time.Minute

// Ahead refuses a time that has passed by more than [Tolerance], with a fault of
// code TimePassed that names it in at's own zone. This is the one place that
// decides: such a time is a mistake, most often in the year, and taking it for now
// would publish what nobody can take back.
func Ahead(now, at time.Time) error {
	if at.Before(now.Add(-Tolerance)) {
		return passed(now, at)
	}
	return nil
}

// passed is the fault of a time that has passed, which is in the zone that it was
// understood in.
func passed(now, at time.Time) error {
	const layout = "Monday, 2 January 2006, 15:04"
	return fault.New(fault.TimePassed, "This time has passed: %s (%s). It is %s there now.",
		at.Format(layout), zoneOf(at), now.In(at.Location()).Format(layout)).
		Todo("Give a time in the future. To publish at once leave the time out, or use publish.")
}

// zoneOf names a time's zone: by its IANA name, or by its offset where it has none.
func zoneOf(t time.Time) string {
	if name := t.Location().String(); name != "" && name != "Local" {
		return name
	}
	return t.Format("-07:00")
}

// location is the zone in which the post's owner gives its time.
func (p Post) location() *time.Location {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}
