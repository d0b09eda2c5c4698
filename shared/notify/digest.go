package notify

import (
	"time"

	"spool/shared/fault"
)

// begin checks when a digest is wanted, and gives it with the time of the first.
func (d Digest) begin(now time.Time) (Digest, error) {
	if d.Zone == "" {
		return Digest{}, nil
	}
	if d.Hour < 0 || d.Hour > 23 {
		return d, fault.New(fault.Invalid, "A day has no hour %d.", d.Hour).At("digest.hour").Todo("Give 0 to 23.")
	}
	zone, err := time.LoadLocation(d.Zone)
	if err != nil || d.Zone == "Local" {
		return d, fault.New(fault.Invalid, "This is not a time zone.").At("digest.zone").
			Todo("Give the name of an IANA time zone, such as Europe/Berlin.")
	}
	d.Next = d.after(now, zone)
	return d, nil
}

// after is the first time of the digest that comes after another.
func (d Digest) after(t time.Time, zone *time.Location) time.Time {
	y, m, day := t.In(zone).Date()
	for {
		next := time.Date(y, m, day, d.Hour, 0, 0, 0, zone)
		if next.After(t) {
			return clock(next)
		}
		day++
	}
}
