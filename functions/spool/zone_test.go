package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestHere(t *testing.T) {
	for _, tc := range []struct {
		name   string
		tz     *string // the variable; nil: not set
		target string  // of the link; empty: there is none
		want   string
	}{
		{"a name", new("Asia/Tokyo"), "", "Asia/Tokyo"},
		{"a name, as POSIX marks it", new(":Asia/Tokyo"), "/usr/share/zoneinfo/Europe/Berlin", "Asia/Tokyo"},
		{"a file", new("/usr/share/zoneinfo/America/New_York"), "", "America/New_York"},
		{"the machine's link", nil, "/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"},
		{"a link of macOS", nil, "/var/db/timezone/zoneinfo/Europe/Berlin", "Europe/Berlin"},
		{"a link within the database", nil, "../usr/share/zoneinfo/posix/Europe/Berlin", "Europe/Berlin"},
		{"rules that have no name", new("CET-1CEST,M3.5.0,M10.5.0/3"), "/usr/share/zoneinfo/Europe/Berlin", time.Local.String()},
		{"a link to somewhere", nil, "/tmp/mine", time.Local.String()},
		{"no link", nil, "", time.Local.String()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			link := filepath.Join(t.TempDir(), "localtime")
			if tc.target != "" {
				if err := os.Symlink(tc.target, link); err != nil {
					t.Fatal(err)
				}
			}
			env := func(string) (string, bool) {
				if tc.tz == nil {
					return "", false
				}
				return *tc.tz, true
			}
			if got := here(env, link); got.String() != tc.want {
				t.Errorf("got %v, want %s", got, tc.want)
			}
		})
	}
}
