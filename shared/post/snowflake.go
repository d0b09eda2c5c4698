package post

import (
	"strconv"
	"time"
)

// X's ids are snowflakes: the milliseconds since 2010-11-04T01:42:54.657Z,
// shifted left by 22 bits. Source: twitter-archive/snowflake, and X's developer
// documentation ("Twitter IDs").
const (
	snowflakeEpoch = 1288834974657
	snowflakeShift = 22
)

// ValidID reports whether id has the form of X's ids: up to 19 decimal digits, of which
// the first is not zero.
func ValidID(id string) bool {
	_, err := strconv.ParseUint(id, 10, 63)
	return err == nil && id[0] != '0'
}

// PostedAt is when X made the id, to the millisecond; zero for what is no id.
func PostedAt(id string) time.Time {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(n>>snowflakeShift + snowflakeEpoch).UTC()
}

// IDAt is the smallest id that X could have made at a time.
func IDAt(t time.Time) string {
	return strconv.FormatInt(max(t.UnixMilli()-snowflakeEpoch, 0)<<snowflakeShift, 10)
}
