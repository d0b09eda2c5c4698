package cli

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"spool/shared/media/mediatest"
	"spool/shared/post"
	"spool/shared/wire"
)

// posted is what the API was asked to make last.
func (f *fakeAPI) posted() (in wire.PostInput, key string) {
	f.t.Helper()
	r := f.last("POST /v1/posts")
	if err := json.Unmarshal([]byte(r.body), &in); err != nil {
		f.t.Fatal(err)
	}
	return in, r.header.Get("Idempotency-Key")
}

// picture writes a picture beside a manuscript, which the API takes.
func (f *fakeAPI) picture(manuscript, name string) {
	if err := os.WriteFile(filepath.Join(filepath.Dir(manuscript), name), mediatest.PNG(20, 10, 1), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.answer("POST /v1/media", wire.Media{ID: "m1", Upload: &wire.Upload{Method: "PUT", URL: f.url + "/upload", Headers: map[string]string{"Authorization": "Bearer key"}}})
	f.answer("PUT /upload", nil)
	f.answer("GET /v1/media/m1", wire.Media{ID: "m1", State: "ready"})
}

func TestPostSaysWhatTheManuscriptAndTheFlagsSay(t *testing.T) {
	f := newAPI(t)
	text := file(t, "thread.md", "---\nat: 2026-12-01 09:00\nzone: Europe/Berlin\nnumbering: 1/n\n---\nOne\n\n![A cat](cat.png)\n\n---\n\nTwo")
	f.picture(text, "cat.png")
	f.picture(text, "dog.png")
	got := spool(t, f.stdio(), "", "post", text, "--at", "friday 17:30", "--numbering", "none", "--media", "2="+filepath.Join(filepath.Dir(text), "dog.png")+": A dog: asleep")
	in, key := f.posted()
	if got.status != StatusOK || !strings.HasPrefix(got.out, scheduledID+"  scheduled  2 tweets as @ada") || key == "" {
		t.Errorf("status %d, key %q, %q, %q", got.status, key, got.out, got.err)
	}
	if in.AccountID != "1" || in.At != "friday 17:30" || in.Zone != "Europe/Berlin" || in.Draft || len(in.Tweets) != 2 ||
		in.Tweets[0].Text != "One" || in.Tweets[0].Media[0] != (wire.MediaRefInput{ID: "m1", AltText: "A cat"}) || in.Tweets[1].Media[0].AltText != "A dog: asleep" {
		t.Errorf("asked for %+v", in)
	}
	if f.times("PUT /upload") != 1 {
		t.Errorf("uploaded the same bytes %d times", f.times("PUT /upload"))
	}
	if !strings.Contains(got.err, "cat.png is uploaded") || strings.Contains(got.err, "%") {
		t.Errorf("says %q", got.err)
	}
	std := f.terminal(60) // where nothing is remembered yet
	if got := spool(t, std, "", "post", text, "--numbering", "none", "--draft"); !strings.Contains(got.err, "100 %") || got.status != StatusOK {
		t.Errorf("on a terminal: status %d, %q", got.status, got.err)
	}
}

// TestAnEmptyPipeIsNoThread, and has no tweet that could be wrong.
func TestAnEmptyPipeIsNoThread(t *testing.T) {
	got := spool(t, newAPI(t).stdio(), "", "post", "--now")
	if got.status != StatusErrors || !strings.Contains(got.err, "standard input: This thread has errors") || strings.Contains(got.err, "Tweet 0") {
		t.Errorf("status %d, %q", got.status, got.err)
	}
}

// TestARepeatedPostIsTheSameRequest: whatever was lost, the same command sends the
// same body under the same key; another thread, time or account does not.
func TestARepeatedPostIsTheSameRequest(t *testing.T) {
	f := newAPI(t)
	text := file(t, "thread.md", "One\n\n![A cat](cat.png)")
	f.picture(text, "cat.png")
	std := f.stdio()
	send := func(status int, args ...string) (string, string) {
		t.Helper()
		if got := spool(t, std, "", append([]string{"post", text}, args...)...); got.status != status {
			t.Fatalf("status %d, want %d: %q", got.status, status, got.err)
		}
		r := f.last("POST /v1/posts")
		return r.header.Get("Idempotency-Key"), r.body
	}
	f.answer("POST /v1/posts", errLost)
	lost, body := send(StatusUnreachable, "--now")
	f.answer("POST /v1/posts", find(scheduledID))
	if key, again := send(StatusOK, "--now"); key != lost || again != body {
		t.Errorf("repeated, it is\n%s\n%s\nand was\n%s\n%s", key, again, lost, body)
	}
	if f.times("PUT /upload") != 1 {
		t.Error("the file was uploaded again")
	}
	std.Cache = t.TempDir() // another machine: the file gets another id, and is the same
	f.answer("POST /v1/media", wire.Media{ID: "m2", Upload: &wire.Upload{Method: "PUT", URL: f.url + "/upload", Headers: map[string]string{"Authorization": "Bearer key"}}})
	f.answer("GET /v1/media/m2", wire.Media{ID: "m2", State: "ready"})
	if key, _ := send(StatusOK, "--now"); key != lost {
		t.Error("a file that is uploaded anew changes the key")
	}
	seen := map[string]bool{lost: true}
	for _, args := range [][]string{{"--draft"}, {"--at", "2026-12-01 09:00"}, {"--at", "2026-12-01 09:00", "--tz", "UTC"}, {"--now", "--again"}, {"--now", "--each", "--numbering", "1/n"}} {
		key, _ := send(StatusOK, args...)
		if seen[key] != (args[len(args)-1] == "1/n") { // which changes nothing of a single tweet
			t.Errorf("%v has the key %s", args, key)
		}
		seen[key] = true
	}
}

func TestWhatPostSaysOfItsFailures(t *testing.T) {
	for _, tc := range []struct {
		name    string
		text    string
		args    []string
		prepare func(*fakeAPI)
		status  int
		says    string
	}{
		{"no time and nobody to ask", "Hello", nil, nil, StatusFailure, "Add --now"},
		{"the answer is lost", "Hello", []string{"--now"}, func(f *fakeAPI) { f.answer("POST /v1/posts", errLost) }, StatusUnreachable, "Run the same command again: the post is made once."},
		{"an upload is lost", "Hello ![](cat.png)", []string{"--now"}, func(f *fakeAPI) { f.answer("POST /v1/media", errLost) }, StatusUnreachable, "Nothing was posted. Run the same command again"},
		{"it was deleted since", "Hello", []string{"--now"}, func(f *fakeAPI) {
			f.answer("POST /v1/posts", &wire.Problem{Status: 410, Code: "gone", Detail: "It was deleted.", Todo: "x"})
		}, StatusRefused, "handed over before, and nothing new was made. See spool list. To post the thread once more, add --again."},
		{"the key came with other files", "Hello", []string{"--now"}, func(f *fakeAPI) {
			f.answer("POST /v1/posts", &wire.Problem{Status: 422, Code: "invalid_request", Field: "Idempotency-Key", Detail: "Another body.", Todo: "x"})
		}, StatusRefused, "add --again"},
		{"X would refuse a tweet", "One\n\n---\n\n$ABC $DEF", []string{"--now"}, nil, StatusErrors, ":5: tweet 2: The tweet has more than one cashtag"},
		{"X would refuse a file", "One ![](thread.md)", []string{"--now"}, nil, StatusErrors, "thread.md:1: tweet 1: thread.md is nothing that X knows"},
		{"a file that is not there", "One ![](dog.png)", []string{"--now"}, nil, StatusErrors, "thread.md:1: tweet 1: dog.png: No such file or directory. Check"},
		{"a picture on the web", "One ![](https://example.com/cat.png)", []string{"--now"}, nil, StatusErrors, "thread.md:1: tweet 1: https://example.com/cat.png: This picture is somewhere on the web, and Spool fetches nothing from there. Download it"},
		{"the front matter", "---\nzone: UTC\nnumber: some\n---\nOne", []string{"--now"}, nil, StatusFailure, "thread.md:3: number must be last or first"},
		{"an account that is not connected", "One", []string{"--now", "--account", "@bob"}, nil, StatusFailure, "The account @bob is not connected. Take one of @ada"},
		{"two times", "One", []string{"--now", "--draft"}, nil, StatusUsage, "--now and --draft"},
		{"a medium for no tweet", "One", []string{"--now", "--media", "0=cat.png"}, nil, StatusUsage, "TWEET=FILE:ALT"},
		{"a medium for a tweet that is not there", "One", []string{"--now", "--media", "7=cat.png"}, nil, StatusFailure, "tweet 7 of 1"},
		{"the API refuses tweets", "One", []string{"--now"}, func(f *fakeAPI) {
			f.answer("POST /v1/posts", &wire.Problem{
				Status: 422, Code: "invalid_request", Detail: "First.", Field: "tweets[0].text", Todo: "Correct them.",
				Errors: []wire.FieldError{{Field: "tweets[0].text", Message: "First."}, {Field: "tweets[4].text", Message: "Second."}},
			})
		}, StatusRefused, "Tweet 1: First. Correct them.\n  Tweet 5: Second.\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newAPI(t)
			text := file(t, "thread.md", tc.text)
			f.picture(text, "cat.png")
			if tc.prepare != nil {
				tc.prepare(f)
			}
			got := spool(t, f.stdio(), "", append([]string{"post", text}, tc.args...)...)
			if got.status != tc.status || !strings.Contains(got.err, tc.says) || got.out != "" {
				t.Errorf("status %d, %q, %q", got.status, got.out, got.err)
			}
		})
	}
}

func TestAPostThatWasMadeLongAgoIsNotCalledNew(t *testing.T) {
	f := newAPI(t)
	old := find(publishedID)
	old.CreatedAt = start.Add(-time.Hour)
	f.answer("POST /v1/posts", old)
	got := spool(t, f.stdio(), "Hello", "post", "-", "--now")
	if got.status != StatusOK || !strings.Contains(got.err, "was handed over before, on Sat 28 Nov 2026 14:00:00 UTC; nothing new was made") {
		t.Errorf("status %d, %q", got.status, got.err)
	}
}

// TestWhatCannotBeUndoneIsAskedFor asks on a terminal, and refuses where there is none.
func TestWhatCannotBeUndoneIsAskedFor(t *testing.T) {
	text := file(t, "thread.md", "Hello")
	for _, tc := range []struct {
		args    []string
		request string
		yes     string // the flag that answers
	}{
		{[]string{"post", text}, "POST /v1/posts", "--now"},
		{[]string{"now", draftID}, "POST /v1/posts/" + draftID + "/publish", "--yes"},
		{[]string{"delete", draftID}, "DELETE /v1/posts/" + draftID, "--yes"},
		{[]string{"delete", publishedID, "--from-x"}, "POST /v1/posts/" + publishedID + "/unpublish", "--yes"},
		{[]string{"disconnect", "ada"}, "DELETE /v1/accounts/1", "--yes"},
		{[]string{"accounts", "erase", "ada"}, "DELETE /v1/accounts/1/data", "--yes"},
		{[]string{"keys", "revoke", "k1"}, "DELETE /v1/keys/k1", "--yes"},
	} {
		t.Run(strings.Join(tc.args[:1], " "), func(t *testing.T) {
			for _, try := range []struct {
				answer string // on a terminal; "" for none
				flag   bool
				done   int
			}{{"", false, 0}, {"n\n", false, 0}, {"\n", false, 0}, {"y\n", false, 1}, {"", true, 1}} {
				f := newAPI(t)
				f.answer("POST /v1/posts/"+publishedID+"/unpublish", find(publishedID))
				std, args := f.stdio(), tc.args
				if try.answer != "" {
					std = f.terminal(80)
				}
				if try.flag {
					args = append(args[:len(args):len(args)], tc.yes)
				}
				got := spool(t, std, try.answer, args...)
				if f.times(tc.request) != try.done || (got.status == StatusOK) != (try.done == 1) {
					t.Errorf("%+v: asked the API %d times, status %d, %q", try, f.times(tc.request), got.status, got.err)
				}
				if try.answer == "" && !try.flag && !strings.Contains(got.err, tc.yes) {
					t.Errorf("without a terminal it says %q", got.err)
				}
			}
		})
	}
}

func TestWatching(t *testing.T) {
	step := func(status post.Status, sub post.SubStatus, out int) wire.Post {
		p := find(scheduledID)
		p.Status, p.SubStatus = status, sub
		for i := range out {
			p.Tweets[i].Status, p.Tweets[i].PlatformPostID, p.Tweets[i].PostedAt = "published", "10"+string(rune('1'+i)), at(time.Duration(i)*time.Second)
			p.PlatformPostIDs = append(p.PlatformPostIDs, p.Tweets[i].PlatformPostID)
		}
		return p
	}
	uploading := step("publishing", "media_uploading", 0)
	uploading.MediaProgress = &wire.Progress{SentBytes: 1 << 20, TotalBytes: 4 << 20}
	failed := step("failed", "", 1)
	failed.FailReason = &wire.Reason{Sentence: "X refused it."}
	for _, tc := range []struct {
		name   string
		steps  []any
		status int
		says   []string
	}{
		{"to the end", []any{step("scheduled", "", 0), uploading, step("publishing", "thread_partial", 1), step("published", "", 2)}, StatusOK, []string{
			"It waits for its time.", "Its media are being uploaded to X.", "tweet 1 of 2 is out: https://x.com/i/status/101", "Some of its tweets are out; the others follow.",
			"tweet 2 of 2 is out: https://x.com/i/status/102", "All of it is on X.",
		}},
		{"to a failure", []any{step("publishing", "", 0), failed}, StatusStopped, []string{"It is going out.", "tweet 1 of 2 is out", "It has stopped. X refused it."}},
		{"over lost answers", slices.Concat([]any{step("publishing", "retry_2", 0)}, slices.Repeat([]any{errLost}, 12), []any{step("published", "", 2)}), StatusOK, []string{"X could not accept it just now. Spool tries again by itself (2 of 3).", "All of it is on X."}},
		{"into silence", []any{step("publishing", "", 0), errLost}, StatusUnreachable, []string{"did not answer"}},
		{"a problem", []any{errors.ErrUnsupported, &wire.Problem{Status: 404, Code: "not_found", Detail: "There is no such post.", Todo: "List them."}}, StatusRefused, []string{"There is no such post. List them."}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, terminal := range []bool{false, true} {
				f := newAPI(t)
				f.answer("GET /v1/posts/"+scheduledID, tc.steps...)
				std := f.stdio()
				if terminal {
					std = f.terminal(60)
				}
				got := spool(t, std, "", "show", scheduledID, "--watch")
				at := 0
				for _, want := range tc.says {
					i := strings.Index(got.err[at:], want)
					if i < 0 {
						t.Fatalf("it lacks %q:\n%s", want, got.err)
					}
					at += i
				}
				if got.status != tc.status || terminal != strings.Contains(got.err, "\r") && tc.status != StatusRefused {
					t.Errorf("status %d, %q", got.status, got.err)
				}
				if strings.Contains(got.err, "1.0 MB of 4.0 MB") != (terminal && tc.name == "to the end") {
					t.Errorf("progress is shown where it is not, or the other way round: %q", got.err)
				}
			}
		})
	}
}
