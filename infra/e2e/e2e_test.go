// Package e2e holds the tests of the whole: the real function binaries, run from
// the deployed template, a real DynamoDB engine, and X's rules.
package e2e_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"spool/infra/emulate/meter"
	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/stack/stacktest"
	"spool/infra/xsim"
)

// TestMain lets all tests of this package run at once, on few cores too: most of
// their time they wait for a minute's dispatch or the end of a lease.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	m.Run()
}

// patience is how long a thread may take, rescue by the minute's dispatch included.
const patience = 3 * time.Minute

// system is a running Spool with a connected account.
type system struct {
	*stack.Stack
	owner *owner.Owner
}

// start runs the template with an account connected.
func start(t *testing.T, parameters map[string]string, change ...func(*stack.Options)) *system {
	t.Helper()
	s := stacktest.Start(t, parameters, t.Output(), change...)
	sys := &system{s, &owner.Owner{API: s.API, Key: s.AdminKey}}
	if err := s.StoreApp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := sys.owner.Connect(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	return sys
}

// thread is n texts of a weighted length of 280 each.
func thread(name string, n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("%s %03d ", name, i+1)
		texts[i] += strings.Repeat("x", 280-len(texts[i]))
	}
	return texts
}

// published schedules a thread and waits until it is out.
func (s *system) published(t *testing.T, texts []string, at time.Time) owner.Post {
	t.Helper()
	p, err := s.owner.Schedule(t.Context(), texts, at)
	if err != nil {
		t.Fatal(err)
	}
	return s.finished(t, p.ID)
}

// finished waits until nothing happens to the post any more, and wants it published.
func (s *system) finished(t *testing.T, id string) owner.Post {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p, err := s.owner.Watch(ctx, id, func(owner.Post) {}, owner.Post.Final)
	if err != nil {
		t.Fatal(err)
	}
	if p.Status != "published" {
		t.Fatalf("the post ended as %s: %+v", p.Status, p.FailReason)
	}
	return p
}

// onX checks that the timeline holds the thread once, in order, in one chain, and
// that the record has it so.
func (s *system) onX(t *testing.T, p owner.Post, texts []string) {
	t.Helper()
	timeline, err := s.Simulator.Timeline("ada")
	if err != nil {
		t.Fatal(err)
	}
	at := map[string][]xsim.Post{}
	for _, post := range timeline {
		at[post.Text] = append(at[post.Text], post)
	}
	parent := ""
	for i, text := range texts {
		found := at[text]
		if len(found) != 1 {
			t.Fatalf("tweet %d is on the timeline %d times", i+1, len(found))
		}
		if found[0].Parent != parent {
			t.Errorf("tweet %d replies to %q, want %q", i+1, found[0].Parent, parent)
		}
		if rec := p.Tweets[i]; rec.PlatformPostID != found[0].ID || rec.ParentPostID != parent || rec.Status != "published" {
			t.Errorf("the record of tweet %d says %+v, the timeline %+v", i+1, rec, found[0])
		}
		parent = found[0].ID
	}
}

func TestAThreadGoesOutAtItsSecondAndItsCostIsBounded(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	// The tokens are opened once: what follows finds them in memory.
	s.published(t, thread("warm", 1), time.Time{})
	// The post is read, and its account; the claim holds the first intent, and each answer is stored with the next one. A
	// write is a unit while the record is within 1 KB, which it is for the first dozen tweets, and what the indexes have
	// changes with the first and the last.
	for n, units := range map[int]float64{1: 5, 10: 14, 25: 38} {
		all := s.cost(t, n)
		t.Logf("%d tweets cost publish %d requests and %v write units", n, all.Requests, all.WriteUnits)
		if all.Requests != n+3 || all.WriteUnits == 0 || all.WriteUnits > units {
			t.Errorf("%d tweets cost publish %d requests and %v write units; want %d, and at most %v", n, all.Requests, all.WriteUnits, n+3, units)
		}
	}
}

// cost publishes a thread to the second, and gives what the publish function asked of DynamoDB for it. A round of dispatch
// meanwhile may wake a second worker, which reads the post: so another thread is published then.
func (s *system) cost(t *testing.T, n int) (all meter.Counts) {
	t.Helper()
	for {
		s.Meter.Reset()
		texts := thread(fmt.Sprintf("%d long at %v", n, time.Now().UnixNano()), n)
		at := time.Now().Add(2 * time.Second).Truncate(time.Second)
		p := s.published(t, texts, at)
		s.onX(t, p, texts)
		if first := p.Tweets[0].PostedAt; first.Before(at) {
			t.Errorf("the first tweet was out at %v, before its time %v", first, at)
		}
		of := s.Meter.Snapshot().Functions
		if len(of["dispatch"]) > 0 {
			continue
		}
		for action, c := range of["publish"] {
			switch {
			case action == "sqs:SendMessage": // that there is something to tell, here and of the thread before
				if c.Requests > 2 {
					t.Errorf("publish sent %d messages", c.Requests)
				}
				continue
			case !strings.HasPrefix(action, "dynamodb:"):
				t.Errorf("publish asked for %s", action)
				continue
			}
			all.Requests, all.WriteUnits = all.Requests+c.Requests, all.WriteUnits+c.WriteUnits
		}
		return all
	}
}

func TestAKilledFunctionLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	s := start(t, map[string]string{"LeaseSeconds": "6", "SettleSeconds": "3"})
	// X is slow, so that the kill meets a request under way.
	if _, err := s.Simulator.Fault(xsim.Fault{Method: http.MethodPost, Path: "/2/tweets", Count: -1, Delay: 300 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	texts := thread("killed", 6)
	p, err := s.owner.Schedule(t.Context(), texts, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := s.owner.Watch(ctx, p.ID, func(owner.Post) {}, func(p owner.Post) bool { return len(p.PlatformPostIDs) >= 2 }); err != nil {
		t.Fatal(err)
	}
	if n := s.kill(t, "PublishFunction"); n == 0 {
		t.Fatal("no process of publish was busy")
	}
	p = s.finished(t, p.ID)
	s.onX(t, p, texts)
	if all, _ := s.Simulator.Timeline("ada"); len(all) != len(texts) {
		t.Errorf("the timeline has %d tweets, want %d", len(all), len(texts))
	}
}

// kill sends SIGKILL to the processes of a function that work on an event, and
// tells how many those were.
func (s *system) kill(t *testing.T, function string) (n int) {
	t.Helper()
	for _, p := range s.Function(function).Processes() {
		if !p.Busy {
			continue
		}
		proc, err := os.FindProcess(p.PID)
		if err == nil {
			err = proc.Signal(syscall.SIGKILL)
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestAWrongRequestIsRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	stranger := &owner.Owner{API: s.API, Key: "wrong"}
	for _, tc := range []struct {
		name   string
		who    *owner.Owner
		method string
		path   string
		body   any
		status int
		code   string
	}{
		{"a stranger", stranger, "GET", "/v1/posts", nil, 401, "unauthorized"},
		{"an unknown field", s.owner, "POST", "/v1/posts", map[string]any{"tweets": []any{}, "x": 1}, 422, "invalid_request"},
		{"an unknown address", s.owner, "GET", "/v1/nothing", nil, 404, "not_found"},
		{"a body over the limit", s.owner, "POST", "/v1/posts", map[string]any{"x": strings.Repeat("x", 3_000_000)}, 413, "too_large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.who.Do(t.Context(), tc.method, tc.path, tc.body, nil)
			p, ok := errors.AsType[*owner.Problem](err)
			if !ok || p.Status != tc.status || string(p.Code) != tc.code || p.Todo == "" {
				t.Errorf("got %v, want %d %s", err, tc.status, tc.code)
			}
		})
	}
}
