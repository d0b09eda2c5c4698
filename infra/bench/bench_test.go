package main

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"spool/infra/bench/report"
	"spool/shared/post"
)

func TestWhatCameOfABurst(t *testing.T) {
	nine := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	posts := []planned{{"A", nine, []string{"a1", "a2"}}, {"B", nine.Add(time.Second), []string{"b1"}}}
	came := func(text string, after time.Duration) create {
		return create{text: text, at: nine.Add(after), made: "id of " + text}
	}
	all := []create{came("a1", 300*time.Millisecond), came("b1", 1200*time.Millisecond), came("a2", time.Second)}
	refused := came("b1", 2*time.Second)
	refused.made = ""
	for name, tc := range map[string]struct {
		arrived []create
		late    []time.Duration
		wrong   string
	}{
		"each tweet once":        {all, []time.Duration{300 * time.Millisecond, 200 * time.Millisecond}, ""},
		"a tweet twice":          {append([]create{came("a2", 0)}, all...), nil, `X was asked 2 times for the tweet "a2"`},
		"a tweet never":          {all[:2], nil, `X was asked 0 times for the tweet "a2"`},
		"a tweet that X refused": {[]create{all[0], refused, all[2]}, nil, `X was asked 1 times for the tweet "b1"`},
		"a tweet too early":      {[]create{all[0], came("b1", 900*time.Millisecond), all[2]}, nil, `"b1" came 100ms early`},
		"a tweet of nobody's":    {append([]create{came("c1", 0)}, all...), nil, `a tweet of no post: "c1"`},
	} {
		t.Run(name, func(t *testing.T) {
			late, err := judge(posts, tc.arrived)
			if tc.wrong == "" {
				if diff := cmp.Diff(tc.late, late); err != nil || diff != "" {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
			} else if err == nil || !strings.Contains(err.Error(), tc.wrong) {
				t.Errorf("got %v, want %s", err, tc.wrong)
			}
		})
	}
}

func TestARecordThatSaysWhatXHas(t *testing.T) {
	p := planned{texts: []string{"a1", "a2"}}
	made := map[string]string{"a1": "1", "a2": "2"}
	out := func(ids ...string) (all []post.Receipt) {
		for _, id := range ids {
			all = append(all, post.Receipt{ID: id})
		}
		return all
	}
	for name, tc := range map[string]struct {
		record post.Post
		want   bool
	}{
		"published, with X's ids": {post.Post{Status: post.Published, Published: out("1", "2")}, true},
		"still publishing":        {post.Post{Status: post.Publishing, Published: out("1", "2")}, false},
		"another id":              {post.Post{Status: post.Published, Published: out("1", "3")}, false},
		"an id is missing":        {post.Post{Status: post.Published, Published: out("1")}, false},
		"no record":               {post.Post{}, false},
	} {
		if got := says(tc.record, p, made); got != tc.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestBurstsAreNamed(t *testing.T) {
	for want, b := range map[string]burst{
		"300 posts due in one second":            {300, 1, 0},
		"1000 posts spread over 60 s":            {1000, 1, time.Minute},
		"10 posts of 3 tweets due in one second": {10, 3, time.Second},
		"10 posts of 3 tweets spread over 2 s":   {10, 3, 2 * time.Second},
	} {
		if got := b.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSharesOfTheCPU(t *testing.T) {
	before := usage{dynalite: time.Second, emulator: 500 * time.Millisecond}
	after := usage{dynalite: 3 * time.Second, emulator: 500 * time.Millisecond, "PublishFunction": 250 * time.Millisecond}
	d := after.since(before)
	if got, want := d.String(), "dynalite 2.00 s, PublishFunction 0.25 s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// This program's own CPU time is known where that of its children is.
func TestOwnTimeIsRead(t *testing.T) {
	_, _, linux := times("/proc/self")
	if _, ok := cpu()[emulator]; ok != linux {
		t.Errorf("it was read: %v, want %v", ok, linux)
	}
}

func TestCopiesAreSpreadOverTheShards(t *testing.T) {
	of := item{
		"pk": str("post#01ABCDEFGHJ"), "sk": str("progress"), "find_sk": str("2026#01ABCDEFGHJ"), "due_shard": str("due#3"),
		"rev": &types.AttributeValueMemberN{Value: "1"},
	}
	kept := maps.Clone(of)
	c := copier{of: of, id: "01ABCDEFGHJ"}
	got := c.copy(13, func(i int, it item) { it["title"] = str("changed") })
	want := item{
		"pk": str("post#01AB0000013"), "sk": str("progress"), "find_sk": str("2026#01AB0000013"), "due_shard": str("due#5"),
		"rev": &types.AttributeValueMemberN{Value: "1"}, "title": str("changed"),
	}
	plain := cmp.Transformer("text", func(v types.AttributeValue) string {
		if s, ok := text(v); ok {
			return s
		}
		return v.(*types.AttributeValueMemberN).Value
	})
	if diff := cmp.Diff(want, got, plain); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(kept, of, plain); diff != "" {
		t.Errorf("the item itself changed:\n%s", diff)
	}
}

func TestArguments(t *testing.T) {
	for name, tc := range map[string]struct {
		args  []string
		wrong string
	}{
		"nothing":                  {nil, ""},
		"a burst":                  {[]string{"-only", "bursts", "-posts", "300", "-set", "A=b"}, ""},
		"two families":             {[]string{"-only", "text,rate"}, ""},
		"an unknown family":        {[]string{"-only", "txt"}, `there is no family "txt"`},
		"a setting without value":  {[]string{"-set", "A"}, "want Name=Value"},
		"an argument":              {[]string{"bursts"}, `unknown argument "bursts"`},
		"to record a part":         {[]string{"-record", "-only", "text"}, "-record goes with a whole run"},
		"to record a small run":    {[]string{"-record", "-small"}, "-record goes with a whole run"},
		"to record other settings": {[]string{"-record", "-set", "A=b"}, "-record goes with a whole run"},
	} {
		_, err := parse(tc.args, io.Discard)
		if (err != nil) != (tc.wrong != "") || err != nil && !strings.Contains(err.Error(), tc.wrong) {
			t.Errorf("%s: got %v, want %q", name, err, tc.wrong)
		}
	}
}

// README.md shows what is recorded, and nothing where nothing is.
func TestTheReadmeHasTheRecordedTable(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", readmeFile))
	if err != nil {
		t.Fatal(err)
	}
	figures, err := os.ReadFile("recorded.json")
	want := ""
	if err == nil {
		var r report.Report
		if err := json.Unmarshal(figures, &r); err != nil {
			t.Fatal(err)
		}
		want = r.Text()
	}
	if got, err := report.Inserted(string(readme)); err != nil || got != want {
		t.Errorf("README.md has %v\n%s\nand recorded.json\n%s", err, got, want)
	}
}

func TestNothingIsRecordedOnABusyMachine(t *testing.T) {
	if why := busy(0); why != "" {
		t.Errorf("without load it says %q", why)
	}
	if why := busy(1000); !strings.Contains(why, "1000.00") {
		t.Errorf("under load it says %q", why)
	}
}
