// Package walltime turns the times that people write into instants: wall-clock times
// of a zone, such as 2026-12-01 09:00, and words, such as "tomorrow 9am". It is pure:
// the present and the zone are arguments.
package walltime

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"spool/shared/fault"
)

// A Moment is what a person's words for a time mean.
type Moment struct {
	// At is the instant, in the zone it was given for.
	At time.Time
	// Zone is the IANA name of the zone: the one that the words name, else the one that
	// they were read in.
	Zone string
	// Note is a sentence for the person where the words left a choice, or empty.
	Note string
}

// Parse reads a time as people write it, in zone unless the text names another one:
//
//	2026-12-01T09:00:00+01:00, 2026-12-01T08:00Z   an instant (RFC 3339; seconds may lack)
//	2026-12-01 09:00, 2026-12-01 9:30pm            a wall-clock time
//	2026-12-01 09:00 America/New_York              in another zone
//	1 Dec 2026 9am, December 1 at noon             without a year: the next one
//	tomorrow 9am, friday 17:30, next monday 8:00   the next such day
//	9am                                            today, or tomorrow if that is past
//	in 90 minutes, in 2 days, now
//
// A wall-clock time that the zone's clocks skip is refused with the nearest ones that
// exist. One that they show twice means the earlier, and Moment.Note says so. Times of
// the past are not refused. Errors are [fault.Invalid].
//
// Zones come from the system's database; binaries for images without one import
// time/tzdata, this package does not.
func Parse(text string, zone *time.Location, now time.Time) (Moment, error) {
	trimmed := strings.TrimSpace(text)
	if at, ok := parseInstant(trimmed); ok {
		return Moment{At: at, Zone: zone.String()}, nil
	}
	w, err := parseWords(trimmed, zone)
	if err != nil {
		return Moment{}, err
	}
	m, err := w.moment(now)
	m.Zone = w.zone.String()
	return m, err
}

// Zone returns the time zone of an IANA name such as Europe/Berlin, or UTC.
func Zone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fault.New(fault.Invalid, "There is no time zone %q.", name).
			Todo("Use a name of the IANA database, such as Europe/Berlin or America/New_York.").Because(err)
	}
	return zone, nil
}

// parseInstant reads a time that names its offset.
func parseInstant(text string) (time.Time, bool) {
	for _, layout := range [...]string{
		time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00",
	} {
		if at, err := time.Parse(layout, strings.ToUpper(text)); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// A wall is a time as a clock on the wall shows it.
type wall struct {
	year                 int
	month                time.Month
	day                  int
	hour, minute, second int
	zone                 *time.Location
}

// String writes the time the way Parse reads it.
func (w wall) String() string {
	text := fmt.Sprintf("%04d-%02d-%02d %02d:%02d", w.year, w.month, w.day, w.hour, w.minute)
	if w.second != 0 {
		text += fmt.Sprintf(":%02d", w.second)
	}
	return text
}

// resolve finds the instant at which the zone's clocks show w.
func (w wall) resolve() (Moment, error) {
	instants := w.instants()
	switch len(instants) {
	case 0:
		return Moment{}, w.skipped()
	case 1:
		return Moment{At: instants[0]}, nil
	}
	first, second := instants[0], instants[1]
	return Moment{At: first, Note: fmt.Sprintf(
		"The clocks of %s show %v twice, as they are set back; the earlier time is meant (%s, not %s).",
		w.zone, w, first.Format("15:04 MST"), second.Format("15:04 MST"))}, nil
}

// instants returns all instants at which the zone's clocks show w, the earliest first.
func (w wall) instants() []time.Time {
	near, asUTC := w.in(w.zone), w.in(time.UTC)
	var found []time.Time
	start, end := near.ZoneBounds() // the zero time where there is no change on a side, which finds nothing new
	for _, sample := range []time.Time{start.Add(-time.Second), near, end} {
		_, offset := sample.Zone()
		at := asUTC.Add(-time.Duration(offset) * time.Second).In(w.zone)
		if sameWall(at, asUTC) && !slices.ContainsFunc(found, at.Equal) {
			found = append(found, at)
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	return found
}

// in is the time at which the clocks of a zone show w, as far as there is one.
func (w wall) in(zone *time.Location) time.Time {
	return time.Date(w.year, w.month, w.day, w.hour, w.minute, w.second, 0, zone)
}

// sameWall reports whether clocks show the same at both times.
func sameWall(a, b time.Time) bool {
	return a.Format(time.DateTime) == b.Format(time.DateTime)
}

// skipped is the error for a time that the zone's clocks jump over.
func (w wall) skipped() error {
	near := w.in(w.zone) // shifted over the gap, in either direction
	change, end := near.ZoneBounds()
	if near.Format(time.DateTime) < w.in(time.UTC).Format(time.DateTime) {
		change = end
	}
	const layout = "2006-01-02 15:04"
	return fault.New(fault.Invalid, "The clocks of %s never show %v, as they are set forward over it.", w.zone, w).
		Todo("Use %s or %s.", change.Add(-time.Minute).In(w.zone).Format(layout), change.In(w.zone).Format(layout))
}
