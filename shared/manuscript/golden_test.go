package manuscript

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"spool/shared/fault"
	"spool/shared/tweet"
)

// TestThreads reads the manuscripts of testdata/threads and shows the threads that they
// make, with their media, and what is said of them. Each is a part of the specification:
// go test ./shared/manuscript -run TestThreads -rewrite writes them anew.
func TestThreads(t *testing.T) {
	datadriven.Walk(t, filepath.Join("testdata", "threads"), func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			format, limit, target := string(Markdown), tweet.StandardLimit, 0
			d.MaybeScanArgs(t, "as", &format)
			d.MaybeScanArgs(t, "limit", &limit)
			d.MaybeScanArgs(t, "target", &target)
			m, err := ParseAs(Format(format), []byte(d.Input))
			if err != nil {
				return refused(t, err)
			}
			m.Front.Target = target
			return thread(t, m, limit)
		})
	})
}

func refused(t *testing.T, err error) string {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		t.Fatal(err)
	}
	return fmt.Sprintf("refused at %q: %s\n", e.Field, e.Message)
}

// thread shows a thread as a reader of the specification wants it: its tweets and what is
// said of the manuscript.
func thread(t *testing.T, m Manuscript, limit int) string {
	t.Helper()
	made, err := m.Thread(limit)
	if err != nil {
		return refused(t, err)
	}
	shown := made.Show(made.Drafts, tweet.Rules{Limit: limit})
	var b strings.Builder
	for i, p := range shown.Tweets {
		fmt.Fprintf(&b, "┌ %d\n", p.Weighted)
		for line := range strings.SplitSeq(p.Text, "\n") {
			b.WriteString(strings.TrimRight("│ "+line, " ") + "\n")
		}
		for _, f := range made.Files[i] {
			fmt.Fprintf(&b, "│ [%s: %s]\n", f.Path, f.Alt)
		}
		if poll := made.Drafts[i].Poll; poll != nil {
			fmt.Fprintf(&b, "│ (poll of %d minutes: %s)\n", poll.Minutes, strings.Join(poll.Options, ", "))
		}
		if d := made.Drafts[i]; d.CommunityID != "" || d.MadeWithAI || d.PaidPartnership {
			fmt.Fprintf(&b, "│ (community %q, made with AI %t, paid %t)\n", d.CommunityID, d.MadeWithAI, d.PaidPartnership)
		}
		if d := made.Drafts[i]; d.ReplySettings != "" || d.QuoteID != "" {
			fmt.Fprintf(&b, "│ (replies %q, quotes %q)\n", d.ReplySettings, d.QuoteID)
		}
	}
	for _, f := range shown.Findings {
		if f.Code != tweet.CodeLongThread && f.Code != tweet.CodeMention {
			fmt.Fprintf(&b, "line %d, tweet %d, %s: %s\n", f.Line, f.Tweet, f.Severity, f.Message)
		}
	}
	return b.String()
}
