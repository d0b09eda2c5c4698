package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"spool/shared/wire"
)

// result is what a command left behind.
type result struct {
	status   int
	out, err string
}

// spool runs a command line with in as standard input.
func spool(t *testing.T, std Stdio, in string, args ...string) result {
	t.Helper()
	var out, errors bytes.Buffer
	std.In, std.Out, std.Err = strings.NewReader(in), &out, &errors
	std.Now = func() time.Time { return start }
	std.Zone, std.Sleep = time.UTC, func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	status := Run(t.Context(), args, std)
	return result{status, out.String(), errors.String()}
}

// file writes a file and returns its name.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCountPrintsALineForEachText(t *testing.T) {
	tests := []struct {
		name string
		in   string
		args []string
		want string
	}{
		{
			"a file, without its line end", "Grüße https://example.com/a?b=c&d=e <x>\n", []string{"count", "-"},
			`{"weighted_length":33,"valid":true,"urls":["https://example.com/a?b=c&d=e"]}` + "\n",
		},
		{"nothing", "", []string{"count", "-"}, `{"weighted_length":0,"valid":false,"urls":[]}` + "\n"},
		{
			"lines of JSON", `{"text":"👩‍👩‍👧‍👦 1️⃣"}` + "\n\n" + `{"id":7,"text":"a.com b.org\n"}` + "\n" + `{"text":"\ud83d\ude00\ufeff"}`, []string{"count", "--jsonl", "-"},
			`{"weighted_length":5,"valid":true,"urls":[]}` + "\n" +
				`{"weighted_length":48,"valid":true,"urls":["a.com","b.org"]}` + "\n" +
				`{"weighted_length":4,"valid":false,"urls":[]}` + "\n",
		},
		{"a long text", strings.Repeat("x", 281), []string{"count", "-"}, `{"weighted_length":281,"valid":false,"urls":[]}` + "\n"},
		{"a long text with Premium", strings.Repeat("x", 281), []string{"count", "--premium", "-"}, `{"weighted_length":281,"valid":true,"urls":[]}` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(result{out: tt.want}, spool(t, Stdio{}, tt.in, tt.args...), cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// What is piped is read, with and without a name for it, whatever program wrote it.
func TestStandardInputNeedsNoName(t *testing.T) {
	const five = `{"weighted_length":5,"valid":true,"urls":[]}` + "\n"
	for _, in := range []string{"\ufeffGrüße\r\n", "Grüße\r", "Grüße\n", "a\r\nb\rc\r\n", "Gru\u0308ße"} {
		for _, args := range [][]string{{"count"}, {"count", "-"}, {"count", file(t, "text.txt", in)}} {
			if got := spool(t, Stdio{}, in, args...); got != (result{StatusOK, five, ""}) {
				t.Errorf("%v of %q: %+v", args, in, got)
			}
		}
	}
	line := "\ufeff" + `{"text":"a\r\nb\rc"}`
	if got := spool(t, Stdio{}, line, "count", "--jsonl"); got != (result{StatusOK, five, ""}) {
		t.Errorf("a line of JSON: %+v", got)
	}
	if got := spool(t, Stdio{}, "One\n\n---\n\nTwo", "preview"); got.status != StatusOK || !strings.Contains(got.out, "┌ 2/2") {
		t.Errorf("preview: %+v", got)
	}
	f := newAPI(t)
	if got := spool(t, f.stdio(), "One\r\n\r\n---\r\n\r\nTwo", "post", "--draft"); got.status != StatusOK {
		t.Errorf("post: %+v", got)
	} else if body := f.last("POST /v1/posts").body; !strings.Contains(body, `"tweets":[{"text":"One"},{"text":"Two"}]`) {
		t.Errorf("post sends %s", body)
	}
	if got := spool(t, f.stdio(), "Anew", "edit", scheduledID); got.status != StatusOK {
		t.Errorf("edit: %+v", got)
	} else if diff := cmp.Diff([]wire.TweetInput{{Text: "Anew"}}, f.edited(scheduledID).Tweets); diff != "" {
		t.Errorf("edit -want +got:\n%s", diff)
	}
	if got := spool(t, f.stdio(), " \n", "edit", scheduledID); got.status != StatusFailure || !strings.Contains(got.err, "You did not say what to change") {
		t.Errorf("edit by nothing: %+v", got)
	}
}

func TestWhatIsNoTextIsRefusedWithItsPlace(t *testing.T) {
	for _, tt := range []struct {
		in, says string
		args     []string
	}{
		{"two\ncaf\xe9", "standard input: This is not UTF-8 text: see byte 7, in line 2. Save it as UTF-8.", []string{"count"}},
		{"\xff\xfea\x00", "This is UTF-16", []string{"count"}},
		{"caf\xe9", "This is not UTF-8 text: see byte 3.", []string{"preview"}},
		{`{"text":"a"}` + "\n{\"text\":\"caf\xe9\"}", "standard input:2: The JSON is not UTF-8: see byte 12.", []string{"count", "--jsonl"}},
		{`{"text":"\ud83d"}`, "standard input:1: The JSON has half a character", []string{"count", "--jsonl"}},
	} {
		if got := spool(t, Stdio{}, tt.in, tt.args...); got.status != StatusFailure || !strings.Contains(got.err, tt.says) {
			t.Errorf("%v of %q: %+v", tt.args, tt.in, got)
		}
	}
}

func TestCountPrintsWhatItReadBeforeABadLine(t *testing.T) {
	got := spool(t, Stdio{}, `{"text":"a"}`+"\n"+`{"txt":"b"}`, "count", "--jsonl", "-")
	want := result{StatusFailure, `{"weighted_length":1,"valid":true,"urls":[]}` + "\n", "spool: standard input:2: The line is not of the form {\"text\": \"…\"}. Correct it; the lines before it are counted.\n"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStatuses(t *testing.T) {
	tests := []struct {
		name   string
		in     string
		args   []string
		status int
		says   string // on standard error, or on standard output if the status is that of success
	}{
		{"help", "", []string{"--help"}, StatusOK, "Usage: spool"},
		{"help of a command", "", []string{"preview", "--help"}, StatusOK, "--numbering"},
		{"no command", "", nil, StatusUsage, "spool --help"},
		{"unknown command", "", []string{"publsh"}, StatusUsage, "publsh"},
		{"unknown flag", "", []string{"count", "--jsonn", "-"}, StatusUsage, "--jsonn"},
		{"no such file", "", []string{"count", "no/such/file"}, StatusFailure, "no/such/file"},
		{"a folder", "", []string{"preview", "."}, StatusFailure, "directory"},
		{"bad front matter", "---\nparagraphs: some\n---\n", []string{"preview", "-"}, StatusFailure, "standard input:2: paragraphs must be merge or each"},
		{"unknown zone", "---\nat: 2026-12-01 09:00\nzone: Mars/Olympus\n---\nx", []string{"preview", "-"}, StatusFailure, `There is no time zone "Mars/Olympus". Use`},
		{"time that does not exist", "---\nat: 2026-03-29 02:30\n---\nx", []string{"preview", "--zone", "Europe/Berlin", "-"}, StatusFailure, "Use 2026-03-29 01:59 or 2026-03-29 03:00."},
		{"numbering without number", "x", []string{"preview", "--numbering", "n", "-"}, StatusFailure, "has no 1"},
		{"text of another format than its name says", "*x*", []string{"preview", "--format", "text", "-"}, StatusOK, "│ *x*"},
		{"a JSON array on standard input", `["x", "y"]`, []string{"preview", "-"}, StatusOK, "2 tweets, $0.03"},
		{"an unknown format", "x", []string{"preview", "--format", "word", "-"}, StatusUsage, "markdown"},
		{"what is lost, at its line", "x\n\n<!-- y -->\n", []string{"preview", "-"}, StatusOK, "standard input:3: hint: A comment is not published"},
		{"what X makes links of", "Read README.md, @ada", []string{"preview", "--explain", "-"}, StatusOK, "│ X makes a link of \"README.md\", and the tweet costs $0.20.\n│ X makes a mention of \"@ada\"."},
		{"a length to aim at", "The first sentence is here. The second one follows it. The third comes after both. The fourth is the last of them all.", []string{"preview", "--target", "60", "-"}, StatusOK, "2 tweets"},
		{"a poll", "---\npolls: [{options: [Yes, No]}]\n---\nShall we?", []string{"preview", "-"}, StatusOK, "1 tweet, $0.015"},
		{"text that X takes", "x", []string{"preview", "-"}, StatusOK, "1 tweet, $0.015"},
		{"text that X refuses", "$ABC and $DEF", []string{"preview", "-"}, StatusErrors, ""},
		{"nothing to post", "", []string{"preview", "-"}, StatusErrors, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := spool(t, Stdio{}, tt.in, tt.args...)
			said := got.err
			if tt.status == StatusOK {
				said = got.out
			}
			if got.status != tt.status || !strings.Contains(said, tt.says) {
				t.Errorf("status %d, out %q, err %q; want status %d and %q", got.status, got.out, got.err, tt.status, tt.says)
			}
		})
	}
}

const manuscriptText = `---
at: 2027-10-31 02:30
zone: Europe/Berlin
numbering: 1/n
---
First with [a link](https://example.com) and #tag.

---

Second for @stranger and @me.
`

func TestPreviewShowsTheThread(t *testing.T) {
	path := file(t, "thread.md", manuscriptText)
	got := spool(t, Stdio{}, "", "preview", path)
	got.out = strings.ReplaceAll(got.out, filepath.Dir(path)+"/", "")
	want := `┌ 1/2 57 of 280, 223 left
│ First with a link (https://example.com) and #tag. 1/2

┌ 2/2 33 of 280, 247 left
│ Second for @stranger and @me. 2/2
│ thread.md:10: warning: X may refuse a tweet by a program that mentions @stranger, unless they wrote to the account. Leave out the @.
│ thread.md:10: warning: X may refuse a tweet by a program that mentions @me, unless they wrote to the account. Leave out the @.

2 tweets, $0.215: 1 at $0.015 and 1 with a link at $0.20 (X's prices of 2026-08-01).
Due Sunday, 31 October 2027, 02:30:00 CEST (+02:00).
The clocks of Europe/Berlin show 2027-10-31 02:30 twice, as they are set back; the earlier time is meant (02:30 CEST, not 02:30 CET).
`
	if diff := cmp.Diff(result{out: want}, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPreviewTellsWhatPremiumMayExceed(t *testing.T) {
	folder, err := filepath.Abs("../media/testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file   string
		args   []string
		limits string
		status int
		says   string
	}{
		{"large.mp4", nil, "", StatusErrors, "error: Medium 1: large.mp4 has 1280×1026 pixels"},
		{"large.mp4", []string{"--premium"}, "", StatusOK, "warning: Medium 1: large.mp4 has 1280×1026 pixels"},
		{"large.mp4", nil, `{"video_long_side":1920,"video_short_side":1200}`, StatusOK, "1 tweet"},
		{"large.mp4", nil, `{"video_long_side":-1}`, StatusErrors, "error: Medium 1: large.mp4"},
		{"flat.mp4", []string{"--premium"}, "", StatusErrors, "error: flat.mp4 has 64×30 pixels"},
		{"animation.webp", nil, "", StatusOK, "hint: Medium 1 moves, but X shows"},
		{"animation.png", nil, "", StatusOK, "hint: Medium 1 moves, but X shows"},
		{"quicktime.mov", nil, "", StatusOK, "1 tweet"},
	} {
		std := Stdio{Env: func(name string) string { return map[string]string{"SPOOL_MEDIA_LIMITS": tt.limits}[name] }}
		got := spool(t, std, "One ![A]("+filepath.Join(folder, tt.file)+")", append([]string{"preview"}, tt.args...)...)
		if got.status != tt.status || !strings.Contains(got.out, tt.says) || strings.HasPrefix(tt.says, "1 tweet") && strings.Contains(got.out, "Medium") {
			t.Errorf("%s %v %s: %+v", tt.file, tt.args, tt.limits, got)
		}
		if wrong := strings.Contains(got.err, "SPOOL_MEDIA_LIMITS is ignored"); wrong != strings.Contains(tt.limits, "-1") {
			t.Errorf("%s: it says %q", tt.limits, got.err)
		}
	}
}

func TestAPicturesPathMayBeWrittenAsInAnAddress(t *testing.T) {
	for written, name := range map[string]string{"bild%20(1).png": "bild (1).png", "<bild (1).png>": "bild (1).png", "100%25.png": "100%.png", "50%20off.png": "50%20off.png", "gr%C3%BCn.png": "grün.png"} {
		f := newAPI(t)
		text := file(t, "thread.md", "One ![A cat]("+written+")")
		f.picture(text, name)
		got := spool(t, Stdio{}, "", "preview", text)
		if got.status != StatusOK || !strings.Contains(got.out, "│ ["+name+": A cat]\n") {
			t.Errorf("%s: status %d, %s%s", written, got.status, got.out, got.err)
		}
	}
}

func TestPreviewLooksAtTheFiles(t *testing.T) {
	text := file(t, "thread.md", "One\n\n![A cat](cat.png)\n\n---\n\nTwo ![](none.gif)")
	(&fakeAPI{t: t, answers: map[string][]any{}}).picture(text, "cat.png")
	got := spool(t, Stdio{}, "", "preview", text)
	if got.status != StatusErrors || !strings.Contains(got.out, "│ [cat.png: A cat]\n") || !strings.Contains(got.out, "thread.md:7: error: none.gif: No such file") {
		t.Errorf("status %d: %s", got.status, got.out)
	}
}

func TestPreviewColoursLinksAndWhatIsTooMuch(t *testing.T) {
	in := `["see example.com\nnow", "` + strings.Repeat("x", 281) + `"]`
	got := spool(t, Stdio{Color: true, Terminal: Terminal{Out: true}}, "", "preview", file(t, "thread.json", in))
	for _, want := range []string{
		"│ see \x1b[36mexample.com\x1b[0m\n│ now\n",
		"\x1b[31m281 of 280, 1 too many\x1b[0m",
		strings.Repeat("x", 280) + "\x1b[31mx\x1b[0m\n",
		"\x1b[31merror:\x1b[0m",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("output lacks %q:\n%q", want, got.out)
		}
	}
	if got.status != StatusErrors {
		t.Errorf("status %d, want %d", got.status, StatusErrors)
	}
}

func TestPreviewDoesNotLetTextSteerTheTerminal(t *testing.T) {
	thread := file(t, "thread.txt", "a\x1b]0;title\x07b\u009b2J \u202eexe.txt\u202c \u2067x\u2069")
	const steering, want = "\x1b\x07\u009b\u202e\u202c\u2067\u2069", `a\u001b]0;title\u0007b\u009b2J \u202eexe.txt\u202c \u2067x\u2069`
	got := spool(t, Stdio{}, "", "preview", thread)
	if strings.ContainsAny(got.out, steering) || !strings.Contains(got.out, want) {
		t.Errorf("output is %q", got.out)
	}
	got = spool(t, Stdio{}, "", "preview", "--json", thread)
	if strings.ContainsAny(got.out, steering) || !strings.Contains(got.out, want) {
		t.Errorf("as JSON it is %q", got.out)
	}
	var p struct{ Tweets []struct{ Text string } }
	if err := json.Unmarshal([]byte(got.out), &p); err != nil || !strings.Contains(p.Tweets[0].Text, "\u202eexe.txt") {
		t.Errorf("which does not mean the same: %v, %+v", err, p)
	}
}

func TestPreviewAsJSON(t *testing.T) {
	got := spool(t, Stdio{}, manuscriptText, "preview", "--json", "--numbering", "none", "-")
	var p struct {
		Tweets []struct {
			Text     string
			Weighted int `json:"weighted_length"`
			Source   struct{ Start, End int }
		}
		Findings []struct{ Code string }
		Cost     struct{ Total string }
		At       time.Time
		Note     string `json:"at_note"`
	}
	if err := json.Unmarshal([]byte(got.out), &p); err != nil {
		t.Fatalf("%v in %q", err, got.out)
	}
	if len(p.Tweets) != 2 || p.Tweets[1].Text != "Second for @stranger and @me." || p.Tweets[1].Source.Start != 121 ||
		len(p.Findings) != 2 || p.Cost.Total != "0.215" || p.At.UTC().Format(time.RFC3339) != "2027-10-31T00:30:00Z" || p.Note == "" {
		t.Errorf("got %+v", p)
	}
}

func TestFailureToWriteIsAFailure(t *testing.T) {
	std := Stdio{In: strings.NewReader("x"), Out: brokenPipe{}, Err: io.Discard, Now: time.Now}
	for _, command := range []string{"count", "preview"} {
		std.In = strings.NewReader("x")
		if status := Run(t.Context(), []string{command, "-"}, std); status != StatusFailure {
			t.Errorf("%s: status %d, want %d", command, status, StatusFailure)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestWhatIsWrongWithAPictureNamesItsLine, which is not the one that its tweet begins at.
func TestWhatIsWrongWithAPictureNamesItsLine(t *testing.T) {
	name := file(t, "thread.md", "One\n\n![cat](none.png)\n\n---\n\nTwo\n\n![web](https://example.com/a.png)\n")
	got := spool(t, Stdio{}, "", "preview", name)
	for _, want := range []string{name + ":3: error: none.png: ", name + ":9: error: https://example.com/a.png: "} {
		if !strings.Contains(got.out, want) {
			t.Errorf("the output is %s, want %q in it", got.out, want)
		}
	}
}
