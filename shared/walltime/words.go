package walltime

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"spool/shared/fault"
)

// words is a time that is being read, field by field.
type words struct {
	text string
	zone *time.Location

	date     wall // year, month and day as far as given
	weekday  time.Weekday
	next     bool // the word stood before the weekday
	relative relativeDay

	hour, minute, second int
	hasTime              bool

	after    time.Duration // of "in 2 hours"
	days     int           // of "in 2 days"
	isOffset bool
}

// A relativeDay says how a day depends on today.
type relativeDay uint8

const (
	noDay relativeDay = iota
	today
	tomorrow
	onWeekday
	nextWeekday
)

// parseWords reads everything but RFC 3339.
func parseWords(text string, zone *time.Location) (*words, error) {
	w := &words{text: text, zone: zone}
	fields := timeFields(text)
	if n := len(fields) - 1; n > 0 {
		if other, ok := zoneField(fields[n]); ok {
			w.zone, fields = other, fields[:n]
		}
	}
	for i, field := range fields {
		fields[i] = strings.ToLower(field)
	}
	switch {
	case len(fields) == 0:
		return nil, w.unreadable()
	case slices.Equal(fields, []string{"now"}):
		w.isOffset = true
		return w, nil
	case fields[0] == "in":
		return w, w.readOffset(fields[1:])
	}
	for _, field := range fields {
		if !w.readField(field) {
			return nil, w.unreadable()
		}
	}
	return w, w.complete()
}

func (w *words) unreadable() error {
	return fault.New(fault.Invalid, "%q is not a time that can be read.", w.text).
		Todo("Write it like 2026-12-01 09:00, tomorrow 9am, friday 17:30 or 2026-12-01T09:00:00Z.")
}

// timeFields divides text at white space and commas, joins am and pm to their hour and
// parts the date and time of 2026-12-01T09:00.
func timeFields(text string) []string {
	var fields []string
	for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }) {
		half := strings.ToLower(strings.ReplaceAll(field, ".", ""))
		if n := len(fields); n > 0 && (half == "am" || half == "pm") {
			fields[n-1] += half
			continue
		}
		if date, clock, ok := strings.Cut(strings.ToLower(field), "t"); ok && isDate(date) {
			fields = append(fields, date, clock)
			continue
		}
		fields = append(fields, field)
	}
	return fields
}

func isDate(field string) bool {
	_, err := time.Parse(time.DateOnly, field)
	return err == nil
}

// zoneField reads the name of a zone. Names without a slash are only taken in capitals.
func zoneField(field string) (*time.Location, bool) {
	if !strings.Contains(field, "/") && field != strings.ToUpper(field) {
		return nil, false
	}
	zone, err := Zone(field)
	return zone, err == nil
}

const day = 24 * time.Hour

// maxOffset bounds "in …", to keep arithmetic on times within their range.
const maxOffset = 10 * 366 * day

// readOffset reads the rest of "in 2 hours".
func (w *words) readOffset(fields []string) error {
	w.isOffset = true
	if len(fields) == 0 || len(fields)%2 != 0 {
		return w.unreadable()
	}
	for pair := range slices.Chunk(fields, 2) {
		n, err := strconv.Atoi(pair[0])
		if pair[0] == "a" || pair[0] == "an" {
			n, err = 1, nil
		}
		unit := offsetUnit(pair[1])
		if err != nil || unit == 0 || n < 0 || n > int(maxOffset/unit) {
			return w.unreadable()
		}
		if unit%day == 0 {
			w.days += n * int(unit/day)
		} else {
			w.after += time.Duration(n) * unit
		}
	}
	return nil
}

// offsetUnit is what a unit lasts; zero for what is none.
func offsetUnit(name string) time.Duration {
	switch strings.TrimSuffix(name, "s") {
	case "second", "sec":
		return time.Second
	case "minute", "min":
		return time.Minute
	case "hour", "hr", "h":
		return time.Hour
	case "day":
		return day
	case "week":
		return 7 * day
	}
	return 0
}

// readField reads one field, in lower case, and reports whether it could.
func (w *words) readField(field string) bool {
	switch field {
	case "at", "on", "the", "of":
		return true
	case "today":
		return w.setDay(today)
	case "tomorrow":
		return w.setDay(tomorrow)
	case "next":
		w.next = true
		return true
	case "noon":
		return w.setTime(12, 0, 0)
	case "midnight":
		return w.setTime(0, 0, 0)
	}
	if d, err := time.Parse(time.DateOnly, field); err == nil {
		return w.setDate(d.Date())
	}
	if weekday, ok := weekdayNamed(field); ok {
		w.weekday = weekday
		if w.next {
			return w.setDay(nextWeekday)
		}
		return w.setDay(onWeekday)
	}
	if month, ok := monthNamed(field); ok && w.date.month == 0 {
		w.date.month = month
		return true
	}
	return w.readNumber(field) || w.readClock(field)
}

func (w *words) setDay(d relativeDay) bool {
	if w.relative != noDay {
		return false
	}
	w.relative = d
	return true
}

func (w *words) setDate(year int, month time.Month, day int) bool {
	if w.hasDate() {
		return false
	}
	w.date = wall{year: year, month: month, day: day}
	return true
}

// hasDate reports whether a part of a date was given.
func (w *words) hasDate() bool { return w.date != (wall{}) }

func (w *words) setTime(hour, minute, second int) bool {
	if w.hasTime {
		return false
	}
	w.hour, w.minute, w.second, w.hasTime = hour, minute, second, true
	return true
}

// readNumber reads the day (1, 1st) and the year beside the name of a month.
func (w *words) readNumber(field string) bool {
	digits := strings.TrimRight(field, "stndrh.")
	n, err := strconv.Atoi(digits)
	if err != nil || n <= 0 || digits[0] == '+' {
		return false
	}
	switch {
	case len(digits) == 4 && digits == field && w.date.year == 0:
		w.date.year = n
	case w.date.day == 0:
		w.date.day = n
	default:
		return false
	}
	return true
}

// noClock is what time.Parse takes for a time of day and nobody means by one: an hour
// zero of twelve, and a part of a second.
var noClock = regexp.MustCompile(`^0+(:\d\d)*[ap]m$|\.`)

// readClock reads 9am, 9:30pm, 09:00 and 09:00:30.
func (w *words) readClock(field string) bool {
	for _, layout := range [...]string{"15:04", "15:04:05", "3pm", "3:04pm", "3:04:05pm"} {
		if t, err := time.Parse(layout, field); err == nil && !noClock.MatchString(field) {
			return w.setTime(t.Clock())
		}
	}
	return false
}

// complete checks that the fields make a time.
func (w *words) complete() error {
	d := w.date
	switch {
	case w.hasDate() && (w.relative != noDay || d.month == 0 || date(d.year, d.month, d.day).Day() != d.day):
		return w.unreadable() // the year 0, which stands for none, has a 29th of February
	case !w.hasTime:
		return fault.New(fault.Invalid, "%q does not say at what time.", w.text).Todo("Add one, such as 09:00 or 9am.")
	case w.next && w.relative != nextWeekday:
		return w.unreadable()
	}
	return nil
}

// moment turns the fields into an instant.
func (w *words) moment(now time.Time) (Moment, error) {
	now = now.In(w.zone)
	if w.isOffset {
		return Moment{At: now.AddDate(0, 0, w.days).Add(w.after)}, nil
	}
	clock := wall{hour: w.hour, minute: w.minute, second: w.second, zone: w.zone}
	// The first candidate that is still ahead is meant; a day that is given is the only one.
	for _, day := range w.candidates(now) {
		clock.year, clock.month, clock.day = day.Date()
		m, err := clock.resolve()
		if err != nil || m.At.After(now) || w.isFixed() {
			return m, err
		}
	}
	return Moment{}, w.unreadable()
}

// isFixed reports whether the day is given rather than the next one of its kind.
// Whatever time tomorrow has lies ahead.
func (w *words) isFixed() bool { return w.date.year != 0 || w.relative == today }

// candidates returns the days that may be meant, in ascending order, as UTC dates.
func (w *words) candidates(now time.Time) []time.Time {
	in := func(days int) time.Time { return date(now.Year(), now.Month(), now.Day()+days) }
	ahead := (int(w.weekday-now.Weekday()) + 7) % 7
	switch {
	case w.date.year != 0:
		return []time.Time{date(w.date.year, w.date.month, w.date.day)}
	case w.hasDate():
		return w.anniversaries(now.Year())
	case w.relative == tomorrow:
		return []time.Time{in(1)}
	case w.relative == onWeekday:
		return []time.Time{in(ahead), in(ahead + 7)}
	case w.relative == nextWeekday:
		return []time.Time{in((ahead+6)%7 + 1)}
	case w.relative == today:
		return []time.Time{in(0)}
	}
	return []time.Time{in(0), in(1)}
}

// anniversaries returns a day without a year in the years to come.
func (w *words) anniversaries(year int) []time.Time {
	const leapYears = 8 // at most from one 29th of February to the next
	var dates []time.Time
	for y := year; y <= year+leapYears; y++ {
		if d := date(y, w.date.month, w.date.day); d.Day() == w.date.day {
			dates = append(dates, d)
		}
	}
	return dates
}

// date is a day; of such times only the day is looked at.
func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func weekdayNamed(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if full := strings.ToLower(d.String()); name == full || name == full[:3] {
			return d, true
		}
	}
	return 0, false
}

func monthNamed(name string) (time.Month, bool) {
	for m := time.January; m <= time.December; m++ {
		full := strings.ToLower(m.String())
		if name == full || name == full[:3] || name == "sept" && m == time.September {
			return m, true
		}
	}
	return 0, false
}
