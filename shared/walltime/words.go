package walltime

import (
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
	hasDate  bool
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
	if len(fields) == 0 {
		return nil, w.unreadable()
	}
	for i, field := range fields {
		fields[i] = strings.ToLower(field)
	}
	if fields[0] == "in" && len(fields) > 1 || fields[0] == "now" && len(fields) == 1 {
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
		const date = len(time.DateOnly)
		if len(field) > date+1 && (field[date] == 'T' || field[date] == 't') && isDigit(field[0]) {
			fields = append(fields, field[:date], field[date+1:])
			continue
		}
		fields = append(fields, field)
	}
	return fields
}

// zoneField reads the name of a zone. Names without a slash are only taken in capitals.
func zoneField(field string) (*time.Location, bool) {
	if !strings.Contains(field, "/") && field != strings.ToUpper(field) || field == "" || isDigit(field[0]) {
		return nil, false
	}
	zone, err := Zone(field)
	return zone, err == nil
}

// maxOffset bounds "in …", to keep arithmetic on times within their range.
const maxOffset = 10 * 366 * 24 * time.Hour

// readOffset reads the rest of "in 2 hours", or of "now".
func (w *words) readOffset(fields []string) error {
	w.isOffset = true
	if len(fields)%2 != 0 {
		return w.unreadable()
	}
	for i := 0; i < len(fields); i += 2 {
		n, err := strconv.Atoi(fields[i])
		if fields[i] == "a" || fields[i] == "an" {
			n, err = 1, nil
		}
		unit, ok := offsetUnit(fields[i+1])
		if err != nil || !ok || n < 0 || n > int(maxOffset/unit) {
			return w.unreadable()
		}
		if days := unit / (24 * time.Hour); days > 0 {
			w.days += n * int(days)
		} else {
			w.after += time.Duration(n) * unit
		}
	}
	return nil
}

func offsetUnit(name string) (time.Duration, bool) {
	switch strings.TrimSuffix(name, "s") {
	case "second", "sec":
		return time.Second, true
	case "minute", "min":
		return time.Minute, true
	case "hour", "hr", "h":
		return time.Hour, true
	case "day":
		return 24 * time.Hour, true
	case "week":
		return 7 * 24 * time.Hour, true
	}
	return 0, false
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
	if date, err := time.Parse(time.DateOnly, field); err == nil {
		return w.setDate(date.Year(), date.Month(), date.Day())
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
	if w.relative != noDay || w.hasDate {
		return false
	}
	w.relative = d
	return true
}

func (w *words) setDate(year int, month time.Month, day int) bool {
	if w.relative != noDay || w.hasDate || w.date != (wall{}) {
		return false
	}
	w.date = wall{year: year, month: month, day: day}
	w.hasDate = true
	return true
}

func (w *words) setTime(hour, minute, second int) bool {
	if w.hasTime || hour > 23 || minute > 59 || second > 59 {
		return false
	}
	w.hour, w.minute, w.second, w.hasTime = hour, minute, second, true
	return true
}

// readNumber reads the day (1, 1st) and the year beside the name of a month.
func (w *words) readNumber(field string) bool {
	digits := strings.TrimRight(field, "stndrh.")
	n, err := strconv.Atoi(digits)
	if err != nil || n <= 0 || !isDigit(digits[0]) {
		return false
	}
	switch {
	case len(digits) == 4 && digits == field && w.date.year == 0:
		w.date.year = n
	case n <= 31 && w.date.day == 0:
		w.date.day = n
	default:
		return false
	}
	return true
}

// readClock reads 9am, 9:30pm, 09:00 and 09:00:30.
func (w *words) readClock(field string) bool {
	clock, half := field, ""
	if n := len(field) - 2; n > 0 && (field[n:] == "am" || field[n:] == "pm") {
		clock, half = field[:n], field[n:]
	}
	parts := strings.Split(clock, ":")
	if len(parts) > 3 || len(parts) == 1 && half == "" {
		return false
	}
	var numbers [3]int
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || len(part) > 2 || i > 0 && len(part) < 2 || !isDigit(part[0]) {
			return false
		}
		numbers[i] = n
	}
	hour := numbers[0]
	if half != "" {
		if hour < 1 || hour > 12 {
			return false
		}
		hour %= 12
		if half == "pm" {
			hour += 12
		}
	}
	return w.setTime(hour, numbers[1], numbers[2])
}

// complete checks that the fields make a time.
func (w *words) complete() error {
	d := &w.date
	if !w.hasDate && *d != (wall{}) {
		if d.month == 0 || d.day == 0 || w.relative != noDay {
			return w.unreadable()
		}
		w.hasDate = true
	}
	if w.hasDate {
		// A year that has the day, in case it is the 29th of February.
		const leapYear = 2000
		year := d.year
		if year == 0 {
			year = leapYear
		}
		if time.Date(year, d.month, d.day, 0, 0, 0, 0, time.UTC).Day() != d.day {
			return w.unreadable()
		}
	}
	if !w.hasTime {
		return fault.New(fault.Invalid, "%q does not say at what time.", w.text).Todo("Add one, such as 09:00 or 9am.")
	}
	if w.next && w.relative != nextWeekday {
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
	for _, date := range w.candidates(now) {
		clock.year, clock.month, clock.day = date.Date()
		m, err := clock.resolve()
		if err != nil || m.At.After(now) || w.isFixed() {
			return m, err
		}
	}
	return Moment{}, w.unreadable()
}

// isFixed reports whether the day is given rather than the next one of its kind.
func (w *words) isFixed() bool {
	return w.hasDate && w.date.year != 0 || w.relative == today || w.relative == tomorrow
}

// candidates returns the days that may be meant, in ascending order, as UTC dates.
func (w *words) candidates(now time.Time) []time.Time {
	year, month, day := now.Date()
	day0 := func(days int) time.Time { return time.Date(year, month, day+days, 0, 0, 0, 0, time.UTC) }
	ahead := (int(w.weekday-now.Weekday()) + 7) % 7
	switch {
	case w.hasDate && w.date.year != 0:
		return []time.Time{time.Date(w.date.year, w.date.month, w.date.day, 0, 0, 0, 0, time.UTC)}
	case w.hasDate:
		return w.anniversaries(year)
	case w.relative == tomorrow:
		return []time.Time{day0(1)}
	case w.relative == onWeekday:
		return []time.Time{day0(ahead), day0(ahead + 7)}
	case w.relative == nextWeekday:
		return []time.Time{day0((ahead+6)%7 + 1)}
	case w.relative == today:
		return []time.Time{day0(0)}
	}
	return []time.Time{day0(0), day0(1)}
}

// anniversaries returns a day without a year in the years to come.
func (w *words) anniversaries(year int) []time.Time {
	const leapYears = 8 // at most from one 29th of February to the next
	var dates []time.Time
	for y := year; y <= year+leapYears; y++ {
		if date := time.Date(y, w.date.month, w.date.day, 0, 0, 0, 0, time.UTC); date.Day() == w.date.day {
			dates = append(dates, date)
		}
	}
	return dates
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
		if full := strings.ToLower(m.String()); name == full || name == full[:3] || name == "sept" && m == time.September {
			return m, true
		}
	}
	return 0, false
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
