// Command demo shows Spool's main job from end to end on one machine, with no
// account anywhere: it starts the whole system with a simulated X, connects an
// account through the OAuth pages, schedules the thread of a Markdown file and
// shows it going out.
//
// It ends with status 0 only when the timeline of the simulated X holds exactly
// the file's thread.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"spool/infra/emulate/meter"
	"spool/infra/sim/owner"
	"spool/infra/stack"
	"spool/infra/xsim"
	"spool/shared/manuscript"
	"spool/shared/tweet"
)

//go:embed thread.md
var thread []byte

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, term.IsTerminal(int(os.Stdout.Fd()))); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

const (
	account = "ada"            // who posts, on the simulated X
	ahead   = 8 * time.Second  // how far in the future the thread is scheduled
	patient = 90 * time.Second // how long it may take to go out
	latency = 300 * time.Millisecond
)

// run is the demo. On a terminal progress is one line that changes.
func run(ctx context.Context, out io.Writer, terminal bool) (err error) {
	data, err := os.MkdirTemp("", "spool-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	var log logs
	fmt.Fprintln(out, "Starting Spool: five functions, their queue, tables and key, and a simulated X …")
	s, err := stack.Start(ctx, stack.Options{
		Template: "template.yaml", Data: data, Cache: filepath.Join(".build", "cache"), Log: &log,
	})
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, s.Close())
		if err != nil {
			fmt.Fprintf(os.Stderr, "\nThe functions' last log lines:\n%s\n", log.tail())
		}
	}()
	// X takes its time over a post; so does this one.
	if _, err := s.Simulator.Fault(xsim.Fault{
		Method: http.MethodPost, Path: "/2/tweets", Count: -1, Delay: latency,
	}); err != nil {
		return err
	}
	o := &owner.Owner{API: s.API, Key: s.AdminKey}
	if err := s.StoreApp(ctx); err != nil {
		return err
	}
	if err := o.Connect(ctx, account); err != nil {
		return fmt.Errorf("connect @%s: %w", account, err)
	}
	fmt.Fprintf(out, "Connected @%s through X's OAuth pages.\n", account)
	texts, err := written()
	if err != nil {
		return err
	}
	s.Meter.Reset()
	at := time.Now().Add(ahead).Truncate(time.Second)
	p, err := o.Schedule(ctx, texts, at)
	if err != nil {
		return fmt.Errorf("schedule the thread: %w", err)
	}
	fmt.Fprintf(out, "Scheduled infra/local/demo/thread.md, %d tweets, for %s.\n\n", len(texts), at.Format(time.TimeOnly))
	if p, err = watch(ctx, o, p, out, terminal); err != nil {
		return err
	}
	return report(out, s, p, texts)
}

// written gives the tweets of the file.
func written() ([]string, error) {
	m, err := manuscript.Parse("thread.md", thread)
	if err != nil {
		return nil, err
	}
	made, err := m.Thread(tweet.StandardLimit)
	texts := make([]string, len(made.Drafts))
	for i, d := range made.Drafts {
		texts[i] = d.Text
	}
	return texts, err
}

// watch shows the thread going out.
func watch(ctx context.Context, o *owner.Owner, p owner.Post, out io.Writer, terminal bool) (owner.Post, error) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	shown := 0
	p, err := o.Watch(ctx, p.ID, func(p owner.Post) {
		if terminal {
			fmt.Fprintf(out, "\r\033[K%s %s  %s%s  %d of %d", p.Status, p.SubStatus, strings.Repeat("●", len(p.PlatformPostIDs)),
				strings.Repeat("○", len(p.Tweets)-len(p.PlatformPostIDs)), len(p.PlatformPostIDs), len(p.Tweets))
			return
		}
		for ; shown < len(p.PlatformPostIDs); shown++ {
			t := p.Tweets[shown]
			fmt.Fprintf(out, "%s  tweet %d of %d is out: %s\n", t.PostedAt.Format("15:04:05.000"), t.ThreadPosition,
				len(p.Tweets), t.PlatformPostID)
		}
	}, owner.Post.Final)
	if terminal {
		fmt.Fprintln(out)
	}
	return p, err
}

// report prints what the simulated X has, and fails unless that is the thread.
func report(out io.Writer, s *stack.Stack, p owner.Post, texts []string) error {
	if p.Status != "published" {
		return fmt.Errorf("the post ended as %s: %+v", p.Status, p.FailReason)
	}
	timeline, err := s.Simulator.Timeline(account)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n@%s's timeline on the simulated X:\n\n", account)
	for i, t := range timeline {
		fmt.Fprintf(out, "%d/%d  %s\n\n", i+1, len(timeline), strings.ReplaceAll(t.Text, "\n", "\n     "))
	}
	if err := same(timeline, texts); err != nil {
		return err
	}
	late := timeline[0].CreatedAt.Sub(*p.ScheduledAt)
	fmt.Fprintf(out, "The timeline is the file's thread, each tweet once and in order.\n")
	fmt.Fprintf(out, "The first tweet was %d ms after its second.\n",
		int(math.Round(float64(late)/float64(time.Millisecond))))
	costs(out, s.Meter.Snapshot())
	return nil
}

// costs prints what the functions asked of AWS since the thread was scheduled.
func costs(out io.Writer, counted meter.Snapshot) {
	fmt.Fprintln(out, "\nAWS requests and DynamoDB units, by function (the api's reads are this demo, watching):")
	for _, name := range slices.Sorted(maps.Keys(counted.Functions)) {
		var all meter.Counts
		var actions []string
		for _, action := range slices.Sorted(maps.Keys(counted.Functions[name])) {
			c := counted.Functions[name][action]
			all.Requests, all.ReadUnits, all.WriteUnits = all.Requests+c.Requests, all.ReadUnits+c.ReadUnits,
				all.WriteUnits+c.WriteUnits
			actions = append(actions, fmt.Sprintf("%d %s", c.Requests, action))
		}
		fmt.Fprintf(out, "  %-18s %3d requests, %5.1f read units, %3.0f write units (%s)\n", name, all.Requests,
			all.ReadUnits, all.WriteUnits, strings.Join(actions, ", "))
	}
}

// same compares the timeline with the thread: the texts, their order, and that
// each tweet replies to the one before.
func same(timeline []xsim.Post, texts []string) error {
	if len(timeline) != len(texts) {
		return fmt.Errorf("the timeline has %d tweets, and the file %d", len(timeline), len(texts))
	}
	parent := ""
	for i, t := range timeline {
		if t.Text != texts[i] || t.Parent != parent {
			return fmt.Errorf("tweet %d of the timeline is not that of the file:\n%q replying to %q\n%q replying to %q", i+1,
				t.Text, t.Parent, texts[i], parent)
		}
		parent = t.ID
	}
	return nil
}

// logs keeps the last lines that the stack logs, for when something goes wrong.
type logs struct {
	mu    sync.Mutex
	lines []string
}

// Write takes whole lines.
func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(b))
	l.lines = l.lines[max(0, len(l.lines)-200):]
	return len(b), nil
}

// tail gives the kept lines.
func (l *logs) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}
