package post

import "time"

// How long whoever works on posts, or asks X for something, waits.
const (
	// ShortestWait is the floor of every wait: X's limits are kept in whole minutes.
	ShortestWait = time.Minute
	// LongestWait is the longest wait that is believed: the longest window of X's
	// limits is 24 hours, and clocks differ.
	LongestWait = 25 * time.Hour
)
