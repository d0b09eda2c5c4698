package walltime

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spool/shared/fault"
)

// TestWordsMeanOneMoment holds the edges of what is read: the second, the zone's day,
// the longest wait, the leap years.
func TestWordsMeanOneMoment(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	now := time.Date(2026, 11, 28, 15, 30, 0, 0, berlin) // a Saturday
	for text, want := range map[string]string{
		"2026-12-01 08:00:30Z":       "2026-12-01T08:00:30Z",
		"\t2026-12-01T08:00:00Z ":    "2026-12-01T08:00:00Z",
		"2026-12-01\t09:00":          "2026-12-01T09:00:00+01:00",
		"2026-12-01t09:00":           "2026-12-01T09:00:00+01:00",
		"2026-12-01T9am":             "2026-12-01T09:00:00+01:00",
		"2026-12-01 23:59:59":        "2026-12-01T23:59:59+01:00",
		"2026-12-01 9 am":            "2026-12-01T09:00:00+01:00",
		"9 am":                       "2026-11-29T09:00:00+01:00",
		"9am Australia/Tasmania":     "2026-11-29T09:00:00+11:00",
		"2026-12-01 1am":             "2026-12-01T01:00:00+01:00",
		"2026-12-01 1:30pm":          "2026-12-01T13:30:00+01:00",
		"2026-12-01 at 9:05:07 p.m.": "2026-12-01T21:05:07+01:00",
		"31 december 9am":            "2026-12-31T09:00:00+01:00",
		"sept 5 9am":                 "2027-09-05T09:00:00+02:00",
		"sep 5 9am":                  "2027-09-05T09:00:00+02:00",
		"1 january 9am":              "2027-01-01T09:00:00+01:00",
		"sunday 9am":                 "2026-11-29T09:00:00+01:00",
		"next sunday 9am":            "2026-11-29T09:00:00+01:00",
		"saturday 15:30":             "2026-12-05T15:30:00+01:00", // this very minute has come
		"15:30":                      "2026-11-29T15:30:00+01:00",
		"2024-02-29 9am":             "2024-02-29T09:00:00+01:00",
		"tomorrow 00:00":             "2026-11-29T00:00:00+01:00",
		"today 23:00 Asia/Tokyo":     "2026-11-28T23:00:00+09:00",
		"in an hour":                 "2026-11-28T16:30:00+01:00",
		"in 0 minutes":               "2026-11-28T15:30:00+01:00",
		"in 1 sec 1 min 1 hr":        "2026-11-28T16:31:01+01:00",
		"in 1 day":                   "2026-11-29T15:30:00+01:00",
		"in 1 week 1 day":            "2026-12-06T15:30:00+01:00",
		"in 3660 days":               "2036-12-05T15:30:00+01:00",
		"in 87840 hours":             "2036-12-05T15:30:00+01:00",
	} {
		m, err := Parse(text, berlin, now)
		if got := m.At.Format(time.RFC3339Nano); err != nil || got != want || m.Note != "" {
			t.Errorf("%q is %s, %v, note %q; want %s", text, got, err, m.Note, want)
		}
	}
	// The day is the zone's: there it is Sunday already.
	if m, err := Parse("16:00 Pacific/Auckland", berlin, now); err != nil || m.At.Format(time.RFC3339) != "2026-11-29T16:00:00+13:00" {
		t.Errorf("16:00 in Auckland is %v, %v", m.At, err)
	}
	// From one 29th of February to the next it can be eight years.
	if m, err := Parse("29 feb 9am", time.UTC, time.Date(2096, 3, 1, 0, 0, 0, 0, time.UTC)); err != nil || m.At.Year() != 2104 {
		t.Errorf("after the 29th of February 2096 comes that of %v, %v", m.At, err)
	}
}

// TestWaysInWhichWordsFail: what cannot be read is quoted, and so is what lacks a time
// of day.
func TestWaysInWhichWordsFail(t *testing.T) {
	const unreadable = "is not a time that can be read."
	for text, says := range map[string]string{
		"soon": unreadable, "": unreadable, ",": unreadable, "in": unreadable, "9am Europe/Atlantis": unreadable, "29 Feb 2027 9am": unreadable,
		"tomorrow": "does not say at what time.", "1 Dec": "does not say at what time.", "on monday,": "does not say at what time.",
	} {
		_, err := Parse(text, time.UTC, time.Date(2026, 11, 28, 15, 30, 0, 0, time.UTC))
		if want := fmt.Sprintf("%q %s", text, says); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestMomentNamesItsZone as the words have it, or as they were read.
func TestMomentNamesItsZone(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	for text, want := range map[string]string{
		"2026-12-01T08:00:00Z":        "Europe/Berlin",
		"2026-12-01 09:00":            "Europe/Berlin",
		"2026-12-01 09:00 Asia/Tokyo": "Asia/Tokyo",
		"in 2 hours UTC":              "UTC",
		"9am EST5EDT":                 "EST5EDT",
		"now":                         "Europe/Berlin",
	} {
		m, err := Parse(text, berlin, time.Date(2026, 11, 28, 15, 30, 0, 0, time.UTC))
		if err != nil || m.Zone != want {
			t.Errorf("%q is for the zone %q, %v; want %q", text, m.Zone, err, want)
		}
		if text == "now" && m.At.Format(time.RFC3339) != "2026-11-28T16:30:00+01:00" {
			t.Errorf("now is %v, not in its zone", m.At)
		}
	}
}

// TestWordsThatAreNearlyTimes are refused, and do not panic.
func TestWordsThatAreNearlyTimes(t *testing.T) {
	now := time.Date(2026, 11, 28, 15, 30, 0, 0, time.UTC)
	for _, text := range []string{
		"am", "pm", "PM 9", "a.m.", ":am", "9:", ":30", "9:30:", "9:30:10:5", "9:5pm", "009:00", "09:000", "+9:00", "9am pm",
		"24:00", "23:60", "23:59:60", "0 Dec 9am", "32 Dec 9am", "1 2 Dec 9am", "Dec 1 2026 2027 9am", "Dec Jan 1 9am", "1 2026 9am", "2026 9am", "1 9am",
		"Dec 2026 9am", "1st2 Dec 9am", "2026th 1 Dec 9am", "stnd Dec 9am", "2026-12-01 2026-12-02 9am", "2026-12-01 1 9am", "2026-12-01 2026 9am",
		"2026-12-01 tomorrow 9am", "2026-12-01 monday 9am", "tomorrow 2026-12-01 9am", "monday 2026-12-01 9am", "1 Dec monday 9am", "1 Dec 2026-12-01 9am",
		"monday 1 Dec 9am", "today 1 Dec 9am", "0 1 Dec 9am", "-1 1 Dec 9am", "09:30:10:05", "9:00:00.5", "now 2 hours", "next 2026-12-01 9am", "next today 9am", "now now", "in 3661 days", "in 87841 hours", "in 2 fortnights",
		"in 1 day 2", "in a", "an hour", "2026-12-01T", "2026-12-01x09:00", "abcdefghijT09:00", "9am utc", "UTC", "9am Japan", "now Cuba", "9am 5/6", "sept sept 1 9am", "sept1 9am",
		"februar 1 9am", "mond 9am", "2025-02-29 9am", "29 Feb 2027 9am",
	} {
		if got, err := Parse(text, time.UTC, now); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
}

// TestWordsAcrossAClockChange: days keep the time of day, hours last as long as they do,
// and a weekday is the next one, whether its clocks show the time or not.
func TestWordsAcrossAClockChange(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	before := time.Date(2026, 3, 28, 15, 30, 0, 0, berlin) // clocks are set forward in the night, from 2:00 to 3:00
	after := before.AddDate(0, 0, 2)
	for text, c := range map[string]struct {
		now  time.Time
		want string
	}{
		"in 1 day":    {before, "2026-03-29T15:30:00+02:00"},
		"in 1 week":   {before, "2026-04-04T15:30:00+02:00"},
		"in 24 hours": {before, "2026-03-29T16:30:00+02:00"},
		"sunday 3:00": {before, "2026-03-29T03:00:00+02:00"},
		"sunday 2:30": {after, "2026-04-05T02:30:00+02:00"},
	} {
		if m, err := Parse(text, berlin, c.now); err != nil || m.At.Format(time.RFC3339) != c.want {
			t.Errorf("%q is %v, %v; want %s", text, m.At, err, c.want)
		}
	}
	if m, err := Parse("sunday 2:30", berlin, before); err == nil || !strings.Contains(err.Error(), "never show 2026-03-29 02:30") {
		t.Errorf("a time that the next Sunday skips is %v, %v", m.At, err)
	}
}

// TestClocksThatChangeAreTold to the second, in their own zone.
func TestClocksThatChangeAreTold(t *testing.T) {
	berlin := mustZone(t, "Europe/Berlin")
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m, err := Parse("2026-10-25 02:30:05", berlin, now)
	if want := "The clocks of Europe/Berlin show 2026-10-25 02:30:05 twice, as they are set back; the earlier time is meant (02:30 CEST, not 02:30 CET)."; err != nil || m.Note != want {
		t.Errorf("note %q, %v; want %q", m.Note, err, want)
	}
	if want := time.Date(2026, 10, 25, 0, 30, 5, 0, time.UTC); !m.At.Equal(want) {
		t.Errorf("it is %v, want %v", m.At, want)
	}
	m, err = Parse("2026-10-25 02:59:59", berlin, now)
	if err != nil || m.Note == "" || m.At.UTC().Hour() != 0 {
		t.Errorf("the last second that comes twice: %v, note %q, %v", m.At, m.Note, err)
	}
}
