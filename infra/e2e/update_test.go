package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"spool/infra/emulate/dynamodb/dynamodbtest"
	"spool/infra/overlay"
	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/xsim"
	"spool/shared/media/mediatest"
)

// updated are the functions that work on threads.
var updated = []string{"PublishFunction", "DispatchFunction"}

// build makes the functions' binaries from the sources, with a file of them changed or not. It gives their folders.
func build(t *testing.T, file, old, replacement string) map[string]string {
	t.Helper()
	cache := dynamodbtest.Cache(t)
	root, dir := filepath.Dir(filepath.Dir(cache)), t.TempDir()
	flags := os.Getenv("GOFLAGS")
	if file != "" {
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), old); n != 1 {
			t.Fatalf("%s has %q %d times", file, old, n)
		}
		changed, err := overlay.Lay(t.TempDir(), map[string][]byte{
			filepath.Join(root, file): []byte(strings.Replace(string(source), old, replacement, 1)),
		})
		if err != nil {
			t.Fatal(err)
		}
		flags += " -overlay=" + changed
	}
	binaries := map[string]string{}
	for _, id := range updated {
		into := filepath.Join(dir, id)
		cmd := exec.CommandContext(t.Context(), "make", "--silent", "--no-print-directory", "--directory", root, "build-"+id,
			"ARTIFACTS_DIR="+into, "BUILD_OS="+runtime.GOOS, "BUILD_ARCH="+runtime.GOARCH)
		cmd.Env = append(os.Environ(), "GOFLAGS="+strings.TrimSpace(flags), "MAKEFLAGS=")
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", id, err, output)
		}
		binaries[id] = filepath.Join(into, "bootstrap")
	}
	return binaries
}

// The version after this one, as far as what is stored goes: it writes a newer format, with something that this version
// does not know.
const (
	formats  = "shared/dynamo/form.go"
	thisOne  = "	version, reader := k.version, 0\n"
	afterOne = "	version, reader, later := k.version+1, 0, \"x\"\n	text(f, \"of_the_version_after\", &later)\n"
)

// TestThreadsSurviveAnUpdateAndARollback has ten threads with pictures and polls on their way while their functions are
// replaced by those of the version after, and ten more while they are replaced by those of the version before. Lambda
// lets what runs end; here half of it is killed, so that each version has to go on with what the other one began.
func TestThreadsSurviveAnUpdateAndARollback(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"LeaseSeconds": "6", "SettleSeconds": "3"})
	before, after := build(t, "", "", ""), build(t, formats, thisOne, afterOne)
	if _, err := s.Simulator.Fault(xsim.Fault{Method: http.MethodPost, Path: "/2/tweets", Count: -1, Delay: 700 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	u := &updating{system: s}
	for n := range 3 {
		b := mediatest.PNG(40, 30, uint64(n))
		id, sum := s.upload(t, fmt.Sprintf("%d.png", n), "image/png", bytes.NewReader(b), int64(len(b)))
		u.media, u.sums = append(u.media, map[string]string{"id": id}), append(u.sums, sum)
	}
	for _, step := range []struct {
		name string
		to   map[string]string
	}{{"update", after}, {"rollback", before}} {
		threads := u.begin(t, step.name)
		u.until(t, threads, func(p owner.Post) bool { return len(p.PlatformPostIDs) > 0 })
		for id, binary := range step.to {
			s.Function(id).Update(binary)
		}
		if n := s.killHalf(t, "PublishFunction"); n == 0 {
			t.Errorf("%s: no process was at work", step.name)
		}
		u.until(t, threads, owner.Post.Final)
		u.check(t, step.name, threads)
		if u.ofTheVersionAfter(t) == 0 {
			t.Errorf("%s: no record has anything of the version after: it was not there, or what it stored was lost", step.name)
		}
	}
	for _, e := range s.Simulator.Journal() {
		if e.Committed != "" && !u.known[e.Committed] {
			t.Errorf("tweet %s is on X, and no record knows of it", e.Committed)
		}
	}
}

// ofTheVersionAfter counts the items that the version after has stored.
func (u *updating) ofTheVersionAfter(t *testing.T) int {
	t.Helper()
	out, err := stack.Client(u.DynamoDB()).Scan(t.Context(), &dynamodb.ScanInput{
		TableName: &u.Model.Table("PostsTable").Name, FilterExpression: aws.String("attribute_exists(of_the_version_after)"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return int(out.Count)
}

// updating is a system whose functions are replaced.
type updating struct {
	*system
	media []map[string]string
	sums  []string
	known map[string]bool // ids of tweets that are in records
}

const threadsAtOnce, tweetsEach = 10, 4

// poll is what the second tweet of each thread asks.
var poll = xsim.PollField{Options: []string{"yes", "no"}, Minutes: 60}

// begin publishes ten threads: a picture, a poll, two pictures, a text.
func (u *updating) begin(t *testing.T, name string) (ids []string) {
	t.Helper()
	for n := range threadsAtOnce {
		text := func(i int) string { return fmt.Sprintf("%s: tweet %d of thread %d", name, i+1, n+1) }
		var p owner.Post
		if err := u.owner.Do(t.Context(), "POST", "/v1/posts", map[string]any{"tweets": []map[string]any{
			{"text": text(0), "media": u.media[:1]},
			{"text": text(1), "poll": map[string]any{"options": poll.Options, "duration_minutes": poll.Minutes}},
			{"text": text(2), "media": u.media[1:]},
			{"text": text(3)},
		}}, &p); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	return ids
}

// until waits until something holds of all threads, and hands those that are due to the publish function meanwhile, where
// dispatch would come once a minute.
func (u *updating) until(t *testing.T, ids []string, holds func(owner.Post) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	open, woken := slices.Clone(ids), map[string]time.Time{}
	for len(open) > 0 {
		id := open[0]
		_, err := u.owner.Watch(ctx, id, func(p owner.Post) {
			if p.NextAt == nil || time.Now().Before(*p.NextAt) || time.Since(woken[id]) < 3*time.Second {
				return
			}
			woken[id] = time.Now()
			body := fmt.Sprintf(`{"post_id":%q,"due_at":%q}`, id, time.Now().UTC().Format(time.RFC3339))
			u.Function("PublishFunction").InvokeAsync(fmt.Appendf(nil, `{"Records":[{"messageId":"rescue","body":%q}]}`, body))
		}, holds)
		if err != nil {
			t.Fatal(err)
		}
		open = open[1:]
	}
}

// killHalf kills every second process that works on an event.
func (s *system) killHalf(t *testing.T, function string) (n int) {
	t.Helper()
	for i, p := range s.Function(function).Processes() {
		if !p.Busy || i%2 == 1 {
			continue
		}
		process, err := os.FindProcess(p.PID)
		if err == nil {
			err = process.Kill()
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// check wants each thread on X once, in order, with its pictures and its poll.
func (u *updating) check(t *testing.T, name string, ids []string) {
	t.Helper()
	timeline, err := u.Simulator.Timeline("ada")
	if err != nil {
		t.Fatal(err)
	}
	byID, times := map[string]xsim.Post{}, map[string]int{}
	for _, post := range timeline {
		byID[post.ID] = post
		times[post.Text]++
	}
	if u.known == nil {
		u.known = map[string]bool{}
	}
	for n, id := range ids {
		p, err := u.owner.Post(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if p.Status != "published" || len(p.PlatformPostIDs) != tweetsEach {
			t.Errorf("%s: a thread ended as %s with %d tweets: %+v", name, p.Status, len(p.PlatformPostIDs), p.FailReason)
			continue
		}
		parent := ""
		for i, onX := range p.PlatformPostIDs {
			u.known[onX] = true
			got := byID[onX]
			want := fmt.Sprintf("%s: tweet %d of thread %d", name, i+1, n+1)
			if got.Text != want || times[want] != 1 || got.Parent != parent {
				t.Errorf("%s: %q is on X %d times; tweet %s is %q in reply to %q, want to %q", name, want, times[want], onX, got.Text, got.Parent, parent)
			}
			if why := u.lacks(got, i); why != "" {
				t.Errorf("%s: %q went out %s", name, want, why)
			}
			parent = onX
		}
	}
}

// lacks says what a tweet at a position should have and has not.
func (u *updating) lacks(got xsim.Post, position int) string {
	var sums []string
	for _, m := range got.Media {
		sums = append(sums, m.SHA256)
	}
	want := map[int][]string{0: u.sums[:1], 2: u.sums[1:]}[position]
	asks := got.Poll != nil && slices.Equal(got.Poll.Options, poll.Options) && got.Poll.Minutes == poll.Minutes
	switch {
	case !slices.Equal(sums, want):
		return fmt.Sprintf("with the pictures %v, want %v", sums, want)
	case position == 1 && !asks:
		return "without its poll"
	}
	return ""
}
