package app_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"spool/shared/idempotency"
	"spool/shared/post"
	"spool/shared/publish"
	"spool/shared/schedule"
	"spool/shared/vault"
	"spool/shared/xapi"
	"spool/shared/xauth"
)

// TestTimesGoTogether: each of these is set where it belongs, and depends on others.
func TestTimesGoTogether(t *testing.T) {
	c, v := publish.Defaults(), vault.Defaults()
	for _, tt := range []struct {
		why         string
		less, least time.Duration // less has to cover least
	}{
		{"a request may leave late in a lease, by a clock that is off, before absence counts", c.Settle, publish.LeastSettle(c.Lease) + c.Request/2},
		{"a lease covers the requests of a tweet whose media are renewed first", c.Lease, c.Request + c.Upload},
		{"the publisher, not the client, ends a request that takes too long", xapi.DefaultTimeout, c.Request + time.Second},
		{"and one with a part of a medium", xapi.DefaultUploadTimeout, c.Upload + time.Second},
		{"X keeps an upload from when it is made until its post's time", xapi.MediaLife, 2*post.MediaPreparation + 2*time.Hour},
		{"an upload is in the bucket for as long as its file is known", days(t, "unused-uploads"), post.FileLife + time.Hour},
		{"a wait is at least as long as X's shortest", post.ShortestWait, xapi.LimitFloor},
		{"an end of a limit that is believed is looked for", post.LongestWait, 24 * time.Hour},
		{"what the longest pause holds is resumed", post.LongestWait, xapi.ProbeCap},
		{"a request with an Idempotency-Key counts as under way for longer than its function runs", idempotency.Patience, timeout(t, "ApiFunction") + post.Skew/2},
		{"who disconnects is answered before the function ends", timeout(t, "ApiFunction"), vault.Patience + v.Request + v.Storing},
		{"a refresh ends within its lease", v.Lease, v.Request + v.Storing},
		{"the vault, not the client, ends a refresh that takes too long", xauth.DefaultTimeout, v.Request + time.Second},
		{"a message comes again after its worker has ended", visibility(t, "PublishQueue"), 6 * timeout(t, "PublishFunction")},
		{"so does a dead one", visibility(t, "DeadLetterQueue"), 6 * timeout(t, "DispatchFunction")},
		{"a round of dispatch finds what is due until the next one is over", schedule.Horizon, time.Minute + 10*time.Second},
		{"the template's settling time", parameter(t, "SettleSeconds"), c.Settle},
		{"the protocol's", c.Settle, parameter(t, "SettleSeconds")},
		{"the template's lease", parameter(t, "LeaseSeconds"), c.Lease},
		{"the protocol's", c.Lease, parameter(t, "LeaseSeconds")},
	} {
		if tt.less < tt.least {
			t.Errorf("%s: it is %v, and has to be %v at least", tt.why, tt.less, tt.least)
		}
	}
}

// parameter is the default of one of the template's numbers of seconds.
func parameter(t *testing.T, name string) time.Duration {
	return time.Second * find(t, name+`:\n    Type: Number\n    Default: (\d+)`)
}

// timeout is how long a function may run, and visibility for how long a queue
// keeps what somebody has received.
func timeout(t *testing.T, function string) time.Duration {
	return time.Second * find(t, function+`:\n(?:    .*\n)*?      Timeout: (\d+)`)
}

func visibility(t *testing.T, queue string) time.Duration {
	return time.Second * find(t, queue+`:\n(?:    .*\n)*?      VisibilityTimeout: (\d+)`)
}

// days is after how many days the bucket drops what a rule is about.
func days(t *testing.T, rule string) time.Duration {
	return 24 * time.Hour * find(t, `Id: `+rule+`[^\n]*\n\s+Status: Enabled\n\s+Prefix: [^\n]*\n\s+ExpirationInDays: (\d+)`)
}

func find(t *testing.T, pattern string) time.Duration {
	t.Helper()
	page, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(pattern).FindSubmatch(page)
	if found == nil {
		t.Fatalf("the template has no %s", pattern)
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(n)
}
