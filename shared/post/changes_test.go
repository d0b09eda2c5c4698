package post_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"spool/infra/transcript"
	"spool/shared/fault"
	"spool/shared/post"
)

// TestChanges tells for each transition what it changes of a record, and nothing else
// may. The record is one in which everything is set that can be; the clock runs in a
// zone, and finer than a record keeps. go test ./shared/post -args -rewrite writes
// testdata/changes anew.
func TestChanges(t *testing.T) {
	told := map[post.Transition]bool{}
	datadriven.RunTest(t, "testdata/changes", func(t *testing.T, d *datadriven.TestData) string {
		told[post.Transition(d.Cmd)] = true
		move := moves()[post.Transition(d.Cmd)]
		if move == nil {
			t.Fatalf("there is no transition %q", d.Cmd)
		}
		var said strings.Builder
		situations := thread(t)
		for _, name := range slices.Sorted(maps.Keys(situations)) {
			from := full(situations[name])
			if to, err := move(from); err == nil {
				fmt.Fprintf(&said, "%s\n%s", name, transcript.Changes(from, to))
			}
		}
		return said.String()
	})
	for name := range moves() {
		if !told[name] {
			t.Errorf("testdata/changes does not tell of %s", name)
		}
	}
}

// full sets what a record may have besides, and leaves the situation as it is.
func full(p post.Post) post.Post {
	if p.Reason == nil {
		p.Reason = &fault.Reason{Code: "earlier"}
	}
	if p.Media == nil {
		p.Media = &post.Transfer{Sent: 3, Total: 9}
	}
	p.Media.Tries = 1
	p.Tries, p.Lateness, p.RunID, p.Crashes = 2, time.Second, "earlier", 1
	if p.Lease.Owner == "" {
		p.Lease = post.Lease{Owner: "earlier", Term: 7, Until: now.Add(-time.Hour)}
	}
	return p
}
