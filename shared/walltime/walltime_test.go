package walltime

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"spool/shared/fault"
)

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestParse(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	// A Saturday.
	now := time.Date(2026, 11, 28, 15, 30, 0, 0, berlin)
	tests := []struct{ text, want string }{
		// Instants.
		{"2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"},
		{"2026-12-01T08:00Z", "2026-12-01T08:00:00Z"},
		{"2026-12-01t08:00:00.5z", "2026-12-01T08:00:00.5Z"},
		{"2026-12-01 08:00+05:30", "2026-12-01T08:00:00+05:30"},
		// Wall-clock times.
		{"2026-12-01 09:00", "2026-12-01T09:00:00+01:00"},
		{" 2026-12-01T09:00 ", "2026-12-01T09:00:00+01:00"},
		{"2026-07-01 09:00:30", "2026-07-01T09:00:30+02:00"},
		{"2026-12-01 9:30 PM", "2026-12-01T21:30:00+01:00"},
		{"2026-12-01 12am", "2026-12-01T00:00:00+01:00"},
		{"2026-12-01 12 p.m.", "2026-12-01T12:00:00+01:00"},
		{"2026-12-01 at noon", "2026-12-01T12:00:00+01:00"},
		{"1 Dec 2026, 9am", "2026-12-01T09:00:00+01:00"},
		{"December 1st 2027 at 09:00", "2027-12-01T09:00:00+01:00"},
		{"2026-12-01 09:00 America/New_York", "2026-12-01T09:00:00-05:00"},
		{"2026-12-01 09:00 UTC", "2026-12-01T09:00:00Z"},
		// The past is not refused where the day is given.
		{"2020-01-01 09:00", "2020-01-01T09:00:00+01:00"},
		{"today 9am", "2026-11-28T09:00:00+01:00"},
		// The next of its kind.
		{"1 Jan 9am", "2027-01-01T09:00:00+01:00"},
		{"28 Nov 16:00", "2026-11-28T16:00:00+01:00"},
		{"28 Nov 15:00", "2027-11-28T15:00:00+01:00"},
		{"Feb 29 9am", "2028-02-29T09:00:00+01:00"},
		{"tomorrow 9am", "2026-11-29T09:00:00+01:00"},
		{"Tomorrow at 9AM Asia/Tokyo", "2026-11-29T09:00:00+09:00"},
		{"16:00", "2026-11-28T16:00:00+01:00"},
		{"9am", "2026-11-29T09:00:00+01:00"},
		{"midnight", "2026-11-29T00:00:00+01:00"},
		{"saturday 16:00", "2026-11-28T16:00:00+01:00"},
		{"sat 15:00", "2026-12-05T15:00:00+01:00"},
		{"next saturday 16:00", "2026-12-05T16:00:00+01:00"},
		{"friday 17:30", "2026-12-04T17:30:00+01:00"},
		{"9am on next mon", "2026-11-30T09:00:00+01:00"},
		// From now on.
		{"now", "2026-11-28T15:30:00+01:00"},
		{"in 90 minutes", "2026-11-28T17:00:00+01:00"},
		{"in 2 days 1 hour", "2026-11-30T16:30:00+01:00"},
		{"in a week", "2026-12-05T15:30:00+01:00"},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := Parse(tt.text, berlin, now)
			if err != nil {
				t.Fatal(err)
			}
			if at := got.At.Format(time.RFC3339Nano); at != tt.want || got.Note != "" {
				t.Errorf("got %s with note %q, want %s", at, got.Note, tt.want)
			}
		})
	}
}

func TestParseRefusesWhatItCannotRead(t *testing.T) {
	now := time.Date(2026, 11, 28, 15, 30, 0, 0, time.UTC)
	for _, text := range []string{
		"", " ", "soon", "tomorrow", "2026-12-01", "friday", "next 9am", "next tomorrow 9am", "25:00", "9:60", "0am", "13pm", "9", "9:5",
		"2026-02-30 09:00", "2026-13-01 09:00", "Feb 30 9am", "31 9am", "Dec 9am", "2026-12-01 9am 10am", "today tomorrow 9am",
		"2026-12-01 Dec 9am", "tomorrow Dec 1 9am", "in", "in 2", "in 2 parsecs", "in -1 hours", "in 99999999999 days", "now 9am",
		"2026-12-01 09:00 Europe/Atlantis", "2026-12-01 09:00 PST", "2026-12-01 09:00 ../../etc/passwd", "mon tue 9am", "+5 Dec 9am",
	} {
		t.Run(text, func(t *testing.T) {
			got, err := Parse(text, time.UTC, now)
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("got %v, %v; want %s", got, err, fault.Invalid)
			}
		})
	}
}

func TestTimesAtClockChanges(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name, zone, text string
		want             string // RFC 3339, or empty if it does not exist
		says             string // in the note, or in what to do
	}{
		{"skipped in Berlin", "Europe/Berlin", "2026-03-29 02:30", "", "Use 2026-03-29 01:59 or 2026-03-29 03:00."},
		{"last minute before the gap", "Europe/Berlin", "2026-03-29 01:59", "2026-03-29T01:59:00+01:00", ""},
		{"first minute after the gap", "Europe/Berlin", "2026-03-29 03:00", "2026-03-29T03:00:00+02:00", ""},
		{"twice in Berlin", "Europe/Berlin", "2026-10-25 02:30", "2026-10-25T02:30:00+02:00", "02:30 CEST, not 02:30 CET"},
		{"first minute that comes twice", "Europe/Berlin", "2026-10-25 02:00", "2026-10-25T02:00:00+02:00", "twice"},
		{"first minute that comes once again", "Europe/Berlin", "2026-10-25 03:00", "2026-10-25T03:00:00+01:00", ""},
		{"skipped in New York", "America/New_York", "2026-03-08 02:00", "", "Use 2026-03-08 01:59 or 2026-03-08 03:00."},
		{"twice in New York", "America/New_York", "2026-11-01 01:30", "2026-11-01T01:30:00-04:00", "show 2026-11-01 01:30 twice"},
		{"twice in Moscow, and never changed since", "Europe/Moscow", "2014-10-26 01:30", "2014-10-26T01:30:00+04:00", "twice"},
		{"a second that comes twice", "Europe/Berlin", "2026-10-25 02:30:01", "2026-10-25T02:30:01+02:00", "show 2026-10-25 02:30:01 twice"},
		{"half an hour skipped on Lord Howe", "Australia/Lord_Howe", "2026-10-04 02:15", "", "Use 2026-10-04 01:59 or 2026-10-04 02:30."},
		{"half an hour twice on Lord Howe", "Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-05T01:45:00+11:00", "twice"},
		{"a whole day that Samoa skipped", "Pacific/Apia", "2011-12-30 12:00", "", "Use 2011-12-29 23:59 or 2011-12-31 00:00."},
		{"midnight skipped in Beirut", "Asia/Beirut", "2026-03-29 00:00", "", "Use 2026-03-28 23:59 or 2026-03-29 01:00."},
		{"no changes in UTC", "UTC", "2026-03-29 02:30", "2026-03-29T02:30:00Z", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(tt.text, mustZone(t, tt.zone), now)
			if tt.want == "" {
				e, ok := errors.AsType[*fault.Error](err)
				if !ok || e.Code != fault.Invalid || e.Fix != tt.says {
					t.Fatalf("got %v, error %#v; want one that says %q", got, err, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if at := got.At.Format(time.RFC3339); at != tt.want {
				t.Errorf("got %s, want %s", at, tt.want)
			}
			if (tt.says == "") != (got.Note == "") || !strings.Contains(got.Note, tt.says) {
				t.Errorf("note %q, want %q", got.Note, tt.says)
			}
		})
	}
}

func TestZoneRefusesNamesOutsideTheDatabase(t *testing.T) {
	for _, name := range []string{"", "Local", "Mars/Olympus", "../UTC"} {
		if zone, err := Zone(name); !fault.Is(err, fault.Invalid) {
			t.Errorf("Zone(%q) = %v, %v; want an error", name, zone, err)
		}
	}
}

// FuzzParse checks that what is read is what the clocks of the zone show.
func FuzzParse(f *testing.F) {
	zones := []*time.Location{
		time.UTC, mustZone(f, "Europe/Berlin"), mustZone(f, "America/New_York"), mustZone(f, "Australia/Lord_Howe"), mustZone(f, "Pacific/Apia"),
	}
	for _, text := range []string{
		"2026-12-01T08:00:00Z", "2026-03-29 02:30", "tomorrow 9am", "next friday at 12:30 p.m.", "29 feb 9am", "in 3 days 2 hours", "1st December 2026 noon UTC",
	} {
		f.Add(text, uint8(1), int64(1_780_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, zone uint8, unix int64) {
		now := time.Unix(unix%4_000_000_000, 0)
		m, err := Parse(text, zones[int(zone)%len(zones)], now)
		if err != nil {
			if e, ok := errors.AsType[*fault.Error](err); !ok || e.Code != fault.Invalid || e.Fix == "" {
				t.Errorf("Parse(%q) fails with %#v", text, err)
			}
			return
		}
		if y := m.At.Year(); y < 1975 || y > 9999 {
			return // offsets with seconds of old, or years beyond the notation
		}
		again, err := Parse(m.At.Format(time.RFC3339Nano), time.UTC, now)
		if err != nil || !again.At.Equal(m.At) {
			t.Errorf("Parse(%q) = %v, which is read as %v, %v", text, m.At, again.At, err)
		}
		wall := m.At.Format("2006-01-02 15:04:05")
		again, err = Parse(wall, m.At.Location(), now)
		if m.Note != "" && (err != nil || !again.At.Equal(m.At)) {
			t.Errorf("Parse(%q) is the first %s, which is read as %v, %v", text, wall, again.At, err)
		}
	})
}
