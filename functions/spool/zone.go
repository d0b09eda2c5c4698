package main

import (
	"os"
	"strings"
	"time"
)

// here is the zone that the user is in, by its IANA name where that can be found: Go
// calls the machine's own zone Local. The variable TZ wins over the link, which is
// /etc/localtime on a machine that has one.
func here(env func(string) (string, bool), link string) *time.Location {
	path, set := env("TZ")
	if !set {
		path, _ = os.Readlink(link) // no link: the zone has no name
	}
	zone, err := time.LoadLocation(inDatabase(strings.TrimPrefix(path, ":")))
	if err != nil || path == "" {
		return time.Local
	}
	return zone
}

// inDatabase is the name of a zone whose file in the database of zones is given.
func inDatabase(path string) string {
	if _, name, found := strings.Cut(path, "zoneinfo/"); found {
		return strings.TrimPrefix(strings.TrimPrefix(name, "posix/"), "right/")
	}
	return path
}
